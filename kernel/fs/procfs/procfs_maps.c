// SPDX-License-Identifier: MIT
/*
 * procfs_maps.c -- the mappings of one process: maps, smaps, smaps_rollup. proc(5).
 *
 * Idea.  Areas are copied one at a time (the first that ends behind the last one shown), so the
 *   map's lock is never held while text is made. A map that changes meanwhile is shown with each
 *   area as it was at one moment, in order, none twice.
 * Ownership.  The map is held by a user's reference; if the process ends meanwhile, the reader
 *   frees the areas.
 * Locks.  vm_map, once for each area.
 * Cost.  The number of areas, and for smaps of the pages present; a reader that is killed ends at
 *   once.
 * Tests.  tests/guest/memory/mem_maps.c, mem_huge.c.
 */
#include "fs/procfs/procfs.h"

#include "core/errno.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "proc/process.h"
#include "vfs/inode/device_number.h"
#include "vm/vm_usage.h"

#include <linux/limits.h>

#define NAME_COLUMN 73

/* A copy of one area, to be shown without the map's lock. */
struct area_view {
	vaddr_t start, end;
	u32 protection, flags;
	u64 offset, device, ino;
	bool anonymous;
	char name[PATH_MAX];
};

static const char *special_name(const struct vm_area *a)
{
	if (a->flags & VM_BRK)
		return "[heap]";
	if (a->flags & VM_STACK)
		return "[stack]";
	return "";
}

/* The vDSO's area is shown as two: the clock page, which cannot be executed, and the code. */
static void view_vdso(const struct vm_area *a, vaddr_t from, struct area_view *v)
{
	bool has_clock = !a->object_index, clock = has_clock && from < a->start + PAGE_SIZE;

	strscpy(v->name, clock ? "[vvar]" : "[vdso]", sizeof(v->name));
	if (clock) {
		v->end = a->start + PAGE_SIZE;
		v->protection &= ~(u32)PROTECT_EXEC;
	} else if (has_clock) {
		v->start = a->start + PAGE_SIZE;
	}
}

/* Copy the first area that ends behind @from. False: there is none. */
static bool area_view_get(struct vm_map *map, vaddr_t from, struct area_view *v)
{
	struct vm_area *a;

	rwlock_read_lock(&map->lock);
	a = vm_map_find_first(map, from);
	if (a) {
		v->start = a->start;
		v->end = a->end;
		v->protection = a->protection;
		v->flags = a->flags;
		v->anonymous = !a->object;
		v->offset = a->backing ? a->object_index * PAGE_SIZE : 0;
		v->device = v->ino = 0;
		strscpy(v->name, special_name(a), sizeof(v->name));
		if (a->flags & VM_VDSO)
			view_vdso(a, from, v);
		if (a->backing && a->backing->describe(a->backing, v->name, sizeof(v->name),
						       &v->device, &v->ino) < 0)
			v->name[0] = '\0';
	}
	rwlock_read_unlock(&map->lock);
	return a;
}

static void show_area(struct text_buffer *out, const struct area_view *v)
{
	size_t line = out->len;

	text_printf(out, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu", v->start, v->end,
		    v->protection & PROTECT_READ ? 'r' : '-',
		    v->protection & PROTECT_WRITE ? 'w' : '-',
		    v->protection & PROTECT_EXEC ? 'x' : '-', v->flags & VM_SHARED ? 's' : 'p',
		    v->offset, device_major(v->device), device_minor(v->device), v->ino);
	if (v->name[0]) {
		text_puts(out, " ");
		text_pad(out, line, NAME_COLUMN);
		text_put_escaped(out, v->name, "\n");
	}
	text_puts(out, "\n");
}

struct sizes {
	u64 size, rss, shared, private, anonymous;
};

static int sizes_get(struct vm_map *map, const struct area_view *v, struct sizes *s)
{
	struct vm_usage usage;
	int err = vm_map_usage(map, v->start, v->end, &usage);

	s->size = (v->end - v->start) / 1024;
	s->rss = (usage.nr_file + usage.nr_anonymous) * (PAGE_SIZE / 1024);
	s->anonymous = usage.nr_anonymous * (PAGE_SIZE / 1024);
	s->shared = v->flags & VM_SHARED ? s->rss : 0;
	s->private = s->rss - s->shared;
	return err;
}

static void show_sizes(struct text_buffer *out, const struct sizes *s)
{
	text_printf(out,
		    "Rss:            %8lu kB\nPss:            %8lu kB\nPss_Dirty:      %8lu kB\n",
		    s->rss, s->rss, s->anonymous);
	text_printf(out, "Shared_Clean:   %8lu kB\nShared_Dirty:   %8lu kB\n", s->shared, 0UL);
	text_printf(out, "Private_Clean:  %8lu kB\nPrivate_Dirty:  %8lu kB\n",
		    s->private - s->anonymous, s->anonymous);
	text_printf(out, "Referenced:     %8lu kB\nAnonymous:      %8lu kB\n", s->rss,
		    s->anonymous);
	text_printf(
		out,
		"LazyFree:       %8lu kB\nSwap:           %8lu kB\nSwapPss:        %8lu kB\nLocked:         %8lu kB\n",
		0UL, 0UL, 0UL, 0UL);
}

/* The letters of proc(5) whose flags exist here. */
static void show_flags(struct text_buffer *out, const struct area_view *v)
{
	static const struct {
		u32 protection, flags;
		char letters[4];
	} rows[] = {
		{PROTECT_READ, 0, "rd"},  {PROTECT_WRITE, 0, "wr"}, {PROTECT_EXEC, 0, "ex"},
		{0, VM_SHARED, "sh"},	  {0, VM_MAYWRITE, "mw"},   {0, VM_STACK, "gd"},
		{0, VM_LOCKED, "lo"},	  {0, VM_DONTFORK, "dc"},   {0, VM_DONTDUMP, "dd"},
		{0, VM_WIPEONFORK, "wf"}, {0, VM_NORESERVE, "nr"},
	};

	text_puts(out, "VmFlags:");
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if ((v->protection & rows[i].protection) || (v->flags & rows[i].flags))
			text_printf(out, " %s", rows[i].letters);
	text_puts(out, " \n");
}

enum maps_form { FORM_MAPS, FORM_SMAPS, FORM_ROLLUP };

static int show_one(struct text_buffer *out, struct vm_map *map, const struct area_view *v,
		    enum maps_form form, struct sizes *sum)
{
	struct sizes s;
	int err;

	if (form != FORM_ROLLUP)
		show_area(out, v);
	if (form == FORM_MAPS)
		return thread_kill_pending(current_thread()) ? -EINTR : 0;
	err = sizes_get(map, v, &s);
	if (err)
		return err;
	sum->rss += s.rss;
	sum->shared += s.shared;
	sum->private += s.private;
	sum->anonymous += s.anonymous;
	if (form == FORM_SMAPS) {
		text_printf(
			out,
			"Size:           %8lu kB\nKernelPageSize: %8lu kB\nMMUPageSize:    %8lu kB\n",
			s.size, PAGE_SIZE / 1024, PAGE_SIZE / 1024);
		show_sizes(out, &s);
		show_flags(out, v);
	}
	return 0;
}

static int show_map(struct text_buffer *out, const struct procfs_subject *s, enum maps_form form)
{
	struct area_view *v;
	struct vm_map *map;
	struct sizes sum = {0};
	vaddr_t at = 0, first = 0;
	int err = 0;

	map = process_get_vm(s->process);
	if (!map)
		return 0;
	v = kmalloc(sizeof(*v), 0);
	if (!v) {
		vm_map_put(map);
		return -ENOMEM;
	}
	while (!err && !out->overflow && area_view_get(map, at, v)) {
		if (!at)
			first = v->start;
		err = show_one(out, map, v, form, &sum);
		at = v->end;
	}
	if (form == FORM_ROLLUP) {
		size_t line = out->len;

		text_printf(out, "%08lx-%08lx ---p 00000000 00:00 0 ", first, at);
		text_pad(out, line, NAME_COLUMN);
		text_puts(out, "[rollup]\n");
		show_sizes(out, &sum);
	}
	kfree(v);
	vm_map_put(map);
	return err;
}

int procfs_show_maps(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_map(out, s, FORM_MAPS);
}

int procfs_show_smaps(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_map(out, s, FORM_SMAPS);
}

int procfs_show_smaps_rollup(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_map(out, s, FORM_ROLLUP);
}
