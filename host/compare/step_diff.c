// SPDX-License-Identifier: MIT
/*
 * step_diff.c -- Myers's algorithm: the longest common subsequence of two sequences, in linear
 * space.
 *
 * Idea.  In a grid with a to the right and b downwards, a common subsequence is a path from the top
 *   left to the bottom right corner; a diagonal step is a pair of equal elements. Two searches, one
 *   from each corner, go as far as they can with 0, 1, 2, ... steps that are not diagonal. Where
 *   they meet is a point of a shortest path, and the two rectangles before and after it are
 *   searched in turn (E. Myers, "An O(ND) difference algorithm and its variations", 1986).
 *   Elements that the other sequence does not contain can be on no path, and are taken out first:
 *   this makes most of real pairs of traces short.
 * Invariants.
 *   D1  forward[k] and backward[k] are the columns that the searches have reached on the diagonal
 *       k, which is column - row.
 *   D2  A rectangle is divided at a point other than its own corners, so that the search ends.
 *   D3  The recursion is for the smaller of the two parts; the other is the loop's next.
 * Cost.  24 bytes for each element while it runs.
 * Tests.  step_diff_test.c compares with a quadratic search.
 */
#include "compare/step_diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_LEAST = 1024 };

/* Columns that lie before and behind every box. */
#define NEVER_AHEAD (-1)
#define NEVER_BACK (PTRDIFF_MAX / 2)

struct search {
	const uint32_t *a, *b;	       /* without what the other does not contain */
	uint8_t *gone, *added;	       /* by their elements */
	ptrdiff_t *forward, *backward; /* by diagonal; the middle is 0. D1 */
	ptrdiff_t limit;
	bool bounded;
};

struct box {
	ptrdiff_t left, top, right, bottom;
};

struct point {
	ptrdiff_t x, y;
};

static ptrdiff_t least(ptrdiff_t a, ptrdiff_t b)
{
	return a < b ? a : b;
}

static ptrdiff_t most(ptrdiff_t a, ptrdiff_t b)
{
	return a > b ? a : b;
}

/* How far the search from the top left comes on diagonal @k with one step more. */
static ptrdiff_t advance(const struct search *s, const struct box *box, ptrdiff_t k)
{
	ptrdiff_t left = s->forward[k - 1], above = s->forward[k + 1], x = NEVER_AHEAD, y;

	if (left >= box->left && left < box->right)
		x = left + 1;
	if (above >= box->left && above - k <= box->bottom)
		x = most(x, above);
	y = x - k;
	while (x >= box->left && x < box->right && y < box->bottom && s->a[x] == s->b[y]) {
		x++;
		y++;
	}
	return s->forward[k] = x;
}

/* The same from the bottom right. */
static ptrdiff_t retreat(const struct search *s, const struct box *box, ptrdiff_t k)
{
	ptrdiff_t right = s->backward[k + 1], below = s->backward[k - 1], x = NEVER_BACK, y;

	if (right <= box->right && right > box->left)
		x = right - 1;
	if (below <= box->right && below - k >= box->top)
		x = least(x, below);
	y = x - k;
	while (x <= box->right && x > box->left && y > box->top && s->a[x - 1] == s->b[y - 1]) {
		x--;
		y--;
	}
	return s->backward[k] = x;
}

/* The diagonals from..to of a search that began on @start, after @cost steps within the box. */
struct diagonals {
	ptrdiff_t from, to;
};

/* Those outside of the box are on no path. */
static struct diagonals range_of(const struct box *box, ptrdiff_t start, ptrdiff_t cost)
{
	ptrdiff_t lowest = box->left - box->bottom, highest = box->right - box->top;
	struct diagonals d = {start - cost, start + cost};

	while (d.from < lowest)
		d.from += 2;
	while (d.to > highest)
		d.to -= 2;
	return d;
}

/* Where the forward search has come furthest. */
static struct point furthest(const struct search *s, const struct box *box, struct diagonals d)
{
	struct point best = {box->left, box->top};

	for (ptrdiff_t k = d.from; k <= d.to; k += 2) {
		ptrdiff_t x = s->forward[k];

		if (x >= box->left && 2 * x - k > best.x + best.y)
			best = (struct point){x, x - k};
	}
	return best;
}

/*
 * What borders the diagonals of this round, and was none of the last, holds what no search reached.
 */
static void fence(ptrdiff_t *reached, struct diagonals now, struct diagonals last, ptrdiff_t never)
{
	if (now.from - 1 < last.from)
		reached[now.from - 1] = never;
	if (now.to + 1 > last.to)
		reached[now.to + 1] = never;
}

/*
 * A point on a shortest path through the box, whose corners differ: at least one row and one
 * column, and neither the first nor the last elements are equal.
 */
static struct point find_middle(struct search *s, const struct box *box)
{
	ptrdiff_t start = box->left - box->top, end = box->right - box->bottom;
	bool odd = (end - start) & 1;

	s->forward[start] = box->left;
	s->backward[end] = box->right;
	for (ptrdiff_t cost = 1;; cost++) {
		struct diagonals ahead = range_of(box, start, cost);
		struct diagonals back = range_of(box, end, cost);
		struct diagonals met = range_of(box, end, cost - 1);

		fence(s->forward, ahead, range_of(box, start, cost - 1), NEVER_AHEAD);
		for (ptrdiff_t k = ahead.from; k <= ahead.to; k += 2) {
			ptrdiff_t x = advance(s, box, k);

			if (odd && k >= met.from && k <= met.to && s->backward[k] <= x)
				return (struct point){x, x - k};
		}
		fence(s->backward, back, met, NEVER_BACK);
		for (ptrdiff_t k = back.from; k <= back.to; k += 2) {
			ptrdiff_t x = retreat(s, box, k);

			if (!odd && k >= ahead.from && k <= ahead.to && x <= s->forward[k])
				return (struct point){x, x - k};
		}
		if (cost >= s->limit) {
			s->bounded = true;
			return furthest(s, box, ahead);
		}
	}
}

static void trim(const struct search *s, struct box *box)
{
	while (box->left < box->right && box->top < box->bottom &&
	       s->a[box->left] == s->b[box->top]) {
		box->left++;
		box->top++;
	}
	while (box->left < box->right && box->top < box->bottom &&
	       s->a[box->right - 1] == s->b[box->bottom - 1]) {
		box->right--;
		box->bottom--;
	}
}

static ptrdiff_t size_of(const struct box *box)
{
	return box->right - box->left + box->bottom - box->top;
}

static void compare(struct search *s, struct box box)
{
	for (;;) {
		struct box before, after, *small, *large;
		struct point middle;

		trim(s, &box);
		if (box.left == box.right || box.top == box.bottom)
			break;
		middle = find_middle(s, &box);
		before = (struct box){box.left, box.top, middle.x, middle.y};
		after = (struct box){middle.x, middle.y, box.right, box.bottom};
		small = size_of(&before) < size_of(&after) ? &before : &after;
		large = small == &before ? &after : &before;
		compare(s, *small); /* D3 */
		box = *large;
	}
	memset(s->gone + box.left, 1, (size_t)(box.right - box.left));
	memset(s->added + box.top, 1, (size_t)(box.bottom - box.top));
}

/* ---- what the other does not contain ---- */

struct kept {
	uint32_t *values;
	size_t *places; /* in the whole sequence */
	uint8_t *marks;
	size_t nr;
};

static uint32_t largest(const uint32_t *values, size_t nr, uint32_t so_far)
{
	for (size_t i = 0; i < nr; i++)
		so_far = values[i] > so_far ? values[i] : so_far;
	return so_far;
}

static int keep_init(struct kept *kept, size_t nr)
{
	kept->values = malloc((nr + 1) * sizeof(*kept->values));
	kept->places = malloc((nr + 1) * sizeof(*kept->places));
	kept->marks = calloc(nr + 1, 1);
	return kept->values && kept->places && kept->marks ? 0 : -ENOMEM;
}

static void keep_fini(struct kept *kept)
{
	free(kept->values);
	free(kept->places);
	free(kept->marks);
}

/* Mark the elements that @other lacks, and keep the rest. @seen has a byte for each value, 0. */
static void keep(struct kept *kept, const uint32_t *values, size_t nr, uint8_t *marks,
		 const uint32_t *other, size_t nr_other, uint8_t *seen)
{
	for (size_t i = 0; i < nr_other; i++)
		seen[other[i]] = 1;
	for (size_t i = 0; i < nr; i++) {
		marks[i] = !seen[values[i]];
		if (marks[i])
			continue;
		kept->values[kept->nr] = values[i];
		kept->places[kept->nr++] = i;
	}
	for (size_t i = 0; i < nr_other; i++)
		seen[other[i]] = 0;
}

static void put_back(const struct kept *kept, uint8_t *marks)
{
	for (size_t i = 0; i < kept->nr; i++)
		marks[kept->places[i]] = kept->marks[i];
}

static int search(struct step_diff *diff, const struct kept *a, const struct kept *b, size_t limit)
{
	size_t room = a->nr + b->nr + 5;
	ptrdiff_t *diagonals = malloc(2 * room * sizeof(*diagonals));
	struct search s = {
		.a = a->values,
		.b = b->values,
		.gone = a->marks,
		.added = b->marks,
		.limit = limit < PTRDIFF_MAX ? (ptrdiff_t)limit : PTRDIFF_MAX,
	};

	if (!diagonals)
		return -ENOMEM;
	s.forward = diagonals + b->nr + 2;
	s.backward = s.forward + room;
	compare(&s, (struct box){0, 0, (ptrdiff_t)a->nr, (ptrdiff_t)b->nr});
	diff->bounded = s.bounded;
	free(diagonals);
	return 0;
}

size_t step_diff_limit(size_t nr)
{
	size_t limit = LIMIT_LEAST;

	while (8 * limit * limit < nr)
		limit *= 2;
	return limit;
}

int step_diff_find(struct step_diff *diff, size_t limit)
{
	size_t values = (size_t)largest(diff->b, diff->nr_b, largest(diff->a, diff->nr_a, 0)) + 1;
	uint8_t *seen = calloc(values, 1);
	struct kept a = {0}, b = {0};
	int err = seen ? keep_init(&a, diff->nr_a) : -ENOMEM;

	if (!err)
		err = keep_init(&b, diff->nr_b);
	if (!err) {
		keep(&a, diff->a, diff->nr_a, diff->gone, diff->b, diff->nr_b, seen);
		keep(&b, diff->b, diff->nr_b, diff->added, diff->a, diff->nr_a, seen);
		err = search(diff, &a, &b, limit);
	}
	if (!err) {
		put_back(&a, diff->gone);
		put_back(&b, diff->added);
	}
	keep_fini(&a);
	keep_fini(&b);
	free(seen);
	return err;
}
