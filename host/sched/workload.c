// SPDX-License-Identifier: MIT
/*
 * workload.c -- reading and writing workloads.
 *
 * Idea.  Line by line, word by word. A line's words are read from one cursor by small functions,
 *   each of which leaves a message in the parser when it does not find what it wants; the first
 *   message stays.
 * Invariants.
 *   W1  A workload that was read has a job, each job has a name of its own and does something, and
 *       no number in it can overflow a sum of times.
 *   W2  What workload_write writes is read as the same workload.
 * Tests.  workload_test.c.
 */
#include "sched/workload.h"
#include "sched/plain_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 4096, WORD_BYTES = WORKLOAD_COMMAND_BYTES };

struct parser {
	struct workload *workload;
	struct workload_error *error;
	char *at; /* the rest of the line */
	bool failed;
	bool titled, rehearsed; /* there was such a line */
	char word[WORD_BYTES];	/* the last that was read */
	char shown[48];		/* the same for a message */
};

__attribute__((format(printf, 2, 3))) static bool fail(struct parser *p, const char *format, ...)
{
	va_list args;

	if (p->failed)
		return false;
	p->failed = true;
	va_start(args, format);
	vsnprintf(p->error->text, sizeof(p->error->text), format, args);
	va_end(args);
	return false;
}

/* ---- words ---- */

/* Put the next word into p->word. Returns: false at the end of the line, or before a comment. */
static bool next_word(struct parser *p)
{
	size_t len;

	p->at += strspn(p->at, " \t\r");
	len = strcspn(p->at, " \t\r");
	if (!len || *p->at == '#')
		return false;
	if (len >= sizeof(p->word))
		return fail(p, "found a word of %zu bytes: expected up to %zu", len,
			    sizeof(p->word) - 1);
	memcpy(p->word, p->at, len);
	p->word[len] = '\0';
	p->at += len;
	return true;
}

/* Is @word the next? Then it is read. */
static bool take_word(struct parser *p, const char *word)
{
	char *before = p->at;

	if (next_word(p) && strcmp(p->word, word) == 0)
		return true;
	p->at = before;
	return false;
}

/* The same for a word that may be there once: @given tells if it was, and is set. */
static bool take_once(struct parser *p, const char *word, bool *given)
{
	if (!take_word(p, word))
		return false;
	if (*given)
		return fail(p, "found a second '%s': expected one", word);
	*given = true;
	return true;
}

/* Read a word where there should be one: p->word; "" where there is none. */
static const char *found(struct parser *p)
{
	if (next_word(p)) {
		snprintf(p->shown, sizeof(p->shown), "'%.40s'", p->word);
	} else {
		p->word[0] = '\0';
		strcpy(p->shown, "the end of the line");
	}
	return p->word;
}

static bool take_ms(struct parser *p, const char *after, double least, double *ms)
{
	const double most = (double)WORKLOAD_TIME_MAX_NS / WORKLOAD_NS_PER_MS;
	const char *word = found(p);
	char *end;

	*ms = strtod(word, &end);
	if (isdigit((unsigned char)*word) && !*end && *ms >= least && *ms <= most &&
	    word[strspn(word, "0123456789.")] == '\0')
		return true;
	return fail(p, "found %s after '%s': expected milliseconds, from %g to %g", p->shown, after,
		    least, most);
}

static bool take_ns(struct parser *p, const char *after, double least_ms, uint64_t *ns)
{
	double ms;

	if (!take_ms(p, after, least_ms, &ms))
		return false;
	*ns = (uint64_t)(ms * WORKLOAD_NS_PER_MS + 0.5);
	return true;
}

static bool take_number(struct parser *p, const char *after, int least, int most, int *number)
{
	const char *word = found(p);
	char *end;
	long n = strtol(word, &end, 10);

	if (end != word && !*end && n >= least && n <= most) {
		*number = (int)n;
		return true;
	}
	return fail(p, "found %s after '%s': expected a number from %d to %d", p->shown, after,
		    least, most);
}

static bool take_end(struct parser *p)
{
	if (!*found(p))
		return true;
	return fail(p, "found %s: expected the end of the line", p->shown);
}

/* ---- jobs ---- */

static bool is_name(const char *word)
{
	size_t len = strlen(word);

	return len > 0 && len < WORKLOAD_NAME_BYTES &&
	       strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-") ==
		       len;
}

static bool take_name(struct parser *p, struct workload_job *job)
{
	const struct workload *w = p->workload;
	const char *word = found(p);

	if (!is_name(word))
		return fail(
			p, "found %s: expected the job's name, of up to %d letters, digits or _.+-",
			p->shown, WORKLOAD_NAME_BYTES - 1);
	for (unsigned i = 0; i < w->nr_jobs; i++)
		if (strcmp(w->jobs[i].name, word) == 0)
			return fail(p, "there is a job '%s' already: expected another name", word);
	strcpy(job->name, word);
	return true;
}

static bool take_burst(struct parser *p, struct workload_job *job, enum workload_kind kind)
{
	struct workload_burst *burst = &job->bursts[job->nr_bursts];

	if (job->nr_bursts == WORKLOAD_BURSTS_MAX)
		return fail(p, "the job has more than %d bursts: expected fewer, with 'times N'",
			    WORKLOAD_BURSTS_MAX);
	burst->kind = kind;
	job->nr_bursts++;
	return take_ns(p, kind == WORKLOAD_CPU ? "cpu" : "io", 0.01, &burst->ns);
}

static bool take_bursts(struct parser *p, struct workload_job *job)
{
	int times = 1;

	for (;;) {
		bool taken = take_word(p, "cpu")  ? take_burst(p, job, WORKLOAD_CPU)
			     : take_word(p, "io") ? take_burst(p, job, WORKLOAD_IO)
						  : false;

		if (p->failed)
			return false;
		if (!taken)
			break;
	}
	if (!job->nr_bursts) {
		found(p);
		return fail(p, "found %s: expected 'at', 'nice', 'cpu', 'io' or 'run'", p->shown);
	}
	if (take_word(p, "times") && !take_number(p, "times", 1, WORKLOAD_TIMES_MAX, &times))
		return false;
	job->times = (unsigned)times;
	if (*found(p))
		return fail(p, "found %s: expected 'cpu', 'io', 'times' or the end", p->shown);
	if (workload_job_ns(job, WORKLOAD_CPU) == 0)
		return fail(p, "the job never computes: expected a 'cpu'");
	if (workload_job_ns(job, WORKLOAD_CPU) > WORKLOAD_TIME_MAX_NS ||
	    workload_job_ns(job, WORKLOAD_IO) > WORKLOAD_TIME_MAX_NS)
		return fail(p, "the job takes too long: expected at most %u ms in all",
			    (unsigned)(WORKLOAD_TIME_MAX_NS / WORKLOAD_NS_PER_MS));
	return true;
}

static bool take_command(struct parser *p, struct workload_job *job)
{
	char buffer[WORKLOAD_COMMAND_BYTES], *argv[WORKLOAD_WORDS_MAX + 1];
	size_t len;

	p->at += strspn(p->at, " \t");
	len = strlen(p->at);
	while (len && strchr(" \t\r", p->at[len - 1]))
		len--;
	if (len >= sizeof(job->command))
		return fail(p, "the command is too long: expected up to %d bytes",
			    WORKLOAD_COMMAND_BYTES - 1);
	memcpy(job->command, p->at, len);
	job->command[len] = '\0';
	p->at += len;
	job->times = 1;
	if (workload_words(job->command, buffer, argv) > 0)
		return true;
	return fail(p,
		    "found no program after 'run': expected up to %d words, those with blanks in "
		    "'…'",
		    WORKLOAD_WORDS_MAX);
}

static bool take_job(struct parser *p)
{
	struct workload *w = p->workload;
	struct workload_job *job = &w->jobs[w->nr_jobs];
	bool at = false, nice = false;

	if (w->nr_jobs == WORKLOAD_JOBS_MAX)
		return fail(p, "there are more than %d jobs: expected fewer", WORKLOAD_JOBS_MAX);
	*job = (struct workload_job){.times = 1};
	if (!take_name(p, job))
		return false;
	for (;;) {
		bool taken = take_once(p, "at", &at) ? take_ns(p, "at", 0, &job->arrival_ns)
			     : take_once(p, "nice", &nice)
				     ? take_number(p, "nice", -20, 19, &job->nice)
				     : false;

		if (p->failed)
			return false;
		if (!taken)
			break;
	}
	if (!(take_word(p, "run") ? take_command(p, job) : take_bursts(p, job)))
		return false;
	w->nr_jobs++;
	return true;
}

/* ---- the other directives ---- */

static bool take_title(struct parser *p)
{
	size_t len;

	if (p->titled)
		return fail(p, "found a second line 'title': expected one");
	p->titled = true;
	p->at += strspn(p->at, " \t");
	len = strlen(p->at);
	if (len >= sizeof(p->workload->title))
		return fail(p, "found a title of %zu bytes: expected up to %zu", len,
			    sizeof(p->workload->title) - 1);
	memcpy(p->workload->title, p->at, len + 1);
	return true;
}

static bool take_rehearse(struct parser *p)
{
	int number;

	if (p->rehearsed)
		return fail(p, "found a second line 'rehearse': expected one");
	p->rehearsed = true;
	if (!take_number(p, "rehearse", 0, WORKLOAD_REHEARSALS_MAX, &number))
		return false;
	p->workload->rehearsals = (unsigned)number;
	if (!take_word(p, "under"))
		return take_end(p);
	if (!*found(p) || strchr(p->word, ',') ||
	    strlen(p->word) >= sizeof(p->workload->rehearsed_policy))
		return fail(p,
			    "found %s after 'under': expected the name of a policy, without "
			    "settings",
			    p->shown);
	strcpy(p->workload->rehearsed_policy, p->word);
	return take_end(p);
}

static bool take_expect(struct parser *p)
{
	struct workload *w = p->workload;
	struct workload_expect *expect = &w->expects[w->nr_expects];
	bool turnaround = false, response = false;

	if (w->nr_expects == WORKLOAD_EXPECTS_MAX)
		return fail(p, "there are more than %d lines 'expect'", WORKLOAD_EXPECTS_MAX);
	if (!*found(p) || strlen(p->word) >= sizeof(expect->policy))
		return fail(p, "found %s after 'expect': expected a policy, of up to %zu bytes",
			    p->shown, sizeof(expect->policy) - 1);
	for (unsigned i = 0; i < w->nr_expects; i++)
		if (strcmp(w->expects[i].policy, p->word) == 0)
			return fail(p, "there is a line 'expect %s' already: expected one of each",
				    p->word);
	*expect = (struct workload_expect){.turnaround_ms = -1, .response_ms = -1};
	strcpy(expect->policy, p->word);
	for (;;) {
		bool taken = take_once(p, "turnaround", &turnaround)
				     ? take_ms(p, "turnaround", 0, &expect->turnaround_ms)
			     : take_once(p, "response", &response)
				     ? take_ms(p, "response", 0, &expect->response_ms)
				     : false;

		if (p->failed)
			return false;
		if (!taken)
			break;
	}
	if (*found(p))
		return fail(p, "found %s: expected 'turnaround' or 'response'", p->shown);
	w->nr_expects++;
	return true;
}

static bool take_line(struct parser *p)
{
	static const struct {
		const char *word;
		bool (*take)(struct parser *p);
	} directives[] = {
		{"job", take_job},
		{"title", take_title},
		{"rehearse", take_rehearse},
		{"expect", take_expect},
	};

	if (!*found(p))
		return true; /* empty, or a comment */
	for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++)
		if (strcmp(p->word, directives[i].word) == 0)
			return directives[i].take(p);
	return fail(p, "found %s: expected 'job', 'title', 'rehearse' or 'expect'", p->shown);
}

/* Rehearsed turns of a program have no meaning, and one that it changes would not be the same. */
static bool check_whole(struct parser *p)
{
	const struct workload *w = p->workload;

	p->error->line = 0;
	if (!w->nr_jobs)
		return fail(p, "there is no job: expected a line such as 'job A cpu 10'");
	for (unsigned i = 0; w->rehearsals && i < w->nr_jobs; i++)
		if (w->jobs[i].command[0])
			return fail(p,
				    "the job '%s' is a program, which cannot be rehearsed: "
				    "expected no 'rehearse'",
				    w->jobs[i].name);
	return true;
}

int workload_parse(struct workload *w, const char *text, size_t len, struct workload_error *error)
{
	struct parser p = {.workload = w, .error = error};
	const char *end = text + len;
	char line[LINE_BYTES];

	*w = (struct workload){0};
	*error = (struct workload_error){0};
	while (text < end && !p.failed) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t bytes = (size_t)((newline ? newline : end) - text);
		size_t used = bytes && text[bytes - 1] == '\r' ? bytes - 1 : bytes;

		error->line++;
		if (used >= sizeof(line)) {
			fail(&p, "found a line of %zu bytes: expected up to %zu", used,
			     sizeof(line) - 1);
		} else if (!is_plain_text(text, used)) {
			fail(&p, "found what is no text in UTF-8, or moves the cursor");
		} else {
			memcpy(line, text, used);
			line[used] = '\0';
			p.at = line;
			take_line(&p);
		}
		text += bytes + (newline != NULL);
	}
	if (!p.failed)
		check_whole(&p);
	return p.failed ? -EINVAL : 0;
}

uint64_t workload_job_ns(const struct workload_job *job, enum workload_kind kind)
{
	uint64_t ns = 0;

	for (unsigned i = 0; i < job->nr_bursts; i++)
		if (job->bursts[i].kind == kind)
			ns += job->bursts[i].ns;
	return ns * job->times;
}

/* ---- commands ---- */

int workload_words(const char *command, char buffer[WORKLOAD_COMMAND_BYTES],
		   char *argv[WORKLOAD_WORDS_MAX + 1])
{
	char *to = buffer;
	int nr = 0;

	if (strlen(command) >= WORKLOAD_COMMAND_BYTES)
		return -EINVAL;
	for (command += strspn(command, " \t"); *command; command += strspn(command, " \t")) {
		bool quoted = false;

		if (nr == WORKLOAD_WORDS_MAX)
			return -EINVAL;
		argv[nr++] = to;
		for (; *command && (quoted || !strchr(" \t", *command)); command++) {
			if (*command == '\'')
				quoted = !quoted;
			else if (*command == '\\' && !quoted && command[1])
				*to++ = *++command;
			else
				*to++ = *command;
		}
		if (quoted)
			return -EINVAL;
		/* The words are no longer than the command: a blank parts them, or its end. */
		*to++ = '\0';
	}
	argv[nr] = NULL;
	return nr;
}

/* @word in '...'; a ' in it stands between two of these. Returns: false where there is no room. */
static bool add_quoted(FILE *out, const char *word)
{
	fputc('\'', out);
	for (; *word; word++) {
		if (*word == '\n')
			return false;
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	}
	fputc('\'', out);
	return true;
}

int workload_set_command(struct workload_job *job, char *const *argv, int nr)
{
	FILE *out = fmemopen(job->command, sizeof(job->command), "w");
	bool whole = out && nr > 0 && nr <= WORKLOAD_WORDS_MAX;

	for (int i = 0; whole && i < nr; i++) {
		if (i)
			fputc(' ', out);
		whole = add_quoted(out, argv[i]);
	}
	if (out)
		whole &= ftell(out) < (long)sizeof(job->command);
	if (out && fclose(out) != 0)
		whole = false;
	return whole ? 0 : -EINVAL;
}

/* ---- writing ---- */

static void write_ms(FILE *out, const char *word, uint64_t ns)
{
	fprintf(out, " %s %.6f", word, (double)ns / WORKLOAD_NS_PER_MS);
}

static void write_job(FILE *out, const struct workload_job *job)
{
	fprintf(out, "job %s", job->name);
	write_ms(out, "at", job->arrival_ns);
	fprintf(out, " nice %d", job->nice);
	if (job->command[0]) {
		fprintf(out, " run %s\n", job->command);
		return;
	}
	for (unsigned i = 0; i < job->nr_bursts; i++)
		write_ms(out, job->bursts[i].kind == WORKLOAD_CPU ? "cpu" : "io",
			 job->bursts[i].ns);
	fprintf(out, " times %u\n", job->times);
}

void workload_write(FILE *out, const struct workload *w)
{
	if (w->title[0])
		fprintf(out, "title %s\n", w->title);
	fprintf(out, "rehearse %u%s%s\n", w->rehearsals, w->rehearsed_policy[0] ? " under " : "",
		w->rehearsed_policy);
	for (unsigned i = 0; i < w->nr_jobs; i++)
		write_job(out, &w->jobs[i]);
	for (unsigned i = 0; i < w->nr_expects; i++) {
		const struct workload_expect *e = &w->expects[i];

		fprintf(out, "expect %s", e->policy);
		if (e->turnaround_ms >= 0)
			fprintf(out, " turnaround %.6f", e->turnaround_ms);
		if (e->response_ms >= 0)
			fprintf(out, " response %.6f", e->response_ms);
		fputc('\n', out);
	}
}
