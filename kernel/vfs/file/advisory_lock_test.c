// SPDX-License-Identifier: MIT
/*
 * advisory_lock_test.c -- locks on ranges against a table of bytes.
 *
 * Idea. The reference has a row for each owner and a column for each byte of a small file: no lock,
 *   shared, exclusive. The last column stands for all bytes from there on. After each random lock,
 *   unlock and close of a descriptor the rows must be what the index holds, in ranges that are as
 *   long as they can be (L1, L2 of advisory_lock.c). Threads that wait run one inside the other:
 *   when one sleeps, the next one goes on.
 */
#include "unit_sleep.h"
#include "unit_test.h"
#include "unit_vfs.h"

#include "core/errno.h"
#include "mm/slab.h"
#include "vfs/file/advisory_lock.h"
#include "vfs/file/fdtable.h"
#include "vfs/file/lock_index.h"

#define NR_PROCESSES 12
#define NR_OWNERS 6 /* of the random test: three processes, then their files as OFD owners */
#define BYTES 40
#define END (~0UL >> 1)

static u64 seed = 17;

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

/* ---- processes ------------------------------------------------------------------------------- */

static struct locker { /* a process with the file open */
	struct thread thread;
	struct file *file; /* open at descriptor fd */
	int fd;
} lockers[NR_PROCESSES];

static struct thread *boot_thread;

static void run_as(unsigned p)
{
	unit_current_thread = &lockers[p].thread;
}

static void processes_begin(unsigned nr)
{
	for (unsigned p = 0; p < nr; p++) {
		struct locker *locker = &lockers[p];

		locker->thread = *boot_thread;
		locker->thread.process_id = (pid_t)p + 100;
		assert_int_equal(fdtable_create(&locker->thread.files), 0);
		run_as(p);
		assert_int_equal(vfs_open(AT_FDCWD, "/f", O_CREAT | O_RDWR, 0600, &locker->file),
				 0);
		locker->fd = fd_install(locker->file, 0, false);
		assert_true(locker->fd >= 0);
	}
}

static void processes_end(unsigned nr)
{
	struct inode *inode = lockers[0].file->inode;

	inode_get(inode);
	for (unsigned p = 0; p < nr; p++) {
		run_as(p);
		fdtable_put(lockers[p].thread.files);
	}
	assert_null(inode->locks); /* L5 */
	inode_put(inode);
	unit_current_thread = boot_thread;
}

/* ---- the reference --------------------------------------------------------------------------- */

enum { UNLOCKED, READERS, WRITER };
static u8 rows[NR_OWNERS][BYTES];

static bool model_conflicts(unsigned owner, unsigned first, unsigned last, int type)
{
	for (unsigned o = 0; o < NR_OWNERS; o++)
		for (unsigned i = first; i <= last && o != owner; i++)
			if (rows[o][i] == WRITER || (rows[o][i] && type == WRITER))
				return true;
	return false;
}

static int model_of(short type)
{
	return type == F_WRLCK ? WRITER : type == F_RDLCK ? READERS : UNLOCKED;
}

static const void *owner_of(unsigned owner)
{
	return owner < 3 ? (const void *)lockers[owner].thread.files : lockers[owner - 3].file;
}

/* The row of @owner as the index has it, with each lock as long as it can be. */
static void check_row(const struct lock_index *index, unsigned owner)
{
	const struct file_lock *lock = NULL;
	u64 at = 0;

	if (index)
		lock = lock_index_own_from(index, owner_of(owner), 0);
	for (; lock; lock = lock_index_own_next(lock)) {
		u64 last = lock->end == END ? BYTES - 1 : lock->end;

		for (; at < lock->start; at++)
			assert_int_equal(rows[owner][at], UNLOCKED);
		for (; at <= last; at++)
			assert_int_equal(rows[owner][at], model_of(lock->type));
		assert_true(at == BYTES || rows[owner][at] != model_of(lock->type)); /* L1 */
	}
	for (; at < BYTES; at++)
		assert_int_equal(rows[owner][at], UNLOCKED);
}

static void check_rows(void)
{
	const struct file_lock_context *context = lockers[0].file->inode->locks;

	for (unsigned o = 0; o < NR_OWNERS; o++) /* the records come first in a context */
		check_row((const struct lock_index *)context, o);
}

/* ---- random locks ---------------------------------------------------------------------------- */

/* The bytes @first..@last as a program may say it: from the start, the position or the end. */
static struct flock describe(struct file *file, unsigned first, unsigned last, short type)
{
	struct flock lock = {.l_type = type, .l_whence = (short)pick(3)};
	s64 origin = lock.l_whence == 0	  ? 0
		     : lock.l_whence == 1 ? (s64)file->pos
					  : (s64)file->inode->size_bytes;

	lock.l_start = first - origin;
	lock.l_len = last == BYTES - 1 ? 0 : last - first + 1;
	if (lock.l_len && pick(2)) { /* backwards from the byte behind it */
		lock.l_start += lock.l_len;
		lock.l_len = -lock.l_len;
	}
	return lock;
}

static void random_lock(void)
{
	static const short types[] = {F_RDLCK, F_WRLCK, F_UNLCK};
	unsigned owner = pick(NR_OWNERS), p = owner % 3, first = pick(BYTES);
	unsigned last = first + pick(pick(2) ? 4 : BYTES - first);
	short type = types[pick(3)];
	struct flock lock;
	int expected;

	last = min(last, BYTES - 1U);
	run_as(p);
	lockers[p].file->pos = pick(50);
	lock = describe(lockers[p].file, first, last, type);
	expected = type != F_UNLCK && model_conflicts(owner, first, last, model_of(type)) ? -EAGAIN
											  : 0;
	assert_int_equal(file_lock_fcntl(lockers[p].file, lockers[p].fd,
					 owner < 3 ? F_SETLK : F_OFD_SETLK, &lock),
			 expected);
	if (!expected)
		memset(rows[owner] + first, model_of(type), last - first + 1);
}

/* Does some other owner have a lock that is just @lock, and is it in the way of [first, last]? */
static bool is_in_the_way(unsigned owner, const struct flock *lock, unsigned first, unsigned last)
{
	unsigned from = (unsigned)lock->l_start;
	unsigned to = lock->l_len ? from + (unsigned)lock->l_len - 1 : BYTES - 1;
	int type = model_of(lock->l_type);

	for (unsigned o = 0; o < NR_OWNERS; o++) {
		bool fits = o != owner && lock->l_pid == (o < 3 ? (pid_t)o + 100 : -1);

		for (unsigned i = from; i <= to; i++)
			fits &= rows[o][i] == type;
		if (fits && (from == 0 || rows[o][from - 1] != type) &&
		    (to == BYTES - 1 || rows[o][to + 1] != type))
			return from <= last && first <= to;
	}
	return false;
}

static void random_question(void)
{
	unsigned owner = pick(NR_OWNERS), p = owner % 3, first = pick(BYTES);
	unsigned last = first + pick(BYTES - first);
	short type = pick(2) ? F_RDLCK : F_WRLCK;
	struct flock lock;

	run_as(p);
	lock = describe(lockers[p].file, first, last, type);
	assert_int_equal(file_lock_fcntl(lockers[p].file, lockers[p].fd,
					 owner < 3 ? F_GETLK : F_OFD_GETLK, &lock),
			 0);
	if (!model_conflicts(owner, first, last, model_of(type)))
		assert_int_equal(lock.l_type, F_UNLCK);
	else
		assert_true(is_in_the_way(owner, &lock, first, last));
}

static void random_close(void)
{
	unsigned p = pick(3);

	run_as(p);
	if (pick(2)) {
		file_lock_close(lockers[p].file, lockers[p].thread.files);
		memset(rows[p], 0, BYTES);
	} else {
		file_lock_release(lockers[p].file);
		memset(rows[p + 3], 0, BYTES);
	}
}

static void ranges_are_those_of_the_table(void **state)
{
	u64 objects;

	(void)state;
	processes_begin(1); /* makes the file */
	processes_end(1);
	objects = slab_nr_in_use();
	processes_begin(3);
	assert_int_equal(file_write_kernel(lockers[0].file, "seventeen bytes..", 17, 0), 17);
	for (unsigned i = 0; i < 60000; i++) {
		if (!pick(100))
			random_close();
		else if (pick(3))
			random_lock();
		else
			random_question();
		check_rows();
	}
	processes_end(3);
	assert_int_equal(slab_nr_in_use(), objects);
}

/* ---- ranges that are none -------------------------------------------------------------------- */

static void odd_ranges_are_refused(void **state)
{
	static const struct {
		struct flock lock;
		int error;
	} cases[] = {
		{{.l_type = F_WRLCK, .l_whence = 3}, -EINVAL},
		{{.l_type = 7}, -EINVAL},
		{{.l_type = F_WRLCK, .l_start = -1}, -EINVAL},
		{{.l_type = F_WRLCK, .l_start = 4, .l_len = -5}, -EINVAL},
		{{.l_type = F_WRLCK, .l_start = 5, .l_len = -5}, 0},
		{{.l_type = F_WRLCK, .l_start = (s64)END, .l_len = 1}, 0},
		{{.l_type = F_WRLCK, .l_start = (s64)END, .l_len = 2}, -EOVERFLOW},
		{{.l_type = F_WRLCK, .l_start = (s64)END, .l_whence = 2}, -EOVERFLOW},
	};

	(void)state;
	processes_begin(1);
	assert_int_equal(file_write_kernel(lockers[0].file, "seventeen bytes..", 17, 0), 17);
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct flock lock = cases[i].lock;

		assert_int_equal(file_lock_fcntl(lockers[0].file, lockers[0].fd, F_SETLK, &lock),
				 cases[i].error);
	}
	processes_end(1);
}

/* ---- waiting --------------------------------------------------------------------------------- */

static int set_lock(unsigned p, short type, unsigned byte, unsigned cmd)
{
	struct flock lock = {.l_type = type, .l_start = byte, .l_len = 1};
	struct thread *before = unit_current_thread;
	int err;

	run_as(p);
	err = file_lock_fcntl(lockers[p].file, lockers[p].fd, cmd, &lock);
	unit_current_thread = before;
	return err;
}

static unsigned chain_next, chain_length;
static int chain_result;

/* One waits: the next one waits for its successor's byte; the last one for the first one's. */
static int the_next_one_waits(u64 deadline_ns)
{
	unsigned me = chain_next++;
	int err = set_lock(me, F_WRLCK, (me + 1) % chain_length, F_SETLKW);

	(void)deadline_ns;
	if (me == chain_length - 1)
		chain_result = err;
	else
		assert_int_equal(err, 0); /* its successor let go */
	assert_int_equal(set_lock(me, F_UNLCK, me, F_SETLK), 0);
	return 0;
}

/* L3: the last one of a ring gets an error; when it lets go, all others get what they wait for. */
static void a_ring_of_waiters_is_found(void **state)
{
	(void)state;
	unit_asleep = the_next_one_waits;
	for (chain_length = 2; chain_length <= 10; chain_length++) {
		processes_begin(chain_length);
		for (unsigned p = 0; p < chain_length; p++)
			assert_int_equal(set_lock(p, F_WRLCK, p, F_SETLK), 0);
		chain_next = 1;
		chain_result = 0;
		assert_int_equal(set_lock(0, F_WRLCK, 1, F_SETLKW), 0);
		assert_int_equal(chain_result, -EDEADLK);
		assert_int_equal(chain_next, chain_length);
		processes_end(chain_length);
	}
	unit_asleep = NULL;
}

static int (*let_go)(void);

static int holder_lets_go(u64 deadline_ns)
{
	(void)deadline_ns;
	return let_go();
}

static int unlocks(void)
{
	return set_lock(0, F_UNLCK, 3, F_SETLK);
}

static int shares(void)
{
	return set_lock(0, F_RDLCK, 3, F_SETLK);
}

static int closes(void)
{
	file_lock_close(lockers[0].file, lockers[0].thread.files);
	return 0;
}

static int is_interrupted(void)
{
	return -EINTR;
}

static void whatever_frees_the_range_wakes(void **state)
{
	static const struct {
		int (*let_go)(void);
		short wanted;
		int result;
	} cases[] = {{unlocks, F_WRLCK, 0},
		     {shares, F_RDLCK, 0},
		     {closes, F_WRLCK, 0},
		     {is_interrupted, F_WRLCK, -ERESTARTSYS}};

	(void)state;
	unit_asleep = holder_lets_go;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		processes_begin(2);
		assert_int_equal(set_lock(0, F_WRLCK, 3, F_SETLK), 0);
		let_go = cases[i].let_go;
		assert_int_equal(set_lock(1, cases[i].wanted, 3, F_SETLKW), cases[i].result);
		processes_end(2);
	}
	unit_asleep = NULL;
}

/* L4: the descriptor is closed while its thread waits for the lock. */
static int descriptor_is_closed(u64 deadline_ns)
{
	(void)deadline_ns;
	file_get(lockers[1].file); /* the call has the file */
	assert_int_equal(fd_close(lockers[1].fd), 0);
	return set_lock(0, F_UNLCK, 3, F_SETLK);
}

static void a_lock_that_comes_after_the_close_is_given_back(void **state)
{
	(void)state;
	processes_begin(2);
	assert_int_equal(set_lock(0, F_WRLCK, 3, F_SETLK), 0);
	unit_asleep = descriptor_is_closed;
	assert_int_equal(set_lock(1, F_WRLCK, 3, F_SETLKW), -EBADF);
	unit_asleep = NULL;
	assert_int_equal(set_lock(0, F_WRLCK, 3, F_SETLK), 0);
	file_put(lockers[1].file);
	processes_end(2);
}

/* ---- flock ----------------------------------------------------------------------------------- */

/* As on Linux, a conversion gives up the old lock first, also when it does not get the new one. */
static void whole_files_are_locked_as_flock_says(void **state)
{
	static const int operations[] = {LOCK_UN, LOCK_SH, LOCK_EX};
	u8 held[4] = {UNLOCKED};

	(void)state;
	processes_begin(4);
	for (unsigned i = 0; i < 5000; i++) {
		unsigned p = pick(4), type = pick(3);
		bool conflict = false;

		for (unsigned o = 0; o < 4 && type; o++)
			conflict |= o != p && (held[o] == WRITER || (held[o] && type == WRITER));
		run_as(p);
		assert_int_equal(file_lock_flock(lockers[p].file, operations[type] | LOCK_NB),
				 conflict ? -EAGAIN : 0);
		if (!conflict || held[p] != type)
			held[p] = conflict ? UNLOCKED : (u8)type;
	}
	assert_int_equal(file_lock_flock(lockers[0].file, LOCK_SH | LOCK_EX), -EINVAL);
	processes_end(4);
}

static int the_other_one_upgrades(u64 deadline_ns)
{
	struct thread *before = unit_current_thread;

	(void)deadline_ns;
	run_as(1);
	assert_int_equal(file_lock_flock(lockers[1].file, LOCK_EX), 0);
	assert_int_equal(file_lock_flock(lockers[1].file, LOCK_UN), 0);
	unit_current_thread = before;
	return 0;
}

/* Neither waits for the other's shared lock forever. */
static void two_can_upgrade(void **state)
{
	(void)state;
	processes_begin(2);
	for (unsigned p = 0; p < 2; p++) {
		run_as(p);
		assert_int_equal(file_lock_flock(lockers[p].file, LOCK_SH), 0);
	}
	run_as(0);
	unit_asleep = the_other_one_upgrades;
	assert_int_equal(file_lock_flock(lockers[0].file, LOCK_EX), 0);
	unit_asleep = NULL;
	processes_end(2);
}

static int setup(void **state)
{
	(void)state;
	unit_vfs_init(MIB(8), 0, 0);
	boot_thread = unit_current_thread;
	return 0;
}

UNIT_MAIN_AFTER(setup, cmocka_unit_test(ranges_are_those_of_the_table),
		cmocka_unit_test(odd_ranges_are_refused),
		cmocka_unit_test(a_ring_of_waiters_is_found),
		cmocka_unit_test(whatever_frees_the_range_wakes),
		cmocka_unit_test(a_lock_that_comes_after_the_close_is_given_back),
		cmocka_unit_test(whole_files_are_locked_as_flock_says),
		cmocka_unit_test(two_can_upgrade))
