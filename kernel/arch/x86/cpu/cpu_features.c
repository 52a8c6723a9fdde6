// SPDX-License-Identifier: MIT
/*
 * cpu_features.c -- what this CPU can do, by CPUID (SDM 2A).
 *
 * Idea.  CPUID is read once, at boot, into cpu_features, and what is there is turned on. Other
 *   files test its fields. A CPU that lacks a feature has less protection or is slower: its bit of
 *   page-table entries is 0, and its instructions are left as they were assembled, that is, without
 *   effect (patch_smap_sites).
 * Locks.  None: written by the boot CPU before others start, then constant.
 * Tests.  tests/system/applets.t, with more than one CPU model; tests/guest/file/file_path.c.
 */
#include "arch/x86/cpu/cpu.h"
#include "arch/arch_clock.h"
#include "arch/arch_page.h"
#include "arch/x86/boot/boot_entry.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/arch_pagetable.h"
#include "core/cmdline.h"
#include "lib/fmt.h"
#include "lib/string.h"

struct cpu_features cpu_features; /* [I] after boot */
u64 x86_pte_no_exec;		  /* [I] after boot */

static void detect_names(struct cpu_features *f)
{
	struct x86_cpuid r = x86_cpuid(0, 0);

	memcpy(f->vendor, &r.ebx, 4);
	memcpy(f->vendor + 4, &r.edx, 4);
	memcpy(f->vendor + 8, &r.ecx, 4);
	if (x86_cpuid(0x80000000, 0).eax >= 0x80000004)
		for (u32 i = 0; i < 3; i++) {
			r = x86_cpuid(0x80000002 + i, 0);
			memcpy(f->model + i * 16, &r, 16);
		}
	r = x86_cpuid(1, 0);
	f->stepping = r.eax & 15;
	f->model_number = ((r.eax >> 4) & 15) | ((r.eax >> 12) & 0xf0);
	f->family = (r.eax >> 8) & 15;
	if (f->family == 15)
		f->family += (r.eax >> 20) & 0xff;
}

void cpu_features_detect(void)
{
	struct cpu_features *f = &cpu_features;
	struct x86_cpuid one = x86_cpuid(1, 0), seven = x86_cpuid_leaf_7();
	struct x86_cpuid extended = x86_cpuid(0x80000001, 0);

	detect_names(f);
	f->global_pages = one.edx & BIT(13);
	f->x2apic = one.ecx & BIT(21);
	f->tsc_deadline = one.ecx & BIT(24);
	f->xsave = one.ecx & BIT(26);
	f->rdrand = one.ecx & BIT(30);
	f->hypervisor = one.ecx & BIT(31);
	f->fsgsbase = seven.ebx & BIT(0);
	f->smep = seven.ebx & BIT(7);
	f->rdseed = seven.ebx & BIT(18);
	f->smap = seven.ebx & BIT(20);
	f->umip = seven.ecx & BIT(2);
	f->tsc_aux = extended.edx & BIT(27) || seven.ecx & BIT(22); /* RDTSCP, RDPID */
	f->no_exec = extended.edx & BIT(20);
	f->large_pages_1g = extended.edx & BIT(26);
	if (x86_cpuid(0x80000000, 0).eax >= 0x80000007)
		f->invariant_tsc = x86_cpuid(0x80000007, 0).edx & BIT(8);
	f->hwcap = one.edx;
	f->hwcap2 = f->fsgsbase ? 2 : 0; /* HWCAP2_FSGSBASE */
}

static void patch_smap_sites(void)
{
	/* The code is still writable: kernel_map.c makes it read-only later. */
	for (const struct smap_site *site = smap_sites_start; site < smap_sites_end; site++)
		memcpy((void *)site->address, &site->instruction, 3);
}

void cpu_features_patch(void)
{
	if (cpu_features.no_exec)
		x86_pte_no_exec = X86_PTE_NO_EXEC;
	if (cpu_features.smap)
		patch_smap_sites();
}

void cpu_features_enable(void)
{
	struct cpu_features *f = &cpu_features;
	u64 cr4 = x86_read_cr4() | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT;

	if (f->no_exec)
		x86_write_msr(MSR_EFER, x86_read_msr(MSR_EFER) | EFER_NXE);
	x86_write_msr(MSR_EFER, x86_read_msr(MSR_EFER) | EFER_SCE);
	if (f->tsc_aux) /* for programs that read it; the vDSO uses the segment of gdt.c */
		x86_write_msr(MSR_TSC_AUX, arch_cpu_id());
	if (f->global_pages)
		cr4 |= X86_CR4_PGE;
	if (f->smep)
		cr4 |= X86_CR4_SMEP;
	if (f->smap)
		cr4 |= X86_CR4_SMAP;
	if (f->umip)
		cr4 |= X86_CR4_UMIP;
	if (f->fsgsbase)
		cr4 |= X86_CR4_FSGSBASE;
	if (f->xsave)
		cr4 |= X86_CR4_OSXSAVE;
	x86_write_cr4(cr4);
	x86_write_cr0((x86_read_cr0() & ~(X86_CR0_EM | X86_CR0_TS)) | X86_CR0_MP | X86_CR0_NE |
		      X86_CR0_WP | X86_CR0_AM);
}

size_t arch_cpu_describe(char *buffer, size_t size)
{
	const struct cpu_features *f = &cpu_features;

	return (size_t)ksnprintf(buffer, size, "%s:%s%s%s%s%s%s%s%s",
				 f->model[0] ? f->model : f->vendor, f->no_exec ? " nx" : "",
				 f->smep ? " smep" : "", f->smap ? " smap" : "",
				 f->umip ? " umip" : "", f->fsgsbase ? " fsgsbase" : "",
				 f->xsave ? " xsave" : "", f->x2apic ? " x2apic" : "",
				 f->tsc_deadline ? " tsc-deadline" : "");
}

/* Names as Linux prints them in /proc/cpuinfo: bit numbers of CPUID 1 edx, 1 ecx, 7 ebx. */
struct flag_name {
	u8 word, bit;
	const char *name;
};
static const struct flag_name flag_names[] = {
	{0, 0, "fpu"},	    {0, 3, "pse"},	 {0, 4, "tsc"},	    {0, 5, "msr"},
	{0, 6, "pae"},	    {0, 8, "cx8"},	 {0, 9, "apic"},    {0, 11, "sep"},
	{0, 12, "mtrr"},    {0, 13, "pge"},	 {0, 15, "cmov"},   {0, 16, "pat"},
	{0, 19, "clflush"}, {0, 23, "mmx"},	 {0, 24, "fxsr"},   {0, 25, "sse"},
	{0, 26, "sse2"},    {3, 11, "syscall"},	 {3, 20, "nx"},	    {3, 29, "lm"},
	{1, 0, "pni"},	    {1, 1, "pclmulqdq"}, {1, 9, "ssse3"},   {1, 12, "fma"},
	{1, 13, "cx16"},    {1, 19, "sse4_1"},	 {1, 20, "sse4_2"}, {1, 21, "x2apic"},
	{1, 22, "movbe"},   {1, 23, "popcnt"},	 {1, 25, "aes"},    {1, 26, "xsave"},
	{1, 28, "avx"},	    {1, 29, "f16c"},	 {1, 30, "rdrand"}, {1, 31, "hypervisor"},
	{2, 0, "fsgsbase"}, {2, 3, "bmi1"},	 {2, 5, "avx2"},    {2, 7, "smep"},
	{2, 8, "bmi2"},	    {2, 9, "erms"},	 {2, 18, "rdseed"}, {2, 19, "adx"},
	{2, 20, "smap"},    {2, 29, "sha_ni"},
};

/* The CPUs that are up in @package, and their cores. */
static void count_package(u32 package, unsigned *nr_threads, unsigned *nr_cores)
{
	u64 cores = 0; /* a bit for each */

	*nr_threads = *nr_cores = 0;
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++) {
		struct arch_cpu_place place = arch_cpu_place(cpu);

		if (place.package != package)
			continue;
		++*nr_threads;
		cores |= BIT(place.core % 64);
	}
	for (; cores; cores &= cores - 1)
		++*nr_cores;
}

size_t arch_cpu_info_text(unsigned cpu, char *buffer, size_t size)
{
	const struct cpu_features *f = &cpu_features;
	struct x86_cpuid one = x86_cpuid(1, 0);
	u32 words[4] = {one.edx, one.ecx, x86_cpuid_leaf_7().ebx, x86_cpuid(0x80000001, 0).edx};
	u64 khz = arch_clock.frequency_hz / 1000;
	struct arch_cpu_place place = arch_cpu_place(cpu);
	unsigned nr_threads, nr_cores;
	size_t len;

	count_package(place.package, &nr_threads, &nr_cores);
	len = (size_t)ksnprintf(
		buffer, size,
		"processor\t: %u\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n"
		"model name\t: %s\nstepping\t: %u\ncpu MHz\t\t: %lu.%03lu\nphysical id\t: %u\n"
		"siblings\t: %u\ncore id\t\t: %u\ncpu cores\t: %u\napicid\t\t: %u\nfpu\t\t: yes\n"
		"fpu_exception\t: yes\ncpuid level\t: %u\nwp\t\t: yes\nflags\t\t:",
		cpu, f->vendor, f->family, f->model_number, f->model, f->stepping, khz / 1000,
		khz % 1000, place.package, nr_threads, place.core, nr_cores,
		percpu_area(cpu)->apic_id, x86_cpuid(0, 0).eax);
	for (size_t i = 0; i < ARRAY_SIZE(flag_names) && len < size; i++)
		if (words[flag_names[i].word] & BIT(flag_names[i].bit))
			len += (size_t)ksnprintf(buffer + len, size - len, " %s",
						 flag_names[i].name);
	if (len < size)
		len += (size_t)ksnprintf(
			buffer + len, size - len,
			"\nbogomips\t: %lu.%02lu\nclflush size\t: 64\ncache_alignment\t: 64\n"
			"address sizes\t: 40 bits physical, 48 bits virtual\n\n",
			khz / 500, khz / 5 % 100);
	return min(len, size);
}
