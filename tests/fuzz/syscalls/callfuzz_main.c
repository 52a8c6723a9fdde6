// SPDX-License-Identifier: MIT
/*
 * callfuzz_main.c -- the keeper of the random system-call test; see callfuzz.h.
 *
 * usage: callfuzz [-s SEED] [-n CALLS] [-r ROUNDS] [-w WORKERS] [-t THREADS] [-ukl] [-o CALL]
 *   -n  calls of a round; a round begins with a new seed (SEED, SEED + 1, ...)
 *   -u  the workers are unprivileged users;  -k  go on after a leak
 *   -l  each call is written to standard error before it is made;  -o  mostly this call
 *
 * It runs on Creance alone: on any other kernel it would do harm. One round goes before all others,
 * whose traces are what is there for good once it has been needed; after the last the kernel's
 * counts are what they were. Exit status: 0;
 * 1 for a leak or for a thread that does not end.
 */
#include "callfuzz_outside.h"
#include "callfuzz_worker.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STUCK_SECONDS 60
#define ROUND_SECONDS 300 /* then a round has calls enough */
#define COUNTS_MAX 80

struct count {
	char name[32];
	long long value;
};

/* What the kernel counts, and the objects in use of its caches, to tell which they are. */
struct counts {
	struct count row[COUNTS_MAX], cache[COUNTS_MAX];
	unsigned nr, nr_caches;
};

struct fuzz_options fuzz_options = {
	.seed = 1, .calls = 5000, .rounds = 1, .workers = 3, .threads = 2, .only = -1};
struct fuzz_shared *fuzz_shared;
int fuzz_keeper_pid;

static uint64_t total_calls, nr_workers, nr_pokes, nr_kills;
static unsigned generation;
static int keeper_fd; /* a socket whose name says that there is a keeper */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void pause_us(long us)
{
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

/* ---- the kernel's counts ---- */

/* The rows "name number ..." of a file, behind @skip lines. */
static unsigned read_rows(const char *path, unsigned skip, struct count *counts)
{
	FILE *in = fopen(path, "re");
	char line[256];
	unsigned nr = 0;

	while (in && fgets(line, sizeof(line), in))
		if (skip)
			skip--;
		else if (nr < COUNTS_MAX &&
			 sscanf(line, "%31s %lld", counts[nr].name, &counts[nr].value) == 2)
			nr++;
	if (in)
		fclose(in);
	return nr;
}

/*
 * Afresh whenever is counted: workers may have freed pages of it and touched others first, which
 * are then charged to them. Returns: it is there.
 */
static bool make_shared_region(void)
{
	void *at = mmap((void *)FUZZ_SHARED, FUZZ_SHARED_SIZE, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (at != MAP_FAILED)
		memset(at, 0, FUZZ_SHARED_SIZE);
	return at != MAP_FAILED;
}

static void read_counts(struct counts *counts)
{
	make_shared_region();
	counts->nr = read_rows("/proc/creance/counts", 0, counts->row);
	counts->nr_caches = read_rows("/proc/slabinfo", 2, counts->cache);
}

static bool grew(const struct counts *before, const struct counts *after)
{
	for (unsigned i = 0; i < before->nr; i++)
		if (after->row[i].value > before->row[i].value)
			return true;
	return before->nr != after->nr;
}

static void tell_growth(const struct count *before, const struct count *after, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		if (after[i].value > before[i].value && strcmp(before[i].name, after[i].name) == 0)
			printf("callfuzz: LEAK: %s was %lld, is %lld\n", after[i].name,
			       before[i].value, after[i].value);
}

/* What is still charged to an account says what leaked. */
static void tell_accounts(void)
{
	FILE *in = fopen("/proc/creance/accounts", "re");
	char line[512];

	while (in && fgets(line, sizeof(line), in))
		printf("callfuzz: account %s", line);
	if (in)
		fclose(in);
}

/* What ended may be freed a little later. Returns: nothing is left of it. */
static bool nothing_leaked(const struct counts *before)
{
	struct counts after;

	for (int tries = 0; tries < 100; tries++) {
		read_counts(&after);
		if (!grew(before, &after))
			return true;
		pause_us(50000);
	}
	tell_growth(before->row, after.row, before->nr);
	tell_growth(before->cache, after.cache, before->nr_caches);
	tell_accounts();
	return false;
}

/* ---- the world ---- */

static void copy_file(const char *from, const char *to, mode_t mode, size_t most)
{
	static char bytes[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC),
	    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	ssize_t n;

	while (most && (n = read(in, bytes, most < sizeof(bytes) ? most : sizeof(bytes))) > 0) {
		if (write(out, bytes, (size_t)n) != n)
			break;
		most -= (size_t)n;
	}
	fchmod(out, mode);
	close(in);
	close(out);
}

static void make_devices(void)
{
	static const struct {
		const char *name;
		unsigned major, minor;
	} devices[] = {{"null", 1, 3},	  {"zero", 1, 5},  {"full", 1, 7}, {"random", 1, 8},
		       {"urandom", 1, 9}, {"kmsg", 1, 11}, {"tty", 5, 0},  {"ptmx", 5, 2}};
	char path[64];

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		snprintf(path, sizeof(path), "/fuzz/dev/%s", devices[i].name);
		mknod(path, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor));
	}
}

static void make_root(void)
{
	static const char *const folders[] = {"/fuzz/proc", "/fuzz/dev",  "/fuzz/dev/pts",
					      "/fuzz/bin",  "/fuzz/w",	  "/fuzz/w/bin",
					      "/fuzz/m0",   "/fuzz/m0/d", "/fuzz/m1",
					      "/fuzz/m2"};
	int script;

	umask(0);
	mkdir("/fuzz", 0755);
	if (mount("fuzz", "/fuzz", "tmpfs", 0, "mode=755") < 0)
		printf("callfuzz: no tmpfs at /fuzz: %s\n", strerror(errno));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		mkdir(folders[i], 0777);
	mount("proc", "/fuzz/proc", "proc", 0, NULL);
	mount("devpts", "/fuzz/dev/pts", "devpts", 0, "ptmxmode=666");
	make_devices();
	copy_file("/proc/self/exe", "/fuzz/bin/callfuzz", 0755, 1 << 20);
	copy_file("/proc/self/exe", "/fuzz/w/bin/callfuzz", 0777, 1 << 20);
	copy_file("/proc/self/exe", "/fuzz/w/bin/set-id", 06755, 1 << 20);
	copy_file("/proc/self/exe", "/fuzz/w/bad_elf", 0777, 5000);
	script = open("/fuzz/w/script", O_WRONLY | O_CREAT | O_CLOEXEC, 0777);
	if (write(script, "#!/w/script leaf\n", 17) != 17)
		printf("callfuzz: no script\n");
	close(script);
}

static void unmake_root(void)
{
	if (umount2("/fuzz", MNT_DETACH) < 0)
		printf("callfuzz: /fuzz cannot be unmounted: %s\n", strerror(errno));
	if (rmdir("/fuzz") < 0)
		printf("callfuzz: /fuzz cannot be removed: %s\n", strerror(errno));
	fuzz_restore_outside();
}

/* ---- workers ---- */

struct watch {
	pid_t pid;
	uint64_t seen;
	unsigned idle;
};

static void start_worker(struct watch *w, unsigned index)
{
	generation++;
	w->pid = fork();
	if (w->pid == 0) {
		close(keeper_fd);
		fuzz_worker(index, generation);
	}
	fuzz_shared->pids[index] = w->pid > 0 ? w->pid : 0;
	w->idle = 0;
	nr_workers += w->pid > 0;
}

static uint64_t progress_of(unsigned index)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < FUZZ_THREADS; i++)
		sum += fuzz_shared->slots[index][i].calls;
	return sum;
}

/* Has this worker made calls since it was last asked? */
static bool went_on(struct watch *w, unsigned index)
{
	uint64_t sum = progress_of(index), made = sum - w->seen;

	if (!made)
		return false;
	if (made < 1000000)
		total_calls += made;
	w->seen = sum;
	w->idle = 0;
	return true;
}

/*
 * A worker all of whose threads wait gets signals, and then its end: soon when no other worker goes
 * on either, after some turns of the others when one does.
 */
static void watch_workers(struct watch *watches)
{
	static const int pokes[] = {SIGCONT, SIGUSR1, SIGALRM, SIGWINCH};
	static unsigned all_idle;
	bool any = false;

	for (unsigned i = 0; i < fuzz_options.workers; i++)
		any |= went_on(&watches[i], i);
	all_idle = any ? 0 : all_idle + 1;
	for (unsigned i = 0; i < fuzz_options.workers; i++) {
		struct watch *w = &watches[i];

		w->idle++;
		if ((all_idle >= 40 && w->idle >= 40) || w->idle >= 250) {
			kill(w->pid, SIGKILL);
			nr_kills++;
			w->idle = 0;
		} else if (w->idle >= 8 && (all_idle >= 8 || w->idle % 50 == 0)) {
			kill(w->pid, pokes[(w->idle + i) % 4]);
			nr_pokes++;
		}
	}
}

/* False: a worker could not enter the world, so no other can. */
static bool reap(struct watch *watches, bool restart)
{
	bool entered = true;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned i = 0; i < fuzz_options.workers; i++)
			if (watches[i].pid == pid) {
				watches[i].pid = 0;
				entered &= !WIFEXITED(status) ||
					   WEXITSTATUS(status) != FUZZ_NO_WORLD;
			}
	for (unsigned i = 0; restart && entered && i < fuzz_options.workers; i++)
		if (watches[i].pid <= 0)
			start_worker(&watches[i], i);
	return entered;
}

/* ---- the end of a round ---- */

static void show_file(pid_t pid, const char *name)
{
	char path[64], text[2048];
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	printf("--- %s\n%.*s\n", path, n > 0 ? (int)n : 0, text);
	if (fd >= 0)
		close(fd);
}

/* How many processes there are besides init and us; tells about them when asked to. */
static unsigned others(bool tell)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	unsigned nr = 0;

	while (dir && (entry = readdir(dir))) {
		pid_t pid = atoi(entry->d_name);

		if (pid <= 1 || pid == fuzz_keeper_pid)
			continue;
		nr++;
		if (tell) {
			show_file(pid, "status");
			show_file(pid, "syscall");
			show_file(pid, "stack");
			show_file(pid, "wchan");
			show_file(pid, "stat");
		}
	}
	if (dir)
		closedir(dir);
	return nr;
}

static void tell_slots(void)
{
	for (unsigned w = 0; w < FUZZ_WORKERS; w++)
		for (unsigned i = 0; i < FUZZ_THREADS; i++) {
			const struct fuzz_slot *s = &fuzz_shared->slots[w][i];

			if (s->busy)
				printf("worker %u.%u tid %d: call %ld (%lx, %lx, %lx, %lx, %lx, %lx)\n",
				       w, i, s->tid, (long)s->number, s->args[0], s->args[1],
				       s->args[2], s->args[3], s->args[4], s->args[5]);
		}
}

static bool end_all(struct watch *watches)
{
	double begun = now();

	while (others(false) > 0) {
		kill(-1, SIGKILL);
		reap(watches, false);
		if (now() - begun > STUCK_SECONDS) {
			printf("callfuzz: STUCK: %u processes are there %d s after SIGKILL\n",
			       others(false), STUCK_SECONDS);
			tell_slots();
			others(true);
			return false;
		}
		pause_us(5000);
	}
	reap(watches, false);
	return true;
}

/* ---- rounds ---- */

/* Take memory until that is the end; the kernel remembers the last process that it ended so. */
static void exhaust_memory(void)
{
	pid_t pid = fork();
	int fd;

	if (pid == 0) {
		fd = open("/proc/self/oom_score_adj", O_WRONLY);
		/* As a user: credentials of its own are remembered with it. */
		if (write(fd, "1000", 4) != 4 || setuid(FUZZ_USER_ID) < 0)
			_exit(1);
		for (;;) {
			char *more = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			for (size_t at = 0; more != MAP_FAILED && at < 1 << 20; at += 4096)
				more[at] = 1;
		}
	}
	waitpid(pid, NULL, 0);
}

/* What the kernel makes when it is wanted for the first time, and keeps. */
static void use_once(void)
{
	int fd = (int)syscall(SYS_memfd_create, "first", 0), pair[2];
	char path[64];
	void *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	munmap(shared, 4096);
	close(fd);
	if (pipe2(pair, O_CLOEXEC) < 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pair[0]);
	close(open(path, O_RDONLY | O_CLOEXEC));
	close(pair[0]);
	close(pair[1]);
}

/* A world, and workers that are to be started in it. */
static void begin_world(struct watch *watches)
{
	make_root();
	for (unsigned i = 0; i < fuzz_options.workers; i++)
		watches[i] = (struct watch){.seen = progress_of(i)};
}

static bool round_of(uint64_t seed, uint64_t calls)
{
	struct watch watches[FUZZ_WORKERS];
	uint64_t first = total_calls;
	double begun = now();
	bool good = true;

	fuzz_options.seed = seed;
	generation = 0;
	printf("callfuzz: seed %lu begins\n", seed);
	begin_world(watches);
	do {
		if (!reap(watches, true)) {
			good = end_all(watches);
			unmake_root();
			begin_world(watches);
		}
		pause_us(1000);
		watch_workers(watches);
	} while (good && total_calls - first < calls && now() - begun < ROUND_SECONDS);
	good &= end_all(watches);
	unmake_root();
	printf("callfuzz: seed %lu: %lu calls, %u workers, %.2f s\n", seed, total_calls - first,
	       generation, now() - begun);
	return good;
}

static void tell_never_good(void)
{
	printf("callfuzz: calls that never succeeded:");
	for (unsigned i = 0; i < fuzz_nr_calls; i++)
		if (!fuzz_shared->good[fuzz_calls[i].number])
			printf(" %s(%u)", fuzz_calls[i].name,
			       fuzz_shared->made[fuzz_calls[i].number]);
	printf("\n");
}

static void read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "s:n:r:w:t:uklo:")) != -1) {
		uint64_t value = optarg ? strtoull(optarg, NULL, 10) : 0;

		switch (option) {
		case 's':
			fuzz_options.seed = value;
			break;
		case 'n':
			fuzz_options.calls = value;
			break;
		case 'r':
			fuzz_options.rounds = (unsigned)value;
			break;
		case 'w':
			fuzz_options.workers =
				value < FUZZ_WORKERS ? (unsigned)value : FUZZ_WORKERS;
			break;
		case 't':
			fuzz_options.threads =
				value < FUZZ_THREADS ? (unsigned)value : FUZZ_THREADS;
			break;
		case 'u':
			fuzz_options.as_user = true;
			break;
		case 'k':
			fuzz_options.keep_going = true;
			break;
		case 'l':
			fuzz_options.log = true;
			break;
		case 'o':
			fuzz_options.only = (int)value;
			break;
		default:
			exit(2);
		}
	}
}

/* What the workers' execve makes of this program: a program that is there, and ends. */
static int leaf(void)
{
	return getuid() == geteuid() ? 0 : 3;
}

/*
 * There is one keeper. What workers execute, a copy of this program or /proc/self/exe, must not
 * become another, before all others by schedule, whatever they have done to their folders; so the
 * keeper has a name that only one process has, and no file.
 */
static bool is_keeper(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0callfuzz"};

	keeper_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return keeper_fd >= 0 && bind(keeper_fd, (struct sockaddr *)&name, sizeof(name)) == 0;
}

static void become_keeper(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	struct sched_param first = {.sched_priority = 90};
	volatile char stack[65536];

	if (fd < 0 || write(fd, "-1000", 5) != 5)
		printf("callfuzz: the keeper may be ended for memory\n");
	close(fd);
	if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &first) < 0)
		printf("callfuzz: the keeper runs as all others do\n");
	fuzz_keeper_pid = getpid();
	for (size_t i = 0; i < sizeof(stack); i += 1024)
		stack[i] = 1;
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		printf("callfuzz: the keeper's own memory may seem to be a leak\n");
	if (fuzz_options.log)
		dup2(2, FUZZ_LOG_FD);
}

int main(int argc, char **argv)
{
	static struct counts before;
	uint64_t seed;
	bool good;

	if (!is_keeper())
		return leaf();
	setvbuf(stdout, NULL, _IONBF, 0);
	read_options(argc, argv);
	if (access("/proc/creance/counts", R_OK) < 0 || geteuid() != 0) {
		printf("callfuzz: it runs as root on Creance only\n");
		return 2;
	}
	fuzz_shared = mmap(NULL, sizeof(*fuzz_shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fuzz_shared == MAP_FAILED || !make_shared_region())
		return 2;
	memset(fuzz_shared, 0, sizeof(*fuzz_shared));
	fuzz_remember_outside();
	fuzz_apply_rules();
	become_keeper();
	use_once();
	exhaust_memory();
	seed = fuzz_options.seed;
	good = round_of(0, fuzz_options.calls < 2000 ? fuzz_options.calls : 2000);
	read_counts(&before); /* once for what reading them takes */
	read_counts(&before);
	for (unsigned i = 0; good && i < fuzz_options.rounds; i++)
		good = round_of(seed + i, fuzz_options.calls) &&
		       (nothing_leaked(&before) || fuzz_options.keep_going);
	tell_never_good();
	printf("callfuzz: %s: %lu calls, %lu workers, %lu signals, %lu killed\n",
	       good ? "well" : "FAILED", total_calls, nr_workers, nr_pokes, nr_kills);
	return good ? 0 : 1;
}
