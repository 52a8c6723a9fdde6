/* SPDX-License-Identifier: MIT */
/*
 * Text from elsewhere (the guest, a file's name) in a form that a terminal only shows: what would
 * move its cursor, change its state or the order of its characters becomes \xNN, byte by byte.
 * That is C0 and C1 controls, DEL, Unicode's line ends and bidirectional controls, and whatever is
 * no UTF-8. Everything else stays as it is. Plain C: the host command and the guest's lde have it,
 * too.
 */
#pragma once

#include <stddef.h>

#define PRINTABLE_MAX 16u /* bytes that one character may take: four, each as \xNN */

/*
 * The character at @text, of which @len > 0 bytes are there, as it may be shown: its bytes go to
 * @out, their number to *shown.
 * Returns: how many bytes of @text it has.
 */
size_t printable_next(const char *text, size_t len, char out[PRINTABLE_MAX], size_t *shown);

/*
 * All @len bytes of @text as one line in @out, which has @size > 0 bytes and ends with NUL; what
 * does not fit is cut off between characters. Returns: the length.
 */
size_t printable_text(char *out, size_t size, const char *text, size_t len);
