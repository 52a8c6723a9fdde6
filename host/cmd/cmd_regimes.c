// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

struct regimes {
	struct regime_lab lab;
	bool json, debug_kernel, list;
	struct regime_cell *cells;
	size_t nr_cells;
	struct regime_machine machines[MACHINES_AT_ONCE];
	struct regime_cell *at[MACHINES_AT_ONCE]; /* whose machine it is; NULL: free */
	size_t next;
	int status;
};

/* ---- options ---- */

enum { OPT_JSON = 256, OPT_ROGUE, OPT_REGIME, OPT_LIMIT, OPT_DEBUG_KERNEL, OPT_LIST };

static const struct option long_options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"rogue", required_argument, NULL, OPT_ROGUE},
	{"regime", required_argument, NULL, OPT_REGIME},
	{"limit", required_argument, NULL, OPT_LIMIT},
	{"debug-kernel", no_argument, NULL, OPT_DEBUG_KERNEL},
	{"list", no_argument, NULL, OPT_LIST},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static int parse_limit(struct regimes *r, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || n < 1 || n > LIMIT_MAX_S) {
		say("--limit %s is not a number of seconds from 1 to %d: try --limit 5", text,
		    LIMIT_MAX_S);
		return -EINVAL;
	}
	r->lab.limit_s = (unsigned)n;
	return 0;
}

/* Which cells are wanted: every option --rogue and --regime adds one; none of a kind means all. */
struct choice {
	bool rogues[64], regimes[REGIMES];
	bool any_rogue, any_regime;
};

static int choose_rogue(struct choice *c, const char *name)
{
	const struct regime_rogue *rogue = regime_rogue_find(name);

	if (!rogue) {
		say("there is no rogue '%s': see 'creance regimes --list'", name);
		return -EINVAL;
	}
	c->rogues[rogue - regime_rogues] = c->any_rogue = true;
	return 0;
}

static int choose_regime(struct choice *c, const char *name)
{
	int i = regime_find(name);

	if (i < 0) {
		say("there is no regime '%s': choose none, cooperative or preemptive", name);
		return -EINVAL;
	}
	c->regimes[i] = c->any_regime = true;
	return 0;
}

/* Returns: 0, 1 when help is wanted, or -EINVAL after having said what is wrong. */
static int parse_one(struct regimes *r, struct choice *c, int option, const char *value)
{
	switch (option) {
	case OPT_ROGUE:
		return choose_rogue(c, value);
	case OPT_REGIME:
		return choose_regime(c, value);
	case OPT_LIMIT:
		return parse_limit(r, value);
	case OPT_JSON:
		r->json = true;
		return 0;
	case OPT_LIST:
		r->list = true;
		return 0;
	case OPT_DEBUG_KERNEL:
		r->debug_kernel = true;
		return 0;
	case 'v':
		r->lab.verbose = true;
		return 0;
	default:
		return 1;
	}
}

static int parse_options(struct regimes *r, struct choice *c, int argc, char **argv)
{
	int option, result = 0;

	optind = 0;
	opterr = 0;
	while (!result && (option = getopt_long(argc, argv, "+:vh", long_options, NULL)) != -1) {
		if (option == ':' || option == '?') {
			say("regimes %s '%s': see 'creance help regimes'",
			    option == ':' ? "needs a value for" : "has no option",
			    argv[optind - 1]);
			return -EINVAL;
		}
		result = parse_one(r, c, option, optarg);
	}
	if (!result && optind < argc) {
		say("regimes takes no '%s': name a rogue by --rogue", argv[optind]);
		return -EINVAL;
	}
	return result;
}

static void choose_cells(struct regimes *r, const struct choice *c)
{
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

static int print_result(const struct regimes *r)
{
	char *text;

	if (r->json) {
		text = regime_json(r->cells, nr_regime_rogues);
		fputs(text, stdout);
		free(text);
	} else {
		regime_print(stdout, r->cells, nr_regime_rogues);
	}
	if (fflush(stdout) == 0)
		return 0;
	say("standard output took no more (%s): free space where it goes", strerror(errno));
	return STATUS_FAILED;
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
	return r->status ? r->status : print_result(r);
}

static int run(int argc, char **argv)
{
	struct regimes *r = must_alloc(sizeof(*r));
	struct choice choice = {.any_rogue = false};
	int result, status = 0;

	r->lab.limit_s = LIMIT_DEFAULT_S;
	result = parse_options(r, &choice, argc, argv);
	if (result < 0) {
		status = STATUS_FAILED;
	} else if (result > 0) {
		printf("%s", command_regimes.help);
	} else if (r->list) {
		for (size_t i = 0; i < nr_regime_rogues; i++)
			printf("%-18s %s\n", regime_rogues[i].name, regime_rogues[i].what);
	} else {
		choose_cells(r, &choice);
		status = run_machines(r);
	}
	free(r->cells);
	free(r);
	return status;
}

const struct command command_regimes = {
	.name = "regimes",
	.summary = "rogue programs under no limits, under cooperation and under preemption",
	.help = "creance regimes [OPTION…]\n"
		"\n"
		"Sets each rogue program loose in a machine of its own, under each regime of the kernel, beside a\n"
		"well-behaved witness; what became of rogue, witness and kernel is judged from outside, and printed\n"
		"as a matrix with a sentence for each run. The regimes are the kernel's option regime=:\n"
		"  none         programs run in kernel mode with interrupts off; nothing is protected\n"
		"  cooperative  user mode and traps; only a call or a fault brings the kernel back\n"
		"  preemptive   the timer takes the CPU back\n"
		"\n"
		"  --rogue NAME        only this rogue (may be given more than once)\n"
		"  --regime REGIME     only under this regime (may be given more than once)\n"
		"  --limit SECONDS     how long the witness may be silent before its machine is lost (2); the time\n"
		"                      in which this host kept the machine waiting does not count\n"
		"  --json              print JSON\n"
		"  --list              list the rogues\n"
		"  --debug-kernel      the kernel with its checks built in\n"
		"  -v, --verbose       show QEMU's command lines and the kernels' logs\n"
		"\n"
		"The exit status is 0 when every run came to a verdict, and 125 when one did not.\n",
	.run = run,
	.own_options = true,
};
