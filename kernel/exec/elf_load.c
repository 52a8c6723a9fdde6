// SPDX-License-Identifier: MIT
/*
 * elf_load.c -- from an ELF file to mapped memory (System V gABI chapter 5; elf(5)).
 *
 * Idea. Each PT_LOAD segment becomes one mapping of the file's pages, private and copy on write,
 *   straight from the page cache; what it has beyond the file's bytes (bss) becomes anonymous
 *   memory, and the rest of the last file page is zeroed. A program that names an interpreter
 *   (PT_INTERP, the dynamic linker) gets that mapped, too, and starts in it.
 * Invariants.
 *   L1  Nothing in the file is trusted: each size and sum is checked against overflow and USER_TOP
 *       before use.
 *   L2  Everything goes into the new address space, which is thrown away when anything fails: no
 *       undoing here.
 *   L3  A segment gets the protection that the file asks for and no more.
 * Placement. ET_EXEC at the addresses that the file gives, ET_DYN at the architecture's base plus a
 *   random number of pages. The interpreter ends where mmap's area begins. brk begins behind the
 *   program, after another random gap.
 * Cost. One mapping per segment, one copied page for the zeroed tail.
 */
#include "arch/arch_thread.h"
#include "core/errno.h"
#include "core/random.h"
#include "exec/exec.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "trace/trace.h"
#include "vfs/file/file.h"
#include "vm/vm_fault.h"

#include <linux/fcntl.h>
#include <linux/limits.h>

#define HEADERS_MAX_BYTES 65536UL
#define RANDOM_BASE_PAGES BIT(28)
#define RANDOM_BRK_PAGES (MIB(32) >> PAGE_SHIFT)

/* A file being mapped: the program, or its interpreter. */
struct elf_file {
	struct file *file;
	const Elf64_Ehdr *header; /* in a head buffer                         */
	Elf64_Phdr *segments;	  /* in that buffer, or kmalloc'ed: `own`     */
	bool own;
	vaddr_t low, high; /* what its segments cover, before `bias`   */
	u64 bias;
	u64 align;
};

static bool header_is_ours(const Elf64_Ehdr *header)
{
	return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
	       header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_ident[EI_DATA] == ELFDATA2LSB &&
	       (header->e_type == ET_EXEC || header->e_type == ET_DYN) &&
	       header->e_machine == ARCH_ELF_MACHINE && header->e_phentsize == sizeof(Elf64_Phdr) &&
	       header->e_phnum && header->e_phnum * sizeof(Elf64_Phdr) <= HEADERS_MAX_BYTES;
}

/* The program headers; 0, -ENOEXEC, -ENOMEM or the file's error. */
static int read_segments(struct elf_file *elf, u8 *head, u32 head_len)
{
	u64 offset, len;
	ssize_t got;

	elf->header = (const Elf64_Ehdr *)head;
	if (head_len < sizeof(Elf64_Ehdr) || !header_is_ours(elf->header))
		return -ENOEXEC;
	offset = elf->header->e_phoff;
	len = elf->header->e_phnum * sizeof(Elf64_Phdr);
	if (offset <= head_len && len <= head_len - offset && is_aligned(offset, 8UL)) {
		elf->segments = (Elf64_Phdr *)(head + offset);
		return 0;
	}
	elf->segments = kmalloc(len, 0);
	if (!elf->segments)
		return -ENOMEM;
	elf->own = true;
	got = file_read_kernel(elf->file, elf->segments, len, offset);
	if (got < 0)
		return (int)got;
	return (u64)got == len ? 0 : -ENOEXEC;
}

static void elf_file_fini(struct elf_file *elf)
{
	if (elf->own)
		kfree(elf->segments);
}

/* L1: check each segment to be loaded; find the range that they cover. */
static int measure(struct elf_file *elf)
{
	u64 end;

	elf->low = ~0UL;
	elf->high = 0;
	elf->align = PAGE_SIZE;
	for (u32 i = 0; i < elf->header->e_phnum; i++) {
		const Elf64_Phdr *segment = &elf->segments[i];

		if (segment->p_type != PT_LOAD || !segment->p_memsz)
			continue;
		if (segment->p_filesz > segment->p_memsz ||
		    __builtin_add_overflow(segment->p_vaddr, segment->p_memsz, &end) ||
		    end > USER_TOP ||
		    __builtin_add_overflow(segment->p_offset, segment->p_filesz, &end) ||
		    ((segment->p_vaddr ^ segment->p_offset) & ~PAGE_MASK))
			return -ENOEXEC;
		elf->low = min(elf->low, (vaddr_t)align_down(segment->p_vaddr, PAGE_SIZE));
		elf->high = max(elf->high,
				(vaddr_t)align_up(segment->p_vaddr + segment->p_memsz, PAGE_SIZE));
		if (segment->p_align > elf->align && !(segment->p_align & (segment->p_align - 1)))
			elf->align = min((u64)segment->p_align, GIB(1));
	}
	return elf->high ? 0 : -ENOEXEC;
}

static u32 protection_of(const Elf64_Phdr *segment)
{
	return (segment->p_flags & PF_R ? PROTECT_READ : 0) |
	       (segment->p_flags & PF_W ? PROTECT_WRITE : 0) |
	       (segment->p_flags & PF_X ? PROTECT_EXEC : 0);
}

static int map_file_part(struct vm_map *map, struct elf_file *elf, const Elf64_Phdr *segment,
			 vaddr_t start)
{
	u64 in_page = segment->p_vaddr & ~PAGE_MASK;
	struct vm_map_request request = {
		.hint = start,
		.len_bytes = segment->p_filesz + in_page,
		.protection = protection_of(segment), /* L3 */
		.flags = VM_MAP_NOREPLACE,
		.object_index = (segment->p_offset - in_page) >> PAGE_SHIFT,
	};
	vaddr_t at;
	int err = file_mmap(elf->file, &request);

	return err ? err : vm_map_add(map, &request, &at);
}

static int map_anonymous(struct vm_map *map, vaddr_t start, vaddr_t end, u32 protection)
{
	struct vm_map_request request = {.hint = start,
					 .len_bytes = end - start,
					 .protection = protection,
					 .area_flags = VM_MAYWRITE,
					 .flags = VM_MAP_NOREPLACE};
	vaddr_t at;

	return end > start ? vm_map_add(map, &request, &at) : 0;
}

/* Zeros from the file's last byte to the end of its page. */
static int clear_tail(struct vm_map *map, vaddr_t start, vaddr_t end)
{
	static u8 zeros[PAGE_SIZE]; /* only read */
	ssize_t done;

	if (start == end)
		return 0;
	done = vm_map_access(map, start, zeros, end - start, true);
	return done < 0 ? (int)done : 0;
}

static int map_segment(struct vm_map *map, struct elf_file *elf, const Elf64_Phdr *segment)
{
	vaddr_t start = elf->bias + segment->p_vaddr, file_end = start + segment->p_filesz,
		end = start + segment->p_memsz, file_page_end = align_up(file_end, PAGE_SIZE);
	int err;

	if (!segment->p_filesz)
		return map_anonymous(map, align_down(start, PAGE_SIZE), align_up(end, PAGE_SIZE),
				     protection_of(segment));
	err = map_file_part(map, elf, segment, align_down(start, PAGE_SIZE));
	if (err || end == file_end)
		return err;
	if (segment->p_flags & PF_W)
		err = clear_tail(map, file_end, file_page_end);
	if (err)
		return err;
	return map_anonymous(map, file_page_end, align_up(end, PAGE_SIZE), protection_of(segment));
}

static int map_segments(struct vm_map *map, struct elf_file *elf)
{
	for (u32 i = 0; i < elf->header->e_phnum; i++) {
		const Elf64_Phdr *segment = &elf->segments[i];
		int err;

		if (segment->p_type != PT_LOAD || !segment->p_memsz)
			continue;
		err = map_segment(map, elf, segment);
		TRACE(program_load, 0, elf->bias + segment->p_vaddr, segment->p_memsz,
		      protection_of(segment));
		if (err)
			return err == -EEXIST ? -ENOEXEC : err;
	}
	return 0;
}

/* The addresses of the program's parts, for /proc, brk and the auxiliary vector. */
static void describe_program(struct elf_image *image, const struct elf_file *elf)
{
	u64 headers = elf->header->e_phoff;

	image->code_start = image->data_start = ~0UL;
	for (u32 i = 0; i < elf->header->e_phnum; i++) {
		const Elf64_Phdr *segment = &elf->segments[i];
		vaddr_t start = elf->bias + segment->p_vaddr;

		if (segment->p_type != PT_LOAD || !segment->p_memsz)
			continue;
		if (headers >= segment->p_offset && headers < segment->p_offset + segment->p_filesz)
			image->headers = start + (headers - segment->p_offset);
		if (segment->p_flags & PF_X) {
			image->code_start = min(image->code_start, start);
			image->code_end = max(image->code_end, start + segment->p_filesz);
		}
		if (segment->p_flags & PF_W) {
			image->data_start = min(image->data_start, start);
			image->data_end = max(image->data_end, start + segment->p_filesz);
		}
	}
	if (image->code_start == ~0UL)
		image->code_start = 0;
	if (image->data_start == ~0UL)
		image->data_start = image->data_end = image->code_end;
	image->nr_headers = elf->header->e_phnum;
	image->entry = elf->bias + elf->header->e_entry;
	image->start = image->entry;
	image->brk = elf->bias + elf->high;
}

static int load_program(struct exec_request *request, struct elf_file *elf)
{
	struct arch_program_hints hints;
	u64 base;
	int err = measure(elf);

	if (err)
		return err;
	if (elf->header->e_type == ET_DYN) {
		arch_program_hints(&hints);
		base = hints.position_independent_base;
		if (request->randomise)
			base += random_below(RANDOM_BASE_PAGES) << PAGE_SHIFT;
		elf->bias = align_down(base, elf->align) - elf->low;
		if (elf->high - elf->low > request->map->mmap_top - base)
			return -ENOMEM;
	}
	err = map_segments(request->map, elf);
	if (err)
		return err;
	describe_program(&request->image, elf);
	if (request->randomise)
		request->image.brk += random_below(RANDOM_BRK_PAGES) << PAGE_SHIFT;
	return 0;
}

/*
 * Load the dynamic linker @name. Returns: 0; -ELIBBAD: the file is no program; the file's errors.
 */
static int load_interpreter(struct exec_request *request, const char *name)
{
	struct elf_file elf = {0};
	u64 size, head_words[EXEC_HEAD_BYTES / sizeof(u64)];
	ssize_t got;
	int err = vfs_open_exec(AT_FDCWD, name, 0, &elf.file);

	if (err)
		return err;
	got = file_read_kernel(elf.file, head_words, sizeof(head_words), 0);
	err = got < 0 ? (int)got : read_segments(&elf, (u8 *)head_words, (u32)got);
	if (err == -ENOEXEC)
		err = -ELIBBAD;
	if (!err)
		err = measure(&elf);
	if (!err && elf.header->e_type == ET_DYN) {
		size = elf.high - elf.low;
		if (size > request->map->mmap_top / 2)
			err = -ENOMEM;
		else
			elf.bias = align_down(request->map->mmap_top - size, elf.align) - elf.low;
	}
	if (!err)
		err = map_segments(request->map, &elf);
	if (!err) {
		request->image.interpreter = elf.bias + elf.low;
		request->image.start = elf.bias + elf.header->e_entry;
	}
	elf_file_fini(&elf);
	file_put(elf.file);
	return err;
}

/* The name in PT_INTERP, kmalloc'ed: 0, -ENOEXEC, -ENOMEM. */
static int read_interpreter_name(struct elf_file *elf, const Elf64_Phdr *segment, char **out)
{
	ssize_t got;
	char *name;

	if (segment->p_filesz < 2 || segment->p_filesz > PATH_MAX)
		return -ENOEXEC;
	name = kmalloc(segment->p_filesz, 0);
	if (!name)
		return -ENOMEM;
	got = file_read_kernel(elf->file, name, segment->p_filesz, segment->p_offset);
	if (got != (ssize_t)segment->p_filesz || name[got - 1]) {
		kfree(name);
		return got < 0 ? (int)got : -ENOEXEC;
	}
	*out = name;
	return 0;
}

int elf_load(struct exec_request *request)
{
	struct elf_file elf = {.file = request->file};
	char *interpreter = NULL;
	int err = read_segments(&elf, request->head, request->head_len);

	for (u32 i = 0; !err && i < elf.header->e_phnum; i++) {
		if (elf.segments[i].p_type == PT_GNU_STACK)
			request->executable_stack = elf.segments[i].p_flags & PF_X;
		else if (elf.segments[i].p_type == PT_INTERP && !interpreter)
			err = read_interpreter_name(&elf, &elf.segments[i], &interpreter);
	}
	if (!err)
		err = load_program(request, &elf);
	if (!err && interpreter)
		err = load_interpreter(request, interpreter);
	kfree(interpreter);
	elf_file_fini(&elf);
	return err;
}
