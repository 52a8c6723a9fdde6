// SPDX-License-Identifier: MIT
/* The page that outlives a reset: see last_panic.h. */
#include "core/last_panic.h"
#include "arch/arch_page.h"
#include "core/boot_info.h"
#define LOG_SUBSYS "boot"
#include "core/log.h"
#include "lib/string.h"

#define MAGIC 0x6372656c61737421UL
#define TEXT_MAX (PAGE_SIZE - 24)

struct kept_report {
	u64 magic, checksum;
	u64 len_bytes;
	char text[TEXT_MAX];
};
static_assert(sizeof(struct kept_report) == PAGE_SIZE, "one page");

static struct kept_report *kept; /* [I] after boot; NULL: there is no memory for it */
static char found[TEXT_MAX];	 /* [I] after boot: what the last kernel left       */
static size_t found_len;	 /* [I] after boot                                  */

/* FNV-1a: memory that was never written may contain anything. */
static u64 checksum_of(const char *text, size_t len_bytes)
{
	u64 sum = 0xcbf29ce484222325UL;

	for (size_t i = 0; i < len_bytes; i++)
		sum = (sum ^ (u8)text[i]) * 0x100000001b3UL;
	return sum ^ len_bytes;
}

static bool is_free_memory(const struct boot_info *bi, paddr_t base)
{
	if (base + PAGE_SIZE > bi->initramfs_base &&
	    base < bi->initramfs_base + bi->initramfs_len_bytes)
		return false;
	for (unsigned i = 0; i < bi->nr_memory; i++)
		if (bi->memory[i].type == BOOT_MEMORY_RAM && bi->memory[i].base <= base &&
		    base + PAGE_SIZE <= bi->memory[i].base + bi->memory[i].len_bytes)
			return true;
	return false;
}

void last_panic_find(struct boot_info *bi)
{
	if (!is_free_memory(bi, bi->kernel_end))
		return;
	kept = phys_to_virt(bi->kernel_end);
	bi->kernel_end += PAGE_SIZE;
	if (kept->magic != MAGIC || kept->len_bytes > TEXT_MAX ||
	    kept->checksum != checksum_of(kept->text, kept->len_bytes))
		return;
	memcpy(found, kept->text, kept->len_bytes);
	found_len = kept->len_bytes;
	kept->magic = 0; /* it is reported once, by the next kernel */
}

/* The line of @text that says why. */
static const char *panic_line(const char *text, size_t len_bytes, size_t *line_len)
{
	static const char mark[] = "panic: ";

	for (size_t i = 0; i + sizeof(mark) - 1 <= len_bytes; i++) {
		if ((i && text[i - 1] != '\n') || memcmp(text + i, mark, sizeof(mark) - 1) != 0)
			continue;
		i += sizeof(mark) - 1;
		for (*line_len = 0; i + *line_len < len_bytes && text[i + *line_len] != '\n';)
			++*line_len;
		return text + i;
	}
	*line_len = 0;
	return text;
}

void last_panic_announce(void)
{
	size_t len;
	const char *line = panic_line(found, found_len, &len);
	char text[160];

	if (!found_len)
		return;
	len = min(len, sizeof(text) - 1);
	memcpy(text, line, len);
	text[len] = '\0';
	log_warn("the kernel before this one panicked: %s; see /proc/creance/last_panic", text);
}

const char *last_panic_text(size_t *len_bytes)
{
	*len_bytes = found_len;
	return found;
}

void last_panic_keep(void)
{
	size_t len, start = 0;

	if (!kept)
		return;
	len = log_ring_read(kept->text, TEXT_MAX);
	/* Whole lines only. */
	if (len == TEXT_MAX)
		while (start < len && kept->text[start++] != '\n')
			;
	memmove(kept->text, kept->text + start, len - start);
	kept->len_bytes = len - start;
	kept->checksum = checksum_of(kept->text, kept->len_bytes);
	kept->magic = MAGIC;
}
