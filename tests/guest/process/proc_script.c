// SPDX-License-Identifier: MIT
/* proc_script.c -- programs that start with #!. */
#include "tap.h"

/* For text with NULs in it. */
static void write_script(const char *name, const char *text, size_t len)
{
	int fd = MUST(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755));

	CHECK_EQ(write(fd, text, len), (ssize_t)len);
	close(fd);
}

static void script(const char *name, const char *format, const char *interpreter)
{
	char text[5000];

	snprintf(text, sizeof(text), format, interpreter);
	close(tap_file(name, text));
	MUST(chmod(name, 0755));
}

static int run(const char *name, char *const argv[])
{
	return IN_CHILD(execve(name, argv, environ); _exit(errno));
}

TEST(with_argument, "the interpreter gets its one argument, the path, then the arguments")
{
	script("s", "#!%s --child\nrest of the script\n", tap_self);
	CHECK_EXITED(run("./s", (char *[]){"name", "one", "two", NULL}), 31);
}

TEST(spaces, "blanks around the argument are trimmed, blanks inside stay")
{
	script("s", "#! \t %s  --child  \t\nx\n", tap_self);
	CHECK_EXITED(run("./s", (char *[]){"name", "one", "two", NULL}), 31);
	script("t", "#!%s -a  b c \n", tap_self);
	CHECK_EXITED(IN_CHILD(setenv("SCRIPT_PROBE", "-a  b c", 1); setenv("TAP_ONLY", "probe", 1);
			      dup2(open("/dev/null", O_WRONLY), 1); execl("./t", "t", NULL)),
		     0);
}

TEST(no_newline, "a first line without newline at the end of the file works")
{
	script("s", "#!%s --child", tap_self);
	CHECK_EXITED(run("./s", (char *[]){"name", "one", "two", NULL}), 31);
}

TEST(errors, "missing interpreter ENOENT, no interpreter ENOEXEC, directory EACCES")
{
	script("missing", "#!%s\n", "/nowhere/at/all");
	CHECK_EXITED(run("./missing", (char *[]){"x", NULL}), ENOENT);
	script("none", "#!%s\n", "");
	CHECK_EXITED(run("./none", (char *[]){"x", NULL}), ENOEXEC);
	script("dir", "#!%s\n", "/");
	CHECK_EXITED(run("./dir", (char *[]){"x", NULL}), EACCES);
	close(tap_file("noexec", "x"));
	script("closed", "#!%s\n", "./noexec");
	CHECK_EXITED(run("./closed", (char *[]){"x", NULL}), EACCES);
}

/* Linux opens "" when the line does not even end; a line that ends names nothing to open. */
TEST(nameless, "a first line without interpreter: ENOEXEC if it ends, EACCES at the end of the file")
{
	static const struct {
		const char *text;
		size_t len;
		int error;
	} rows[] = {
		{"#!", 2, EACCES},	 {"#! \t", 4, EACCES},	      {"#!\0/bin/sh\n", 11, EACCES},
		{"#!\n", 3, ENOEXEC}, {"#! \t\n", 5, ENOEXEC}, {"#!\n/bin/sh\n", 11, ENOEXEC},
	};
	char blanks[400];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		write_script("nameless", rows[i].text, rows[i].len);
		CHECK_EXITED(run("./nameless", (char *[]){"x", NULL}), rows[i].error);
	}
	/* the first 256 bytes count */
	memset(blanks, ' ', sizeof(blanks));
	memcpy(blanks, "#!", 2);
	for (size_t len = 253; len <= sizeof(blanks); len++) {
		write_script("nameless", blanks, len);
		CHECK_EXITED(run("./nameless", (char *[]){"x", NULL}), len < 255 ? EACCES : ENOEXEC);
	}
}

TEST(nested, "a script may be the interpreter of a script; without end it is ELOOP")
{
	script("inner", "#!%s --child\n", tap_self);
	script("outer", "#!%s extra\n", "./inner");
	CHECK_EXITED(run("./outer", (char *[]){"name", "one", NULL}), 32);
	script("self", "#!%s\n", "./self");
	CHECK_EXITED(run("./self", (char *[]){"x", NULL}), ELOOP);
}

TEST(long_line, "an interpreter name that is cut off by the 256-byte limit is refused")
{
	char line[400];

	memset(line, 'a', sizeof(line));
	memcpy(line, "/tmp/", 5);
	line[300] = '\0';
	script("long", "#!%s\n", line);
	CHECK_EXITED(run("./long", (char *[]){"x", NULL}), ENOEXEC);
}

TEST(probe, "probe")
{
	const char *want = getenv("SCRIPT_PROBE");

	if (want)
		CHECK_STR(tap_argv[1], want);
}

/* argv: what follows the interpreter argument "--child". */
int tap_child_main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[0], "./s") && !strcmp(argv[1], "one") &&
	    !strcmp(argv[2], "two") && !strcmp(tap_argv[0], tap_self[0] ? tap_self : tap_argv[0]))
		return 31;
	if (argc == 4 && !strcmp(argv[0], "./inner") && !strcmp(argv[1], "extra") &&
	    !strcmp(argv[2], "./outer") && !strcmp(argv[3], "one"))
		return 32;
	for (int i = 0; i < argc; i++)
		tap_diag("argv[%d] = %s", i, argv[i]);
	return 1;
}
