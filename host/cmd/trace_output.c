// SPDX-License-Identifier: MIT
#include "cmd/trace_output.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/say.h"
#include "cmd/pager.h"

/* Write the whole to @out. Returns: 0, also if its reader wants no more, or an errno. */
static int write_to(FILE *out, int (*write)(FILE *out, const void *what), const void *what)
{
	int err = -write(out, what);

	if (!err && (fflush(out) != 0 || ferror(out)))
		err = errno == EPIPE ? 0 : errno ? errno : EIO;
	return err;
}

static int write_file(const char *path, int (*write)(FILE *out, const void *what), const void *what)
{
	FILE *out = fopen(path, "we");
	int err = out ? write_to(out, write, what) : errno;

	if (out && fclose(out) != 0 && !err)
		err = errno;
	return err;
}

static int write_standard(int (*write)(FILE *out, const void *what), const void *what)
{
	struct pager pager;
	FILE *out = pager_start(&pager);
	int err = write_to(out ? out : stdout, write, what);

	if (out && pager_end(&pager))
		err = write_to(stdout, write, what);
	return err;
}

int trace_output_write(const char *path, int (*write)(FILE *out, const void *what),
		       const void *what)
{
	bool to_file = path && strcmp(path, "-") != 0;
	int err = to_file ? write_file(path, write, what) : write_standard(write, what);

	if (!err)
		return 0;
	say("%s cannot be written (%s): name another file with -o, or free some space",
	    to_file ? path : "standard output", strerror(err));
	return STATUS_FAILED;
}
