// SPDX-License-Identifier: MIT
/*
 * saved_pair.c -- two traces are read by two threads.
 *
 * Idea.  Most of a comparison's time is the parsing of JSON. Each thread has its own strings; when
 *   both have ended, the strings of B are joined with those of A.
 * Locks.  None: the threads share only constants, which the first thread has made before.
 * Tests.  tests/system/trace_compare.t.
 */
#include "compare/saved_pair.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/say.h"
#include "trace/trace_hash.h"

struct reading {
	struct saved_trace *trace;
	const char *path;
	const struct saved_wanted *wanted;
	struct trace_strings strings;
	int err;
};

static void *read_one(void *context)
{
	struct reading *r = context;

	r->err = saved_trace_read(r->trace, r->path, r->wanted, &r->strings);
	return NULL;
}

static void rename_strings(struct saved_trace *t, const uint32_t *numbers)
{
	uint32_t *const of_run[] = {&t->program, &t->end, &t->kernel, &t->kernel_options};

	for (unsigned i = 0; i < sizeof(of_run) / sizeof(of_run[0]); i++)
		*of_run[i] = numbers[*of_run[i]];
	for (size_t i = 0; i < t->nr_threads; i++)
		t->threads[i].name = numbers[t->threads[i].name];
	for (size_t i = 0; i < t->nr; i++) {
		t->steps[i].kind = numbers[t->steps[i].kind];
		t->steps[i].text = numbers[t->steps[i].text];
		t->steps[i].key = numbers[t->steps[i].key];
	}
}

/* The texts of @trace, which are those of @from, become those of @to. Returns: 0 or -ENOMEM. */
static int join_strings(struct saved_trace *trace, const struct trace_strings *from,
			struct trace_strings *to)
{
	uint32_t *numbers = malloc((from->nr + 1) * sizeof(*numbers));
	int err = numbers ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < from->nr; i++) {
		long number = trace_strings_number(to, trace_strings_text(from, i));

		err = number < 0 || number >= SAVED_NONE ? -ENOMEM : 0;
		if (!err)
			numbers[i] = (uint32_t)number;
	}
	if (!err)
		rename_strings(trace, numbers);
	free(numbers);
	return err;
}

static void read_both(struct reading readings[NR_SIDES])
{
	pthread_t thread;
	bool second;

	/* What both threads use, and would make when they first need it. */
	json_object_seed(0);
	(void)trace_hash_number(0);
	second = pthread_create(&thread, NULL, read_one, &readings[SIDE_B]) == 0;
	read_one(&readings[SIDE_A]);
	if (second)
		pthread_join(thread, NULL);
	else
		read_one(&readings[SIDE_B]);
}

int saved_pair_read(struct saved_trace traces[NR_SIDES], const char *const paths[NR_SIDES],
		    const struct saved_wanted *wanted, struct trace_strings *strings)
{
	struct reading readings[NR_SIDES] = {{0}};
	int err = 0;

	for (unsigned side = 0; side < NR_SIDES; side++) {
		readings[side] = (struct reading){&traces[side], paths[side], wanted, {0}, 0};
		traces[side] = (struct saved_trace){.path = paths[side]};
		err = trace_strings_init(&readings[side].strings) ? -ENOMEM : err;
	}
	if (!err) {
		read_both(readings);
		if (readings[SIDE_A].err || readings[SIDE_B].err)
			err = -EINVAL;
	}
	for (unsigned side = 0; side < NR_SIDES; side++) {
		if (!err)
			err = join_strings(&traces[side], &readings[side].strings, strings);
		trace_strings_fini(&readings[side].strings);
	}
	if (err == -ENOMEM)
		say("no memory left on this host to read both traces: compare a part with --filter");
	return err ? -EINVAL : 0;
}
