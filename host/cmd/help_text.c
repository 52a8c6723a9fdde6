// SPDX-License-Identifier: MIT
#include "cmd/help_text.h"

#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "trace/trace_width.h"

enum { WIDTH_MIN = 40, WIDTH_MAX = 100 };

unsigned help_width(FILE *out)
{
	struct winsize size;

	if (!isatty(fileno(out)) || ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return WIDTH_MAX;
	return size.ws_col < WIDTH_MIN	 ? WIDTH_MIN
	       : size.ws_col > WIDTH_MAX ? WIDTH_MAX
					 : size.ws_col;
}

void help_fill(FILE *out, const char *text, unsigned indent, unsigned width)
{
	unsigned at = indent; /* the column of the cursor */
	bool starts = true;   /* nothing is on the line yet */

	while (*text) {
		size_t len = strcspn(text, " \n");
		unsigned columns = trace_width(text, len);

		if (len && !starts && at + 1 + columns > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
			starts = true;
		}
		if (len) {
			fprintf(out, "%s%.*s", starts ? "" : " ", (int)len, text);
			at += columns + !starts;
			starts = false;
		}
		text += len;
		if (text[0] == '\n' && (text[1] == '\n' || text[1] == ' ')) {
			/* The end of a paragraph, and what is before the next word as it is. */
			size_t blank = strspn(text, " \n");

			fprintf(out, "%.*s", (int)blank, text);
			for (size_t i = 0; i < blank; i++)
				at = text[i] == '\n' ? 0 : at + 1;
			text += blank;
			starts = true;
			while (at && *text && *text != '\n') { /* a line that stays */
				fputc(*text++, out);
			}
		} else if (*text) {
			text++;
		}
	}
	fputc('\n', out);
}
