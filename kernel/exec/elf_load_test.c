// SPDX-License-Identifier: MIT
// UNIT: lib/string.c mm/boot_alloc.c mm/buddy.c mm/page_alloc.c mm/fail_alloc.c mm/slab.c
// UNIT: mm/slab_check.c mm/slab_debug.c mm/kmalloc.c exec/elf_load.c
// UNIT: mm/account.c mm/memory_wait.c mm/box.c mm/user_account.c
/*
 * The program loader against files in memory: well-formed ones land where they say; of the headers
 * of a hundred thousand spoiled ones no byte is trusted: every mapping asked for lies in user
 * space, page aligned, and zeros are written only into what was mapped writable.
 */
#include "unit_memory.h"
#include "unit_test.h"

#include "arch/arch_thread.h"
#include "core/errno.h"
#include "core/random.h"
#include "exec/exec.h"
#include "mm/slab.h"
#include "vfs/file/file.h"
#include "vm/vm_fault.h"

#define IMAGE_BYTES 0x3000
#define MAPPINGS_MAX 4096
#define PIE_BASE 0x555555554000UL

static u8 program_image[IMAGE_BYTES], linker_image[IMAGE_BYTES];
static struct file program, linker;
static int linker_opens, linker_puts;

static struct mapping {
	vaddr_t start, end;
	u32 protection;
	bool anonymous;
	u64 index;
} mappings[MAPPINGS_MAX];
static unsigned nr_mappings;
static u64 cleared_bytes;
static u64 seed = 11;

/* ---- what the loader calls ---- */

void arch_program_hints(struct arch_program_hints *hints)
{
	*hints = (struct arch_program_hints){.position_independent_base = PIE_BASE};
}

u64 random_below(u64 bound)
{
	return unit_random(&seed) % bound;
}

int vfs_open_exec(int dirfd, const char *name, int flags, struct file **out)
{
	if (strcmp(name, "/lib/linker"))
		return -ENOENT;
	linker_opens++;
	refcount_init(&linker.refs, 1);
	*out = &linker;
	return 0;
}

void file_free(struct file *file)
{
	assert_ptr_equal(file, &linker);
	linker_puts++;
}

ssize_t file_read_kernel(struct file *file, void *buffer, size_t len, u64 pos)
{
	const u8 *image = file == &linker ? linker_image : program_image;

	if (pos >= IMAGE_BYTES)
		return 0;
	len = len < IMAGE_BYTES - pos ? len : IMAGE_BYTES - pos;
	memcpy(buffer, image + pos, len);
	return (ssize_t)len;
}

int file_mmap(struct file *file, struct vm_map_request *request)
{
	request->backing = &file->backing;
	request->area_flags |= VM_MAYWRITE;
	return 0;
}

int vm_map_add(struct vm_map *map, const struct vm_map_request *request, vaddr_t *out)
{
	vaddr_t start = request->hint, end = start + align_up(request->len_bytes, PAGE_SIZE);

	assert_true(request->flags & VM_MAP_NOREPLACE);
	assert_true(is_aligned(start, PAGE_SIZE));
	assert_true(request->len_bytes > 0 && end > start && end <= USER_TOP);
	for (unsigned i = 0; i < nr_mappings; i++)
		if (start < mappings[i].end && end > mappings[i].start)
			return -EEXIST;
	if (nr_mappings == MAPPINGS_MAX)
		return -ENOMEM;
	mappings[nr_mappings++] = (struct mapping){start, end, request->protection,
						   !request->backing, request->object_index};
	*out = start;
	return 0;
}

ssize_t vm_map_access(struct vm_map *map, vaddr_t address, void *buffer, size_t len, bool write)
{
	assert_true(write && len < PAGE_SIZE);
	for (unsigned i = 0; i < nr_mappings; i++) {
		if (address < mappings[i].start || address + len > mappings[i].end)
			continue;
		assert_true(mappings[i].protection & PROTECT_WRITE);
		assert_false(mappings[i].anonymous);
		cleared_bytes += len;
		return (ssize_t)len;
	}
	fail_msg("%lx is not mapped", address);
	return -EFAULT;
}

/* ---- files ---- */

static Elf64_Phdr *segment_of(u8 *image, unsigned n)
{
	return (Elf64_Phdr *)(image + sizeof(Elf64_Ehdr)) + n;
}

/* Text and data with bss; @type ET_EXEC or ET_DYN, from @base on. */
static void make_image(u8 *image, u16 type, u64 base)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)image;

	memset(image, 0, IMAGE_BYTES);
	memcpy(header->e_ident, ELFMAG, SELFMAG);
	header->e_ident[EI_CLASS] = ELFCLASS64;
	header->e_ident[EI_DATA] = ELFDATA2LSB;
	header->e_type = type;
	header->e_machine = ARCH_ELF_MACHINE;
	header->e_phentsize = sizeof(Elf64_Phdr);
	header->e_phnum = 2;
	header->e_phoff = sizeof(Elf64_Ehdr);
	header->e_entry = base + 0x200;
	*segment_of(image, 0) = (Elf64_Phdr){.p_type = PT_LOAD,
					     .p_flags = PF_R | PF_X,
					     .p_vaddr = base,
					     .p_filesz = 0x1234,
					     .p_memsz = 0x1234};
	*segment_of(image, 1) = (Elf64_Phdr){.p_type = PT_LOAD,
					     .p_flags = PF_R | PF_W,
					     .p_offset = 0x1238,
					     .p_vaddr = base + 0x2238,
					     .p_filesz = 0x100,
					     .p_memsz = 0x5000};
}

static void add_interpreter(u8 *image)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)image;

	*segment_of(image, header->e_phnum++) =
		(Elf64_Phdr){.p_type = PT_INTERP, .p_offset = 0x2000, .p_filesz = 12};
	memcpy(image + 0x2000, "/lib/linker", 12);
}

static struct vm_map map;
static struct exec_request request;

static int load(void)
{
	memset(&map, 0, sizeof(map));
	map.mmap_top = 0x7ffff7000000UL;
	memset(&request, 0, sizeof(request));
	request.file = &program;
	request.map = &map;
	request.head_len = EXEC_HEAD_BYTES;
	memcpy(request.head, program_image, EXEC_HEAD_BYTES);
	nr_mappings = 0;
	cleared_bytes = 0;
	return elf_load(&request);
}

/* ---- cases ---- */

static void fixed_program(void **state)
{
	make_image(program_image, ET_EXEC, 0x400000);
	assert_int_equal(load(), 0);
	assert_int_equal(nr_mappings, 3);
	assert_int_equal(mappings[0].start, 0x400000);
	assert_int_equal(mappings[0].end, 0x402000);
	assert_int_equal(mappings[0].protection, PROTECT_READ | PROTECT_EXEC);
	assert_int_equal(mappings[1].start, 0x402000);
	assert_int_equal(mappings[1].end, 0x403000);
	assert_int_equal(mappings[1].index, 1);
	assert_true(mappings[2].anonymous);
	assert_int_equal(mappings[2].start, 0x403000);
	assert_int_equal(mappings[2].end, 0x408000);
	assert_int_equal(cleared_bytes, 0x1000 - 0x338);
	assert_int_equal(request.image.entry, 0x400200);
	assert_int_equal(request.image.start, 0x400200);
	assert_int_equal(request.image.headers, 0x400040);
	assert_int_equal(request.image.brk, 0x408000);
	assert_int_equal(request.image.data_end, 0x402338);
	assert_int_equal(request.image.interpreter, 0);
}

static void dynamic_program(void **state)
{
	make_image(program_image, ET_DYN, 0);
	add_interpreter(program_image);
	make_image(linker_image, ET_DYN, 0);
	linker_opens = linker_puts = 0;
	assert_int_equal(load(), 0);
	assert_int_equal(request.image.entry, PIE_BASE + 0x200);
	assert_int_equal(request.image.interpreter, map.mmap_top - 0x8000);
	assert_int_equal(request.image.start, map.mmap_top - 0x8000 + 0x200);
	assert_int_equal(linker_opens, 1);
	assert_int_equal(linker_puts, 1);
	linker_image[0] = 0;
	assert_int_equal(load(), -ELIBBAD);
	assert_int_equal(linker_puts, 2);
	program_image[0x2005] = 'x';
	assert_int_equal(load(), -ENOENT);
	program_image[0x200b] = 'x'; /* no NUL */
	assert_int_equal(load(), -ENOEXEC);
}

static void far_headers(void **state)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)program_image;

	make_image(program_image, ET_EXEC, 0x400000);
	memcpy(program_image + 0x2800, segment_of(program_image, 0), 2 * sizeof(Elf64_Phdr));
	memset(segment_of(program_image, 0), 0xff, 2 * sizeof(Elf64_Phdr));
	header->e_phoff = 0x2800;
	assert_int_equal(load(), 0);
	assert_int_equal(nr_mappings, 3);
	header->e_phoff = IMAGE_BYTES - 8;
	assert_int_equal(load(), -ENOEXEC);
}

static const u64 odd_values[] = {
	0,	   1,	     7,		  0xfff,     0x1000,   0x1001,	       0x7ffffffff000,
	~0UL,	   ~0xfffUL, 1UL << 63,	  1UL << 47, ~0UL / 2, 0x7fffffffefff, 0xffff800000000000,
	1UL << 32, 0x400000, IMAGE_BYTES,
};

static void spoil(u8 *image)
{
	unsigned limit = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);

	for (unsigned n = 1 + (unsigned)(unit_random(&seed) % 4); n; n--) {
		unsigned at = (unsigned)(unit_random(&seed) % (limit / 8)) * 8;
		u64 value = odd_values[unit_random(&seed) % ARRAY_SIZE(odd_values)];

		if (unit_random(&seed) % 3 == 0)
			image[unit_random(&seed) % limit] = (u8)unit_random(&seed);
		else if (at >= 24) /* mostly keep what says that it is a program */
			memcpy(image + at, &value, 8);
	}
}

static void spoiled_programs(void **state)
{
	unsigned good = 0;

	for (int i = 0; i < 100000; i++) {
		make_image(program_image, i & 1 ? ET_DYN : ET_EXEC, i & 1 ? 0 : 0x400000);
		make_image(linker_image, ET_DYN, 0);
		if (i & 2)
			add_interpreter(program_image);
		spoil(i & 4 && i & 2 ? linker_image : program_image);
		linker_opens = linker_puts = 0;
		good += load() == 0;
		assert_int_equal(linker_opens, linker_puts);
	}
	assert_in_range(good, 1000, 90000); /* both kinds were met */
}

static int set_up(void **state)
{
	unit_memory_init(MIB(4));
	slab_init(0x5ec2e7a11f00d5UL);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_program),
		cmocka_unit_test(dynamic_program),
		cmocka_unit_test(far_headers),
		cmocka_unit_test(spoiled_programs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, NULL);
}
