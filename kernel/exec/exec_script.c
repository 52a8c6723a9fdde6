// SPDX-License-Identifier: MIT
/*
 * Programs that are text: "#!interpreter argument" in the first line names the program that is to
 * run them. execve(2).
 */
#include "core/assert.h"
#include "core/errno.h"
#include "exec/exec.h"
#include "lib/string.h"
#include "vfs/file/file.h"

#include <linux/fcntl.h>

#define SCRIPT_DEPTH_MAX 5
#define SCRIPT_LINE_MAX 256

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * The first line without "#!" into @line: up to a newline, a NUL or the end of the file. As on
 * Linux a longer one loses its last byte to the NUL. -ENOEXEC when the interpreter's name is cut,
 * or a whole line names none; -EACCES when the file or a NUL ends the line before there is a name:
 * Linux then opens "", which is the current directory.
 */
static int first_line(const struct exec_request *request, char line[SCRIPT_LINE_MAX])
{
	size_t len = min((size_t)request->head_len, (size_t)SCRIPT_LINE_MAX) - 2;
	char *newline;
	size_t i = 0, used;

	memcpy(line, request->head + 2, len);
	line[len] = '\0';
	newline = strchr(line, '\n');
	if (newline)
		*newline = '\0';
	used = strlen(line);
	while (is_blank(line[i]))
		i++;
	if (!line[i])
		return newline || used >= SCRIPT_LINE_MAX - 3 ? -ENOEXEC : -EACCES;
	if (newline || used < SCRIPT_LINE_MAX - 2)
		return 0;
	/* A cut argument is used as it is; a cut name would start something else. */
	while (line[i] && !is_blank(line[i]))
		i++;
	if (!line[i])
		return -ENOEXEC;
	line[len - 1] = '\0';
	return 0;
}

/* Split: interpreter, and all the rest of the line as one argument (NULL: none). */
static char *split(char *line, char **argument)
{
	char *name, *end;

	for (end = line + strlen(line); end > line && is_blank(end[-1]);)
		*--end = '\0';
	for (name = line; is_blank(*name);)
		name++;
	*argument = NULL;
	for (end = name; *end && !is_blank(*end);)
		end++;
	if (*end) {
		*end++ = '\0';
		while (is_blank(*end))
			end++;
		*argument = end;
	}
	return name;
}

int exec_script(struct exec_request *request, unsigned depth)
{
	struct exec_arguments *arguments = request->arguments;
	char line[SCRIPT_LINE_MAX], *interpreter, *argument;
	int err;

	if (request->head_len < 2 || request->head[0] != '#' || request->head[1] != '!')
		return 0;
	if (depth >= SCRIPT_DEPTH_MAX)
		return -ELOOP;
	err = first_line(request, line);
	if (err)
		return err;
	interpreter = split(line, &argument);
	debug_assert(*interpreter);
	/*
	 * The script's name replaces argv[0]. If the script is itself an interpreter, its name is
	 * there already.
	 */
	if (!depth) {
		exec_arguments_drop_first(arguments);
		err = exec_arguments_push(arguments, request->path);
	}
	if (!err && argument)
		err = exec_arguments_push(arguments, argument);
	if (!err)
		err = exec_arguments_push(arguments, interpreter);
	if (err)
		return err;
	file_put(request->file);
	request->file = NULL;
	err = exec_open(request, AT_FDCWD, arguments->prefix[0], 0);
	return err ? err : 1;
}
