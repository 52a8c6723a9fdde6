// SPDX-License-Identifier: MIT
// UNIT: trace/trace_call.c trace/trace_ring.c lib/string.c
/* What of a call's memory is written into a trace, from a fake memory of one page. */
#include "unit_test.h"

#include "arch/arch_thread.h"
#include "sched/thread.h"
#include "trace/trace.h"
#include "trace/trace_call.h"
#include "vm/vm_peek.h"

#include <asm/ioctls.h>
#include <asm/unistd.h>
#include <linux/sched.h>

enum { SLOTS = 128, BASE = 0x10000, MEMORY = 4096 };

static struct trace_record memory[SLOTS];
static struct thread me = {.tid = 77};
static char user[MEMORY]; /* at BASE */
/* What another thread writes there after each look, if there is one. */
static char later[MEMORY];
static bool has_writer;

size_t vm_peek(vaddr_t address, void *to, size_t len_bytes)
{
	size_t part;

	if (address < BASE || address >= BASE + MEMORY)
		return 0;
	part = min(len_bytes, BASE + MEMORY - address);
	memcpy(to, &user[address - BASE], part);
	if (has_writer)
		memcpy(user, later, sizeof(user));
	return part;
}

/* rt_sigreturn's mask; the frame says where. */
u64 arch_signal_frame_mask(const struct trap_frame *frame)
{
	return frame->arguments[5];
}

static struct trace_call call;

/* The records of a call's begin or end. Returns: how many pieces of memory there are. */
static unsigned run(u32 number, const u64 args[6], bool returned, u64 result)
{
	struct trap_frame frame = {0};

	memcpy(frame.arguments, args, sizeof(frame.arguments));
	unit_current_thread = &me;
	trace_set_memory(&(paddr_t){(paddr_t)memory}, sizeof(memory), 1);
	trace_call_enter(&call, number, &frame);
	if (returned) {
		trace_clear();
		trace_call_exit(&call, number, &frame, result);
	}
	assert_int_equal(memory[0].event, returned ? TRACE_syscall_exit : TRACE_syscall_enter);
	for (unsigned i = 1; i < trace_area.rings[0].head; i++) {
		assert_int_equal(memory[i].event, TRACE_syscall_data);
		if (memory[i].detail != TRACE_DATA_COUNT)
			assert_in_range(memory[i].detail, 1, TRACE_DATA_MAX);
	}
	assert_true(trace_area.rings[0].head <= 1 + TRACE_CALL_PIECES);
	return (unsigned)trace_area.rings[0].head - 1;
}

#define ENTER(number, ...) run(number, (const u64[6]){__VA_ARGS__}, false, 0)
#define RETURN(number, result, ...) run(number, (const u64[6]){__VA_ARGS__}, true, (u64)(result))

static void expect(unsigned piece, u64 address, size_t len)
{
	const struct trace_record *r = &memory[1 + piece];

	assert_int_equal(r->args[0], address);
	assert_int_equal(r->detail, len);
	assert_memory_equal(&r->args[1], &user[address - BASE], len);
	assert_int_equal(r->tid, 77);
}

static void fill(void)
{
	for (unsigned i = 0; i < MEMORY; i++)
		user[i] = (char)('a' + i % 23);
}

static void numbers_have_no_memory(void **state)
{
	fill();
	assert_int_equal(ENTER(__NR_close, BASE), 0);
	assert_int_equal(RETURN(__NR_brk, BASE, BASE), 0);
	assert_int_equal(ENTER(9999, BASE, BASE), 0); /* there is no such call */
	assert_int_equal(RETURN(~0U, 0, BASE), 0);
}

static void a_string_ends_at_its_nul(void **state)
{
	fill();
	strcpy(&user[100], "/etc/passwd");
	assert_int_equal(ENTER(__NR_openat, -100UL, BASE + 100), 1);
	expect(0, BASE + 100, 12);
	user[200 + 40] = '\0'; /* just after a piece */
	assert_int_equal(ENTER(__NR_chdir, BASE + 200), 2);
	expect(0, BASE + 200, 40);
	expect(1, BASE + 240, 1);
	fill(); /* one without an end */
	assert_int_equal(ENTER(__NR_chdir, BASE), 7);
	assert_int_equal(ENTER(__NR_chdir, BASE + MEMORY - 50), 2); /* and then unmapped memory */
	expect(1, BASE + MEMORY - 10, 10);
	assert_int_equal(ENTER(__NR_chdir, 0), 0);
	assert_int_equal(ENTER(__NR_chdir, ~0UL), 0);
}

static void inputs_at_the_begin_outputs_at_the_end(void **state)
{
	fill();
	assert_int_equal(ENTER(__NR_write, 1, BASE, 6), 1);
	expect(0, BASE, 6);
	assert_int_equal(ENTER(__NR_write, 1, BASE, 1UL << 40), 1);
	expect(0, BASE, TRACE_DATA_MAX);
	assert_int_equal(RETURN(__NR_write, 6, 1, BASE, 6), 0);
	assert_int_equal(ENTER(__NR_read, 0, BASE, 100), 0);
	assert_int_equal(RETURN(__NR_read, 7, 0, BASE, 100), 1);
	expect(0, BASE, 7);
	assert_int_equal(RETURN(__NR_read, -4, 0, BASE, 100), 0);
	assert_int_equal(RETURN(__NR_read, 0, 0, BASE, 100), 0);
	assert_int_equal(RETURN(__NR_fstat, 0, 3, BASE), 1);
	expect(0, BASE + 24, 40); /* the part that is shown */
	assert_int_equal(RETURN(__NR_ioctl, 0, 1, TIOCGWINSZ, BASE), 1);
	expect(0, BASE, 8);
	assert_int_equal(RETURN(__NR_ioctl, 0, 1, 0x9999, BASE), 0);
}

static void what_structures_point_to(void **state)
{
	u64 strings[] = {BASE + 1000, BASE + 2000, 0};
	u64 vectors[] = {BASE + 1000, 4, BASE + 2000, 100};

	fill();
	memcpy(user, strings, sizeof(strings));
	strcpy(&user[1000], "ls");
	strcpy(&user[2000], "-l");
	assert_int_equal(ENTER(__NR_execve, 0, BASE, 0), 3);
	expect(0, BASE, 24);
	expect(1, BASE + 1000, 3);
	expect(2, BASE + 2000, 3);
	memcpy(user, vectors, sizeof(vectors));
	assert_int_equal(ENTER(__NR_writev, 1, BASE, 2), 3);
	expect(0, BASE, 32);
	expect(1, BASE + 1000, 4);
	expect(2, BASE + 2000, 40);
	assert_int_equal(ENTER(__NR_readv, 1, BASE, 2), 1); /* the buffers hold nothing yet */
	assert_int_equal(RETURN(__NR_readv, 6, 1, BASE, 2), 3);
	expect(1, BASE + 1000, 4);
	expect(2, BASE + 2000, 2);
}

static void expect_count(unsigned piece, u64 address, u64 count)
{
	const struct trace_record *r = &memory[1 + piece];

	assert_int_equal(r->detail, TRACE_DATA_COUNT);
	assert_int_equal(r->args[0], address);
	assert_int_equal(r->args[1], count);
}

/* Of some objects only their number is written. */
static void numbers_of_objects(void **state)
{
	u64 *words = (u64 *)user;
	u16 len = 24;

	fill();
	for (unsigned i = 0; i < 100; i++)
		words[i] = 1 + i;
	words[100] = 0;
	assert_int_equal(ENTER(__NR_execve, 0, 0, BASE), 1);
	expect_count(0, BASE, 100);
	fill(); /* one without an end */
	assert_int_equal(ENTER(__NR_execve, 0, 0, BASE), 0);
	for (unsigned i = 0; i < 3; i++)
		memcpy(&user[i * len + 16], &len, sizeof(len));
	assert_int_equal(RETURN(__NR_getdents64, 3 * len, 3, BASE, 1000), 1);
	expect_count(0, BASE, 3);
	assert_int_equal(RETURN(__NR_getdents64, 0, 3, BASE, 1000), 1);
	expect_count(0, BASE, 0);
	memset(user, 0, sizeof(user)); /* records that have no length */
	assert_int_equal(RETURN(__NR_getdents64, 100, 3, BASE, 1000), 0);
}

static void messages(void **state)
{
	u64 vector[] = {BASE + 1000, 4};
	u64 message[8] = {0, 16, BASE + 500, 1, BASE + 600, 20, 0, 4};

	fill();
	memcpy(user, message, sizeof(message));
	memcpy(&user[500], vector, sizeof(vector));
	assert_int_equal(ENTER(__NR_sendmsg, 3, BASE), 5);
	expect(2, BASE + 500, 16);
	expect(3, BASE + 1000, 4);
	expect(4, BASE + 600, 20); /* control messages */
	assert_int_equal(ENTER(__NR_recvmsg, 3, BASE), 1);
	expect(0, BASE, 16); /* how much room there is for the name */
	assert_int_equal(RETURN(__NR_recvmsg, 2, 3, BASE), 5);
	expect(3, BASE + 1000, 2);
	assert_int_equal(ENTER(__NR_sendmmsg, 3, BASE, 1), 5);
	assert_int_equal(RETURN(__NR_sendmmsg, 1, 3, BASE, 1), 1);
	expect(0, BASE + 56, 4); /* its length */
	assert_int_equal(ENTER(__NR_recvmmsg, 3, BASE, 1), 1);
	assert_int_equal(RETURN(__NR_recvmmsg, 1, 3, BASE, 5), 5);
	expect(3, BASE + 1000, 4);
}

/* What a structure points to that no argument describes. */
static void what_is_hidden_in_structures(void **state)
{
	u64 clone[11] = {CLONE_PARENT_SETTID, 0, 0, BASE + 900}, mask[] = {BASE + 200, 8};

	fill();
	memcpy(user, clone, sizeof(clone));
	memcpy(&user[100], mask, sizeof(mask));
	assert_int_equal(ENTER(__NR_clone3, BASE, sizeof(clone)), 2);
	expect(0, BASE, 40);
	assert_int_equal(RETURN(__NR_clone3, 7, BASE, sizeof(clone)), 1);
	expect(0, BASE + 900, 4);
	assert_int_equal(ENTER(__NR_pselect6, 0, 0, 0, 0, 0, BASE + 100), 2);
	expect(1, BASE + 200, 8);
	assert_int_equal(ENTER(__NR_rt_sigreturn, 0, 0, 0, 0, 0, BASE + 300), 1);
	expect(0, BASE + 300, 8);
}

/* Calls that the kernel does not have: what they would read. */
static void absent_calls(void **state)
{
	fill();
	strcpy(&user[100], "/etc");
	assert_int_equal(ENTER(__NR_openat2, -100UL, BASE + 100, BASE + 200, 24), 2);
	expect(0, BASE + 100, 5);
	expect(1, BASE + 200, 24);
	/* It would write what these describe: only where it is. */
	memcpy(user, (const u64[2]){BASE + 1000, 4}, 16);
	assert_int_equal(ENTER(__NR_process_vm_readv, 5, BASE, 1, BASE + 32, 1), 2);
	expect(0, BASE, 16);
	expect(1, BASE + 32, 16);
	/* Ranges of another process. */
	assert_int_equal(ENTER(__NR_process_madvise, 5, BASE, 1), 1);
}

/* Another thread changes where a list points to: its pieces are those of what the trace shows. */
static void pointers_that_change(void **state)
{
	u64 strings[] = {BASE + 1000, 0}, vector[] = {BASE + 1000, 4};
	u64 message[8] = {0, 0, BASE + 500, 1};

	fill();
	memset(user, 0, 600);
	strcpy(&user[1000], "ls");
	memcpy(later, user, sizeof(later)); /* a list without an element */
	has_writer = true;
	memcpy(user, strings, sizeof(strings));
	assert_int_equal(ENTER(__NR_execve, 0, BASE, 0), 2);
	assert_int_equal(memory[1].args[1], BASE + 1000);
	assert_int_equal(memory[2].args[0], BASE + 1000);
	memcpy(user, vector, sizeof(vector));
	assert_int_equal(ENTER(__NR_writev, 1, BASE, 1), 2);
	assert_int_equal(memory[1].args[1], BASE + 1000);
	memcpy(user, message, sizeof(message));
	assert_int_equal(ENTER(__NR_sendmsg, 3, BASE), 3);
	assert_int_equal(memory[1].args[3], BASE + 500);
	has_writer = false;
}

/* Counts that no memory holds, pointers to themselves: the pieces are bounded. */
static void a_program_may_ask_for_anything(void **state)
{
	u64 *words = (u64 *)user;

	for (unsigned i = 0; i < MEMORY / 8; i++)
		words[i] = BASE + 8 * i;
	for (u32 number = 0; number < 470; number++) {
		ENTER(number, BASE, BASE, BASE, BASE, BASE, BASE);
		ENTER(number, ~0UL, ~0UL, ~0UL, ~0UL, ~0UL, ~0UL);
		RETURN(number, 1UL << 62, BASE, BASE, BASE, BASE, BASE, BASE);
		RETURN(number, 5, BASE + MEMORY - 3, BASE + MEMORY - 3, BASE + MEMORY - 3,
		       BASE + MEMORY - 3, BASE + MEMORY - 3, BASE + MEMORY - 3);
	}
}

UNIT_MAIN(cmocka_unit_test(numbers_have_no_memory), cmocka_unit_test(a_string_ends_at_its_nul),
	  cmocka_unit_test(inputs_at_the_begin_outputs_at_the_end),
	  cmocka_unit_test(what_structures_point_to), cmocka_unit_test(numbers_of_objects),
	  cmocka_unit_test(messages), cmocka_unit_test(what_is_hidden_in_structures),
	  cmocka_unit_test(absent_calls), cmocka_unit_test(pointers_that_change),
	  cmocka_unit_test(a_program_may_ask_for_anything))
