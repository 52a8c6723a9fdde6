// SPDX-License-Identifier: MIT
/*
 * cmd_regimes.c -- creance regimes.
 *
 * Idea.  The matrix of rogues and regimes is a list of cells, and each cell is run in a machine of
 *   its own. A few slots take the wanted cells in turn; one loop polls the machines and the
 *   signals. What a machine showed is kept in its cell, and judged from there (regime_judge.c).
 * Invariants.
 *   R1  A slot has a machine exactly while at[slot] names the cell.
 *   R2  Once status is not 0 no machine is started, and those that run are ended.
 * Cost.  A machine has 64 MiB, and MACHINES_AT_ONCE of them run side by side.
 * Tests.  regime_judge_test.c, tests/system/regimes.t.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/commands.h"
#include "base/paths.h"
#include "guest/guest_files.h"
#include "regimes/regime_machine.h"
#include "regimes/regime_report.h"
#include "regimes/regime_rogues.h"
#include "base/say.h"
#include "base/signals.h"

enum { MACHINES_AT_ONCE = 2, LIMIT_MAX_S = 600, LOOK_MS = 100 };

struct regimes_options {
	struct guest_options guest;
	/* Which cells are wanted: each --rogue and --regime adds one; none of a kind means all. */
	bool rogues[64], regimes[REGIMES];
	bool any_rogue, any_regime;
	unsigned limit_s;
	bool json, list;
};

struct regimes {
	const struct regimes_options *options;
	struct regime_lab lab;
	struct regime_cell *cells;
	size_t nr_cells;
	struct regime_machine machines[MACHINES_AT_ONCE];
	struct regime_cell *at[MACHINES_AT_ONCE]; /* whose machine it is; NULL: free */
	size_t next;
	int status;
};

/* ---- options ---- */

static const char *rogue_name(unsigned i)
{
	return i < nr_regime_rogues ? regime_rogues[i].name : NULL;
}

static const char *regime_name(unsigned i)
{
	return i < REGIMES ? regime_names[i] : NULL;
}

static int choose_rogue(void *to, const char *name)
{
	const struct regime_rogue *rogue = regime_rogue_find(name);
	struct regimes_options *o = to;

	if (!rogue) {
		option_say_unknown("rogue", name, rogue_name, "see 'creance regimes --list'");
		return -EINVAL;
	}
	o->rogues[rogue - regime_rogues] = o->any_rogue = true;
	return 0;
}

static int choose_regime(void *to, const char *name)
{
	struct regimes_options *o = to;
	int i = regime_find(name);

	if (i < 0) {
		option_say_unknown("regime", name, regime_name, NULL);
		return -EINVAL;
	}
	o->regimes[i] = o->any_regime = true;
	return 0;
}

#define OPTIONS struct regimes_options

static const struct option_row rows[] = {
	{"rogue", CALL("NAME", choose_rogue), WORDS(rogue_name),
	 HELP("only this rogue; may be given again")},
	{"regime", CALL("REGIME", choose_regime), WORDS(regime_name),
	 HELP("only under this regime; may be given again")},
	{"limit", SECONDS("SECONDS", limit_s, 1, LIMIT_MAX_S), USUAL("2"),
	 HELP("how long the witness may be silent before its machine counts as lost; time in\n"
	      "which this host did not run the machine does not count")},
	{"json", FLAG(json), HELP("print JSON")},
	{"list", FLAG(list), HELP("list the rogues")},
	{"debug-kernel", FLAG(guest.debug_kernel), HELP("use the kernel that checks itself")},
	{"verbose", LETTER('v'), FLAG(guest.verbose),
	 HELP("show QEMU's command lines and the kernels' logs")},
	HELP_ROW,
};

static const struct option_group regimes_option_group = {"Options of regimes", rows};

static void init(void *options)
{
	struct regimes_options *o = options;

	o->guest =
		(struct guest_options){.cpus = 1, .memory_bytes = 64ull << 20, .cpu_model = "max"};
	assert(nr_regime_rogues <= sizeof(o->rogues) / sizeof(o->rogues[0]));
}

static int check(void *options, int nr, char **operands)
{
	const struct regimes_options *o = options;

	(void)nr;
	(void)operands;
	if (!o->list || (!o->any_rogue && !o->any_regime && !o->json))
		return 0;
	say("--list lists all rogues and runs none: leave out --rogue, --regime and --json");
	return -EINVAL;
}

static void choose_cells(struct regimes *r)
{
	const struct regimes_options *o = r->options;

	r->nr_cells = nr_regime_rogues * REGIMES;
	r->cells = must_alloc(r->nr_cells * sizeof(*r->cells));
	for (size_t i = 0; i < r->nr_cells; i++) {
		size_t rogue = i / REGIMES, regime = i % REGIMES;

		r->cells[i] = (struct regime_cell){
			.rogue = &regime_rogues[rogue],
			.regime = (int)regime,
			.wanted = (!o->any_rogue || o->rogues[rogue]) &&
				  (!o->any_regime || o->regimes[regime]),
		};
	}
}

/* ---- the run ---- */

static void start_next(struct regimes *r, unsigned slot)
{
	while (r->next < r->nr_cells && !r->cells[r->next].wanted)
		r->next++;
	if (r->next == r->nr_cells || r->status)
		return;
	struct regime_cell *cell = &r->cells[r->next++];

	r->status = regime_machine_start(&r->machines[slot], &r->lab, cell->rogue, cell->regime);
	if (!r->status)
		r->at[slot] = cell;
}

static void end_machine(struct regimes *r, unsigned slot)
{
	struct regime_machine *m = &r->machines[slot];

	regime_machine_stop(m);
	r->at[slot]->seen = m->seen;
	r->at[slot]->seconds = m->seconds;
	if (regime_judge(&m->seen) == OUTCOME_FAILED && !r->status) {
		say("the machine for %s under %s did not start: try again with -v",
		    r->at[slot]->rogue->name, regime_names[r->at[slot]->regime]);
		r->status = STATUS_FAILED;
	}
	r->at[slot] = NULL;
}

static unsigned start_machines(struct regimes *r)
{
	unsigned running = 0;

	for (unsigned i = 0; i < MACHINES_AT_ONCE; i++) {
		if (!r->at[i])
			start_next(r, i);
		running += r->at[i] != NULL;
	}
	return running;
}

/* SIGTSTP: the machines stop as well; a witness's time does not go on (stall_clock.h). */
static void suspend(const struct regimes *r)
{
	const struct guest *running[MACHINES_AT_ONCE];
	unsigned nr = 0;

	for (unsigned i = 0; i < MACHINES_AT_ONCE; i++)
		if (r->at[i])
			running[nr++] = &r->machines[i].guest;
	guests_suspend(running, nr);
}

static void take_signals(struct regimes *r)
{
	unsigned set = signals_take();
	int ending = signals_ending(set);

	if (set & (1u << SIGTSTP))
		suspend(r);
	if (ending)
		r->status = STATUS_SIGNAL + ending;
}

static void run_once(struct regimes *r)
{
	struct pollfd polled[1 + MACHINES_AT_ONCE * MACHINE_POLLED];

	for (size_t i = 0; i < sizeof(polled) / sizeof(polled[0]); i++)
		polled[i] = (struct pollfd){.fd = -1};
	polled[0] = (struct pollfd){.fd = signals_fd(), .events = POLLIN};
	for (unsigned i = 0; i < MACHINES_AT_ONCE; i++)
		if (r->at[i])
			regime_machine_poll(&r->machines[i], &polled[1 + i * MACHINE_POLLED]);
	if (poll(polled, sizeof(polled) / sizeof(polled[0]), LOOK_MS) < 0)
		return; /* EINTR: the handler has written to signals_fd */
	if (polled[0].revents)
		take_signals(r);
	for (unsigned i = 0; i < MACHINES_AT_ONCE; i++) {
		if (!r->at[i])
			continue;
		regime_machine_take(&r->machines[i], &polled[1 + i * MACHINE_POLLED]);
		if (r->status || regime_machine_is_over(&r->machines[i]))
			end_machine(r, i);
	}
}

static void print_result(const struct regimes *r)
{
	char *text;

	if (r->options->json) {
		text = regime_json(r->cells, nr_regime_rogues);
		fputs(text, stdout);
		free(text);
	} else {
		regime_print(stdout, r->cells, nr_regime_rogues);
	}
}

static int run_machines(struct regimes *r)
{
	const struct regimes_options *o = r->options;
	struct file_map base;
	char *kernel = NULL;

	r->status = guest_files_open_base(&base);
	if (!r->status)
		kernel =
			paths_find(o->guest.debug_kernel ? PART_KERNEL_DEBUG : PART_KERNEL_RELEASE);
	if (kernel) {
		r->lab = (struct regime_lab){&base, &o->guest, kernel, o->limit_s};
		signals_install(false);
		while (start_machines(r) > 0)
			run_once(r);
	}
	free(kernel);
	file_map_close(&base);
	return kernel ? r->status : STATUS_FAILED;
}

static int run(void *options)
{
	const struct regimes_options *o = options;
	struct regimes *r;
	int status;

	for (size_t i = 0; o->list && i < nr_regime_rogues; i++)
		printf("%-18s %s\n", regime_rogues[i].name, regime_rogues[i].what);
	if (o->list)
		return 0;
	r = must_alloc(sizeof(*r));
	r->options = o;
	choose_cells(r);
	status = run_machines(r);
	if (!status)
		print_result(r);
	free(r->cells);
	free(r);
	return status;
}

const struct command command_regimes = {
	.name = "regimes",
	.summary = "rogue programs under no limits, under cooperation and under preemption",
	.usage = "creance regimes [OPTION…]",
	.text = "Runs each rogue program in a machine of its "
		"own, under each regime of the kernel, next to a\n"
		"well-behaved witness. What became of rogue, witness and kernel is judged from outside and printed\n"
		"as a matrix with a sentence for each run. The regimes are the kernel's option regime=:\n"
		"\n"
		"  none         programs run in kernel mode, interrupts off; no protection\n"
		"  cooperative  user mode and traps; only calls and faults lead back\n"
		"  preemptive   the timer takes the CPU back\n"
		"\n"
		"The exit status is 0 if every run came to a verdict, otherwise 125.\n",
	.groups = {&regimes_option_group},
	.operands = OPERANDS_NONE,
	.options_size = sizeof(struct regimes_options),
	.init = init,
	.check = check,
	.run = run,
};
