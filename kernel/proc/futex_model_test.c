// SPDX-License-Identifier: MIT
/*
 * futex_model_test.c -- futexes against a list of waiters.
 *
 * Idea. Threads (tests/unit/fake_threads.h) of two processes wait on a few words, private ones and
 *   some in an object that both have mapped, at different addresses. The test wakes, requeues,
 *   operates on words, lets signals and deadlines come, takes pages away. The model is one list of
 *   waiters in the order in which they came, which is searched from its start.
 *   A second test has threads wake and move others while these leave and new ones come: wherever a
 *   queue's lock is dropped another thread may run. There the sums must be right (F1, F3).
 */
#include "unit_test.h"

#include "fake_threads.h"

/* Others may run when a thread drops the lock of a queue, and when a waiter is about to take it. */
static void maybe_pause(void), maybe_pause_waiter(void);
#define spin_lock(l) (maybe_pause_waiter(), spin_lock(l))
#define spin_unlock(l) (spin_unlock(l), maybe_pause())
#define spin_unlock_pair(a, b) (spin_unlock_pair(a, b), maybe_pause())
#include "proc/futex.c"
#undef spin_lock
#undef spin_unlock
#undef spin_unlock_pair

#define NR_THREADS 10
#define NR_PRIVATE 3
#define NR_WORDS 5 /* the others are shared */
#define PROCESSES 2
#define SHARED_OFFSET 0x3000UL
#define RUNNING_ON 1000 /* no result yet */

static struct vm_map maps[PROCESSES];
static struct vm_area areas[PROCESSES][2]; /* private, shared */
static struct vm_object object;
static long object_refs;
static u32 words[PROCESSES][NR_WORDS]; /* shared ones: of process 0 */
static bool absent[PROCESSES];	       /* their page */

static struct process processes[PROCESSES];
static struct user_thread threads[NR_THREADS], outsiders[PROCESSES];
static u64 random_state;
static bool pauses;

/* ---- user memory ----------------------------------------------------------------------------- */

static vaddr_t base_of(unsigned process, bool shared)
{
	return 0x100000UL * (process + 1) + (shared ? 0x50000UL + process * 0x1000 : 0);
}

static u32 __user *address_of(unsigned process, unsigned word)
{
	bool shared = word >= NR_PRIVATE;

	return (u32 __user *)(base_of(process, shared) + 4UL * word);
}

static unsigned current_process_index(void)
{
	return (unsigned)(current_thread()->vm - maps);
}

/* The word, if its page is there or can be brought in. */
static u32 *word_at(const u32 __user *address)
{
	unsigned process = current_process_index();

	for (unsigned word = 0; word < NR_WORDS; word++) {
		if (address != address_of(process, word))
			continue;
		if (absent[process] && current_thread()->user_faults_off)
			return NULL;
		absent[process] = false;
		return &words[word < NR_PRIVATE ? process : 0][word];
	}
	return NULL;
}

int get_user_u32(u32 *value, const u32 __user *address)
{
	const u32 *word = word_at(address);

	*value = word ? *word : 0;
	return word ? 0 : -EFAULT;
}

int arch_user_cmpxchg_u32(u32 __user *address, u32 expected, u32 desired, u32 *old)
{
	u32 *word = word_at(address);

	if (!word)
		return -EFAULT;
	*old = *word;
	if (*word == expected)
		*word = desired;
	return 0;
}

static u32 changed(unsigned op, u32 old, u32 operand)
{
	const u32 results[] = {operand, old + operand, old | operand, old & ~operand,
			       old ^ operand};

	return results[op];
}

int arch_user_atomic_op_u32(u32 __user *address, int op, u32 operand, u32 *old)
{
	u32 *word = word_at(address);

	if (!word)
		return -EFAULT;
	if (op > FUTEX_OP_XOR)
		return -ENOSYS;
	*old = *word;
	*word = changed((unsigned)op, *word, operand);
	return 0;
}

struct vm_area *vm_map_find(struct vm_map *map, vaddr_t va)
{
	for (unsigned shared = 0; shared < 2; shared++) {
		struct vm_area *area = &areas[map - maps][shared];

		if (va >= area->start && va < area->end)
			return area;
	}
	return NULL;
}

void vm_object_get(struct vm_object *o)
{
	assert_ptr_equal(o, &object);
	object_refs++;
}

void vm_object_put(struct vm_object *o)
{
	assert_true(--object_refs >= 0);
}

u64 random_u64(void)
{
	return 0x1234567;
}

static void maybe_pause(void)
{
	if (pauses && unit_random(&random_state) % 3 == 0)
		fake_thread_pause();
}

/* ---- the model: waiters in the order in which they came -------------------------------------- */

struct waiter {
	unsigned thread, key;
	u32 bitset;
};
static struct waiter queue[NR_THREADS];
static unsigned nr_queue;
static int expected[NR_THREADS]; /* results of the waits that have ended */

/* A private futex is the process's own, also in shared memory. */
static unsigned key_of(unsigned process, unsigned word, u32 flags)
{
	return word >= NR_PRIVATE && (flags & FUTEX_SHARED_FLAG) ? 100 + word : 10 * process + word;
}

static void m_remove(unsigned at, int result)
{
	expected[queue[at].thread] = result;
	nr_queue--;
	memmove(&queue[at], &queue[at + 1], (nr_queue - at) * sizeof(queue[0]));
}

static u32 m_wake(unsigned key, u32 count, u32 bitset)
{
	u32 woken = 0;

	for (unsigned i = 0; i < nr_queue && woken < count;) {
		if (queue[i].key != key || !(queue[i].bitset & bitset)) {
			i++;
			continue;
		}
		m_remove(i, 0);
		woken++;
	}
	return woken;
}

static long m_requeue(unsigned from, unsigned to, u32 nr_wake, u32 nr_move)
{
	u32 woken = m_wake(from, nr_wake, ~0U), moved = 0;

	for (unsigned i = 0, left = nr_queue; left > 0 && moved < nr_move; left--) {
		struct waiter waiter = queue[i];

		if (waiter.key != from) {
			i++;
			continue;
		}
		moved++;
		if (from == to) {
			i++;
			continue;
		}
		memmove(&queue[i], &queue[i + 1], (nr_queue - i - 1) * sizeof(queue[0]));
		waiter.key = to;
		queue[nr_queue - 1] = waiter;
	}
	return woken + moved;
}

static bool m_compares(unsigned cmp, s32 old, s32 argument)
{
	const bool results[] = {
		[FUTEX_OP_CMP_EQ] = old == argument,  [FUTEX_OP_CMP_NE] = old != argument,
		[FUTEX_OP_CMP_LT] = (old < argument), [FUTEX_OP_CMP_LE] = (old <= argument),
		[FUTEX_OP_CMP_GT] = (old > argument), [FUTEX_OP_CMP_GE] = (old >= argument)};

	return results[cmp];
}

/* ---- waiting threads ------------------------------------------------------------------------- */

static struct wait_call {
	unsigned process, word;
	u32 value, bitset, flags;
	u64 deadline_ns;
	int result;
} calls[NR_THREADS];

static void wait_main(void)
{
	struct wait_call *call = &calls[current_user_thread() - threads];

	call->result = futex_wait(address_of(call->process, call->word), call->value, call->bitset,
				  call->flags, call->deadline_ns);
}

static bool is_idle(unsigned i)
{
	return calls[i].result != RUNNING_ON;
}

static void begin_wait(unsigned i)
{
	struct thread *t = &threads[i].thread;

	memset(&threads[i], 0, sizeof(threads[i]));
	t->vm = &maps[calls[i].process];
	t->process = &processes[calls[i].process];
	calls[i].result = expected[i] = RUNNING_ON;
	fake_thread_start(t, wait_main);
}

/* Let those run that can, and compare which have come back with the model. */
static void check(void)
{
	unsigned shared = 0;

	fake_threads_settle();
	for (unsigned i = 0; i < NR_THREADS; i++)
		assert_int_equal(calls[i].result, expected[i]);
	for (unsigned i = 0; i < nr_queue; i++)
		shared += queue[i].key >= 100;
	assert_int_equal(object_refs, shared);
}

/* ---- the walk: each step is done before the next one begins ---------------------------------- */

static u64 pick(u64 nr)
{
	return unit_random(&random_state) % nr;
}

static u32 pick_flags(void)
{
	return pick(2) ? FUTEX_SHARED_FLAG : 0;
}

static void step_wait(void)
{
	unsigned i = (unsigned)pick(NR_THREADS);
	struct wait_call *call = &calls[i];
	u32 *word;

	if (!is_idle(i))
		return;
	*call = (struct wait_call){.process = (unsigned)pick(PROCESSES),
				   .word = (unsigned)pick(NR_WORDS),
				   .bitset = pick(8) ? 1U << pick(3) | 1U << pick(3) : ~0U,
				   .flags = pick_flags(),
				   .deadline_ns = pick(3) ? DEADLINE_NEVER : fake_now_ns + pick(4)};
	word = &words[call->word < NR_PRIVATE ? call->process : 0][call->word];
	call->value = pick(4) ? *word : *word + 1;
	begin_wait(i);
	if (call->value != *word)
		expected[i] = -EAGAIN;
	else if (call->deadline_ns <= fake_now_ns)
		expected[i] = -ETIMEDOUT;
	else
		queue[nr_queue++] = (struct waiter){
			i, key_of(call->process, call->word, call->flags), call->bitset};
}

static void step_wake(void)
{
	unsigned process = (unsigned)pick(PROCESSES), word = (unsigned)pick(NR_WORDS);
	u32 flags = pick_flags(), count = (u32)pick(4), bitset = pick(2) ? ~0U : 1U << pick(3);

	unit_current_thread = &outsiders[process].thread;
	assert_int_equal(futex_wake(address_of(process, word), count, bitset, flags),
			 m_wake(key_of(process, word, flags), count, bitset));
}

static void step_requeue(void)
{
	unsigned process = (unsigned)pick(PROCESSES), from = (unsigned)pick(NR_WORDS);
	unsigned to = (unsigned)pick(NR_WORDS);
	u32 flags = pick_flags(), nr_wake = (u32)pick(3), nr_move = (u32)pick(4);
	u32 now = words[from < NR_PRIVATE ? process : 0][from], wanted = now + !pick(4);
	bool compares = pick(2);
	long result;

	unit_current_thread = &outsiders[process].thread;
	result = futex_requeue(address_of(process, from), address_of(process, to), nr_wake, nr_move,
			       compares ? &wanted : NULL, flags);
	if (compares && wanted != now)
		assert_int_equal(result, -EAGAIN);
	else
		assert_int_equal(result, m_requeue(key_of(process, from, flags),
						   key_of(process, to, flags), nr_wake, nr_move));
}

/* The fields of futex(2)'s operation, twelve bits with a sign each, and what they mean. */
static void step_wake_op(void)
{
	unsigned process = (unsigned)pick(PROCESSES), first = (unsigned)pick(NR_WORDS);
	unsigned second = (unsigned)pick(NR_WORDS), op = (unsigned)pick(5), cmp = (unsigned)pick(6);
	u32 flags = pick_flags(), counts[2] = {(u32)pick(3), (u32)pick(3)};
	s32 operand = (s32)pick(4096) - 2048, argument = pick(2) ? 0 : (s32)pick(4096) - 2048;
	u32 *word = &words[second < NR_PRIVATE ? process : 0][second], old = *word;
	bool is_shift = pick(4) == 0;
	u32 encoded = FUTEX_OP(op | (is_shift ? FUTEX_OP_OPARG_SHIFT : 0), (u32)operand, cmp,
			       (u32)argument);
	u32 meant = is_shift ? 1U << (operand & 31) : (u32)operand, woken;
	long result;

	unit_current_thread = &outsiders[process].thread;
	result = futex_wake_op(address_of(process, first), address_of(process, second), counts[0],
			       counts[1], encoded, flags);
	assert_int_equal(*word, changed(op, old, meant));
	woken = m_wake(key_of(process, first, flags), counts[0], ~0U);
	if (m_compares(cmp, (s32)old, argument))
		woken += m_wake(key_of(process, second, flags), counts[1], ~0U);
	assert_int_equal(result, woken);
}

static void step_signal(void)
{
	unsigned i = (unsigned)pick(NR_THREADS);
	bool timed = calls[i].deadline_ns != DEADLINE_NEVER;

	if (!is_idle(i))
		sched_notify(&threads[i].thread, WORK_SIGNAL, WAKE_SIGNAL);
	for (unsigned n = nr_queue; n-- > 0;)
		if (queue[n].thread == i)
			m_remove(n, timed ? -ERESTART_RESTARTBLOCK : -ERESTARTSYS);
}

static void step_time(void)
{
	fake_now_ns++;
	for (unsigned n = nr_queue; n-- > 0;)
		if (calls[queue[n].thread].deadline_ns <= fake_now_ns)
			m_remove(n, -ETIMEDOUT);
}

static void step_memory(void)
{
	absent[pick(PROCESSES)] = true;
	words[pick(PROCESSES)][pick(NR_WORDS)] = (u32)pick(3);
}

static void begin(void)
{
	fake_threads_init();
	futex_init();
	memset(calls, 0, sizeof(calls));
	memset(expected, 0, sizeof(expected));
	memset(words, 0, sizeof(words));
	nr_queue = 0;
	object_refs = 0;
	for (unsigned p = 0; p < PROCESSES; p++) {
		memset(&maps[p], 0, sizeof(maps[p]));
		outsiders[p].thread.vm = &maps[p];
		outsiders[p].thread.process = &processes[p];
		for (unsigned shared = 0; shared < 2; shared++)
			areas[p][shared] = (struct vm_area){.start = base_of(p, shared),
							    .end = base_of(p, shared) + PAGE_SIZE,
							    .flags = shared ? VM_SHARED : 0,
							    .object = shared ? &object : NULL,
							    .object_index = 3};
	}
}

static void waiters_are_a_list(void **state)
{
	static void (*const steps[])(void) = {step_wait, step_wait,    step_wait,    step_wait,
					      step_wake, step_requeue, step_requeue, step_wake_op,
					      step_time, step_signal,  step_memory};

	random_state = 99;
	for (unsigned walk = 0; walk < 3000; walk++) {
		begin();
		for (unsigned i = 0; i < 200; i++) {
			steps[pick(ARRAY_SIZE(steps))]();
			check();
		}
	}
}

/* ---- steps of several threads at once -------------------------------------------------------- */

#define NR_WAITERS 6
#define FILLERS_MAX 144

static struct futex_waiter fillers[FILLERS_MAX]; /* sleepers on other words with the same queue */
static unsigned nr_fillers, nr_waits_woken, nr_woken, generations[NR_WAITERS];
static bool ending;

static void maybe_pause_waiter(void)
{
	if (pauses && current_user_thread() < &threads[NR_WAITERS])
		maybe_pause();
}

static void waiter_main(void)
{
	unsigned i = (unsigned)(current_user_thread() - threads);

	while (!ending) {
		u64 deadline = pick(4) ? DEADLINE_NEVER : fake_now_ns + pick(3);

		generations[i]++;
		nr_waits_woken +=
			futex_wait(address_of(0, (unsigned)pick(2)), 0, ~0U, 0, deadline) == 0;
	}
}

/* The waiters for @word now: the generation of each thread's wait; 0: it does not. */
static void take_stock(unsigned word, unsigned waits[NR_WAITERS])
{
	struct futex_key key = {.owner = &maps[0], .offset = (u64)address_of(0, word)};
	const struct futex_waiter *waiter;

	memset(waits, 0, NR_WAITERS * sizeof(waits[0]));
	list_for_each_entry(waiter, &bucket_of(&key)->waiters, node) {
		unsigned i = (unsigned)(user_thread_of(waiter->thread) - threads);

		if (key_equal(&waiter->key, &key))
			waits[i] = generations[i];
	}
}

/* With more to wake than it woke, a waker leaves none that was there all the time. */
static void wake_and_check(void)
{
	unsigned word = (unsigned)pick(2), before[NR_WAITERS], after[NR_WAITERS];
	u32 count = (u32)pick(4), nr_before = 0;
	long woken;

	take_stock(word, before);
	woken = futex_wake(address_of(0, word), count, ~0U, 0);
	assert_in_range(woken, 0, count);
	for (unsigned i = 0; i < NR_WAITERS; i++)
		nr_before += !!before[i];
	assert_true(woken <= nr_before); /* those that come meanwhile do not count */
	nr_woken += (unsigned)woken;
	take_stock(word, after);
	for (unsigned i = 0; i < NR_WAITERS && woken < count; i++)
		assert_true(!before[i] || before[i] != after[i]);
}

static void waker_main(void)
{
	while (!ending) {
		if (pick(3)) {
			wake_and_check();
		} else if (pick(2)) { /* only to word 1: none comes back */
			assert_in_range(futex_requeue(address_of(0, 0), address_of(0, 1), 0, 2,
						      NULL, 0),
					0, 2);
		} else {
			nr_woken += (unsigned)futex_requeue(address_of(0, 0), address_of(0, 1), 1,
							    0, NULL, 0);
		}
		fake_thread_pause();
	}
}

static void begin_threads(void)
{
	begin();
	ending = false;
	nr_waits_woken = nr_woken = 0;
	nr_fillers = 116 + (unsigned)pick(FILLERS_MAX - 116);
	for (unsigned i = 0; i < nr_fillers; i++) { /* some for each of the two words' queues */
		struct futex_key key = {.owner = &maps[0], .offset = (u64)address_of(0, i % 2)};

		fillers[i] = (struct futex_waiter){.key.owner = &fillers, .thread = NULL};
		list_add_last(&bucket_of(&key)->waiters, &fillers[i].node);
	}
	for (unsigned i = 0; i < NR_THREADS; i++) {
		memset(&threads[i], 0, sizeof(threads[i]));
		threads[i].thread.vm = &maps[0];
		threads[i].thread.process = &processes[0];
		fake_thread_start(&threads[i].thread, i < NR_WAITERS ? waiter_main : waker_main);
	}
}

static void end_threads(void)
{
	size_t left;

	pauses = false;
	ending = true;
	unit_current_thread = &outsiders[0].thread;
	do {
		nr_woken += (unsigned)futex_wake(address_of(0, 0), ~0U, ~0U, 0);
		nr_woken += (unsigned)futex_wake(address_of(0, 1), ~0U, ~0U, 0);
		fake_threads_settle();
		left = 0;
		for (unsigned i = 0; i < NR_THREADS; i++)
			left += !fake_thread_has_ended(&threads[i].thread);
	} while (left);
	assert_int_equal(nr_woken, nr_waits_woken);
	for (unsigned i = 0; i < ARRAY_SIZE(buckets); i++)
		left += list_count(&buckets[i].waiters);
	assert_int_equal(left, nr_fillers); /* no mark stays behind: F3 */
}

static void none_is_woken_twice_or_left(void **state)
{
	random_state = 5;
	for (unsigned walk = 0; walk < 1000; walk++) {
		begin_threads();
		pauses = true;
		for (unsigned i = 0; i < 300; i++) {
			struct thread *t = &threads[pick(NR_THREADS)].thread;

			if (fake_thread_can_run(t))
				fake_thread_run(t);
			fake_now_ns += pick(8) == 0;
		}
		end_threads();
	}
}

static void words_must_be_words(void **state)
{
	u32 __user *good = address_of(0, 0), *odd = (u32 __user *)((u64)good + 2);
	u32 __user *nowhere = (u32 __user *)0x7000, *kernel = (u32 __user *)USER_TOP;
	static const u32 bad_op = FUTEX_OP(FUTEX_OP_XOR + 1, 1, FUTEX_OP_CMP_EQ, 0);
	static const u32 bad_cmp = FUTEX_OP(FUTEX_OP_SET, 7, FUTEX_OP_CMP_GE + 1, 0);

	begin();
	unit_current_thread = &outsiders[0].thread;
	assert_int_equal(futex_wake(good, 1, 0, 0), -EINVAL);
	assert_int_equal(futex_wake(odd, 1, ~0U, 0), -EINVAL);
	assert_int_equal(futex_wake(kernel, 1, ~0U, 0), -EFAULT);
	assert_int_equal(futex_wake(nowhere, 1, ~0U, 0), 0);
	assert_int_equal(futex_wake(nowhere, 1, ~0U, FUTEX_SHARED_FLAG), -EFAULT);
	assert_int_equal(futex_wait(nowhere, 0, ~0U, 0, 0), -EFAULT);
	assert_int_equal(futex_wait(good, 0, 0, 0, 0), -EINVAL);
	assert_int_equal(futex_requeue(good, odd, 1, 1, NULL, 0), -EINVAL);
	assert_int_equal(futex_wake_op(good, nowhere, 1, 1, bad_cmp, 0), -EFAULT);
	assert_int_equal(futex_wake_op(good, good, 1, 1, bad_op, 0), -ENOSYS);
	assert_int_equal(futex_wake_op(good, good, 1, 1, bad_cmp, 0), -ENOSYS);
	assert_int_equal(words[0][0], 7); /* the operation is done before the comparison */
	assert_int_equal(object_refs, 0);
}

UNIT_MAIN(cmocka_unit_test(waiters_are_a_list), cmocka_unit_test(none_is_woken_twice_or_left),
	  cmocka_unit_test(words_must_be_words))
