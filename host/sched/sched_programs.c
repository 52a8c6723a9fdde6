// SPDX-License-Identifier: MIT
#include "sched/sched_programs.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "guest/guest_files.h"
#include "image/program.h"

/* ---- from the command line ---- */

static bool has_job(const struct workload *w, const char *name)
{
	for (unsigned i = 0; i < w->nr_jobs; i++)
		if (strcmp(w->jobs[i].name, name) == 0)
			return true;
	return false;
}

/* A name that the program's path suggests, and no other job has. */
static void choose_name(const struct workload *w, struct workload_job *job, const char *path)
{
	const char *slash = strrchr(path, '/');
	char base[WORKLOAD_NAME_BYTES - 3];

	snprintf(base, sizeof(base), "%s", slash && slash[1] ? slash + 1 : path);
	for (char *at = base; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("_.+-", *at))
			*at = '_';
	snprintf(job->name, sizeof(job->name), "%s", base[0] ? base : "job");
	for (unsigned i = 2; has_job(w, job->name); i++)
		snprintf(job->name, sizeof(job->name), "%s-%u", base, i % 100);
}

static int add_program(struct workload *w, char **words, int nr)
{
	struct workload_job *job = &w->jobs[w->nr_jobs];

	if (nr == 0) {
		say("no program follows a '--': write one, or leave the '--' out");
		return -EINVAL;
	}
	if (w->nr_jobs == WORKLOAD_JOBS_MAX) {
		say("more than %d programs are too many to compare: leave some out",
		    WORKLOAD_JOBS_MAX);
		return -EINVAL;
	}
	*job = (struct workload_job){.times = 1};
	choose_name(w, job, words[0]);
	if (workload_set_command(job, words, nr)) {
		say("the command of %s has more than %d bytes or %d words, or a line break: put it into a script",
		    words[0], WORKLOAD_COMMAND_BYTES - 1, WORKLOAD_WORDS_MAX);
		return -EINVAL;
	}
	w->nr_jobs++;
	return 0;
}

int sched_programs_read(struct workload *w, char **words, int nr)
{
	int begin = 0, err = 0;

	*w = (struct workload){0};
	snprintf(w->title, sizeof(w->title), "they start together");
	for (int i = 0; i <= nr && !err; i++) {
		if (i < nr && strcmp(words[i], "--") != 0)
			continue;
		err = add_program(w, words + begin, i - begin);
		begin = i + 1;
	}
	return err;
}

/* ---- on this host ---- */

static int find_program(struct workload_job *job, const struct file_map *base,
			struct option_list *files)
{
	char buffer[WORKLOAD_COMMAND_BYTES], *argv[WORKLOAD_WORDS_MAX + 1];
	int nr = workload_words(job->command, buffer, argv);
	struct program program = {0};
	int status = program_find(&program, argv[0], base);

	if (!status) {
		argv[0] = program.guest_path;
		if (workload_set_command(job, argv, nr)) {
			say("the command of %s is too long with the program's path %s: put it into a script",
			    job->name, program.guest_path);
			status = STATUS_FAILED;
		}
	}
	if (!status && program.host_path)
		files->items[files->nr++] =
			must_format("%s=%s", program.host_path, program.guest_path);
	program_fini(&program);
	return status;
}

int sched_programs_find(struct workload *w, struct option_list *files)
{
	struct file_map base;
	int status = guest_files_open_base(&base);

	for (unsigned i = 0; i < w->nr_jobs && !status; i++)
		if (w->jobs[i].command[0])
			status = find_program(&w->jobs[i], &base, files);
	file_map_close(&base);
	return status;
}
