/* SPDX-License-Identifier: MIT */
/* The functions of an ELF file by their addresses, and the sizes of its parts. */
#pragma once

#include <stdint.h>

struct elf_symbol {
	uint64_t address;
	char *name;
};

struct elf_symbols {
	struct elf_symbol *all; /* by rising address, one for each address */
	unsigned nr;
	uint64_t text_bytes, data_bytes, bss_bytes; /* as size(1) counts them */
};

/* Read the file at @path. Returns: 0, or -EINVAL or -errno after a message. */
int elf_symbols_open(struct elf_symbols *symbols, const char *path)
	__attribute__((warn_unused_result));
void elf_symbols_close(struct elf_symbols *symbols);

/* The index of the function that @address is in. Returns: -1 when it is before all of them. */
int elf_symbols_at(const struct elf_symbols *symbols, uint64_t address);

/* The address of the function @name. Returns: 0 when there is none. */
uint64_t elf_symbols_find(const struct elf_symbols *symbols, const char *name);
