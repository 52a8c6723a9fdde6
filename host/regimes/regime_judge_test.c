// SPDX-License-Identifier: MIT
#include "regimes/regime_judge.h"

#include "base/unit.h"

static const char secret[] = "abcdefghijklmnop";

/* A machine whose witness and rogue have written @lines. */
static struct regime_seen seen(const char *const *lines)
{
	struct regime_seen s = {.phase = PHASE_STARTS};

	for (; *lines; lines++)
		regime_see_line(&s, *lines, secret);
	return s;
}
#define SEEN(...) seen((const char *const[]){__VA_ARGS__, NULL})
#define WELL "answer abcdefghijklmnop"

static void assert_outcome(struct regime_seen s, enum regime_outcome outcome, const char *brief)
{
	char text[256];

	assert_int_equal(regime_judge(&s), outcome);
	regime_outcome_brief(&s, text, sizeof(text));
	assert_string_equal(text, brief);
	regime_outcome_sentence(&s, text, sizeof(text));
	assert_int_equal(text[strlen(text) - 1], '.');
}

static void test_who_lives(void **state)
{
	(void)state;
	assert_outcome(SEEN("tick 1", "begin", "end signal 11", WELL), OUTCOME_KILLED,
		       "killed: SIGSEGV");
	assert_outcome(SEEN("begin", "end exit 3", WELL), OUTCOME_ENDED, "ended: 3");
	assert_outcome(SEEN("begin", "tick 6", WELL), OUTCOME_RUNS_ON, "runs on");
	assert_outcome(SEEN("begin", "stolen abcdefghijklmnop", "end exit 0", WELL), OUTCOME_STEALS,
		       "secret stolen");
	assert_outcome(SEEN("begin", "stolen begin", "end exit 0", WELL), OUTCOME_ENDED,
		       "ended: 0");
	struct regime_seen s = SEEN("begin", "end exit 0", WELL);
	s.on_console = true;
	assert_outcome(s, OUTCOME_CONSOLE, "device used");
}

static void test_who_waits(void **state)
{
	(void)state;
	assert_outcome(SEEN("begin", "busy", "done", "tick 6", "end exit 0", WELL), OUTCOME_STARVES,
		       "others had to wait");
	/* one turn may have been under way */
	assert_outcome(SEEN("begin", "busy", "tick 6", "done", "end exit 0", WELL), OUTCOME_STARVES,
		       "others had to wait");
	assert_outcome(SEEN("begin", "busy", "tick 6", "tick 7", "done", "end exit 0", WELL),
		       OUTCOME_ENDED, "ended: 0");
}

static void test_who_is_lost(void **state)
{
	(void)state;
	struct regime_seen s = SEEN("begin", "tick 6");

	s.silent = true;
	assert_outcome(s, OUTCOME_DEAD, "MACHINE DEAD");
	s.beats = 10;
	assert_outcome(s, OUTCOME_HELD, "HOLDS THE MACHINE");
	s.gone = true;
	assert_outcome(s, OUTCOME_RESET, "MACHINE RESETS");
	strcpy(s.panic, "init died");
	assert_outcome(s, OUTCOME_PANICKED, "KERNEL PANICS");
	for (int i = 0; i < NR_OUTCOMES; i++)
		assert_int_equal(regime_needs_reset((enum regime_outcome)i), i >= OUTCOME_HELD);
	/* another's answer is none */
	assert_outcome(SEEN("begin", "end exit 0", "answer abc"), OUTCOME_DEAD, "MACHINE DEAD");
	assert_outcome(SEEN("tick 1"), OUTCOME_FAILED, "did not start");
}

static void test_when_enough(void **state)
{
	struct regime_seen s = SEEN("begin");

	(void)state;
	for (int i = 0; i < 24; i++)
		assert_true(regime_see_line(&s, "tick 9", secret));
	assert_false(regime_seen_enough(&s, true));
	s.beats = 5;
	regime_see_line(&s, "tick 9", secret);
	assert_int_equal(s.beats, 0);
	assert_true(regime_seen_enough(&s, true));
	assert_false(regime_seen_enough(&s, false));
	regime_see_line(&s, "end exit 0", secret);
	assert_false(regime_seen_enough(&s, false));
	for (int i = 0; i < 5; i++)
		regime_see_line(&s, "tick 9", secret);
	assert_true(regime_seen_enough(&s, false));
	assert_false(
		regime_see_line(&s, "busy", secret)); /* the rogue's word is not the witness's */
	s.phase = PHASE_ASKED;
	assert_false(regime_seen_enough(&s, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_lives),
		cmocka_unit_test(test_who_waits),
		cmocka_unit_test(test_who_is_lost),
		cmocka_unit_test(test_when_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
