// SPDX-License-Identifier: MIT
#include "image/elf_check.h"

#include <elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
	unsigned machine;
	const char *name;
} machines[] = {
	{EM_386, "32-bit x86 (i386)"}, {EM_AARCH64, "64-bit Arm (aarch64)"},
	{EM_ARM, "32-bit Arm"},	       {EM_RISCV, "RISC-V"},
	{EM_PPC64, "64-bit PowerPC"},  {EM_PPC, "32-bit PowerPC"},
	{EM_S390, "IBM Z (s390)"},     {EM_MIPS, "MIPS"},
	{EM_SPARCV9, "64-bit SPARC"},  {EM_LOONGARCH, "LoongArch"},
	{EM_IA_64, "Itanium"},	       {EM_68K, "Motorola 68000"},
};

static void name_machine(unsigned machine, struct elf_verdict *verdict)
{
	verdict->kind = ELF_FOREIGN;
	for (unsigned i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (machines[i].machine == machine) {
			snprintf(verdict->detail, sizeof(verdict->detail), "%s", machines[i].name);
			return;
		}
	}
	snprintf(verdict->detail, sizeof(verdict->detail), "machine number %u", machine);
}

static void copy_detail(struct elf_verdict *verdict, const char *text, size_t len)
{
	if (len >= sizeof(verdict->detail))
		len = sizeof(verdict->detail) - 1;
	memcpy(verdict->detail, text, len);
	verdict->detail[len] = '\0';
}

static void check_script(const char *text, size_t len, struct elf_verdict *verdict)
{
	size_t start = 2, end;

	while (start < len && (text[start] == ' ' || text[start] == '\t'))
		start++;
	for (end = start; end < len && !strchr(" \t\r\n", text[end]); end++)
		;
	copy_detail(verdict, text + start, end - start);
	verdict->kind = end > start ? ELF_SCRIPT : ELF_UNKNOWN;
}

static void check_segments(const char *bytes, size_t len, const Elf64_Ehdr *eh,
			   struct elf_verdict *verdict)
{
	bool loads = false;

	verdict->kind = ELF_DAMAGED;
	if (eh->e_phentsize != sizeof(Elf64_Phdr) || eh->e_phnum == 0 || eh->e_phoff > len ||
	    (size_t)eh->e_phnum * sizeof(Elf64_Phdr) > len - eh->e_phoff)
		return;
	for (unsigned i = 0; i < eh->e_phnum; i++) {
		Elf64_Phdr ph;

		memcpy(&ph, bytes + eh->e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type != PT_LOAD && ph.p_type != PT_INTERP)
			continue;
		if (ph.p_offset > len || ph.p_filesz > len - ph.p_offset)
			return;
		if (ph.p_type == PT_INTERP) {
			copy_detail(verdict, bytes + ph.p_offset,
				    strnlen(bytes + ph.p_offset, ph.p_filesz));
			verdict->kind = ELF_DYNAMIC;
			return;
		}
		loads = true;
	}
	if (loads)
		verdict->kind = ELF_STATIC;
}

void elf_check(const void *bytes, size_t len, struct elf_verdict *verdict)
{
	const unsigned char *ident = bytes;
	Elf64_Ehdr eh;

	*verdict = (struct elf_verdict){.kind = ELF_UNKNOWN};
	if (len >= 2 && memcmp(bytes, "#!", 2) == 0) {
		check_script(bytes, len, verdict);
		return;
	}
	if (len < EI_NIDENT + 4 || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return;
	/*
	 * Type and machine have the same offsets in 32-bit and 64-bit files; their byte order is
	 * the file's.
	 */
	bool big = ident[EI_DATA] == ELFDATA2MSB;
	unsigned machine = big ? ident[18] << 8 | ident[19] : ident[19] << 8 | ident[18];
	if (machine == EM_X86_64 && ident[EI_CLASS] == ELFCLASS32) {
		verdict->kind = ELF_FOREIGN;
		strcpy(verdict->detail, "32-bit addresses on x86-64 (x32)");
		return;
	}
	if (machine != EM_X86_64 || big) {
		name_machine(machine, verdict);
		return;
	}
	if (len < sizeof(eh)) {
		verdict->kind = ELF_DAMAGED;
		return;
	}
	memcpy(&eh, bytes, sizeof(eh));
	if (eh.e_type != ET_EXEC && eh.e_type != ET_DYN) {
		verdict->kind = ELF_NO_PROGRAM;
		return;
	}
	check_segments(bytes, len, &eh, verdict);
}
