/* SPDX-License-Identifier: MIT */
/*
 * The options of the kernel's command line, one row each. The kernel's messages about wrong words,
 * the check that `creance` makes of --append and the list of `creance help kernel` come from it.
 *
 * BOOT_OPTION(name, kind, values, least, most, what it does)
 *   kind    FLAG     a word alone
 *           CHOICE   one of `values`, which '|' separates; settings may follow a comma
 *           NUMBER, SIZE, TIME (in nanoseconds): from `least` to `most`
 *           SEED     SEED or SEED,N: at one in N occasions, N up to `most`
 *           TEXT     anything, in the form that `values` shows
 *   values  for FLAG "", for a range how its values are written
 */
BOOT_OPTION("console", CHOICE, "ttyS0|hvc0", 0, 0, "the terminal of the first process")
BOOT_OPTION("disk_timeout", NUMBER, "SECONDS", 1, 3600,
	    "after how long a disk that does not answer is reset (30)")
/* up to CLOCK_REAL_MAX_NS of time/clock.h */
BOOT_OPTION("epoch", NUMBER, "SECONDS", 0, 8277292035,
	    "the time at boot, in seconds since 1970, in place of the clock chip's")
BOOT_OPTION("fail_alloc", SEED, "SEED[,N]", 1, 1000000,
	    "one in N allocations of a program fails (200)")
BOOT_OPTION("force_preempt", SEED, "SEED[,N]", 1, 1000000,
	    "preempts and delays threads at one in N places (50)")
BOOT_OPTION("heartbeat", TIME, "TIME", 10000000, 3600000000000,
	    "tells the host that often that the kernel is alive; from 10ms to 3600s")
BOOT_OPTION("hostlink_oneway", FLAG, "", 0, 0, "takes nothing from the host while the guest runs")
BOOT_OPTION("init", TEXT, "PATH", 0, 0, "the first program (/init)")
BOOT_OPTION("init_exit_poweroff", FLAG, "", 0, 0,
	    "switches the machine off when the first program ends")
BOOT_OPTION("maxcpus", NUMBER, "N", 1, 64, "uses at most so many CPUs (all that there are)")
BOOT_OPTION("nofast", CHOICE, FAST_PATH_NAMES, 0, 0,
	    "leaves out a fast path, or all: docs/fast_paths.md; may be repeated")
BOOT_OPTION(
	"nohz", CHOICE, "on|off|full", 0, 0,
	"whether idle CPUs are left without the scheduler's tick (on), or also those with one busy "
	"thread (full)")
BOOT_OPTION("nokaslr", FLAG, "", 0, 0, "leaves the kernel at the addresses that it was linked for")
BOOT_OPTION("norandmaps", FLAG, "", 0, 0, "gives each program the same addresses in every run")
BOOT_OPTION("panic", CHOICE, "halt|reboot|poweroff", 0, 0,
	    "what the machine does after a panic (halt)")
BOOT_OPTION("quiet", FLAG, "", 0, 0, "shows only errors of the kernel's log on the console")
BOOT_OPTION("regime", CHOICE, "none|cooperative|preemptive", 0, 0,
	    "how programs are held (preemptive): docs/regimes.md")
BOOT_OPTION("sched", CHOICE, SCHED_POLICY_NAMES, 0, 0,
	    "the policy of ordinary threads (rr), also with settings, such as rr,quantum=5ms: "
	    "docs/policies.md")
BOOT_OPTION("tick", TIME, "TIME", 100000, 1000000000,
	    "the time between two ticks of the scheduler, from 100us to 1s (10ms)")
BOOT_OPTION("trace", SIZE, "SIZE", 4096, 1ull << 30,
	    "records events in so much memory, from 4K to 1G: docs/trace.md")
BOOT_OPTION("turn_marks", FLAG, "", 0, 0,
	    "has two of each three CPUs mark the turns that QEMU gives the others with -icount "
	    "(latency build)")
BOOT_OPTION("virtio_mmio.device", TEXT, "SIZE@ADDRESS:IRQ", 0, 0,
	    "where a device is; may be repeated")
