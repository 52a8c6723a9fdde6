# SPDX-License-Identifier: MIT
#
# What runs in the guest: init and the other programs of user/, the rogues, the test programs (all static, by
# musl), and the two initramfs files: the plain one, and the one that has the tests as well.
#
# A program may say how it is to be built, in one of its first lines:   // BUILD: -pthread -static-pie

GUEST_CC     := musl-gcc
GUEST_CFLAGS := -std=gnu17 -D_GNU_SOURCE= -O2 -g -static -Wall -Wextra -Werror -Wno-unused-parameter \
                -isystem $(UAPI) -Iuser -Itests/guest -iquote kernel
BUSYBOX      := $(shell command -v busybox)

USER_BINS    := $(patsubst %.c,$(O)/%,$(wildcard user/*.c))
ROGUE_BINS   := $(patsubst %.c,$(O)/%,$(wildcard user/rogues/*.c))
GUEST_TESTS  := $(patsubst %.c,$(O)/%,$(wildcard tests/guest/*/*.c))
GUEST_COMMON := $(wildcard tests/guest/*.c)
build_line    = $(shell sed -n '1,10s,^// BUILD: *,,p' $(1))

$(O)/user/%: user/%.c $(UAPI_DONE)
	$(call say,GUEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(call build_line,$<)

$(O)/tests/guest/common/%.o: tests/guest/%.c $(UAPI_DONE)
	$(call say,GUEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

GUEST_COMMON_OBJS := $(patsubst tests/guest/%.c,$(O)/tests/guest/common/%.o,$(GUEST_COMMON))
$(GUEST_TESTS): $(O)/tests/guest/%: tests/guest/%.c $(GUEST_COMMON_OBJS) $(UAPI_DONE)
	$(call say,GUEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(GUEST_COMMON_OBJS) $(call build_line,$<)

# Programs that measure; they are not part of the initramfs but given to `creance run`.
BENCH_BINS := $(patsubst %.c,$(O)/%,$(wildcard bench/guest/*.c))
$(O)/bench/%: bench/%.c $(UAPI_DONE)
	$(call say,GUEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(call build_line,$<)

user: $(USER_BINS) $(ROGUE_BINS)
guest-tests: $(GUEST_TESTS) $(ROGUE_BINS) $(O)/tests/guest/rogues

# The rogues lie beside the tests here and in the guest: /rogues, and /tests/rogues for the tests.
$(O)/tests/guest/rogues: | $(ROGUE_BINS)
	$(Q)mkdir -p $(@D) && ln -sfn ../../user/rogues $@

$(O)/mkinitramfs: tools/mkinitramfs.c
	$(call say,HOSTCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE= -O2 -g -Wall -Wextra -Werror -o $@ $<

INITRAMFS       := $(O)/initramfs.cpio
INITRAMFS_TESTS := $(O)/initramfs-tests.cpio
INITRAMFS_NEEDS := tools/initramfs_manifest.sh $(O)/mkinitramfs $(BUSYBOX) $(wildcard tools/rootfs/*)

$(INITRAMFS): $(INITRAMFS_NEEDS) $(USER_BINS) $(ROGUE_BINS)
	$(call say,CPIO,$@)
	$(Q)tools/initramfs_manifest.sh $(O) $(BUSYBOX) $(USER_BINS) $(ROGUE_BINS) >$@.manifest
	$(Q)$(O)/mkinitramfs -o $@ $@.manifest

$(INITRAMFS_TESTS): $(INITRAMFS_NEEDS) $(USER_BINS) $(ROGUE_BINS) $(GUEST_TESTS)
	$(call say,CPIO,$@)
	$(Q)tools/initramfs_manifest.sh $(O) $(BUSYBOX) $(USER_BINS) $(ROGUE_BINS) $(GUEST_TESTS) >$@.manifest
	$(Q)$(O)/mkinitramfs -o $@ $@.manifest

initramfs: $(INITRAMFS) $(INITRAMFS_TESTS)
-include $(shell find $(O)/user $(O)/tests $(O)/bench -name '*.d' 2>/dev/null)
