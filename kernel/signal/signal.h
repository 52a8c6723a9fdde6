/* SPDX-License-Identifier: MIT */
/* Signals: sending, pending, delivering. signal(7). */
#pragma once

#include "core/errno.h"
#include "signal/signal_state.h"

#include <linux/signal.h>

struct pid;
struct posix_timer;
struct process;
struct trap_frame;
struct user_thread;

/*
 * Of the 128 bytes of a siginfo_t, no sender fills in more than these words (asm-generic/siginfo.h:
 * the longest is SIGCHLD's). The kernel keeps and copies only these, and a program gets zeros for
 * the rest.
 */
#define SIGINFO_WORDS 6U
static __always_inline void siginfo_clear(siginfo_t *info)
{
	for (unsigned i = 0; i < SIGINFO_WORDS; i++)
		((u64 *)info)[i] = 0;
}
/*
 * The @nth 8 bytes. The first two are signal, errno and code; then si_pid and si_uid, or si_addr.
 */
static __always_inline u64 siginfo_word(const siginfo_t *info, unsigned nth)
{
	return ((const u64 *)info)[nth];
}
/* Of SIGCHLD: the child's si_utime, and its si_stime from bit 32 on. */
static __always_inline u64 siginfo_times(const siginfo_t *info)
{
	return (u32)siginfo_word(info, 4) | siginfo_word(info, 5) << 32;
}
static __always_inline void siginfo_copy(siginfo_t *to, const siginfo_t *from)
{
	for (unsigned i = 0; i < SIGINFO_WORDS; i++)
		((u64 *)to)[i] = ((const u64 *)from)[i];
}

/*
 * Send @info (info->si_signo) to a process, or to one thread. The caller checks permission.
 * For a process that is gone nothing happens, and no error is returned. @thread: its process_tree
 * entry is kept by the caller (process_tree held, or a reference). Context: task. Returns: 0,
 * -EAGAIN (the queue's limit, real-time signals only).
 */
int signal_send_process(struct process *process, const siginfo_t *info);
int signal_send_thread(struct user_thread *thread, const siginfo_t *info);
/* A kernel-made signal without details (SI_KERNEL). Needs no memory. Context: any but NMI. */
void signal_send_kernel(struct process *process, int signal);
/*
 * The same to every process of a group, one at a time, as a group may be large; for terminals.
 * Context: task, no spinlocks; @group is referenced by the caller. 0, -ESRCH (an empty group).
 */
int signal_send_group(struct pid *group, int signal);
/* The same to the current thread: SIGPIPE, SIGXFSZ. */
void signal_send_self(int signal);
/* A fault of the current thread: cannot be blocked or ignored. */
void signal_force_fault(int signal, int code, u64 address);
/* SIGSEGV with the default action: the signal frame cannot be written or read. */
void signal_force_segv(void);

/* What delivery passes to the architecture (arch_signal_frame_push). */
struct signal_delivery {
	struct trap_frame *frame;
	struct kernel_sigaction action;
	const siginfo_t *info;
	u64 blocked_before; /* goes into the frame's ucontext */
	u64 altstack_base, altstack_size;
	u32 altstack_flags; /* SS_* as sigaltstack reports    */
	bool on_altstack;   /* start at its top               */
	u64 fault_address;
};

/*
 * Before a return to user mode with work pending: deliver, stop, die, restart calls. Interrupts on.
 * May not return.
 */
void signal_deliver_pending(struct trap_frame *frame);
/* Recompute WORK_SIGNAL of @t, the current thread. Locks: process->lock held. */
void signal_recalculate(struct user_thread *t);

/* rt_sigaction: @wanted and @old may be NULL. -EINVAL. */
int signal_set_action(int signal, const struct kernel_sigaction *wanted,
		      struct kernel_sigaction *old) __must_check;
/* sigtimedwait: wait for one of @set until @deadline_ns: its number and *info; -EAGAIN, -EINTR. */
int signal_wait(u64 set, siginfo_t *info, u64 deadline_ns);

/* The default action of a signal. */
bool signal_default_ignores(int signal);
bool signal_default_stops(int signal);

/* The four sets of /proc/PID/status; pending: of the thread, shared: of the process. */
struct signal_sets {
	u64 pending, shared_pending, blocked, ignored, caught;
	u64 nr_queued; /* of its user, by all processes */
	u64 queue_limit;
};
void signal_sets_get(struct user_thread *t, struct signal_sets *out);
