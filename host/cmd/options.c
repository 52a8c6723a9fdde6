// SPDX-License-Identifier: MIT
/*
 * options.c -- the options of a guest.
 *
 * Idea.  Rows of a table (option_table.h), each with the check of its value; what two options mean
 *   together is looked at when all have been read.
 * Tests.  options_test.c, tests/system/errors.t, tests/system/disk.t.
 */
#include "cmd/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/say.h"
#include "cmd/kernel_options.h"
#include "image/disk_image.h"

#define OPTIONS struct guest_options

static int check_env(void *to, const char *text)
{
	(void)to;
	if (*text == '\0' || *text == '=') {
		say("--env %s names no variable: write --env NAME=VALUE, or --env NAME to pass the host's value on",
		    text);
		return -EINVAL;
	}
	if (!strchr(text, '=') && !getenv(text))
		say("--env %s: the variable is not set here, so the program does not get it: write --env %s=VALUE",
		    text, text);
	return 0;
}

static int check_file(void *to, const char *text)
{
	(void)to;
	if (*text && *text != '=')
		return 0;
	say("--file '%s' names no file of this host: write --file PATH or HOST=/GUEST", text);
	return -EINVAL;
}

static int check_disk(void *to, const char *text)
{
	const struct guest_options *o = to;

	if (o->disks.nr < DISK_IMAGES_MAX)
		return disk_image_check(text);
	say("--disk %s: a guest has at most %d disks: leave one out", text, DISK_IMAGES_MAX);
	return -EINVAL;
}

static int check_user(void *to, const char *text)
{
	(void)to;
	if (*text)
		return 0;
	say("--user '' names no user: write a name, UID or UID:GID, such as root or 1000:1000");
	return -EINVAL;
}

static int check_append(void *to, const char *text)
{
	const struct guest_options *o = to;

	return kernel_options_check(o->append, text);
}

static const char *const accel_names[] = {
	[ACCEL_AUTO] = "auto", [ACCEL_TCG] = "tcg", [ACCEL_KVM] = "kvm", NULL};

static const struct option_row guest_rows[] = {
	{"cpus", NUMBER("N", cpus, 1, CPUS_LIMIT), USUAL("1"),
	 HELP("CPUs of the machine; more than this host has take turns, and are slow")},
	{"memory", SIZE("SIZE", memory_bytes, MEMORY_MIN_BYTES, MEMORY_MAX_BYTES), USUAL("256M"),
	 HELP("memory, from 16M to 64G")},
	{"machine", CHOICE("NAME", machine, machine_names), NOUN("machine"), USUAL("microvm"),
	 HELP("microvm, which starts fastest, pc or q35")},
	{"accel", CHOICE("NAME", accel, accel_names), NOUN("accelerator"), USUAL("auto"),
	 HELP("tcg, kvm, or auto: kvm where it is certain to work")},
	{"cpu", TEXT("MODEL", cpu_model), USUAL("max"), HELP("QEMU's name of the CPU")},
	{"icount", FLAG(icount),
	 HELP("count instructions: every run is the same, instruction by instruction")},
	{"env", LIST("NAME=VALUE", env), CHECK(check_env),
	 HELP("set a variable; --env NAME passes the host's value on")},
	{"file", LIST("PATH", files), CHECK(check_file),
	 HELP("copy a file or folder of this host into the guest, to the same absolute path;\n"
	      "HOST=GUEST: to another. The program starts in /tmp: data.txt=/tmp/data.txt")},
	{"disk", LIST("IMAGE", disks), CHECK(check_disk),
	 HELP("a file of this host as a disk: /dev/vda, the next one /dev/vdb; IMAGE:ro is only\n"
	      "read. What is in it is the disk, byte by byte, whatever format it looks like")},
	{"user", TEXT("USER", user), CHECK(check_user),
	 HELP("the user that the program runs as: a name, UID or UID:GID (of 'shell': root;\n"
	      "of the others: you, or nobody if you are root)")},
	{"debug-kernel", FLAG(debug_kernel), HELP("use the kernel that checks itself")},
	{"watchdog", SECONDS("SECONDS", watchdog_s, 1, 3600),
	 HELP("restart a guest that has not answered for that time")},
	{"append", TEXT("OPTIONS", append), CHECK(check_append),
	 HELP("options for the kernel: 'creance help kernel' lists them")},
	{"verbose", LETTER('v'), FLAG(verbose),
	 HELP("show QEMU's command line, the kernel's log and times")},
	HELP_ROW,
};

const struct option_group guest_option_group = {"Options of the guest", guest_rows};

static const struct option_row debug_rows[] = {
	{"no-gdb", FLAG(no_gdb), HELP("do not start gdb; print how to connect it")},
	{"release-kernel", FLAG(release_kernel), HELP("use the kernel of 'creance run'")},
	{.name = NULL},
};

const struct option_group debug_option_group = {"Options of debug", debug_rows};

/* Has this host that much memory? */
static int check_memory(const struct guest_options *o)
{
	struct sysinfo host;
	uint64_t has;

	if (sysinfo(&host) < 0)
		return 0;
	has = (host.totalram + host.totalswap) * (uint64_t)host.mem_unit;
	if (o->memory_bytes <= has)
		return 0;
	say("--memory %lluM is more than this host has (%lluM): give less",
	    (unsigned long long)(o->memory_bytes >> 20), (unsigned long long)(has >> 20));
	return -EINVAL;
}

int guest_options_check(void *options, int nr, char **operands)
{
	struct guest_options *o = options;

	o->args = operands;
	o->nr_args = nr;
	if (o->icount && o->cpus > 1) {
		/* QEMU takes turns between the CPUs, and not always at the same instruction. */
		say("--icount: with several CPUs two runs may differ, so there is one: leave out --cpus %u",
		    o->cpus);
		return -EINVAL;
	}
	if (o->icount && o->accel == ACCEL_KVM) {
		say("--icount needs an emulated CPU: leave out --accel kvm");
		return -EINVAL;
	}
	if (o->icount && o->disks.nr) {
		/* The clock jumps while the guest waits, and a disk would seem not to answer. */
		say("--icount: a disk answers when this host does, so two runs differ: leave out --disk");
		return -EINVAL;
	}
	if (check_memory(o))
		return -EINVAL;
	if (o->cpus > 1 && kernel_options_have(o->append, "regime=none"))
		say("--cpus %u: with regime=none programs run as the kernel does, on one CPU, and the "
		    "others do nothing: leave out one of the two",
		    o->cpus);
	return 0;
}
