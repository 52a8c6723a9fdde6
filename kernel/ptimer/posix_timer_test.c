// SPDX-License-Identifier: MIT
// UNIT: lib/rbtree.c signal/signal_queue.c mm/user_account.c ptimer/posix_clock.c
/*
 * posix_timer_test.c -- the timers of a process with two threads, on clocks that the test moves,
 * against a model that says of each timer when it expires next.
 *
 * Idea. A random walk makes, sets, reads and deletes timers on the monotonic clock, on the
 *   process's CPU clock and on those of its threads; lets these clocks run, with ticks; takes
 *   signals, or has them ignored. After each step each timer is as the model has it: armed, pending
 *   or asleep (X1), its next expiry, its overrun (timer_getoverrun(2)), the time left.
 */
#include "unit_test.h"

#include "fake_threads.h"
#include "mm/kmalloc.h"
#include "mm/user_account.h"
#include "time/timer.h"
#include "vfs/cred.h"

#define kzalloc(size, flags) calloc(1, size)
#define kfree(object) free(object)
#include "ptimer/posix_timer.c"
#undef kfree

#define NR_TIMERS 8 /* of each clock no more than one tick expires */
#define NR_THREADS 2
#define TICK_NS (10 * NS_PER_MS)
/* pthread_getcpuclockid(3), and the same for a process. */
#define CPU_CLOCK(id, is_thread) ((int)(~(u32)(id) << 3 | ((is_thread) ? 6 : 2)))
#define SIGNAL_OF(i) (SIGRTMIN + (int)(i))

static struct process process;
static struct user_thread threads[NR_THREADS];
static struct pid pid = {.number = 77};
static u64 cpu_ns[NR_THREADS], random_state;
static struct timer *kernel_timers[NR_TIMERS];
static bool ignores[NR_TIMERS]; /* the signal of each */

/* What timer_create(2) and its companions say about one timer. */
static struct model {
	bool exists, armed, queued, asleep, silent, to_thread;
	int id, clock, overrun;
	u64 expiry_ns, interval_ns;
} models[NR_TIMERS];

/* ---- what the timers ask of the rest --------------------------------------------------------- */

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	*timer = (struct timer){.fire = fire};
}

void timer_set(struct timer *timer, u64 deadline_ns)
{
	unsigned i = 0;

	timer_cancel(timer);
	while (kernel_timers[i])
		i++;
	assert_true(i < NR_TIMERS);
	kernel_timers[i] = timer;
	timer->deadline_ns = deadline_ns;
}

bool timer_cancel(struct timer *timer)
{
	for (unsigned i = 0; i < NR_TIMERS; i++) {
		if (kernel_timers[i] != timer)
			continue;
		kernel_timers[i] = NULL;
		return true;
	}
	return false;
}

void timer_cancel_wait(struct timer *timer)
{
	timer_cancel(timer);
}

u64 sched_thread_runtime_ns(const struct thread *t)
{
	return cpu_ns[user_thread_of((struct thread *)t) - threads];
}

u64 process_cpu_ns(const struct process *of)
{
	return cpu_ns[0] + cpu_ns[1];
}

u64 clock_real_offset_ns(void)
{
	return 5000 * NS_PER_SECOND;
}

struct user_thread *user_thread_find(pid_t tid)
{
	for (unsigned i = 0; i < NR_THREADS; i++) {
		if (threads[i].thread.tid != tid)
			continue;
		user_thread_get(&threads[i]);
		return &threads[i];
	}
	return NULL;
}

void user_thread_put(struct user_thread *t)
{
	assert_false(refcount_put(&t->refs)); /* the test has one more */
}

bool signal_send_timer_locked(struct process *to, struct user_thread *thread,
			      struct signal_instance *instance)
{
	int i = instance->info.si_signo - SIGNAL_OF(0);

	if (i >= 0 && i < NR_TIMERS && ignores[i])
		return false;
	signal_queue_add_timer(thread ? &thread->signals.pending : &to->signals.pending, instance);
	return true;
}

void signal_wake_continued(struct process *of)
{
	fail_msg("no timer here sends SIGCONT");
}

void kfree(void *object)
{
	fail_msg("the user's account is freed");
}

void slab_free(struct slab_cache *cache, void *object)
{
	fail_msg("a timer's signal is part of the timer");
}

const struct cred cred_root = {.user = &user_account_root};

/* ---- the model ------------------------------------------------------------------------------- */

static u64 m_now(int clock)
{
	switch (clock) {
	case CLOCK_MONOTONIC:
		return fake_now_ns;
	case CLOCK_PROCESS_CPUTIME_ID:
		return cpu_ns[0] + cpu_ns[1];
	default: /* of thread 0, which runs the test, or by number of the other one */
		return cpu_ns[clock != CLOCK_THREAD_CPUTIME_ID];
	}
}

static void m_expire_due(bool on_cpu_clock)
{
	for (struct model *m = models; m < models + NR_TIMERS; m++) {
		bool ignored = ignores[m - models];

		if (!m->exists || m->silent || !m->armed ||
		    (m->clock != CLOCK_MONOTONIC) != on_cpu_clock || m->expiry_ns > m_now(m->clock))
			continue;
		m->armed = false;
		m->queued = !ignored;
		m->asleep = ignored && m->interval_ns;
	}
}

static void m_take(struct model *m)
{
	m->queued = false;
	m->overrun = 0;
	if (!m->interval_ns)
		return;
	for (m->expiry_ns += m->interval_ns; m->expiry_ns <= m_now(m->clock); m->overrun++)
		m->expiry_ns += m->interval_ns;
	m->armed = true;
}

static void m_wake(struct model *m)
{
	if (!m->asleep)
		return;
	m->asleep = false;
	m->armed = true;
	do
		m->expiry_ns += m->interval_ns;
	while (m->expiry_ns <= m_now(m->clock));
}

static u64 m_left(const struct model *m)
{
	u64 expiry = m->expiry_ns, now = m_now(m->clock);

	if (!m->armed && !(m->interval_ns && (m->queued || m->asleep)))
		return 0;
	if (m->silent && !m->interval_ns && expiry <= now)
		return 0;
	while (m->interval_ns && expiry <= now)
		expiry += m->interval_ns;
	return expiry > now ? expiry - now : 1;
}

static void check(void)
{
	unsigned nr_cpu = 0, nr_queued = 0, nr_asleep = 0;

	for (const struct model *m = models; m < models + NR_TIMERS; m++) {
		const struct posix_timer *timer = m->exists ? find(&process, m->id) : NULL;
		struct itimer_value value;

		if (!m->exists)
			continue;
		nr_queued++;
		assert_int_equal(timer->armed, m->armed);
		assert_int_equal(list_is_linked(&timer->instance.node), m->queued);
		assert_int_equal(list_is_linked(&timer->asleep_node), m->asleep);
		assert_true(m->armed + m->queued + m->asleep <= 1); /* X1 */
		if (m->armed)
			assert_int_equal(timer->expiry_ns, m->expiry_ns);
		assert_int_equal(posix_timer_overrun(m->id), m->overrun);
		assert_int_equal(posix_timer_get(m->id, &value), 0);
		assert_int_equal(value.interval_ns, m->interval_ns);
		assert_int_equal(value.left_ns, m_left(m));
		nr_cpu += m->armed && !m->silent && m->clock != CLOCK_MONOTONIC;
		nr_asleep += m->asleep;
	}
	assert_int_equal(process.timers.posix.nr_asleep, nr_asleep);
	assert_int_equal(process.timers.nr_cpu, nr_cpu); /* X2 */
	assert_int_equal(list_is_empty(&process.timers.posix.cpu_queues), !nr_cpu);
	assert_int_equal(process.signals.nr_queued, nr_queued);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static u64 pick(u64 nr)
{
	return unit_random(&random_state) % nr;
}

static void step_create(struct model *m)
{
	const int clocks[] = {CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
			      CPU_CLOCK(threads[1].thread.tid, true)};
	struct sigevent event = {.sigev_signo = SIGNAL_OF(m - models)};

	if (m->exists)
		return;
	*m = (struct model){.exists = true,
			    .clock = clocks[pick(4)],
			    .silent = pick(4) == 0,
			    .to_thread = pick(3) == 0};
	event.sigev_notify = m->silent	    ? SIGEV_NONE
			     : m->to_thread ? SIGEV_SIGNAL | SIGEV_THREAD_ID
					    : SIGEV_SIGNAL;
	event.sigev_notify_thread_id = threads[1].thread.tid;
	m->id = posix_timer_create(m->clock, &event);
	assert_true(m->id >= 0);
}

static void step_set(struct model *m)
{
	struct itimer_value fresh = {pick(4) ? 1 + pick(5 * TICK_NS) : 0,
				     pick(2) ? 1 + pick(2 * TICK_NS) : 0};
	struct itimer_value old;
	u64 left = m_left(m), interval = m->interval_ns;
	bool absolute = pick(2);

	if (absolute && fresh.left_ns)
		fresh.left_ns = m_now(m->clock) + pick(3 * TICK_NS);
	if (!m->exists) {
		assert_int_equal(posix_timer_set(1 << 20, absolute, &fresh, &old), -EINVAL);
		return;
	}
	assert_int_equal(posix_timer_set(m->id, absolute, &fresh, &old), 0);
	assert_int_equal(old.left_ns, left);
	assert_int_equal(old.interval_ns, interval);
	m->queued = m->asleep = false;
	m->overrun = 0;
	m->armed = fresh.left_ns;
	m->interval_ns = m->armed ? fresh.interval_ns : 0;
	m->expiry_ns = absolute ? fresh.left_ns : m_now(m->clock) + fresh.left_ns;
}

static void step_delete(struct model *m)
{
	assert_int_equal(posix_timer_delete(m->exists ? m->id : 1 << 20), m->exists ? 0 : -EINVAL);
	m->exists = false;
}

static void step_take(struct model *m)
{
	int signal = SIGNAL_OF(m - models);
	struct signal_queue *queue =
		m->to_thread ? &threads[1].signals.pending : &process.signals.pending;
	siginfo_t info;

	if (!m->exists)
		return;
	assert_int_equal(signal_queue_take(&process, queue, SIGNAL_BIT(signal), &info),
			 m->queued ? signal : 0);
	if (!m->queued)
		return;
	m_take(m);
	assert_int_equal(info.si_code, SI_TIMER);
	assert_int_equal(info.si_tid, m->id);
	assert_int_equal(info.si_overrun, m->overrun);
}

/* Real time passes: kernel timers fire, a little late at times. */
static void step_time(struct model *unused)
{
	fake_now_ns += pick(2 * TICK_NS);
	for (unsigned i = 0; i < NR_TIMERS; i++) {
		struct timer *timer = kernel_timers[i];

		if (!timer || timer->deadline_ns > fake_now_ns)
			continue;
		assert_false(container_of(timer, struct posix_timer, timer)->silent);
		kernel_timers[i] = NULL;
		timer->fire(timer);
	}
	m_expire_due(false);
}

/* A thread runs, and a tick finds thread 0 running. */
static void step_tick(struct model *unused)
{
	cpu_ns[pick(NR_THREADS)] += pick(2 * TICK_NS);
	posix_timer_tick_locked(&process);
	m_expire_due(true);
}

static void step_ignore(struct model *m)
{
	ignores[m - models] = pick(3) == 0;
	if (ignores[m - models])
		return;
	posix_timer_signal_wanted(&process, SIGNAL_OF(m - models));
	m_wake(m);
}

static void begin(void)
{
	memset(&process, 0, sizeof(process));
	memset(threads, 0, sizeof(threads));
	memset(models, 0, sizeof(models));
	memset(kernel_timers, 0, sizeof(kernel_timers));
	fake_now_ns = 1;
	cpu_ns[0] = cpu_ns[1] = 0;
	memset(ignores, 0, sizeof(ignores));
	process.pid = &pid;
	process.cred = &cred_root;
	process.limits.table[RLIMIT_SIGPENDING].rlim_cur = NR_TIMERS;
	list_init(&process.timers.posix.cpu_queues);
	list_init(&process.timers.posix.asleep);
	list_init(&process.signals.dropped);
	signal_queue_init(&process.signals.pending);
	user_account_root = (struct user_account){.refs = REFCOUNT_INIT(1)};
	for (unsigned i = 0; i < NR_THREADS; i++) {
		threads[i].thread.process = &process;
		threads[i].thread.tid = 77 + (pid_t)i;
		refcount_init(&threads[i].refs, 1);
		signal_queue_init(&threads[i].signals.pending);
	}
	unit_current_thread = &threads[0].thread;
}

static void timers_expire_as_in_the_model(void **state)
{
	static void (*const steps[])(struct model *) = {step_create, step_set,	 step_set,
							step_take,   step_take,	 step_time,
							step_time,   step_tick,	 step_tick,
							step_ignore, step_delete};

	random_state = 12;
	for (unsigned walk = 0; walk < 1000; walk++) {
		begin();
		for (unsigned i = 0; i < 400; i++) {
			steps[pick(ARRAY_SIZE(steps))](&models[pick(NR_TIMERS)]);
			check();
		}
		posix_timer_delete_all(&process);
		memset(models, 0, sizeof(models));
		check();
		for (unsigned i = 0; i < NR_THREADS; i++)
			assert_int_equal(refcount_read(&threads[i].refs), 1);
		assert_int_equal(user_present(&user_account_root, USER_SIGNALS), 0);
	}
}

static void what_cannot_be_made_is_refused(void **state)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	const struct {
		int clock, notify, signal, tid, result;
	} rows[] = {
		{CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0, 0},
		{CLOCK_REALTIME, SIGEV_NONE, 0, 0, 0},
		{CLOCK_MONOTONIC, SIGEV_SIGNAL, 0, 0, -EINVAL},
		{CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGNAL_MAX + 1, 0, -EINVAL},
		{CLOCK_MONOTONIC, SIGEV_SIGNAL | SIGEV_THREAD_ID, SIGUSR1, 99, -EINVAL},
		{CLOCK_MONOTONIC, 77, SIGUSR1, 0, -EINVAL},
		{CLOCK_MONOTONIC_COARSE, SIGEV_SIGNAL, SIGUSR1, 0, -EOPNOTSUPP},
		{1000, SIGEV_SIGNAL, SIGUSR1, 0, -EINVAL},
		{CPU_CLOCK(99, true), SIGEV_SIGNAL, SIGUSR1, 0, -EINVAL},  /* of another thread */
		{CPU_CLOCK(99, false), SIGEV_SIGNAL, SIGUSR1, 0, -EINVAL}, /* of another process */
		{CPU_CLOCK(77, false), SIGEV_SIGNAL, SIGUSR1, 0, 0},
		{CPU_CLOCK(77, true), SIGEV_SIGNAL, SIGUSR1, 0, 0},
		{CPU_CLOCK(77, false) | 3, SIGEV_SIGNAL, SIGUSR1, 0, -EINVAL}, /* of no kind */
		{CPU_CLOCK(77, true) | 3, SIGEV_SIGNAL, SIGUSR1, 0, -EINVAL},
	};

	begin();
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		int id;

		event.sigev_notify = rows[i].notify;
		event.sigev_signo = rows[i].signal;
		event.sigev_notify_thread_id = rows[i].tid;
		id = posix_timer_create(rows[i].clock, &event);
		assert_int_equal(min(id, 0), rows[i].result);
		assert_int_equal(process.signals.nr_queued, id >= 0);
		posix_timer_delete_all(&process);
	}
	process.limits.table[RLIMIT_SIGPENDING].rlim_cur = 0;
	assert_int_equal(posix_timer_create(CLOCK_MONOTONIC, NULL), -EAGAIN);
	assert_int_equal(process.signals.nr_queued, 0);
}

/* timer_settime(2): an expiry far ahead, and an overrun that an int cannot say. */
static void large_numbers_do_not_wrap(void **state)
{
	struct itimer_value ever = {~0UL - 5, 0}, often = {1, 1}, value;
	siginfo_t info;
	int id;

	begin();
	fake_now_ns = NS_PER_SECOND;
	id = posix_timer_create(CLOCK_MONOTONIC, NULL);
	assert_int_equal(posix_timer_set(id, false, &ever, NULL), 0);
	assert_int_equal(posix_timer_get(id, &value), 0);
	assert_true(value.left_ns > ~0UL / 2);
	assert_int_equal(posix_timer_set(id, false, &often, NULL), 0);
	fake_now_ns += 1;
	find(&process, id)->timer.fire(&find(&process, id)->timer);
	fake_now_ns += 10 * NS_PER_SECOND;
	assert_int_equal(signal_queue_take(&process, &process.signals.pending, ~0UL, &info),
			 SIGALRM);
	assert_int_equal(info.si_overrun, INT32_MAX);
	assert_int_equal(posix_timer_overrun(id), INT32_MAX);
	posix_timer_delete_all(&process);
}

/* Numbers begin again after the last one, but not with one that a timer still has. */
static void numbers_are_given_once(void **state)
{
	begin();
	for (unsigned round = 0; round < 2; round++) {
		process.timers.posix.next_id = INT32_MAX;
		assert_int_equal(posix_timer_create(CLOCK_MONOTONIC, NULL), round ? 2 : INT32_MAX);
		assert_int_equal(posix_timer_create(CLOCK_MONOTONIC, NULL), round ? 3 : 0);
		if (!round)
			assert_int_equal(posix_timer_create(CLOCK_MONOTONIC, NULL), 1);
	}
	posix_timer_delete_all(&process);
}

UNIT_MAIN(cmocka_unit_test(timers_expire_as_in_the_model),
	  cmocka_unit_test(what_cannot_be_made_is_refused),
	  cmocka_unit_test(large_numbers_do_not_wrap), cmocka_unit_test(numbers_are_given_once))
