// SPDX-License-Identifier: MIT
// UNIT: mm/user_account.c
/*
 * signal_queue_test.c -- the queue of pending signals against one that is written as signal(7)
 * says it: a list of signals in the order in which they were sent.
 *
 * Idea. A random walk adds signals of all kinds (with and without details, of timers, of the
 *   process itself), takes and drops them, with a small limit on queued signals, and at times
 *   without memory. After each step the queue must hold the invariants of signal_queue.c (Q1 to
 *   Q4), and what is taken must be what the list has first.
 */
#include "unit_test.h"

#include "mm/slab.h"

static bool no_memory;
static void *unit_slab_alloc(size_t size)
{
	return no_memory ? NULL : malloc(size);
}
#define slab_cache_init(cache, name, size, align) ((void)(cache))
#define slab_alloc(cache, flags) unit_slab_alloc(sizeof(struct signal_instance))
#define slab_free(cache, object) free(object)
#include "signal/signal_queue.c"

#define NR_TIMERS 4
#define ENTRIES_MAX 512
#define LIMIT 12
#define NO_DETAILS 0
#define VALUE_OF(info) ((info)->si_value.sival_int)

/* The same signals in a list. */
struct entry {
	int signal, code, value, timer; /* timer: its index, or -1 */
};
static struct entry entries[ENTRIES_MAX];
static unsigned nr_entries;
static u64 bare; /* signals without details that are pending */

static struct process process;
static struct signal_queue the_queue;
static struct signal_instance timers[NR_TIMERS];
static struct pid pid = {.number = 77};
static unsigned nr_taken_by_timers;

void kfree(void *object)
{
	fail_msg("the user's account is freed, although the user is referenced");
}

const struct cred cred_root = {.user = &user_account_root, .uid = 0};

void posix_timer_signal_dropped(struct posix_timer *timer)
{
}

void posix_timer_signal_taken(struct posix_timer *timer, siginfo_t *info)
{
	nr_taken_by_timers++;
	info->si_overrun = 5;
}

/* ---- the list -------------------------------------------------------------------------------- */

static void model_add(int signal, int code, int value, int timer)
{
	assert_true(nr_entries < ENTRIES_MAX);
	entries[nr_entries++] = (struct entry){signal, code, value, timer};
}

static void model_delete(unsigned at)
{
	nr_entries--;
	memmove(&entries[at], &entries[at + 1], (nr_entries - at) * sizeof(entries[0]));
}

static unsigned model_count(int signal)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nr_entries; i++)
		n += entries[i].signal == signal;
	return n;
}

static u64 model_pending(void)
{
	u64 set = bare;

	for (unsigned i = 0; i < nr_entries; i++)
		set |= SIGNAL_BIT(entries[i].signal);
	return set;
}

/* How many instances are charged for: those of timers always are. */
static unsigned model_charged(void)
{
	unsigned n = NR_TIMERS;

	for (unsigned i = 0; i < nr_entries; i++)
		n += entries[i].timer < 0;
	return n;
}

/* The signal of @set that is to be taken first: faults before others, then the lowest number. */
static int model_most_urgent(u64 set)
{
	static const int faults[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};

	set &= model_pending();
	for (unsigned i = 0; i < ARRAY_SIZE(faults); i++)
		if (set & SIGNAL_BIT(faults[i]))
			return faults[i];
	for (int signal = 1; signal <= SIGNAL_MAX; signal++)
		if (set & SIGNAL_BIT(signal))
			return signal;
	return 0;
}

/* ---- the invariants -------------------------------------------------------------------------- */

/* Compare @first and those behind it with the list's entries of that signal, in their order. */
static void check_signal(const struct signal_instance *first)
{
	const struct signal_instance *instance = first;
	const struct list_node *node = &first->later;

	for (unsigned i = 0; i < nr_entries; i++) {
		if (entries[i].signal != first->info.si_signo)
			continue;
		assert_non_null(instance);
		assert_int_equal(instance->info.si_signo, entries[i].signal);
		assert_int_equal(instance->info.si_code, entries[i].code);
		if (entries[i].timer >= 0)
			assert_ptr_equal(instance, &timers[entries[i].timer]);
		assert_true(instance == first || list_is_empty(&instance->later)); /* Q1 */
		node = node->next;
		instance = node == &first->later ? NULL
						 : list_entry(node, struct signal_instance, node);
	}
	assert_null(instance);
}

static void check_queue(void)
{
	const struct signal_instance *instance;
	u64 seen = 0;

	list_for_each_entry(instance, &the_queue.instances, node) {
		assert_false(seen & SIGNAL_BIT(instance->info.si_signo)); /* Q1 */
		seen |= SIGNAL_BIT(instance->info.si_signo);
		check_signal(instance);
	}
	assert_int_equal(the_queue.set, model_pending()); /* Q2 */
	for (int signal = 1; signal <= SIGNAL_MAX; signal++) {
		assert_int_equal(!!(seen & SIGNAL_BIT(signal)), model_count(signal) > 0);
		if (SIGNAL_BIT(signal) & (SIGNALS_DEFAULT_STOP | SIGNAL_BIT(SIGCONT)))
			assert_true(model_count(signal) <= 1); /* Q3 */
	}
	assert_int_equal(user_present(&user_account_root, USER_SIGNALS), model_charged()); /* Q4 */
	assert_int_equal(process.signals.nr_queued, model_charged());
	assert_int_equal(refcount_read(&user_account_root.refs), 1 + model_charged());
}

/* ---- steps ----------------------------------------------------------------------------------- */

static int random_signal(u64 *random)
{
	static const int some[] = {SIGHUP,  SIGSEGV, SIGUSR1,  SIGSYS,	     SIGCHLD,
				   SIGCONT, SIGTSTP, SIGRTMIN, SIGRTMIN + 1, SIGNAL_MAX};

	return some[unit_random(random) % ARRAY_SIZE(some)];
}

static void add(u64 *random)
{
	static const int codes[] = {NO_DETAILS, SI_USER, SI_QUEUE, SI_TKILL};
	int signal = random_signal(random), code = codes[unit_random(random) % 4], err;
	int value = (int)(unit_random(random) % 1000);
	siginfo_t info = {.si_signo = signal, .si_code = code};
	bool kernels = code == NO_DETAILS && unit_random(random) % 2;
	bool limited = (signal >= SIGRTMIN || code == SI_QUEUE) && model_charged() >= LIMIT;

	VALUE_OF(&info) = value;
	err = signal_queue_add(&process, &the_queue, signal, kernels ? NULL : &info);
	if (signal < SIGRTMIN && (model_pending() & SIGNAL_BIT(signal))) {
		assert_int_equal(err, 0);
	} else if (kernels) {
		assert_int_equal(err, 0);
		bare |= SIGNAL_BIT(signal);
	} else if (!limited && !no_memory) {
		assert_int_equal(err, 0);
		model_add(signal, code, value, -1);
	} else if (signal >= SIGRTMIN && code != SI_USER) {
		assert_int_equal(err, -EAGAIN);
	} else {
		assert_int_equal(err, 0);
		bare |= SIGNAL_BIT(signal); /* the details are lost, the signal is not */
	}
}

static void add_timer(u64 *random)
{
	int i = (int)(unit_random(random) % NR_TIMERS), signal = timers[i].info.si_signo;
	bool once = SIGNAL_BIT(signal) & (SIGNALS_DEFAULT_STOP | SIGNAL_BIT(SIGCONT));

	signal_queue_add_timer(&the_queue, &timers[i]);
	for (unsigned n = 0; n < nr_entries; n++)
		if (entries[n].timer == i)
			return;
	if (!once || !(model_pending() & SIGNAL_BIT(signal)))
		model_add(signal, SI_TIMER, 100 + i, i);
}

static void drop_timer(u64 *random)
{
	int i = (int)(unit_random(random) % NR_TIMERS);

	signal_queue_drop_timer(&the_queue, &timers[i]);
	for (unsigned n = 0; n < nr_entries; n++) {
		if (entries[n].timer != i)
			continue;
		model_delete(n);
		if (!model_count(timers[i].info.si_signo))
			bare &= ~SIGNAL_BIT(timers[i].info.si_signo);
		return;
	}
}

static u64 random_set(u64 *random)
{
	return unit_random(random) % 3 ? ~0UL : unit_random(random);
}

static void take(u64 *random)
{
	u64 set = random_set(random);
	int expected = model_most_urgent(set);
	unsigned at = 0, by_timers = nr_taken_by_timers;
	siginfo_t info;

	assert_int_equal(signal_queue_take(&process, &the_queue, set, &info), expected);
	if (!expected)
		return;
	assert_int_equal(info.si_signo, expected);
	while (at < nr_entries && entries[at].signal != expected)
		at++;
	if (at == nr_entries) {
		assert_int_equal(info.si_code, SI_KERNEL);
		bare &= ~SIGNAL_BIT(expected);
		return;
	}
	assert_int_equal(info.si_code, entries[at].code);
	assert_int_equal(VALUE_OF(&info), entries[at].value);
	assert_int_equal(nr_taken_by_timers - by_timers, entries[at].timer >= 0);
	model_delete(at);
	if (!model_count(expected))
		bare &= ~SIGNAL_BIT(expected);
}

/* In steps with a small budget; none may drop more than that. */
static void drop(u64 *random)
{
	u64 set = random_set(random) & unit_random(random);
	u32 before, charged = model_charged();
	unsigned budget, steps = 0;
	bool done;

	do {
		unsigned given = 1 + (unsigned)(unit_random(random) % 4);

		budget = given;
		before = process.signals.nr_queued;
		done = signal_queue_drop_some(&process, &the_queue, set, &budget);
		assert_true(before - process.signals.nr_queued <= given - budget);
		assert_true(done || !budget);
		assert_true(++steps <= charged + NR_TIMERS + 1);
	} while (!done);
	for (unsigned i = nr_entries; i-- > 0;)
		if (set & SIGNAL_BIT(entries[i].signal))
			model_delete(i);
	bare &= ~set;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void begin(void)
{
	static const int signals[NR_TIMERS] = {SIGUSR1, SIGRTMIN, SIGRTMIN, SIGTSTP};

	memset(&process, 0, sizeof(process));
	process.pid = &pid;
	process.cred = &cred_root;
	process.limits.table[RLIMIT_SIGPENDING].rlim_cur = LIMIT;
	user_account_root = (struct user_account){.refs = REFCOUNT_INIT(1)};
	signal_queue_init(&the_queue);
	list_init(&process.signals.dropped);
	nr_entries = 0;
	bare = 0;
	no_memory = false;
	for (int i = 0; i < NR_TIMERS; i++) {
		timers[i].info = (siginfo_t){.si_signo = signals[i], .si_code = SI_TIMER};
		VALUE_OF(&timers[i].info) = 100 + i;
		timers[i].timer = (struct posix_timer *)&timers[i];
		list_init(&timers[i].node);
		assert_int_equal(signal_instance_charge(&process, &timers[i], LIMIT), 0);
	}
}

static void end(void)
{
	signal_queue_drop_all(&process, &the_queue);
	nr_entries = 0;
	bare = 0;
	check_queue();
	for (unsigned i = 0; i < NR_TIMERS; i++)
		signal_instance_uncharge(&process, &timers[i]);
	assert_int_equal(process.signals.nr_queued, 0);
}

static void the_queue_is_a_list_by_signal(void **state)
{
	static void (*const steps[])(u64 *) = {add,  add,  add,	       add_timer, take,
					       take, take, drop_timer, drop};
	u64 random = 4711;

	for (unsigned walk = 0; walk < 200; walk++) {
		begin();
		for (unsigned i = 0; i < 300; i++) {
			/* Mostly short queues, and walks in which they grow to the limit. */
			unsigned nr = walk % 4 ? ARRAY_SIZE(steps) : 7;

			no_memory = unit_random(&random) % 16 == 0;
			steps[unit_random(&random) % nr](&random);
			check_queue();
		}
		end();
	}
}

/* man 7 signal: real-time signals are delivered in the order in which they were sent. */
static void real_time_signals_keep_their_order(void **state)
{
	siginfo_t info = {.si_signo = SIGRTMIN + 2, .si_code = SI_QUEUE};

	begin();
	for (VALUE_OF(&info) = 0; VALUE_OF(&info) < LIMIT - NR_TIMERS; VALUE_OF(&info)++)
		assert_int_equal(signal_queue_add(&process, &the_queue, info.si_signo, &info), 0);
	assert_int_equal(signal_queue_add(&process, &the_queue, info.si_signo, &info), -EAGAIN);
	info.si_signo = SIGRTMIN + 1; /* the limit is the user's, not a signal's */
	assert_int_equal(signal_queue_add(&process, &the_queue, info.si_signo, &info), -EAGAIN);
	for (int i = 0; i < LIMIT - NR_TIMERS; i++) {
		assert_int_equal(signal_queue_take(&process, &the_queue, ~0UL, &info),
				 SIGRTMIN + 2);
		assert_int_equal(VALUE_OF(&info), i);
	}
	assert_int_equal(signal_queue_take(&process, &the_queue, ~0UL, &info), 0);
	end();
}

/* There may be many: one in the queue of each thread to which a timer has sent SIGCONT. */
static void what_interrupts_drop_is_freed_some_at_a_time(void **state)
{
	const u32 nr_dropped = 2 * SIGNALS_DROPPED_AT_ONCE, rest = NR_TIMERS + 1;
	siginfo_t info = {.si_signo = SIGRTMIN, .si_code = SI_QUEUE};
	unsigned budget = nr_dropped;

	begin();
	process.limits.table[RLIMIT_SIGPENDING].rlim_cur = 2UL * nr_dropped;
	for (unsigned i = 0; i < nr_dropped; i++)
		assert_int_equal(signal_queue_add(&process, &the_queue, SIGRTMIN, &info), 0);
	unit_preempt_count = PREEMPT_IRQ_UNIT;
	assert_true(signal_queue_drop_some(&process, &the_queue, ~0UL, &budget));
	unit_preempt_count = 0;
	assert_int_equal(process.signals.nr_queued, nr_dropped + NR_TIMERS);
	assert_int_equal(signal_queue_add(&process, &the_queue, SIGRTMIN, &info), 0);
	assert_int_equal(process.signals.nr_queued, nr_dropped - SIGNALS_DROPPED_AT_ONCE + rest);
	end(); /* and the rest */
}

UNIT_MAIN(cmocka_unit_test(the_queue_is_a_list_by_signal),
	  cmocka_unit_test(real_time_signals_keep_their_order),
	  cmocka_unit_test(what_interrupts_drop_is_freed_some_at_a_time))
