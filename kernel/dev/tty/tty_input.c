// SPDX-License-Identifier: MIT
/*
 * tty_input.c -- the input of the line discipline: signals, flow control, line editing, echo.
 * termios(3).
 *
 * Idea.  A byte may mean flow control, a signal or editing; another byte is added to the line at
 *   head. In canonical mode a reader gets the line only after a delimiter has committed it. Erasing
 *   moves head back, but not before commit. An end of file is a delimiter without a byte: a marked
 *   NUL.
 * Invariants.  T1 of tty.c. The position of a delimiter has its bit in marks until it is read.
 * Locks.  All callers hold tty->lock.
 */
#include "dev/tty/tty_internal.h"

#include "core/assert.h"
#include "lib/bitmap.h"

#include <asm/poll.h>
#include <asm/signal.h>

#define DISABLED 0 /* _POSIX_VDISABLE */

static u8 line_at(const struct tty *tty, u32 position)
{
	return tty->line[position % TTY_BUFFER_BYTES];
}

static u32 line_bytes(const struct tty *tty)
{
	return tty->head - tty->tail;
}

u32 tty_input_room(const struct tty *tty)
{
	/*
	 * A full canonical line takes and drops bytes, so that a newline or ^C is still processed.
	 */
	return tty_l(tty, ICANON) ? TTY_BUFFER_BYTES : TTY_BUFFER_BYTES - line_bytes(tty);
}

void tty_input_flush(struct tty *tty)
{
	assert_mutex_held(&tty->lock);
	tty->tail = tty->commit = tty->head;
	bitmap_zero(tty->marks, TTY_BUFFER_BYTES);
	tty->literal_next = false;
}

void tty_input_mode_changed(struct tty *tty)
{
	assert_mutex_held(&tty->lock);
	bitmap_zero(tty->marks, TTY_BUFFER_BYTES);
	if (tty_l(tty, ICANON) && line_bytes(tty))
		bitmap_set(tty->marks, (tty->head - 1) % TTY_BUFFER_BYTES);
	tty->commit = tty->head;
	tty->literal_next = false;
}

static bool is_cc(const struct tty *tty, unsigned index, u8 c)
{
	return c != DISABLED && tty_cc(tty, index) == c;
}

static bool is_control(u8 c)
{
	return c < 0x20 || c == 0x7f;
}

static bool is_continuation(const struct tty *tty, u8 c)
{
	return tty_i(tty, IUTF8) && (c & 0xc0) == 0x80;
}

/* ------------------------------------------------------------------ echo */

/* Echo @c, a control character as ^X with ECHOCTL. False: there was no room for it. */
static bool echo_char(struct tty *tty, u8 c) REQUIRES(tty->lock)
{
	u8 pair[2] = {'^', c ^ 0x40};

	if (is_control(c) && c != '\t' && tty_l(tty, ECHOCTL))
		return tty_echo(tty, pair, 2);
	return tty_echo(tty, &c, 1);
}

/* The columns that @c, which is no tab, takes when it is echoed. */
static u32 width_of(const struct tty *tty, u8 c)
{
	if (is_control(c))
		return tty_l(tty, ECHOCTL) ? 2 : 0;
	return !is_continuation(tty, c);
}

/*
 * The columns that the tab at @position of the line takes. Another tab before it ends at a multiple
 * of TTY_TAB_WIDTH, so that nothing before that one is looked at.
 */
static u32 width_of_tab(const struct tty *tty, u32 position) REQUIRES(tty->lock)
{
	u32 column = 0;

	for (u32 i = position; i != tty->commit; i--) {
		u8 c = line_at(tty, i - 1);

		if (c == '\t')
			return TTY_TAB_WIDTH - column % TTY_TAB_WIDTH;
		column += width_of(tty, c);
	}
	return TTY_TAB_WIDTH - (tty->line_column + column) % TTY_TAB_WIDTH;
}

static void echo_rubout(struct tty *tty, u32 columns, bool is_tab) REQUIRES(tty->lock)
{
	while (columns--)
		tty_echo(tty, is_tab ? "\b" : "\b \b", is_tab ? 1 : 3);
}

/* ------------------------------------------------------------------ editing */

/*
 * The position of the last character's first byte; head if there is none: the line is empty, or it
 * begins in the middle of a character, of which no part is erased.
 */
static u32 last_character(const struct tty *tty)
{
	u32 i = tty->head;

	while (i != tty->commit)
		if (!is_continuation(tty, line_at(tty, --i)))
			return i;
	return tty->head;
}

/*
 * Remove the last character, with all its bytes, from the line, and from the screen if @visibly.
 * False: there is none. The cost of erasing a line is linear in its length.
 */
static bool erase_one(struct tty *tty, bool visibly) REQUIRES(tty->lock)
{
	u32 first = last_character(tty), columns;
	u8 c;

	if (first == tty->head)
		return false;
	tty->head = first;
	if (!visibly)
		return true;
	c = line_at(tty, first);
	columns = c == '\t' ? width_of_tab(tty, first) : width_of(tty, c);
	echo_rubout(tty, columns, c == '\t');
	return true;
}

/* A letter or digit of Latin-1, or '_'. Most first bytes of UTF-8 are such letters. */
static bool is_word(u8 c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || (c >= 0xc0 && c != 0xd7 && c != 0xf7);
}

static void edit_erase(struct tty *tty, u8 c) REQUIRES(tty->lock)
{
	bool echo = tty_l(tty, ECHO), visibly = echo && tty_l(tty, ECHOE);

	if (erase_one(tty, visibly) && echo && !visibly)
		echo_char(tty, c);
}

/* Visible also without ECHOE, which is about single characters. */
static void edit_erase_word(struct tty *tty) REQUIRES(tty->lock)
{
	bool visibly = tty_l(tty, ECHO), seen_word = false;

	for (;;) {
		u32 first = last_character(tty);
		bool word = first != tty->head && is_word(line_at(tty, first));

		if ((!word && seen_word) || !erase_one(tty, visibly))
			break;
		seen_word |= word;
	}
}

static void edit_kill(struct tty *tty, u8 c) REQUIRES(tty->lock)
{
	bool echo = tty_l(tty, ECHO),
	     visibly = echo && tty_l(tty, ECHOK) && tty_l(tty, ECHOKE) && tty_l(tty, ECHOE);

	if (visibly) {
		while (erase_one(tty, true))
			;
		return;
	}
	tty->head = tty->commit;
	if (!echo)
		return;
	echo_char(tty, c);
	if (tty_l(tty, ECHOK))
		tty_echo(tty, "\n", 1);
}

static void edit_reprint(struct tty *tty, u8 c) REQUIRES(tty->lock)
{
	echo_char(tty, c);
	tty_echo(tty, "\n", 1);
	tty->line_column = 0;
	/* The first character without room ends it: else each ^R would cost the whole line. */
	for (u32 i = tty->commit; i != tty->head; i++)
		if (!echo_char(tty, line_at(tty, i)))
			break;
}

/* Add @c to the line. False: no room (a canonical line keeps one place for its delimiter). */
static bool line_add(struct tty *tty, u8 c, bool is_end) REQUIRES(tty->lock)
{
	u32 limit = tty_l(tty, ICANON) && !is_end ? TTY_BUFFER_BYTES - 1 : TTY_BUFFER_BYTES;

	debug_assert(line_bytes(tty) <= TTY_BUFFER_BYTES); /* T1 */
	if (line_bytes(tty) >= limit) {
		if (tty_i(tty, IMAXBEL))
			tty_echo(tty, "\a", 1);
		return false;
	}
	tty->line[tty->head % TTY_BUFFER_BYTES] = c;
	WRITE_ONCE(tty->head, tty->head + 1);
	return true;
}

static void line_commit(struct tty *tty, u8 c) REQUIRES(tty->lock)
{
	if (line_add(tty, c, true))
		bitmap_set(tty->marks, (tty->head - 1) % TTY_BUFFER_BYTES);
	WRITE_ONCE(tty->commit, tty->head);
}

/*
 * Add @c to the line as data, and echo it if ECHO is set: with @is_return, as the newline that a
 * carriage return has become, else visibly (^J).
 */
static void input_data(struct tty *tty, u8 c, bool is_return) REQUIRES(tty->lock)
{
	if (tty->head == tty->commit && tty_l(tty, ECHO))
		tty->line_column = tty_output_column(tty);
	if (c == 0xff && tty_i(tty, PARMRK))
		line_add(tty, c, false);
	if (!line_add(tty, c, false))
		return;
	if (!tty_l(tty, ECHO))
		return;
	if (c == '\n' && is_return)
		tty_echo(tty, "\n", 1);
	else
		echo_char(tty, c);
}

/* ------------------------------------------------------------------ what a byte means */

static bool input_flow_control(struct tty *tty, u8 c) REQUIRES(tty->lock)
{
	if (!tty_i(tty, IXON))
		return false;
	if (is_cc(tty, VSTART, c)) {
		tty_output_stop(tty, false);
		return true;
	}
	if (is_cc(tty, VSTOP, c)) {
		tty_output_stop(tty, true);
		return true;
	}
	return false;
}

static bool input_signal(struct tty *tty, u8 c) REQUIRES(tty->lock)
{
	int signal = is_cc(tty, VINTR, c)   ? SIGINT
		     : is_cc(tty, VQUIT, c) ? SIGQUIT
		     : is_cc(tty, VSUSP, c) ? SIGTSTP
					    : 0;

	if (!signal || !tty_l(tty, ISIG))
		return false;
	if (!tty_l(tty, NOFLSH)) {
		tty_input_flush(tty);
		tty_output_discard(tty);
	}
	if (tty_i(tty, IXON))
		tty_output_stop(tty, false);
	if (tty_l(tty, ECHO))
		echo_char(tty, c);
	tty_signal_foreground(tty, signal);
	return true;
}

/* Editing and delimiters of canonical mode. False: @c is data. */
static bool input_canonical(struct tty *tty, u8 c) REQUIRES(tty->lock)
{
	bool extended = tty_l(tty, IEXTEN);

	if (is_cc(tty, VERASE, c)) {
		edit_erase(tty, c);
	} else if (is_cc(tty, VKILL, c)) {
		edit_kill(tty, c);
	} else if (extended && is_cc(tty, VWERASE, c)) {
		edit_erase_word(tty);
	} else if (extended && is_cc(tty, VLNEXT, c)) {
		tty->literal_next = true;
		if (tty_l(tty, ECHO) && tty_l(tty, ECHOCTL))
			tty_echo(tty, "^\b", 2);
	} else if (extended && is_cc(tty, VREPRINT, c) && tty_l(tty, ECHO)) {
		edit_reprint(tty, c);
	} else if (c == '\n') {
		if (tty_l(tty, ECHO) || tty_l(tty, ECHONL))
			tty_echo(tty, "\n", 1);
		line_commit(tty, c);
	} else if (is_cc(tty, VEOF, c)) {
		line_commit(tty, DISABLED);
	} else if (is_cc(tty, VEOL, c) || (extended && is_cc(tty, VEOL2, c))) {
		if (tty_l(tty, ECHO))
			echo_char(tty, c);
		line_commit(tty, c);
	} else {
		return false;
	}
	return true;
}

static void input_char(struct tty *tty, u8 c) REQUIRES(tty->lock)
{
	bool is_return = false;

	if (tty_i(tty, ISTRIP))
		c &= 0x7f;
	if (tty_i(tty, IUCLC) && tty_l(tty, IEXTEN) && c >= 'A' && c <= 'Z')
		c |= 0x20;
	if (tty->literal_next) {
		tty->literal_next = false;
		input_data(tty, c, false);
		return;
	}
	/* A signal drops the output that is stopped; another byte may let it go on. */
	if (input_flow_control(tty, c) || input_signal(tty, c))
		return;
	if (tty_i(tty, IXON) && tty_i(tty, IXANY))
		tty_output_stop(tty, false);
	if (c == '\r') {
		is_return = true;
		if (tty_i(tty, IGNCR))
			return;
		if (tty_i(tty, ICRNL))
			c = '\n';
	} else if (c == '\n' && tty_i(tty, INLCR)) {
		c = '\r';
	}
	if (tty_l(tty, ICANON) && input_canonical(tty, c))
		return;
	input_data(tty, c, is_return);
}

void tty_input_chars(struct tty *tty, const u8 *bytes, size_t len)
{
	assert_mutex_held(&tty->lock);
	for (size_t i = 0; i < len; i++)
		input_char(tty, bytes[i]);
}
