/* SPDX-License-Identifier: MIT */
/*
 * A thread: what is scheduled. It owns a kernel stack and points to what it works with: an address
 * space, directories, descriptors, credentials, a process. The layers above own these structures;
 * here they are opaque. A thread that runs a program is part of a struct user_thread
 * (proc/user_thread.h); a thread of the kernel has no process and no address space.
 */
#pragma once

#include "arch/arch_cpu.h"
#include "arch/arch_thread.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "sched/thread_state.h"
#include "sync/spinlock.h"

struct account;
struct arch_pagetable;
struct cpu_totals;
struct cred;
struct fdtable;
struct fs_context;
struct process;
struct sched_policy;
struct unix_rights;
struct vfs_limits;
struct vm_map;

#define THREAD_NAME_SIZE 16

struct SHARED thread {
	struct arch_thread arch; /* [o] first: switch.S and entry code know its offset */
	void *kernel_stack;	 /* [I] lowest address */
	u64 kernel_stack_top;	 /* [I] where the trap frame ends */
	u32 work;		 /* [a] WORK_* */
	u32 state;		 /* [runqueue] enum thread_state; also [a]: sched.c, S1 */

	/*
	 * What it works with. Another thread may look at the vm, fs and files of a program's
	 * thread, which are replaced under process->lock (proc/process.c: P2). The kernel's threads
	 * have no process, vm and files, and share the rest.
	 */
	struct process *process;	  /* [I] referenced; NULL: a thread of the kernel */
	struct vm_map *vm;		  /* [o] its address space, referenced */
	struct arch_pagetable *pagetable; /* [o] that of vm; NULL: keep what is loaded */
	struct fs_context *fs;		  /* [o] root, working directory, umask; referenced */
	struct fdtable *files;		  /* [o] its descriptors, referenced */
	const struct cred *cred;	  /* [o] referenced */
	struct vfs_limits *limits;	  /* [I] of its process */
	struct account *account;	  /* [o] mm/account.h: that of its process; NULL: none */
	struct cpu_totals *totals;	  /* [I] its process's, or those of the kernel's threads */

	u32 cpu;		       /* [runqueue] where it runs or last ran */
	u8 left_why;		       /* [o] enum sched_event: how it last left the CPU */
	bool puts_discarded;	       /* [o] it puts what is in `discarded` */
	u16 user_faults_off;	       /* [o] nesting of user_faults_disable (vm/user_copy.h) */
	struct unix_rights *discarded; /* [o] what it is to put: ipc/unix/unix_flight.c */

	const struct sched_policy *policy; /* [runqueue] */
	union {
		struct list_node run_node; /* [runqueue] READY: in the policy's queue */
		struct rb_node tree_node;  /* [runqueue] instead, of one that has a tree */
	};
	s64 slice_left_cycles; /* [runqueue] negative: what it had too much */
	u32 policy_key;	       /* [runqueue] the policy's own */
	s32 nice;	       /* [runqueue] -20..19 */
	u32 rt_priority;       /* [runqueue] 0: not real-time */
	u64 affinity;	       /* [runqueue] CPUs it may run on */
	u32 linux_policy;      /* [runqueue] SCHED_* as set by the program */
	bool reset_on_fork;    /* [runqueue] its children start as ordinary */
	u64 policy_data[4];    /* [runqueue] the policy's own: thread_policy_data */

	u64 started_cycles;	      /* [runqueue] when it was given the CPU, or charged since */
	u64 run_cycles;		      /* [runqueue] total time on a CPU */
	u64 woke_used;		      /* [o] run time at its last wake-up of another: placement.c */
	u32 woke_switches;	      /* [o] switches_voluntary of then */
	s8 handovers;		      /* [o] how often it has slept after that */
	u64 ticks_user, ticks_system; /* [o] ticks that found it in user / kernel mode */
	u64 user_since, user_cycles;  /* [a] written by itself: user_time.c */
	u64 switches_voluntary, switches_forced; /* [runqueue] */

	pid_t tid;		      /* [I] also of kernel threads */
	pid_t process_id;	      /* [I] the number of its process; 0: none */
	char name[THREAD_NAME_SIZE];  /* [a] comm: thread_name_get */
	struct list_node kernel_node; /* [leaf] a kernel thread: in kernel_threads, for debuggers */
#ifdef LOCKCHECK
	struct held_locks held; /* [o] mutexes: sync/lockcheck.c */
#endif
	/* [I] frees the containing structure, whose memory stays for read sections (epoch.h) */
	void (*destroy)(struct thread *t);
};

/* What the kernel's threads are to work with. Boot, before sched_init(). */
void thread_set_kernel_context(struct fs_context *fs, const struct cred *cred,
			       struct vfs_limits *limits);
/* Create a kernel thread, ready to run. Context: task. Returns 0, -ENOMEM. */
int thread_create_kernel(const char *name, void (*entry)(void *), void *arg, struct thread **out)
	__must_check;
/* Initialise the scheduler's part of @t, which is zeroed: THREAD_NEW, a fresh stack. 0, -ENOMEM. */
int thread_init(struct thread *t, const char *name) __must_check;
/* Change a name, and tell the trace; read it as a whole, while others may change it. */
void thread_rename(struct thread *t, const char *name);
void thread_name_get(const struct thread *t, char name[THREAD_NAME_SIZE]);
/* Undo thread_init for a thread that never ran or is dead and switched away from. */
void thread_fini(struct thread *t);
/* Number of threads that exist, of any kind. */
unsigned thread_count(void);

/* Does @t run a program: is it part of a struct user_thread? */
static __always_inline bool thread_is_user(const struct thread *t)
{
	return t->process;
}
static __always_inline void thread_work_set(struct thread *t, u32 bits)
{
	__atomic_fetch_or(&t->work, bits, __ATOMIC_RELEASE);
}
static __always_inline void thread_work_clear(struct thread *t, u32 bits)
{
	__atomic_fetch_and(&t->work, ~bits, __ATOMIC_ACQUIRE);
}
static __always_inline u32 thread_work(const struct thread *t)
{
	return __atomic_load_n(&t->work, __ATOMIC_ACQUIRE);
}
/* Is there a reason for an interruptible sleep of @t to end? */
static __always_inline bool thread_signal_pending(const struct thread *t)
{
	return thread_work(t) & (WORK_SIGNAL | WORK_KILLED);
}
static __always_inline bool thread_kill_pending(const struct thread *t)
{
	return thread_work(t) & WORK_KILLED;
}
