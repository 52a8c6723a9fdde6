/* SPDX-License-Identifier: MIT */
/* The options of `creance sched` beside those of the guest. */
#pragma once

#include "cmd/options.h"
#include "sched/workload.h"

enum { SCHED_WORKLOADS_MAX = 16 };

struct sched_input {
	const char *name;
	struct workload *workload;
};

struct sched_options {
	struct guest_options guest; /* the first, so that the rows of the guest fit */
	const char *policies;	    /* as written; NULL: all */
	const char *seed;	    /* NULL: not given */
	const char *svg, *html;	    /* files; NULL: none */
	const char *print;	    /* the workload whose text is wanted; NULL: none */
	bool json, list;
	struct sched_input inputs[SCHED_WORKLOADS_MAX];
	unsigned nr_inputs;
};

extern const struct option_group sched_option_group;

/* As command.check and command.fini, for struct sched_options. */
int sched_options_check(void *options, int nr, char **operands) __attribute__((warn_unused_result));
void sched_options_fini(void *options);

/* The form of workloads: a part of the command's help, and `creance help workload`. */
#define SCHED_WORKLOAD_HELP                                                                         \
	"A workload is a text for 'creance sched'. Each line is a directive; a word that begins\n"  \
	"with '#' begins a comment, but not in a title or behind 'run'. Times are in\n"             \
	"milliseconds, such as 10 or 0.5.\n"                                                        \
	"\n"                                                                                        \
	"  title TEXT\n"                                                                            \
	"      what the workload shows\n"                                                           \
	"  job NAME [at MS] [nice N] (cpu MS | io MS)… [times N]\n"                               \
	"      a job that arrives at a time (0), computes (cpu) and waits for a device (io)\n"      \
	"      in turn, all of that so many times, and then ends\n"                                 \
	"  job NAME [at MS] [nice N] run PROGRAM [ARG…]\n"                                        \
	"      a program of this host or of the guest; words with blanks stand between two ',\n"    \
	"      and \\ takes the next character as it is\n"                                          \
	"  rehearse N [under POLICY]\n"                                                             \
	"      before the time 0 each job does all of its turns N times, so that a policy\n"        \
	"      that learns from the past (sjf) knows it; under others not, if one is named\n"       \
	"  expect POLICY [turnaround MS] [response MS]\n"                                           \
	"      what a textbook says of the means under a policy, which is written as for\n"         \
	"      --policies; it is shown beside what was measured. Without figures: the policy has\n" \
	"      these settings, if --policies does not say otherwise\n"                              \
	"\n"                                                                                        \
	"There may be up to 24 jobs with names of up to 15 letters, digits and _.+-, of up to\n"    \
	"32 cpu and io each, and up to 16 lines 'expect'. MS is from 0.01 to 60000 behind cpu\n"    \
	"and io, and all turns of a job may take 60000 of each; from 0 to 60000 otherwise. N is\n"  \
	"from -20 to 19 behind nice, from 1 to 10000 behind times, from 0 to 10 behind rehearse.\n" \
	"PROGRAM and its arguments are up to 128 words of 2047 bytes in all; a title has up to\n"   \
	"127 bytes, a line up to 4095, the file up to 256 KiB.\n"                                   \
	"\n"                                                                                        \
	"For example:\n"                                                                            \
	"\n"                                                                                        \
	"  title A long job, and one that a user waits for\n"                                       \
	"  job compile cpu 150\n"                                                                   \
	"  job editor at 50 cpu 1 io 9 times 10\n"                                                  \
	"\n"                                                                                        \
	"'creance sched --print ostep-convoy' prints one that comes with creance.\n"

/* Print that. */
void sched_print_workload_help(FILE *out);
