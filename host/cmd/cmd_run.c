// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "cmd/commands.h"
#include "cmd/options.h"
#include "image/program.h"
#include "base/say.h"
#include "guest/guest_session.h"

const char guest_options_help[] =
	"Options of the guest:\n"
	"  --cpus N            CPUs (1)\n"
	"  --memory SIZE       memory, at least 16M (256M)\n"
	"  --machine NAME      microvm, which starts fastest, pc or q35 (microvm)\n"
	"  --accel NAME        auto, tcg or kvm (auto: kvm where it is sure to work)\n"
	"  --cpu MODEL         QEMU's name of the CPU (max)\n"
	"  --icount            count instructions: a run can be repeated to the instruction\n"
	"  --env NAME=VALUE    set a variable; --env NAME hands on the host's value\n"
	"  --file PATH         put a file or folder of this host into the guest; HOST=GUEST: at another path\n"
	"  --user USER         whose rights the program has: a name, UID or UID:GID (of 'shell': root; of the\n"
	"                      others: yours, or nobody's if you are root)\n"
	"  --debug-kernel      the kernel with its checks built in\n"
	"  --watchdog SECONDS  restart a guest that has not answered for so long\n"
	"  --append OPTIONS    further options for the kernel\n"
	"  -v, --verbose       show QEMU's command line, the kernel's log and times\n";

static int run(int argc, char **argv)
{
	struct guest_options options;
	struct file_map base;
	struct program program;
	int status;

	if (options_parse(&options, argc, argv))
		return STATUS_FAILED;
	if (options.help) {
		printf("%s\n%s", command_run.help, guest_options_help);
		return 0;
	}
	if (options.nr_args == 0) {
		say("run needs a program: creance run [OPTION…] -- PROGRAM [ARG…]");
		return STATUS_FAILED;
	}
	status = session_open_base(&base);
	if (status)
		return status;
	status = program_find(&program, options.args[0], &base);
	if (!status) {
		struct session session = {
			.options = &options,
			.base = &base,
			.program = &program,
			.path = program.guest_path,
			.argv = (const char *const *)options.args,
		};

		status = session_run(&session);
	}
	program_fini(&program);
	file_map_close(&base);
	return status;
}

const struct command command_run = {
	.name = "run",
	.summary = "run a Linux program of this host in a kernel of its own",
	.help = "creance run [OPTION…] -- PROGRAM [ARG…]\n"
		"\n"
		"Runs PROGRAM, an x86-64 Linux program of this host, as the only program of a guest. Its dynamic\n"
		"linker and libraries, or a script's interpreter, go into the guest with it; other files that it\n"
		"opens do so with --file.\n"
		"PROGRAM is found as a shell finds it; one that this host lacks may be the guest's own.\n"
		"Standard input, output and error pass through unchanged; input is read ahead. The program\n"
		"has the rights of an ordinary user, unless --user root asks for others; it begins in /tmp (root: in /),\n"
		"and of the environment only PATH, HOME and TERM are set. What --file brings belongs to that user.\n"
		"\n"
		"The exit status is the program's, or 128 plus the signal that ended it; 125 when we failed, 126\n"
		"when PROGRAM cannot be executed, 127 when it is not found.\n",
	.run = run,
};
