// SPDX-License-Identifier: MIT
/*
 * cmd_sched.c -- `creance sched`: one workload under several policies.
 *
 * Idea.  Each workload runs under each policy in a machine of its own, which counts instructions:
 *   what differs between two machines is the policy. Which policies there are says the kernel. All
 *   forms of output are made from one report.
 * Invariants.
 *   C1  Nothing is written unless every machine has run to its end.
 * Tests.  tests/system/sched_command.t; its parts have unit tests.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "cmd/commands.h"
#include "cmd/sched_options.h"
#include "lib/printable.h"
#include "sched/builtin.h"
#include "sched/sched_machine.h"
#include "sched/sched_programs.h"
#include "sched/sched_report.h"

struct compare {
	struct sched_options *options;
	struct sched_lab lab;
	struct sched_policies kernel; /* that it has, with usual settings */
	struct sched_policies wanted; /* nr 0: all */
	struct sched_report report;
};

/* ---- policies ---- */

/* One word of --policies: a policy, or a setting of the one before. */
static int take_word(struct compare *c, const char *word)
{
	struct sched_policies *wanted = &c->wanted;
	bool is_setting = strchr(word, '=') != NULL;
	size_t room = sizeof(wanted->all[0]), len;
	char *policy;

	if (is_setting && !wanted->nr) {
		say("--policies: the setting '%s' belongs to no policy: write it behind one", word);
		return -EINVAL;
	}
	if (!is_setting && wanted->nr == SCHED_POLICIES_MAX) {
		say("more than %d policies are too many at once: leave some out",
		    SCHED_POLICIES_MAX);
		return -EINVAL;
	}
	policy = wanted->all[is_setting ? wanted->nr - 1 : wanted->nr++];
	len = strlen(policy);
	if ((size_t)snprintf(policy + len, room - len, is_setting ? ",%s" : "%s", word) <
	    room - len)
		return 0;
	say("--policies: '%s' makes a policy of more than %zu bytes: leave something out", word,
	    room - 1);
	return -EINVAL;
}

/* Is @policy one that the kernel takes? @where is what it was written for. */
static int check_policy(const struct compare *c, const char *policy, const char *where)
{
	char why[SCHED_WHY_BYTES];

	if (!sched_policies_check(&c->kernel, policy, why))
		return 0;
	say("%s: %s", where, why);
	return -EINVAL;
}

static int read_wanted(struct compare *c)
{
	char *copy, *rest, *word;
	int err = 0;

	if (!c->options->policies)
		return 0;
	copy = rest = must_format("%s", c->options->policies);
	while (!err && (word = strsep(&rest, ",")))
		err = take_word(c, word);
	free(copy);
	for (unsigned i = 0; !err && i < c->wanted.nr; i++)
		err = check_policy(c, c->wanted.all[i], "--policies");
	return err;
}

/* The kernel itself only logs that its option sched= is wrong. */
static int check_append(const struct compare *c)
{
	static const char option[] = "sched=";
	char *copy, *rest, *word;
	int err = 0;

	if (!c->options->guest.append)
		return 0;
	copy = rest = must_format("%s", c->options->guest.append);
	while (!err && (word = strsep(&rest, " ")))
		if (strncmp(word, option, strlen(option)) == 0)
			err = check_policy(c, word + strlen(option), "--append sched=");
	free(copy);
	return err;
}

/* The policies that a workload names. */
static int check_workload(const struct compare *c, const struct sched_input *input)
{
	const struct workload *w = input->workload;
	char *where;
	int err = 0;

	if (w->rehearsed_policy[0]) {
		where = must_format("%s: 'rehearse' under '%s'", input->name, w->rehearsed_policy);
		err = check_policy(c, w->rehearsed_policy, where);
		free(where);
	}
	for (unsigned i = 0; !err && i < w->nr_expects; i++) {
		where = must_format("%s: 'expect %s'", input->name, w->expects[i].policy);
		err = check_policy(c, w->expects[i].policy, where);
		free(where);
	}
	return err;
}

/* All that names a policy, before a workload runs. */
static int check_policies(struct compare *c)
{
	const struct sched_options *o = c->options;
	int err = read_wanted(c);

	if (!err)
		err = check_append(c);
	for (unsigned i = 0; !err && i < o->nr_inputs; i++)
		err = check_workload(c, &o->inputs[i]);
	return err;
}

/* What the kernel is told for @policy: the seed comes to it, if it has one and none is given. */
static char *with_seed(const struct compare *c, const char *policy)
{
	const char *usual = sched_policies_find(&c->kernel, policy);
	bool adds = c->options->seed && usual && sched_policy_has(usual, "seed") &&
		    !sched_policy_has(policy, "seed");

	return adds ? must_format("%s,seed=%s", policy, c->options->seed)
		    : must_format("%s", policy);
}

/* ---- the runs of a workload ---- */

static void add_run(struct sched_result *result, const char *policy)
{
	const struct workload *w = result->workload;
	struct sched_run *run;

	result->runs = realloc(result->runs, (result->nr_runs + 1) * sizeof(*result->runs));
	if (!result->runs) {
		say("no memory left on this host: end other programs");
		exit(STATUS_FAILED);
	}
	run = &result->runs[result->nr_runs++];
	*run = (struct sched_run){0};
	snprintf(run->policy, sizeof(run->policy), "%s", policy);
	for (unsigned i = 0; i < w->nr_expects; i++) {
		const struct workload_expect *e = &w->expects[i];

		if (strcmp(e->policy, policy) == 0 &&
		    (e->turnaround_ms >= 0 || e->response_ms >= 0))
			run->expect = e;
	}
}

/* All that the kernel has: with the settings of the textbook's figures, where there are some. */
static void choose_all(const struct compare *c, struct sched_result *result)
{
	const struct workload *w = result->workload;

	for (unsigned i = 0; i < c->kernel.nr; i++) {
		const char *policy = c->kernel.all[i];
		bool any = false;

		for (unsigned n = 0; n < w->nr_expects; n++) {
			if (!sched_policy_is_same(w->expects[n].policy, policy))
				continue;
			add_run(result, w->expects[n].policy);
			any = true;
		}
		if (!any) {
			char *name = must_format("%.*s", (int)strcspn(policy, ","), policy);

			add_run(result, name);
			free(name);
		}
	}
}

/*
 * On a terminal a line says which machine runs. The cursor stays at its beginning, so that a
 * message takes its place; @run NULL: nothing runs any more.
 */
static void show_progress(const struct sched_result *result, const struct sched_run *run)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (run)
		fprintf(stderr, "\r\033[K%s under %s: %u of %u\r", result->name, run->policy,
			(unsigned)(run - result->runs) + 1, result->nr_runs);
	else
		fputs("\r\033[K", stderr);
}

static int run_workload(struct compare *c, struct sched_result *result)
{
	int status = 0;

	if (!c->wanted.nr)
		choose_all(c, result);
	for (unsigned i = 0; i < c->wanted.nr; i++)
		add_run(result, c->wanted.all[i]);
	for (unsigned i = 0; i < result->nr_runs && !status; i++) {
		struct sched_run *run = &result->runs[i];
		char *policy = with_seed(c, run->policy);

		show_progress(result, run);
		status = sched_machine_run(&c->lab, result->workload, policy, &run->timeline);
		if (!status)
			measure_timeline(&run->measure, result->workload, &run->timeline);
		free(policy);
	}
	show_progress(result, NULL);
	return status;
}

/* A file may have any name: one that is safe on a terminal, and UTF-8 for the JSON. */
static char *shown_name(const char *name)
{
	size_t len = strlen(name), room = len * PRINTABLE_MAX + 1;
	char *shown = must_alloc(room);

	printable_text(shown, room, name, len);
	return shown;
}

static int run_all(struct compare *c)
{
	struct sched_options *o = c->options;
	int status = 0;

	c->report.results = must_alloc(o->nr_inputs * sizeof(*c->report.results));
	c->report.cpus = o->guest.cpus;
	for (unsigned i = 0; i < o->nr_inputs && !status; i++) {
		struct sched_result *result = &c->report.results[c->report.nr++];

		result->name = shown_name(o->inputs[i].name);
		result->workload = o->inputs[i].workload;
		status = run_workload(c, result);
	}
	return status;
}

static void free_report(struct sched_report *report)
{
	for (unsigned i = 0; i < report->nr; i++) {
		for (unsigned n = 0; n < report->results[i].nr_runs; n++)
			timeline_fini(&report->results[i].runs[n].timeline);
		free(report->results[i].runs);
		free((char *)report->results[i].name);
	}
	free(report->results);
}

/* ---- files for the guest ---- */

/* The files of --file, and room for the programs of all workloads. */
static void copy_files(struct option_list *to, const struct option_list *from)
{
	size_t room = (size_t)from->nr + SCHED_WORKLOADS_MAX * WORKLOAD_JOBS_MAX + 1;

	to->items = must_alloc(room * sizeof(*to->items));
	for (int i = 0; i < from->nr; i++)
		to->items[to->nr++] = from->items[i];
}

static int find_programs(struct sched_options *o, struct option_list *files)
{
	int status = 0;

	for (unsigned i = 0; i < o->nr_inputs && !status; i++)
		status = sched_programs_find(o->inputs[i].workload, files);
	return status;
}

/* ---- the output ---- */

static int write_file(const char *path, int (*write)(FILE *out, const struct sched_report *report),
		      const struct sched_report *report)
{
	FILE *out = path ? fopen(path, "we") : NULL;
	int err = 0;

	if (!path)
		return 0;
	err = out ? -write(out, report) : errno;
	if (out && ferror(out) && !err)
		err = errno ? errno : EIO;
	if (out && fclose(out) != 0 && !err)
		err = errno;
	if (!err)
		return 0;
	say("%s cannot be written (%s): name another file, or free some space", path,
	    strerror(err));
	return STATUS_FAILED;
}

static int write_all(const struct compare *c)
{
	const struct sched_options *o = c->options;
	int status = write_file(o->svg, sched_svg_write, &c->report);

	if (!status)
		status = write_file(o->html, sched_html_write, &c->report);
	if (!status && (o->json ? sched_json_write : sched_table_write)(stdout, &c->report)) {
		say("no memory left on this host for the JSON: run fewer workloads at once");
		status = STATUS_FAILED;
	}
	return status;
}

static int print_text(const char *name)
{
	const struct builtin_workload *one = builtin_workload_find(name);

	fwrite(one->text, 1, (size_t)(one->end - one->text), stdout);
	return 0;
}

static void print_list(const struct compare *c)
{
	printf("workloads:\n");
	for (unsigned i = 0; builtin_workload(i); i++) {
		const struct builtin_workload *one = builtin_workload(i);
		const char *title = one->text + strlen("title ");

		printf("  %-18s %.*s\n", one->name, (int)strcspn(title, "\n"), title);
	}
	printf("\npolicies, with their usual settings, and what these may be:\n");
	sched_policies_print(stdout, &c->kernel);
}

/* ---- the command ---- */

static int compare(struct compare *c)
{
	struct sched_options *o = c->options;
	int status = sched_machine_policies(&c->lab, &c->kernel);

	if (status)
		return status;
	if (check_policies(c))
		return STATUS_FAILED;
	if (o->list) {
		print_list(c);
		return 0;
	}
	status = run_all(c);
	return status ? status : write_all(c);
}

static int run(void *options)
{
	struct sched_options *o = options;
	struct guest_options guest = o->guest;
	struct compare *c;
	int given = o->guest.files.nr, status;

	if (o->print)
		return print_text(o->print);
	c = must_alloc(sizeof(*c));
	c->options = o;
	c->lab.options = &guest;
	guest.files = (struct option_list){0};
	copy_files(&guest.files, &o->guest.files);
	status = find_programs(o, &guest.files);
	if (!status)
		status = compare(c);
	free_report(&c->report);
	for (int i = given; i < guest.files.nr; i++)
		free((char *)guest.files.items[i]);
	free(guest.files.items);
	free(c);
	return status;
}

const struct command command_sched = {
	.name = "sched",
	.summary = "one workload under several scheduling policies, with timelines",
	.usage = "creance sched [OPTION…] [WORKLOAD…] [-- PROG [ARG…] [-- PROG [ARG…]]…]",
	.text = "Runs each workload under each policy of the kernel, "
		"in a machine of its own that is the\n"
		"same in every run, and prints what became of the jobs: turnaround (from arrival to\n"
		"end), response (from arrival to the first run), time spent waiting for the CPU, jobs\n"
		"a second, fairness (Jain's index of the shares of those that compete for the CPU, 1\n"
		"if all are equal), switches and what they cost. A WORKLOAD is a file, as described\n"
		"below, or one of 'creance sched --list', where the examples of the textbook OSTEP\n"
		"are; what the textbook says is shown with what was measured. One more may be made of\n"
		"programs, behind '--', which start together; a job ends when the last process of\n"
		"the program has ended, also one that it has left behind. What they write to\n"
		"standard output is not shown.\n"
		"\n" SCHED_WORKLOAD_HELP,
	.groups = {&sched_option_group, &guest_option_group},
	.order = OPTIONS_BEFORE_DASHES,
	.nth_operand = builtin_workload_name,
	.options_size = sizeof(struct sched_options),
	.check = sched_options_check,
	.run = run,
	.fini = sched_options_fini,
};
