/* SPDX-License-Identifier: MIT */
/* What kind of program a file is, judged by its first bytes, before a guest is started for it. */
#pragma once

#include <stddef.h>

enum elf_kind {
	ELF_STATIC,	/* a 64-bit x86 program that needs no interpreter (static, or static PIE) */
	ELF_DYNAMIC,	/* needs the interpreter named in `detail` */
	ELF_FOREIGN,	/* for the other machine named in `detail` */
	ELF_NO_PROGRAM, /* ELF, but an object file, a core dump ... */
	ELF_DAMAGED,	/* ELF, and its headers point outside of the file */
	ELF_SCRIPT,	/* "#!", with the interpreter in `detail` */
	ELF_UNKNOWN,	/* neither */
};

struct elf_verdict {
	enum elf_kind kind;
	char detail[256];
};

/* Judge the file whose @len bytes are at @bytes. */
void elf_check(const void *bytes, size_t len, struct elf_verdict *verdict);
