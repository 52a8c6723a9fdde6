// SPDX-License-Identifier: MIT
/*
 * tty_line_test.c -- editing of lines, against a reference and against a screen.
 *
 * Idea. The reference keeps the line that is typed as a list of characters, each with its bytes,
 *   and the finished lines as a queue. Random bytes under random settings go to both; reads of
 *   random sizes must return the same. In a second test the echo goes to a small screen: whatever
 *   was typed and erased, the screen's row shows the prompt and the line, and blanks behind it.
 *   What Linux answers to some lines, byte for byte, is a table.
 */
#include "unit_sleep.h"
#include "unit_test.h"
#include "unit_tty.h"

#include "core/errno.h"

#include <asm/fcntl.h>
#include <asm/signal.h>

#define CTRL(c) ((c)&0x1f)
#define ERASE 0x7f
#define EOL '|'
#define EOL2 '~'

static u64 seed = 7;

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

/* ---- the reference: characters and lines ----------------------------------------------------- */

#define LINE_BYTES 128
#define LINES 400

struct character {
	u8 bytes[LINE_BYTES], len;
};

struct finished {
	u8 bytes[LINE_BYTES * 2];
	unsigned len;
	bool at_end_of_file; /* ends by VEOF, which is no byte */
};

static struct character typed[LINE_BYTES];
static unsigned nr_typed, nr_typed_bytes;
static struct finished lines[LINES];
static unsigned first_line, nr_lines;
static bool literal;
static tcflag_t iflag, lflag;
static int signals[64];
static unsigned nr_signals;

static void model_reset(void)
{
	nr_typed = nr_typed_bytes = first_line = nr_lines = nr_signals = 0;
	literal = false;
}

static bool is_rest(u8 c) /* of a character that began before */
{
	return (iflag & IUTF8) && (c & 0xc0) == 0x80;
}

static void model_add_byte(u8 c)
{
	nr_typed_bytes++;
	if (is_rest(c) && nr_typed)
		typed[nr_typed - 1].bytes[typed[nr_typed - 1].len++] = c;
	else
		typed[nr_typed++] = (struct character){.bytes = {c}, .len = 1};
}

static void model_add(u8 c)
{
	if (c == 0xff && (iflag & PARMRK))
		model_add_byte(c);
	model_add_byte(c);
}

/* False: the rest of a character whose beginning is not on the line is not erased. */
static bool model_erase(void)
{
	if (!nr_typed || is_rest(typed[nr_typed - 1].bytes[0]))
		return false;
	nr_typed_bytes -= typed[--nr_typed].len;
	return true;
}

/* As Linux's isalnum(): ASCII and the letters of Latin-1, which are also first bytes of UTF-8. */
static bool model_is_word(u8 c)
{
	return strchr("0123456789_", c) ? c != 0
	       : c < 0x80		? (c | 0x20) >= 'a' && (c | 0x20) <= 'z'
					: c >= 0xc0 && c != 0xd7 && c != 0xf7;
}

static void model_erase_word(void)
{
	while (nr_typed && !model_is_word(typed[nr_typed - 1].bytes[0]) && model_erase())
		;
	while (nr_typed && model_is_word(typed[nr_typed - 1].bytes[0]) && model_erase())
		;
}

static void model_finish(int delimiter)
{
	struct finished *line = &lines[nr_lines++];

	line->len = 0;
	for (unsigned i = 0; i < nr_typed; i++)
		for (unsigned n = 0; n < typed[i].len; n++)
			line->bytes[line->len++] = typed[i].bytes[n];
	if (delimiter >= 0)
		line->bytes[line->len++] = (u8)delimiter;
	line->at_end_of_file = delimiter < 0;
	nr_typed = nr_typed_bytes = 0;
}

static bool model_signal(u8 c)
{
	int signal = c == CTRL('C')    ? SIGINT
		     : c == CTRL('\\') ? SIGQUIT
		     : c == CTRL('Z')  ? SIGTSTP
				       : 0;

	if (!signal || !(lflag & ISIG))
		return false;
	if (!(lflag & NOFLSH))
		nr_typed = nr_typed_bytes = first_line = nr_lines = 0;
	signals[nr_signals++ % 64] = signal;
	return true;
}

/* A kill that is seen erases each character; else the line is forgotten. */
static void model_kill(void)
{
	tcflag_t seen = ECHO | ECHOE | ECHOK | ECHOKE;

	while ((lflag & seen) == seen && model_erase())
		;
	if ((lflag & seen) != seen)
		nr_typed = nr_typed_bytes = 0;
}

static void model_edit_or_add(u8 c)
{
	bool extended = lflag & IEXTEN;

	if (c == ERASE)
		model_erase();
	else if (c == CTRL('U'))
		model_kill();
	else if (c == CTRL('W') && extended)
		model_erase_word();
	else if (c == CTRL('V') && extended)
		literal = true;
	else if (c == CTRL('R') && extended && (lflag & ECHO))
		;
	else if (c == CTRL('D'))
		model_finish(-1);
	else if (c == '\n' || c == EOL || (c == EOL2 && extended))
		model_finish(c);
	else
		model_add(c);
}

static void model_type(u8 c)
{
	if (iflag & ISTRIP)
		c &= 0x7f;
	if ((iflag & IUCLC) && (lflag & IEXTEN) && c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if (literal) {
		literal = false;
		model_add(c);
		return;
	}
	if ((iflag & IXON) && (c == CTRL('Q') || c == CTRL('S')))
		return;
	if (model_signal(c) || (c == '\r' && (iflag & IGNCR)))
		return;
	if (c == '\r' && (iflag & ICRNL))
		c = '\n';
	else if (c == '\n' && (iflag & INLCR))
		c = '\r';
	model_edit_or_add(c);
}

/* A read of at most @size bytes: one line, or the beginning of it. */
static ssize_t model_read(u8 *buffer, size_t size)
{
	struct finished *line = &lines[first_line];
	unsigned len = (unsigned)min(size, (size_t)line->len);

	if (first_line == nr_lines)
		return -EAGAIN;
	memcpy(buffer, line->bytes, len);
	memmove(line->bytes, line->bytes + len, line->len - len);
	line->len -= len;
	if (!line->len)
		first_line++;
	if (first_line == nr_lines)
		first_line = nr_lines = 0;
	return len;
}

static u32 model_readable_bytes(void)
{
	u32 bytes = 0;

	for (unsigned i = first_line; i < nr_lines; i++)
		bytes += lines[i].len + lines[i].at_end_of_file;
	return bytes;
}

/* ---- random lines ---------------------------------------------------------------------------- */

static u8 random_byte(void)
{
	static const u8 special[] = {ERASE,	ERASE,	   ERASE,      CTRL('U'), CTRL('W'),
				     CTRL('W'), CTRL('V'), CTRL('D'),  CTRL('R'), CTRL('Q'),
				     '\n',	'\r',	   '\t',       EOL,	  EOL2,
				     CTRL('C'), CTRL('Z'), CTRL('\\'), 0,	  1,
				     CTRL('S'), 0xff};
	static const u8 data[] = "ab_ 9A Z+\xc3\xa9\xe2\x82\xac\xd7\x90\xf7\xb5\xaa\x80";

	return pick(3) ? data[pick(sizeof(data) - 1)] : special[pick(sizeof(special))];
}

static tcflag_t random_flags(const tcflag_t *flags, unsigned nr)
{
	tcflag_t chosen = 0;

	for (unsigned i = 0; i < nr; i++)
		chosen |= pick(2) ? flags[i] : 0;
	return chosen;
}

static void random_settings(void)
{
	static const tcflag_t i[] = {ISTRIP, IUCLC, IGNCR, ICRNL, INLCR,
				     IXON,   IXANY, IUTF8, PARMRK};
	static const tcflag_t l[] = {ISIG,  IEXTEN, NOFLSH, ECHO,   ECHOE,
				     ECHOK, ECHOKE, ECHONL, ECHOCTL};

	iflag = random_flags(i, ARRAY_SIZE(i));
	lflag = random_flags(l, ARRAY_SIZE(l)) | ICANON;
	if (pick(2))
		iflag &= ~(tcflag_t)ISTRIP; /* it leaves little of UTF-8 */
	unit_tty_init();
	unit_tty.termios.c_cc[VEOL] = EOL;
	unit_tty.termios.c_cc[VEOL2] = EOL2;
	unit_tty_set(iflag, OPOST, lflag);
	unit_tty_file.flags = O_NONBLOCK;
	model_reset();
}

static void read_and_compare(void)
{
	u8 got[64], wanted[64];
	size_t size = 1 + pick(pick(2) ? 4 : 64);
	ssize_t n = unit_tty_read(got, size);

	assert_int_equal(n, model_read(wanted, size));
	if (n > 0)
		assert_memory_equal(got, wanted, n);
}

static void compare_state(void)
{
	assert_int_equal(tty_readable_bytes(&unit_tty), model_readable_bytes());
	assert_int_equal(tty_readable(&unit_tty), first_line != nr_lines);
	assert_int_equal(unit_tty.head - unit_tty.commit, nr_typed_bytes);
	assert_int_equal(unit_tty_nr_signals, nr_signals);
	assert_memory_equal(unit_tty_signals, signals, min(nr_signals, 64U) * sizeof(int));
}

static void random_lines_are_those_of_the_reference(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 500; round++) {
		random_settings();
		for (unsigned i = 0; i < 300; i++) {
			u8 c = nr_typed_bytes > LINE_BYTES - 4 ? CTRL('D') : random_byte();

			if (!pick(6) || nr_lines > LINES - 2)
				read_and_compare();
			unit_tty_clear();
			unit_tty_type(&c, 1);
			model_type(c);
			compare_state();
		}
		while (first_line != nr_lines)
			read_and_compare();
		read_and_compare(); /* nothing is left */
	}
}

/* ---- the screen ------------------------------------------------------------------------------ */

#define COLUMNS 330 /* 40 tabs */

struct cell { /* a whole character, if it is no blank */
	u8 bytes[7], len;
};

struct screen {
	struct cell cells[COLUMNS]; /* of the row with the cursor */
	unsigned column;
};

static struct screen screen, wanted_screen;

static void screen_put(struct screen *s, u8 c)
{
	if (c == '\n')
		memset(s->cells, 0, sizeof(s->cells));
	else if (c == '\r')
		s->column = 0;
	else if (c == '\b')
		s->column -= s->column != 0;
	else if (c == '\t')
		s->column = s->column / 8 * 8 + 8;
	else if (is_rest(c))
		s->cells[s->column - 1].bytes[s->cells[s->column - 1].len++] = c;
	else if (c >= 0x20 && c != 0x7f)
		s->cells[s->column++] =
			c == ' ' ? (struct cell){} : (struct cell){.bytes = {c}, .len = 1};
}

static void screen_show(struct screen *s, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		screen_put(s, ((const u8 *)bytes)[i]);
}

/* What the row shows when @prompt is followed by the reference's line. */
static void check_screen(const char *prompt)
{
	screen_show(&screen, unit_tty_sent, unit_tty_nr_sent);
	unit_tty_clear();
	memset(&wanted_screen, 0, sizeof(wanted_screen));
	screen_show(&wanted_screen, prompt, strlen(prompt));
	for (unsigned i = 0; i < nr_typed; i++) {
		u8 c = typed[i].bytes[0], shown[2] = {'^', c ^ 0x40};

		if ((c < 0x20 || c == 0x7f) && c != '\t')
			screen_show(&wanted_screen, shown, (lflag & ECHOCTL) ? 2 : 0);
		else
			screen_show(&wanted_screen, typed[i].bytes, typed[i].len);
	}
	assert_int_equal(screen.column, wanted_screen.column);
	assert_int_equal(screen.column, unit_tty.column);
	assert_memory_equal(screen.cells, wanted_screen.cells, sizeof(screen.cells));
}

static void type_on_screen(u8 c)
{
	unit_tty_type(&c, 1);
	model_type(c);
}

/* Something that takes columns, or an editing character. */
static void type_something(void)
{
	static const char *const utf8[] = {"\xc3\xa9", "\xe2\x82\xac", "\xd7\x90",
					   "\xf0\x9f\x98\x80"};
	static const u8 edits[] = {ERASE, ERASE, ERASE, CTRL('W'), CTRL('W'), CTRL('U')};
	static const u8 literals[] = {ERASE, CTRL('U'), '\n', 1, 'x', CTRL('C')};
	static const u8 data[] = "ab_ 9+";

	switch (pick(8)) {
	case 0:
		type_on_screen('\t');
		break;
	case 1:
		for (const char *at = utf8[pick(ARRAY_SIZE(utf8))]; *at; at++)
			type_on_screen((u8)*at);
		break;
	case 2:
		if (lflag & ECHOCTL) /* else a control character moves the cursor unseen */
			type_on_screen(CTRL('V')), type_on_screen(literals[pick(6)]);
		break;
	case 3:
	case 4:
		type_on_screen(edits[pick(6)]);
		break;
	default:
		type_on_screen(data[pick(6)]);
	}
}

static void the_screen_shows_the_line(void **state)
{
	static const char *const prompts[] = {"", "$ ", "name@host: ", "\tx", "1234567"};

	(void)state;
	for (unsigned round = 0; round < 1000; round++) {
		const char *prompt = prompts[pick(5)];

		unit_tty_init();
		iflag = ICRNL | IXON | (pick(2) ? IUTF8 : 0);
		lflag = ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOKE |
			(pick(2) ? ECHOCTL : 0);
		unit_tty_set(iflag, OPOST | ONLCR | (pick(2) ? XTABS : 0), lflag);
		model_reset();
		memset(&screen, 0, sizeof(screen));
		assert_int_equal(unit_tty_write(prompt, strlen(prompt)), strlen(prompt));
		for (unsigned i = 0; i < 40; i++) {
			if (!pick(30)) {
				type_on_screen(CTRL('R')); /* shows the line on a row of its own */
				prompt = "";
			}
			type_something();
			check_screen(prompt);
		}
		type_on_screen('\n');
		check_screen("");
	}
}

/* ---- what Linux answers, byte for byte ------------------------------------------------------- */

static const struct {
	const char *name, *typed, *echo, *line;
	tcflag_t without, with_iflag;
} answers[] = {
	{"erase", "abc\x7f\x7f\n", "abc\b \b\b \b\r\n", "a\n", 0, 0},
	{"erase at the beginning", "\x7f\n", "\r\n", "\n", 0, 0},
	{"erase on paper", "abc\x7f\x7f\x7f\x7f\n", "abc^?^?^?\r\n", "\n", ECHOE, 0},
	{"kill on paper", "abc\x15x\n", "abc^U\r\nx\r\n", "x\n", ECHOKE, 0},
	{"kill without ECHOK", "abc\x15x\n", "abc^Ux\r\n", "x\n", ECHOK, 0},
	{"kill", "ab\x15x\n", "ab\b \b\b \bx\r\n", "x\n", 0, 0},
	{"no word erase", "ab cd\x17\n", "ab cd^W\r\n", "ab cd\x17\n", IEXTEN, 0},
	{"word on paper", "a b\x17\n", "a b\b \b\r\n", "a \n", ECHOE, 0},
	{"word", "a  b! \x17\n", "a  b! \b \b\b \b\b \b\r\n", "a  \n", 0, 0},
	{"no ^X", "a\x01\x02\x7f\x7f\x7f\n", "a\x01\x02\b \b\r\n", "\n", ECHOCTL, 0},
	{"literal newline", "a\x16\n b\n", "a^\b^J b\r\n", "a\n b\n", 0, 0},
	{"literal erase", "a\x16\x7f\x7f b\n", "a^\b^?\b \b\b \b b\r\n", "a b\n", 0, 0},
	{"tab",
	 "a\tb\x7f\x7f"
	 "c\n",
	 "a\tb\b \b\b\b\b\b\b\b\bc\r\n", "ac\n", 0, 0},
	{"part of a character", "\xa9\xa9\x7f\n", "\xa9\xa9\r\n", "\xa9\xa9\n", 0, IUTF8},
	{"part erased with its head", "a\xa9\xa9\x7f\n", "a\xa9\xa9\b \b\r\n", "\n", 0, IUTF8},
	{"kill leaves a part",
	 "\xa9"
	 "b\x15\n",
	 "\xa9"
	 "b\b \b\r\n",
	 "\xa9\n", 0, IUTF8},
	{"a letter that is no letter", "a \xc3\x97\xd7\x91\x17\n",
	 "a \xc3\x97\xd7\x91\b \b\b \b\r\n", "a \n", 0, IUTF8},
	{"Latin-1", "a b\xb5\xa0\x17\n", "a b\xb5\xa0\b \b\b \b\b \b\r\n", "a \n", 0, 0},
	{"reprint",
	 "ab\x12"
	 "c\n",
	 "ab^R\r\nabc\r\n", "abc\n", 0, 0},
	{"no echo", "ab\n", "", "ab\n", ECHO, 0},
	{"raw newline", "a\n\x01", "a^J^A", "a\n\x01", ICANON, 0},
	{"raw newline that is none", "a\nb", "a^Mb", "a\rb", ICANON, INLCR},
	{"raw return", "a\rb\r", "a\r\nb\r\n", "a\nb\n", ICANON, 0},
};

static void answers_are_those_of_linux(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(answers); i++) {
		char got[64] = "";

		unit_tty_init();
		unit_tty_set(ICRNL | IXON | answers[i].with_iflag, OPOST | ONLCR,
			     unit_tty.termios.c_lflag & ~answers[i].without);
		unit_tty_type_text(answers[i].typed);
		if (unit_tty_nr_sent != strlen(answers[i].echo) ||
		    memcmp(unit_tty_sent, answers[i].echo, unit_tty_nr_sent))
			fail_msg("%s: echo is \"%.*s\"", answers[i].name, (int)unit_tty_nr_sent,
				 (const char *)unit_tty_sent);
		/* A literal newline ends no line. */
		assert_int_equal(unit_tty_read(got, sizeof(got)), strlen(answers[i].line));
		assert_string_equal(got, answers[i].line);
	}
}

/* ---- a full line ----------------------------------------------------------------------------- */

static void a_full_line_drops_data_but_not_its_end(void **state)
{
	static u8 text[TTY_BUFFER_BYTES], got[TTY_BUFFER_BYTES + 1];

	(void)state;
	unit_tty_init();
	unit_tty_set(IMAXBEL | ICRNL, 0, ICANON | ECHOE);
	memset(text, 'x', sizeof(text));
	unit_tty_type(text, TTY_BUFFER_BYTES - 1);
	assert_int_equal(unit_tty_nr_sent, 0);
	unit_tty_type_text("yz"); /* dropped, with a bell for each */
	assert_int_equal(unit_tty_nr_sent, 2);
	assert_memory_equal(unit_tty_sent, "\a\a", 2);
	unit_tty_type_text("\x7fw\n");
	assert_int_equal(unit_tty_read(got, sizeof(got)), TTY_BUFFER_BYTES);
	assert_memory_equal(got + TTY_BUFFER_BYTES - 3, "xw\n", 3);
	/* Lines that were not read fill it as well, and then not even an end fits. */
	for (unsigned i = 0; i < TTY_BUFFER_BYTES; i++)
		unit_tty_type_text("\n");
	unit_tty_clear();
	unit_tty_type_text("a\n\x04");
	assert_memory_equal(unit_tty_sent, "\a\a\a", 3);
	for (unsigned i = 0; i < TTY_BUFFER_BYTES; i++)
		assert_int_equal(unit_tty_read(got, sizeof(got)), 1);
	unit_tty_file.flags = O_NONBLOCK;
	assert_int_equal(unit_tty_read(got, sizeof(got)), -EAGAIN);
}

UNIT_MAIN(cmocka_unit_test(random_lines_are_those_of_the_reference),
	  cmocka_unit_test(the_screen_shows_the_line), cmocka_unit_test(answers_are_those_of_linux),
	  cmocka_unit_test(a_full_line_drops_data_but_not_its_end))
