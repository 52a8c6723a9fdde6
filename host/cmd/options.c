// SPDX-License-Identifier: MIT
#include "cmd/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "cmd/kernel_options.h"
#include "base/say.h"

enum {
	OPT_CPUS = 256,
	OPT_MEMORY,
	OPT_MACHINE,
	OPT_ICOUNT,
	OPT_ENV,
	OPT_FILE,
	OPT_ACCEL,
	OPT_CPU,
	OPT_DEBUG_KERNEL,
	OPT_RELEASE_KERNEL,
	OPT_APPEND,
	OPT_USER,
	OPT_NO_GDB,
	OPT_WATCHDOG
};

static const struct option long_options[] = {
	{"cpus", required_argument, NULL, OPT_CPUS},
	{"memory", required_argument, NULL, OPT_MEMORY},
	{"machine", required_argument, NULL, OPT_MACHINE},
	{"icount", no_argument, NULL, OPT_ICOUNT},
	{"env", required_argument, NULL, OPT_ENV},
	{"file", required_argument, NULL, OPT_FILE},
	{"accel", required_argument, NULL, OPT_ACCEL},
	{"cpu", required_argument, NULL, OPT_CPU},
	{"debug-kernel", no_argument, NULL, OPT_DEBUG_KERNEL},
	{"release-kernel", no_argument, NULL, OPT_RELEASE_KERNEL},
	{"append", required_argument, NULL, OPT_APPEND},
	{"user", required_argument, NULL, OPT_USER},
	{"no-gdb", no_argument, NULL, OPT_NO_GDB},
	{"watchdog", required_argument, NULL, OPT_WATCHDOG},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char *const accel_names[] = {
	[ACCEL_AUTO] = "auto", [ACCEL_TCG] = "tcg", [ACCEL_KVM] = "kvm"};

/* Index of @word among @nr names, or -EINVAL. */
static int find_word(const char *word, const char *const *names, int nr)
{
	for (int i = 0; i < nr; i++)
		if (strcmp(word, names[i]) == 0)
			return i;
	return -EINVAL;
}

int options_parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);
	const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (errno || !unit)
		return -EINVAL;
	unsigned shift = 10u * (unsigned)(unit - units + 1);
	end++;
	if (strcmp(end, "") != 0 && strcasecmp(end, "B") != 0 && strcasecmp(end, "iB") != 0)
		return -EINVAL;
	if (number > (UINT64_MAX >> shift))
		return -EINVAL;
	*bytes = (uint64_t)number << shift;
	return 0;
}

static int parse_cpus(struct guest_options *o, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || n < 1 || n > CPUS_LIMIT) {
		say("--cpus %s is not a number from 1 to %u: try --cpus 2", text, CPUS_LIMIT);
		return -EINVAL;
	}
	o->cpus = (unsigned)n;
	return 0;
}

static int parse_memory(struct guest_options *o, const char *text)
{
	if (options_parse_size(text, &o->memory_bytes)) {
		say("--memory %s is not a size: write a number with a unit, such as 64M or 1G",
		    text);
		return -EINVAL;
	}
	if (o->memory_bytes < MEMORY_MIN_BYTES) {
		say("--memory %s is too little for a kernel and its programs: give at least 16M",
		    text);
		return -EINVAL;
	}
	if (o->memory_bytes > (4ull << 40)) {
		say("--memory %s is more than a guest can have: give at most 4T", text);
		return -EINVAL;
	}
	return 0;
}

static int parse_machine(struct guest_options *o, const char *text)
{
	for (enum machine m = MACHINE_MICROVM; m <= MACHINE_Q35; m++) {
		if (strcmp(text, machine_name(m)) != 0)
			continue;
		o->machine = m;
		return 0;
	}
	say("there is no machine '%s': choose microvm, pc or q35", text);
	return -EINVAL;
}

static int parse_accel(struct guest_options *o, const char *text)
{
	int i = find_word(text, accel_names, 3);

	if (i < 0) {
		say("there is no accelerator '%s': choose auto, tcg or kvm", text);
		return i;
	}
	o->accel = (enum accel)i;
	return 0;
}

/* The variable must exist here: otherwise the option does nothing, and the person is told. */
static void warn_of_unset(const char *text)
{
	if (!strchr(text, '=') && !getenv(text))
		say("--env %s: the variable is not set here, so the program does not get it: write --env %s=VALUE",
		    text, text);
}

static int add_env(struct guest_options *o, const char *text)
{
	if (*text == '\0' || *text == '=') {
		say("--env %s names no variable: write --env NAME=VALUE, or --env NAME to hand on the host's value",
		    text);
		return -EINVAL;
	}
	warn_of_unset(text);
	o->env[o->nr_env++] = text;
	return 0;
}

static int add_file(struct guest_options *o, const char *text)
{
	if (*text == '\0' || *text == '=') {
		say("--file '%s' names no file of this host: write --file PATH or HOST=/GUEST",
		    text);
		return -EINVAL;
	}
	o->files[o->nr_files++] = text;
	return 0;
}

static int set_user(struct guest_options *o, const char *text)
{
	if (*text == '\0') {
		say("--user '' names no user: write a name, UID or UID:GID, such as root or 1000:1000");
		return -EINVAL;
	}
	o->user = text;
	return 0;
}

static int parse_watchdog(struct guest_options *o, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || n < 1 || n > 3600) {
		say("--watchdog %s is not a number of seconds from 1 to 3600: try --watchdog 5",
		    text);
		return -EINVAL;
	}
	o->watchdog_s = (unsigned)n;
	return 0;
}

static int parse_one(struct guest_options *o, int option, const char *value)
{
	switch (option) {
	case OPT_CPUS:
		return parse_cpus(o, value);
	case OPT_MEMORY:
		return parse_memory(o, value);
	case OPT_MACHINE:
		return parse_machine(o, value);
	case OPT_ACCEL:
		return parse_accel(o, value);
	case OPT_WATCHDOG:
		return parse_watchdog(o, value);
	case OPT_ENV:
		return add_env(o, value);
	case OPT_FILE:
		return add_file(o, value);
	case OPT_CPU:
		o->cpu_model = value;
		return 0;
	case OPT_APPEND:
		o->append = value;
		return kernel_options_check(value);
	case OPT_USER:
		return set_user(o, value);
	case OPT_ICOUNT:
		o->icount = true;
		return 0;
	case OPT_DEBUG_KERNEL:
		o->debug_kernel = true;
		return 0;
	case OPT_RELEASE_KERNEL:
		o->release_kernel = true;
		return 0;
	case OPT_NO_GDB:
		o->no_gdb = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	default:
		o->help = true;
		return 0;
	}
}

/* What this host and the kernel can give. */
static int check_host(const struct guest_options *o)
{
	struct sysinfo host;

	if (sysinfo(&host) == 0) {
		uint64_t has = (host.totalram + host.totalswap) * (uint64_t)host.mem_unit;

		if (o->memory_bytes > has) {
			say("--memory %lluM is more than this host has (%lluM): give less",
			    (unsigned long long)(o->memory_bytes >> 20),
			    (unsigned long long)(has >> 20));
			return -EINVAL;
		}
	}
	if (o->cpus > KERNEL_CPUS)
		say("--cpus %u: the kernel uses only %u CPU, and the others do nothing: leave it out",
		    o->cpus, KERNEL_CPUS);
	return 0;
}

/* What each option means alone was checked; here, what they mean together. */
static int check_together(const struct guest_options *o, const char *command)
{
	if (o->icount && o->cpus > 1) {
		say("--icount counts the instructions of one CPU: leave out --cpus %u", o->cpus);
		return -EINVAL;
	}
	if (o->icount && o->accel == ACCEL_KVM) {
		say("--icount needs an emulated CPU: leave out --accel kvm");
		return -EINVAL;
	}
	if (o->no_gdb && strcmp(command, "debug") != 0) {
		say("--no-gdb belongs to 'creance debug': see 'creance help %s'", command);
		return -EINVAL;
	}
	if (o->watchdog_s && strcmp(command, "debug") == 0) {
		say("--watchdog would restart a guest that the debugger holds: leave it out");
		return -EINVAL;
	}
	if (o->debug_kernel && o->release_kernel) {
		say("--debug-kernel and --release-kernel exclude each other: leave one out");
		return -EINVAL;
	}
	return check_host(o);
}

void options_fini(struct guest_options *o)
{
	free(o->env);
	o->env = NULL;
	free(o->files);
	o->files = NULL;
}

/* Both lists of options as one; the caller frees it. */
static struct option *join_options(const struct option *extra)
{
	size_t own = sizeof(long_options) / sizeof(long_options[0]) - 1, nr = 0;
	struct option *all;

	while (extra[nr].name)
		nr++;
	all = must_alloc((own + nr + 1) * sizeof(*all));
	memcpy(all, long_options, own * sizeof(*all));
	memcpy(all + own, extra, nr * sizeof(*all));
	return all;
}

static void say_unknown(const char *command, const char *word)
{
	if (optopt && optopt < 256)
		say("%s has no option '-%c': see 'creance help %s'", command, optopt, command);
	else
		say("%s has no option '%s': see 'creance help %s'", command, word, command);
}

int options_parse(struct guest_options *options, int argc, char **argv)
{
	static const struct option none[] = {{NULL, 0, NULL, 0}};
	static const struct options_extra extra = {.list = none, .letters = ""};

	return options_parse_extra(options, argc, argv, &extra);
}

static int parse_all(struct guest_options *o, int argc, char **argv, const struct option *list,
		     const struct options_extra *extra)
{
	const char *command = argv[0];
	char *letters = must_format("+:vh%s", extra->letters);
	int option, err = 0;

	while (!err && !o->help && (option = getopt_long(argc, argv, letters, list, NULL)) != -1) {
		if (option == ':') {
			say("%s needs a value: see 'creance help %s'", argv[optind - 1], command);
			err = -EINVAL;
		} else if (option == '?') {
			say_unknown(command, argv[optind - 1]);
			err = -EINVAL;
		} else if (option > OPTIONS_EXTRA ||
			   (option < 256 && strchr(extra->letters, option))) {
			err = extra->take(extra->ctx, o, option, optarg);
		} else {
			err = parse_one(o, option, optarg);
		}
	}
	free(letters);
	return err;
}

int options_parse_extra(struct guest_options *o, int argc, char **argv,
			const struct options_extra *extra)
{
	struct option *list = join_options(extra->list);
	int err;

	*o = (struct guest_options){.cpus = 1, .memory_bytes = 256ull << 20, .cpu_model = "max"};
	o->env = must_alloc(sizeof(*o->env) * (size_t)(argc + 1));
	o->files = must_alloc(sizeof(*o->files) * (size_t)(argc + 1));
	optind = 0; /* also resets glibc's scanner, so that tests may parse again and again */
	opterr = 0;
	err = parse_all(o, argc, argv, list, extra);
	free(list);
	if (err || o->help)
		return err;
	o->args = argv + optind;
	o->nr_args = argc - optind;
	return check_together(o, argv[0]);
}
