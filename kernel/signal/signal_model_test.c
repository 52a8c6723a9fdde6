// SPDX-License-Identifier: MIT
// UNIT: signal/signal_send.c signal/signal_deliver.c signal/signal_takers.c signal/signal_queue.c
// UNIT: signal/signal_mask.c sched/waitq.c mm/user_account.c
/*
 * signal_model_test.c -- signals of a process with a few threads, against a model of signal(7).
 *
 * Idea. The threads are coroutines (tests/unit/fake_threads.h) that do what the test says and then
 *   return to "user mode" as the entry code does: deliver while WORK_SIGNAL is set. A random walk
 *   sends signals, changes masks and actions, waits for signals, stops, continues, ends threads.
 *   The model does the same with plain lists and without any haste: it looks at all threads, drops
 *   cancelled signals from all queues at once, and has no work bits. Both write down what happens
 *   (handlers, results of waits, ends, notifications of the parent), which must be the same after
 *   each step: so a thread that was not notified (S1), a signal that was cancelled too late (S4),
 *   or a thread that was not continued (S3) shows.
 *   A thread pauses where the kernel's code drops process->lock: other steps come in between.
 */
#include "unit_test.h"

#include "core/fast_path.h"
#include "fake_threads.h"
#include "mm/user_account.h"
#include "proc/exit.h"
#include "proc/process_internal.h"
#include "proc/session.h"
#include "signal/signal_mask.h"
#include "signal_model.h"
#include "trace/trace.h"
#include "vfs/cred.h"

#define NR_TIMERS 3
#define VALUE_OF(info) ((info)->si_value.sival_int)

static struct event kernel_log[64];
static unsigned nr_kernel_log;
u32 fast_paths_off;
static struct command command; /* the running thread's */

static struct user_thread threads[MODEL_THREADS], outsider;
static struct process process, other_process;
static struct signal_handlers actions;
static struct pid pid = {.number = 77};
static struct signal_instance timers[NR_TIMERS];
static struct trap_frame frames[MODEL_THREADS];
static bool in_user_mode[MODEL_THREADS];

static int index_of(const struct user_thread *t)
{
	return (int)(t - threads);
}

/* ---- what the kernel's code asks of the rest ------------------------------------------------- */

const struct cred cred_root = {.user = &user_account_root, .uid = 0};

static void k_log(int kind, int signal, int code, int value)
{
	int thread = kind >= PARENT ? -1 : index_of(current_user_thread());

	assert_true(nr_kernel_log < ARRAY_SIZE(kernel_log));
	kernel_log[nr_kernel_log++] = (struct event){kind, thread, signal, code, value};
}

u8 trace_on = 1;

void trace_emit_long(u32 head, u64 pid, u64 tid, u64 code, u64 info, u64 value, u64 times)
{
	enum trace_event event = head & 0xffff;

	if (event == TRACE_signal_send || event == TRACE_signal_ignore)
		k_log(event == TRACE_signal_send ? SENT : IGNORED, (int)(head >> 16), (int)code,
		      (int)value);
}

int arch_signal_frame_push(const struct signal_delivery *d)
{
	k_log(HANDLED, d->info->si_signo, d->info->si_code, VALUE_OF(d->info));
	return 0;
}

void process_notify_parent_stop(struct process *of, int code)
{
	k_log(PARENT, code, 0, 0);
	fake_thread_pause();
}

bool session_current_is_orphaned(void)
{
	fake_thread_pause();
	return model.orphaned;
}

/* What exit.c does about signals. */
_Noreturn void thread_exit_user(int status)
{
	struct user_thread *t = current_user_thread();

	k_log(ENDED, status, 0, 0);
	t->exiting = true;
	process.threads.nr_live--;
	process_kill_more_locked(&process);
	if (process.threads.nr_live) {
		signal_retarget_locked(t, ~t->signals.blocked);
		if (process.stop.active && process.stop.nr_stopped == process.threads.nr_live)
			k_log(PARENT, CLD_STOPPED, 0, 0);
	}
	process_unlink_thread_locked(&process, t);
	if (process.threads.leader == t)
		process.threads.leader = NULL;
	signal_queue_drop_all(&process, &t->signals.pending);
	fake_thread_exit();
}

/* Never reached: the frames are of no system call, and a search for takers ends at once. */
#define UNREACHED(declaration)                                                                     \
	declaration                                                                                \
	{                                                                                          \
		fail_msg("%s", #declaration);                                                      \
	}
UNREACHED(void arch_syscall_rewind(struct trap_frame *frame))
UNREACHED(void arch_syscall_restart_block(struct trap_frame *frame))
UNREACHED(void process_get(struct process *of))
UNREACHED(void process_put(struct process *of))
UNREACHED(void user_thread_put(struct user_thread *t))
UNREACHED(void kfree(void *object))
UNREACHED(void posix_timer_signal_wanted(struct process *of, int signal)) /* no timer was made */

bool wake_later_request(struct wake_later *later, u64 key)
{
	fail_msg("a search among so few threads");
	return true;
}

int put_user_u32(u32 value, u32 __user *address)
{
	fail_msg("no child's number is to be written");
	return false;
}

void posix_timer_signal_dropped(struct posix_timer *timer)
{
}

void itimer_alarm_taken_locked(struct process *of)
{
}

void posix_timer_signal_taken(struct posix_timer *timer, siginfo_t *info)
{
}

void slab_cache_init(struct slab_cache *cache, const char *name, size_t size, size_t align)
{
}

void *slab_alloc(struct slab_cache *cache, unsigned flags)
{
	return malloc(sizeof(struct signal_instance));
}

void slab_free(struct slab_cache *cache, void *object)
{
	free(object);
}

/* ---- what threads do in user mode ------------------------------------------------------------ */

static void k_wait(void)
{
	siginfo_t info = {0};
	int signal = signal_wait(command.set, &info, command.deadline_ns);

	if (!process.exit.group_exiting) /* else the program never sees it */
		k_log(WAITED, signal, info.si_code, VALUE_OF(&info));
}

static void k_raise(struct user_thread *t)
{
	siginfo_t info = {.si_signo = command.signal, .si_code = command.code};

	if (command.code == SI_TKILL)
		assert_int_equal(signal_send_thread(t, &info), 0);
	else
		assert_int_equal(signal_send_process(&process, &info), 0);
}

static void k_command(struct user_thread *t)
{
	switch (command.kind) {
	case MASK:
		signal_set_blocked(command.set);
		break;
	case ACTION:
		assert_int_equal(signal_set_action(command.signal, &command.action, NULL), 0);
		break;
	case WAIT:
		k_wait();
		break;
	case RAISE:
		k_raise(t);
		break;
	case FAULT:
		signal_force_fault(SIGSEGV, SEGV_MAPERR, 0);
		break;
	case EXIT:
		thread_exit_user(0);
	default:
		break;
	}
}

static void thread_main(void)
{
	struct user_thread *t = current_user_thread();
	int me = index_of(t);

	for (;;) {
		in_user_mode[me] = true;
		fake_thread_pause();
		in_user_mode[me] = false;
		k_command(t);
		model.threads[me].notified = thread_work(&t->thread) & WORK_SIGNAL;
		while (thread_work(&t->thread) & WORK_SIGNAL)
			signal_deliver_pending(&frames[me]);
	}
}

/* ---- checks ---------------------------------------------------------------------------------- */

/* S1: is one of the threads that can take @signal notified? */
static bool is_notified(int signal)
{
	bool any = false;

	for (unsigned i = 0; i < MODEL_THREADS; i++) {
		if (!model_can_take(&model.threads[i], signal))
			continue;
		if (thread_work(&threads[i].thread) & WORK_SIGNAL)
			return true;
		any = true;
	}
	return !any;
}

static void check(void)
{
	assert_true(model_log_agrees(kernel_log, nr_kernel_log));
	nr_kernel_log = 0;
	assert_int_equal(process.threads.nr_live, model_count(false));
	if (!process.threads.nr_live)
		return;
	assert_int_equal(process.exit.group_exiting, model.ending);
	assert_int_equal(process.stop.active, model.stopping);
	if (model.ending)
		return; /* what is pending does not matter any more */
	assert_int_equal(process.stop.nr_stopped, model_count(true));
	assert_int_equal(process.signals.pending.set, model_set(&model.shared));
	for (int signal = 1; signal <= SIGNAL_MAX; signal++) {
		assert_int_equal(actions.actions[signal - 1].handler,
				 model.actions[signal - 1].handler);
		if (model_set(&model.shared) & SIGNAL_BIT(signal))
			assert_true(is_notified(signal));
	}
	for (unsigned i = 0; i < MODEL_THREADS; i++) {
		const struct user_thread *t = &threads[i];

		if (!model.threads[i].live)
			continue;
		assert_int_equal(t->signals.blocked, model.threads[i].blocked);
		if (model.stopping || (model_set(&model.threads[i].queue) & ~t->signals.blocked))
			assert_true(model.threads[i].stopped ||
				    (thread_work(&t->thread) & WORK_SIGNAL) || process.stop.next);
	}
}

/* ---- the walk -------------------------------------------------------------------------------- */

static void run(unsigned i)
{
	bool user = in_user_mode[i];

	if (!fake_thread_can_run(&threads[i].thread))
		return;
	model.threads[i].timed_out =
		model.threads[i].in_wait && threads[i].thread.state != THREAD_READY;
	fake_thread_run(&threads[i].thread);
	if (user)
		model_command(&model.threads[i], &command);
	command.kind = NOTHING;
	model_run(&model.threads[i]);
	check();
}

static const int signals[] = {SIGUSR1, SIGUSR1, SIGUSR2,  SIGTERM,  SIGCHLD,
			      SIGSEGV, SIGCONT, SIGCONT,  SIGTSTP,  SIGSTOP,
			      SIGTTIN, SIGKILL, SIGRTMIN, SIGRTMIN, SIGRTMIN + 1};

static int random_signal(u64 *random)
{
	int signal = signals[unit_random(random) % ARRAY_SIZE(signals)];

	return signal == SIGKILL && unit_random(random) % 8 ? SIGUSR2 : signal;
}

static u64 random_set(u64 *random)
{
	u64 set = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(signals); i++)
		if (unit_random(random) % 2)
			set |= SIGNAL_BIT(signals[i]);
	return unit_random(random) % 3 ? set : 0;
}

static void random_command(u64 *random)
{
	static const u64 handlers[] = {(u64)SIG_DFL, (u64)SIG_IGN, 0x1000, 0x2000, 0x3000, 0x4000};
	u64 kind = unit_random(random) % 32;

	command = (struct command){.kind = kind < 27 ? kind % 5 : kind - 27 + NOTHING,
				   .signal = random_signal(random),
				   .code = unit_random(random) % 2 ? SI_USER : SI_TKILL,
				   .set = random_set(random),
				   .deadline_ns = DEADLINE_NEVER};
	if (command.kind == WAIT) {
		command.set &= ~SIGNALS_UNBLOCKABLE;
		if (unit_random(random) % 4 == 0)
			command.set = ~SIGNALS_UNBLOCKABLE;
		if (unit_random(random) % 2)
			command.deadline_ns = fake_now_ns + 3;
	}
	if (command.kind == ACTION && (SIGNAL_BIT(command.signal) & SIGNALS_UNBLOCKABLE))
		command.signal = SIGUSR1;
	command.action = (struct kernel_sigaction){
		.handler = handlers[unit_random(random) % ARRAY_SIZE(handlers)],
		.flags = unit_random(random) % 4 ? 0 : (u64)(u32)SA_RESETHAND | SA_NODEFER,
		.mask = random_set(random) & ~SIGNALS_UNBLOCKABLE};
}

/* From another process, or from an interrupt. */
static void random_send(u64 *random)
{
	static const int codes[] = {SI_USER, SI_QUEUE, SI_KERNEL};
	unsigned target = (unsigned)(unit_random(random) % (2 * MODEL_THREADS));
	bool to_thread = target < MODEL_THREADS && model.threads[target].live;
	struct event event = {.signal = random_signal(random),
			      .code = codes[unit_random(random) % 3],
			      .value = (int)(unit_random(random) % 1000)};
	siginfo_t info = {.si_signo = event.signal, .si_code = event.code};

	if (event.code == SI_KERNEL && event.signal >= SIGRTMIN)
		return; /* the kernel sends none of these */
	if (event.code == SI_KERNEL) {
		event.value = 0;
		to_thread = false;
		signal_send_kernel(&process, event.signal);
	} else {
		VALUE_OF(&info) = event.value;
		assert_int_equal(to_thread ? signal_send_thread(&threads[target], &info)
					   : signal_send_process(&process, &info),
				 0);
	}
	model_send(to_thread ? &model.threads[target] : NULL, event);
}

static void random_timer(u64 *random)
{
	unsigned i = (unsigned)(unit_random(random) % NR_TIMERS);
	bool to_thread = i == 1;
	struct model_thread *t = to_thread ? &model.threads[1] : NULL;
	const siginfo_t *info = &timers[i].info;
	u64 round = process.stop.round;
	struct event event = {.signal = info->si_signo, .code = SI_TIMER, .value = VALUE_OF(info)};

	if (list_is_linked(&timers[i].node) || (to_thread && !t->live))
		return;			       /* it is not set until its signal is taken */
	unit_preempt_count = PREEMPT_IRQ_UNIT; /* in an interrupt */
	signal_send_timer_locked(&process, to_thread ? &threads[1] : NULL, &timers[i]);
	if (process.stop.round != round)
		signal_wake_continued(&process);
	unit_preempt_count = 0;
	model_send(t, event);
}

static void step(u64 *random)
{
	u64 kind = unit_random(random) % 16;
	unsigned i = (unsigned)(unit_random(random) % MODEL_THREADS);

	if (!process.threads.nr_live)
		return;
	if (kind < 5) {
		random_send(random);
	} else if (kind == 5) {
		random_timer(random);
	} else if (kind == 6) {
		fake_now_ns++;
	} else if (kind == 7) {
		model.orphaned = unit_random(random) % 4 == 0;
	} else {
		if (in_user_mode[i] && kind < 12)
			random_command(random);
		run(i);
	}
	check();
}

/* When no thread can run any more, none of them has anything left to do. */
static void settle(void)
{
	bool any;

	do {
		any = false;
		for (unsigned i = 0; i < MODEL_THREADS; i++) {
			struct thread *t = &threads[i].thread;

			if (!model.threads[i].live || !fake_thread_can_run(t) ||
			    (in_user_mode[i] && !(thread_work(t) & WORK_SIGNAL)))
				continue;
			run(i);
			any = true;
		}
	} while (any);
	for (unsigned i = 0; i < MODEL_THREADS; i++) {
		struct signal_sets sets;

		if (!model.threads[i].live)
			continue;
		if (!in_user_mode[i])
			model_run(&model.threads[i]); /* as it sleeps, nothing comes of it */
		check();
		signal_sets_get(&threads[i], &sets);
		assert_int_equal(sets.pending, model_set(&model.threads[i].queue));
	}
}

static void begin_thread(unsigned i)
{
	struct user_thread *t = &threads[i];

	memset(t, 0, sizeof(*t));
	t->thread.process = &process;
	t->thread.cred = &cred_root;
	t->thread.tid = 77 + (pid_t)i;
	signal_queue_init(&t->signals.pending);
	list_add_last(&process.threads.list, &t->process_node);
	process.threads.nr_live++;
	frame_forget_syscall(&frames[i]);
	fake_thread_start(&t->thread, thread_main);
	fake_thread_run(&t->thread);
}

/* Mostly handlers: else most walks are short. */
static void begin_actions(u64 *random)
{
	memset(&actions, 0, sizeof(actions));
	actions.changed = ~0UL;
	for (unsigned i = 0; i < ARRAY_SIZE(signals); i++)
		if (unit_random(random) % 4 && !(SIGNAL_BIT(signals[i]) & SIGNALS_UNBLOCKABLE))
			actions.actions[signals[i] - 1].handler = 0x1000;
	memcpy(model.actions, actions.actions, sizeof(model.actions));
}

static void begin(bool unkillable, u64 *random)
{
	static const int timer_signals[NR_TIMERS] = {SIGCONT, SIGTSTP, SIGRTMIN};

	fake_threads_init();
	model_init();
	memset(&process, 0, sizeof(process));
	begin_actions(random);
	process.pid = &pid;
	process.cred = &cred_root;
	process.signals.handlers = &actions;
	process.stop.round = 1;
	process.signals.unkillable = model.unkillable = unkillable;
	process.limits.table[RLIMIT_SIGPENDING].rlim_cur = MODEL_QUEUE_MAX;
	refcount_init(&process.refs, 1);
	list_init(&process.threads.list);
	list_init(&process.signals.dropped);
	signal_queue_init(&process.signals.pending);
	waitq_init(&process.stop.end);
	signal_takers_init(&process);
	for (unsigned i = 0; i < NR_TIMERS; i++) {
		timers[i].info = (siginfo_t){.si_signo = timer_signals[i], .si_code = SI_TIMER};
		VALUE_OF(&timers[i].info) = 2000 + (int)i;
		timers[i].timer = (struct posix_timer *)&timers[i];
		list_init(&timers[i].node);
	}
	for (unsigned i = 0; i < MODEL_THREADS; i++)
		begin_thread(i);
	process.threads.leader = &threads[0];
	outsider.thread.process = &other_process;
	unit_current_thread = &outsider.thread;
	check();
}

static void end(void)
{
	for (unsigned i = 0; i < MODEL_THREADS; i++)
		signal_queue_drop_all(&process, &threads[i].signals.pending);
	signal_queue_drop_all(&process, &process.signals.pending);
	assert_int_equal(process.signals.nr_queued, 0);
	assert_int_equal(user_present(&user_account_root, USER_SIGNALS), 0);
}

static void signals_are_as_in_the_model(void **state)
{
	u64 random = 20261129;

	for (unsigned walk = 0; walk < 10000; walk++) {
		begin(walk % 8 == 0, &random);
		fast_paths_off = walk % 3 ? 0 : 1U << FAST_PATH_signal;
		for (unsigned i = 1; walk % 4 == 0 && i < MODEL_THREADS; i++) {
			command.kind = EXIT; /* a process with one thread */
			run(i);
		}
		for (unsigned i = 0; i < 120; i++) {
			step(&random);
			if (i % 16 == 0)
				settle();
		}
		settle();
		end();
	}
}

/* ---- S2: the end of a process with many threads ---------------------------------------------- */

#define MANY 100

static void begin_many(struct user_thread **many, u64 *random)
{
	begin(false, random);
	list_init(&process.threads.list);
	process.threads.leader = NULL;
	process.threads.nr_live = 0;
	for (unsigned i = 0; i < MANY; i++) {
		many[i] = calloc(1, sizeof(*many[i]));
		many[i]->thread.process = &process;
		many[i]->exiting = unit_random(random) % 4 == 0;
		process.threads.nr_live += !many[i]->exiting;
		list_add_last(&process.threads.list, &many[i]->process_node);
	}
}

static bool any_goes_on(struct user_thread **many, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		if (thread_kill_pending(&many[i]->thread) || many[i]->exiting)
			return true;
	return false;
}

/*
 * Notified threads begin to exit and leave, in any order, and some that were on their way out or
 * saw by themselves that the process ends; each of the others must be notified in the end.
 */
static void the_end_reaches_each_of_many(void **state)
{
	u64 random = 77;

	for (unsigned walk = 0; walk < 2000; walk++) {
		struct user_thread *many[MANY];
		unsigned left = MANY;

		begin_many(many, &random);
		process_kill_locked(&process, SIGKILL);
		while (left) {
			unsigned at = (unsigned)(unit_random(&random) % left);
			struct user_thread *t = many[at];

			if (!thread_kill_pending(&t->thread) && !t->exiting &&
			    unit_random(&random) % 4) {
				assert_true(any_goes_on(many, left)); /* else none ever will */
				continue;
			}
			if (!t->exiting) {
				t->exiting = true;
				process.threads.nr_live--;
				process_kill_more_locked(&process);
				continue;
			}
			process_unlink_thread_locked(&process, t);
			many[at] = many[--left];
			free(t);
		}
		assert_null(process.exit.kill_next);
	}
}

UNIT_MAIN(cmocka_unit_test(signals_are_as_in_the_model),
	  cmocka_unit_test(the_end_reaches_each_of_many))
