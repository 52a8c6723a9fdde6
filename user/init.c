// SPDX-License-Identifier: MIT
/*
 * init.c -- the guest's first process.
 *
 * Idea.  Set the machine up (/dev, /proc, a name), start the one program that the host requested,
 *   pass on to it the signals that the host sends, reap every process that ends, and when the
 *   program has ended, report its status to the host and switch the machine off. The files
 *   /creance/{mode,path,argv,envp,user,closed} say what to start; without them (an initramfs booted
 *   by hand) it is a shell on the console.
 * Invariants.
 *   I1  The main program is known by its pid; every other child is an orphan that init adopted.
 *   I2  Init always ends in a power-off (or a requested reboot), never in its own exit: the kernel
 *       panics when its first process exits.
 *   I3  The program's status is reported to the host at most once.
 * May sleep.  In waitpid only.
 * Tests.  tests/system.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kernel/uapi/hostlink_wire.h"

#define SHELL "/bin/sh"

struct task {
	bool on_console; /* else its streams are the host's */
	const char *path;
	char **argv;
	char **envp;
	uid_t uid;
	gid_t gid;
	const char *folder; /* to begin in */
};

static int control_fd = -1;
static pid_t program; /* I1; the host's signals are masked until it is known */
static volatile sig_atomic_t
	wanted_end; /* 0, or RB_POWER_OFF or RB_AUTOBOOT, by busybox's poweroff and reboot */

/* ---- talking ---- */

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	char line[512];
	va_list args;
	int fd = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	va_start(args, format);
	int n = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (n < 0)
		return;
	size_t len = strlen(line);
	line[len++] = '\n';
	ssize_t written = write(fd >= 0 ? fd : STDERR_FILENO, line, len);
	(void)written; /* there is no other place to report it */
	if (fd >= 0)
		close(fd);
}

static void send_frame(unsigned kind, const void *payload, size_t len)
{
	struct {
		struct hostlink_header header;
		char payload[HOSTLINK_MESSAGE_MAX];
	} frame = {
		.header = {.kind = (__u8)kind, .channel = HOSTLINK_CONTROL, .length = (__u32)len}};

	if (control_fd < 0)
		return;
	memcpy(frame.payload, payload, len);
	while (write(control_fd, &frame, sizeof(frame.header) + len) < 0 && errno == EINTR)
		;
}

static void tell_host(unsigned kind, __s32 value)
{
	send_frame(kind, &value, kind == HOSTLINK_READY ? 0 : sizeof(value));
}

/* ---- the machine ---- */

static void mount_quietly(const char *type, const char *where, unsigned long flags)
{
	mkdir(where, 0755);
	/*
	 * EBUSY: the kernel has mounted it already. ENODEV: this kernel has none; programs will say
	 * so.
	 */
	if (mount(type, where, type, flags, NULL) < 0 && errno != EBUSY && errno != ENODEV)
		say("init: %s cannot be mounted at %s: %s", type, where, strerror(errno));
}

static void make_livable(void)
{
	umask(0);
	mount_quietly("devtmpfs", "/dev", MS_NOSUID);
	mount_quietly("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC);
	mount_quietly("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
	mount_quietly("sysfs", "/sys", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
	/* Not mounted over: the program that we are to run may have been put there. */
	mkdir("/tmp", 01777);
	mkdir("/root", 0700);
	mkdir("/run", 0755);
	sethostname("creance", strlen("creance"));
	umask(022);
}

/* Our own streams, so that numbers 0 to 2 are taken. */
static void open_own_streams(void)
{
	int fd;

	do
		fd = open("/dev/console", O_RDWR | O_NOCTTY);
	while (fd >= 0 && fd < STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void end_machine(int how)
{
	sync();
	reboot(how);
	say("init: the machine cannot be switched off (%s); it stops here", strerror(errno));
	for (;;)
		pause();
}

/* ---- what to do ---- */

/* A whole small file, NUL-terminated; NULL when there is none. */
static char *read_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text;
	ssize_t n;

	*len = 0;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) < 0 || !(text = malloc((size_t)st.st_size + 1))) {
		close(fd);
		return NULL;
	}
	while (*len < (size_t)st.st_size &&
	       (n = read(fd, text + *len, (size_t)st.st_size - *len)) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		*len += n > 0 ? (size_t)n : 0;
	}
	text[*len] = '\0';
	close(fd);
	return text;
}

/* The strings of a list file as an array that ends with NULL; NULL when there is no such file. */
static char **read_strings(const char *path)
{
	size_t len, nr = 0;
	char *text = read_file(path, &len);
	char **list;

	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i++)
		nr += text[i] == '\0';
	list = calloc(nr + 1, sizeof(*list));
	if (!list)
		return NULL;
	for (size_t i = 0, at = 0; i < nr; i++) {
		list[i] = text + at;
		at += strlen(text + at) + 1;
	}
	return list;
}

/* The user that the program runs as: root, unless the host names another. */
static void read_user(struct task *task)
{
	char **user = read_strings(HOSTLINK_USER_FILE);

	task->uid = 0;
	task->gid = 0;
	task->folder = "/";
	if (!user || !user[0] || !user[1] || !user[2])
		return;
	task->uid = (uid_t)strtoul(user[0], NULL, 10);
	task->gid = (gid_t)strtoul(user[1], NULL, 10);
	task->folder = user[2];
}

static void read_task(struct task *task)
{
	static char *shell_argv[] = {SHELL, "-l", NULL};
	static char *shell_envp[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
		"TERM=linux", NULL};
	size_t len;
	char *mode = read_file(HOSTLINK_MODE_FILE, &len);
	char **path = read_strings(HOSTLINK_PATH_FILE);

	task->argv = read_strings(HOSTLINK_ARGV_FILE);
	task->envp = read_strings(HOSTLINK_ENVP_FILE);
	task->on_console = !mode || strcmp(mode, HOSTLINK_MODE_RUN) != 0;
	if (!task->argv || !task->argv[0])
		task->argv = shell_argv;
	if (!task->envp)
		task->envp = shell_envp;
	task->path = path && path[0] ? path[0] : task->argv[0];
	read_user(task);
}

/* ---- the program ---- */

/* Put @path's open file at number @fd. */
static int open_at(const char *path, int flags, int fd)
{
	int opened = open(path, flags);

	if (opened < 0)
		return -errno;
	if (opened == fd)
		return 0;
	int err = dup2(opened, fd) < 0 ? -errno : 0;
	close(opened);
	return err;
}

static int open_console_streams(void)
{
	int err = open_at("/dev/console", O_RDWR, STDIN_FILENO);

	if (err)
		return err;
	ioctl(STDIN_FILENO, TIOCSCTTY,
	      0); /* without it there is no job control; the shell says so */
	dup2(STDIN_FILENO, STDOUT_FILENO);
	dup2(STDIN_FILENO, STDERR_FILENO);
	return 0;
}

/* The host's caller had closed them, and a program may depend on that: EBADF. */
static void close_closed_streams(void)
{
	char **numbers = read_strings(HOSTLINK_CLOSED_FILE);

	for (size_t i = 0; numbers && numbers[i]; i++)
		close(atoi(numbers[i]));
}

static int open_host_streams(void)
{
	int err = open_at(HOSTLINK_STDIN_FILE, O_RDONLY, STDIN_FILENO);

	if (err == -ENOENT)
		err = open_at("/dev/host/stdin", O_RDONLY | O_NOCTTY, STDIN_FILENO);
	if (!err)
		err = open_at("/dev/host/stdout", O_WRONLY | O_NOCTTY, STDOUT_FILENO);
	if (!err)
		err = open_at("/dev/host/stderr", O_WRONLY | O_NOCTTY, STDERR_FILENO);
	if (!err)
		close_closed_streams();
	return err;
}

/*
 * In the child: its streams are open, so that they may be root's. Returns: 0 or a negative errno.
 */
static int become_user(const struct task *task)
{
	/* There are no supplementary groups: init has none. */
	if (setgid(task->gid) < 0 || setuid(task->uid) < 0)
		return -errno;
	return chdir(task->folder) < 0 ? -errno : 0;
}

/* In the child: never returns. What goes wrong is written to @report_fd, which exec closes. */
static void become_program(const struct task *task, int report_fd)
{
	sigset_t none;
	int err;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int sig = 1; sig < 32; sig++)
		signal(sig, SIG_DFL);
	err = task->on_console ? open_console_streams() : open_host_streams();
	if (!err)
		err = become_user(task);
	if (!err) {
		execve(task->path, task->argv, task->envp);
		err = -errno;
	}
	err = -err;
	ssize_t n = write(report_fd, &err, sizeof(err));
	(void)n;
	_exit(127);
}

/* Start the program. Returns: its pid, or a negative errno when it could not be executed. */
static pid_t start_program(const struct task *task)
{
	int report[2];
	int err = 0;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		become_program(task, report[1]);
	err = pid < 0 ? errno : 0;
	close(report[1]);
	ssize_t n;
	while (!err && (n = read(report[0], &err, sizeof(err))) < 0 && errno == EINTR)
		;
	close(report[0]);
	if (pid > 0 && err)
		waitpid(pid, NULL, 0);
	return err ? -err : pid;
}

/*
 * The alarm repeats until the main loop has seen it: the first signal may come just before waitpid.
 */
static void end_wanted(int sig)
{
	if (sig != SIGALRM)
		wanted_end = sig == SIGTERM ? RB_AUTOBOOT : RB_POWER_OFF;
	alarm(1);
}

/*
 * The host has signals for the program. Those that a terminal sends go to its whole process group,
 * as a terminal's do.
 */
static void pass_signals(int sig)
{
	const int saved = errno;
	struct hostlink_signal_frame frame;

	(void)sig;
	while (read(control_fd, &frame, sizeof(frame)) == sizeof(frame)) {
		bool of_terminal =
			frame.signal == SIGINT || frame.signal == SIGQUIT || frame.signal == SIGHUP;

		kill(of_terminal ? -program : program, (int)frame.signal);
	}
	errno = saved;
}

/* @how: SIG_BLOCK or SIG_UNBLOCK. */
static void mask_signals_of_host(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigprocmask(how, &set, NULL);
}

/*
 * busybox's halt, poweroff and reboot send signals to init. SIGINT, which Ctrl-Alt-Del would send,
 * is ignored.
 */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = end_wanted};

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	action.sa_handler = pass_signals;
	sigaction(SIGIO, &action, NULL);
	mask_signals_of_host(SIG_BLOCK);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
}

/* Report to the host that memory ran out: the program may not know why it was ended. */
static void tell_out_of_memory(void)
{
	struct hostlink_out_of_memory message = {0};
	char text[64];
	int fd = open("/proc/creance/out_of_memory", O_RDONLY | O_CLOEXEC), name = 0;
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 1)
		return;
	text[n - 1] = '\0'; /* the line's end; the name may have others */
	if (sscanf(text, "%u %d %n", &message.victims, &message.last_pid, &name) < 2 || !name)
		return;
	snprintf(message.last_name, sizeof(message.last_name), "%s", text + name);
	send_frame(HOSTLINK_OUT_OF_MEMORY, &message, sizeof(message));
}

/* Report what else programs were refused. */
static void tell_shortage(void)
{
	struct hostlink_shortage message = {0};
	FILE *in = fopen("/proc/creance/shortage", "re");
	bool whole = in && fscanf(in, "disk %u threads %u", &message.disk, &message.threads) == 2;

	if (in)
		fclose(in);
	if (whole && (message.disk || message.threads))
		send_frame(HOSTLINK_SHORTAGE, &message, sizeof(message));
}

/*
 * Reap until the main program has ended, or a signal asks for the machine's end.
 * Returns: its wait status; 0 when it was the latter.
 */
static int reap_until_end(void)
{
	while (!wanted_end) {
		int status;
		pid_t pid = waitpid(-1, &status, 0);

		if (pid == program)
			return status;
		if (pid < 0 && errno == ECHILD)
			return 0; /* cannot be: the main program is our child (I1) */
	}
	return 0;
}

/* End all other processes in order: SIGTERM first, SIGKILL after half a second. */
static void end_everybody(void)
{
	const struct timespec pause_100ms = {.tv_nsec = 100000000};

	kill(-1, SIGTERM);
	kill(-1, SIGCONT);
	for (int i = 0; i < 5; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (kill(-1, 0) < 0 && errno == ESRCH)
			return;
		nanosleep(&pause_100ms, NULL);
	}
	kill(-1, SIGKILL);
}

int main(void)
{
	struct task task;

	make_livable();
	open_own_streams();
	catch_signals();
	control_fd = open("/dev/host/control", O_RDWR | O_CLOEXEC | O_NOCTTY);
	tell_host(HOSTLINK_READY, 0);
	read_task(&task);
	program = start_program(&task);
	if (program < 0) {
		if (control_fd < 0 || task.on_console)
			say("init: %s cannot be started: %s", task.path, strerror(-program));
		tell_host(HOSTLINK_FAIL, -program);
		end_machine(RB_POWER_OFF);
	}
	mask_signals_of_host(SIG_UNBLOCK);
	int status = reap_until_end();
	if (wanted_end)
		end_everybody();
	tell_out_of_memory();
	tell_shortage();
	if (wanted_end != RB_AUTOBOOT)
		tell_host(HOSTLINK_EXIT, status); /* I3 */
	end_machine(wanted_end == RB_AUTOBOOT ? RB_AUTOBOOT : RB_POWER_OFF);
}
