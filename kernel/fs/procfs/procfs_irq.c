// SPDX-License-Identifier: MIT
/*
 * procfs_irq.c -- /proc/irq: which CPUs the interrupts of devices go to. proc(5).
 *
 * A directory for each slot that has a number in /proc/interrupts; the subject's fd is that number.
 * smp_affinity is what was asked for, effective_affinity the one CPU that takes the interrupt.
 */
#include "fs/procfs/procfs.h"

#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "core/errno.h"
#include "fs/procfs/cpu_text.h"
#include "lib/fmt.h"
#include "lib/string.h"

/* Of /proc/irq itself: what slots have at first. */
static unsigned slot_of(const struct procfs_subject *s)
{
	return s->fd < 0 ? IRQ_SLOT_DEFAULT : (unsigned)s->fd;
}

static int show_affinity(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_cpu_mask(out, arch_irq_affinity(slot_of(s)));
}

static int show_affinity_list(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_cpu_list(out, arch_irq_affinity(slot_of(s)));
}

static int show_effective(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_cpu_mask(out, BIT(arch_irq_cpu(slot_of(s))));
}

static int show_effective_list(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_cpu_list(out, BIT(arch_irq_cpu(slot_of(s))));
}

static int store_affinity(const struct procfs_subject *s, char *text, size_t len)
{
	u64 set;
	int err = cpu_mask_parse(text, &set);

	return err ? err : arch_irq_set_affinity(slot_of(s), set);
}

static int store_affinity_list(const struct procfs_subject *s, char *text, size_t len)
{
	u64 set;
	int err = cpu_list_parse(text, &set);

	return err ? err : arch_irq_set_affinity(slot_of(s), set);
}

static const struct procfs_entry slot_entries[] = {
	PROCFS_STORED("smp_affinity", show_affinity, store_affinity),
	PROCFS_STORED("smp_affinity_list", show_affinity_list, store_affinity_list),
	PROCFS_FILE("effective_affinity", show_effective),
	PROCFS_FILE("effective_affinity_list", show_effective_list),
	PROCFS_END,
};

static const struct procfs_entry slot_directory = PROCFS_DIR("N", slot_entries);

/* Is slot @index there, and has it a device? */
static bool has_device(unsigned index, bool *used)
{
	struct irq_source source;

	if (!arch_irq_source(index, &source) || source.abbreviation)
		return false;
	*used = source.name[0];
	return true;
}

static void make_child(unsigned index, struct procfs_child *out)
{
	out->entry = &slot_directory;
	out->fd = (int)index;
	ksnprintf(out->name, sizeof(out->name), "%u", index);
}

static int slots_lookup(const struct procfs_subject *s, const char *name, struct procfs_child *out)
{
	bool used;

	for (unsigned i = 0; has_device(i, &used); i++) {
		make_child(i, out);
		if (used && strcmp(out->name, name) == 0)
			return 0;
	}
	return -ENOENT;
}

static bool slots_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	bool used;

	for (; has_device((unsigned)*cursor, &used); ++*cursor) {
		make_child((unsigned)*cursor, out);
		if (used)
			return true;
	}
	return false;
}

const struct procfs_children procfs_irq_slots = {.lookup = slots_lookup, .next = slots_next};

const struct procfs_entry procfs_irq_entries[] = {
	PROCFS_STORED("default_smp_affinity", show_affinity, store_affinity),
	PROCFS_END,
};
