# SPDX-License-Identifier: MIT
#
# The kernel: every .c and .S under kernel/ (other architectures, unit tests and, in release, in-kernel
# tests excepted), compiled twice, into $(O)/kernel/release and $(O)/kernel/debug.

KERNEL_FILES  := $(shell find kernel -name '*.[cS]' 2>/dev/null | LC_ALL=C sort)
KERNEL_FILES  := $(filter-out kernel/arch/%,$(KERNEL_FILES)) $(filter kernel/arch/$(ARCH)/%,$(KERNEL_FILES))
ASM_OFFSETS_C := kernel/arch/$(ARCH)/asm_offsets.c
KSYMS_BASE    := kernel/arch/$(ARCH)/arch_inline/page_inline.h
KERNEL_LDS_S  := kernel/arch/$(ARCH)/boot/kernel.lds.S
# What the architecture adds: ARCH_CFLAGS; VDSO_C, which is no part of the kernel; rules, those for each kernel in
# arch_variant.
include kernel/arch/$(ARCH)/arch.mk
KERNEL_C      := $(filter-out %_test.c $(ASM_OFFSETS_C) $(VDSO_C),$(filter %.c,$(KERNEL_FILES)))
KERNEL_S      := $(filter-out %.lds.S,$(filter %.S,$(KERNEL_FILES)))

WARNINGS := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wvla -Woverride-init \
            -Wimplicit-fallthrough -Wundef -Wframe-larger-than=2048
# The functions of one ops table share one shape, whether or not each needs every argument.
WARNINGS += -Wno-unused-parameter
ifneq ($(findstring clang,$(CC_ID)),)
WARNINGS += -Wmissing-variable-declarations
endif

KERNEL_CPPFLAGS := -nostdinc -isystem $(CC_INC) -isystem $(UAPI) -Ikernel -Ikernel/arch/$(ARCH)
KERNEL_CFLAGS   := -std=gnu17 -ffreestanding -g -fno-pic -fno-pie -fno-common -fstack-protector-strong \
                   -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections $(ARCH_CFLAGS) $(WARNINGS)
# Where the C standard leaves the meaning open, the code means what the machine does.
KERNEL_CFLAGS  += -fno-strict-aliasing -fno-delete-null-pointer-checks
KERNEL_CFLAGS_release := -O2 -fomit-frame-pointer -fwrapv
KERNEL_CFLAGS_latency := $(KERNEL_CFLAGS_release) -DLATENCY=1
KERNEL_CFLAGS_lockstat := $(KERNEL_CFLAGS_release) -DLOCKSTAT=1
# The races kernel calls trace/race_hooks.c before each access to memory, but not in these files: the detector itself,
# what runs before the kernel is at its place, and copies, which would be watched word by word.
ifneq ($(findstring clang,$(CC_ID)),)
RACE_CHECKS := -fsanitize=thread -mllvm -tsan-distinguish-volatile=1 -mllvm -tsan-instrument-func-entry-exit=0
else
# Its warning says that the usual runtime ignores fences.
RACE_CHECKS := -fsanitize=thread --param=tsan-distinguish-volatile=1 --param=tsan-instrument-func-entry-exit=0 -Wno-tsan
endif
RACE_UNCHECKED := $(patsubst kernel/%.c,$(O)/kernel/races/%.o,$(wildcard kernel/trace/race_*.c \
                  kernel/arch/$(ARCH)/boot/*.c) kernel/lib/string.c)
KERNEL_CFLAGS_races   := $(KERNEL_CFLAGS_release) -DRACES=1 $(RACE_CHECKS)
# The debug kernel relies on none of it: an undefined operation traps (arch_compiler_trap).
# So -fwrapv is absent there: with it no overflow is undefined. Addresses are not checked: a program's may be
# any number, and the CPU faults on bad ones of the kernel.
UBSAN := -fsanitize=undefined -fno-sanitize=alignment,null,pointer-overflow
ifneq ($(findstring clang,$(CC_ID)),)
UBSAN += -fsanitize=local-bounds -fsanitize-trap=all
else
UBSAN += -fsanitize-undefined-trap-on-error -fwrapv-pointer
endif
KERNEL_CFLAGS_debug   := -O1 -fno-omit-frame-pointer -fno-optimize-sibling-calls -DDEBUG=1 -DLOCKCHECK=1 $(UBSAN)
KERNEL_LDFLAGS := -nostdlib -static -z max-page-size=0x1000 -z noexecstack --gc-sections \
                  --build-id=none --orphan-handling=warn

# Sections that the linker script does not name are reported, but for those that are never loaded.
EXPECTED_ORPHANS := orphan section .\.\(debug\|comment\|note\.GNU\|rela\|got\|igot\|iplt\)
kernel_link = $(LD) $(KERNEL_LDFLAGS) -T $(@D)/kernel.lds $(1) -o $@ $(filter %.o,$^) 2>$@.log; \
              status=$$?; grep -v '$(EXPECTED_ORPHANS)' $@.log >&2; exit $$status

# $(1): release, debug, or latency, which measures how long interrupts and preemption stay off, lockstat, which counts
# what locks cost, or races, which looks for accesses of several CPUs that nothing orders
define kernel_variant
K_$(1)       := $$(O)/kernel/$(1)
FLAGS_$(1)   := $$(KERNEL_CPPFLAGS) -I$$(O)/kernel/$(1)/gen $$(KERNEL_CFLAGS) $$(KERNEL_CFLAGS_$(1))
OFFSETS_$(1) := $$(if $$(wildcard $$(ASM_OFFSETS_C)),$$(K_$(1))/gen/asm_offsets.h)
OBJS_$(1)    := $$(patsubst kernel/%.c,$$(K_$(1))/%.o,$$(if $$(filter debug,$(1)),$$(KERNEL_C), \
                  $$(filter-out %_ktest.c,$$(KERNEL_C)))) \
                $$(patsubst kernel/%.S,$$(K_$(1))/%.S.o,$$(KERNEL_S))

# What the objects were compiled with: when it changes, they are compiled again.
$$(K_$(1))/flags: FORCE
	@mkdir -p $$(@D)
	@echo '$$(FLAGS_$(1))' | cmp -s - $$@ || echo '$$(FLAGS_$(1))' >$$@

$$(K_$(1))/gen/asm_offsets.h: $$(ASM_OFFSETS_C) $$(K_$(1))/flags $$(UAPI_DONE)
	$$(call say,GEN,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $$(FLAGS_$(1)) -MMD -MP -MT $$@ -MF $$(@:.h=.d) -S -o $$(@:.h=.s) $$<
	$$(Q)sed -n -e '1i /* Generated from $$(ASM_OFFSETS_C). */' -e \
		's/.*"->\([A-Za-z0-9_]*\) [$$$$#]*\(-\{0,1\}[0-9][0-9]*\)".*/#define \1 \2/p' $$(@:.h=.s) >$$@

$$(K_$(1))/%.o: kernel/%.c $$(K_$(1))/flags | $$(OFFSETS_$(1)) $$(UAPI_DONE)
	$$(call say,CC,$$<)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $$(FLAGS_$(1)) -MMD -MP -c -o $$@ $$<

$$(K_$(1))/%.S.o: kernel/%.S $$(K_$(1))/flags | $$(OFFSETS_$(1)) $$(UAPI_DONE)
	$$(call say,AS,$$<)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $$(FLAGS_$(1)) -MMD -MP -c -o $$@ $$<

$$(K_$(1))/kernel.lds: $$(KERNEL_LDS_S) $$(K_$(1))/flags | $$(OFFSETS_$(1)) $$(UAPI_DONE)
	$$(call say,LDS,$$<)
	$$(Q)$$(CC) $$(FLAGS_$(1)) -MMD -MP -MT $$@ -MF $$@.d -E -P -x assembler-with-cpp -o $$@ $$<

# Three passes: link with an empty symbol table; with the full one, which is placed behind the text, so that
# the addresses stay the same; and with the list of places that contain addresses, which is placed behind it.
# gen_ksyms.pl --verify checks this. When the objects were others in an earlier pass (a second make ran, or one was
# ended), that is not seen by the times of the files: after a failure all passes are made again.
$$(K_$(1))/ksyms_empty.S: tools/gen_ksyms.pl
	$$(Q)mkdir -p $$(@D)
	$$(Q)perl $$< $$(KSYMS_BASE) </dev/null >$$@
$$(K_$(1))/ksyms_table.S: $$(K_$(1))/pass1.elf tools/gen_ksyms.pl
	$$(Q)nm -n $$< | perl tools/gen_ksyms.pl $$(KSYMS_BASE) >$$@
$$(K_$(1))/ksyms_%.o: $$(K_$(1))/ksyms_%.S
	$$(Q)$$(CC) $$(FLAGS_$(1)) -c -o $$@ $$<
$$(K_$(1))/pass1.elf: $$(OBJS_$(1)) $$(K_$(1))/ksyms_empty.o $$(K_$(1))/kernel.lds
	$$(Q)$$(call kernel_link)
$$(K_$(1))/pass2.elf: $$(OBJS_$(1)) $$(K_$(1))/ksyms_table.o $$(K_$(1))/kernel.lds
	$$(Q)$$(call kernel_link,--emit-relocs)
$$(K_$(1))/ksyms_relocations.S: $$(K_$(1))/pass2.elf tools/gen_relocations.pl
	$$(Q)readelf -SrW $$< | perl tools/gen_relocations.pl >$$@
$$(K_$(1))/creance.elf: $$(OBJS_$(1)) $$(K_$(1))/ksyms_table.o $$(K_$(1))/ksyms_relocations.o $$(K_$(1))/kernel.lds
	$$(call say,LD,$$@)
	$$(Q)$$(call kernel_link,-Map $$(@:.elf=.map))
	$$(Q)nm -n $$@ | perl tools/gen_ksyms.pl $$(KSYMS_BASE) --verify $$(K_$(1))/ksyms_table.S || \
		{ rm -f $$(K_$(1))/pass[12].elf $$(K_$(1))/ksyms_table.[So] $$(K_$(1))/ksyms_relocations.[So]; exit 1; }

$$(K_$(1))/creance.lst: $$(K_$(1))/creance.elf
	$$(call say,LST,$$@)
	$$(Q)$$(OBJDUMP) -d --no-show-raw-insn $$< >$$@

$(1): $$(K_$(1))/creance.elf
-include $$(shell find $$(O)/kernel/$(1) -name '*.d' 2>/dev/null)
endef

$(eval $(call kernel_variant,release))
$(eval $(call kernel_variant,debug))
$(eval $(call kernel_variant,latency))
$(eval $(call kernel_variant,lockstat))
$(eval $(call kernel_variant,races))
$(RACE_UNCHECKED): private FLAGS_races := $(filter-out $(RACE_CHECKS),$(FLAGS_races))
$(foreach v,release debug latency lockstat races,$(eval $(call arch_variant,$(v))))

kernel: $(VARIANT)
kernel-objs: $(OBJS_$(VARIANT))
listing: $(K_$(VARIANT))/creance.lst

# What the checks need to compile a header or a file the way the kernel is compiled.
CHECK_NEEDS := $(UAPI_DONE) $(OFFSETS_debug) $(K_debug)/flags
