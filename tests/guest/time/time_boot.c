// SPDX-License-Identifier: MIT
/* /proc/creance/boot: the steps of the bring-up, in order, and when each was done. */
#include "tap.h"

static const char *const steps[] = {"entry",
				    "cpu_and_console",
				    "memory",
				    "interrupt_controllers",
				    "clock",
				    "scheduler",
				    "trap_table",
				    "timer_and_first_thread",
				    "subsystems",
				    "initramfs",
				    "first_user_instruction"};
#define NR_STEPS (sizeof(steps) / sizeof(steps[0]))

static FILE *open_or_skip(const char *path)
{
	FILE *file;

	SKIP_IF(!tap_on_creance(), "not on this kernel");
	file = fopen(path, "r");
	if (!CHECK(file))
		tap_abort();
	return file;
}

TEST(steps, "the steps stand in order, their times rise, the last is the first user instruction")
{
	FILE *boot = open_or_skip("/proc/creance/boot");
	char name[64], rest;
	unsigned long long ns, last = 0;
	unsigned nr = 0, known = 0;

	while (fscanf(boot, "%63s %llu%c", name, &ns, &rest) == 3) {
		CHECK_EQ(rest, '\n');
		if (ns < last)
			FAIL("%s at %llu after %llu", name, ns, last);
		last = ns;
		nr++;
		if (known < NR_STEPS && !strcmp(name, steps[known]))
			known++;
	}
	CHECK(feof(boot));
	CHECK_EQ(known, NR_STEPS);
	CHECK_STR(name, "first_user_instruction");
	CHECK_GE(nr, NR_STEPS);
	CHECK(last > 1000 && last < 600000000000ULL);
	fclose(boot);
}

TEST(once, "it does not change")
{
	char first[4096] = "", second[4096] = "";
	FILE *boot = open_or_skip("/proc/creance/boot");

	CHECK(fread(first, 1, sizeof(first) - 1, boot) > 0);
	fclose(boot);
	tap_sleep_ms(20);
	boot = open_or_skip("/proc/creance/boot");
	CHECK(fread(second, 1, sizeof(second) - 1, boot) > 0);
	fclose(boot);
	CHECK_STR(first, second);
}

TEST(memory, "boot_memory tells what was taken then")
{
	FILE *memory = open_or_skip("/proc/creance/boot_memory");
	unsigned long long used = 0, tables = 0, files = 0, total = 0;

	CHECK_EQ(fscanf(memory,
			"memory_used_bytes %llu memory_used_tables_bytes %llu "
			"memory_used_files_bytes %llu memory_total_bytes %llu",
			&used, &tables, &files, &total),
		 4);
	fclose(memory);
	CHECK(used > 4096 && used < total);
	CHECK(tables > 0 && files > 0 && tables + files < used);
	CHECK_EQ(used % 4096 + total % 4096, 0);
}
