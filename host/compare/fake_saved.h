/* SPDX-License-Identifier: MIT */
/* For unit tests: saved traces written by hand; ' stands for the quotes of JSON. */
#pragma once

#include <unistd.h>

#include "base/unit.h"
#include "compare/comparison.h"

/* The first line, which says that @steps follow. */
#define FAKE_HEAD(steps)                                                                           \
	"{'creance_trace':1,'steps':" #steps ",'lost':[0],'program':['prog','two words'],"         \
	"'kernel':'k','kernel_options':'','instructions':true,'end':'exit 0'}\n"

/* A step of the program on CPU 0; @args are members of args, @rest further ones of the step. */
#define FAKE_STEP(tid, event, args, rest)                                                          \
	"{'ns':1,'cpu':0,'tid':" #tid ",'pid':" #tid ",'thread':'prog','event':'" event            \
	"','args':{" args "},'of_program':true" rest "}\n"

#define FAKE_CHILD(parent, tid)                                                                    \
	FAKE_STEP(parent, "process_create", "'pid':" #tid ",'parent':" #parent ",'tid':" #tid, "")
#define FAKE_BEGIN(tid) FAKE_CHILD(1, tid)

/* A call with one argument, which costs @ns. */
#define FAKE_ENTER(tid, name, arg, ns)                                                             \
	FAKE_STEP(tid, "syscall_enter", "",                                                        \
		  ",'detail':1,'name':'" name "','cost_ns':" #ns ",'call':{'arguments':["          \
		  "{'arg':'x','type':'int','text':'" arg "'}]}")
#define FAKE_EXIT(tid, name, result)                                                               \
	FAKE_STEP(tid, "syscall_exit", "",                                                         \
		  ",'detail':1,'name':'" name "','runs_ns':7,'result':{'text':'" result            \
		  "','written':[]}")
#define FAKE_CALL(tid, name, arg, result)                                                          \
	FAKE_ENTER(tid, name, arg, 10) FAKE_EXIT(tid, name, result)

static const char *fake_filter; /* as --filter has it; NULL: all */
static bool fake_measured;	/* a trace without a count of instructions */
static bool fake_all;		/* --all */

static const struct saved_wanted *fake_wanted(void)
{
	static struct trace_filter filter;
	static struct saved_wanted wanted = {.filter = &filter};
	const char *word;
	int len;

	wanted.all = fake_all;
	trace_filter_init(&filter);
	if (fake_filter)
		assert_int_equal(trace_filter_events(&filter, fake_filter, &word, &len), 0);
	return &wanted;
}

/* Read @len bytes as a file. Returns: what saved_trace_read does. */
static int fake_read(struct saved_trace *t, struct trace_strings *strings, const char *text,
		     size_t len)
{
	char path[] = "/tmp/creance-saved-XXXXXX";
	int fd = mkstemp(path), err;
	char *quoted = malloc(len + 1);

	assert_true(fd >= 0 && quoted);
	for (size_t i = 0; i < len; i++)
		quoted[i] = text[i] == '\'' ? '"' : text[i];
	assert_int_equal(write(fd, quoted, len), (ssize_t)len);
	close(fd);
	free(quoted);
	err = saved_trace_read(t, path, fake_wanted(), strings);
	unlink(path);
	t->path = "fake";
	return err;
}

/* Read a whole trace: @steps, which end with NULL, behind their first line. */
static void fake_trace(struct saved_trace *t, struct trace_strings *strings,
		       const char *const *steps)
{
	static char text[65536];
	size_t nr = 0, len;

	for (unsigned i = 0; steps[i]; i++)
		for (const char *at = steps[i]; (at = strchr(at, '\n')); at++)
			nr++;
	len = (size_t)snprintf(text, sizeof(text),
			       "{'creance_trace':1,'steps':%zu,'program':['prog','two words'],"
			       "'instructions':%s}\n",
			       nr, fake_measured ? "false" : "true");
	for (unsigned i = 0; steps[i]; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", steps[i]);
	assert_true(len < sizeof(text));
	assert_int_equal(fake_read(t, strings, text, len), 0);
}
