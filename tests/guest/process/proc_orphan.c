// SPDX-License-Identifier: MIT
/* proc_orphan.c -- children whose parent ends first. */
#include "tap.h"
#include <sys/prctl.h>

/*
 * Forks a child that forks a grandchild and ends. The grandchild waits for `gate` to close, then
 * sends its parent's pid through `out`. Returns the pid of the one in the middle, already waited
 * for.
 */
static pid_t make_orphan(int gate[2], int out[2])
{
	pid_t middle;

	MUST(pipe(gate));
	MUST(pipe(out));
	middle = SPAWN(if (fork() == 0) {
		char c;
		pid_t parent;

		close(gate[1]);
		(void)!read(gate[0], &c, 1);
		parent = getppid();
		(void)!write(out[1], &parent, sizeof(parent));
		_exit(5);
	});
	CHECK_EXITED(tap_wait(middle), 0);
	close(out[1]);
	return middle;
}

TEST(to_init, "an orphan gets init (or a reaper) as parent, never its dead one")
{
	int gate[2], out[2];
	pid_t middle = make_orphan(gate, out), parent = 0;

	close(gate[1]);
	CHECK_EQ(read(out[0], &parent, sizeof(parent)), sizeof(parent));
	CHECK_NE(parent, middle);
	CHECK_NE(parent, getpid());
	if (tap_on_creance())
		CHECK_EQ(parent, 1);
	CHECK_ERR(waitpid(-1, NULL, 0), ECHILD);
}

TEST(subreaper, "with PR_SET_CHILD_SUBREAPER orphans come to the nearest such ancestor")
{
	int gate[2], out[2], is = 0, status;
	pid_t parent = 0;

	SKIP_IF(prctl(PR_SET_CHILD_SUBREAPER, 1) < 0, "no child subreaper");
	CHECK_OK(prctl(PR_GET_CHILD_SUBREAPER, &is));
	CHECK_EQ(is, 1);
	make_orphan(gate, out);
	CHECK_EQ(waitpid(-1, NULL, WNOHANG), 0);
	close(gate[1]);
	CHECK_EQ(read(out[0], &parent, sizeof(parent)), sizeof(parent));
	CHECK_EQ(parent, getpid());
	CHECK_GE(wait(&status), 1);
	CHECK_EXITED(status, 5);
}

TEST(zombies_handed_on, "zombies that nobody waited for go when their parent ends")
{
	int out[2];
	pid_t pids[10];

	MUST(pipe(out));
	CHECK_EXITED(IN_CHILD(for (int i = 0; i < 10; i++) {
			     pids[i] = SPAWN(_exit(i));
			     WAIT_UNTIL(tap_state(pids[i]) == 'Z');
		     } CHECK_EQ(write(out[1], pids, sizeof(pids)), sizeof(pids))),
		     0);
	CHECK_EQ(read(out[0], pids, sizeof(pids)), sizeof(pids));
	for (int i = 0; i < 10; i++)
		WAIT_UNTIL(kill(pids[i], 0) < 0 && errno == ESRCH);
}

TEST(death_signal, "PR_SET_PDEATHSIG is sent when the parent ends")
{
	int out[2], sig = 0;
	char c;

	SKIP_IF(prctl(PR_GET_PDEATHSIG, &sig) < 0, "no parent death signal");
	CHECK_EQ(sig, 0);
	CHECK_ERR(prctl(PR_SET_PDEATHSIG, 65), EINVAL);
	MUST(pipe(out));
	CHECK_EXITED(IN_CHILD(int ready[2]; char r; MUST(pipe(ready)); if (fork() == 0) {
			     prctl(PR_SET_PDEATHSIG, SIGKILL);
			     close(out[0]);
			     (void)!write(ready[1], "r", 1);
			     for (;;)
				     pause();
		     } CHECK_EQ(read(ready[0], &r, 1), 1)),
		     0);
	close(out[1]);
	CHECK_EQ(read(out[0], &c, 1), 0);
}

TEST(orphaned_group, "a stopped group that becomes orphaned gets SIGHUP and SIGCONT")
{
	int out[2];
	char c = 0;

	MUST(pipe(out));
	CHECK_EXITED(IN_CHILD(setsid(); if (fork() == 0) {
			     pid_t stopped = (pid_t)MUST(fork());

			     if (stopped == 0) {
				     sigset_t set;
				     int sig = 0;

				     sigemptyset(&set);
				     sigaddset(&set, SIGHUP);
				     sigprocmask(SIG_BLOCK, &set, NULL);
				     setpgid(0, 0);
				     kill(getpid(), SIGSTOP);
				     sigwait(&set, &sig);
				     c = (char)sig;
				     (void)!write(out[1], &c, 1);
				     _exit(0);
			     }
			     setpgid(stopped, stopped);
			     CHECK_EQ(waitpid(stopped, NULL, WUNTRACED), stopped);
			     _exit(0);
		     } tap_sleep_ms(1);
			      wait(NULL)),
		     0);
	CHECK_EQ(read(out[0], &c, 1), 1);
	CHECK_EQ(c, SIGHUP);
}
