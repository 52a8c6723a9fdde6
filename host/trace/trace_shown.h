/* SPDX-License-Identifier: MIT */
/*
 * Which steps the protocol shows at once, and how it sums up the others: "boot: 24 steps",
 * "init: 118 steps". The same for the table and for the page.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "trace/trace_family.h"
#include "trace/trace_report.h"

struct trace_shown {
	const struct trace_log *log;
	struct trace_family family;
	bool whole;  /* also what does not concern the family */
	bool booted; /* a thread has been in user mode */
};

/*
 * Shown are the figures' steps of the boot, and what concerns the program's processes; every step
 * if the report wants all, or the filter chooses processes. Returns: 0 or -ENOMEM.
 */
int trace_shown_init(struct trace_shown *shown, const struct trace_report *report)
	__attribute__((warn_unused_result));
void trace_shown_fini(struct trace_shown *shown);
/* Begin again. */
void trace_shown_rewind(struct trace_shown *shown);

/* Take the model's next step. Is it shown? Each step is taken once, in order. */
bool trace_shown_takes(struct trace_shown *shown, const struct trace_model *model,
		       const struct trace_step *step);

/* Steps between two that are shown. */
struct trace_fold {
	size_t steps; /* 0: none */
	bool boot;    /* they are the boot's */
	char names[64];
};

/*
 * Add a step that is not shown, after trace_shown_takes. Returns: false if it does not belong to
 * the same fold: the boot's end before the program's are two.
 */
bool trace_fold_add(struct trace_fold *fold, const struct trace_shown *shown,
		    const struct trace_step *step);
/* "init, tty: 118 steps" */
void trace_fold_text(const struct trace_fold *fold, struct trace_text *text);
