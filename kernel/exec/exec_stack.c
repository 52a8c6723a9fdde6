// SPDX-License-Identifier: MIT
/*
 * exec_stack.c -- the strings that exec passes on, and the stack that a program starts with (psABI
 * 3.4.1).
 *
 * Idea. The old program's memory is gone before the new stack can be written, so all strings are
 *   first copied into pages of the kernel, one after the other, and the end of each is recorded.
 *   Then the stack is written from the top:
 *
 *        top   8 zero bytes
 *              the program's path (AT_EXECFN)
 *              environment strings          env_start..env_end
 *              argument strings             arg_start..arg_end
 *              platform name, 16 random bytes
 *              auxiliary vector, ends with AT_NULL
 *              environment pointers, NULL
 *              argument pointers, NULL
 *        sp -> argc                         16-byte aligned
 *
 * Ownership. exec_arguments belongs to the caller of process_exec; exec_arguments_fini frees its
 *   pages.
 * Cost. Two copies of each string. Up to 64 strings in 8 KiB need two pages and no list.
 */
#include "exec/exec_stack.h"
#include "arch/arch_page.h"
#include "arch/arch_thread.h"
#include "core/errno.h"
#include "core/random.h"
#include "exec/exec.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "proc/rlimit.h"
#include "trace/trace.h"
#include "vfs/cred.h"
#include "vm/user_copy.h"

#include <linux/auxvec.h>

#define ARGUMENTS_MIN KIB(128) /* allowed whatever the stack's limit */
#define ARGUMENTS_MAX MIB(6)
#define AUXV_MAX 22
#define TICKS_PER_SECOND 100
#define RANDOM_BYTES 16

void exec_arguments_init(struct exec_arguments *arguments)
{
	u64 limit = rlimit_soft(current_process(), RLIMIT_STACK) / 4;

	memset(arguments, 0, sizeof(*arguments));
	arguments->limit = max(min(limit, ARGUMENTS_MAX), ARGUMENTS_MIN);
	arguments->text.pages = arguments->text.inline_pages;
	arguments->offsets.pages = arguments->offsets.inline_pages;
	arguments->text.capacity = arguments->offsets.capacity = EXEC_INLINE_CHUNKS;
}

static void exec_pages_fini(struct exec_pages *pages)
{
	for (u32 i = 0; i < pages->nr_pages; i++)
		page_put(virt_to_page(pages->pages[i]));
	if (pages->pages != pages->inline_pages)
		kfree(pages->pages);
}

void exec_arguments_fini(struct exec_arguments *arguments)
{
	exec_pages_fini(&arguments->text);
	exec_pages_fini(&arguments->offsets);
	for (u32 i = 0; i < arguments->nr_prefix; i++)
		kfree(arguments->prefix[i]);
}

/* Page @index, which exists or is the next to be allocated. NULL: no memory. */
static void *pages_at(struct exec_pages *pages, u64 index)
{
	struct page *page;
	void **larger;

	if (index < pages->nr_pages)
		return pages->pages[index];
	if (pages->nr_pages == pages->capacity) {
		larger = kmalloc_array(pages->capacity * 4UL, sizeof(void *), 0);
		if (!larger)
			return NULL;
		memcpy(larger, pages->pages, pages->nr_pages * sizeof(void *));
		if (pages->pages != pages->inline_pages)
			kfree(pages->pages);
		pages->pages = larger;
		pages->capacity *= 4;
	}
	page = page_alloc_one(PAGE_KERNEL | PAGE_LIMITED);
	if (!page)
		return NULL;
	pages->pages[pages->nr_pages++] = page_to_virt(page);
	return page_to_virt(page);
}

static u32 *end_slot(struct exec_arguments *arguments, u32 n)
{
	u64 at = (u64)(n - EXEC_INLINE_STRINGS) * sizeof(u32);
	u8 *page;

	if (n < EXEC_INLINE_STRINGS)
		return &arguments->inline_ends[n];
	page = pages_at(&arguments->offsets, at >> PAGE_SHIFT);
	return page ? (u32 *)(page + (at & ~PAGE_MASK)) : NULL;
}

/* Where string @n begins in the text. */
static u64 start_of(struct exec_arguments *arguments, u32 n)
{
	return n ? *end_slot(arguments, n - 1) : 0;
}

/* A string is complete: record its end. */
static int note_string(struct exec_arguments *arguments)
{
	u32 n = arguments->argc + arguments->envc;
	u32 *slot = end_slot(arguments, n);

	if (!slot)
		return -ENOMEM;
	*slot = (u32)arguments->text_len;
	if (arguments->text_len + (n + 3) * sizeof(u64) > arguments->limit)
		return -E2BIG;
	return 0;
}

/* Append the string at @from (of user or kernel memory) with its NUL. */
static int append(struct exec_arguments *arguments, const char __user *from, bool is_user)
{
	u64 len = 0;

	for (;;) {
		u64 in_page = arguments->text_len & ~PAGE_MASK;
		size_t room = min(PAGE_SIZE - in_page, EXEC_STRING_MAX - len);
		char *page = pages_at(&arguments->text, arguments->text_len >> PAGE_SHIFT);
		ssize_t got;

		if (!page)
			return -ENOMEM;
		if (is_user)
			got = arch_copy_string_from_user(page + in_page, from + len, room);
		else {
			got = (ssize_t)strnlen((const char *)from + len, room);
			memcpy(page + in_page, (const char *)from + len,
			       min((size_t)got + 1, room));
		}
		if (got < 0)
			return (int)got;
		if ((size_t)got < room) {
			arguments->text_len += (u64)got + 1;
			return note_string(arguments);
		}
		arguments->text_len += room;
		len += room;
		if (len >= EXEC_STRING_MAX || arguments->text_len > arguments->limit)
			return -E2BIG;
	}
}

static int append_user_vector(struct exec_arguments *arguments, const u64 __user *vector,
			      u32 *count)
{
	u64 pointer;
	int err;

	for (; vector; vector++) {
		if (get_user_u64(&pointer, vector))
			return -EFAULT;
		if (!pointer)
			break;
		err = append(arguments, (const char __user *)pointer, true);
		if (err)
			return err;
		(*count)++;
		if (unlikely(thread_kill_pending(current_thread())))
			return -EINTR;
	}
	return 0;
}

/* Programs rely on argv[0]: an empty vector gets an empty string. */
static int append_first(struct exec_arguments *arguments)
{
	int err = append(arguments, (const char __user *)"", false);

	arguments->argc += !err;
	return err;
}

int exec_arguments_from_user(struct exec_arguments *arguments, const u64 __user *argv,
			     const u64 __user *envp)
{
	int err;

	exec_arguments_init(arguments);
	err = append_user_vector(arguments, argv, &arguments->argc);
	if (!err && !arguments->argc)
		err = append_first(arguments);
	return err ? err : append_user_vector(arguments, envp, &arguments->envc);
}

static int append_kernel_vector(struct exec_arguments *arguments, const char *const *vector,
				u32 *count)
{
	int err;

	for (; vector && *vector; vector++) {
		err = append(arguments, (const char __user *)*vector, false);
		if (err)
			return err;
		(*count)++;
	}
	return 0;
}

int exec_arguments_from_kernel(struct exec_arguments *arguments, const char *const *argv,
			       const char *const *envp)
{
	int err;

	exec_arguments_init(arguments);
	err = append_kernel_vector(arguments, argv, &arguments->argc);
	if (!err && !arguments->argc)
		err = append_first(arguments);
	return err ? err : append_kernel_vector(arguments, envp, &arguments->envc);
}

int exec_arguments_push(struct exec_arguments *arguments, const char *string)
{
	char *copy;

	if (arguments->nr_prefix == EXEC_PREFIX_MAX)
		return -E2BIG;
	copy = kstrdup(string, 0);
	if (!copy)
		return -ENOMEM;
	memmove(arguments->prefix + 1, arguments->prefix, arguments->nr_prefix * sizeof(copy));
	arguments->prefix[0] = copy;
	arguments->nr_prefix++;
	return 0;
}

void exec_arguments_drop_first(struct exec_arguments *arguments)
{
	if (!arguments->nr_prefix) {
		arguments->drop_first = true;
		return;
	}
	kfree(arguments->prefix[0]);
	arguments->nr_prefix--;
	memmove(arguments->prefix, arguments->prefix + 1, arguments->nr_prefix * sizeof(char *));
}

static u64 prefix_len(const struct exec_arguments *arguments)
{
	u64 len = 0;

	for (u32 i = 0; i < arguments->nr_prefix; i++)
		len += strlen(arguments->prefix[i]) + 1;
	return len;
}

u64 exec_stack_size(const struct exec_request *request)
{
	const struct exec_arguments *arguments = request->arguments;
	u64 pointers = arguments->argc + arguments->envc + arguments->nr_prefix + 3;

	return arguments->text_len + prefix_len(arguments) + strlen(request->path) + 1 +
	       (pointers + 2 * AUXV_MAX) * sizeof(u64) + 256;
}

/* Writes words to the stack, several at a time. */
struct word_writer {
	u64 __user *to;
	u32 count;
	u64 words[32];
};

static __noinline int writer_flush(struct word_writer *writer)
{
	size_t len = writer->count * sizeof(u64);

	if (copy_to_user(writer->to, writer->words, len))
		return -EFAULT;
	writer->to += writer->count;
	writer->count = 0;
	return 0;
}

static __always_inline int write_word(struct word_writer *writer, u64 word)
{
	writer->words[writer->count++] = word;
	return writer->count == ARRAY_SIZE(writer->words) ? writer_flush(writer) : 0;
}

/* The addresses of the parts of the new stack. */
struct stack_layout {
	vaddr_t path, strings, text, env, platform, random;
	u64 skip;  /* bytes of text not used */
	u32 first; /* string of text that is used first */
};

static int copy_text(struct exec_arguments *arguments, const struct stack_layout *layout)
{
	u64 at = layout->skip;
	vaddr_t to = layout->strings;

	for (u32 i = 0; i < arguments->nr_prefix; i++) {
		size_t len = strlen(arguments->prefix[i]) + 1;

		if (copy_to_user((void __user *)to, arguments->prefix[i], len))
			return -EFAULT;
		to += len;
	}
	while (at < arguments->text_len) {
		u64 in_page = at & ~PAGE_MASK;
		size_t len = min(PAGE_SIZE - in_page, arguments->text_len - at);

		if (copy_to_user((void __user *)to,
				 (char *)arguments->text.pages[at >> PAGE_SHIFT] + in_page, len))
			return -EFAULT;
		at += len;
		to += len;
	}
	return 0;
}

/* Pointers to strings @n up to @end of the text, then NULL. */
static int write_pointers(struct word_writer *writer, struct exec_arguments *arguments,
			  const struct stack_layout *layout, u32 n, u32 end)
{
	u64 start = start_of(arguments, n);

	for (; n < end; n++) {
		if (write_word(writer, layout->text + start - layout->skip))
			return -EFAULT;
		start = *end_slot(arguments, n);
	}
	return write_word(writer, 0);
}

static int write_prefix_pointers(struct word_writer *writer, const struct exec_arguments *arguments,
				 vaddr_t at)
{
	for (u32 i = 0; i < arguments->nr_prefix; i++) {
		if (write_word(writer, at))
			return -EFAULT;
		at += strlen(arguments->prefix[i]) + 1;
	}
	return 0;
}

static u32 make_auxv(const struct exec_request *request, const struct stack_layout *layout,
		     const struct arch_program_hints *hints, u64 auxv[2 * AUXV_MAX])
{
	const struct cred *cred = cred_current();
	const struct elf_image *image = &request->image;
	const u64 pairs[][2] = {
		{AT_SYSINFO_EHDR, request->vdso},
		{AT_MINSIGSTKSZ, hints->min_signal_stack},
		{AT_HWCAP, hints->hwcap},
		{AT_PAGESZ, PAGE_SIZE},
		{AT_CLKTCK, TICKS_PER_SECOND},
		{AT_PHDR, image->headers},
		{AT_PHENT, sizeof(Elf64_Phdr)},
		{AT_PHNUM, image->nr_headers},
		{AT_BASE, image->interpreter},
		{AT_FLAGS, 0},
		{AT_ENTRY, image->entry},
		{AT_UID, cred->uid},
		{AT_EUID, cred->euid},
		{AT_GID, cred->gid},
		{AT_EGID, cred->egid},
		{AT_SECURE, request->secure},
		{AT_RANDOM, layout->random},
		{AT_HWCAP2, hints->hwcap2},
		{AT_EXECFN, layout->path},
		{AT_PLATFORM, layout->platform},
		{AT_NULL, 0},
	};

	static_assert(sizeof(pairs) / 8 <= 2 * AUXV_MAX, "no room for the auxiliary vector");
	memcpy(auxv, pairs, sizeof(pairs));
	return sizeof(pairs) / sizeof(u64);
}

static void plan(const struct exec_request *request, const struct arch_program_hints *hints,
		 struct stack_layout *layout)
{
	struct exec_arguments *arguments = request->arguments;
	u64 prefix = prefix_len(arguments);

	layout->first = arguments->drop_first;
	layout->skip = start_of(arguments, layout->first);
	layout->path = request->map->stack_top - sizeof(u64) - (strlen(request->path) + 1);
	layout->strings = layout->path - prefix - (arguments->text_len - layout->skip);
	layout->text = layout->strings + prefix;
	layout->env = layout->text + start_of(arguments, arguments->argc) - layout->skip;
	layout->platform = layout->strings - (strlen(hints->platform) + 1);
	layout->random = layout->platform - RANDOM_BYTES;
}

static int copy_small_things(const struct exec_request *request,
			     const struct arch_program_hints *hints,
			     const struct stack_layout *layout)
{
	u8 bytes[RANDOM_BYTES];

	random_bytes(bytes, sizeof(bytes));
	if (copy_to_user((void __user *)layout->random, bytes, sizeof(bytes)) ||
	    copy_to_user((void __user *)layout->platform, hints->platform,
			 strlen(hints->platform) + 1) ||
	    copy_to_user((void __user *)layout->path, request->path, strlen(request->path) + 1))
		return -EFAULT;
	return 0;
}

/* For /proc/PID/cmdline, environ and auxv. */
static void remember(struct vm_map *map, const struct stack_layout *layout, const u64 *auxv,
		     u32 nr_auxv)
{
	rwlock_write_lock(&map->lock);
	map->arg_start = layout->strings;
	map->arg_end = map->env_start = layout->env;
	map->env_end = layout->path;
	memcpy(map->auxv, auxv, nr_auxv * sizeof(u64));
	rwlock_write_unlock(&map->lock);
}

int exec_stack_build(struct exec_request *request, vaddr_t *sp)
{
	struct exec_arguments *arguments = request->arguments;
	struct arch_program_hints hints;
	struct stack_layout layout;
	struct word_writer writer;
	u64 auxv[2 * AUXV_MAX], nr_words;
	u32 nr_auxv, argc;
	int err;

	arch_program_hints(&hints);
	plan(request, &hints, &layout);
	err = copy_text(arguments, &layout);
	if (!err)
		err = copy_small_things(request, &hints, &layout);
	if (err)
		return err;
	nr_auxv = make_auxv(request, &layout, &hints, auxv);
	argc = arguments->argc - layout.first + arguments->nr_prefix;
	nr_words = 1 + argc + 1 + arguments->envc + 1 + nr_auxv;
	*sp = align_down(align_down(layout.random, 16UL) - nr_words * sizeof(u64), 16UL);
	writer.to = (u64 __user *)*sp;
	writer.count = 0;
	err = write_word(&writer, argc);
	if (!err)
		err = write_prefix_pointers(&writer, arguments, layout.strings);
	if (!err)
		err = write_pointers(&writer, arguments, &layout, layout.first, arguments->argc);
	if (!err)
		err = write_pointers(&writer, arguments, &layout, arguments->argc,
				     arguments->argc + arguments->envc);
	if (!err)
		err = writer_flush(&writer);
	if (!err && copy_to_user(writer.to, auxv, nr_auxv * sizeof(u64)))
		err = -EFAULT;
	remember(request->map, &layout, auxv, nr_auxv);
	TRACE(stack_setup, 0, *sp, argc);
	return err;
}
