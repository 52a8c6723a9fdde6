/* SPDX-License-Identifier: MIT */
/* Signals: sending, pending, delivering. signal(7). */
#pragma once

#include "core/errno.h"
#include "lib/list.h"
#include "sync/spinlock.h"

#include <asm/siginfo.h>
#include <asm/signal.h>

struct process;
struct trap_frame;
struct user_thread;
struct pid;

/* One instance of a pending signal. */
struct signal_instance {
	struct list_node node;
	siginfo_t info;
	struct posix_timer *timer;
};
struct SHARED signal_queue {
	u64 set;	       /* [process->lock] bit n-1: signal n is pending */
	struct list_node instances; /* [process->lock]                              */
};

/* Handlers: shared by CLONE_SIGHAND. The kernel's struct sigaction as in rt_sigaction(2). */
struct kernel_sigaction {
	u64 handler;
	u64 flags;
	u64 restorer;
	u64 mask;
};
struct SHARED process_signals {
	u32 refs;				/* [a]                 */
	struct spinlock lock;			/* class leaf_irq      */
	struct kernel_sigaction actions[64];	/* [lock] 0 = signal 1 */
};

#define SIGNAL_BIT(sig) (1UL << ((sig)-1))

/* Send @info (info->si_signo) to a process, one thread, a group. Permission is the caller's business. 0, -EAGAIN (queue limit), -ESRCH. Context: any but NMI. */
int signal_send_process(struct process *process, const siginfo_t *info);
int signal_send_thread(struct user_thread *thread, const siginfo_t *info);
/* Every process of the group; for terminals: @signal with SI_KERNEL. 0, -ESRCH. */
int signal_send_group(struct pid *group, int signal);
/* A kernel-made signal without details. */
int signal_send_kernel(struct process *process, int signal);
/* A fault of the current thread: cannot be blocked or ignored away. */
void signal_force_fault(int signal, int code, u64 address);
/* As force, for the death of a bad frame: SIGSEGV. */
void signal_force_segv(void);
/* SIGPIPE, SIGXFSZ to the current thread. */
void signal_send_self(int signal);

/* What delivery hands to the architecture (arch_signal_frame_push). */
struct signal_delivery {
	struct trap_frame *frame;
	struct kernel_sigaction action;
	const siginfo_t *info;
	u64 blocked_before;		/* goes into the frame's ucontext */
	u64 altstack_base, altstack_size;
	u32 altstack_flags;		/* SS_* as sigaltstack reports    */
	bool on_altstack;		/* start at its top               */
	u64 fault_address;
};

/* Before a return to user mode with work pending: deliver, stop, die, restart calls. Interrupts on. May not return. */
void signal_deliver_pending(struct trap_frame *frame);
/* Recompute WORK_SIGNAL of @t. Locks: process->lock. */
void signal_recalculate(struct user_thread *t);
/* Change the current thread's mask. */
void signal_set_blocked(u64 mask);
