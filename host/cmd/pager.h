/* SPDX-License-Identifier: MIT */
/*
 * pager.h -- a long text for a terminal, shown by the user's pager: $PAGER, or less where it is
 * installed.
 */
#pragma once

#include <stdio.h>
#include <sys/types.h>

struct pager {
	char *command; /* for the shell */
	FILE *in;      /* what is written there is shown */
	pid_t pid;
};

/*
 * Start a pager if standard output is a terminal in whose foreground we are, and the user wants one
 * (PAGER empty or cat: none). SIGINT and SIGQUIT, which the terminal sends to both, are the pager's
 * until its end; SIGPIPE must be ignored, as a pager may be left at any time.
 * Returns: its stream; NULL: there is none, and standard output is to be used.
 */
FILE *pager_start(struct pager *pager);

/*
 * Close the stream, and wait until the user has left the pager.
 * Returns: 0; -ENOENT after a message when it could not be executed, so that nothing was shown.
 */
int pager_end(struct pager *pager);
