// SPDX-License-Identifier: MIT
/*
 * witness SECRET ROGUE [ARG...]: the well-behaved process beside a rogue (creance regimes).
 *
 * It does a little work every 20 ms and reports it, keeps a secret in its memory, answers questions
 * on its standard input, and reports how the rogue, which it starts after some turns, ended:
 *
 *   tick N           it has had its Nth turn
 *   begin            the rogue is started
 *   end exit N       the rogue ended by itself, or
 *   end signal N     was ended
 *   answer WORD      to a line "ask WORD"
 *
 * Each is one write. It never ends by itself.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TURN_MS = 20, TURNS_BEFORE = 5, WORK = 20000, SECRET_LEN = 16 };

static char *volatile secret;

static void say(const char *format, int n, const char *word)
{
	char line[64];
	int len = snprintf(line, sizeof(line), format, n, word);

	if (write(STDOUT_FILENO, line, (size_t)len) < 0)
		_exit(1);
}

/* "witness-secret: " and the secret, where a program that reads all memory will find them. */
static void keep_secret(const char *text)
{
	secret = aligned_alloc(64, 64);
	if (!secret)
		_exit(1);
	snprintf(secret, 64, "%s-%s: %.*s", "witness", "secret", SECRET_LEN, text);
}

static pid_t start_rogue(char **argv)
{
	pid_t pid;

	say("begin\n", 0, "");
	pid = fork();
	if (pid == 0) {
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static void see_rogue(pid_t *rogue)
{
	int status;

	if (*rogue <= 0 || waitpid(*rogue, &status, WNOHANG) != *rogue)
		return;
	*rogue = 0;
	if (WIFSIGNALED(status))
		say("end signal %d\n", WTERMSIG(status), "");
	else
		say("end exit %d\n", WEXITSTATUS(status), "");
}

static void answer(void)
{
	char line[64];
	ssize_t n = read(STDIN_FILENO, line, sizeof(line) - 1);

	if (n <= 0)
		_exit(0); /* the parent has gone */
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, "ask ", 4) == 0)
		say("answer %.0d%.32s\n", 0, line + 4);
}

int main(int argc, char **argv)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	pid_t rogue = 0;

	if (argc < 3)
		return 2;
	keep_secret(argv[1]);
	for (int turn = 1;; turn++) {
		if (poll(&in, 1, TURN_MS) > 0)
			answer();
		for (volatile int work = 0; work < WORK; work++)
			;
		say("tick %d\n", turn, "");
		if (turn == TURNS_BEFORE)
			rogue = start_rogue(argv + 2);
		see_rogue(&rogue);
	}
}
