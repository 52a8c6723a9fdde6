/* SPDX-License-Identifier: MIT */
/*
 * What was seen from outside of one machine with a rogue in it, and what that means. Pure: no
 * machine, no clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum regime_phase {
	PHASE_STARTS, /* the witness has not begun yet */
	PHASE_RUNS,   /* the rogue is loose */
	PHASE_ASKED,  /* the witness was asked a question */
	PHASE_OVER,
};

struct regime_seen {
	enum regime_phase phase;
	unsigned ticks;		   /* turns the witness had after the rogue began */
	unsigned ticks_since_end;  /* after it ended */
	unsigned ticks_while_busy; /* between its words "busy" and "done" */
	unsigned beats;		   /* timer interrupts reported since the witness's last line */
	bool busy, done;
	bool rogue_ended;
	bool by_signal;	 /* so it ended */
	int code;	 /* its exit status or signal */
	bool stolen;	 /* it has printed the witness's secret */
	bool on_console; /* its words came out of the serial port */
	bool answered;	 /* the witness answered the question */
	bool silent;	 /* nothing from the witness for longer than the limit */
	bool gone;	 /* the emulator ended */
	char panic[128]; /* the kernel's last word, or "" */
};

enum regime_outcome {
	OUTCOME_FAILED,	  /* the machine did not get as far as the rogue */
	OUTCOME_KILLED,	  /* the rogue was ended by a signal; everything else goes on */
	OUTCOME_ENDED,	  /* it ended by itself; everything else goes on */
	OUTCOME_RUNS_ON,  /* it still runs, and the witness beside it */
	OUTCOME_STARVES,  /* while it ran the witness had no turn */
	OUTCOME_STEALS,	  /* it got at the witness's secret */
	OUTCOME_CONSOLE,  /* it used a device behind the kernel's back */
	OUTCOME_HELD,	  /* the kernel takes interrupts, but no other thread gets the CPU */
	OUTCOME_DEAD,	  /* nothing answers */
	OUTCOME_PANICKED, /* the kernel found itself broken */
	OUTCOME_RESET,	  /* the machine reset itself */
	NR_OUTCOMES
};

/*
 * The witness or the rogue has written @line, without its newline; @secret is the witness's.
 * Returns: whether it was a sign of life of the witness.
 */
bool regime_see_line(struct regime_seen *seen, const char *line, const char *secret);
/* Has enough been seen to ask the witness whether it is well? @stays: the rogue never ends. */
bool regime_seen_enough(const struct regime_seen *seen, bool stays);

enum regime_outcome regime_judge(const struct regime_seen *seen);
/* The outcome's word (JSON), and whether the machine has to be reset after it. */
const char *regime_outcome_word(enum regime_outcome outcome);
bool regime_needs_reset(enum regime_outcome outcome);
/* For the matrix, and one sentence; both into @text. */
void regime_outcome_brief(const struct regime_seen *seen, char *text, size_t size);
void regime_outcome_sentence(const struct regime_seen *seen, char *text, size_t size);
