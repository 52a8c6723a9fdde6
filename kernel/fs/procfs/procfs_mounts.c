// SPDX-License-Identifier: MIT
/* procfs_mounts.c -- mounts and mountinfo, as seen from the reader's root. proc(5). */
#include "fs/procfs/procfs.h"

#include "core/errno.h"
#include "mm/kmalloc.h"
#include "vfs/inode/device_number.h"
#include "vfs/inode/super.h"
#include "vfs/name/mount.h"
#include "vfs/name/path_walk.h"

#include <linux/limits.h>

#define SPECIAL " \t\n#"

struct mounts_writer {
	struct text_buffer *out;
	char *buffer; /* of PATH_MAX bytes */
};

static const char *mount_place(struct mounts_writer *w, struct mount *m)
{
	struct path path = {m, m->root};
	const char *name;

	return path_name(&path, true, w->buffer, PATH_MAX, &name) ? NULL : name;
}

static void put_flags(struct text_buffer *out, u32 flags)
{
	text_puts(out, flags & MS_RDONLY ? "ro" : "rw");
	if (flags & MS_NOSUID)
		text_puts(out, ",nosuid");
	if (flags & MS_NODEV)
		text_puts(out, ",nodev");
	if (flags & MS_NOEXEC)
		text_puts(out, ",noexec");
	if (flags & MS_NOATIME)
		text_puts(out, ",noatime");
	else
		text_puts(out, ",relatime");
}

static void put_options(struct mounts_writer *w, struct super *super)
{
	if (super->ops->show_options)
		text_put(w->out, w->buffer, super->ops->show_options(super, w->buffer, PATH_MAX));
}

static void put_source(struct text_buffer *out, const struct super *super)
{
	text_put_escaped(out, super->source[0] ? super->source : "none", SPECIAL);
}

static void emit_mount(struct mount *m, void *data)
{
	struct mounts_writer *w = data;
	const char *place = mount_place(w, m);

	if (!place)
		return;
	put_source(w->out, m->super);
	text_puts(w->out, " ");
	text_put_escaped(w->out, place, SPECIAL);
	text_printf(w->out, " %s ", m->super->type->name);
	put_flags(w->out, READ_ONCE(m->flags));
	put_options(w, m->super);
	text_puts(w->out, " 0 0\n");
}

static void emit_mountinfo(struct mount *m, void *data)
{
	struct mounts_writer *w = data;
	const char *place = mount_place(w, m);

	if (!place)
		return;
	text_printf(w->out, "%d %d %u:%u / ", m->id, mount_parent_id(m),
		    device_major(m->super->device), device_minor(m->super->device));
	text_put_escaped(w->out, place, SPECIAL);
	text_puts(w->out, " ");
	put_flags(w->out, READ_ONCE(m->flags));
	text_printf(w->out, " - %s ", m->super->type->name);
	put_source(w->out, m->super);
	text_puts(w->out, READ_ONCE(m->flags) & MS_RDONLY ? " ro" : " rw");
	put_options(w, m->super);
	text_puts(w->out, "\n");
}

static int show_all(struct text_buffer *out, void (*emit)(struct mount *m, void *data))
{
	struct mounts_writer w = {.out = out, .buffer = kmalloc(PATH_MAX, 0)};

	if (!w.buffer)
		return -ENOMEM;
	vfs_for_each_mount(emit, &w);
	kfree(w.buffer);
	return 0;
}

int procfs_show_mounts(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_all(out, emit_mount);
}

int procfs_show_mountinfo(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_all(out, emit_mountinfo);
}
