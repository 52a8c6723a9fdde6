// SPDX-License-Identifier: MIT
/*
 * regime_judge.c -- what became of a rogue, its witness and the kernel, as seen from outside.
 *
 * Idea.  All that is known is lines: the witness's, the rogue's, and the reports of the kernel.
 *   Each line changes a few facts (struct regime_seen), and the outcome is a function of them. A
 *   witness that gave the right answer shows that the machine works; without it the last signs of
 *   life say how it was lost.
 * Invariants.
 *   J1  The outcomes are tried from the worst to the best, so that of two that fit the worse is
 *       reported.
 * Tests.  regime_judge_test.c, tests/system/regimes.t.
 */
#include "regime_judge.h"

#include <stdio.h>
#include <string.h>

enum {
	TICKS_BESIDE = 25, /* the witness's turns beside a rogue that stays */
	TICKS_AFTER = 5,   /* and after one that ended */
	TICKS_MIN = 2,	   /* fewer beside the rogue count as none: one may be on its way */
	BEATS_MIN = 3,	   /* fewer may have come before the machine was lost */
};

static void see_end(struct regime_seen *s, const char *how)
{
	s->rogue_ended = true;
	s->by_signal = sscanf(how, "signal %d", &s->code) == 1;
	if (!s->by_signal && sscanf(how, "exit %d", &s->code) != 1)
		s->code = -1;
}

static void see_tick(struct regime_seen *s)
{
	if (s->phase == PHASE_STARTS)
		return;
	s->ticks++;
	if (s->rogue_ended)
		s->ticks_since_end++;
	if (s->busy && !s->done)
		s->ticks_while_busy++;
}

bool regime_see_line(struct regime_seen *s, const char *line, const char *secret)
{
	if (strncmp(line, "tick ", 5) == 0) {
		see_tick(s);
	} else if (strcmp(line, "begin") == 0) {
		s->phase = PHASE_RUNS;
	} else if (strncmp(line, "end ", 4) == 0) {
		see_end(s, line + 4);
	} else if (strncmp(line, "answer ", 7) == 0) {
		s->answered = strcmp(line + 7, secret) == 0;
	} else { /* the rogue's */
		if (strncmp(line, "stolen ", 7) == 0)
			s->stolen = strcmp(line + 7, secret) == 0;
		s->busy = s->busy || strcmp(line, "busy") == 0;
		s->done = s->done || strcmp(line, "done") == 0;
		return false;
	}
	s->beats = 0;
	return true;
}

bool regime_seen_enough(const struct regime_seen *s, bool stays)
{
	if (s->phase != PHASE_RUNS)
		return false;
	return s->rogue_ended ? s->ticks_since_end >= TICKS_AFTER
			      : stays && s->ticks >= TICKS_BESIDE;
}

static enum regime_outcome judge_lost(const struct regime_seen *s)
{
	if (s->panic[0])
		return OUTCOME_PANICKED;
	if (s->gone)
		return OUTCOME_RESET;
	return s->beats >= BEATS_MIN ? OUTCOME_HELD : OUTCOME_DEAD;
}

enum regime_outcome regime_judge(const struct regime_seen *s)
{
	if (s->phase == PHASE_STARTS)
		return OUTCOME_FAILED;
	if (!s->answered)
		return judge_lost(s);
	if (s->stolen)
		return OUTCOME_STEALS;
	if (s->on_console)
		return OUTCOME_CONSOLE;
	if (s->done && s->ticks_while_busy < TICKS_MIN)
		return OUTCOME_STARVES;
	if (!s->rogue_ended)
		return OUTCOME_RUNS_ON;
	return s->by_signal ? OUTCOME_KILLED : OUTCOME_ENDED;
}

/* The detail (signal, status, the kernel's message) ends the brief and is part of the sentence. */
static const struct {
	const char *word, *brief, *before, *after;
	bool reset;
} outcomes[NR_OUTCOMES] = {
	[OUTCOME_FAILED] = {"failed", "did not start", "The machine did not get that far.", "",
			    false},
	[OUTCOME_KILLED] = {"killed", "killed: ", "The kernel ended it by ",
			    "; the witness went on.", false},
	[OUTCOME_ENDED] = {"ended", "ended: ", "It ended with status ", "; the witness went on.",
			   false},
	[OUTCOME_RUNS_ON] = {"runs_on", "runs on",
			     "It runs on, and the witness has its turns beside it.", "", false},
	[OUTCOME_STARVES] = {"starves", "others had to wait",
			     "The witness had no turn until it was done; then all went on.", "",
			     false},
	[OUTCOME_STEALS] = {"steals", "secret stolen",
			    "It read the witness's secret, and was not noticed.", "", false},
	[OUTCOME_CONSOLE] = {"device_used", "device used",
			     "Its words came out of the port, and the kernel does not know.", "",
			     false},
	[OUTCOME_HELD] =
		{"held", "HOLDS THE MACHINE",
		 "The witness stopped; the kernel takes its interrupts, but no other thread "
		 "gets the CPU: reset.",
		 "", true},
	[OUTCOME_DEAD] = {"dead", "MACHINE DEAD",
			  "The witness stopped and the kernel fell silent: reset.", "", true},
	[OUTCOME_PANICKED] = {"panicked", "KERNEL PANICS", "The kernel broke (", "): reset.", true},
	[OUTCOME_RESET] = {"reset", "MACHINE RESETS",
			   "The CPU found no way on, and the machine reset itself.", "", true},
};

const char *regime_outcome_word(enum regime_outcome outcome)
{
	return outcomes[outcome].word;
}

bool regime_needs_reset(enum regime_outcome outcome)
{
	return outcomes[outcome].reset;
}

static const char *detail(const struct regime_seen *s, enum regime_outcome outcome, char *text,
			  size_t size)
{
	const char *name = sigabbrev_np(s->code);

	text[0] = '\0';
	if (outcome == OUTCOME_KILLED)
		snprintf(text, size, "SIG%s", name ? name : "?");
	else if (outcome == OUTCOME_ENDED)
		snprintf(text, size, "%d", s->code);
	else if (outcome == OUTCOME_PANICKED)
		snprintf(text, size, "%s", s->panic);
	return text;
}

void regime_outcome_brief(const struct regime_seen *s, char *text, size_t size)
{
	enum regime_outcome outcome = regime_judge(s);
	char what[sizeof(s->panic)];

	snprintf(text, size, "%s%s", outcomes[outcome].brief,
		 outcome == OUTCOME_PANICKED ? "" : detail(s, outcome, what, sizeof(what)));
}

void regime_outcome_sentence(const struct regime_seen *s, char *text, size_t size)
{
	enum regime_outcome outcome = regime_judge(s);
	char what[sizeof(s->panic)];

	snprintf(text, size, "%s%s%s", outcomes[outcome].before,
		 detail(s, outcome, what, sizeof(what)), outcomes[outcome].after);
}
