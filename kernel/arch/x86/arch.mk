# SPDX-License-Identifier: MIT
#
# How the kernel is built for x86-64: flags of the compiler, and the vDSO.

# Code in the highest 2 GiB that uses no vector registers, which are the programs'; an interrupt may use the stack
# right below the stack pointer; the stack protector's value is a variable; no landing pads for indirect branches.
ARCH_CFLAGS := -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -mstack-protector-guard=global -fcf-protection=none

# The vDSO: a shared object for programs, linked separately and embedded in the kernel's read-only data.
VDSO_C       := kernel/arch/x86/vdso/vdso_clock.c
VDSO_LDS_S   := kernel/arch/x86/vdso/vdso.lds.S
K_VDSO       := $(O)/kernel/vdso
VDSO_CFLAGS   = -std=gnu17 -O2 -fPIC -ffreestanding -fno-stack-protector -fno-common \
                -fno-strict-aliasing -mgeneral-regs-only -fcf-protection=none -fasynchronous-unwind-tables \
                -fomit-frame-pointer $(WARNINGS)
VDSO_LDFLAGS := -shared -nostdlib -soname linux-vdso.so.1 --hash-style=both -Bsymbolic --eh-frame-hdr \
                --build-id=none -z max-page-size=0x1000 -z noexecstack -z noseparate-code -s

$(K_VDSO)/vdso.so: $(VDSO_C) $(VDSO_LDS_S) kernel/arch/x86/arch.mk tools/kernel.mk $(UAPI_DONE)
	$(call say,VDSO,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CPPFLAGS) $(VDSO_CFLAGS) -MMD -MP -MT $@ -MF $(@:.so=.d) -c -o $(@:.so=.o) $<
	$(Q)$(CC) -E -P -x assembler-with-cpp -o $(@:.so=.lds) $(word 2,$^)
	$(Q)$(LD) $(VDSO_LDFLAGS) -T $(@:.so=.lds) -o $@ $(@:.so=.o)
-include $(wildcard $(K_VDSO)/vdso.d)

# $(1): a variant of the kernel: kernel_variant of tools/kernel.mk
define arch_variant
$(O)/kernel/$(1)/arch/x86/vdso/vdso_image.S.o: $(K_VDSO)/vdso.so
$(O)/kernel/$(1)/arch/x86/vdso/vdso_image.S.o: private FLAGS_$(1) += -DVDSO_SO='"$(K_VDSO)/vdso.so"'
endef
