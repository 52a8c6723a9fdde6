// SPDX-License-Identifier: MIT
/* I/O APICs (Intel 82093AA data sheet): all that the firmware lists. */
#include "arch/x86/irq/ioapic.h"
#include "arch/x86/cpu/acpi.h"
#include "core/errno.h"
#include "mm/kmap.h"

#define IOAPIC_VERSION 1
#define IOAPIC_REDIRECTION 16
#define REDIRECT_ACTIVE_LOW BIT(13)
#define REDIRECT_LEVEL BIT(15)
#define REDIRECT_MASKED BIT(16)
#define IOAPICS_MAX 4

struct ioapic {
	volatile u32 *registers; /* index 0 selects a register, index 4 accesses it */
	u32 gsi_base, nr_lines;
};

static struct ioapic ioapics[IOAPICS_MAX]; /* [I] after boot */
static unsigned nr_ioapics;		   /* [I] after boot */

static u32 ioapic_read(struct ioapic *io, u32 index)
{
	io->registers[0] = index;
	return io->registers[4];
}

static void ioapic_write(struct ioapic *io, u32 index, u32 value)
{
	io->registers[0] = index;
	io->registers[4] = value;
}

static void add_ioapic(paddr_t base, u32 gsi_base)
{
	struct ioapic *io = &ioapics[nr_ioapics];
	u32 version;

	if (nr_ioapics == IOAPICS_MAX)
		return;
	io->registers = kmap_device(base, 4096, KMAP_UNCACHED);
	if (!io->registers)
		return;
	version = ioapic_read(io, IOAPIC_VERSION);
	if (version == ~0U)
		return; /* nothing there */
	io->gsi_base = gsi_base;
	io->nr_lines = ((version >> 16) & 0xff) + 1;
	nr_ioapics++;
}

void ioapic_init(void)
{
	paddr_t base;
	u32 gsi_base;

	for (unsigned i = 0; acpi_ioapic(i, &base, &gsi_base); i++)
		add_ioapic(base, gsi_base);
	if (!nr_ioapics)
		add_ioapic(0xfec00000, 0);
}

/* The controller that has @gsi, and its number there in *@line; NULL: none. */
static struct ioapic *find_line(u32 gsi, u32 *line)
{
	for (unsigned i = 0; i < nr_ioapics; i++) {
		*line = gsi - ioapics[i].gsi_base;
		if (*line < ioapics[i].nr_lines)
			return &ioapics[i];
	}
	return NULL;
}

int ioapic_route(u32 gsi, u32 vector, u32 apic_id, bool level, bool active_low)
{
	u32 line;
	struct ioapic *io = find_line(gsi, &line);

	if (!io)
		return -ENODEV;
	ioapic_write(io, IOAPIC_REDIRECTION + line * 2 + 1, apic_id << 24);
	ioapic_write(io, IOAPIC_REDIRECTION + line * 2,
		     vector | (level ? REDIRECT_LEVEL : 0) |
			     (active_low ? REDIRECT_ACTIVE_LOW : 0));
	return 0;
}

void ioapic_move(u32 gsi, u32 apic_id)
{
	u32 line;
	struct ioapic *io = find_line(gsi, &line);

	if (io)
		ioapic_write(io, IOAPIC_REDIRECTION + line * 2 + 1, apic_id << 24);
}
