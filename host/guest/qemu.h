/* SPDX-License-Identifier: MIT */
/* The emulator: its command line, its start, its end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/guest_options.h"

struct qemu_setup {
	const struct guest_options *options;
	const char *emulator;
	const char *kernel;
	const char *kernel_options;
	const char *initrd;	/* a file; NULL: initrd_fd */
	const char *gdb_socket; /* NULL: no gdb stub; else the guest waits for a debugger there */
	bool sandbox;		/* qemu_sandbox.h */
	bool kvm;
	bool may_reboot; /* else a reset ends the emulator */
	/* What the emulator inherits; 0: none. */
	int initrd_fd;
	int memory_fd;	/* a file that is the guest's memory */
	int link_fd;	/* its end of the host link */
	int monitor_fd; /* its end of its monitor */
	int log_fd;	/* for a line for each instruction that the guest executes */
};

enum { QEMU_ARGS_MAX = 128, QEMU_INHERITED_MAX = 8 };

struct qemu_command {
	char *argv[QEMU_ARGS_MAX + 1]; /* ends with NULL; each on the heap */
	unsigned nr;
	int inherited[QEMU_INHERITED_MAX]; /* descriptors that the emulator gets */
	unsigned nr_inherited;
};

/* Build the command line for @setup. */
void qemu_command_build(struct qemu_command *command, const struct qemu_setup *setup);
/* Begin a command line with the program's name. */
void qemu_command_begin(struct qemu_command *command, const char *emulator);
/* Add an option, and behind a blank its value; what is beyond QEMU_ARGS_MAX is dropped. */
void qemu_command_add(struct qemu_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The command line as one string that a shell would read back; the caller frees it. */
char *qemu_command_text(const struct qemu_command *command);
void qemu_command_fini(struct qemu_command *command);

struct qemu {
	pid_t pid;
	int serial_fd; /* to be read: the guest's serial port */
	int errors_fd; /* to be read: the emulator's standard error */
};

/*
 * Start the emulator; it dies with this process. Returns: 0, or a negative errno after a message.
 */
int qemu_start(struct qemu *qemu, const struct qemu_command *command)
	__attribute__((warn_unused_result));

/* End the emulator if it still runs, and wait for its end. Returns: its wait status. */
int qemu_stop(struct qemu *qemu);

/*
 * Start the emulator with @option ("": none) and --version, and put what it prints into @text, as
 * far as there is room.
 * Returns: its wait status, which is not 0 if it did not end in time; or -1 after a message if it
 * did not start.
 */
int qemu_ask(const char *emulator, const char *option, char *text, size_t size);

/*
 * Is the emulator's version recent enough? Returns: true, also if it is unknown; or false after a
 * message.
 */
bool qemu_version_is_enough(const char *emulator);

/* May KVM be used by default: does /dev/kvm open, and has the CPU virtualisation? */
bool qemu_kvm_is_usable(void);
