// SPDX-License-Identifier: MIT
/*
 * main.c -- the boot phase of the protocol, from top to bottom.
 *
 * Idea.  The steps of the operating system at boot in figure 6.3 of limited direct execution, in
 *   order: set up the trap table, hand it to the CPU, start the interrupt timer, make the first
 *   process, return from trap into it. What comes before is what these need: memory, clocks,
 *   threads. What may sleep is brought up by the first thread, once the scheduler runs.
 * Cost.  /proc/creance/boot has the time of each phase.
 * Tests.  Every boot; tests/system/machines.t.
 */
#include "init/main.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "arch/arch_pagetable.h"
#include "arch/arch_thread.h"
#include "core/assert.h"
#include "core/boot_info.h"
#include "core/boot_phase.h"
#include "core/cmdline.h"
#include "core/fast_path.h"
#include "core/last_panic.h"
#include "core/random.h"
#include "core/regime.h"
#include "core/trap_table.h"
#include "init/initramfs_boot.h"
#include "init/subsystems.h"
#include "mm/account.h"
#include "mm/boot_alloc.h"
#include "mm/fail_alloc.h"
#include "mm/kstack.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "proc/fork.h"
#include "proc/process.h"
#include "sched/epoch.h"
#include "sched/sched.h"
#include "sched/sched_choice.h"
#include "signal/trap_signals.h"
#include "syscall/dispatch.h"
#include "time/clock.h"
#include "time/timer.h"
#include "trace/trace.h"
#include "vfs/cred.h"
#include "vfs/name/fs_context.h"
#include "vfs/vfs.h"
#include "vm/vm_fault.h"
#define LOG_SUBSYS "boot"
#include "core/log.h"
#include "sched/account/sched_tick.h"

/*
 * A handler for each kind of trap. Which traps the machine has, and of which kind each is, its
 * table says (arch_trap_row); the CPU learns of them in arch_traps_install().
 */
static void trap_table_fill(void)
{
	trap_table_set(TRAP_PAGE_FAULT, vm_trap_page_fault);
	trap_table_set(TRAP_CALL, kernel_syscall_trap);
	trap_table_set(TRAP_TIMER, timer_trap);
	trap_table_set(TRAP_DEVICE, arch_trap_device);
	trap_table_set(TRAP_RESCHED, trap_resched);
	trap_table_set(TRAP_FLUSH, arch_trap_flush);
	trap_table_set(TRAP_SPURIOUS, trap_ignore);
	trap_table_set(TRAP_FATAL, arch_trap_fatal);
	/* The program did something that the CPU refuses: it gets the signal of the trap's row. */
	trap_table_set(TRAP_ILLEGAL, trap_signal);
	trap_table_set(TRAP_BREAKPOINT, trap_signal);
	trap_table_set(TRAP_STEP, trap_signal);
	trap_table_set(TRAP_ARITHMETIC, trap_signal);
	trap_table_set(TRAP_FLOAT, trap_signal);
	trap_table_set(TRAP_ALIGNMENT, trap_signal);
	trap_table_set(TRAP_ADDRESS, trap_signal);
	trap_table_set(TRAP_PRIVILEGE, trap_signal);
	trap_table_check();
}

/* Before the allocators are set up: with the option they keep no caches. */
static void read_fail_alloc_option(void)
{
	u32 one_in = 200;
	u64 seed;

	if (cmdline_seed("fail_alloc", &seed, &one_in)) {
		mm_fail_alloc_from_seed(seed, one_in);
		log_info("one in %u allocations fails, seed %lu", one_in, (unsigned long)seed);
	}
}

/* For /proc/creance/boot_memory. */
static void note_memory(void)
{
	struct page_counts pages;

	page_alloc_counts(&pages);
	boot_memory_set(&(struct boot_memory){
		.total = pages.total * PAGE_SIZE,
		.used = (pages.total - pages.free) * PAGE_SIZE,
		.tables = pages.by_kind[PAGE_KIND_TABLE] * PAGE_SIZE,
		.files = pages.by_kind[PAGE_KIND_FILE] * PAGE_SIZE,
	});
}

/*
 * The first thread besides the boot code: brings up what may sleep, then becomes the first process.
 */
static void boot_thread(void *boot_info)
{
	static const char *const argv[] = {"/init", NULL};
	static const char *const envp[] = {"HOME=/", "TERM=linux",
					   "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	char path[128];

	boot_phase("timer_and_first_thread");
	arch_smp_start(); /* the other CPUs, which wait for work        */
	epoch_init();	  /* how they wait for each other's lookups     */
	boot_phase("other_cpus");
	subsystems_init(); /* file systems, devices, pipes, terminals   */
	boot_phase("subsystems");
	initramfs_boot(boot_info); /* the root's contents, from the loader      */
	boot_phase("initramfs");
	note_memory();
	if (!cmdline_string("init", path, sizeof(path)))
		path[0] = '\0';
	if (process_start_init(path[0] ? path : "/init", argv, envp))
		panic("cannot start %s: give an initramfs that has it (-initrd), or option init=",
		      path[0] ? path : "/init");
	mm_fail_alloc_begin(process_allocations_may_fail);
}

_Noreturn void kernel_main(struct boot_info *bi)
{
	boot_phase("entry");
	arch_cpu_init_boot(); /* this CPU's data, descriptors, features     */
	cmdline_init(bi->cmdline);
	fast_path_init();     /* which of them option nofast= turns off     */
	console_init_early(); /* from here on messages can be printed       */
	regime_init();	      /* how far programs are limited               */
	boot_phase("cpu_and_console");

	last_panic_find(bi);	  /* the report that survived a reset           */
	boot_alloc_init(bi);	  /* needs only the memory map                  */
	arch_cpu_areas_init();	  /* how many CPUs there may be                  */
	arch_kernel_map_init(bi); /* the direct map; W^X                        */
	trace_init_boot();	  /* rings for events, with option trace=       */
	read_fail_alloc_option(); /* do allocations fail on purpose?              */
	page_alloc_init();	  /* takes over what boot_alloc left            */
	random_init();
	slab_init(random_u64()); /* from here kmalloc works           */
	account_init();		 /* accounts, which allocations are charged to */
	kstack_init();
	boot_phase("memory");

	timer_init_cpus();
	sched_read_tick_options();
	arch_cpu_init_late(); /* FPU areas                                  */
	arch_irq_init();      /* interrupt controllers, all masked          */
	boot_phase("interrupt_controllers");
	arch_clock_init(); /* measured since the first line              */
	clock_init();
	trace_clock_known();
	boot_phase("clock");
	thread_set_kernel_context(&fs_context_kernel, &cred_root, &vfs_limits_kernel);
	sched_init(); /* this code is the idle thread now           */
	sched_read_policy_option();
	boot_phase("scheduler");

	TRACE(boot_trap_table, 0, trap_table_nr_rows());
	trap_table_fill();    /* P2, P3: initialise the trap table …        */
	arch_traps_install(); /* … the hardware remembers its addresses     */
	trace_set_switch_hook(arch_traps_trace);
	trap_table_print();
	console_announce(bi);
	last_panic_announce();
	boot_phase("trap_table");

	if (thread_create_kernel("first", boot_thread, bi, NULL))
		panic("no memory for the first thread");
	arch_timer_init();
	timer_start_tick(sched_tick_ns(), sched_tick); /* P3: start the interrupt timer */
	TRACE(boot_timer_started, 0, sched_tick_ns());
	arch_irq_enable();
	sched_idle();
}
