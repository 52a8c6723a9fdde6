// SPDX-License-Identifier: MIT
/*
 * call_structures.c -- structures of which not all fields are always shown.
 *
 * Idea.  What strace shows of these depends on what is in them: a device has numbers instead of a
 *   size, a time may be a name, a signal's information depends on who sent it. Each is read as a
 *   structure of the C library and written by its own function; all others are lists of fields
 *   (call_types.tbl.h).
 * Invariants.  Those of call_value.c. A function writes nothing if not all is there that it reads.
 * Tests.  call_view_test.c, tests/system/trace_calls.t.
 */
#include "calls/call_structures.h"

#include <inttypes.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/stat.h>

#include "calls/call_kind_values.h"
#include "calls/call_names.h"
#include "calls/call_signal.h"

static bool read_at(struct call_place place, size_t offset, void *to, size_t bytes)
{
	return call_memory_read(place.memory, place.at_return, place.address + offset, to, bytes) ==
	       bytes;
}

static void number_text(struct trace_text *text, struct call_kind kind, uint64_t value)
{
	call_number_text(text, kind, value, 4);
}

static bool stat_text(struct trace_text *text, struct call_place place)
{
	static const struct call_kind mode = CALL_KIND(file_mode);
	struct stat st;
	size_t first = offsetof(struct stat, st_mode);

	/* the part that the kernel copies */
	if (!read_at(place, first, (char *)&st + first, 40))
		return false;
	trace_text_add(text, "{st_mode=");
	number_text(text, mode, st.st_mode);
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
		trace_text_add(text, ", st_rdev=");
		call_device_text(text, st.st_rdev);
	} else {
		trace_text_add(text, ", st_size=%lld", (long long)st.st_size);
	}
	trace_text_add(text, ", ...}");
	return true;
}

static bool time_text(struct trace_text *text, struct call_place place, bool has_micro)
{
	int64_t words[2];

	if (!read_at(place, 0, words, sizeof(words)))
		return false;
	if (!has_micro && (words[1] == UTIME_NOW || words[1] == UTIME_OMIT)) {
		trace_text_add(text, words[1] == UTIME_NOW ? "UTIME_NOW" : "UTIME_OMIT");
		return true;
	}
	trace_text_add(text, "{tv_sec=%" PRId64 ", %s=%" PRId64 "}", words[0],
		       has_micro ? "tv_usec" : "tv_nsec", words[1]);
	if (words[1] >= 0 && words[1] < 1000000000)
		call_date_text(text, words[0], (unsigned)words[1] * (has_micro ? 1000 : 1));
	return true;
}

static bool pollfd_text(struct trace_text *text, struct call_place place)
{
	struct pollfd fd;

	if (!read_at(place, 0, &fd, sizeof(fd)))
		return false;
	trace_text_add(text, "{fd=%d", fd.fd);
	if (fd.fd >= 0) {
		trace_text_add(text, ", events=");
		call_flags_text(text, CALL_SET_poll, (uint16_t)fd.events);
	}
	trace_text_add(text, "}");
	return true;
}

static bool action_text(struct trace_text *text, struct call_place place)
{
	enum { HANDLER, FLAGS, RESTORER, MASK, NR_WORDS, HAS_RESTORER = 0x4000000 };
	static const struct call_kind handler = CALL_KIND(handler);
	uint64_t words[NR_WORDS];

	if (!read_at(place, 0, words, sizeof(words)))
		return false;
	trace_text_add(text, "{sa_handler=");
	call_number_text(text, handler, words[HANDLER], 8);
	trace_text_add(text, ", sa_mask=");
	place.address += MASK * sizeof(*words);
	call_object_text(text, place, CALL_TYPE_sigset);
	trace_text_add(text, ", sa_flags=");
	call_flags_text(text, CALL_SET_sigaction, words[FLAGS]);
	if (words[FLAGS] & HAS_RESTORER) {
		trace_text_add(text, ", sa_restorer=");
		call_address_text(text, words[RESTORER]);
	}
	trace_text_add(text, "}");
	return true;
}

static bool siginfo_text(struct trace_text *text, struct call_place place)
{
	uint64_t words[6];

	if (!read_at(place, 0, words, sizeof(words)))
		return false;
	if (!(uint32_t)words[0]) { /* waitid has found no child */
		trace_text_add(text, "{}");
		return true;
	}
	words[1] = (uint64_t)(int32_t)words[1];
	words[4] = (uint32_t)words[4] | words[5] << 32;
	call_signal_text(text, (uint32_t)words[0], &words[1]);
	return true;
}

static bool sigevent_text(struct trace_text *text, struct call_place place)
{
	static const struct call_kind number = CALL_KIND(signal);
	struct {
		uint64_t value;
		uint32_t signal, notify;
		uint64_t rest;
	} event;

	if (!read_at(place, 0, &event, sizeof(event)))
		return false;
	trace_text_add(text, "{sigev_value=");
	call_object_text(text, place, CALL_TYPE_sigval);
	trace_text_add(text, ", sigev_signo=");
	if (event.notify == SIGEV_SIGNAL || event.notify == SIGEV_THREAD_ID)
		number_text(text, number, event.signal);
	else
		trace_text_add(text, "%u", event.signal);
	trace_text_add(text, ", sigev_notify=");
	call_word_text(text, CALL_SET_sigev_notify, event.notify);
	if (event.notify == SIGEV_THREAD_ID)
		trace_text_add(text, ", sigev_notify_thread_id=%d", (int)(uint32_t)event.rest);
	trace_text_add(text, "}");
	return true;
}

static bool fsid_text(struct trace_text *text, struct call_place place)
{
	uint32_t words[2];

	if (!read_at(place, 0, words, sizeof(words)))
		return false;
	trace_text_add(text, "[%#x, %#x]", words[0], words[1]);
	return true;
}

bool call_structure_text(struct trace_text *text, struct call_place place, enum call_type type)
{
	switch (type) {
	case CALL_TYPE_stat:
		return stat_text(text, place);
	case CALL_TYPE_file_time:
	case CALL_TYPE_file_timeval:
		return time_text(text, place, type == CALL_TYPE_file_timeval);
	case CALL_TYPE_pollfd:
		return pollfd_text(text, place);
	case CALL_TYPE_sigaction:
		return action_text(text, place);
	case CALL_TYPE_siginfo:
		return siginfo_text(text, place);
	case CALL_TYPE_sigevent:
		return sigevent_text(text, place);
	case CALL_TYPE_fsid_words:
		return fsid_text(text, place);
	default:
		return false;
	}
}

/* ", parent_tid=0x7f12": where clone3 is to write, or what it is to set. */
static void address_text(struct trace_text *text, const char *name, uint64_t address)
{
	trace_text_add(text, ", %s=", name);
	call_address_text(text, address);
}

/* "=> {parent_tid=[7]}" */
static void cloned_text(struct trace_text *text, struct call_place place,
			const struct clone_args *args)
{
	const char *before = " => {";
	uint32_t number;

	place.at_return = true;
	place.address = args->pidfd;
	if ((args->flags & CLONE_PIDFD) && read_at(place, 0, &number, sizeof(number))) {
		trace_text_add(text, "%spidfd=[%d]", before, (int)number);
		before = ", ";
	}
	place.address = args->parent_tid;
	if ((args->flags & CLONE_PARENT_SETTID) && read_at(place, 0, &number, sizeof(number))) {
		trace_text_add(text, "%sparent_tid=[%d]", before, (int)number);
		before = ", ";
	}
	if (*before == ',')
		trace_text_add(text, "}");
}

bool call_clone_text(struct trace_text *text, struct call_place place, bool returned)
{
	static const struct call_kind number = CALL_KIND(signal);
	struct clone_args args;

	place.at_return = false;
	if (!read_at(place, 0, &args, CLONE_ARGS_SIZE_VER0))
		return false;
	trace_text_add(text, "{flags=");
	call_flags_text(text, CALL_SET_clone3, args.flags);
	if (args.flags & CLONE_PIDFD)
		address_text(text, "pidfd", args.pidfd);
	if (args.flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID))
		address_text(text, "child_tid", args.child_tid);
	if (args.flags & CLONE_PARENT_SETTID)
		address_text(text, "parent_tid", args.parent_tid);
	trace_text_add(text, ", exit_signal=");
	number_text(text, number, args.exit_signal);
	address_text(text, "stack", args.stack);
	trace_text_add(text, ", stack_size=%#llx", (unsigned long long)args.stack_size);
	if (args.flags & CLONE_SETTLS)
		address_text(text, "tls", args.tls);
	trace_text_add(text, "}");
	if (returned)
		cloned_text(text, place, &args);
	return true;
}

bool call_mask_text(struct trace_text *text, struct call_place place)
{
	uint64_t words[2];
	struct call_place set = place;

	if (!read_at(place, 0, words, sizeof(words)))
		return false;
	set.address = words[0];
	trace_text_add(text, "{sigmask=");
	if (!words[0] || !call_object_text(text, set, CALL_TYPE_sigset))
		call_address_text(text, words[0]);
	trace_text_add(text, ", sigsetsize=%" PRIu64 "}", words[1]);
	return true;
}
