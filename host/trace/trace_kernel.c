// SPDX-License-Identifier: MIT
#include "trace/trace_kernel.h"

#include <errno.h>
#include <gelf.h>
#include <string.h>

#include "base/say.h"
#include "image/file_map.h"

/* The virtual address of @name; 0: there is none. */
static uint64_t find_symbol(Elf *elf, const char *name)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf, section))) {
		Elf_Data *data = elf_getdata(section, NULL);
		GElf_Shdr header;
		GElf_Sym symbol;

		if (!data || !gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB)
			continue;
		for (int i = 0; gelf_getsym(data, i, &symbol); i++) {
			const char *found = elf_strptr(elf, header.sh_link, symbol.st_name);

			if (found && strcmp(found, name) == 0)
				return symbol.st_value;
		}
	}
	return 0;
}

/* Where the loader puts @address. Returns: 0 or -EINVAL. */
static int to_physical(Elf *elf, uint64_t address, uint64_t *physical)
{
	size_t nr = 0;
	GElf_Phdr header;

	if (elf_getphdrnum(elf, &nr) < 0)
		return -EINVAL;
	for (size_t i = 0; i < nr; i++) {
		if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_LOAD)
			continue;
		if (address < header.p_vaddr || address - header.p_vaddr >= header.p_memsz)
			continue;
		*physical = address - header.p_vaddr + header.p_paddr;
		return 0;
	}
	return -EINVAL;
}

int trace_kernel_find(const char *path, const char *name, uint64_t *physical)
{
	struct file_map file;
	int err = file_map_need(&file, path, ADVICE_TO_BUILD);
	uint64_t address;
	Elf *elf;

	if (err)
		return err;
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)(size_t)file.data, file.len);
	address = elf ? find_symbol(elf, name) : 0;
	err = address ? to_physical(elf, address, physical) : -EINVAL;
	elf_end(elf);
	file_map_close(&file);
	if (err)
		say("%s has no symbol %s: this command and the kernel are of different versions; run 'make'",
		    path, name);
	return err;
}
