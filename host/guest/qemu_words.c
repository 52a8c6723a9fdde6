// SPDX-License-Identifier: MIT
/*
 * qemu_words.c -- QEMU's errors as messages.
 *
 * Idea.  A table of words that occur in QEMU's messages, with what they are about and what to do.
 *   They are those of QEMU 7 to 9; a message that no row knows is quoted by the caller.
 * Tests.  qemu_words_test.c, tests/system/errors.t.
 */
#include "guest/qemu_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/say.h"

enum about {
	ABOUT_EMULATOR,
	ABOUT_CPU,
	ABOUT_CPUS,
	ABOUT_MACHINE,
	ABOUT_MEMORY,
	ABOUT_ACCEL,
	ABOUT_KERNEL,
	ABOUT_DISK
};

#define CPU_HELP "'qemu-system-x86_64 -cpu help' lists them"
#define NO_MEMORY                                                                                  \
	"this host does not give the emulator that much: give less, or end other programs ('ulimit -v' may be the limit)"
#define NO_KERNEL                                                                                  \
	"the emulator cannot load it: name Creance's by CREANCE_KERNEL, or run 'make' in Creance's source"
#define NO_PART                                                                                    \
	"a part of QEMU is missing: install all of it (Debian: apt-get install qemu-system-x86)"

/* The first row whose words occur decides. */
static const struct {
	const char *said;
	enum about about;
	const char *meaning;
} rows[] = {
	{"error while loading shared libraries", ABOUT_EMULATOR,
	 "a library of it is missing: install it again"},
	{"Too many open files", ABOUT_EMULATOR, "it may open too few files: raise 'ulimit -n'"},
	{"Failed to get \"write\" lock", ABOUT_DISK,
	 "another guest uses the image: wait for its end, or give each one a copy"},
	{"Failed to get shared \"write\" lock", ABOUT_DISK,
	 "another guest may write the image: wait for its end, or use a copy"},
	{"unable to find CPU model", ABOUT_CPU, "the emulator has no such CPU model: " CPU_HELP},
	{"-x86_64-cpu.", ABOUT_CPU, "the emulator's CPU has no such feature: " CPU_HELP},
	{"expected key=value format", ABOUT_CPU,
	 "a feature is written +NAME, -NAME or NAME=on: " CPU_HELP},
	{"CPU model 'host' requires KVM", ABOUT_CPU,
	 "only KVM has the host's CPU: choose another, such as max"},
	{"Invalid SMP CPUs", ABOUT_CPUS, "the machine cannot have so many: give fewer"},
	{"unsupported machine type", ABOUT_MACHINE, NO_PART},
	{"is not a valid device model name", ABOUT_MACHINE, NO_PART},
	{"could not load PC BIOS", ABOUT_MACHINE, NO_PART},
	{"failed to find romfile", ABOUT_MACHINE, NO_PART},
	{"kvm", ABOUT_ACCEL,
	 "this host's KVM does not run the guest: leave the option out, or write --accel tcg"},
	{"KVM", ABOUT_ACCEL,
	 "this host's KVM does not run the guest: leave the option out, or write --accel tcg"},
	{"invalid accelerator", ABOUT_ACCEL, NO_PART},
	{"linux kernel too old", ABOUT_KERNEL, NO_KERNEL},
	{"Error loading uncompressed kernel", ABOUT_KERNEL, NO_KERNEL},
	{"could not load kernel", ABOUT_KERNEL, NO_KERNEL},
	{"could not open kernel file", ABOUT_KERNEL, NO_KERNEL},
	{"annot set up guest memory", ABOUT_MEMORY, NO_MEMORY},
	{"annot allocate memory", ABOUT_MEMORY, NO_MEMORY},
	{"ram size", ABOUT_MEMORY, NO_MEMORY},
};

/* What the message is about, as the user has written it or would write it; the caller frees it. */
static char *subject(enum about about, const struct guest_options *o, const char *kernel)
{
	switch (about) {
	case ABOUT_CPU:
		return must_format("--cpu %s", o->cpu_model);
	case ABOUT_CPUS:
		return must_format("--cpus %u", o->cpus);
	case ABOUT_MACHINE:
		return must_format("--machine %s", machine_names[o->machine]);
	case ABOUT_MEMORY:
		return must_format("--memory %lluM", (unsigned long long)(o->memory_bytes >> 20));
	case ABOUT_ACCEL:
		return must_format("--accel %s", o->accel == ACCEL_TCG ? "tcg" : "kvm");
	case ABOUT_KERNEL:
		return must_format("the kernel %s", kernel);
	case ABOUT_DISK:
		return must_format("--disk");
	case ABOUT_EMULATOR:
		break;
	}
	return must_format("the emulator");
}

/* The line of @text that @at is in, without "qemu-system-x86_64: "; *len is its length. */
static const char *line_around(const char *text, const char *at, size_t *len)
{
	static const char prefix[] = "qemu-system-x86_64: ";

	while (at > text && at[-1] != '\n')
		at--;
	if (strncmp(at, prefix, strlen(prefix)) == 0)
		at += strlen(prefix);
	*len = strcspn(at, "\r\n");
	return at;
}

char *qemu_words(const char *text, size_t len, const struct guest_options *options,
		 const char *kernel)
{
	char *copy = must_format("%.*s", (int)len, text), *message = NULL;

	for (size_t i = 0; !message && i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *at = strstr(copy, rows[i].said);

		if (!at)
			continue;
		char *about = subject(rows[i].about, options, kernel);
		const char *line = line_around(copy, at, &len);

		message = options->verbose ? must_format("%s: %s", about, rows[i].meaning)
					   : must_format("%s: %s (QEMU: %.*s)", about,
							 rows[i].meaning, (int)len, line);
		free(about);
	}
	free(copy);
	return message;
}
