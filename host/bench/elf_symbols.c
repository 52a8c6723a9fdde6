// SPDX-License-Identifier: MIT
#include "bench/elf_symbols.h"

#include <errno.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "image/file_map.h"

static void add_section_size(struct elf_symbols *s, const GElf_Shdr *header)
{
	if (!(header->sh_flags & SHF_ALLOC))
		return;
	if (header->sh_type == SHT_NOBITS)
		s->bss_bytes += header->sh_size;
	else if (header->sh_flags & SHF_WRITE)
		s->data_bytes += header->sh_size;
	else
		s->text_bytes += header->sh_size;
}

static bool is_code(Elf *elf, const GElf_Sym *symbol)
{
	unsigned type = GELF_ST_TYPE(symbol->st_info);
	GElf_Shdr header;
	Elf_Scn *section;

	if (type != STT_FUNC && type != STT_NOTYPE) /* assembly often says no type */
		return false;
	if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= SHN_LORESERVE)
		return false;
	section = elf_getscn(elf, symbol->st_shndx);
	return section && gelf_getshdr(section, &header) && header.sh_flags & SHF_EXECINSTR;
}

static void add_symbols(struct elf_symbols *s, Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
	GElf_Sym symbol;

	s->all = must_alloc(count * sizeof(*s->all));
	for (size_t i = 0; data && i < count; i++) {
		const char *name;

		if (!gelf_getsym(data, (int)i, &symbol) || !is_code(elf, &symbol))
			continue;
		name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (!name || !*name)
			continue;
		s->all[s->nr].address = symbol.st_value;
		s->all[s->nr++].name = must_format("%s", name);
	}
}

static int by_address(const void *a, const void *b)
{
	const struct elf_symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Of several names for one address the first stays, but a name of the linker's script goes. */
static void keep_one_each(struct elf_symbols *s)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < s->nr; i++) {
		bool same = kept > 0 && s->all[kept - 1].address == s->all[i].address;

		if (!same) {
			s->all[kept++] = s->all[i];
		} else if (strstr(s->all[kept - 1].name, "_start")) {
			free(s->all[kept - 1].name);
			s->all[kept - 1] = s->all[i];
		} else {
			free(s->all[i].name);
		}
	}
	s->nr = kept;
}

int elf_symbols_open(struct elf_symbols *s, const char *path)
{
	struct file_map file;
	int err = file_map_need(&file, path, ADVICE_TO_BUILD);
	Elf_Scn *section = NULL;
	Elf *elf;

	*s = (struct elf_symbols){0};
	if (err)
		return err;
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)(size_t)file.data, file.len);
	while (elf && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		if (!gelf_getshdr(section, &header))
			continue;
		add_section_size(s, &header);
		if (header.sh_type == SHT_SYMTAB && !s->all)
			add_symbols(s, elf, section, &header);
	}
	elf_end(elf);
	file_map_close(&file);
	if (s->nr == 0) {
		say("%s has no symbols: it must be an ELF file that was not stripped", path);
		elf_symbols_close(s);
		return -EINVAL;
	}
	qsort(s->all, s->nr, sizeof(*s->all), by_address);
	keep_one_each(s);
	return 0;
}

void elf_symbols_close(struct elf_symbols *s)
{
	for (unsigned i = 0; i < s->nr; i++)
		free(s->all[i].name);
	free(s->all);
	*s = (struct elf_symbols){0};
}

int elf_symbols_at(const struct elf_symbols *s, uint64_t address)
{
	unsigned low = 0, high = s->nr;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (s->all[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return (int)low - 1;
}

uint64_t elf_symbols_find(const struct elf_symbols *s, const char *name)
{
	for (unsigned i = 0; i < s->nr; i++)
		if (strcmp(s->all[i].name, name) == 0)
			return s->all[i].address;
	return 0;
}
