// SPDX-License-Identifier: MIT
#include <elf.h>

#include "image/elf_check.h"
#include "base/unit.h"

struct image {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[2];
	char interpreter[32];
};

static struct image good_image(void)
{
	struct image im = {0};

	memcpy(im.eh.e_ident, ELFMAG, SELFMAG);
	im.eh.e_ident[EI_CLASS] = ELFCLASS64;
	im.eh.e_ident[EI_DATA] = ELFDATA2LSB;
	im.eh.e_type = ET_EXEC;
	im.eh.e_machine = EM_X86_64;
	im.eh.e_phoff = offsetof(struct image, ph);
	im.eh.e_phentsize = sizeof(Elf64_Phdr);
	im.eh.e_phnum = 2;
	im.ph[0] = (Elf64_Phdr){.p_type = PT_LOAD, .p_filesz = sizeof(im)};
	im.ph[1] = (Elf64_Phdr){.p_type = PT_NOTE};
	strcpy(im.interpreter, "/lib64/ld-linux.so.2");
	return im;
}

static struct elf_verdict judge(const struct image *im, size_t len)
{
	struct elf_verdict v;
	void *exact = malloc(len); /* so that the sanitizers see a step outside */

	memcpy(exact, im, len);
	elf_check(exact, len, &v);
	free(exact);
	return v;
}

static void test_programs(void **state)
{
	struct image im = good_image();
	struct elf_verdict v;

	(void)state;
	assert_int_equal(judge(&im, sizeof(im)).kind, ELF_STATIC);
	im.eh.e_type = ET_DYN; /* static PIE */
	assert_int_equal(judge(&im, sizeof(im)).kind, ELF_STATIC);
	im.ph[1] = (Elf64_Phdr){.p_type = PT_INTERP,
				.p_offset = offsetof(struct image, interpreter),
				.p_filesz = sizeof(im.interpreter)};
	v = judge(&im, sizeof(im));
	assert_int_equal(v.kind, ELF_DYNAMIC);
	assert_string_equal(v.detail, "/lib64/ld-linux.so.2");
	im.eh.e_type = ET_REL;
	assert_int_equal(judge(&im, sizeof(im)).kind, ELF_NO_PROGRAM);
}

static void test_other_machines(void **state)
{
	struct image im = good_image();
	struct elf_verdict v;

	(void)state;
	im.eh.e_machine = EM_AARCH64;
	v = judge(&im, sizeof(im));
	assert_int_equal(v.kind, ELF_FOREIGN);
	assert_non_null(strstr(v.detail, "aarch64"));
	im.eh.e_machine = EM_386;
	im.eh.e_ident[EI_CLASS] = ELFCLASS32;
	assert_non_null(strstr(judge(&im, sizeof(im)).detail, "i386"));
	im.eh.e_machine = EM_X86_64;
	assert_non_null(strstr(judge(&im, sizeof(im)).detail, "x32"));
	im.eh.e_ident[EI_CLASS] = ELFCLASS64;
	im.eh.e_ident[EI_DATA] = ELFDATA2MSB;
	im.eh.e_machine = (Elf64_Half)(EM_S390 << 8);
	assert_non_null(strstr(judge(&im, sizeof(im)).detail, "s390"));
	im.eh.e_ident[EI_DATA] = ELFDATA2LSB;
	im.eh.e_machine = 60000;
	assert_string_equal(judge(&im, sizeof(im)).detail, "machine number 60000");
}

static void test_damaged(void **state)
{
	struct image im = good_image();

	(void)state;
	for (size_t len = 0; len < sizeof(im); len++)
		assert_int_not_equal(judge(&im, len).kind, ELF_STATIC);
	im.eh.e_phoff = UINT64_MAX - 4;
	assert_int_equal(judge(&im, sizeof(im)).kind, ELF_DAMAGED);
	im = good_image();
	im.ph[0].p_offset = 8;
	im.ph[0].p_filesz = UINT64_MAX - 4;
	assert_int_equal(judge(&im, sizeof(im)).kind, ELF_DAMAGED);
	im = good_image();
	im.ph[0].p_type = PT_NULL;
	assert_int_equal(judge(&im, sizeof(im)).kind, ELF_DAMAGED);
}

static void test_scripts_and_others(void **state)
{
	struct elf_verdict v;
	char long_line[600] = "#!/";

	(void)state;
	elf_check("#! /bin/sh -e\necho\n", 19, &v);
	assert_int_equal(v.kind, ELF_SCRIPT);
	assert_string_equal(v.detail, "/bin/sh");
	elf_check("#!/bin/sh", 9, &v);
	assert_string_equal(v.detail, "/bin/sh");
	elf_check("#!\n", 3, &v);
	assert_int_equal(v.kind, ELF_UNKNOWN);
	memset(long_line + 3, 'x', sizeof(long_line) - 3);
	elf_check(long_line, sizeof(long_line), &v);
	assert_int_equal(strlen(v.detail), sizeof(v.detail) - 1);
	elf_check("echo hello\n", 11, &v);
	assert_int_equal(v.kind, ELF_UNKNOWN);
	elf_check("", 0, &v);
	assert_int_equal(v.kind, ELF_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_other_machines),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_scripts_and_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
