// SPDX-License-Identifier: MIT
// UNIT: proc/out_of_memory.c lib/string.c
/* How long an allocation without memory waits, and when it is refused. The clock is the test's. */
#include "unit_sleep.h"
#include "unit_test.h"

#include "core/errno.h"
#include "core/log.h"
#include "mm/account.h"
#include "mm/page_alloc.h"
#include "proc/oom_victims.h"
#include "proc/out_of_memory.h"
#include "proc/process_internal.h"
#include "sched/epoch.h"

#define MAY_END_NS (2 * NS_PER_SECOND) /* a victim, before it is given up on */
#define TOTAL_PAGES 16384
#define RIVALS 8

static struct process init, me, rivals[RIVALS];
static struct pid pids[RIVALS + 2];
static struct account accounts[RIVALS + 2];
static uid_t uids[RIVALS + 2]; /* real users of the accounts */
static struct user_thread my_thread;
struct process *init_process = &init;
struct box box_root;
static unsigned nr_rivals, nr_killed;
static bool has_room;
static u64 ends_at_ns; /* when the first victim gives its memory back */
static bool has_late;  /* objects that are freed late; memory comes with them at that time: */
static u64 late_at_ns; /* 0: never */

/* ---- the rest of the kernel ------------------------------------------------------------------ */

void page_alloc_counts(struct page_counts *counts)
{
	*counts = (struct page_counts){.total = TOTAL_PAGES};
}

bool page_alloc_has_room(u64 nr)
{
	return has_room;
}

void account_for_each(void (*visit)(struct account *account, void *data), void *data)
{
	for (unsigned i = 0; i < nr_rivals + 2; i++)
		visit(&accounts[i], data);
}

void account_destroy(struct account *account)
{
	fail();
}

uid_t account_uid(struct account *account)
{
	return uids[account - accounts];
}

void process_for_each(bool (*visit)(struct process *process, void *data), void *data)
{
	(void)(visit(&init, data) && visit(&me, data));
	for (unsigned i = 0; i < nr_rivals; i++)
		visit(&rivals[i], data);
}

void process_get(struct process *process)
{
	refcount_get(&process->refs);
}

void process_put(struct process *process)
{
	assert_false(refcount_put(&process->refs));
}

u64 process_resident_file_pages(struct process *process)
{
	return 0;
}

const struct vm_map *process_peek_vm(struct process *process)
{
	return NULL;
}

/* It begins to end, and takes its time. */
void signal_send_kernel(struct process *process, int signal)
{
	assert_int_equal(signal, SIGKILL);
	assert_ptr_not_equal(process, &init);
	process->exit.group_exiting = true;
	nr_killed++;
	if (process == &me)
		thread_work_set(&my_thread.thread, WORK_KILLED);
}

void process_name_get(struct process *process, char name[THREAD_NAME_SIZE])
{
	memset(name, 0, THREAD_NAME_SIZE);
}

void oom_victims_note(const char *name, pid_t pid)
{
}

void log_write(enum log_level level, const char *subsys, const char *fmt, ...)
{
}

static int time_passes(u64 deadline_ns)
{
	unit_now_ns = deadline_ns;
	if (ends_at_ns && unit_now_ns >= ends_at_ns) {
		ends_at_ns = 0;
		rivals[0].tree.state = PROCESS_ZOMBIE;
		process_memory_victim_ended(&rivals[0]);
		has_room = true;
	}
	return -ETIMEDOUT;
}

bool epoch_has_items(void)
{
	return has_late;
}

int epoch_wait(u64 deadline_ns)
{
	unit_now_ns = late_at_ns ? min(late_at_ns, deadline_ns) : deadline_ns;
	has_room = unit_now_ns == late_at_ns;
	return has_room ? 0 : -ETIMEDOUT;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void begin(struct process *process, unsigned i, u64 nr_pages)
{
	memset(process, 0, sizeof(*process));
	refcount_init(&process->refs, 1);
	pids[i].number = (pid_t)i + 1;
	process->pid = &pids[i];
	process->tree.state = PROCESS_ALIVE;
	process->account = &accounts[i];
	uids[i] = 1000 + i;
	accounts[i] =
		(struct account){.process_id = pids[i].number, .held = nr_pages << PAGE_SHIFT};
}

/* @nr others have much memory, the first of them the most; this thread has none and needs some. */
static void begin_all(unsigned nr)
{
	for (unsigned i = 0; i < RIVALS; i++) /* of the test before */
		process_memory_victim_ended(&rivals[i]);
	begin(&init, 0, 10);
	begin(&me, 1, 10);
	for (unsigned i = 0; i < nr; i++)
		begin(&rivals[i], i + 2, TOTAL_PAGES / nr - 10 * (i + 1));
	memset(&my_thread, 0, sizeof(my_thread));
	my_thread.thread.process = &me;
	my_thread.thread.state = THREAD_RUNNING;
	unit_current_thread = &my_thread.thread;
	nr_rivals = nr;
	nr_killed = 0;
	has_room = has_late = false;
	ends_at_ns = late_at_ns = 0;
	unit_asleep = time_passes;
	unit_now_ns += 1000 * NS_PER_SECOND;
}

static void an_allocation_waits_as_long_as_a_victim_may_end(void **state)
{
	struct memory_patience patience = {0};
	u64 begin_ns;

	begin_all(1);
	begin_ns = unit_now_ns;
	ends_at_ns = begin_ns + MAY_END_NS - NS_PER_MS;
	while (unit_now_ns < begin_ns + MAY_END_NS - NS_PER_MS)
		assert_true(process_relieve_memory(NULL, &patience));
	assert_int_equal(nr_killed, 1);
	assert_true(has_room);
	assert_true(process_relieve_memory(NULL, &patience)); /* after such a wait, too */
	assert_int_equal(unit_now_ns, begin_ns + MAY_END_NS - NS_PER_MS);
}

/* The first does not get away: the next one has as long as that again. */
static void it_waits_for_the_next_victim_as_well(void **state)
{
	struct memory_patience patience = {0};
	u64 begin_ns;

	begin_all(2);
	begin_ns = unit_now_ns;
	while (unit_now_ns < begin_ns + 2 * MAY_END_NS - NS_PER_MS)
		assert_true(process_relieve_memory(NULL, &patience));
	assert_int_equal(nr_killed, 2);
}

/* Others are faster each time: what there is to wait for is worth a pause all the same. */
static void memory_that_others_take_is_waited_for(void **state)
{
	struct memory_patience patience = {0};
	unsigned nr_tries = 0;
	u64 begin_ns;

	begin_all(1);
	begin_ns = unit_now_ns;
	assert_true(process_relieve_memory(NULL, &patience));
	has_room = true;
	while (unit_now_ns < begin_ns + MAY_END_NS - NS_PER_MS) {
		assert_true(process_relieve_memory(NULL, &patience));
		assert_true(nr_tries++ < 2 * MAY_END_NS / NS_PER_MS);
	}
	/* all have ended, and there is room that is of no use: a larger block is needed */
	process_memory_victim_ended(&rivals[0]);
	assert_false(process_relieve_memory(NULL, &patience));
	assert_int_equal(nr_killed, 1);
}

static void it_does_not_wait_for_ever(void **state)
{
	struct memory_patience patience = {0};
	u64 begin_ns;

	begin_all(RIVALS);
	begin_ns = unit_now_ns;
	while (process_relieve_memory(NULL, &patience))
		assert_true(unit_now_ns <= begin_ns + 2 * MAY_END_NS);
	assert_false(thread_kill_pending(&my_thread.thread));
	assert_in_range(nr_killed, 2, 3);
}

static void a_killed_thread_waits_for_nothing(void **state)
{
	struct memory_patience patience = {0};
	unsigned nr_sleeps = unit_nr_sleeps;

	begin_all(1);
	thread_work_set(&my_thread.thread, WORK_KILLED);
	assert_false(process_relieve_memory(NULL, &patience));
	assert_int_equal(unit_nr_sleeps, nr_sleeps);
	assert_int_equal(nr_killed, 0);
}

static void what_is_freed_late_is_waited_for_first(void **state)
{
	struct memory_patience patience = {0};

	begin_all(1);
	has_late = true;
	late_at_ns = unit_now_ns + 100 * NS_PER_MS;
	assert_true(process_relieve_memory(NULL, &patience));
	assert_int_equal(unit_now_ns, late_at_ns);
	assert_int_equal(nr_killed, 0);
}

/* Others make and end such objects all the time. */
static void what_is_freed_late_is_not_waited_for_for_ever(void **state)
{
	struct memory_patience patience = {0};
	u64 begin_ns;

	begin_all(1);
	has_late = true;
	begin_ns = unit_now_ns;
	while (!nr_killed)
		assert_true(process_relieve_memory(NULL, &patience));
	assert_in_range(unit_now_ns, begin_ns, begin_ns + NS_PER_SECOND);
	has_late = true; /* and not again for this allocation */
	begin_ns = unit_now_ns;
	assert_true(process_relieve_memory(NULL, &patience));
	assert_in_range(unit_now_ns, begin_ns, begin_ns + 10 * NS_PER_MS);
}

/* The first is root's and the largest; the others are of user 1000, who holds more than it. */
static void begin_set_ids(void)
{
	begin_all(4);
	for (unsigned i = 0; i < nr_rivals; i++) {
		uids[i + 2] = i ? 1000 : 0;
		accounts[i + 2].privileged = true;
	}
}

static void set_user_id_processes_are_their_users(void **state)
{
	struct memory_patience patience = {0};

	begin_set_ids();
	assert_true(process_relieve_memory(NULL, &patience));
	assert_int_equal(nr_killed, 1);
	assert_true(rivals[1].exit.group_exiting);
}

/* A smaller one without privileges does not end in place of what has the memory. */
static void among_processes_of_a_user_the_size_decides(void **state)
{
	struct memory_patience patience = {0};

	begin_set_ids();
	accounts[5].privileged = false;
	assert_true(process_relieve_memory(NULL, &patience));
	assert_int_equal(nr_killed, 1);
	assert_true(rivals[1].exit.group_exiting);
}

/* One after the other was ended, and memory is short: all go, and root's stays. */
static void a_user_loses_all_set_user_id_processes(void **state)
{
	struct memory_patience patience = {0};

	begin_set_ids();
	for (unsigned i = 1; i < nr_rivals; i++)
		accounts[i + 2].held = 10UL << PAGE_SHIFT;
	accounts[0].held = (u64)TOTAL_PAGES / 4 << PAGE_SHIFT; /* of one that is gone */
	uids[0] = 1000;
	assert_true(process_relieve_memory(NULL, &patience));
	assert_int_equal(nr_killed, 3);
	assert_false(rivals[0].exit.group_exiting);
}

UNIT_MAIN(cmocka_unit_test(an_allocation_waits_as_long_as_a_victim_may_end),
	  cmocka_unit_test(it_waits_for_the_next_victim_as_well),
	  cmocka_unit_test(memory_that_others_take_is_waited_for),
	  cmocka_unit_test(it_does_not_wait_for_ever),
	  cmocka_unit_test(a_killed_thread_waits_for_nothing),
	  cmocka_unit_test(what_is_freed_late_is_waited_for_first),
	  cmocka_unit_test(what_is_freed_late_is_not_waited_for_for_ever),
	  cmocka_unit_test(set_user_id_processes_are_their_users),
	  cmocka_unit_test(among_processes_of_a_user_the_size_decides),
	  cmocka_unit_test(a_user_loses_all_set_user_id_processes))
