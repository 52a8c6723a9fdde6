// SPDX-License-Identifier: MIT
#include "image/elf_dynamic.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"

struct reader {
	const struct file_map *file;
	Elf64_Ehdr eh;
	Elf64_Phdr dynamic;
	const char *strings; /* up to the end of the file's segment */
	size_t strings_len;
};

static bool segment_at(const struct reader *r, unsigned i, Elf64_Phdr *ph)
{
	memcpy(ph, r->file->data + r->eh.e_phoff + i * sizeof(*ph), sizeof(*ph));
	return ph->p_offset <= r->file->len && ph->p_filesz <= r->file->len - ph->p_offset;
}

static bool read_headers(struct reader *r)
{
	Elf64_Phdr ph;

	if (r->file->len < sizeof(r->eh))
		return false;
	memcpy(&r->eh, r->file->data, sizeof(r->eh));
	if (memcmp(r->eh.e_ident, ELFMAG, SELFMAG) != 0 || r->eh.e_machine != EM_X86_64 ||
	    r->eh.e_ident[EI_CLASS] != ELFCLASS64 || r->eh.e_phentsize != sizeof(ph) ||
	    r->eh.e_phoff > r->file->len ||
	    r->eh.e_phnum * sizeof(ph) > r->file->len - r->eh.e_phoff)
		return false;
	for (unsigned i = 0; i < r->eh.e_phnum; i++) {
		bool inside = segment_at(r, i, &ph);

		if (ph.p_type != PT_DYNAMIC)
			continue;
		if (!inside)
			return false;
		r->dynamic = ph;
	}
	return true;
}

bool elf_is_loadable(const struct file_map *file)
{
	struct reader r = {.file = file};

	return read_headers(&r) && r.eh.e_type == ET_DYN;
}

static Elf64_Dyn dyn_at(const struct reader *r, size_t i)
{
	Elf64_Dyn dyn;

	memcpy(&dyn, r->file->data + r->dynamic.p_offset + i * sizeof(dyn), sizeof(dyn));
	return dyn;
}

/* Find the strings, whose address in memory is @address, in the file. */
static bool find_strings(struct reader *r, uint64_t address)
{
	Elf64_Phdr ph;

	for (unsigned i = 0; i < r->eh.e_phnum; i++) {
		if (!segment_at(r, i, &ph) || ph.p_type != PT_LOAD || address < ph.p_vaddr ||
		    address - ph.p_vaddr >= ph.p_filesz)
			continue;
		r->strings = r->file->data + ph.p_offset + (address - ph.p_vaddr);
		r->strings_len = ph.p_filesz - (address - ph.p_vaddr);
		return true;
	}
	return false;
}

static const char *string_at(const struct reader *r, uint64_t offset)
{
	if (offset >= r->strings_len || !memchr(r->strings + offset, '\0', r->strings_len - offset))
		return NULL;
	return r->strings + offset;
}

/* One entry that is a string. Returns: false when the string is not in the file. */
static bool take(struct elf_dynamic *d, const struct reader *r, const Elf64_Dyn *dyn)
{
	const char **place;

	switch (dyn->d_tag) {
	case DT_NEEDED:
		place = &d->needed[d->nr_needed++];
		break;
	case DT_RPATH:
		place = &d->rpath;
		break;
	case DT_RUNPATH:
		place = &d->runpath;
		break;
	case DT_SONAME:
		place = &d->soname;
		break;
	default:
		return true;
	}
	*place = string_at(r, dyn->d_un.d_val);
	return *place != NULL;
}

int elf_dynamic_read(struct elf_dynamic *d, const struct file_map *file)
{
	struct reader r = {.file = file};
	uint64_t strings = 0;
	size_t nr = 0;

	*d = (struct elf_dynamic){0};
	if (!read_headers(&r))
		return -EINVAL;
	while ((nr + 1) * sizeof(Elf64_Dyn) <= r.dynamic.p_filesz) {
		Elf64_Dyn dyn = dyn_at(&r, nr);

		if (dyn.d_tag == DT_NULL)
			break;
		if (dyn.d_tag == DT_STRTAB)
			strings = dyn.d_un.d_ptr;
		nr++;
	}
	if (nr == 0)
		return 0;
	if (!find_strings(&r, strings))
		return -EINVAL;
	d->needed = must_alloc(nr * sizeof(*d->needed));
	for (size_t i = 0; i < nr; i++) {
		Elf64_Dyn dyn = dyn_at(&r, i);

		if (!take(d, &r, &dyn)) {
			elf_dynamic_free(d);
			return -EINVAL;
		}
	}
	return 0;
}

void elf_dynamic_free(struct elf_dynamic *d)
{
	free(d->needed);
	*d = (struct elf_dynamic){0};
}
