// SPDX-License-Identifier: MIT
#include "trace/trace_page.h"

#include <string.h>

/* The assembler takes the files in; tools/host.mk makes this file depend on them. */
#define PAGE_FILE(name, file)                                                                      \
	__asm__(".pushsection .rodata\n"                                                           \
		"page_" #name ": .incbin \"host/trace/page/" file "\"\n"                           \
		"page_" #name "_end: .byte 0\n"                                                    \
		".popsection\n");                                                                  \
	__attribute__((visibility("hidden"))) extern const char page_##name[], page_##name##_end[];

PAGE_FILE(html, "page.html")
PAGE_FILE(css, "page.css")
PAGE_FILE(model, "model.js")
PAGE_FILE(groups, "groups.js")
PAGE_FILE(steps, "steps.js")
PAGE_FILE(listing, "listing.js")
PAGE_FILE(rows, "rows.js")
PAGE_FILE(picture, "picture.js")
PAGE_FILE(timeline, "timeline.js")
PAGE_FILE(find, "find.js")
PAGE_FILE(links, "links.js")
PAGE_FILE(detail, "detail.js")
PAGE_FILE(saves, "saves.js")
PAGE_FILE(walk, "walk.js")
PAGE_FILE(paper, "paper.js")
PAGE_FILE(export, "export.js")
PAGE_FILE(app, "app.js")

struct file {
	const char *begin, *end;
};

#define FILE_OF(name)                                                                              \
	{                                                                                          \
		page_##name, page_##name##_end                                                     \
	}

static const struct file scripts[] = {
	FILE_OF(model), FILE_OF(groups),  FILE_OF(steps),    FILE_OF(listing),
	FILE_OF(rows),	FILE_OF(picture), FILE_OF(timeline), FILE_OF(find),
	FILE_OF(links), FILE_OF(detail),  FILE_OF(saves),    FILE_OF(walk),
	FILE_OF(paper), FILE_OF(export),  FILE_OF(app), /* last: it begins */
};
static const struct file styles[] = {FILE_OF(css)};
static const struct file skeleton = FILE_OF(html);

static void write_files(FILE *out, const struct file *files, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		fwrite(files[i].begin, 1, (size_t)(files[i].end - files[i].begin), out);
}

int trace_page_write(FILE *out, int (*data)(FILE *out, void *context), void *context)
{
	const char *from = skeleton.begin;
	const char *at;
	int err = 0;

	while (!err && (at = memmem(from, (size_t)(skeleton.end - from), "@@", 2)) != NULL) {
		const char *name = at + 2;
		const char *end = memmem(name, (size_t)(skeleton.end - name), "@@", 2);

		fwrite(from, 1, (size_t)(at - from), out);
		if (!strncmp(name, "page.css", 8))
			write_files(out, styles, sizeof(styles) / sizeof(styles[0]));
		else if (!strncmp(name, "page.js", 7))
			write_files(out, scripts, sizeof(scripts) / sizeof(scripts[0]));
		else
			err = data(out, context);
		from = end + 2;
	}
	fwrite(from, 1, (size_t)(skeleton.end - from), out);
	return err;
}
