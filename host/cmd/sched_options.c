// SPDX-License-Identifier: MIT
/*
 * sched_options.c -- the options of `creance sched`, and the workloads that it is given.
 *
 * Idea.  Everything that can be wrong is looked at before the first machine starts: workloads are
 *   read, and files that are to be written are tried.
 * Invariants.
 *   S1  The machines count instructions, whatever the options of the guest say.
 * Tests.  tests/system/sched_command.t.
 */
#include "cmd/sched_options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "base/writable.h"
#include "cmd/help_text.h"
#include "cmd/kernel_options.h"
#include "sched/builtin.h"
#include "sched/sched_programs.h"

#define OPTIONS struct sched_options

static int check_seed(void *to, const char *text)
{
	(void)to;
	if (*text && text[strspn(text, "0123456789")] == '\0' && strlen(text) < 10)
		return 0;
	say("--seed %s is no number from 0 to 999999999: write one, such as 1", text);
	return -EINVAL;
}

static int check_policies(void *to, const char *text)
{
	(void)to;
	if (*text)
		return 0;
	say("--policies names none: write some, such as rr,fifo: 'creance sched --list' has them");
	return -EINVAL;
}

static int check_print(void *to, const char *name)
{
	(void)to;
	if (builtin_workload_find(name))
		return 0;
	option_say_unknown("workload", name, builtin_workload_name, NULL);
	return -EINVAL;
}

static const struct option_row rows[] = {
	{"policies", TEXT("LIST", policies), CHECK(check_policies),
	 HELP("the policies, separated by commas, each with settings if you like:\n"
	      "rr,quantum=2ms,fifo (all that the kernel has, as the workload wants them)")},
	{"seed", TEXT("SEED", seed), CHECK(check_seed),
	 HELP("for policies that draw lots: other numbers, other draws")},
	{"json", FLAG(json), HELP("print the figures and the timelines as JSON, with times in ms")},
	{"svg", TEXT("FILE", svg), HELP("also write the timelines as a picture")},
	{"html", TEXT("FILE", html), HELP("also write a page with pictures and figures")},
	{"list", FLAG(list), HELP("list the workloads that come with creance, and the policies")},
	{"print", TEXT("WORKLOAD", print), CHECK(check_print), WORDS(builtin_workload_name),
	 HELP("print the text of a workload that comes with creance, to begin one's own with")},
	{.name = NULL},
};

const struct option_group sched_option_group = {"Options of sched", rows};

/* ---- workloads ---- */

static int take_text(struct sched_input *input, const char *name, const void *text, size_t len)
{
	struct workload_error error;

	input->name = name;
	input->workload = must_alloc(sizeof(*input->workload));
	if (workload_parse(input->workload, text, len, &error) == 0)
		return 0;
	if (error.line)
		say("%s:%u: %s", name, error.line, error.text);
	else
		say("%s: %s", name, error.text);
	return -EINVAL;
}

/*
 * Read what is at @path, which may be a pipe. Returns: how many bytes there are, at most @room, or
 * a negative errno.
 */
static ssize_t read_text(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), err = 0;
	size_t len = 0;

	if (fd < 0)
		return -errno;
	while (!err && len < room) {
		ssize_t bytes = read(fd, text + len, room - len);

		if (bytes == 0)
			break;
		if (bytes > 0)
			len += (size_t)bytes;
		else if (errno != EINTR)
			err = -errno;
	}
	close(fd);
	return err ? err : (ssize_t)len;
}

static int take_file(struct sched_input *input, const char *path)
{
	char *text = must_alloc(WORKLOAD_TEXT_MAX + 1);
	ssize_t len = read_text(path, text, WORKLOAD_TEXT_MAX + 1);
	int err = len < 0 ? (int)len : 0;

	if (err == -ENOENT && !strpbrk(path, "/.")) {
		option_say_unknown("workload", path, builtin_workload_name,
				   "'creance sched --list' has them, or name a file");
	} else if (err) {
		say("%s cannot be read (%s): name a file with a workload: see 'creance help workload'",
		    path, strerror(-err));
	} else if (len > WORKLOAD_TEXT_MAX) {
		say("%s is longer than a workload may be: leave something out, up to %d KiB", path,
		    WORKLOAD_TEXT_MAX / 1024);
		err = -EFBIG;
	} else {
		err = take_text(input, path, text, (size_t)len);
	}
	free(text);
	return err;
}

/* Room for one more; NULL after a message. */
static struct sched_input *next_input(struct sched_options *o)
{
	if (o->nr_inputs < SCHED_WORKLOADS_MAX)
		return &o->inputs[o->nr_inputs++];
	say("more than %d workloads are too many at once: leave some out", SCHED_WORKLOADS_MAX);
	return NULL;
}

static int take_workload(struct sched_options *o, const char *name)
{
	const struct builtin_workload *builtin = builtin_workload_find(name);
	struct sched_input *input = next_input(o);

	if (!input)
		return -EINVAL;
	if (!builtin)
		return take_file(input, name);
	return take_text(input, name, builtin->text, (size_t)(builtin->end - builtin->text));
}

static int take_programs(struct sched_options *o, int nr, char **words)
{
	struct sched_input *input = next_input(o);

	if (!input)
		return -EINVAL;
	input->name = "programs";
	input->workload = must_alloc(sizeof(*input->workload));
	return sched_programs_read(input->workload, words, nr);
}

static int take_inputs(struct sched_options *o, int nr, char **operands)
{
	for (int i = 0; i < nr; i++) {
		if (strcmp(operands[i], "--") == 0)
			return take_programs(o, nr - i - 1, operands + i + 1);
		if (take_workload(o, operands[i]))
			return -EINVAL;
	}
	return 0;
}

/* ---- all together ---- */

static int try_output(const char *path, const char *option)
{
	int err = path ? writable_try(path) : 0;

	if (!err)
		return 0;
	say("%s cannot be written (%s): name another file with %s", path, strerror(-err), option);
	return -EINVAL;
}

static int check_outputs(const struct sched_options *o, int nr, char **operands)
{
	if (try_output(o->svg, "--svg") || try_output(o->html, "--html"))
		return -EINVAL;
	if (o->svg && o->html && strcmp(o->svg, o->html) == 0) {
		say("--svg and --html name one file: name two");
		return -EINVAL;
	}
	for (int i = 0; i < nr; i++) {
		const char *path = operands[i];

		if ((o->svg && writable_overwrites(o->svg, path)) ||
		    (o->html && writable_overwrites(o->html, path))) {
			say("%s would be written over: name another file with --svg or --html",
			    path);
			return -EINVAL;
		}
	}
	return 0;
}

static int check_guest(struct sched_options *o)
{
	if (o->guest.watchdog_s) {
		say("--watchdog would restart the guest, and a timeline is of one start: leave it out");
		return -EINVAL;
	}
	if (o->guest.user) {
		say("--user: the jobs belong to root, so that they may have any nice: leave it out");
		return -EINVAL;
	}
	if (o->guest.cpus > 1) {
		say("--cpus %u: a machine that is the same in every run has one CPU: leave it out",
		    o->guest.cpus);
		return -EINVAL;
	}
	if (o->guest.accel == ACCEL_KVM) {
		say("--accel kvm: a machine that is the same in every run is emulated: leave it out");
		return -EINVAL;
	}
	if (kernel_options_have(o->guest.append, "trace")) {
		say("--append trace= would be a second size of the trace's memory: leave it out");
		return -EINVAL;
	}
	o->guest.icount = true; /* S1 */
	o->guest.user = "root";
	return guest_options_check(&o->guest, 0, NULL);
}

int sched_options_check(void *options, int nr, char **operands)
{
	struct sched_options *o = options;

	if (check_guest(o))
		return -EINVAL;
	if ((o->list || o->print) && (nr || o->policies || o->json || o->svg || o->html)) {
		say("--list and --print run no workload: leave out the rest");
		return -EINVAL;
	}
	if (o->list || o->print)
		return 0;
	if (nr == 0) {
		say("sched needs a workload: write one of 'creance sched --list', a file, or -- PROG");
		return -EINVAL;
	}
	if (check_outputs(o, nr, operands))
		return -EINVAL;
	return take_inputs(o, nr, operands);
}

void sched_options_fini(void *options)
{
	struct sched_options *o = options;

	for (unsigned i = 0; i < o->nr_inputs; i++)
		free(o->inputs[i].workload);
}

void sched_print_workload_help(FILE *out)
{
	help_fill(out, SCHED_WORKLOAD_HELP, 0, help_width(out));
}
