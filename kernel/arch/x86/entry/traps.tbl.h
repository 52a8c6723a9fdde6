/* SPDX-License-Identifier: MIT */
/*
 * The traps of this machine, one row each. A row gives the vector (SDM 3A table 6-1; from 32 on the
 * kernel's own choice), the name of TRAP_NAME and VECTOR_NAME, the text in
 * /proc/creance/trap_table, what becomes of the trap, and when it happens (docs/traps.md).
 * Everything else that knows traps is made of these rows:
 *
 *   core/trap_table.h        enum trap                    entry/trap.h         enum vector
 *   core/trap_table.c        the names                    entry/trap.c         which trap a vector is
 *   init/main.c              the handlers and their labels
 *   signal/trap_signals.c      the signals
 *
 * TRAP_SIGNAL(vector, NAME, text, signal, code, address, when): the program gets the signal, with
 *   si_code @code (FPU: as the FPU's flags say) and si_addr the instruction (IP) or 0 (NONE). A
 *   trap of the kernel itself is a panic, unless a copy of user memory took it.
 * TRAP_HANDLER(vector, NAME, text, function, label, when): a function of its own; @label says what
 * it does. Vectors that have no row are OTHER_EXCEPTIONS below 32 and OTHER_INTERRUPTS from 32 on.
 */
/* clang-format off: a table */
TRAP_SIGNAL(0, DIVIDE, "divide error", SIGFPE, FPE_INTDIV, IP, "a division by zero, or its quotient does not fit")
TRAP_SIGNAL(1, DEBUG, "debug", SIGTRAP, TRAP_TRACE, IP, "a single step is done (the trap flag), or `int1`")
TRAP_HANDLER(2, NMI, "non-maskable interrupt", arch_trap_fatal, "panic", "the host asks for the end of a kernel that does not answer")
TRAP_SIGNAL(3, BREAKPOINT, "breakpoint", SIGTRAP, SI_KERNEL, NONE, "`int3`")
TRAP_SIGNAL(4, OVERFLOW, "overflow", SIGSEGV, SI_KERNEL, NONE, "`int 4`")
TRAP_SIGNAL(5, BOUNDS, "bounds", SIGSEGV, SI_KERNEL, NONE, "`bound`, which 64-bit mode does not have")
TRAP_SIGNAL(6, ILLEGAL, "illegal instruction", SIGILL, ILL_ILLOPN, IP, "the CPU does not know the instruction; `ud2`")
TRAP_SIGNAL(7, DEVICE_NOT_AVAILABLE, "no floating point", SIGILL, ILL_ILLOPN, IP, "an FPU instruction while the FPU is off, which it never is")
TRAP_HANDLER(8, DOUBLE_FAULT, "double fault", arch_trap_fatal, "panic", "a fault while a fault is delivered: the kernel's stack overflowed")
TRAP_SIGNAL(10, TASK_SEGMENT, "invalid task segment", SIGSEGV, SI_KERNEL, NONE, "the task-state segment cannot be used")
TRAP_SIGNAL(11, SEGMENT, "segment not present", SIGBUS, SI_KERNEL, NONE, "a selector of a descriptor that is marked absent")
TRAP_SIGNAL(12, STACK, "stack segment", SIGBUS, SI_KERNEL, NONE, "a non-canonical address relative to the stack pointer")
TRAP_SIGNAL(13, PROTECTION, "protection", SIGSEGV, SI_KERNEL, NONE, "a privileged instruction, a non-canonical address, a bad selector")
TRAP_HANDLER(14, PAGE_FAULT, "page fault", vm_trap_page_fault, "page fault: fill in, copy on write, or SIGSEGV", "the page is absent, or its protection forbids the access")
TRAP_SIGNAL(16, FLOAT, "floating point", SIGFPE, FPU, IP, "an x87 error that the program has unmasked")
TRAP_SIGNAL(17, ALIGNMENT, "alignment", SIGBUS, BUS_ADRALN, NONE, "an unaligned access while the program's AC flag is set")
TRAP_HANDLER(18, MACHINE_CHECK, "machine check", arch_trap_fatal, "panic", "the hardware found an error in itself")
TRAP_SIGNAL(19, SIMD, "SIMD floating point", SIGFPE, FPU, IP, "an SSE or AVX error that the program has unmasked")
TRAP_SIGNAL(OTHER_EXCEPTIONS, RESERVED, "reserved exception", SIGSEGV, SI_KERNEL, NONE, "an exception of CPUs or features that the kernel does not use")
TRAP_HANDLER(0xec, TIMER, "timer interrupt", timer_trap, "timers, tick, preemption", "the time that the kernel asked for has come")
TRAP_HANDLER(0xfd, RESCHED, "reschedule message", arch_trap_resched, "preemption", "another CPU has made a thread ready for this one")
TRAP_HANDLER(OTHER_INTERRUPTS, DEVICE, "device interrupt", arch_trap_device, "the device's driver", "a device wants attention (arch/arch_irq.h)")
TRAP_HANDLER(0xff, SPURIOUS, "spurious", arch_trap_ignore, "nothing", "an interrupt was withdrawn while it was delivered")
TRAP_HANDLER(0x80, SYSCALL_LEGACY, "system call (int 0x80)", kernel_syscall_legacy, "system call", "`int 0x80`; `syscall` does not pass through the table")
