// SPDX-License-Identifier: MIT
/*
 * bench_trace.c -- from a log of instructions to counts by function.
 *
 * Idea.  The measuring program reads its timer before and after the operations, by `lfence; rdtsc`.
 *   In the log these two instructions, one after the other at addresses known from the program's
 *   file, open and close a stretch; everything executed between them, by whichever process and in
 *   the kernel, is what the program's figure counts. Nothing is added to the kernel or the program.
 * Invariants.
 *   T1  An instruction that faulted is in the log twice, and counts once, as for the timer.
 *   T2  Without an open stretch nothing is counted.
 * Cost.  Some ten nanoseconds an instruction; the emulator, which prints the line, takes a hundred
 *   times that.
 * Tests.  bench_trace_test.c.
 */
#include "bench/bench_trace.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/file_map.h"
#include "base/say.h"

#define USER_END 0x800000000000ull

enum { LINE_MAX_BYTES = 512, LFENCE_BYTES = 3 };

struct bench_trace {
	const struct elf_symbols *kernel;
	const struct bench_timers *timers;
	struct bench_counts now; /* of the open stretch */
	bool open;
	uint64_t began_at;
	uint64_t user_pc;   /* the program's last instruction */
	bool user_was_last; /* and it was the last of all */
	int symbol;	    /* of the last instruction; -1: none */
	bool *left;	    /* by symbol: it has gone elsewhere since it was entered */
	unsigned nr;
	struct bench_interval intervals[BENCH_INTERVALS_MAX];
	size_t line_len;
	char line[LINE_MAX_BYTES]; /* the beginning of an incomplete one */
};

/* ---- the program's timer ---- */

static void scan_segment(struct bench_timers *t, const unsigned char *bytes, uint64_t len,
			 uint64_t address)
{
	static const unsigned char lfence_rdtsc[] = {0x0f, 0xae, 0xe8, 0x0f, 0x31};

	for (uint64_t i = 0; i + sizeof(lfence_rdtsc) <= len && t->nr < BENCH_TIMERS_MAX; i++)
		if (memcmp(bytes + i, lfence_rdtsc, sizeof(lfence_rdtsc)) == 0)
			t->at[t->nr++] = address + i + LFENCE_BYTES;
}

static void scan_file(struct bench_timers *t, const struct file_map *map)
{
	const unsigned char *bytes = map->data;
	Elf64_Ehdr header;

	if (map->len < sizeof(header))
		return;
	memcpy(&header, bytes, sizeof(header));
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_type != ET_EXEC ||
	    header.e_phentsize != sizeof(Elf64_Phdr))
		return;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		uint64_t at = header.e_phoff + i * sizeof(Elf64_Phdr);
		Elf64_Phdr segment;

		if (at > map->len || map->len - at < sizeof(segment))
			return;
		memcpy(&segment, bytes + at, sizeof(segment));
		if (segment.p_type == PT_LOAD && segment.p_flags & PF_X &&
		    segment.p_offset <= map->len && segment.p_filesz <= map->len - segment.p_offset)
			scan_segment(t, bytes + segment.p_offset, segment.p_filesz,
				     segment.p_vaddr);
	}
}

int bench_timers_find(struct bench_timers *t, const char *path)
{
	struct file_map map;
	int err = file_map_need(&map, path, ADVICE_TO_BUILD);

	*t = (struct bench_timers){0};
	if (err)
		return err;
	scan_file(t, &map);
	file_map_close(&map);
	if (t->nr > 0)
		return 0;
	say("%s reads no timer, or is no static program with fixed addresses: run 'make' in Creance's source",
	    path);
	return -EINVAL;
}

static bool is_timer(const struct bench_timers *t, uint64_t pc)
{
	unsigned low = 0, high = t->nr;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (t->at[middle] == pc)
			return true;
		if (t->at[middle] < pc)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* ---- counting ---- */

static size_t parts_bytes(const struct bench_trace *t)
{
	return 2 * (t->kernel->nr + 1) * sizeof(*t->now.parts);
}

static void clear(struct bench_trace *t)
{
	uint64_t *parts = t->now.parts;

	memset(parts, 0, parts_bytes(t));
	t->now = (struct bench_counts){.parts = parts};
}

static struct bench_interval *interval_at(struct bench_trace *t, uint64_t begin)
{
	struct bench_interval *interval;

	for (unsigned i = 0; i < t->nr; i++)
		if (t->intervals[i].begin == begin)
			return &t->intervals[i];
	if (t->nr == BENCH_INTERVALS_MAX)
		return NULL;
	interval = &t->intervals[t->nr++];
	interval->begin = begin;
	interval->least.parts = must_alloc(parts_bytes(t));
	return interval;
}

static void close_stretch(struct bench_trace *t)
{
	struct bench_interval *interval = interval_at(t, t->began_at);

	t->open = false;
	if (!interval)
		return;
	interval->times++;
	/* The second always replaces the first; a later one replaces only a longer one. */
	if (interval->times > 2 && t->now.total >= interval->least.total)
		return;
	uint64_t *parts = interval->least.parts;
	memcpy(parts, t->now.parts, parts_bytes(t));
	interval->least = t->now;
	interval->least.parts = parts;
}

static void take_timer(struct bench_trace *t, uint64_t pc)
{
	if (t->open) {
		close_stretch(t);
		return;
	}
	clear(t);
	t->open = true;
	t->began_at = pc;
}

static void leave_symbol(struct bench_trace *t)
{
	if (t->symbol >= 0)
		t->left[t->symbol] = true;
	t->symbol = -1;
}

static void take_user(struct bench_trace *t, uint64_t pc)
{
	bool again = !t->user_was_last && pc == t->user_pc; /* T1 */
	bool fenced = t->user_was_last && t->user_pc == pc - LFENCE_BYTES;

	leave_symbol(t);
	if (t->open && !again) {
		t->now.program++;
		t->now.total++;
	}
	if (fenced && is_timer(t->timers, pc))
		take_timer(t, pc);
	t->user_pc = pc;
	t->user_was_last = true;
}

static bool is_in(const struct elf_symbols *s, int symbol, uint64_t pc)
{
	return symbol >= 0 && pc >= s->all[symbol].address &&
	       (symbol + 1 == (int)s->nr || pc < s->all[symbol + 1].address);
}

static void take_kernel(struct bench_trace *t, uint64_t pc)
{
	const struct elf_symbols *s = t->kernel;
	int symbol = is_in(s, t->symbol, pc) ? t->symbol : elf_symbols_at(s, pc);

	t->user_was_last = false;
	if (symbol != t->symbol)
		leave_symbol(t);
	t->symbol = symbol;
	if (symbol >= 0 && pc == s->all[symbol].address)
		t->left[symbol] = false;
	if (!t->open) /* T2 */
		return;
	t->now.total++;
	if (symbol < 0)
		t->now.elsewhere++;
	else
		t->now.parts[2 * symbol + t->left[symbol]]++;
}

/* ---- the log's text ---- */

/* "Trace 0: 0x7f... [cs_base/PC/flags/cflags] name"; other lines are not ours. */
static void take_line(struct bench_trace *t, const char *line, size_t len)
{
	const char *end = line + len;
	const char *at = memchr(line, '[', len);
	uint64_t pc = 0;

	at = at ? memchr(at, '/', (size_t)(end - at)) : NULL;
	if (!at || len < 5 || memcmp(line, "Trace", 5) != 0)
		return;
	for (at++; at < end; at++) {
		char c = *at;

		if (c >= '0' && c <= '9')
			pc = pc << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			pc = pc << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	if (pc < USER_END)
		take_user(t, pc);
	else
		take_kernel(t, pc);
}

void bench_trace_feed(struct bench_trace *t, const char *bytes, size_t len)
{
	const char *end = bytes + len;

	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t part = (size_t)((newline ? newline : end) - bytes);

		if (newline && t->line_len == 0) {
			take_line(t, bytes, part);
			bytes = newline + 1;
			continue;
		}
		if (part > LINE_MAX_BYTES - t->line_len)
			part = LINE_MAX_BYTES - t->line_len; /* the address is at its start */
		memcpy(t->line + t->line_len, bytes, part);
		t->line_len += part;
		if (!newline)
			return;
		take_line(t, t->line, t->line_len);
		t->line_len = 0;
		bytes = newline + 1;
	}
}

struct bench_trace *bench_trace_new(const struct elf_symbols *kernel,
				    const struct bench_timers *timers)
{
	struct bench_trace *t = must_alloc(sizeof(*t));

	t->kernel = kernel;
	t->timers = timers;
	t->symbol = -1;
	t->left = must_alloc((kernel->nr + 1) * sizeof(*t->left));
	t->now.parts = must_alloc(parts_bytes(t));
	return t;
}

void bench_trace_free(struct bench_trace *t)
{
	for (unsigned i = 0; i < t->nr; i++)
		free(t->intervals[i].least.parts);
	free(t->now.parts);
	free(t->left);
	free(t);
}

unsigned bench_trace_intervals(const struct bench_trace *t, const struct bench_interval **intervals)
{
	*intervals = t->intervals;
	return t->nr;
}
