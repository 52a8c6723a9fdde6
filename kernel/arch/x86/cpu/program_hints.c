// SPDX-License-Identifier: MIT
/* What a program finds about this CPU in its auxiliary vector. */
#include "arch/arch_page.h"
#include "arch/arch_thread.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/cpu/fpu.h"
#include "arch/x86/vdso/vdso.h"

/* siginfo, ucontext, return address, red zone and alignment, beside the FPU's area. */
#define SIGNAL_FRAME_WITHOUT_FPU 1024

void arch_program_hints(struct arch_program_hints *hints)
{
	hints->hwcap = cpu_features.hwcap;
	hints->hwcap2 = cpu_features.hwcap2;
	hints->min_signal_stack = fpu_area_size() + SIGNAL_FRAME_WITHOUT_FPU;
	hints->platform = "x86_64";
	/* At two thirds of user space, as on Linux. */
	hints->position_independent_base = align_down(USER_TOP / 3 * 2, PAGE_SIZE);
	hints->vdso = vdso_image_start;
	hints->vdso_size_bytes = (size_t)(vdso_image_end - vdso_image_start);
}
