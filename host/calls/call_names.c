// SPDX-License-Identifier: MIT
#include "calls/call_names.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/ioctl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls/call_table.h"

struct name {
	const char *text;
	uint64_t value, mask;
};

#define N(name) {#name, (uint64_t)(int64_t)(name), 0},
#define F(name, mask) {#name, (uint64_t)(int64_t)(name), mask},
#define V(name, value) {#name, (uint64_t)(int64_t)(value), 0},
#define M(name, value, mask) {#name, value, mask},
#define END                                                                                        \
	{                                                                                          \
		NULL, 0, 0                                                                         \
	}

#define CALL_NAMES(set, ...) static const struct name set##_names[] = {__VA_ARGS__ END};
#include "calls/call_names.tbl.h"
#undef CALL_NAMES

static const struct name *const sets[] = {
#define CALL_NAMES(set, ...) [CALL_SET_##set] = set##_names,
#include "calls/call_names.tbl.h"
};

/*
 * How the names of a set begin: "O_", "EPOLL_CTL_". Returns: how many characters of the first one,
 * 0 if they have nothing in common.
 */
static size_t common_begin(const struct name *names)
{
	size_t len = 0;
	const char *first = NULL, *last;

	for (const struct name *n = names; n->text; n++) {
		size_t same = 0;

		if (*n->text == '0') /* the name of no bits */
			continue;
		if (!first) {
			first = n->text;
			len = strlen(first);
		}
		while (same < len && first[same] == n->text[same])
			same++;
		len = same;
	}
	last = first ? memrchr(first, '_', len) : NULL;
	return last ? (size_t)(last + 1 - first) : len;
}

/* A number without a name, and how its names would begin: 0x5, then EPOLL_??? in a comment. */
static void unnamed_text(struct trace_text *text, enum call_set set, uint64_t value)
{
	const char *names = set >= CALL_SET_ioctl ? call_command_begin(set) : sets[set]->text;
	size_t len = set >= CALL_SET_ioctl ? strlen(names) : common_begin(sets[set]);

	trace_text_add(text, "%#llx", (unsigned long long)value);
	if (*names == '0' && set < CALL_SET_ioctl)
		names = sets[set][1].text;
	if (len && names)
		trace_text_add(text, " /* %.*s??? */", (int)len, names);
}

/* A command of ioctl as its parts. */
static void ioctl_text(struct trace_text *text, uint32_t command)
{
	static const char *const directions[] = {"_IOC_NONE", "_IOC_WRITE", "_IOC_READ",
						 "_IOC_READ|_IOC_WRITE"};

	trace_text_add(text, "_IOC(%s, %#x, %#x, %#x)", directions[_IOC_DIR(command)],
		       _IOC_TYPE(command), _IOC_NR(command), _IOC_SIZE(command));
}

void call_word_text(struct trace_text *text, enum call_set set, uint64_t value)
{
	const char *command = NULL;

	if (set >= CALL_SET_ioctl) {
		command = call_command_name(set, value);
	} else {
		for (const struct name *n = sets[set]; n->text && !command; n++)
			command = (uint32_t)n->value == (uint32_t)value ? n->text : NULL;
	}
	if (command)
		trace_text_add(text, "%s", command);
	else if (set == CALL_SET_ioctl)
		ioctl_text(text, (uint32_t)value);
	else
		unnamed_text(text, set, (uint32_t)value);
}

void call_flags_text(struct trace_text *text, enum call_set set, uint64_t value)
{
	uint64_t rest = value, fields = 0;
	const char *bar = "";

	for (const struct name *n = sets[set]; n->text; n++) {
		uint64_t mask = n->mask ? n->mask : n->value;

		/* The name of a field's value, such as O_RDONLY, may be that of 0. */
		if (n->mask ? (fields & mask) || (value & mask) != n->value : (rest & mask) != mask)
			continue;
		trace_text_add(text, "%s%s", bar, n->text);
		bar = "|";
		rest &= ~mask;
		fields |= n->mask;
	}
	if (rest && *bar)
		trace_text_add(text, "|%#llx", (unsigned long long)rest);
	else if (rest)
		unnamed_text(text, set, rest);
	else if (!*bar)
		trace_text_add(text, "0");
}
