// SPDX-License-Identifier: MIT
#include "cmd/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/say.h"
#include "cmd/kernel_options.h"

#define AT(field) .at = offsetof(struct guest_options, field)

static int add_env(void *to, const char *text)
{
	struct guest_options *o = to;

	if (*text == '\0' || *text == '=') {
		say("--env %s names no variable: write --env NAME=VALUE, or --env NAME to pass the host's value on",
		    text);
		return -EINVAL;
	}
	if (!strchr(text, '=') && !getenv(text))
		say("--env %s: the variable is not set here, so the program does not get it: write --env %s=VALUE",
		    text, text);
	o->env[o->nr_env++] = text;
	return 0;
}

static int add_file(void *to, const char *text)
{
	struct guest_options *o = to;

	if (*text == '\0' || *text == '=') {
		say("--file '%s' names no file of this host: write --file PATH or HOST=/GUEST",
		    text);
		return -EINVAL;
	}
	o->files[o->nr_files++] = text;
	return 0;
}

static int set_user(void *to, const char *text)
{
	struct guest_options *o = to;

	if (*text == '\0') {
		say("--user '' names no user: write a name, UID or UID:GID, such as root or 1000:1000");
		return -EINVAL;
	}
	o->user = text;
	return 0;
}

static int set_append(void *to, const char *text)
{
	struct guest_options *o = to;

	if (o->append) {
		say("--append was given twice: write all options of the kernel in one: --append '%s %s'",
		    o->append, text);
		return -EINVAL;
	}
	o->append = text;
	return kernel_options_check(text);
}

static const char *const accel_names[] = {
	[ACCEL_AUTO] = "auto", [ACCEL_TCG] = "tcg", [ACCEL_KVM] = "kvm", NULL};

static const struct option_row guest_rows[] = {
	{.name = "cpus",
	 .argument = "N",
	 .kind = OPTION_NUMBER,
	 AT(cpus),
	 .least = 1,
	 .most = CPUS_LIMIT,
	 .help = "CPUs of the machine (1)"},
	{.name = "memory",
	 .argument = "SIZE",
	 .kind = OPTION_SIZE,
	 AT(memory_bytes),
	 .least = MEMORY_MIN_BYTES,
	 .most = 4ull << 40,
	 .help = "memory, at least 16M (256M)"},
	{.name = "machine",
	 .argument = "NAME",
	 .kind = OPTION_CHOICE,
	 AT(machine),
	 .noun = "machine",
	 .words = machine_names,
	 .help = "microvm, which starts fastest, pc or q35 (microvm)"},
	{.name = "accel",
	 .argument = "NAME",
	 .kind = OPTION_CHOICE,
	 AT(accel),
	 .noun = "accelerator",
	 .words = accel_names,
	 .help = "auto, tcg or kvm (auto: kvm where it is certain to work)"},
	{.name = "cpu",
	 .argument = "MODEL",
	 .kind = OPTION_TEXT,
	 AT(cpu_model),
	 .help = "QEMU's name of the CPU (max)"},
	{.name = "icount",
	 .kind = OPTION_FLAG,
	 AT(icount),
	 .help = "count instructions: every run is the same, instruction by instruction"},
	{.name = "env",
	 .argument = "NAME=VALUE",
	 .kind = OPTION_CALL,
	 .take = add_env,
	 .help = "set a variable; --env NAME passes the host's value on"},
	{.name = "file",
	 .argument = "PATH",
	 .kind = OPTION_CALL,
	 .take = add_file,
	 .help = "copy a file or folder of this host into the guest; HOST=GUEST: to another path"},
	{.name = "user",
	 .argument = "USER",
	 .kind = OPTION_CALL,
	 .take = set_user,
	 .help = "the user that the program runs as: a name, UID or UID:GID (of 'shell': root;\n"
		 "of the others: you, or nobody if you are root)"},
	{.name = "debug-kernel",
	 .kind = OPTION_FLAG,
	 AT(debug_kernel),
	 .help = "use the kernel that checks itself"},
	{.name = "watchdog",
	 .argument = "SECONDS",
	 .kind = OPTION_NUMBER,
	 AT(watchdog_s),
	 .noun = "seconds",
	 .least = 1,
	 .most = 3600,
	 .help = "restart a guest that has not answered for that time"},
	{.name = "append",
	 .argument = "OPTIONS",
	 .kind = OPTION_CALL,
	 .take = set_append,
	 .help = "options for the kernel: 'creance help kernel' lists them"},
	{.name = "verbose",
	 .letter = 'v',
	 .kind = OPTION_FLAG,
	 AT(verbose),
	 .help = "show QEMU's command line, the kernel's log and times"},
	{.name = "help", .letter = 'h', .kind = OPTION_HELP, AT(help), .help = "show this help"},
	{.name = NULL},
};

const struct option_group guest_option_group = {"Options of the guest", guest_rows};

static const struct option_row debug_rows[] = {
	{.name = "no-gdb",
	 .kind = OPTION_FLAG,
	 AT(no_gdb),
	 .help = "do not start gdb; print how to connect it"},
	{.name = "release-kernel",
	 .kind = OPTION_FLAG,
	 AT(release_kernel),
	 .help = "use the kernel of 'creance run'"},
	{.name = NULL},
};

const struct option_group debug_option_group = {"Options of debug", debug_rows};

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

/* The rows have checked each option alone; this checks them together. */
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
	if (o->watchdog_s && strcmp(command, "debug") == 0) {
		say("--watchdog would restart a guest that the debugger has stopped: leave it out");
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

int options_parse(struct guest_options *o, int argc, char **argv, const struct option_group *extra,
		  void *extra_to)
{
	const struct option_target targets[] = {
		{&guest_option_group, o}, {extra, extra_to}, {NULL, NULL}};
	int first;

	*o = (struct guest_options){.cpus = 1, .memory_bytes = 256ull << 20, .cpu_model = "max"};
	o->env = must_alloc(sizeof(*o->env) * (size_t)(argc + 1));
	o->files = must_alloc(sizeof(*o->files) * (size_t)(argc + 1));
	first = options_read(targets, OPTIONS_FIRST, argc, argv);
	if (first < 0)
		return first;
	o->args = argv + first;
	o->nr_args = argc - first;
	return o->help ? 0 : check_together(o, argv[0]);
}
