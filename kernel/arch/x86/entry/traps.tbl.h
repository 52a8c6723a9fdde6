/* SPDX-License-Identifier: MIT */
/*
 * The traps of this machine, one row each. A row gives the vector (SDM 3A table 6-1; from 32 on the
 * kernel's own choice), the name of X86_TRAP_NAME and VECTOR_NAME, the text in
 * /proc/creance/trap_table, what the trap means (TRAP_kind of core/trap_table.h, for which
 * main.c:trap_table_fill has the handler), what becomes of it, and when it happens (docs/traps.md).
 * Everything that is known of these traps is made of the rows:
 *
 *   entry/trap.h      enum vector, enum x86_trap      entry/trap.c         which row a vector is
 *   entry/trap_rows.c names, kinds, labels, signals   docs/traps.md        the page of all traps
 *
 * TRAP_SIGNAL(vector, NAME, text, kind, signal, code, address, when): the program gets the signal,
 *   with si_code @code (FPU: as the FPU's flags say) and si_addr the instruction (IP) or 0 (NONE).
 *   A trap of the kernel itself is a panic, unless a copy of user memory took it.
 * TRAP_HANDLER(vector, NAME, text, kind, label, when): handled in another way; @label says how.
 * Vectors that have no row are OTHER_EXCEPTIONS below 32 and OTHER_INTERRUPTS from 32 on.
 */
/* clang-format off: a table */
TRAP_SIGNAL(0, DIVIDE, "divide error", ARITHMETIC, SIGFPE, FPE_INTDIV, IP, "a division by zero, or its quotient does not fit")
TRAP_SIGNAL(1, DEBUG, "debug", STEP, SIGTRAP, TRAP_TRACE, IP, "a single step is done (the trap flag), or `int1`")
TRAP_HANDLER(2, NMI, "non-maskable interrupt", FATAL, "panic", "the host asks for the end of a kernel that does not answer")
TRAP_SIGNAL(3, BREAKPOINT, "breakpoint", BREAKPOINT, SIGTRAP, SI_KERNEL, NONE, "`int3`")
TRAP_SIGNAL(4, OVERFLOW, "overflow", ARITHMETIC, SIGSEGV, SI_KERNEL, NONE, "`int 4`")
TRAP_SIGNAL(5, BOUNDS, "bounds", ADDRESS, SIGSEGV, SI_KERNEL, NONE, "`bound`, which 64-bit mode does not have")
TRAP_SIGNAL(6, ILLEGAL, "illegal instruction", ILLEGAL, SIGILL, ILL_ILLOPN, IP, "the CPU does not know the instruction; `ud2`")
TRAP_SIGNAL(7, DEVICE_NOT_AVAILABLE, "no floating point", ILLEGAL, SIGILL, ILL_ILLOPN, IP, "an FPU instruction while the FPU is off, which it never is")
TRAP_HANDLER(8, DOUBLE_FAULT, "double fault", FATAL, "panic", "a fault while a fault is delivered: the kernel's stack overflowed")
TRAP_SIGNAL(10, TASK_SEGMENT, "invalid task segment", PRIVILEGE, SIGSEGV, SI_KERNEL, NONE, "the task-state segment cannot be used")
TRAP_SIGNAL(11, SEGMENT, "segment not present", ADDRESS, SIGBUS, SI_KERNEL, NONE, "a selector of a descriptor that is marked absent")
TRAP_SIGNAL(12, STACK, "stack segment", ADDRESS, SIGBUS, SI_KERNEL, NONE, "a non-canonical address relative to the stack pointer")
TRAP_SIGNAL(13, PROTECTION, "protection", PRIVILEGE, SIGSEGV, SI_KERNEL, NONE, "a privileged instruction, a non-canonical address, a bad selector")
TRAP_HANDLER(14, PAGE_FAULT, "page fault", PAGE_FAULT, "page fault: fill in, copy on write, or SIGSEGV", "the page is absent, or its protection forbids the access")
TRAP_SIGNAL(16, FLOAT, "floating point", FLOAT, SIGFPE, FPU, IP, "an x87 error that the program has unmasked")
TRAP_SIGNAL(17, ALIGNMENT, "alignment", ALIGNMENT, SIGBUS, BUS_ADRALN, NONE, "an unaligned access while the program's AC flag is set")
TRAP_HANDLER(18, MACHINE_CHECK, "machine check", FATAL, "panic", "the hardware found an error in itself")
TRAP_SIGNAL(19, SIMD, "SIMD floating point", FLOAT, SIGFPE, FPU, IP, "an SSE or AVX error that the program has unmasked")
TRAP_SIGNAL(OTHER_EXCEPTIONS, RESERVED, "reserved exception", PRIVILEGE, SIGSEGV, SI_KERNEL, NONE, "an exception of CPUs or features that the kernel does not use")
TRAP_HANDLER(0xec, TIMER, "timer interrupt", TIMER, "timers, tick, preemption", "the time that the kernel asked for has come")
TRAP_HANDLER(0xfc, FLUSH, "flush message", FLUSH, "translations are forgotten", "another CPU has changed a page table that this one may use")
TRAP_HANDLER(0xfd, RESCHED, "reschedule message", RESCHED, "preemption", "another CPU has made a thread ready for this one")
TRAP_HANDLER(OTHER_INTERRUPTS, DEVICE, "device interrupt", DEVICE, "the device's driver", "a device wants attention (arch/arch_irq.h)")
TRAP_HANDLER(0xff, SPURIOUS, "spurious", SPURIOUS, "nothing", "an interrupt was withdrawn while it was delivered")
TRAP_HANDLER(0x80, SYSCALL_LEGACY, "system call (int 0x80)", CALL, "system call", "`int 0x80`; `syscall` does not pass through the table")
