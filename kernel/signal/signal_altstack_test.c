// SPDX-License-Identifier: MIT
/*
 * signal_altstack_test.c -- where the alternate stack begins and ends, and which change of it is
 * refused: sigaltstack(2).
 */
#include "unit_test.h"

#include "proc/process.h"

#include "signal/signal_altstack.c"

#define BASE 0x10000UL
#define SIZE 0x4000UL

static void an_alternate_stack_is_where_it_was_put(void **state)
{
	static const struct {
		u64 base, size, sp;
		u32 flags, state;
	} stacks[] = {
		{0x1000, 0x2000, 0x0fff, 0, 0},
		{0x1000, 0x2000, 0x1000, 0, 0}, /* the stack pointer is above what it points at */
		{0x1000, 0x2000, 0x1001, 0, SS_ONSTACK},
		{0x1000, 0x2000, 0x3000, 0, SS_ONSTACK},
		{0x1000, 0x2000, 0x3001, 0, 0},
		{0x1000, 0, 0x1000, 0, SS_DISABLE},
		{0x1000, 0x2000, 0x2000, SS_AUTODISARM, SS_AUTODISARM}, /* never "on" it */
		{~0UL - 0xfff, 0x1000, ~0UL, 0, SS_ONSTACK},
	};

	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++) {
		struct altstack stack = {
			.base = stacks[i].base, .size = stacks[i].size, .flags = stacks[i].flags};

		assert_int_equal(signal_altstack_state(&stack, stacks[i].sp), stacks[i].state);
	}
}

static void a_stack_in_use_stays(void **state)
{
	stack_t stack = {.ss_sp = (void *)BASE, .ss_size = SIZE}, seen;
	struct process process = {.start_ns = 0};
	struct user_thread me = {.thread.process = &process};

	unit_current_thread = &me.thread;
	signal_altstack_clear(&me.altstack);
	signal_altstack_get(&seen, BASE + 1);
	assert_int_equal(seen.ss_flags, SS_DISABLE);
	stack.ss_size = ALTSTACK_MIN_BYTES - 1;
	assert_int_equal(signal_altstack_set(&stack, 0), -ENOMEM);
	stack.ss_size = SIZE;
	stack.ss_flags = 4;
	assert_int_equal(signal_altstack_set(&stack, 0), -EINVAL);
	stack.ss_flags = 0;
	assert_int_equal(signal_altstack_set(&stack, 0), 0);
	signal_altstack_get(&seen, BASE + 1);
	assert_int_equal(seen.ss_flags, SS_ONSTACK);
	assert_ptr_equal(seen.ss_sp, stack.ss_sp);
	assert_int_equal(seen.ss_size, SIZE);
	stack.ss_flags = SS_DISABLE;
	assert_int_equal(signal_altstack_set(&stack, BASE + SIZE), -EPERM);
	assert_int_equal(signal_altstack_set(&stack, BASE + SIZE + 1), 0);
	signal_altstack_get(&seen, BASE + 1);
	assert_int_equal(seen.ss_flags, SS_DISABLE);
	assert_int_equal(seen.ss_size, 0);
	unit_current_thread = NULL;
}

UNIT_MAIN(cmocka_unit_test(an_alternate_stack_is_where_it_was_put),
	  cmocka_unit_test(a_stack_in_use_stays))
