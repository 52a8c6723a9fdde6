// SPDX-License-Identifier: MIT
// UNIT: exec/exec_stack.c lib/string.c mm/boot_alloc.c mm/buddy.c mm/page_alloc.c mm/fail_alloc.c
// UNIT: mm/slab.c mm/slab_check.c mm/slab_debug.c mm/kmalloc.c
// UNIT: mm/account.c mm/memory_wait.c mm/box.c mm/user_account.c
/*
 * exec_stack_test.c -- the stack that a program starts with, read back as the ABI says it.
 *
 * Idea. Random arguments and environments (none, many, long ones over several pages), with the
 *   changes that scripts make, are written below the top of a piece of memory. A reader that knows
 *   the System V ABI only finds its way from the stack pointer. Vectors of user memory may end in
 *   bad addresses; limits are exact; and without memory nothing is left over.
 */
#include "unit_test.h"

#include <linux/auxvec.h>

#include "arch/arch_thread.h"
#include "core/errno.h"
#include "exec/exec.h"
#include "exec/exec_stack.h"
#include "mm/fail_alloc.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "unit_memory.h"
#include "vfs/cred.h"

#define STRINGS_MAX 300
#define STACK_BYTES (8UL << 20)

struct strings {
	char *list[STRINGS_MAX + 1]; /* ends with NULL */
	unsigned nr;
};

static struct process process;
static struct user_thread me;
static const struct cred cred = {.uid = 1, .euid = 2, .gid = 3, .egid = 4};
static char path[] = "/bin/program", *stack;
static struct vm_map map;
static u64 random_state = 21;

static u64 pick(u64 nr)
{
	return unit_random(&random_state) % nr;
}

void random_bytes(void *buffer, size_t len_bytes)
{
	memset(buffer, 0x5a, len_bytes);
}

void arch_program_hints(struct arch_program_hints *hints)
{
	*hints = (struct arch_program_hints){
		.platform = "unit", .hwcap = 11, .hwcap2 = 22, .min_signal_stack = 33};
}

/* The last page of user memory ends in the middle of a string: nothing is behind it. */
static const char *bad_from;

ssize_t arch_copy_string_from_user(char *to, const char __user *from, size_t max)
{
	for (size_t n = 0; n < max; n++) {
		if (from + n == bad_from)
			return -EFAULT;
		to[n] = from[n];
		if (!to[n])
			return (ssize_t)n;
	}
	return (ssize_t)max;
}

int get_user_u64(u64 *value, const u64 __user *address)
{
	if ((const char *)address == bad_from)
		return -EFAULT;
	*value = *address;
	return 0;
}

static void make_strings(struct strings *strings, unsigned nr)
{
	strings->nr = nr;
	for (unsigned i = 0; i < nr; i++) {
		size_t len = pick(16) ? pick(40) : pick(3 * PAGE_SIZE);

		strings->list[i] = malloc(len + 1);
		memset(strings->list[i], 'a' + (int)pick(26), len);
		strings->list[i][len] = '\0';
	}
	strings->list[nr] = NULL;
}

static void free_strings(struct strings *strings)
{
	for (unsigned i = 0; i < strings->nr; i++)
		free(strings->list[i]);
}

static void put_first(struct strings *strings, const char *string)
{
	memmove(&strings->list[1], strings->list, (strings->nr + 1) * sizeof(char *));
	strings->list[0] = strdup(string);
	strings->nr++;
}

static void take_first(struct strings *strings)
{
	free(strings->list[0]);
	memmove(strings->list, &strings->list[1], strings->nr * sizeof(char *));
	strings->nr--;
}

/* ---- the reader ------------------------------------------------------------------------------ */

/* @pointers[0 .. nr-1] are the strings, and a NULL follows. Returns what is behind it. */
static const u64 *read_strings(const u64 *pointers, const struct strings *strings)
{
	for (unsigned i = 0; i < strings->nr; i++) {
		const char *at = (const char *)pointers[i];

		assert_in_range((u64)at, (u64)stack, (u64)stack + STACK_BYTES - 1);
		assert_string_equal(at, strings->list[i]);
		if (i) /* one behind the other, as /proc/PID/cmdline shows them */
			assert_ptr_equal(at, (const char *)pointers[i - 1] +
						     strlen(strings->list[i - 1]) + 1);
	}
	assert_int_equal(pointers[strings->nr], 0);
	return &pointers[strings->nr + 1];
}

static u64 auxiliary(const u64 *auxv, u64 type)
{
	unsigned found = 0;
	u64 value = 0;

	for (; auxv[0] != AT_NULL; auxv += 2)
		if (auxv[0] == type) {
			value = auxv[1];
			found++;
		}
	assert_int_equal(found, 1);
	return value;
}

static void read_auxv(const u64 *auxv)
{
	static const u64 expected[][2] = {{AT_PAGESZ, PAGE_SIZE}, {AT_CLKTCK, 100},
					  {AT_PHDR, 0x400040},	  {AT_PHENT, 56},
					  {AT_PHNUM, 9},	  {AT_BASE, 0x7000},
					  {AT_ENTRY, 0x401000},	  {AT_UID, 1},
					  {AT_EUID, 2},		  {AT_GID, 3},
					  {AT_EGID, 4},		  {AT_SECURE, 1},
					  {AT_HWCAP, 11},	  {AT_HWCAP2, 22},
					  {AT_MINSIGSTKSZ, 33},	  {AT_SYSINFO_EHDR, 0x9000},
					  {AT_FLAGS, 0}};
	const u8 *bytes = (const u8 *)auxiliary(auxv, AT_RANDOM);

	for (unsigned i = 0; i < ARRAY_SIZE(expected); i++)
		assert_int_equal(auxiliary(auxv, expected[i][0]), expected[i][1]);
	assert_string_equal((const char *)auxiliary(auxv, AT_EXECFN), path);
	assert_string_equal((const char *)auxiliary(auxv, AT_PLATFORM), "unit");
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(bytes[i], 0x5a);
}

static void build_and_read(struct exec_arguments *arguments, const struct strings *argv,
			   const struct strings *envp)
{
	struct exec_request request = {.arguments = arguments,
				       .path = path,
				       .map = &map,
				       .secure = true,
				       .vdso = 0x9000,
				       .image = {.headers = 0x400040,
						 .nr_headers = 9,
						 .interpreter = 0x7000,
						 .entry = 0x401000}};
	const u64 *words;
	vaddr_t sp;

	memset(stack, 0xee, STACK_BYTES);
	map.stack_top = (vaddr_t)stack + STACK_BYTES;
	memset(stack + STACK_BYTES - 8, 0, 8);
	assert_int_equal(exec_stack_build(&request, &sp), 0);
	assert_int_equal(sp % 16, 0);
	assert_true(map.stack_top - sp <= exec_stack_size(&request));
	words = (const u64 *)sp;
	assert_int_equal(((const u8 *)sp)[-1], 0xee); /* nothing below */
	assert_int_equal(*words++, argv->nr);
	assert_int_equal(map.arg_start, *words);
	words = read_strings(words, argv);
	if (envp->nr)
		assert_int_equal(map.env_start, *words);
	words = read_strings(words, envp);
	read_auxv(words);
	assert_memory_equal(words, map.auxv, 2 * 20 * sizeof(u64));
	assert_int_equal(map.arg_end, map.env_start);
	assert_string_equal((const char *)map.env_end, path);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void begin(u64 stack_limit)
{
	process.limits.table[RLIMIT_STACK].rlim_cur = stack_limit;
	me.thread.process = &process;
	me.thread.cred = &cred;
	unit_current_thread = &me.thread;
	bad_from = NULL;
	if (!stack) {
		unit_memory_init(32UL << 20);
		slab_init(1);
		stack = malloc(STACK_BYTES);
	}
}

static void any_strings_are_found(void **state)
{
	begin(64UL << 20);
	for (unsigned walk = 0; walk < 60; walk++) {
		struct exec_arguments arguments;
		struct strings argv, envp;
		u64 objects = slab_nr_in_use();

		make_strings(&argv, (unsigned)(walk % 4 ? pick(20) : pick(STRINGS_MAX - 10)));
		make_strings(&envp, (unsigned)(walk % 3 ? pick(20) : pick(STRINGS_MAX)));
		if (walk % 2)
			assert_int_equal(exec_arguments_from_user(&arguments, (u64 *)argv.list,
								  (u64 *)envp.list),
					 0);
		else
			assert_int_equal(exec_arguments_from_kernel(&arguments,
								    (const char *const *)argv.list,
								    (const char *const *)envp.list),
					 0);
		if (!argv.nr)
			put_first(&argv, "");
		for (u64 scripts = pick(3); scripts > 0; scripts--) {
			exec_arguments_drop_first(&arguments);
			take_first(&argv);
			for (unsigned i = 0; i < 2; i++) {
				const char *string = i ? "/bin/sh" : "script";

				assert_int_equal(exec_arguments_push(&arguments, string), 0);
				put_first(&argv, string);
			}
		}
		build_and_read(&arguments, &argv, &envp);
		exec_arguments_fini(&arguments);
		assert_int_equal(slab_nr_in_use(), objects);
		free_strings(&argv);
		free_strings(&envp);
	}
}

/* execve(2): strings of 128 KiB, and of a quarter of the stack's limit together, are too long. */
static void limits_are_kept(void **state)
{
	char *longest = malloc(EXEC_STRING_MAX + 1);
	const char *const one[] = {longest, NULL};
	const char *const nine[] = {longest, longest, longest, longest, longest,
				    longest, longest, longest, longest, NULL};
	struct exec_arguments arguments;

	begin(8UL << 20); /* a quarter is 2 MiB */
	memset(longest, 'x', EXEC_STRING_MAX + 1);
	longest[EXEC_STRING_MAX] = '\0';
	assert_int_equal(exec_arguments_from_kernel(&arguments, one, NULL), -E2BIG);
	exec_arguments_fini(&arguments);
	longest[EXEC_STRING_MAX - 1] = '\0';
	assert_int_equal(exec_arguments_from_kernel(&arguments, one, NULL), 0);
	exec_arguments_fini(&arguments);
	assert_int_equal(exec_arguments_from_kernel(&arguments, nine, nine + 3), 0);
	exec_arguments_fini(&arguments);
	assert_int_equal(exec_arguments_from_kernel(&arguments, nine, nine), -E2BIG);
	exec_arguments_fini(&arguments);
	begin(PAGE_SIZE); /* always allowed: 128 KiB, pointers included */
	assert_int_equal(exec_arguments_from_kernel(&arguments, one, NULL), -E2BIG);
	exec_arguments_fini(&arguments);
	longest[EXEC_STRING_MAX - 1 - 3 * sizeof(u64)] = '\0';
	assert_int_equal(exec_arguments_from_kernel(&arguments, one, NULL), 0);
	for (unsigned i = 0; i < EXEC_PREFIX_MAX; i++)
		assert_int_equal(exec_arguments_push(&arguments, "x"), 0);
	assert_int_equal(exec_arguments_push(&arguments, "x"), -E2BIG);
	exec_arguments_fini(&arguments);
	free(longest);
}

static void bad_memory_is_refused(void **state)
{
	static char text[] = "argument";
	u64 vector[] = {(u64)text, (u64)text, 0};
	struct exec_arguments arguments;

	begin(8UL << 20);
	bad_from = text + 4;
	assert_int_equal(exec_arguments_from_user(&arguments, vector, NULL), -EFAULT);
	exec_arguments_fini(&arguments);
	bad_from = (const char *)&vector[1];
	assert_int_equal(exec_arguments_from_user(&arguments, vector, NULL), -EFAULT);
	assert_int_equal(exec_arguments_from_user(&arguments, NULL, vector), -EFAULT);
	exec_arguments_fini(&arguments);
	bad_from = NULL;
	me.thread.work = WORK_KILLED;
	assert_int_equal(exec_arguments_from_user(&arguments, vector, NULL), -EINTR);
	me.thread.work = 0;
	exec_arguments_fini(&arguments);
}

/* Each allocation in turn fails: of pages, of longer lists of them, of a script's strings. */
static void without_memory_nothing_is_left(void **state)
{
	struct exec_arguments arguments;
	struct strings argv;
	u64 objects = slab_nr_in_use(), nr_free = 0;
	u32 n = 0;
	int err;

	begin(8UL << 20);
	make_strings(&argv, STRINGS_MAX - 10);
	do {
		mm_fail_alloc_set(n);
		err = exec_arguments_from_kernel(&arguments, (const char *const *)argv.list, NULL);
		if (!err)
			err = exec_arguments_push(&arguments, "script");
		mm_fail_alloc_set(0);
		assert_int_equal(err, n && err ? -ENOMEM : 0);
		exec_arguments_fini(&arguments);
		assert_int_equal(slab_nr_in_use(), objects);
		if (!n) /* the caches of objects have what they need */
			nr_free = page_alloc_nr_free();
		assert_int_equal(page_alloc_nr_free(), nr_free);
	} while (!n++ || err);
	assert_true(n > 20);
	free_strings(&argv);
}

UNIT_MAIN(cmocka_unit_test(any_strings_are_found), cmocka_unit_test(limits_are_kept),
	  cmocka_unit_test(bad_memory_is_refused), cmocka_unit_test(without_memory_nothing_is_left))
