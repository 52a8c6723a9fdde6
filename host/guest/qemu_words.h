/* SPDX-License-Identifier: MIT */
/*
 * qemu_words.h -- why the emulator did not start, in the words of this command: QEMU speaks of its
 * own options, which the user has not written.
 */
#pragma once

#include <stddef.h>

#include "base/guest_options.h"

/*
 * What QEMU's error @text, @len bytes, means for a guest with @options and @kernel: "--cpu vax: the
 * emulator has no such CPU model: ...", with QEMU's own line in parentheses unless -v has shown it.
 * Returns: the message, which the caller frees; NULL: it is none that is known.
 */
char *qemu_words(const char *text, size_t len, const struct guest_options *options,
		 const char *kernel);
