// SPDX-License-Identifier: MIT
/* Initialises the upper layers, and connects the hooks through which lower layers call up. */
#define LOG_SUBSYS "kernel"
#include "init/subsystems.h"
#include "arch/arch_thread.h"
#include "core/log.h"
#include "core/random.h"
#include "dev/devices.h"
#include "dev/mem_devices.h"
#include "dev/virtio/hostlink.h"
#include "fs/devfs/devfs.h"
#include "fs/devpts/devpts.h"
#include "fs/procfs/procfs.h"
#include "fs/sysfs/sysfs.h"
#include "fs/tmpfs/memfd.h"
#include "fs/tmpfs/tmpfs.h"
#include "ipc/epoll.h"
#include "ipc/pipe.h"
#include "ipc/unix/unix.h"
#include "lib/refcount.h"
#include "proc/usage.h"
#include "mm/page_alloc.h"
#include "proc/out_of_memory.h"
#include "proc/process.h"
#include "sched/account/sched_tick.h"
#include "sched/sched.h"
#include "sched/wake_later.h"
#include "signal/signal.h"
#include "signal/trap_signals.h"
#include "syscall/procfs_syscalls.h"
#include "vfs/name/dentry.h"
#include "vfs/vfs.h"
#include "vm/vm_fault.h"
#include "vm/vm_vdso.h"

#include <asm/signal.h>

static void report_refcount(bool underflow)
{
	log_err("a reference count %s: its object will not be freed",
		underflow ? "was taken from zero" : "has reached its end");
}

/*
 * The host has a signal for the program: the first process, which knows the program, takes it from
 * /dev/host/control.
 */
static void tell_first_process(void)
{
	struct process *init = READ_ONCE(init_process);

	if (init)
		signal_send_kernel(init, SIGIO);
}

static void connect_layers(void)
{
	static const struct sched_tick_hooks tick_hooks = {process_tick, process_needs_ticks};

	refcount_set_reporter(report_refcount);
	arch_set_return_work_handler(signal_deliver_pending);
	sched_set_tick_hooks(&tick_hooks);
	vm_set_fault_signal_handler(trap_signal_page_fault);
	page_alloc_set_out_of_memory(process_relieve_memory);
	vfs_set_signal_hook(signal_send_self);
	hostlink_set_signal_hook(tell_first_process);
}

void subsystems_init(void)
{
	wake_later_init();
	vm_init();
	vm_vdso_init();
	vfs_init();
	dentry_set_key(random_u64(), random_u64());
	process_init();
	connect_layers();

	tmpfs_init();
	memfd_init();
	devfs_init();
	devpts_init();
	mem_devices_init();
	pipe_init();
	epoll_init();
	unix_init();
	procfs_init();
	sysfs_init();
	procfs_syscalls_init();
	devices_init();
}
