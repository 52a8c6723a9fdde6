/* SPDX-License-Identifier: MIT */
/*
 * A workload: jobs that arrive, compute and wait, as a small text describes them. Plain C: the
 * guest's run_jobs reads the same text by the same code.
 *
 * A line is a directive; a word that begins with '#' begins a comment, but not in a title or behind
 * `run`. Times are in milliseconds.
 *
 *	title TEXT
 *	rehearse N [under POLICY]
 *	job NAME [at MS] [nice N] (cpu MS | io MS)... [times N]
 *	job NAME [at MS] [nice N] run PROGRAM [ARG...]
 *	expect POLICY [turnaround MS] [response MS]
 *
 * A job arrives `at` a time (0), and then computes (cpu) and waits for a device (io) in turn; all
 * of that N times. `run` has a program in place of these; words with blanks stand in '...',
 * and \ before a character takes it as it is.
 * `rehearse` lets each job do all of its turns N times before the time 0, so that a policy that
 * learns from the past knows it; it may be for one policy alone. `expect` is what a textbook says
 * of the mean of all jobs under a policy, which is written as for --policies; without figures it
 * names settings under which the workload is of interest.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	WORKLOAD_JOBS_MAX = 24,
	WORKLOAD_BURSTS_MAX = 32,
	WORKLOAD_EXPECTS_MAX = 16,
	WORKLOAD_NAME_BYTES = 16,
	WORKLOAD_POLICY_BYTES = 96,
	WORKLOAD_TITLE_BYTES = 128,
	WORKLOAD_COMMAND_BYTES = 2048,
	WORKLOAD_WORDS_MAX = 128,
	WORKLOAD_TIMES_MAX = 10000,
	WORKLOAD_REHEARSALS_MAX = 10,
	WORKLOAD_TEXT_MAX = 256 * 1024, /* bytes; what workload_write writes is shorter */
};
#define WORKLOAD_NS_PER_MS 1000000u
#define WORKLOAD_TIME_MAX_NS 60000000000u /* of a burst, an arrival, and all turns of a job */

enum workload_kind { WORKLOAD_CPU, WORKLOAD_IO };

struct workload_burst {
	enum workload_kind kind;
	uint64_t ns;
};

struct workload_job {
	char name[WORKLOAD_NAME_BYTES];
	uint64_t arrival_ns;
	int nice;
	unsigned nr_bursts, times;
	struct workload_burst bursts[WORKLOAD_BURSTS_MAX];
	char command[WORKLOAD_COMMAND_BYTES]; /* of `run`, as written; "": it has bursts */
};

/* What a textbook says; a figure below 0 is not there. */
struct workload_expect {
	char policy[WORKLOAD_POLICY_BYTES];
	double turnaround_ms, response_ms;
};

struct workload {
	char title[WORKLOAD_TITLE_BYTES];
	unsigned rehearsals;
	char rehearsed_policy[WORKLOAD_NAME_BYTES]; /* "": all of them */
	unsigned nr_jobs, nr_expects;
	struct workload_job jobs[WORKLOAD_JOBS_MAX];
	struct workload_expect expects[WORKLOAD_EXPECTS_MAX];
};

struct workload_error {
	unsigned line;	/* from 1; 0: it is of the whole */
	char text[200]; /* what is wrong, a colon, and what is expected */
};

/*
 * Read @text, which need not end with a newline. Returns: 0, or -EINVAL with the first error in
 * @error.
 */
int workload_parse(struct workload *workload, const char *text, size_t len,
		   struct workload_error *error) __attribute__((warn_unused_result));

/* Write what workload_parse reads. */
void workload_write(FILE *out, const struct workload *workload);

/*
 * Split a job's command: @argv, which ends with NULL, gets its words, in @buffer. Returns: how many
 * words there are, or -EINVAL: a '...' has no end, or there are too many words.
 */
int workload_words(const char *command, char buffer[WORKLOAD_COMMAND_BYTES],
		   char *argv[WORKLOAD_WORDS_MAX + 1]) __attribute__((warn_unused_result));

/*
 * The opposite, for a command that is given as words. Returns: 0, or -EINVAL: it is too long, or a
 * word contains a newline.
 */
int workload_set_command(struct workload_job *job, char *const *argv, int nr)
	__attribute__((warn_unused_result));

/* What a job computes and waits in all of its turns; 0 for a program. */
uint64_t workload_job_ns(const struct workload_job *job, enum workload_kind kind);
