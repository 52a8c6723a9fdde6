// SPDX-License-Identifier: MIT
#include "cmd/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/say.h"
#include "base/signals.h"
#include "image/program.h"

enum { SHELL_NOT_FOUND = 127, SHELL_NOT_EXECUTABLE = 126 };

/* What the shell is to run; NULL: no pager. The caller frees it. */
static char *choose(void)
{
	const char *wanted = getenv("PAGER"), *term = getenv("TERM");
	char *less = NULL;

	if (!isatty(STDOUT_FILENO) || tcgetpgrp(STDOUT_FILENO) != getpgrp())
		return NULL; /* in the background it would be stopped at its first key */
	if (!term || strcmp(term, "dumb") == 0)
		return NULL;
	if (wanted)
		return *wanted && strcmp(wanted, "cat") != 0 ? must_format("%s", wanted) : NULL;
	less = program_search_path("less");
	free(less);
	return less ? must_format("less") : NULL;
}

/* The child: never returns. */
static void become_pager(const char *command, int in)
{
	signals_reset();
	dup2(in, STDIN_FILENO);
	/* Of less: a text of one screen needs no key; its lines stay on the screen; UTF-8. */
	setenv("LESS", "FRX", 0);
	setenv("LESSCHARSET", "utf-8", 0);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(SHELL_NOT_FOUND);
}

FILE *pager_start(struct pager *p)
{
	int ends[2];

	*p = (struct pager){.command = choose()};
	if (!p->command)
		return NULL;
	fflush(stdout);
	if (pipe2(ends, O_CLOEXEC) < 0)
		goto no_pipe;
	p->in = fdopen(ends[1], "w");
	p->pid = p->in ? fork() : -1;
	if (p->pid == 0)
		become_pager(p->command, ends[0]);
	close(ends[0]);
	if (p->pid > 0) {
		signal(SIGINT, SIG_IGN);
		signal(SIGQUIT, SIG_IGN);
		return p->in;
	}
	if (p->in)
		fclose(p->in);
	else
		close(ends[1]);
no_pipe:
	free(p->command); /* without a pager it can be read, too */
	*p = (struct pager){0};
	return NULL;
}

int pager_end(struct pager *p)
{
	int status = 0, err = 0;

	fclose(p->in);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	if (WIFEXITED(status) && (WEXITSTATUS(status) == SHELL_NOT_FOUND ||
				  WEXITSTATUS(status) == SHELL_NOT_EXECUTABLE)) {
		say("PAGER=%s cannot be executed: correct it, or set PAGER=cat for none",
		    p->command);
		err = -ENOENT;
	}
	free(p->command);
	*p = (struct pager){0};
	return err;
}
