/* SPDX-License-Identifier: MIT */
/* Texts from outside, in documents of XML and HTML. */
#pragma once

#include <stddef.h>
#include <stdio.h>

/*
 * Write @len bytes of @text as character data, or as a part of a value in double quotes: nothing of
 * it is an element, and what XML has no character for is a blank.
 */
void xml_text(FILE *out, const char *text, size_t len);
