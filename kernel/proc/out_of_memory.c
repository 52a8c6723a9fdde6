// SPDX-License-Identifier: MIT
/*
 * out_of_memory.c -- when an allocation finds no memory: end the process that uses the most, so
 * that the others can go on.
 *
 * Idea. The score of a process is all that is charged to its account, in pages, the pages of
 *   objects that it maps and others were charged for, and what oom_score_adj adds. Programs of
 *   ordinary users leave root's programs a reserve (page_alloc.c), so it is mostly one of theirs
 *   that gets here; and if the accounts of some user together hold a good part of memory, one
 *   process of that user is ended: the worst. A set-user-ID program is its real user's. Accounts
 *   whose process is gone count as well: what they hold is kept by others of that user, mostly. A
 *   user with so many small ones that ending one would not help loses them all, and so does a user
 *   of whom one after the other was ended and memory is short all the same. Else the worst of all
 *   is ended. When a box has reached its limit, all of this happens within the box.
 * One victim at a time: while it is on its way out its memory comes back, and another thread that
 *   finds none waits for that instead of choosing another. The same holds for a user whose last
 *   process was ended a moment ago. A victim that does not get away in time (it is in an
 *   uninterruptible sleep, or waits for a lock that the waiting thread holds) is given up on. A
 *   thread that was killed waits for nothing: it may use a part of the kernel's reserve, or its
 *   allocation fails.
 * On several CPUs what others may still look at is freed late (sched/epoch.h). It is waited for
 * before anybody is ended, but not for ever: others may make and end such objects all the time.
 * Choosing takes a while, in which others may choose, and victims may end. So the choice is dropped
 *   if, when it is acted on, another victim was taken since or there is memory again.
 * Locks.  dying.lock (leaf). The caller may hold sleeping locks: nothing here takes any.
 * Tests.  out_of_memory_test.c, tests/system/hoard.t, late_frees.t, misbehaviour.t.
 */
#define LOG_SUBSYS "memory"
#include "proc/out_of_memory.h"
#include "core/log.h"
#include "mm/account.h"
#include "mm/page_alloc.h"
#include "proc/oom_victims.h"
#include "proc/process_internal.h"
#include "sched/epoch.h"
#include "sched/sched.h"

#define OOM_VICTIM_TIMEOUT_NS (2 * NS_PER_SECOND)
#define PAUSE_NS (NS_PER_SECOND / 1000)
/*
 * The pauses of one allocation, each of PAUSE_NS or more: for one victim that does not get away in
 * time, and for the next one. When no process gives memory back, a few of them.
 */
#define PAUSES_MAX (2 * OOM_VICTIM_TIMEOUT_NS / PAUSE_NS)
#define PAUSES_IDLE_MAX 64
#define ROOMS_MAX 64 /* memory was back, but not as this allocation needs it */
#define ENOUGH_PAGES 16
#define LATE_MAX_NS (NS_PER_SECOND / 4)
#define USERS_MAX 16	 /* with the most memory */
#define HOARD_FRACTION 8 /* of memory, that makes a user the one to lose a process */
#define SMALL_FRACTION 128
#define ROW_NS NS_PER_SECOND /* between victims that count as one after the other */
#define ROW_MAX 8

static struct {
	struct spinlock lock;	/* leaf */
	struct process *victim; /* [lock] referenced; NULL */
	u64 since_ns;		/* [lock] of the last one, also when it has ended */
	uid_t row_uid;		/* [lock] the user of the last victims */
	unsigned row_length;	/* [lock] one after the other */
	u64 nr_victims;		/* [lock] since boot */
} dying = {.lock = SPINLOCK_INIT(leaf)};

struct user_sum {
	uid_t uid;
	u64 nr_pages; /* of all its accounts: no page counts twice */
};

struct choice {
	const struct box *box;		  /* NULL: all */
	struct user_sum users[USERS_MAX]; /* of all but root's programs */
	unsigned nr_users;
	struct user_sum *worst_user; /* only its processes; NULL: all processes */
	bool is_one_ending;	     /* of these */
	struct process *best;	     /* referenced */
	long best_score;
	unsigned nr_ended;
	u64 nr_victims_before; /* dying.nr_victims when the choice began */
};

static u64 total_pages(void)
{
	struct page_counts counts;

	page_alloc_counts(&counts);
	return counts.total;
}

static u64 pages_of(const struct account *account)
{
	return account_bytes(account) >> PAGE_SHIFT;
}

/* Mapped pages of objects may be charged to it or to others: they count once. */
static long score_of(struct process *process, u64 nr_pages_total)
{
	u64 nr_charged = READ_ONCE(process->account->pages[PAGE_KIND_FILE]);
	u64 nr_mapped = process_resident_file_pages(process);
	long score = (long)pages_of(process->account);

	if (nr_mapped > nr_charged)
		score += (long)(nr_mapped - nr_charged);

	score += (long)(nr_pages_total / 1000) * READ_ONCE(process->attributes.oom_score_adjust);
	return score > 0 ? score : 1;
}

long process_memory_score(struct process *process)
{
	return process->tree.state == PROCESS_ALIVE ? score_of(process, total_pages()) : 0;
}

static bool is_within(const struct account *account, const struct box *box)
{
	const struct box *at = box ? account_box(account) : NULL;

	while (at && at != box)
		at = at->parent;
	return at == box;
}

static bool may_be_ended(const struct process *process, const struct choice *choice)
{
	return process != init_process && process->tree.state == PROCESS_ALIVE &&
	       READ_ONCE(process->attributes.oom_score_adjust) != -1000 &&
	       is_within(process->account, choice->box);
}

/* The entry of @uid; NULL: it has none. */
static struct user_sum *find_user(struct choice *choice, uid_t uid)
{
	for (unsigned i = 0; i < choice->nr_users; i++)
		if (choice->users[i].uid == uid)
			return &choice->users[i];
	return NULL;
}

/*
 * Does @account count for its user, as those of root's programs do not? The real user decides: a
 * user starts as many set-user-ID programs as it likes, and may end them.
 */
static bool is_of_some_user(struct account *account, const struct choice *choice)
{
	return is_within(account, choice->box) &&
	       (account_uid(account) || !READ_ONCE(account->privileged));
}

/* What counts in the sum of a user may be ended for that user: else the sum could not shrink. */
static bool is_of_worst_user(const struct process *process, const struct choice *choice)
{
	return is_of_some_user(process->account, choice) &&
	       account_uid(process->account) == choice->worst_user->uid;
}

/*
 * When all entries are taken, the user with the least passes its entry and its sum on: so a user
 * with more than 1 / USERS_MAX of the whole is found, whatever the order of the accounts.
 */
static void find_hoarders(struct account *account, void *data)
{
	struct choice *choice = data;
	uid_t uid = account_uid(account);
	struct user_sum *user = find_user(choice, uid);

	if (!is_of_some_user(account, choice))
		return;
	if (!user && choice->nr_users < USERS_MAX) {
		user = &choice->users[choice->nr_users++];
		*user = (struct user_sum){.uid = uid};
	}
	if (!user) {
		user = choice->users;
		for (unsigned i = 1; i < USERS_MAX; i++)
			if (choice->users[i].nr_pages < user->nr_pages)
				user = &choice->users[i];
		user->uid = uid;
	}
	user->nr_pages += pages_of(account);
}

static void add_to_user(struct account *account, void *data)
{
	struct choice *choice = data;
	struct user_sum *user = find_user(choice, account_uid(account));

	if (user && is_of_some_user(account, choice))
		user->nr_pages += pages_of(account);
}

static void sum_up_users(struct choice *choice)
{
	account_for_each(find_hoarders, choice);
	for (unsigned i = 0; i < choice->nr_users; i++)
		choice->users[i].nr_pages = 0;
	account_for_each(add_to_user, choice);
}

/* The user that holds the most, if that is a large part of memory; NULL. */
static struct user_sum *worst_user(struct choice *choice, u64 nr_pages_total)
{
	struct user_sum *worst = NULL;

	for (unsigned i = 0; i < choice->nr_users; i++)
		if (!worst || choice->users[i].nr_pages > worst->nr_pages)
			worst = &choice->users[i];
	return worst && worst->nr_pages >= nr_pages_total / HOARD_FRACTION ? worst : NULL;
}

static bool score_process(struct process *process, void *data)
{
	struct choice *choice = data;
	long score;

	if (!may_be_ended(process, choice) ||
	    (choice->worst_user && !is_of_worst_user(process, choice)))
		return true;
	if (READ_ONCE(process->exit.group_exiting)) { /* it gives its memory back by itself */
		choice->is_one_ending = true;
		return true;
	}
	score = process_memory_score(process);
	if (score <= choice->best_score)
		return true;
	if (choice->best)
		process_put(choice->best);
	process_get(process);
	choice->best = process;
	choice->best_score = score;
	return true;
}

/*
 * Take the best of the user that holds the most; of another, if all of that user's processes are
 * spared, or it has none; NULL, if they are on their way out, or the last of them was ended a
 * moment ago: what comes free is worth a wait.
 */
static void choose(struct choice *choice, u64 nr_pages_total)
{
	bool may_wait = clock_monotonic_ns() < READ_ONCE(dying.since_ns) + OOM_VICTIM_TIMEOUT_NS;

	sum_up_users(choice);
	while ((choice->worst_user = worst_user(choice, nr_pages_total))) {
		choice->is_one_ending = choice->worst_user->uid == READ_ONCE(dying.row_uid);
		process_for_each(score_process, choice);
		choice->is_one_ending &= may_wait;
		if (choice->best || choice->is_one_ending)
			return;
		choice->worst_user->nr_pages = 0;
	}
	choice->is_one_ending = false;
	process_for_each(score_process, choice);
	choice->is_one_ending &= may_wait;
}

void process_memory_victim_ended(struct process *process)
{
	bool was_victim;

	if (likely(READ_ONCE(dying.victim) != process))
		return;
	spin_lock(&dying.lock);
	was_victim = dying.victim == process;
	if (was_victim)
		dying.victim = NULL;
	spin_unlock(&dying.lock);
	if (was_victim)
		process_put(process);
}

/* Is an earlier victim still exiting? Forget one that has ended, or that takes too long. */
static bool is_victim_exiting(void)
{
	struct process *done = NULL;
	bool wait = false;

	spin_lock(&dying.lock);
	if (dying.victim) {
		wait = READ_ONCE(dying.victim->tree.state) == PROCESS_ALIVE &&
		       clock_monotonic_ns() < dying.since_ns + OOM_VICTIM_TIMEOUT_NS;
		if (!wait) {
			done = dying.victim;
			dying.victim = NULL;
		}
	}
	spin_unlock(&dying.lock);
	if (done)
		process_put(done);
	return wait;
}

/* The victim's memory is freed only when all processes that use it are gone. */
static bool end_if_shares(struct process *process, void *data)
{
	struct choice *choice = data;
	const struct vm_map *map = process_peek_vm(choice->best);

	if (process != choice->best && process != init_process && map &&
	    process_peek_vm(process) == map)
		signal_send_kernel(process, SIGKILL);
	return true;
}

static bool end_if_of_worst_user(struct process *process, void *data)
{
	struct choice *choice = data;
	char name[THREAD_NAME_SIZE];

	if (process == choice->best || !may_be_ended(process, choice) ||
	    !is_of_worst_user(process, choice))
		return true;
	process_name_get(process, name);
	oom_victims_note(name, process_id(process));
	signal_send_kernel(process, SIGKILL);
	choice->nr_ended++;
	return true;
}

static void end_best(struct choice *choice, u64 nr_pages_total)
{
	struct process *victim = choice->best;
	bool is_small = (u64)choice->best_score < nr_pages_total / SMALL_FRACTION;
	bool is_row = READ_ONCE(dying.row_length) >= ROW_MAX;
	char name[THREAD_NAME_SIZE];

	process_name_get(victim, name);
	log_warn("out of memory: ending %s[%d], which holds %ld pages", name, process_id(victim),
		 choice->best_score);
	oom_victims_note(name, process_id(victim));
	process_for_each(end_if_shares, choice);
	signal_send_kernel(victim, SIGKILL);
	if (!choice->worst_user || !(is_small || is_row))
		return;
	process_for_each(end_if_of_worst_user, choice);
	log_warn("out of memory: and %u others of user %u, which hold %lu pages", choice->nr_ended,
		 choice->worst_user->uid, choice->worst_user->nr_pages);
}

/* The choice becomes the victim; false: it is out of date. Takes the reference. */
static bool take_as_victim(const struct choice *choice)
{
	struct process *process = choice->best;
	uid_t uid = account_uid(process->account);
	u64 now = clock_monotonic_ns();
	bool is_first;

	spin_lock(&dying.lock);
	is_first = !dying.victim && dying.nr_victims == choice->nr_victims_before &&
		   (choice->box || !page_alloc_has_room(ENOUGH_PAGES));
	if (is_first) {
		if (uid != dying.row_uid || now > dying.since_ns + ROW_NS)
			dying.row_length = 0;
		WRITE_ONCE(dying.row_uid, uid);
		dying.row_length++;
		dying.victim = process;
		WRITE_ONCE(dying.nr_victims, dying.nr_victims + 1);
		WRITE_ONCE(dying.since_ns, now);
	}
	spin_unlock(&dying.lock);
	if (!is_first)
		process_put(process);
	return is_first;
}

/* Returns: memory is on its way. */
static bool end_worst(struct box *box)
{
	u64 nr_pages_total = total_pages();
	struct choice choice = {.box = box, .nr_victims_before = READ_ONCE(dying.nr_victims)};

	choose(&choice, nr_pages_total);
	if (!choice.best && choice.is_one_ending)
		return true;
	if (!choice.best && current_process() != init_process) {
		/* all are spared by oom_score_adj, or are exiting: end the current process */
		choice.best = current_process();
		choice.best_score = process_memory_score(choice.best);
		process_get(choice.best);
	}
	if (!choice.best)
		return false;
	process_get(choice.best); /* take_as_victim() has the other one */
	if (take_as_victim(&choice))
		end_best(&choice, nr_pages_total);
	if (READ_ONCE(choice.best->tree.state) != PROCESS_ALIVE) /* it was exiting already */
		process_memory_victim_ended(choice.best);
	process_put(choice.best);
	return true;
}

/* Let the threads run that give memory back. */
static void pause_a_moment(void)
{
	sched_sleep_prepare(THREAD_KILLABLE);
	if (!thread_kill_pending(current_thread()))
		ignore_result(sched_sleep(clock_monotonic_ns() + PAUSE_NS), "a moment or a signal");
	sched_sleep_finish();
}

/* Wait for memory that is freed late. False: none has come, or the time for that is over. */
static bool late_memory_came(struct memory_patience *patience)
{
	u64 now = clock_monotonic_ns();

	if (!epoch_has_items())
		return false;
	if (!patience->late_until_ns)
		patience->late_until_ns = now + LATE_MAX_NS;
	return now < patience->late_until_ns && !epoch_wait(patience->late_until_ns);
}

/* Is memory on its way, or may it be? */
static bool is_worth_a_pause(struct box *box, bool has_room, unsigned nr_pauses)
{
	if (is_victim_exiting())
		return true;
	return !has_room && (end_worst(box) || nr_pauses < PAUSES_IDLE_MAX);
}

bool process_relieve_memory(struct box *box, struct memory_patience *patience)
{
	struct thread *me = current_thread();
	bool has_room = !box && page_alloc_has_room(ENOUGH_PAGES); /* by now it may be back */

	if (thread_kill_pending(me) || !thread_is_user(me) ||
	    READ_ONCE(me->state) != THREAD_RUNNING)
		return false;
	if (has_room && patience->nr_rooms++ < ROOMS_MAX)
		return true;
	if (!has_room && !is_victim_exiting() && late_memory_came(patience))
		return true;
	if (patience->nr_pauses >= PAUSES_MAX ||
	    !is_worth_a_pause(box, has_room, patience->nr_pauses))
		return false;
	patience->nr_pauses++;
	pause_a_moment();
	return true;
}
