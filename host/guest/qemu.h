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
	int initrd_fd;
	int link_fd;   /* the guest's end of the link */
	int memory_fd; /* a file that is the guest's memory; 0: none */
	bool sandbox;  /* qemu_sandbox.h */
	bool kvm;
	bool may_reboot;	/* else a reset ends the emulator */
	int monitor_fd;		/* the emulator's end of its monitor; 0: none */
	const char *gdb_socket; /* NULL: no gdb stub; else the guest waits for a debugger there */
};

#define QEMU_ARGS_MAX 64

struct qemu_command {
	char *argv[QEMU_ARGS_MAX + 1]; /* ends with NULL; each on the heap */
	unsigned nr;
	int monitor_fd, memory_fd; /* inherited by the emulator; 0: none */
};

/* microvm with the devices that a kernel needs at the start, and nothing to boot from. */
#define QEMU_MICROVM "microvm,acpi=on,pit=on,pic=on,rtc=on,isa-serial=on,x-option-roms=off"

/* Build the command line for @setup. */
void qemu_command_build(struct qemu_command *command, const struct qemu_setup *setup);
/* Add one argument; more than QEMU_ARGS_MAX are dropped. */
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
 * Start the emulator; it gets @link_fd and @initrd_fd, and dies with this process.
 * Returns: 0, or a negative errno after a message.
 */
int qemu_start(struct qemu *qemu, const struct qemu_command *command, int link_fd, int initrd_fd)
	__attribute__((warn_unused_result));

/* End the emulator if it still runs, and wait for its end. Returns: its wait status. */
int qemu_stop(struct qemu *qemu);

/*
 * Is the emulator's version recent enough? Returns: true, or false after a message.
 */
bool qemu_version_is_enough(const char *emulator);

/* May KVM be used by default: does /dev/kvm open, and has the CPU virtualisation? */
bool qemu_kvm_is_usable(void);
