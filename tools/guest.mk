# SPDX-License-Identifier: MIT
#
# What runs in the guest: init and the other programs of user/, the rogues, the test programs (all static, by
# musl), and the two initramfs files: the plain one, and the one with the tests.
#
# One of the first lines of a program may say how it is built:   // BUILD: -pthread -static-pie

GUEST_CC     := musl-gcc
GUEST_CFLAGS := -std=gnu17 -D_GNU_SOURCE= -O2 -g -static -Wall -Wextra -Werror -Wno-unused-parameter \
                -isystem $(UAPI) -Iuser -Itests/guest -iquote kernel
BUSYBOX      := $(shell command -v busybox)

USER_BINS    := $(patsubst %.c,$(O)/%,$(wildcard user/*.c))
ROGUE_BINS   := $(patsubst %.c,$(O)/%,$(wildcard user/rogues/*.c))
EXAMPLE_BINS := $(patsubst %.c,$(O)/%,$(wildcard user/examples/*.c)) # the guide's; given to `creance run`
GUEST_TESTS  := $(patsubst %.c,$(O)/%,$(wildcard tests/guest/*/*.c))
GUEST_COMMON := $(wildcard tests/guest/*.c)
build_line    = $(shell sed -n '1,10s,^// BUILD: *,,p' $(1))

$(O)/user/%: user/%.c $(UAPI_DONE)
	$(call say,GUEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(call build_line,$<)

# lde reads traces with the code of the host command.
LDE_SRCS := $(addprefix host/trace/trace_,log.c events.c names.c hash.c model.c text.c filter.c family.c shown.c table.c width.c json.c) kernel/lib/printable.c $(filter-out %_test.c,$(wildcard host/calls/call_*.c))
LDE_OBJS := $(patsubst %.c,$(O)/user/lde.objs/%.o,$(notdir $(LDE_SRCS)))
$(O)/user/lde.objs/trace_names.o: $(O)/generated/trace_names.inc
vpath %.c host/trace host/calls kernel/lib
$(LDE_OBJS): $(O)/user/lde.objs/%.o: %.c $(UAPI_DONE)
	$(call say,GUEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -Ihost -iquote kernel -I$(O)/generated -MMD -MP -c -o $@ $<
$(O)/user/lde: user/lde.c $(LDE_OBJS) $(UAPI_DONE)
	$(call say,GUEST,$<)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -Ihost -MMD -MP -MF $@.d -o $@ $< $(LDE_OBJS)

# run_jobs reads workloads with the code of the host command.
JOBS_OBJS := $(O)/user/jobs.objs/workload.o
$(JOBS_OBJS): $(O)/user/jobs.objs/%.o: host/sched/%.c $(UAPI_DONE)
	$(call say,GUEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -Ihost -MMD -MP -c -o $@ $<
$(O)/user/run_jobs: user/run_jobs.c $(JOBS_OBJS) $(UAPI_DONE)
	$(call say,GUEST,$<)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -Ihost -MMD -MP -MF $@.d -o $@ $< $(JOBS_OBJS)

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

# The cost program: one program of many files, and what it executes. Its initramfs, with the program as /init,
# boots on any kernel with Linux's ABI.
COST_SRCS    := $(wildcard bench/guest/cost/*.c)
COST_OBJS    := $(patsubst bench/guest/cost/%.c,$(O)/bench/guest/cost.objs/%.o,$(COST_SRCS))
COST_PROGRAM := $(O)/bench/guest/cost
EXEC_TARGETS := $(O)/bench/guest/exec_target $(O)/bench/guest/exec_target_dynamic
MUSL_LOADER  := /lib/ld-musl-x86_64.so.1
BENCH_INITRAMFS := $(O)/bench/initramfs.cpio

$(O)/bench/guest/cost.objs/%.o: bench/guest/cost/%.c $(UAPI_DONE)
	$(call say,GUEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -fno-tree-vectorize -pthread -MMD -MP -c -o $@ $<

# At an address that no other program has: a log of instructions (creance bench --explain) identifies it by that.
$(COST_PROGRAM): $(COST_OBJS)
	$(call say,GUEST,$@)
	$(Q)$(GUEST_CC) -static -s -pthread -Wl,-Ttext-segment=0x30000000 -o $@ $(COST_OBJS)

$(O)/bench/guest/exec_target: bench/guest/targets/exec_target.c
	$(call say,GUEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) -O2 -static -s -o $@ $<

$(O)/bench/guest/exec_target_dynamic: bench/guest/targets/exec_target.c
	$(call say,GUEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) -O2 -s -o $@ $<

$(BENCH_INITRAMFS): bench/guest/cost_manifest.sh $(O)/mkinitramfs $(BUSYBOX) $(COST_PROGRAM) $(EXEC_TARGETS)
	$(call say,CPIO,$@)
	$(Q)bench/guest/cost_manifest.sh $(COST_PROGRAM) $(BUSYBOX) $(MUSL_LOADER) $(EXEC_TARGETS) >$@.manifest
	$(Q)$(O)/mkinitramfs -o $@ $@.manifest

bench-guest: $(BENCH_BINS) $(BENCH_INITRAMFS)
.PHONY: bench-guest

# The random system-call test: one program of many files, with the table of calls made from the kernel's; given to `creance run`.
CALLFUZZ      := $(O)/tests/fuzz/syscalls/callfuzz
CALLFUZZ_OBJS := $(patsubst %.c,$(O)/%.o,$(wildcard tests/fuzz/syscalls/*.c))
CALLFUZZ_INC  := $(O)/generated/callfuzz_table.inc
$(CALLFUZZ_INC): kernel/syscall/syscalls.tbl.h tools/gen_callfuzz_table.pl
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)perl tools/gen_callfuzz_table.pl $< >$@
$(O)/tests/fuzz/syscalls/%.o: tests/fuzz/syscalls/%.c $(UAPI_DONE) $(CALLFUZZ_INC)
	$(call say,GUEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -fno-stack-protector -I$(O)/generated -MMD -MP -c -o $@ $<
$(CALLFUZZ): $(CALLFUZZ_OBJS)
	$(call say,GUEST,$@)
	$(Q)$(GUEST_CC) -static -o $@ $(CALLFUZZ_OBJS)
callfuzz: $(CALLFUZZ)
.PHONY: callfuzz

user: $(USER_BINS) $(ROGUE_BINS) $(EXAMPLE_BINS)
guest-tests: $(GUEST_TESTS) $(ROGUE_BINS) $(O)/tests/guest/rogues

# The rogues are beside the tests here and in the guest: /rogues, and /tests/rogues for the tests.
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

initramfs: $(INITRAMFS)
initramfs-tests: $(INITRAMFS_TESTS)
.PHONY: initramfs-tests
-include $(shell find $(O)/user $(O)/tests $(O)/bench -name '*.d' 2>/dev/null)
