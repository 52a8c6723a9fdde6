// SPDX-License-Identifier: MIT
/*
 * acpi.c -- reading the firmware's tables.
 *
 * Idea. Each table is mapped, checked (length, checksum), read for what the kernel needs, and
 *   unmapped again. CPUs and interrupt controllers are looked up while the boot page tables, which
 *   map the first 4 GiB, are loaded: their number says how much memory other parts take. The
 *   registers for power-off and reset are looked up when they are needed. There is no interpreter:
 *   the one value needed from the DSDT, the sleep type of "soft off", is found by searching for the
 *   encoded package named _S5_.
 */
#include "arch/x86/cpu/acpi.h"
#include "arch/arch_cpu.h"
#include "arch/arch_page.h"
#include "core/log.h"
#include "lib/string.h"
#include "mm/kmap.h"

struct acpi_header {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem[6], oem_table[8];
	u32 oem_revision, creator, creator_revision;
} __packed;

struct acpi_rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 extended_checksum, reserved[3];
} __packed;

#define TABLE_MAX MIB(1)
#define NR_IOAPICS 4
#define NR_OVERRIDES 16

static paddr_t root_pointer;		   /* [I] after boot */
static bool boot_tables_loaded = true;	   /* [I] after boot */
static u32 apic_ids[CPUS_MAX];		   /* [I] after boot */
static unsigned nr_cpus, nr_cpus_left_out; /* [I] after boot */
static struct {
	paddr_t base;
	u32 gsi_base;
} ioapics[NR_IOAPICS];	    /* [I] after boot */
static unsigned nr_ioapics; /* [I] after boot */
static struct {
	u8 source;
	u32 gsi;
	u16 flags;
} overrides[NR_OVERRIDES];		    /* [I] after boot */
static unsigned nr_overrides;		    /* [I] after boot */
static struct acpi_register reset_register; /* [I] after boot */
static struct acpi_poweroff poweroff_how;   /* [I] after boot */

void acpi_set_root(paddr_t rsdp)
{
	root_pointer = rsdp;
}

/* Access to [pa, pa + len) of the tables until unmap(); NULL: there is none. */
static void *map(paddr_t pa, u64 len_bytes)
{
	if (boot_tables_loaded)
		return pa + len_bytes <= GIB(4) ? phys_to_virt(pa) : NULL;
	return kmap_device(pa, len_bytes, KMAP_CACHED);
}

static void unmap(const void *p)
{
	if (!boot_tables_loaded)
		kmap_device_unmap((void *)p);
}

static u64 read_le(const u8 *p, unsigned bytes)
{
	u64 value = 0;

	memcpy(&value, p, bytes);
	return value;
}

static bool checksum_ok(const void *p, size_t len)
{
	u8 sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (u8)(sum + ((const u8 *)p)[i]);
	return sum == 0;
}

/* Map a whole table; NULL if it is not valid. Unmap with unmap(). */
static const struct acpi_header *map_table(paddr_t pa)
{
	struct acpi_header *header;
	u32 length;

	if (!pa)
		return NULL;
	header = map(pa, sizeof(*header));
	if (!header)
		return NULL;
	length = header->length;
	unmap(header);
	if (length < sizeof(*header) || length > TABLE_MAX)
		return NULL;
	header = map(pa, length);
	if (header && !checksum_ok(header, length)) {
		unmap(header);
		return NULL;
	}
	return header;
}

#define CPU_ENABLED 1U

static void add_cpu(u32 apic_id, u32 flags)
{
	if (!(flags & CPU_ENABLED))
		return;
	if (nr_cpus < ARRAY_SIZE(apic_ids))
		apic_ids[nr_cpus++] = apic_id;
	else
		nr_cpus_left_out++;
}

/* ACPI 6.4, 5.2.12: types 0 and 9 are CPUs, 1 is an I/O APIC, 2 an override. */
static void read_madt(const struct acpi_header *table)
{
	const u8 *p = (const u8 *)table + 44, *end = (const u8 *)table + table->length;

	for (; p + 2 <= end && p[1] >= 2 && p + p[1] <= end; p += p[1]) {
		if (p[0] == 0 && p[1] >= 8) {
			add_cpu(p[3], (u32)read_le(p + 4, 4));
		} else if (p[0] == 9 && p[1] >= 16) {
			add_cpu((u32)read_le(p + 4, 4), (u32)read_le(p + 8, 4));
		} else if (p[0] == 1 && p[1] >= 12 && nr_ioapics < NR_IOAPICS) {
			ioapics[nr_ioapics].base = read_le(p + 4, 4);
			ioapics[nr_ioapics++].gsi_base = (u32)read_le(p + 8, 4);
		} else if (p[0] == 2 && p[1] >= 10 && nr_overrides < NR_OVERRIDES) {
			overrides[nr_overrides].source = p[3];
			overrides[nr_overrides].gsi = (u32)read_le(p + 4, 4);
			overrides[nr_overrides++].flags = (u16)read_le(p + 8, 2);
		}
	}
}

static struct acpi_register read_register(const u8 *p)
{
	struct acpi_register r = {.space = p[0], .width_bits = p[1], .address = read_le(p + 4, 8)};

	r.valid = r.address != 0 && r.space <= 1;
	return r;
}

/* An integer of AML (ACPI 20.2.3) at *p; advances. */
static u8 aml_small_integer(const u8 **p)
{
	switch (**p) {
	case 0x0a: /* byte prefix */
		*p += 2;
		return (*p)[-1];
	case 0x01:
		*p += 1;
		return 1;
	default: /* zero, or an encoding that is not supported */
		*p += 1;
		return 0;
	}
}

#define S5_BYTES_MAX 14 /* what find_sleep_type reads of the package */

/* Name(_S5_, Package(){a, b, …}): 08 "_S5_" 12 length count a b … */
static bool find_sleep_type(const struct acpi_header *dsdt, u8 *type_a, u8 *type_b)
{
	const u8 *start = (const u8 *)dsdt + sizeof(*dsdt);
	const u8 *end = (const u8 *)dsdt + dsdt->length - S5_BYTES_MAX;

	for (const u8 *p = start; p < end; p++) {
		if (memcmp(p, "_S5_", 4) != 0 || p[4] != 0x12)
			continue;
		p += 5;
		p += 1 + (*p >> 6); /* package length: 1 to 4 bytes */
		p += 1;		    /* number of elements           */
		*type_a = aml_small_integer(&p);
		*type_b = aml_small_integer(&p);
		return true;
	}
	return false;
}

#define FADT_HARDWARE_REDUCED BIT(20)
#define FADT_RESET_SUPPORTED BIT(10)
#define SLEEP_ENABLE_REDUCED 0x20
#define SLEEP_ENABLE_PM1 0x2000

static void read_fadt(const struct acpi_header *table)
{
	const u8 *p = (const u8 *)table;
	u32 flags = table->length >= 116 ? (u32)read_le(p + 112, 4) : 0;
	paddr_t dsdt_address = table->length >= 44 ? read_le(p + 40, 4) : 0;
	const struct acpi_header *dsdt;
	u8 type_a = 0, type_b = 0;
	bool found = false;

	if (table->length >= 148 && read_le(p + 140, 8))
		dsdt_address = read_le(p + 140, 8);
	if (table->length >= 129 && (flags & FADT_RESET_SUPPORTED)) {
		reset_register = read_register(p + 116);
		reset_register.value = p[128];
	}
	dsdt = map_table(dsdt_address);
	if (dsdt) {
		found = find_sleep_type(dsdt, &type_a, &type_b);
		unmap(dsdt);
	}
	if ((flags & FADT_HARDWARE_REDUCED) && table->length >= 256) {
		poweroff_how.sleep_control = read_register(p + 244);
		poweroff_how.sleep_control.value =
			(u8)(((found ? type_a : 5) << 2) | SLEEP_ENABLE_REDUCED);
	} else if (found && table->length >= 72) {
		poweroff_how.pm1a_port = (u16)read_le(p + 64, 4);
		poweroff_how.pm1b_port = (u16)read_le(p + 68, 4);
		poweroff_how.pm1_value_a = (u16)(type_a << 10 | SLEEP_ENABLE_PM1);
		poweroff_how.pm1_value_b = (u16)(type_b << 10 | SLEEP_ENABLE_PM1);
	}
}

/* Does the table at @pa have @signature? Maps only its header. */
static bool has_signature(paddr_t pa, const char *signature)
{
	struct acpi_header *header = map(pa, sizeof(*header));
	bool same = header && memcmp(header->signature, signature, 4) == 0;

	if (header)
		unmap(header);
	return same;
}

/* If the loader gave no pointer, it is on a 16-byte boundary of the BIOS area. */
static paddr_t search_root(void)
{
	u8 *area = map(0xe0000, 0x20000);
	paddr_t found = 0;

	if (!area)
		return 0;
	for (u32 at = 0; at < 0x20000 && !found; at += 16)
		if (memcmp(area + at, "RSD PTR ", 8) == 0 && checksum_ok(area + at, 20))
			found = 0xe0000 + at;
	unmap(area);
	return found;
}

/* Call @read on each table with @signature. */
static void for_each_table(const char *signature, void (*read)(const struct acpi_header *table))
{
	const struct acpi_header *root, *table;
	struct acpi_rsdp rsdp, *mapped;
	unsigned entry_size;

	mapped = root_pointer ? map(root_pointer, sizeof(rsdp)) : NULL;
	if (!mapped)
		return;
	rsdp = *mapped;
	unmap(mapped);
	if (memcmp(rsdp.signature, "RSD PTR ", 8) != 0)
		return;
	entry_size = rsdp.revision >= 2 && rsdp.xsdt ? 8 : 4;
	root = map_table(entry_size == 8 ? rsdp.xsdt : rsdp.rsdt);
	if (!root)
		return;
	for (u32 at = sizeof(*root); at + entry_size <= root->length; at += entry_size) {
		paddr_t pa = read_le((const u8 *)root + at, entry_size);

		if (!has_signature(pa, signature))
			continue;
		table = map_table(pa);
		if (table) {
			read(table);
			unmap(table);
		}
	}
	unmap(root);
}

void acpi_init(void)
{
	if (!root_pointer)
		root_pointer = search_root();
	if (!root_pointer)
		log_info("no ACPI tables: interrupt lines as on every PC");
	for_each_table("APIC", read_madt);
	if (nr_cpus_left_out)
		log_warn("%u CPUs are more than the kernel can use: they are left out",
			 nr_cpus_left_out);
	boot_tables_loaded = false;
}

unsigned acpi_cpus(const u32 **out)
{
	*out = apic_ids;
	return nr_cpus;
}

void acpi_find_exits(void)
{
	for_each_table("FACP", read_fadt);
}

bool acpi_ioapic(unsigned index, paddr_t *base, u32 *gsi_base)
{
	if (index >= nr_ioapics)
		return false;
	*base = ioapics[index].base;
	*gsi_base = ioapics[index].gsi_base;
	return true;
}

void acpi_translate_irq(unsigned *gsi, bool *level, bool *active_low)
{
	for (unsigned i = 0; i < nr_overrides; i++) {
		if (overrides[i].source != *gsi)
			continue;
		*gsi = overrides[i].gsi;
		if ((overrides[i].flags & 3) == 3)
			*active_low = true;
		if (((overrides[i].flags >> 2) & 3) == 3)
			*level = true;
		return;
	}
}

const struct acpi_register *acpi_reset_register(void)
{
	return &reset_register;
}

const struct acpi_poweroff *acpi_poweroff(void)
{
	return &poweroff_how;
}
