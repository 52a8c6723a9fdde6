/* SPDX-License-Identifier: MIT */
/*
 * Every event, one row each:
 *
 *	TRACE_EVENT(name, what `detail` is, arguments,
 *		    program, hardware, os)
 *
 * From this table come the emitters (trace/trace.h), the numbers in records, and the reader's
 * formats. Arguments are TRACE_ARG(name, kind): kinds are hex, dec (signed), ptr, flags, text (8
 * bytes of a string; consecutive ones belong together). The three texts are what the step is in the
 * columns of the protocol's figures: what the program does, what the hardware does, what the
 * operating system does in kernel mode; empty where it has no part. {argument} and {detail} stand
 * for values; {call}, {name}, {trap}, {cause}, {why}, {self} for words that the reader
 * knows. What stands in [ ] is there only when the step leaves user mode, or returns to it.
 * syscall_data is no step: it is memory of the program that belongs to the call before it
 * (uapi/trace_wire.h).
 */
/* clang-format off */

/* ---- boot: the first part of figures 6.2 and 6.3 ---- */
TRACE_EVENT(boot_trap_table, "",
	TRACE_ARG(rows, dec),
	"",
	"",
	"boot: initialise the trap table: {rows} rows")
TRACE_EVENT(boot_traps_installed, "",
	TRACE_ARG(table, ptr) TRACE_ARG(syscall_entry, ptr),
	"",
	"remember the trap table at {table} and the system-call handler at {syscall_entry}",
	"")
TRACE_EVENT(boot_timer_started, "",
	TRACE_ARG(period_ns, dec),
	"",
	"start the timer: interrupt the CPU every {period_ns}",
	"boot: start the interrupt timer")

/* ---- a process comes to be: "run" of figure 6.2 ---- */
TRACE_EVENT(process_create, "",
	TRACE_ARG(pid, dec) TRACE_ARG(parent, dec) TRACE_ARG(tid, dec),
	"",
	"",
	"create the entry of process {pid} in the process list (by {parent})")
TRACE_EVENT(thread_create, "",
	TRACE_ARG(tid, dec) TRACE_ARG(pid, dec),
	"",
	"",
	"create thread {tid} of process {pid}")
TRACE_EVENT(thread_name, "",
	TRACE_ARG(tid, dec) TRACE_ARG(pid, dec) TRACE_ARG(name, text)
	TRACE_ARG(name_rest, text),
	"",
	"",
	"thread {tid} is called {name}")
TRACE_EVENT(memory_allocate, "",
	TRACE_ARG(start, ptr) TRACE_ARG(length, dec) TRACE_ARG(protection, flags),
	"",
	"",
	"allocate memory: {length} bytes at {start}")
TRACE_EVENT(program_load, "",
	TRACE_ARG(start, ptr) TRACE_ARG(length, dec) TRACE_ARG(protection, flags),
	"",
	"",
	"load the program: a segment of {length} bytes at {start}")
TRACE_EVENT(stack_setup, "",
	TRACE_ARG(sp, ptr) TRACE_ARG(argc, dec),
	"",
	"",
	"set up the user stack: argv with {argc} arguments, stack pointer {sp}")
TRACE_EVENT(kernel_stack_fill, "",
	TRACE_ARG(tid, dec) TRACE_ARG(frame, ptr) TRACE_ARG(ip, ptr) TRACE_ARG(sp, ptr),
	"",
	"",
	"fill the kernel stack of thread {tid} with registers and PC ({ip})")

/* ---- across the boundary ---- */
TRACE_EVENT(syscall_enter, "number",
	TRACE_ARG(a, hex) TRACE_ARG(b, hex) TRACE_ARG(c, hex) TRACE_ARG(d, hex)
	TRACE_ARG(e, hex) TRACE_ARG(f, hex),
	"{call}: trap",
	"save user registers on the kernel stack of {self}; move to kernel mode; jump to "
	"the trap handler",
	"handle the trap: system call {name}")
TRACE_EVENT(syscall_exit, "number",
	TRACE_ARG(result, dec) TRACE_ARG(ip, ptr),
	"",
	"restore user registers from the kernel stack; move to user mode; jump to {ip}",
	"{name} = {result}; return-from-trap")
TRACE_EVENT(syscall_data, "bytes",
	TRACE_ARG(address, ptr) TRACE_ARG(word, hex) TRACE_ARG(word_2, hex)
	TRACE_ARG(word_3, hex) TRACE_ARG(word_4, hex) TRACE_ARG(word_5, hex),
	"",
	"",
	"")
TRACE_EVENT(trap_enter, "trap",
	TRACE_ARG(ip, ptr) TRACE_ARG(address, ptr) TRACE_ARG(error, hex)
	TRACE_ARG(from_user, dec),
	"[{trap} at {ip}]",
	"save [user ]registers on the kernel stack of {self};[ move to kernel mode;] jump "
	"to the trap handler",
	"handle the trap: {cause}")
TRACE_EVENT(trap_exit, "trap",
	TRACE_ARG(ip, ptr) TRACE_ARG(to_user, dec),
	"",
	"restore [user ]registers from the kernel stack;[ move to user mode;] jump to {ip}",
	"return-from-trap")
TRACE_EVENT(interrupt_enter, "trap",
	TRACE_ARG(ip, ptr) TRACE_ARG(vector, dec) TRACE_ARG(from_user, dec),
	"",
	"{trap}; save [user ]registers on the kernel stack of {self};[ move to kernel "
	"mode;] jump to the trap handler",
	"handle the trap: {trap}")
TRACE_EVENT(interrupt_exit, "trap",
	TRACE_ARG(ip, ptr) TRACE_ARG(to_user, dec),
	"",
	"restore [user ]registers from the kernel stack;[ move to user mode;] jump to {ip}",
	"return-from-trap")
TRACE_EVENT(user_enter, "",
	TRACE_ARG(tid, dec) TRACE_ARG(ip, ptr) TRACE_ARG(sp, ptr),
	"",
	"restore user registers from the kernel stack; move to user mode; jump to {ip}",
	"return-from-trap into thread {tid}")

/* ---- copy on write ---- */
TRACE_EVENT(page_copy, "",
	TRACE_ARG(from, ptr) TRACE_ARG(to, ptr),
	"",
	"",
	"copy the page {from} to {to}: others share it")

/* ---- the scheduler: figure 6.3 ---- */
TRACE_EVENT(sched_wake, "",
	TRACE_ARG(tid, dec) TRACE_ARG(cpu, dec),
	"",
	"",
	"wake thread {tid}: blocked -> ready")
TRACE_EVENT(sched_pick, "why the last one leaves",
	TRACE_ARG(next, dec) TRACE_ARG(runnable, dec) TRACE_ARG(free_pages, dec),
	"",
	"",
	"the scheduler picks thread {next}, because {why} ({runnable} more ready)")
TRACE_EVENT(sched_switch, "why the last one leaves",
	TRACE_ARG(previous, dec) TRACE_ARG(next, dec) TRACE_ARG(state, dec)
	TRACE_ARG(previous_pcb, ptr) TRACE_ARG(next_pcb, ptr) TRACE_ARG(next_stack, ptr),
	"",
	"",
	"switch: save kernel registers of {previous} in its PCB {previous_pcb}; restore "
	"those of {next} from {next_pcb}; change to its kernel stack {next_stack}")
TRACE_EVENT(address_space, "",
	TRACE_ARG(root, ptr),
	"",
	"forget the translations of the last address space",
	"change to the address space with root {root}")

/* ---- signals ---- */
TRACE_EVENT(signal_send, "signal",
	TRACE_ARG(pid, dec) TRACE_ARG(tid, dec) TRACE_ARG(code, dec)
	TRACE_ARG(info, hex) TRACE_ARG(info_2, hex) TRACE_ARG(info_3, hex),
	"",
	"",
	"signal {detail} to process {pid}")
TRACE_EVENT(signal_ignore, "signal",
	TRACE_ARG(pid, dec) TRACE_ARG(tid, dec) TRACE_ARG(code, dec)
	TRACE_ARG(info, hex) TRACE_ARG(info_2, hex) TRACE_ARG(info_3, hex),
	"",
	"",
	"process {pid} ignores signal {detail}")
TRACE_EVENT(signal_stop, "signal",
	TRACE_ARG(pid, dec),
	"",
	"",
	"signal {detail} stops process {pid}")
TRACE_EVENT(signal_deliver, "signal",
	TRACE_ARG(handler, ptr) TRACE_ARG(sp, ptr) TRACE_ARG(code, dec)
	TRACE_ARG(info, hex) TRACE_ARG(info_2, hex) TRACE_ARG(info_3, hex),
	"",
	"",
	"deliver signal {detail}: a frame on the user stack at {sp}, PC {handler}")

/* ---- the end ---- */
TRACE_EVENT(thread_exit, "",
	TRACE_ARG(tid, dec) TRACE_ARG(pid, dec) TRACE_ARG(status, hex),
	"",
	"",
	"thread {tid} ends")
TRACE_EVENT(process_exit, "",
	TRACE_ARG(pid, dec) TRACE_ARG(status, hex),
	"",
	"",
	"process {pid} ends: {status}")
TRACE_EVENT(memory_free, "",
	TRACE_ARG(start, ptr) TRACE_ARG(length, dec),
	"",
	"",
	"free memory: {length} bytes at {start}")
TRACE_EVENT(process_reap, "",
	TRACE_ARG(pid, dec) TRACE_ARG(status, hex),
	"",
	"",
	"remove process {pid} from the process list")
TRACE_EVENT(panic, "",
	TRACE_ARG(line, dec) TRACE_ARG(text, text) TRACE_ARG(text_2, text)
	TRACE_ARG(text_3, text) TRACE_ARG(text_4, text) TRACE_ARG(text_5, text),
	"",
	"",
	"panic: {text}")

/* ---- several CPUs ---- */
TRACE_EVENT(message_send, "trap",
	TRACE_ARG(cpu, dec),
	"",
	"",
	"interrupt CPU {cpu}: {name}")
