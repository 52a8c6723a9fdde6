/* SPDX-License-Identifier: MIT */
/*
 * Escaping of text from untrusted sources (the guest, file names) so that it is safe to show on a
 * terminal: what would move the cursor, change the terminal's state or reorder characters becomes
 * \xNN, byte by byte. That is C0 and C1 controls, DEL, Unicode's line separators and bidirectional
 * controls, and everything that is not valid UTF-8. All other text is unchanged. Plain C: the host
 * command and the guest's lde use it too.
 */
#pragma once

#include <stddef.h>

#define PRINTABLE_MAX 16u /* bytes that one character may become: four, each as \xNN */

/*
 * Write the character at @text, of which @len > 0 bytes are available, to @out in its safe form;
 * *shown is the number of bytes written. Returns: how many bytes of @text it takes.
 */
size_t printable_next(const char *text, size_t len, char out[PRINTABLE_MAX], size_t *shown);

/*
 * Write all @len bytes of @text to @out in safe form, as one line; @out has @size > 0 bytes and
 * ends with a NUL. What does not fit is cut off between characters. Returns: the length.
 */
size_t printable_text(char *out, size_t size, const char *text, size_t len);
