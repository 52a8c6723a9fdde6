// SPDX-License-Identifier: MIT
/*
 * tap.c -- runs the cases of a guest test and reports them as TAP.
 *
 * Idea.  The runner forks one process per case, in a process group and a scratch directory of its
 *   own, and judges it by its exit status and by a failure count in shared memory, which every
 *   process of the case adds to. So a case may die, drop its privileges, close its descriptors or
 *   spoil its address space, and the next one starts clean.
 * Invariants.
 *   T1  A case passes only if its process exits 0 AND the shared failure count did not move.
 *   T2  No process of a case outlives it: its group is killed and its directory removed. The
 *       scheduling policy is again what it was: under some, one loop of a later case stops all.
 * Watchdog.  The runner's own alarm (TAP_TIMEOUT seconds, 60 by default) kills the case's group.
 * Leaks.  Where the kernel has /proc/creance/counts, they are compared before and after. What only
 *   warms up a cache grows once: growth is called a leak when a second pass over all cases grows
 *   the counts again, and the cases that did it are named.
 * Environment.  TAP_ONLY=substring runs only such cases; TMPDIR is where scratch directories go.
 *   TAP_TOLERANT=1 is for a kernel that lets allocations fail (boot option fail_alloc=): a case may
 *   fail, but it ends or can be ended, and leaves nothing behind. The runner spares itself.
 */
#include "tap.h"
#include "tap_leak.h"
#include <ftw.h>
#include <grp.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/uio.h>

enum { EXIT_SKIPPED = 77, CASES_MAX = 256 };

struct tap_shared {
	int failures;
	int wants_root; /* the case changes its user: it means nothing to a plain one */
	char skip[200];
};

extern const struct tap_case __start_tap_cases[], __stop_tap_cases[];

char tap_self[4096];
char **tap_argv;
static struct tap_shared *shared;
static int local_failures;
static volatile sig_atomic_t watchdog_fired;
static volatile pid_t watched;
static bool tolerant;
static char scratch[256];

__attribute__((weak)) int tap_child_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 120;
}

static void say(const char *prefix, const char *format, va_list args)
{
	char line[1024];
	int used = snprintf(line, sizeof(line), "%s", prefix);
	int more = vsnprintf(line + used, sizeof(line) - (size_t)used - 1, format, args);

	used += more < (int)sizeof(line) - used - 1 ? more : (int)sizeof(line) - used - 2;
	line[used++] = '\n';
	if (write(STDOUT_FILENO, line, (size_t)used) < 0)
		_exit(99);
}

static void __attribute__((format(printf, 1, 2))) result(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("", format, args);
	va_end(args);
}

void tap_diag(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("# ", format, args);
	va_end(args);
}

void tap_fail(const char *file, int line, const char *format, ...)
{
	char where[128];
	const char *base = strrchr(file, '/');
	va_list args;

	snprintf(where, sizeof(where), "# %s:%d: ", base ? base + 1 : file, line);
	va_start(args, format);
	say(where, format, args);
	va_end(args);
	local_failures++;
	if (shared)
		__atomic_fetch_add(&shared->failures, 1, __ATOMIC_SEQ_CST);
}

void tap_abort(void)
{
	_exit(1);
}

void tap_skip(const char *reason)
{
	snprintf(shared->skip, sizeof(shared->skip), "%s", reason);
	_exit(EXIT_SKIPPED);
}

void tap_forget_failures(void)
{
	local_failures = 0;
}

int tap_local_failures(void)
{
	return local_failures;
}

bool tap_on_creance(void)
{
	struct stat st;

	return stat("/proc/creance", &st) == 0 && S_ISDIR(st.st_mode);
}

int tap_wait(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

void tap_become(unsigned id)
{
	if (geteuid() != 0) {
		shared->wants_root = 1;
		tap_abort();
	}
	MUST(syscall(SYS_setgroups, 0, NULL));
	MUST(syscall(SYS_setresgid, id, id, id));
	MUST(syscall(SYS_setresuid, id, id, id));
	MUST(geteuid() == id ? 0 : -1);
}

void tap_sleep_ms(long ms)
{
	struct timespec left = {ms / 1000, (ms % 1000) * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

long long tap_now_ns(clockid_t clock)
{
	struct timespec now = {0, 0};

	if (syscall(SYS_clock_gettime, clock, &now) < 0)
		return -1;
	return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

char tap_state(pid_t pid)
{
	char path[64], text[512];
	int fd;
	ssize_t got;
	char *after;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (got <= 0)
		return 0;
	text[got] = '\0';
	after = strrchr(text, ')');
	return after && after[1] == ' ' ? after[2] : 0;
}

void tap_wait_asleep(pid_t pid)
{
	for (int tries = 0; tries < 5000; tries++) {
		char state = tap_state(pid);

		if (state && strchr("SDTt", state))
			return;
		tap_sleep_ms(2);
	}
	FAIL("process %d never came to rest", pid);
}

static void nothing(int signal)
{
	(void)signal;
}

ssize_t tap_write_until_signal(int fd)
{
	struct itimerval soon = {.it_interval.tv_usec = 20000, .it_value.tv_usec = 20000};
	struct sigaction action = {.sa_handler = nothing};
	struct iovec parts[1024];
	char *text =
		mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(text != MAP_FAILED);
	memset(text, 'x', 1 << 20);
	for (int i = 0; i < 1024; i++)
		parts[i] = (struct iovec){.iov_base = text, .iov_len = 1 << 20};
	MUST(sigaction(SIGALRM, &action, NULL));
	MUST(setitimer(ITIMER_REAL, &soon, NULL));
	return writev(fd, parts, 1024);
}

int tap_file(const char *path, const char *content)
{
	int fd = (int)MUST(open(path, O_RDWR | O_CREAT | O_TRUNC, 0644));
	size_t length = strlen(content);

	CHECK_EQ(write(fd, content, length), length);
	return fd;
}

const char *tap_errno_name(int error)
{
#define E(name) [name] = #name
	static const char *const names[] = {
		[0] = "no error", E(EPERM),	   E(ENOENT),	E(ESRCH),	E(EINTR),
		E(EIO),		  E(ENXIO),	   E(E2BIG),	E(ENOEXEC),	E(EBADF),
		E(ECHILD),	  E(EAGAIN),	   E(ENOMEM),	E(EACCES),	E(EFAULT),
		E(ENOTBLK),	  E(EBUSY),	   E(EEXIST),	E(EXDEV),	E(ENODEV),
		E(ENOTDIR),	  E(EISDIR),	   E(EINVAL),	E(ENFILE),	E(EMFILE),
		E(ENOTTY),	  E(ETXTBSY),	   E(EFBIG),	E(ENOSPC),	E(ESPIPE),
		E(EROFS),	  E(EMLINK),	   E(EPIPE),	E(EDOM),	E(ERANGE),
		E(EDEADLK),	  E(ENAMETOOLONG), E(ENOLCK),	E(ENOSYS),	E(ENOTEMPTY),
		E(ELOOP),	  E(ENODATA),	   E(ETIME),	E(EOVERFLOW),	E(ENOTSOCK),
		E(EOPNOTSUPP),	  E(ETIMEDOUT),	   E(EALREADY), E(EINPROGRESS), E(ECANCELED),
	};
#undef E
	static char number[32];

	if (error >= 0 && (size_t)error < sizeof(names) / sizeof(names[0]) && names[error])
		return names[error];
	snprintf(number, sizeof(number), "errno %d", error);
	return number;
}

void tap_check_status(const char *file, int line, int status, int code, int sig)
{
	if (sig && !(WIFSIGNALED(status) && WTERMSIG(status) == sig))
		tap_fail(file, line, "wait status is %#x, wanted death by signal %d", status, sig);
	if (!sig && !(WIFEXITED(status) && WEXITSTATUS(status) == code))
		tap_fail(file, line, "wait status is %#x, wanted exit %d", status, code);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	remove(path);
	return 0;
}

static void on_watchdog(int sig)
{
	(void)sig;
	watchdog_fired = 1;
	if (watched > 0) {
		kill(-watched, SIGKILL);
		kill(watched, SIGKILL);
	}
}

static void arm_watchdog(void)
{
	struct sigaction action = {.sa_handler = on_watchdog};
	const char *seconds = getenv("TAP_TIMEOUT");

	watchdog_fired = 0;
	sigaction(SIGALRM, &action, NULL);
	alarm(seconds ? (unsigned)atoi(seconds) : 60);
}

/* Allocations of processes with the lowest value do not fail (fail_alloc=). */
static void set_oom_score(const char *value)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		tap_diag("no oom_score_adj: %s", tap_errno_name(errno));
	close(fd);
}

static void case_child(const struct tap_case *test)
{
	int null = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	signal(SIGALRM, SIG_DFL);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		close(null);
	}
	if (mkdir(scratch, 0777) < 0 || chmod(scratch, 0777) < 0 || chdir(scratch) < 0) {
		tap_diag("no scratch directory %s: %s", scratch, tap_errno_name(errno));
		_exit(1);
	}
	umask(022);
	if (tolerant)
		set_oom_score("0");
	test->run();
	_exit(local_failures ? 1 : 0);
}

/* Ends some of this runner's children. False when there are none. */
static bool end_some_strays(void)
{
	char text[4096] = "";
	int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	bool any = false;
	char *at = text, *end;

	close(fd);
	text[got > 0 ? got : 0] = '\0';
	for (long pid; (pid = strtol(at, &end, 10)) > 0; at = end) {
		kill((pid_t)pid, SIGKILL);
		any = true;
	}
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return any;
}

/* What a case that gave up has left running outside its group has become a child of this runner. */
static void end_strays(void)
{
	for (int tries = 0; end_some_strays() && tries < 500; tries++)
		tap_sleep_ms(2);
}

/* The scheduling policy of ordinary threads, as it is written; empty: it cannot be chosen here. */
static void read_policy(char *text, size_t size)
{
	int fd = open("/proc/creance/sched", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);

	close(fd);
	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (strncmp(text, "policy ", 7))
		text[0] = '\0';
	else
		memmove(text, text + 7, strlen(text + 7) + 1);
}

/* Choose @policy again if the case has left another one, which it may not, if all went well. */
static void restore_policy(const char *policy)
{
	char now[256];
	int fd;

	read_policy(now, sizeof(now));
	if (!*policy || !strcmp(now, policy))
		return;
	if (!tolerant)
		FAIL("the case left the scheduling policy %s", now);
	fd = open("/proc/creance/sched", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, policy, strlen(policy)) < 0)
		tap_diag("the scheduling policy stays %s: %s", now, tap_errno_name(errno));
	close(fd);
}

/* Runs one case. Returns its wait status. */
static int run_case(const struct tap_case *test)
{
	char policy[256];
	int status;
	pid_t pid;

	read_policy(policy, sizeof(policy));
	shared->failures = 0;
	shared->wants_root = 0;
	shared->skip[0] = '\0';
	for (int tries = 0; (pid = fork()) < 0 && tries < 500; tries++)
		tap_sleep_ms(10); /* those killed before may still be ending */
	if (pid < 0) {
		tap_diag("no process for the case: %s", tap_errno_name(errno));
		return -1;
	}
	if (pid == 0)
		case_child(test);
	watched = pid;
	arm_watchdog();
	status = tap_wait(pid);
	alarm(0);
	watched = 0;
	kill(-pid, SIGKILL);
	if (tolerant)
		end_strays();
	for (int tries = 0; kill(-pid, 0) == 0 && tries < 50; tries++)
		tap_sleep_ms(2);
	restore_policy(policy); /* T2 */
	nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return status;
}

static bool passed(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 && shared->failures == 0; /* T1 */
}

static bool report(const struct tap_case *test, unsigned number, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED && shared->failures == 0) {
		result("ok %u - %s # SKIP %s", number, test->title, shared->skip);
		return true;
	}
	if (passed(status)) {
		result("ok %u - %s", number, test->title);
		return true;
	}
	if (shared->wants_root) {
		result("ok %u - %s # SKIP not root", number, test->title);
		return true;
	}
	if (tolerant) {
		result("ok %u - %s # SKIP it may fail", number, test->title);
		return true;
	}
	if (watchdog_fired)
		tap_diag("line %ld: timed out", test->line);
	else if (WIFSIGNALED(status))
		tap_diag("line %ld: killed by signal %d", test->line, WTERMSIG(status));
	result("not ok %u - %s", number, test->title);
	return false;
}

static int by_line(const void *a, const void *b)
{
	const struct tap_case *left = a, *right = b;

	return (left->line > right->line) - (left->line < right->line);
}

/*
 * Runs cases `from` to `to` in a runner of their own, so that what running them costs a process is
 * gone with it. Returns how many failed.
 */
static unsigned run_apart(const struct tap_case *cases, unsigned from, unsigned to, bool quiet)
{
	unsigned failed = 0;
	int status;
	pid_t runner = fork();

	if (runner == 0) {
		int null = quiet ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;

		if (null >= 0) {
			dup2(null, STDOUT_FILENO);
			close(null);
		}
		if (tolerant)
			prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
		for (unsigned i = from; i < to; i++)
			failed += !report(&cases[i], i + 1, run_case(&cases[i]));
		_exit(failed < 200 ? (int)failed : 200);
	}
	status = runner < 0 ? -1 : tap_wait(runner);
	return WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 1;
}

/* Runs each case once more. Marks those that grew the counts; names those marked before, too. */
static bool grows_again(const struct tap_case *cases, unsigned count, unsigned char *grew)
{
	static struct leak_counts start, base, here;

	leak_read(&base); /* their pages, too, are there before they count */
	leak_read(&here);
	leak_read(&start);
	for (unsigned i = 0; i < count; i++) {
		leak_read(&base);
		run_apart(cases, i, i + 1, true);
		if (leak_settled(&base, &here, 5))
			continue;
		if (grew[i]) {
			tap_diag("grows again in: %s", cases[i].title);
			leak_explain(&base, &here);
		}
		grew[i] = 1;
	}
	if (leak_settled(&start, &here, 500)) /* a thread of the kernel frees, which may be late */
		return false;
	leak_explain(&start, &here);
	return true;
}

static bool leak_verdict(const struct tap_case *cases, unsigned count, unsigned number,
			 const struct leak_counts *before, struct leak_counts *after)
{
	static unsigned char grew[CASES_MAX];
	bool clean;

	if (before->count == 0) {
		result("ok %u - leaves nothing behind # SKIP no counts on this kernel", number);
		return true;
	}
	clean = leak_settled(before, after, 50) || !grows_again(cases, count, grew) ||
		!grows_again(cases, count, grew);
	result("%sok %u - leaves nothing behind", clean ? "" : "not ", number);
	return clean;
}

static unsigned collect(struct tap_case *cases)
{
	const char *only = getenv("TAP_ONLY");
	unsigned count = 0;

	for (const struct tap_case *c = __start_tap_cases; c < __stop_tap_cases; c++)
		if (count < CASES_MAX && (!only || strstr(c->title, only)))
			cases[count++] = *c;
	qsort(cases, count, sizeof(*cases), by_line);
	return count;
}

static void find_self(const char *name)
{
	if (!strchr(name, '/') || !realpath(name, tap_self))
		strcpy(tap_self, "/proc/self/exe");
}

int main(int argc, char **argv)
{
	static struct tap_case cases[CASES_MAX];
	static struct leak_counts before, after;
	const char *parent = getenv("TMPDIR");
	unsigned count, failed;

	tap_argv = argv;
	if (argc > 1 && !strcmp(argv[1], "--child"))
		return tap_child_main(argc - 2, argv + 2);
	find_self(argc > 0 ? argv[0] : "");
	for (int fd = 3; fd < 256; fd++) /* what the starter left open would shift the numbers */
		close(fd);
	signal(SIGPIPE, SIG_DFL);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED) {
		result("Bail out! no shared memory");
		return 1;
	}
	snprintf(scratch, sizeof(scratch), "%s/tap.%d", parent && *parent ? parent : "/tmp",
		 getpid());
	tolerant = getenv("TAP_TOLERANT");
	if (tolerant)
		set_oom_score("-1000");
	count = collect(cases);
	shared->failures = 0;	      /* its page is there before it is counted */
	run_apart(cases, 0, 0, true); /* what only the first time costs, before it is measured */
	leak_read(&after);	      /* its page exists before it counts */
	leak_read(&before);
	leak_read(&before);
	failed = run_apart(cases, 0, count, false);
	failed += !leak_verdict(cases, count, count + 1, &before, &after);
	result("1..%u", count + 1);
	return failed ? 1 : 0;
}
