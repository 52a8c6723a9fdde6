// SPDX-License-Identifier: MIT
/*
 * sched_machine.c -- one machine for one workload and one policy.
 *
 * Idea.  A guest that counts instructions, takes nothing from this host while it runs, and keeps
 *   all its events (as `creance trace --deterministic`). The guest's run_jobs gets the workload as
 *   its standard input. After the end the events are read out of the guest's memory.
 * Invariants.
 *   M1  Time in the machine depends on the workload, the policy and the options only.
 *   M2  A trace with losses is refused: figures from it could be wrong.
 * Tests.  tests/system/sched_command.t.
 */
#include "sched/sched_machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/say.h"
#include "guest/guest_memory.h"
#include "guest/guest_session.h"
#include "trace/trace_kernel.h"
#include "trace/trace_reader.h"

#define RUN_JOBS "/bin/run_jobs"
#define TICK_OPTION "tick=1ms"
#define RING_MAX (64ull << 20)
#define EVENTS_MAX (16ull << 20)

enum { STATUS_REFUSED = 3 /* run_jobs: the policy */ };

/* A machine, and what it says. */
struct sched_machine {
	struct guest_options options;
	char *append;
	char *args[3];
	struct session session;
	struct guest_memory memory;
	struct trace_reader reader;
	char *said; /* run_jobs's standard output */
};

/* ---- the options ---- */

/*
 * The ticks are as long as a slice of the textbooks' figures may be, unless the user wants other
 * ones: the kernel takes the last of two.
 */
static void set_options(struct sched_machine *m, const struct guest_options *options, bool traced)
{
	uint64_t quarter = options->memory_bytes / 4;
	uint64_t ring_bytes = quarter < RING_MAX ? quarter : RING_MAX;
	char *trace = traced ? must_format("trace=%" PRIu64 "K ", ring_bytes >> 10)
			     : must_format("%s", "");

	m->options = *options;
	m->append = must_format("%s" TICK_OPTION "%s%s", trace, options->append ? " " : "",
				options->append ? options->append : "");
	m->options.append = m->append;
	/* The kernel rounds each CPU's part up to whole pages. */
	m->reader.ring_bytes = ring_bytes + TRACE_CPUS_MAX * 4096u;
	free(trace);
}

static void set_program(struct sched_machine *m, const char *argument)
{
	m->args[0] = must_format(RUN_JOBS);
	m->args[1] = must_format("%s", argument);
	m->options.args = m->args;
	m->options.nr_args = 2;
	m->session.options = &m->options;
	m->session.listens_only = true;
	m->session.streams_open = true; /* what run_jobs needs is not ours */
	m->session.wait_for_poweroff = true;
}

/* ---- the run ---- */

/* What was written to the file @fd. */
static char *contents(int fd)
{
	off_t len = lseek(fd, 0, SEEK_END);
	char *text = must_alloc((unsigned long)(len > 0 ? len : 0) + 1);

	if (len > 0 && pread(fd, text, (size_t)len, 0) != len)
		text[0] = '\0';
	return text;
}

/* Run the session; its output is kept. Returns: the exit status. */
static int run_session(struct sched_machine *m)
{
	int status;

	m->session.out_fd = memfd_create("creance-output", MFD_CLOEXEC);
	if (m->session.out_fd < 0) {
		say("no file can be made in memory (%s): close some files", strerror(errno));
		return STATUS_FAILED;
	}
	status = session_run(&m->session);
	m->said = contents(m->session.out_fd);
	close(m->session.out_fd);
	return status;
}

static int read_trace(struct sched_machine *m)
{
	int err = trace_reader_finish(&m->reader);

	if (err) {
		say("the guest's trace cannot be read (%s): run 'make' in Creance's source",
		    strerror(-err));
		return STATUS_FAILED;
	}
	if (trace_log_lost(&m->reader.log)) { /* M2 */
		say("the workload has more events than there is room for: make it shorter, or give more --memory");
		return STATUS_FAILED;
	}
	return 0;
}

static int open_traced(struct sched_machine *m)
{
	int status = session_open(&m->session);

	if (status)
		return status;
	if (trace_kernel_find(m->session.kernel, "trace_area", &m->reader.area_address))
		return STATUS_FAILED;
	m->reader.events_max = EVENTS_MAX;
	status = guest_memory_make(&m->memory, &m->options);
	m->session.memory_fd = m->memory.fd;
	m->reader.memory = m->memory.data;
	m->reader.bytes = m->memory.bytes;
	m->reader.low_bytes = m->memory.low_bytes;
	return status;
}

static void free_machine(struct sched_machine *m)
{
	session_close(&m->session);
	guest_memory_free(&m->memory);
	trace_log_fini(&m->reader.log);
	free(m->append);
	free(m->args[0]);
	free(m->args[1]);
	free(m->said);
	free(m);
}

static char *workload_text(const struct workload *workload)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out) {
		workload_write(out, workload);
		fclose(out);
	}
	return text ? text : must_format("%s", "");
}

static int take_timeline(struct sched_machine *m, const struct workload *workload,
			 struct timeline *timeline)
{
	int err = timeline_read(timeline, workload, &m->reader.log);

	if (err == -ENODATA)
		say("a job has not run to its end: try again with -v to see why");
	else if (err)
		say("no memory left on this host for the trace: run a shorter workload");
	return err ? STATUS_FAILED : 0;
}

int sched_machine_run(const struct sched_lab *lab, const struct workload *workload,
		      const char *policy, struct timeline *timeline)
{
	struct sched_machine *m = must_alloc(sizeof(*m));
	char *text = workload_text(workload);
	int status;

	*timeline = (struct timeline){0};
	set_options(m, lab->options, true);
	set_program(m, policy);
	m->session.input = text;
	m->session.input_bytes = strlen(text);
	status = open_traced(m);
	if (!status)
		status = run_session(m);
	if (status == STATUS_REFUSED) {
		say("the kernel refuses the policy '%s': see 'creance sched --list'", policy);
		status = STATUS_FAILED;
	} else if (!status) {
		status = read_trace(m);
		if (!status)
			status = take_timeline(m, workload, timeline);
	}
	free(text);
	free_machine(m);
	return status;
}

int sched_machine_policies(const struct sched_lab *lab, struct sched_policies *policies)
{
	struct sched_machine *m = must_alloc(sizeof(*m));
	int status;

	*policies = (struct sched_policies){0};
	set_options(m, lab->options, false);
	set_program(m, "--policies");
	m->session.input = "";
	status = session_open(&m->session);
	if (!status)
		status = run_session(m);
	if (!status)
		sched_policies_read(policies, m->said);
	if (!status && !policies->nr) {
		say("the guest's kernel has no policies to choose from: run 'make' in Creance's source");
		status = STATUS_FAILED;
	}
	free_machine(m);
	return status;
}
