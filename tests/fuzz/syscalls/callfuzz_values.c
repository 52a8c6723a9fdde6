// SPDX-License-Identifier: MIT
/* callfuzz_values.c -- makers of numbers, addresses, descriptors, names. */
#include "callfuzz_makers.h"
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* ---- numbers ---- */

uint64_t make_wild(struct fuzz_thread *t, const void *param)
{
	uint64_t edge;

	switch (fuzz_below(t, 4)) {
	case 0:
		return fuzz_random(t);
	case 1:
		return fuzz_random(t) >> fuzz_below(t, 64);
	case 2:
		return -(fuzz_random(t) >> fuzz_below(t, 64));
	default:
		edge = 1ul << fuzz_below(t, 64);
		return edge + fuzz_below(t, 3) - 1;
	}
}

uint64_t make_one_of(struct fuzz_thread *t, const void *param)
{
	const struct fuzz_values *values = param;

	return values->value[fuzz_below(t, values->nr)];
}

uint64_t make_bits(struct fuzz_thread *t, const void *param)
{
	const struct fuzz_values *values = param;
	unsigned n = (unsigned)fuzz_below(t, 5);
	uint64_t bits = 0;

	while (n--)
		bits |= values->value[fuzz_below(t, values->nr)];
	if (fuzz_one_in(t, 40))
		bits |= 1ul << fuzz_below(t, 33);
	return bits;
}

uint64_t make_small(struct fuzz_thread *t, const void *param)
{
	if (t->nr_recent && fuzz_one_in(t, 8))
		return (uint64_t)t->recent[fuzz_below(t, NR(t->recent))];
	if (fuzz_one_in(t, 8))
		return make_wild(t, NULL);
	return fuzz_below(t, fuzz_one_in(t, 2) ? 4 : 64);
}

uint64_t make_length(struct fuzz_thread *t, const void *param)
{
	static const uint64_t lengths[] = {
		0,	  0,	     1,		2,	   3,	    4,	     7,
		8,	  9,	     16,	24,	   32,	    63,	     64,
		65,	  100,	     127,	128,	   255,	    256,     257,
		4095,	  4096,	     4096,	4097,	   8192,    12288,   16384,
		65535,	  65536,     65537,	1 << 20,   1 << 21, INT_MAX, UINT_MAX,
		1u << 31, 1ul << 40, 1ul << 47, 1ul << 63, -1ul,    -4096ul, -2ul};

	if (fuzz_one_in(t, 2))
		return fuzz_below(t, 5000);
	return lengths[fuzz_below(t, fuzz_one_in(t, 4) ? NR(lengths) : 30)];
}

/* Now and then so much that a small machine has no memory left. */
uint64_t make_much(struct fuzz_thread *t, const void *param)
{
	return fuzz_one_in(t, 8) ? fuzz_below(t, 16ul << 20) : make_length(t, NULL);
}

uint64_t make_offset(struct fuzz_thread *t, const void *param)
{
	static const uint64_t offsets[] = {
		0,     0,	1,	   4095,      4096,	 4097,	   8192,
		65536, 1 << 20, 1ul << 31, 1ul << 32, 1ul << 40, LONG_MAX, LONG_MAX - 4095,
		-1ul,  -4096ul};

	if (fuzz_one_in(t, 2))
		return fuzz_below(t, 20000);
	return offsets[fuzz_below(t, NR(offsets))];
}

uint64_t make_mode(struct fuzz_thread *t, const void *param)
{
	static const uint64_t modes[] = {0,	0644,  0666,  0700,  0777,
					 01777, 02755, 04755, 06777, 0177777};

	return modes[fuzz_below(t, NR(modes))];
}

uint64_t make_device(struct fuzz_thread *t, const void *param)
{
	static const uint64_t devices[] = {0x103, 0x105,  0x107, 0x108, 0x500,
					   0x502, 0x8801, 0,	 0x501};

	return fuzz_one_in(t, 4) ? make_wild(t, NULL) : devices[fuzz_below(t, NR(devices))];
}

uint64_t make_user_id(struct fuzz_thread *t, const void *param)
{
	static const uint64_t ids[] = {FUZZ_USER_ID, FUZZ_USER_ID, FUZZ_USER_ID + 1, 0,
				       -1ul,	     65534,	   UINT_MAX - 1};

	return ids[fuzz_below(t, NR(ids))];
}

uint64_t make_signal(struct fuzz_thread *t, const void *param)
{
	static const uint64_t signals[] = {0,	    SIGUSR1,  SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD,
					   SIGCONT, SIGWINCH, SIGURG,  SIGTSTP, SIGSTOP, SIGTTIN,
					   SIGPIPE, SIGHUP,   SIGKILL, 33,	34,	 40,
					   64,	    65,	      SIGSEGV};

	if (fuzz_one_in(t, 16))
		return make_wild(t, NULL);
	return signals[fuzz_below(t, fuzz_one_in(t, 3) ? NR(signals) : 9)];
}

/* ---- descriptors and processes ---- */

int fuzz_some_fd(struct fuzz_thread *t)
{
	if (t->nr_recent && fuzz_one_in(t, 3))
		return t->recent[fuzz_below(t, NR(t->recent))];
	return (int)fuzz_below(t, 48);
}

uint64_t make_fd(struct fuzz_thread *t, const void *param)
{
	static const int odd[] = {-1,	AT_FDCWD, 63,	   64,	    255,  256,
				  1023, 1024,	  INT_MAX, INT_MIN, 65536};

	if (fuzz_one_in(t, 24))
		return (uint64_t)odd[fuzz_below(t, NR(odd))];
	return (uint64_t)fuzz_some_fd(t);
}

uint64_t make_dir_fd(struct fuzz_thread *t, const void *param)
{
	return fuzz_one_in(t, 2) ? (uint64_t)AT_FDCWD : make_fd(t, NULL);
}

int fuzz_some_pid(struct fuzz_thread *t)
{
	switch (fuzz_below(t, 8)) {
	case 0:
		return 0;
	case 1:
	case 2:
		return fuzz_shared->pids[fuzz_below(t, FUZZ_WORKERS)];
	case 3:
		return fuzz_shared->slots[t->worker][fuzz_below(t, FUZZ_THREADS)].tid;
	case 4:
		return fuzz_shared->slots[fuzz_below(t, FUZZ_WORKERS)][fuzz_below(t, FUZZ_THREADS)]
			.tid;
	case 5:
		return -fuzz_shared->pids[t->worker];
	case 6:
		return t->nr_recent ? t->recent[fuzz_below(t, NR(t->recent))] : 0;
	default:
		return (int)make_wild(t, NULL);
	}
}

uint64_t make_pid(struct fuzz_thread *t, const void *param)
{
	return (uint64_t)fuzz_some_pid(t);
}

/* ---- addresses ---- */

static uint64_t arena_of(const struct fuzz_thread *t)
{
	return FUZZ_ARENA + (t->index % FUZZ_THREADS) * FUZZ_ARENA_STEP;
}

uint64_t fuzz_bad_address(struct fuzz_thread *t)
{
	static const uint64_t bad[] = {0,
				       1,
				       4095,
				       4096,
				       FUZZ_READ_ONLY,
				       FUZZ_READ_ONLY + 4092,
				       FUZZ_NO_ACCESS,
				       FUZZ_ARENA - 8,
				       FUZZ_ARENA + FUZZ_ARENA_SIZE,
				       FUZZ_ARENA + FUZZ_ARENA_SIZE - 1,
				       FUZZ_VICTIM,
				       FUZZ_VICTIM + 4096 - 3,
				       FUZZ_VICTIM + 0x100000,
				       FUZZ_FILE_MAP,
				       FUZZ_FILE_MAP + 0x4000 - 2,
				       FUZZ_STACKS,
				       0x7ffffffff000,
				       0x7fffffffeff8,
				       0x7fffffffffff,
				       0x800000000000,
				       0xffff7fffffffffff,
				       0xffff800000000000,
				       0xffff888000000000,
				       0xffffffff80000000,
				       0xffffffff80100000,
				       0xffffffffff600000,
				       -1ul,
				       -8ul,
				       -4096ul,
				       0x400000,
				       0x401000,
				       0xfffffffffffff000};

	if (fuzz_one_in(t, 12))
		return make_wild(t, NULL);
	if (fuzz_one_in(t, 12))
		return (uint64_t)&bad;
	return bad[fuzz_below(t, NR(bad))];
}

uint64_t make_address(struct fuzz_thread *t, const void *param)
{
	uint64_t page = fuzz_below(t, FUZZ_VICTIM_SIZE / 4096) * 4096;

	switch (fuzz_below(t, 12)) {
	case 0:
		return fuzz_bad_address(t);
	case 1:
		return FUZZ_SHARED + page % FUZZ_SHARED_SIZE;
	case 2:
		return FUZZ_FILE_MAP + page % FUZZ_FILE_MAP_SIZE;
	case 3:
		return 0;
	case 4:
		return FUZZ_VICTIM + page + fuzz_below(t, 4096);
	case 5:
		return FUZZ_VICTIM + FUZZ_VICTIM_SIZE + page;
	default:
		return FUZZ_VICTIM + (fuzz_one_in(t, 2) ? page % 0x10000 : page);
	}
}

uint64_t make_out(struct fuzz_thread *t, const void *param)
{
	switch (fuzz_below(t, 16)) {
	case 0:
	case 1:
		return fuzz_bad_address(t);
	case 2:
		return FUZZ_SHARED + fuzz_below(t, FUZZ_SHARED_SIZE);
	case 3:
		return FUZZ_FILE_MAP + fuzz_below(t, FUZZ_FILE_MAP_SIZE);
	case 4:
		return FUZZ_VICTIM + fuzz_below(t, FUZZ_VICTIM_SIZE);
	case 5:
		return arena_of(t) + FUZZ_ARENA_SIZE - fuzz_below(t, 200);
	case 6:
		return 0;
	default:
		return arena_of(t) + fuzz_below(t, FUZZ_ARENA_SIZE / 8) * 8;
	}
}

uint64_t fuzz_place(struct fuzz_thread *t, const void *bytes, size_t len)
{
	uint64_t base = arena_of(t), at, room;

	if (fuzz_one_in(t, 24))
		return fuzz_bad_address(t);
	switch (fuzz_below(t, 12)) {
	case 0: /* the end of it is not there */
		at = FUZZ_ARENA_SIZE - fuzz_below(t, len + 1);
		break;
	case 1: /* it just fits */
		at = FUZZ_ARENA_SIZE - len;
		break;
	case 2: /* across pages */
		at = 4096 * (1 + fuzz_below(t, 8)) - fuzz_below(t, len + 1);
		break;
	case 3: /* not aligned */
		at = fuzz_below(t, FUZZ_ARENA_SIZE / 2);
		break;
	default:
		at = t->cursor = (t->cursor + 512) % (FUZZ_ARENA_SIZE / 2);
	}
	room = FUZZ_ARENA_SIZE - at;
	memcpy((void *)(base + at), bytes, len < room ? len : room);
	return base + at;
}

uint64_t make_bytes(struct fuzz_thread *t, const void *param)
{
	uint64_t words[32];

	if (fuzz_one_in(t, 4))
		return make_out(t, NULL);
	for (size_t i = 0; i < NR(words); i++)
		words[i] = fuzz_one_in(t, 2) ? fuzz_below(t, 8) : make_wild(t, NULL);
	return fuzz_place(t, words, sizeof(words));
}

uint64_t make_words(struct fuzz_thread *t, const void *param)
{
	uint32_t words[40];

	for (size_t i = 0; i < NR(words); i++)
		words[i] = (uint32_t)(fuzz_one_in(t, 4) ? fuzz_random(t) : fuzz_below(t, 1002));
	return fuzz_place(t, words, sizeof(words));
}

/* ---- names ---- */

static const char *const parts[] = {"f0",	    "f1",	  "f2",	    "f3",      "f4",
				    "f5",	    "d0",	  "d0",	    "d1",      "d2",
				    "d0/d1",	    "l0",	  "l1",	    "l2",      "fifo",
				    "s0",	    "s1",	  ".",	    "..",      "../..",
				    "bin/callfuzz", "bin/set-id", "script", "bad_elf", "m0",
				    "m1",	    "d0/f1",	  "d1/f0",  "x",       ""};

static const char *const absolute[] = {"/",
				       "/dev/null",
				       "/dev/zero",
				       "/dev/full",
				       "/dev/ptmx",
				       "/dev/tty",
				       "/dev/random",
				       "/dev/urandom",
				       "/dev/kmsg",
				       "/dev/pts/0",
				       "/dev/pts/1",
				       "/dev/pts",
				       "/proc",
				       "/proc/self",
				       "/proc/self/fd",
				       "/proc/self/fd/0",
				       "/proc/self/fd/7",
				       "/proc/self/fd/12",
				       "/proc/self/fdinfo/9",
				       "/proc/self/maps",
				       "/proc/self/smaps",
				       "/proc/self/smaps_rollup",
				       "/proc/self/status",
				       "/proc/self/stat",
				       "/proc/self/statm",
				       "/proc/self/environ",
				       "/proc/self/cmdline",
				       "/proc/self/auxv",
				       "/proc/self/comm",
				       "/proc/self/exe",
				       "/proc/self/cwd",
				       "/proc/self/root",
				       "/proc/self/oom_score_adj",
				       "/proc/self/limits",
				       "/proc/self/mounts",
				       "/proc/self/mountinfo",
				       "/proc/self/task",
				       "/proc/thread-self",
				       "/proc/self/mem",
				       "/proc/self/children",
				       "/proc/self/io",
				       "/proc/self/oom_score",
				       "/proc/self/net/unix",
				       "/proc/1/maps",
				       "/proc/1/environ",
				       "/proc/1/cwd",
				       "/proc/1/fd/0",
				       "/proc/1/status",
				       "/proc/2/status",
				       "/proc/meminfo",
				       "/proc/stat",
				       "/proc/uptime",
				       "/proc/loadavg",
				       "/proc/mounts",
				       "/proc/filesystems",
				       "/proc/cpuinfo",
				       "/proc/interrupts",
				       "/proc/version",
				       "/proc/locks",
				       "/proc/sys/kernel/hostname",
				       "/proc/sys/kernel/threads-max",
				       "/proc/sys/vm/drop_caches",
				       "/proc/sys/kernel/random/uuid",
				       "/proc/sys/fs/file-nr",
				       "/proc/creance",
				       "/proc/creance/counts",
				       "/proc/creance/sched",
				       "/proc/creance/locks",
				       "/proc/creance/trap_table",
				       "/proc/creance/absent_calls",
				       "/proc/creance/syscalls",
				       "/proc/creance/fail_alloc",
				       "/w",
				       "/w/d0",
				       "/bin/callfuzz",
				       "/no/such/file"};

static size_t append(char *path, size_t at, size_t size, const char *text)
{
	while (*text && at + 1 < size)
		path[at++] = *text++;
	path[at] = '\0';
	return at;
}

static size_t append_number(char *path, size_t at, size_t size, unsigned number)
{
	char digits[12];
	int n = sizeof(digits) - 1;

	digits[n] = '\0';
	do
		digits[--n] = (char)('0' + number % 10);
	while ((number /= 10) && n > 0);
	return append(path, at, size, digits + n);
}

/*
 * Root, and nobody else, comes by links of /proc into the folders of init and of the keeper, which
 * are outside of the workers' root: what it makes there would seem to be a leak.
 */
static bool may_follow(int pid)
{
	return fuzz_options.as_user || (pid != 1 && pid != fuzz_keeper_pid);
}

static size_t process_path(struct fuzz_thread *t, char *path, size_t size)
{
	static const char *const files[] = {"/maps",	  "/smaps", "/status",	 "/stat",
					    "/fd",	  "/fd/3",  "/fdinfo/4", "/cwd",
					    "/exe",	  "/root",  "/task",	 "/environ",
					    "/cmdline",	  "/comm",  "",		 "/oom_score_adj",
					    "/mountinfo", "/limits"};
	size_t at = append(path, 0, size, "/proc/");
	int pid = fuzz_some_pid(t);

	if (!may_follow(pid < 0 ? -pid : pid))
		pid = 2;
	at = append_number(path, at, size, (unsigned)(pid < 0 ? -pid : pid));
	return append(path, at, size, files[fuzz_below(t, NR(files))]);
}

static size_t long_path(struct fuzz_thread *t, char *path, size_t size)
{
	static const size_t lengths[] = {254, 255, 256, 300, 4094, 4095, 4096, 4097};
	size_t len = lengths[fuzz_below(t, NR(lengths))];
	bool deep = fuzz_one_in(t, 2);

	if (len >= size)
		len = size - 1;
	for (size_t i = 0; i < len; i++)
		path[i] = deep && i % 3 == 2 ? '/' : deep ? "d0"[i % 3] : 'n';
	path[len] = '\0';
	return len;
}

size_t fuzz_some_path(struct fuzz_thread *t, char *path, size_t size)
{
	const char *known;
	size_t at = 0;

	switch (fuzz_below(t, 16)) {
	case 0:
	case 1:
	case 2:
		known = absolute[fuzz_below(t, NR(absolute))];
		return append(path, 0, size,
			      strcmp(known, "/proc/1/cwd") || may_follow(1) ? known : "/");
	case 3:
		return process_path(t, path, size);
	case 4:
		return fuzz_one_in(t, 3) ? long_path(t, path, size) : append(path, 0, size, "");
	case 5:
		at = append(path, 0, size, "/w/");
		break;
	case 6:
		at = append(path, 0, size, parts[fuzz_below(t, NR(parts))]);
		at = append(path, at, size, fuzz_one_in(t, 4) ? "//./" : "/");
		break;
	default:
		break;
	}
	at = append(path, at, size, parts[fuzz_below(t, NR(parts))]);
	return fuzz_one_in(t, 20) ? append(path, at, size, "/") : at;
}

uint64_t make_path(struct fuzz_thread *t, const void *param)
{
	char path[4200];
	size_t len = fuzz_some_path(t, path, sizeof(path));

	if (fuzz_one_in(t, 40)) /* without its end */
		memset(path, 'e', sizeof(path));
	return fuzz_place(t, path, len + 1);
}

uint64_t make_name(struct fuzz_thread *t, const void *param)
{
	char name[300];
	size_t len = fuzz_below(t, fuzz_one_in(t, 4) ? sizeof(name) : 12);

	memset(name, (int)('a' + fuzz_below(t, 26)), sizeof(name));
	name[len ? len - 1 : 0] = '\0';
	return fuzz_place(t, name, len + 1);
}

/* @param: texts, each with its end, and an empty one. */
uint64_t make_text(struct fuzz_thread *t, const void *param)
{
	const char *text = param;
	unsigned nr = 0, which;

	if (fuzz_one_in(t, 12))
		return make_name(t, NULL);
	for (const char *s = text; *s; s += strlen(s) + 1)
		nr++;
	for (which = (unsigned)fuzz_below(t, nr); which; which--)
		text += strlen(text) + 1;
	return fuzz_place(t, text, strlen(text) + 1);
}
