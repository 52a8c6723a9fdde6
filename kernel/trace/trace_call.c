// SPDX-License-Identifier: MIT
/*
 * trace_call.c -- a traced call's memory.
 *
 * Idea.  The table of calls says for each argument which memory it points to and whether the call
 *   reads or writes it. That memory is copied in pieces of 40 bytes into events that follow the
 *   call's own; the reader finds a piece by its address, so what a structure points to needs no
 *   more than pieces with other addresses.
 * Invariants.
 *   C1  A trace changes nothing for the program: memory is read by vm_peek, which maps nothing.
 *       What it cannot read is left out; the reader shows the address.
 *   C2  Of one argument at most OBJECT_BYTES are copied, of a string STRING_BYTES, and of a call
 *       TRACE_CALL_PIECES pieces at its begin and at its return.
 *   C3  Lengths and pointers are the program's, and may change while they are read: each is loaded
 *       once, and lengths are bounded after that. What the trace has of a list or a structure is
 *       what was loaded (put_known), so that the pieces that follow it are those that it names.
 * Cost.  Nothing while no trace runs: kernel_syscall_traced alone calls it. Some 230 instructions
 *   for a piece with its event.
 * Tests.  trace_call_test.c, tests/guest/trace, tests/system/trace_calls.t.
 */
#include "trace/trace_call.h"
#include "arch/arch_thread.h"
#include "lib/string.h"
#include "syscall/dispatch.h"
#include "trace/trace.h"
#include "uapi/dirent64.h"
#include "uapi/socket_abi.h"
#include "vm/vm_peek.h"

#include <asm/ioctls.h>
#include <asm/prctl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/uio.h>

#define BUFFER_BYTES 40u  /* of a buffer: a piece */
#define OBJECT_BYTES 160u /* of a list of structures */
#define STRING_BYTES 256u /* of a path */
#define WORD_BYTES 80u	  /* of one of a list of strings */
#define NR_STRINGS 12u
#define NR_VECTORS 4u
#define ENVIRONMENT_MAX 4096u

/* ---- the table ---- */

#define CALL_SCALAR(name, bytes, kind) TYPE_##name,
#define CALL_STRUCT(name, bytes, first, shown, fields) TYPE_##name,
#define CALL_SPECIAL(name, bytes, first, shown) TYPE_##name,
enum type {
#include "uapi/call_types.tbl.h"
	NR_TYPES
};
#undef CALL_SCALAR
#undef CALL_STRUCT
#undef CALL_SPECIAL

#define CALL_SCALAR(name, bytes, kind) [TYPE_##name] = {bytes, 0, bytes},
#define CALL_STRUCT(name, bytes, first, shown, fields) [TYPE_##name] = {bytes, first, shown},
#define CALL_SPECIAL(name, bytes, first, shown) [TYPE_##name] = {bytes, first, shown},
static const struct {
	u16 bytes, first, shown;
} types[] = {
#include "uapi/call_types.tbl.h"
};

enum what {
	COPY_NOTHING,
	COPY_OBJECTS,
	COPY_STRING,
	COPY_STRINGS,
	COPY_VECTOR,
	COPY_MESSAGE,
	COPY_MESSAGES,
	COPY_ENTRIES,
	COPY_ENVIRONMENT,
	COPY_CLONE,
	COPY_MASK,
	COPY_BY_COMMAND
};

/* When is it copied? NAMED: at the begin, what says where the call is to write. */
enum direction { READ = 1, WRITTEN = 2, NAMED = 4 };

enum count {
	NR_one,
	NR_two,
	NR_result,
	NR_arg0,
	NR_arg1,
	NR_arg2,
	NR_arg3,
	NR_arg4,
	NR_arg5,
	NR_at0,
	NR_at1,
	NR_at2,
	NR_at3,
	NR_at4,
	NR_at5
};

struct copy {
	u8 what;      /* enum what */
	u8 direction; /* enum direction: does the call read it, or write it, or both? */
	u8 type;      /* enum type */
	u8 count;     /* enum count: how many objects */
};

/* A copy for each kind of syscalls.tbl.h. */
#define COPY(what, direction, type, count)                                                         \
	{                                                                                          \
		COPY_##what, direction, type, count                                                \
	}
#define NUMBER COPY(NOTHING, 0, 0, 0)
#define KIND_dec NUMBER
#define KIND_udec NUMBER
#define KIND_hex NUMBER
#define KIND_mode NUMBER
#define KIND_file_mode NUMBER
#define KIND_id NUMBER
#define KIND_fd NUMBER
#define KIND_dirfd NUMBER
#define KIND_signal NUMBER
#define KIND_addr NUMBER
#define KIND_none NUMBER
#define KIND_hidden NUMBER
#define KIND_device NUMBER
#define KIND_protocol NUMBER
#define KIND_octal NUMBER
#define KIND_key NUMBER
#define KIND_word(set) NUMBER
#define KIND_flags(set) NUMBER
#define KIND_path COPY(STRING, READ, 0, 0)
#define KIND_string COPY(STRING, READ, 0, 0)
#define KIND_out_string COPY(STRING, WRITTEN, 0, 0)
#define KIND_strings COPY(STRINGS, READ, 0, 0)
#define KIND_environment COPY(ENVIRONMENT, READ, 0, 0)
#define KIND_entries COPY(ENTRIES, WRITTEN, 0, 0)
#define KIND_in(type) KIND_in_many(type, one)
#define KIND_out(type) KIND_out_many(type, one)
#define KIND_inout(type) KIND_inout_many(type, one)
#define KIND_in_many(type, nr) COPY(OBJECTS, READ, TYPE_##type, NR_##nr)
#define KIND_out_many(type, nr) COPY(OBJECTS, WRITTEN, TYPE_##type, NR_##nr)
#define KIND_inout_many(type, nr) COPY(OBJECTS, READ | WRITTEN, TYPE_##type, NR_##nr)
#define KIND_in_vector(nr) COPY(VECTOR, READ, 0, NR_##nr)
#define KIND_out_vector(nr) COPY(VECTOR, WRITTEN | NAMED, 0, NR_##nr)
#define KIND_in_message COPY(MESSAGE, READ, 0, 0)
#define KIND_out_message COPY(MESSAGE, WRITTEN | NAMED, 0, 0)
#define KIND_in_messages(nr) COPY(MESSAGES, READ | WRITTEN, 0, NR_##nr)
#define KIND_out_messages(nr) COPY(MESSAGES, WRITTEN | NAMED, 0, NR_##nr)
#define KIND_clone COPY(CLONE, READ | WRITTEN, 0, 0)
#define KIND_mask COPY(MASK, READ, 0, 0)
#define KIND_by_command COPY(BY_COMMAND, READ | WRITTEN, 0, 0)

#define SYSCALL0(...)
#define SYSCALL1(nr, name, flags, t1, a1, k1) [nr] = {KIND_##k1},
#define SYSCALL2(nr, name, flags, t1, a1, k1, t2, a2, k2) [nr] = {KIND_##k1, KIND_##k2},
#define SYSCALL3(nr, name, flags, t1, a1, k1, t2, a2, k2, t3, a3, k3)                              \
	[nr] = {KIND_##k1, KIND_##k2, KIND_##k3},
#define SYSCALL4(nr, name, flags, t1, a1, k1, t2, a2, k2, t3, a3, k3, t4, a4, k4)                  \
	[nr] = {KIND_##k1, KIND_##k2, KIND_##k3, KIND_##k4},
#define SYSCALL5(nr, name, flags, t1, a1, k1, t2, a2, k2, t3, a3, k3, t4, a4, k4, t5, a5, k5)      \
	[nr] = {KIND_##k1, KIND_##k2, KIND_##k3, KIND_##k4, KIND_##k5},
#define SYSCALL6(nr, name, flags, t1, a1, k1, t2, a2, k2, t3, a3, k3, t4, a4, k4, t5, a5, k5, t6,  \
		 a6, k6)                                                                           \
	[nr] = {KIND_##k1, KIND_##k2, KIND_##k3, KIND_##k4, KIND_##k5, KIND_##k6},
static const struct copy copies[SYSCALL_TABLE_SIZE][TRACE_CALL_ARGS] __aligned(8) = {
#include "syscall/syscalls.tbl.h"
#include "uapi/linux_calls.tbl.h"
	[__NR_rt_sigreturn] = {KIND_in(sigset)}, /* trace_call_enter */
};

#define CALL_CASE(call, command, kind) {__NR_##call, (u32)(command), KIND_##kind},
static const struct {
	u32 call, command;
	struct copy copy;
} commands[] = {
#include "uapi/call_cases.tbl.h"
};

static __noinline const struct copy *find_command(u32 number, u64 command)
{
	static const struct copy none;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].call == number && commands[i].command == (u32)command)
			return &commands[i].copy;
	return &none;
}

/* ---- pieces ---- */

#define PIECE_WORDS (TRACE_DATA_MAX / sizeof(u64))

struct pieces {
	const u64 *args;
	u64 result;
	u32 now;       /* enum direction: of which arguments the memory is written */
	unsigned left; /* pieces that may still be written, C2 */
};

static void put_piece(struct pieces *p, u64 address, const u64 words[PIECE_WORDS], size_t detail)
{
	p->left--;
	trace_emit_data(TRACE_syscall_data | (u32)detail << 16, address, words);
}

/* Write up to @len bytes at @address as pieces. */
static __noinline void put_bytes(struct pieces *p, u64 address, u64 len)
{
	size_t part, known;

	do {
		u64 words[PIECE_WORDS] = {0};

		part = min(len, TRACE_DATA_MAX);
		if (!part || !p->left)
			return;
		known = vm_peek(address, words, part);
		if (!known)
			return;
		put_piece(p, address, words, known);
		address += part;
		len -= part;
	} while (known == part);
}

/* The same of @len bytes that were read at @address: C3. */
static void put_known(struct pieces *p, u64 address, const void *bytes, size_t len)
{
	for (size_t done = 0; done < len && p->left; done += TRACE_DATA_MAX) {
		u64 words[PIECE_WORDS] = {0};
		size_t part = min(len - done, TRACE_DATA_MAX);

		memcpy(words, (const char *)bytes + done, part);
		put_piece(p, address + done, words, part);
	}
}

/* @count: of objects at @address that are not copied themselves. */
static void put_count(struct pieces *p, u64 address, u64 count)
{
	const u64 words[PIECE_WORDS] = {count};

	if (p->left)
		put_piece(p, address, words, TRACE_DATA_COUNT);
}

/* The place of the first NUL in @words; @known, if it is not within so many bytes. */
static size_t string_length(const u64 words[PIECE_WORDS], size_t known)
{
	const u64 ones = ~0UL / 255;

	for (size_t i = 0; i < PIECE_WORDS; i++) {
		/* The lowest byte that is 0 borrows from its own highest bit. */
		u64 zeros = (words[i] - ones) & ~words[i] & ones << 7;

		if (zeros)
			return min(known, i * sizeof(u64) + (size_t)__builtin_ctzl(zeros) / 8);
	}
	return known;
}

/* A string of at most @max bytes, with the NUL that ends it. */
static void put_string(struct pieces *p, u64 address, u64 max)
{
	for (u64 done = 0; done < max && p->left; done += TRACE_DATA_MAX) {
		u64 words[PIECE_WORDS] = {0};
		size_t known = vm_peek(address + done, words, TRACE_DATA_MAX);
		size_t len = string_length(words, known);

		if (known)
			put_piece(p, address + done, words, len < known ? len + 1 : known);
		if (len < TRACE_DATA_MAX)
			return;
	}
}

static void put_strings(struct pieces *p, u64 address)
{
	u64 strings[NR_STRINGS];
	u64 known = vm_peek(address, strings, sizeof(strings)) / sizeof(strings[0]), nr = 0;

	while (nr < known && strings[nr++])
		;
	put_known(p, address, strings, nr * sizeof(strings[0]));
	for (u64 i = 0; i < nr; i++)
		if (strings[i])
			put_string(p, strings[i], WORD_BYTES);
}

/* How many strings there are before the NULL, if one comes soon enough. */
static void put_environment(struct pieces *p, u64 address)
{
	u64 strings[NR_STRINGS];

	for (u64 nr = 0; nr < ENVIRONMENT_MAX;) {
		u64 known = vm_peek(address + nr * sizeof(u64), strings, sizeof(strings));

		for (u64 i = 0; i < known / sizeof(u64); i++, nr++) {
			if (strings[i])
				continue;
			put_count(p, address, nr);
			return;
		}
		if (known < sizeof(strings))
			return;
	}
}

/* How many entries of a directory there are in @bytes bytes. */
static void put_entries(struct pieces *p, u64 address, u64 bytes)
{
	u64 nr = 0, done = 0;

	while (done < bytes) {
		u16 len;

		if (vm_peek(address + done + offsetof(struct dirent64, d_reclen), &len,
			    sizeof(len)) < sizeof(len) ||
		    len < sizeof(struct dirent64)) /* C3 */
			return;
		done += len;
		nr++;
	}
	put_count(p, address, nr);
}

/* ---- arguments ---- */

/* How many objects there are: C3. */
static u64 count_of(const struct pieces *p, enum count count)
{
	u32 word;

	if (count == NR_one || count == NR_two)
		return count == NR_one ? 1 : 2;
	if (count == NR_result)
		return p->result;
	if (count < NR_at0)
		return p->args[count - NR_arg0];
	if (vm_peek(p->args[count - NR_at0], &word, sizeof(word)) < sizeof(word))
		return 0;
	return word;
}

static __always_inline void put_objects(struct pieces *p, u64 address, const struct copy *copy)
{
	u64 count = count_of(p, copy->count), bytes = types[copy->type].bytes;

	if (likely(count == 1))
		put_bytes(p, address + types[copy->type].first, types[copy->type].shown);
	else
		put_bytes(p, address,
			  min(min(count, OBJECT_BYTES) * bytes,
			      bytes == 1 ? BUFFER_BYTES : OBJECT_BYTES));
}

/* @nr iovecs at @address, and the first bytes of each; of all together not more than @bytes. */
static void put_vector(struct pieces *p, u64 address, u64 nr, u64 bytes)
{
	struct iovec vectors[NR_VECTORS];
	u64 known;

	nr = min(nr, NR_VECTORS);
	known = vm_peek(address, vectors, nr * sizeof(vectors[0])) / sizeof(vectors[0]);
	put_known(p, address, vectors, known * sizeof(vectors[0]));
	for (u64 i = 0; i < known; i++) {
		u64 len = min(vectors[i].iov_len, bytes);

		put_bytes(p, (u64)vectors[i].iov_base, min(len, BUFFER_BYTES));
		bytes -= len;
	}
}

/* What belongs to a message, and @bytes of its buffers. */
static void put_parts(struct pieces *p, const struct socket_msghdr *message, u64 bytes)
{
	put_bytes(p, message->name, min((u32)message->name_len, OBJECT_BYTES));
	put_vector(p, message->iov, message->nr_iov, bytes);
	put_bytes(p, message->control, min(message->control_len, OBJECT_BYTES));
}

/* Of a message that is to be received: how much room there is for a name. */
static void put_room(struct pieces *p, u64 address)
{
	put_bytes(p, address, offsetof(struct socket_msghdr, iov));
}

static void put_message(struct pieces *p, u64 address, u64 bytes)
{
	struct socket_msghdr message;

	if (vm_peek(address, &message, sizeof(message)) < sizeof(message))
		return;
	put_known(p, address, &message, sizeof(message));
	put_parts(p, &message, bytes);
}

/* A message of several: with its length, which the call writes, if it has been received. */
static void put_one_of(struct pieces *p, u64 address, bool sends)
{
	struct socket_mmsghdr message;
	size_t len = sends ? sizeof(message.header) : sizeof(message);

	if (vm_peek(address, &message, len) < len)
		return;
	put_known(p, address, &message, len);
	put_parts(p, &message.header, sends ? ~0UL : message.len);
}

static void put_messages(struct pieces *p, u64 address, u64 nr, bool sends)
{
	const size_t bytes = sizeof(struct socket_mmsghdr);

	for (u64 i = 0; i < min(nr, NR_VECTORS); i++, address += bytes) {
		if (sends && p->now & WRITTEN)
			put_bytes(p, address + offsetof(struct socket_mmsghdr, len), sizeof(u32));
		else if (!sends && p->now & NAMED)
			put_room(p, address);
		else
			put_one_of(p, address, sends);
	}
}

/* clone3's arguments, and the numbers that it writes where they say. */
static void put_clone(struct pieces *p, u64 address)
{
	struct clone_args args;

	if (p->now & READ) {
		put_bytes(p, address, CLONE_ARGS_SIZE_VER0);
		return;
	}
	if (vm_peek(address, &args, CLONE_ARGS_SIZE_VER0) < CLONE_ARGS_SIZE_VER0)
		return;
	if (args.flags & CLONE_PIDFD)
		put_bytes(p, args.pidfd, sizeof(u32));
	if (args.flags & CLONE_PARENT_SETTID)
		put_bytes(p, args.parent_tid, sizeof(u32));
}

/* pselect6's last argument points to where the mask is, and its size. */
static void put_mask(struct pieces *p, u64 address)
{
	u64 words[2];

	if (vm_peek(address, words, sizeof(words)) < sizeof(words))
		return;
	put_known(p, address, words, sizeof(words));
	put_bytes(p, words[0], sizeof(u64));
}

/* All but COPY_OBJECTS. */
static __noinline void put_other(struct pieces *p, u64 address, const struct copy *copy)
{
	/* What is written: as much as the result says. */
	u64 bytes = copy->direction & WRITTEN ? p->result : ~0UL;

	switch ((enum what)copy->what) {
	case COPY_STRING:
		put_string(p, address, STRING_BYTES);
		break;
	case COPY_STRINGS:
		put_strings(p, address);
		break;
	case COPY_VECTOR:
		put_vector(p, address, count_of(p, copy->count), bytes);
		break;
	case COPY_MESSAGE:
		if (copy->direction & p->now & NAMED)
			put_room(p, address);
		else
			put_message(p, address, bytes);
		break;
	case COPY_MESSAGES:
		put_messages(p, address, p->now & WRITTEN ? p->result : count_of(p, copy->count),
			     copy->direction & READ);
		break;
	case COPY_ENTRIES:
		put_entries(p, address, bytes);
		break;
	case COPY_ENVIRONMENT:
		put_environment(p, address);
		break;
	case COPY_CLONE:
		put_clone(p, address);
		break;
	case COPY_MASK:
		put_mask(p, address);
		break;
	default:
		break;
	}
}

/* The memory of argument @i of call @number, of which the command before it may say what it is. */
static __always_inline void put_argument(struct pieces *p, u32 number, unsigned i)
{
	const struct copy *copy = &copies[number][i];

	if (unlikely(copy->what == COPY_BY_COMMAND)) {
		copy = find_command(number, p->args[i - 1]);
		if (!(copy->direction & p->now))
			return;
	}
	if (unlikely(!p->args[i]))
		return;
	if (likely(copy->what == COPY_OBJECTS))
		put_objects(p, p->args[i], copy);
	else
		put_other(p, p->args[i], copy);
}

/* The words of a row: two arguments are looked at at once. */
enum { EACH = sizeof(u64) / sizeof(struct copy) };
static_assert(EACH == 2 && sizeof(copies[0]) == 3 * sizeof(u64), "whole words");

static u64 mask_of(u32 now)
{
	u64 mask = (u64)now << offsetof(struct copy, direction) * 8;

	return mask | mask << 32;
}

static __noinline void put_call(const u64 *args, u64 result, u32 now, u32 number)
{
	struct pieces p = {
		.args = args,
		.result = result,
		.now = now,
		.left = TRACE_CALL_PIECES,
	};
	const u64 *words = (const u64 *)copies[number];

	for (unsigned i = 0; i < TRACE_CALL_ARGS; i += EACH, words++) {
		u64 hits = *words & mask_of(now);

		if (likely(!hits))
			continue;
		if ((u32)hits)
			put_argument(&p, number, i);
		if (hits >> 32)
			put_argument(&p, number, i + 1);
	}
}

/*
 * Has the call an argument whose memory is copied @now? Most calls that are made often have none.
 */
static __always_inline bool has_memory(u32 number, u32 now)
{
	const u64 *words;

	if (number >= SYSCALL_TABLE_SIZE)
		return false;
	words = (const u64 *)copies[number];
	return ((words[0] | words[1] | words[2]) & mask_of(now)) != 0;
}

void trace_call_enter(struct trace_call *call, u32 number, const struct trap_frame *frame)
{
	u64 *args = call->args;

	UNROLL(6)
	for (unsigned i = 0; i < TRACE_CALL_ARGS; i++)
		args[i] = frame_syscall_arg(frame, i);
	trace_emit_long(TRACE_syscall_enter | number << 16, args[0], args[1], args[2], args[3],
			args[4], args[5]);
	if (!has_memory(number, READ | NAMED))
		return;
	if (unlikely(number == __NR_rt_sigreturn)) /* no argument: the mask is on the stack */
		args[0] = arch_signal_frame_mask(frame);
	put_call(args, 0, READ | NAMED, number);
}

void trace_call_exit(const struct trace_call *call, u32 number, const struct trap_frame *frame,
		     u64 result)
{
	trace_emit(TRACE_syscall_exit | number << 16, result, frame_ip(frame), 0, 0, 0);
	if (result < (u64)-4095 && has_memory(number, WRITTEN))
		put_call(call->args, result, WRITTEN, number);
}
