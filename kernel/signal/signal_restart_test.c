// SPDX-License-Identifier: MIT
/*
 * signal_restart_test.c -- what becomes of an interrupted system call (signal(7): "Interruption of
 * system calls").
 */
#include "unit_test.h"

#include "signal/signal_deliver.c"

enum outcome { STAYS, EINTR_, REWOUND, BLOCK }; /* BLOCK: restart_syscall(2) in its place */

static enum outcome seen;

void arch_syscall_rewind(struct trap_frame *frame)
{
	assert_int_equal(seen, STAYS); /* D2 */
	seen = REWOUND;
}

void arch_syscall_restart_block(struct trap_frame *frame)
{
	assert_int_equal(seen, STAYS);
	seen = BLOCK;
}

static const struct row {
	long result;
	enum outcome handler, restarting_handler, no_handler;
} rows[] = {
	{-ERESTARTSYS, EINTR_, REWOUND, REWOUND},
	{-ERESTARTNOINTR, REWOUND, REWOUND, REWOUND},
	{-ERESTARTNOHAND, EINTR_, EINTR_, REWOUND},
	{-ERESTART_RESTARTBLOCK, EINTR_, EINTR_, BLOCK},
	{-EINTR, STAYS, STAYS, STAYS},
	{-EAGAIN, STAYS, STAYS, STAYS},
	{0, STAYS, STAYS, STAYS},
	{7, STAYS, STAYS, STAYS},
};

static void check(struct trap_frame *frame, long result, enum outcome expected)
{
	assert_int_equal(seen, expected == EINTR_ ? STAYS : expected);
	assert_int_equal(frame_return(frame), expected == EINTR_ ? -EINTR : result);
}

static struct trap_frame frame_of(int call, long result)
{
	struct trap_frame frame = {.syscall_number = call};

	frame_set_return(&frame, result);
	seen = STAYS;
	return frame;
}

static void calls_restart_or_end(void **state)
{
	const struct kernel_sigaction ends = {.flags = 0}, restarts = {.flags = SA_RESTART};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct trap_frame frame = frame_of(35, row->result);

		setup_restart_for_handler(&frame, &ends);
		check(&frame, row->result, row->handler);
		setup_restart_for_handler(&frame, &ends); /* of a second signal: nothing more */
		restart_syscall(&frame);
		check(&frame, row->result, row->handler);

		frame = frame_of(35, row->result);
		setup_restart_for_handler(&frame, &restarts);
		check(&frame, row->result, row->restarting_handler);
		setup_restart_for_handler(&frame, &restarts);
		check(&frame, row->result, row->restarting_handler);

		frame = frame_of(35, row->result);
		restart_syscall(&frame);
		check(&frame, row->result, row->no_handler);
		restart_syscall(&frame);
		check(&frame, row->result, row->no_handler);
	}
}

/* Such a value in a register of a program that made no call is the program's own. */
static void other_frames_are_left_alone(void **state)
{
	const struct kernel_sigaction restarts = {.flags = SA_RESTART};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct trap_frame frame = frame_of(-1, rows[i].result);

		setup_restart_for_handler(&frame, &restarts);
		restart_syscall(&frame);
		check(&frame, rows[i].result, STAYS);
	}
}

UNIT_MAIN(cmocka_unit_test(calls_restart_or_end), cmocka_unit_test(other_frames_are_left_alone))
