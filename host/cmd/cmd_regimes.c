// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/commands.h"
#include "guest/guest_session.h"
#include "base/paths.h"
#include "link/relay.h"
#include "regimes/regime_machine.h"
#include "regimes/regime_report.h"
#include "regimes/regime_rogues.h"
#include "base/say.h"
#include "base/signals.h"

enum { MACHINES_AT_ONCE = 2, LIMIT_DEFAULT_S = 2, LIMIT_MAX_S = 600, LOOK_MS = 100 };

/* Which cells are wanted: every option --rogue and --regime adds one; none of a kind means all. */
struct choice {
	bool rogues[64], regimes[REGIMES];
	bool any_rogue, any_regime;
};

struct regimes {
	struct regime_lab lab;
	struct choice choice;
	bool json, debug_kernel, list, help;
	struct regime_cell *cells;
	size_t nr_cells;
	struct regime_machine machines[MACHINES_AT_ONCE];
	struct regime_cell *at[MACHINES_AT_ONCE]; /* whose machine it is; NULL: free */
	size_t next;
	int status;
};

/* ---- options ---- */

static int choose_rogue(void *to, const char *name)
{
	struct choice *c = &((struct regimes *)to)->choice;
	const struct regime_rogue *rogue = regime_rogue_find(name);

	if (!rogue) {
		say("there is no rogue '%s': see 'creance regimes --list'", name);
		return -EINVAL;
	}
	c->rogues[rogue - regime_rogues] = c->any_rogue = true;
	return 0;
}

static int choose_regime(void *to, const char *name)
{
	struct choice *c = &((struct regimes *)to)->choice;
	int i = regime_find(name);

	if (i < 0) {
		say("there is no regime '%s': choose none, cooperative or preemptive", name);
		return -EINVAL;
	}
	c->regimes[i] = c->any_regime = true;
	return 0;
}

#define AT(field) .at = offsetof(struct regimes, field)

static const struct option_row rows[] = {
	{.name = "rogue",
	 .argument = "NAME",
	 .kind = OPTION_CALL,
	 .take = choose_rogue,
	 .help = "only this rogue; may be given again"},
	{.name = "regime",
	 .argument = "REGIME",
	 .kind = OPTION_CALL,
	 .take = choose_regime,
	 .help = "only under this regime; may be given again"},
	{.name = "limit",
	 .argument = "SECONDS",
	 .kind = OPTION_NUMBER,
	 AT(lab.limit_s),
	 .noun = "seconds",
	 .least = 1,
	 .most = LIMIT_MAX_S,
	 .help = "how long the witness may be silent before its machine counts as lost (2);\n"
		 "time in which this host did not run the machine does not count"},
	{.name = "json", .kind = OPTION_FLAG, AT(json), .help = "print JSON"},
	{.name = "list", .kind = OPTION_FLAG, AT(list), .help = "list the rogues"},
	{.name = "debug-kernel",
	 .kind = OPTION_FLAG,
	 AT(debug_kernel),
	 .help = "use the kernel that checks itself"},
	{.name = "verbose",
	 .letter = 'v',
	 .kind = OPTION_FLAG,
	 AT(lab.verbose),
	 .help = "show QEMU's command lines and the kernels' logs"},
	{.name = "help", .letter = 'h', .kind = OPTION_HELP, AT(help), .help = "show this help"},
	{.name = NULL},
};

static const struct option_group regimes_option_group = {"Options of regimes", rows};

static int parse_options(struct regimes *r, int argc, char **argv)
{
	const struct option_target targets[] = {{&regimes_option_group, r}, {NULL, NULL}};
	int first = options_read(targets, OPTIONS_FIRST, argc, argv);

	if (first < 0)
		return first;
	if (!r->help && first < argc) {
		say("regimes takes no '%s': name a rogue by --rogue", argv[first]);
		return -EINVAL;
	}
	return 0;
}

static void choose_cells(struct regimes *r)
{
	const struct choice *c = &r->choice;

	r->nr_cells = nr_regime_rogues * REGIMES;
	r->cells = must_alloc(r->nr_cells * sizeof(*r->cells));
	for (size_t i = 0; i < r->nr_cells; i++) {
		size_t rogue = i / REGIMES, regime = i % REGIMES;

		r->cells[i] = (struct regime_cell){
			.rogue = &regime_rogues[rogue],
			.regime = (int)regime,
			.wanted = (!c->any_rogue || c->rogues[rogue]) &&
				  (!c->any_regime || c->regimes[regime]),
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
	r->at[slot]->seconds = (double)(m->ended_ns - m->started_ns) / 1e9;
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

static void take_signals(struct regimes *r)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	unsigned set = signals_take();

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (set & (1u << ends[i]))
			r->status = STATUS_SIGNAL + ends[i];
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

	if (r->json) {
		text = regime_json(r->cells, nr_regime_rogues);
		fputs(text, stdout);
		free(text);
	} else {
		regime_print(stdout, r->cells, nr_regime_rogues);
	}
}

static int run_machines(struct regimes *r)
{
	struct file_map base;
	char *kernel;

	r->status = session_open_base(&base);
	if (r->status)
		return r->status;
	kernel = paths_find(r->debug_kernel ? PART_KERNEL_DEBUG : PART_KERNEL_RELEASE);
	if (!kernel) {
		file_map_close(&base);
		return STATUS_FAILED;
	}
	r->lab.base = &base;
	r->lab.kernel = kernel;
	r->lab.kvm = qemu_kvm_is_usable();
	signals_install(false);
	while (start_machines(r) > 0)
		run_once(r);
	free(kernel);
	file_map_close(&base);
	if (!r->status)
		print_result(r);
	return r->status;
}

static int run(int argc, char **argv)
{
	struct regimes *r = must_alloc(sizeof(*r));
	int status = 0;

	r->lab.limit_s = LIMIT_DEFAULT_S;
	if (parse_options(r, argc, argv)) {
		status = STATUS_FAILED;
	} else if (r->help) {
		command_print_help(stdout, &command_regimes);
	} else if (r->list) {
		for (size_t i = 0; i < nr_regime_rogues; i++)
			printf("%-18s %s\n", regime_rogues[i].name, regime_rogues[i].what);
	} else {
		choose_cells(r);
		status = run_machines(r);
	}
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
		"  none         programs run in kernel mode with interrupts off; nothing is protected\n"
		"  cooperative  user mode and traps; only a call or a fault brings the kernel back\n"
		"  preemptive   the timer takes the CPU back\n"
		"\n"
		"The exit status is 0 if every run came to a verdict, otherwise 125.\n",
	.groups = {&regimes_option_group},
	.run = run,
};
