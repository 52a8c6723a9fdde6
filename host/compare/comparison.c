// SPDX-License-Identifier: MIT
/*
 * comparison.c -- which steps of two traces belong together.
 *
 * Idea.  Each thread of one trace is compared with its partner in the other. Steps are the same if
 *   their keys are (step_text.c); a longest common subsequence of keys is what both did. Between
 *   two such steps lie steps that only one trace has, of which those of the same kind, again in
 *   order, are taken as one step that has changed: write(1, "a", 1) and write(1, "b", 1).
 * Invariants.
 *   C1  Each step of both traces is in one row, and those of a thread keep their order.
 *   C2  What chance decides of a cost is no difference: without a count of instructions, a cost
 *       must at least double, and by COST_NOISE_NS.
 * Cost.  Some 30 bytes for each step, besides the search (step_diff.c).
 * Tests.  comparison_test.c, tests/system/trace_compare.t.
 */
#include "compare/comparison.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare/step_diff.h"

#define COST_NOISE_NS 5000
#define COST_INSTRUCTIONS 20 /* of two counts, when they differ by a twentieth as well */

/* The steps of one thread, in order. */
struct sequence {
	const uint32_t *steps; /* places in the trace */
	size_t nr;
};

struct work {
	struct comparison *c;
	uint32_t *order[NR_SIDES]; /* places of steps, thread after thread */
	size_t *begins[NR_SIDES];  /* by thread: its part of the order; one more at the end */
	/* Of two threads, and of what lies between two steps that both have: those of a first. */
	uint32_t *values, *few_values;
	uint8_t *marks, *few_marks;
	uint32_t *dense; /* by string: its number in a search, from 1 on; all 0 between searches */
};

/* ---- threads ---- */

/* The steps of each thread in order: by counting, as the steps are in order already. */
static int sort_by_thread(struct work *w, enum side side)
{
	const struct saved_trace *t = w->c->traces[side];
	size_t *begins = calloc(t->nr_threads + 2, sizeof(*begins));

	w->begins[side] = begins;
	w->order[side] = malloc((t->nr + 1) * sizeof(*w->order[side]));
	if (!begins || !w->order[side])
		return -ENOMEM;
	for (size_t i = 0; i < t->nr; i++)
		begins[t->steps[i].thread + 2]++;
	for (size_t i = 2; i < t->nr_threads + 2; i++)
		begins[i] += begins[i - 1];
	/* begins[thread + 1] is where the next step of the thread goes, and in the end its end. */
	for (size_t i = 0; i < t->nr; i++)
		w->order[side][begins[t->steps[i].thread + 1]++] = (uint32_t)i;
	return 0;
}

static struct sequence sequence_of(const struct work *w, enum side side, uint32_t thread)
{
	size_t begin;

	/* Of no step; but an address, as C has no NULL + 0. */
	if (thread == SAVED_NONE)
		return (struct sequence){w->order[side], 0};
	begin = w->begins[side][thread];
	return (struct sequence){w->order[side] + begin, w->begins[side][thread + 1] - begin};
}

/* A child of a thread, for finding it. */
struct child {
	uint32_t parent, ordinal, thread;
};

static int by_parent(const void *a, const void *b)
{
	const struct child *x = a, *y = b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static void add_pair(struct comparison *c, uint32_t a, uint32_t b)
{
	c->threads[c->nr_threads++] = (struct compare_thread){.thread = {a, b}};
}

/* Those of a in order, each with its partner, then those that only b has. */
static void pair_threads(struct comparison *c, struct child *children, uint32_t *partner,
			 uint8_t *taken)
{
	const struct saved_trace *a = c->traces[SIDE_A], *b = c->traces[SIDE_B];

	for (uint32_t i = 0; i < b->nr_threads; i++)
		children[i] = (struct child){b->threads[i].parent, b->threads[i].ordinal, i};
	qsort(children, b->nr_threads, sizeof(*children), by_parent);
	for (uint32_t i = 0; i < a->nr_threads; i++) {
		uint32_t parent = a->threads[i].parent;
		struct child key = {parent == SAVED_NONE ? SAVED_NONE : partner[parent],
				    a->threads[i].ordinal, 0};
		const struct child *found = NULL;

		if (parent == SAVED_NONE || key.parent != SAVED_NONE)
			found = bsearch(&key, children, b->nr_threads, sizeof(*children),
					by_parent);
		partner[i] = found ? found->thread : SAVED_NONE;
		if (found)
			taken[found->thread] = 1;
		add_pair(c, i, partner[i]);
	}
	for (uint32_t i = 0; i < b->nr_threads; i++)
		if (!taken[i])
			add_pair(c, SAVED_NONE, i);
}

static int match_threads(struct comparison *c)
{
	size_t nr_a = c->traces[SIDE_A]->nr_threads, nr_b = c->traces[SIDE_B]->nr_threads;
	struct child *children = malloc((nr_b + 1) * sizeof(*children));
	uint32_t *partner = malloc((nr_a + 1) * sizeof(*partner));
	uint8_t *taken = calloc(nr_b + 1, 1);
	int err = -ENOMEM;

	c->threads = malloc((nr_a + nr_b + 1) * sizeof(*c->threads));
	if (children && partner && taken && c->threads) {
		pair_threads(c, children, partner, taken);
		err = 0;
	}
	free(children);
	free(partner);
	free(taken);
	return err;
}

/* ---- rows ---- */

static bool cost_differs(const struct comparison *c, uint64_t a, uint64_t b)
{
	const struct saved_trace *const *t = c->traces;
	uint64_t less = a < b ? a : b, more = a < b ? b : a;

	if (!compare_units_agree(c))
		return false;
	if (t[SIDE_A]->instructions)
		return more - less >= COST_INSTRUCTIONS && more - less >= less / 20;
	return more - less >= COST_NOISE_NS && more / 2 >= less;
}

static void add_row(struct comparison *c, enum compare_what what, uint32_t a, uint32_t b)
{
	c->rows[c->nr_rows++] = (struct compare_row){what, {a, b}};
	c->nr_of[what]++;
}

static void add_same(struct comparison *c, uint32_t a, uint32_t b)
{
	bool costs = cost_differs(c, c->traces[SIDE_A]->steps[a].cost_ns,
				  c->traces[SIDE_B]->steps[b].cost_ns);

	add_row(c, costs ? COMPARE_COST : COMPARE_SAME, a, b);
}

enum by { BY_KEY, BY_KIND };

static uint32_t *dense_of(const struct work *w, enum side side, uint32_t step, enum by by)
{
	const struct saved_step *s = &w->c->traces[side]->steps[step];

	return &w->dense[by == BY_KEY ? s->key : s->kind];
}

/* Strings get numbers from 1 on as they occur, so that a search needs memory for these alone. */
static void number_strings(struct work *w, enum side side, struct sequence s, enum by by,
			   uint32_t *values, uint32_t *nr)
{
	for (size_t i = 0; i < s.nr; i++) {
		uint32_t *dense = dense_of(w, side, s.steps[i], by);

		if (!*dense)
			*dense = ++*nr;
		values[i] = *dense;
	}
}

static void forget_strings(struct work *w, enum side side, struct sequence s, enum by by)
{
	for (size_t i = 0; i < s.nr; i++)
		*dense_of(w, side, s.steps[i], by) = 0;
}

/* Mark what the sequences do not have in common; the marks of @a come first. */
static int search(struct work *w, struct sequence a, struct sequence b, enum by by,
		  uint32_t *values, uint8_t *marks)
{
	struct step_diff d = {values, values + a.nr, a.nr, b.nr, marks, marks + a.nr, false};
	uint32_t nr = 0;
	int err;

	number_strings(w, SIDE_A, a, by, values, &nr);
	number_strings(w, SIDE_B, b, by, values + a.nr, &nr);
	err = step_diff_find(&d, step_diff_limit(a.nr + b.nr));
	forget_strings(w, SIDE_A, a, by);
	forget_strings(w, SIDE_B, b, by);
	w->c->bounded |= d.bounded;
	return err;
}

/* Steps that only one trace has; those of the same kind in the same order have changed. */
static int add_differing(struct work *w, struct sequence a, struct sequence b)
{
	size_t i = 0, j = 0;
	uint8_t *gone = w->few_marks, *added = w->few_marks + a.nr;
	int err = search(w, a, b, BY_KIND, w->few_values, w->few_marks);

	while (!err && (i < a.nr || j < b.nr)) {
		if (i < a.nr && gone[i])
			add_row(w->c, COMPARE_ONLY_A, a.steps[i++], SAVED_NONE);
		else if (j < b.nr && added[j])
			add_row(w->c, COMPARE_ONLY_B, SAVED_NONE, b.steps[j++]);
		else
			add_row(w->c, COMPARE_CHANGED, a.steps[i++], b.steps[j++]);
	}
	return err;
}

/* The search has marked what is not common. C1. */
static int add_rows(struct work *w, struct sequence a, struct sequence b, const uint8_t *gone,
		    const uint8_t *added)
{
	size_t i = 0, j = 0;
	int err = 0;

	while (!err && (i < a.nr || j < b.nr)) {
		size_t from_a = i, from_b = j;

		while (i < a.nr && gone[i])
			i++;
		while (j < b.nr && added[j])
			j++;
		if (i > from_a || j > from_b)
			err = add_differing(w, (struct sequence){a.steps + from_a, i - from_a},
					    (struct sequence){b.steps + from_b, j - from_b});
		else
			add_same(w->c, a.steps[i++], b.steps[j++]);
	}
	return err;
}

static int compare_pair(struct work *w, struct compare_thread *pair)
{
	struct comparison *c = w->c;
	struct sequence a = sequence_of(w, SIDE_A, pair->thread[SIDE_A]);
	struct sequence b = sequence_of(w, SIDE_B, pair->thread[SIDE_B]);
	int err = search(w, a, b, BY_KEY, w->values, w->marks);

	pair->first = c->nr_rows;
	if (!err)
		err = add_rows(w, a, b, w->marks, w->marks + a.nr);
	pair->nr = c->nr_rows - pair->first;
	return err;
}

/* ---- kinds ---- */

/* @places: by string, the kind's place plus 1. */
static int count_kinds(struct comparison *c, uint32_t *places)
{
	size_t room = 0;

	for (unsigned side = 0; side < NR_SIDES; side++) {
		const struct saved_trace *t = c->traces[side];

		for (size_t i = 0; i < t->nr; i++) {
			uint32_t *place = &places[t->steps[i].kind];
			struct compare_kind *kind;

			if (!*place && c->nr_kinds == room) {
				room = room ? 2 * room : 64;
				kind = realloc(c->kinds, room * sizeof(*kind));
				if (!kind)
					return -ENOMEM;
				c->kinds = kind;
			}
			if (!*place) {
				c->kinds[c->nr_kinds] =
					(struct compare_kind){.kind = t->steps[i].kind};
				*place = (uint32_t)++c->nr_kinds;
			}
			kind = &c->kinds[*place - 1];
			kind->count[side]++;
			kind->cost_ns[side] += t->steps[i].cost_ns;
		}
	}
	return 0;
}

static uint64_t distance(const uint64_t of[NR_SIDES])
{
	return of[SIDE_A] < of[SIDE_B] ? of[SIDE_B] - of[SIDE_A] : of[SIDE_A] - of[SIDE_B];
}

static int by_difference(const void *a, const void *b, void *comparison)
{
	const struct compare_kind *x = a, *y = b;
	const struct comparison *c = comparison;

	if (compare_units_agree(c) && distance(x->cost_ns) != distance(y->cost_ns))
		return distance(x->cost_ns) < distance(y->cost_ns) ? 1 : -1;
	if (distance(x->count) != distance(y->count))
		return distance(x->count) < distance(y->count) ? 1 : -1;
	return strcmp(trace_strings_text(c->strings, x->kind),
		      trace_strings_text(c->strings, y->kind));
}

static int make_kinds(struct comparison *c, uint32_t *places)
{
	int err = count_kinds(c, places);

	if (!err && c->nr_kinds)
		qsort_r(c->kinds, c->nr_kinds, sizeof(*c->kinds), by_difference, c);
	return err;
}

/* ---- all ---- */

static int make_room(struct work *w)
{
	size_t nr = w->c->traces[SIDE_A]->nr + w->c->traces[SIDE_B]->nr + 1;

	w->c->rows = malloc(nr * sizeof(*w->c->rows));
	w->dense = calloc(w->c->strings->nr + 1, sizeof(*w->dense));
	w->values = malloc(nr * sizeof(*w->values));
	w->few_values = malloc(nr * sizeof(*w->few_values));
	w->marks = malloc(nr);
	w->few_marks = malloc(nr);
	return w->c->rows && w->dense && w->values && w->few_values && w->marks && w->few_marks
		       ? 0
		       : -ENOMEM;
}

static int make(struct work *w)
{
	struct comparison *c = w->c;
	int err;

	err = make_room(w);
	for (unsigned side = 0; !err && side < NR_SIDES; side++)
		err = sort_by_thread(w, side);
	if (!err)
		err = match_threads(c);
	for (size_t i = 0; !err && i < c->nr_threads; i++)
		err = compare_pair(w, &c->threads[i]);
	return err ? err : make_kinds(c, w->dense);
}

int comparison_make(struct comparison *c, const struct saved_trace *a, const struct saved_trace *b,
		    const struct trace_strings *strings)
{
	struct work w = {.c = c};
	int err;

	*c = (struct comparison){.traces = {a, b}, .strings = strings};
	err = make(&w);
	for (unsigned side = 0; side < NR_SIDES; side++) {
		free(w.order[side]);
		free(w.begins[side]);
	}
	free(w.values);
	free(w.few_values);
	free(w.marks);
	free(w.few_marks);
	free(w.dense);
	return err;
}

void comparison_fini(struct comparison *c)
{
	free(c->threads);
	free(c->rows);
	free(c->kinds);
	*c = (struct comparison){0};
}

bool comparison_is_same(const struct comparison *c)
{
	return c->nr_of[COMPARE_CHANGED] == 0 && c->nr_of[COMPARE_ONLY_A] == 0 &&
	       c->nr_of[COMPARE_ONLY_B] == 0;
}

bool compare_kind_is_equal(const struct comparison *c, const struct compare_kind *k)
{
	bool free_of_cost = k->cost_ns[SIDE_A] == 0 && k->cost_ns[SIDE_B] == 0;

	return k->count[SIDE_A] == k->count[SIDE_B] &&
	       (compare_units_agree(c) ? k->cost_ns[SIDE_A] == k->cost_ns[SIDE_B] : free_of_cost);
}

const struct saved_step *comparison_step(const struct comparison *c, const struct compare_row *row,
					 enum side side)
{
	return row->step[side] == SAVED_NONE ? NULL : &c->traces[side]->steps[row->step[side]];
}
