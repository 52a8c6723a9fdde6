// SPDX-License-Identifier: MIT
/* The vDSO: found as C libraries find it, right like the calls, and safe to lose. */
#include "tap.h"
#include "tap_thread.h"

#include <elf.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/time.h>

#define NS_PER_S 1000000000LL

struct vdso {
	int (*clock_gettime)(clockid_t, struct timespec *);
	int (*clock_getres)(clockid_t, struct timespec *);
	int (*gettimeofday)(struct timeval *, struct timezone *);
	time_t (*time)(time_t *);
	long (*getcpu)(unsigned *, unsigned *, void *);
};

/* The tables of the object at AT_SYSINFO_EHDR, as addresses. */
struct object {
	uintptr_t base;
	const Elf64_Sym *symbols;
	const char *strings;
	const uint32_t *hash, *gnu_hash;
	const uint16_t *versions;
	const Elf64_Verdef *definitions;
};

static bool object_find(struct object *o)
{
	const Elf64_Ehdr *header = (void *)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Phdr *segment;
	const Elf64_Dyn *dynamic = NULL;

	memset(o, 0, sizeof(*o));
	if (!CHECK(header) || !CHECK(!memcmp(header->e_ident, ELFMAG, SELFMAG)))
		return false;
	CHECK_EQ(header->e_ident[EI_CLASS], ELFCLASS64);
	CHECK_EQ(header->e_type, ET_DYN);
	CHECK_EQ(header->e_machine, EM_X86_64);
	segment = (void *)((uintptr_t)header + header->e_phoff);
	for (int i = 0; i < header->e_phnum; i++, segment++) {
		if (segment->p_type == PT_LOAD)
			o->base = (uintptr_t)header + segment->p_offset - segment->p_vaddr;
		else if (segment->p_type == PT_DYNAMIC)
			dynamic = (void *)((uintptr_t)header + segment->p_offset);
	}
	if (!CHECK(o->base) || !CHECK(dynamic))
		return false;
	for (; dynamic->d_tag != DT_NULL; dynamic++) {
		void *at = (void *)(o->base + dynamic->d_un.d_ptr);

		if (dynamic->d_tag == DT_SYMTAB)
			o->symbols = at;
		else if (dynamic->d_tag == DT_STRTAB)
			o->strings = at;
		else if (dynamic->d_tag == DT_HASH)
			o->hash = at;
		else if (dynamic->d_tag == DT_GNU_HASH)
			o->gnu_hash = at;
		else if (dynamic->d_tag == DT_VERSYM)
			o->versions = at;
		else if (dynamic->d_tag == DT_VERDEF)
			o->definitions = at;
	}
	return CHECK(o->symbols) && CHECK(o->strings) && CHECK(o->hash || o->gnu_hash) &&
	       CHECK(o->versions) && CHECK(o->definitions);
}

static bool version_is(const struct object *o, uint16_t wanted, const char *name)
{
	const Elf64_Verdef *d = o->definitions;

	for (;;) {
		const Elf64_Verdaux *aux = (void *)((uintptr_t)d + d->vd_aux);

		if (!(d->vd_flags & VER_FLG_BASE) && d->vd_ndx == (wanted & 0x7fff))
			return !strcmp(o->strings + aux->vda_name, name);
		if (!d->vd_next)
			return false;
		d = (void *)((uintptr_t)d + d->vd_next);
	}
}

static uint32_t gnu_hash(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

static bool symbol_is(const struct object *o, uint32_t i, const char *name)
{
	return !strcmp(o->strings + o->symbols[i].st_name, name) && o->symbols[i].st_shndx &&
	       version_is(o, o->versions[i], "LINUX_2.6");
}

/* By DT_GNU_HASH, as glibc does. */
static uint32_t find_by_gnu_hash(const struct object *o, const char *name)
{
	const uint32_t *h = o->gnu_hash, *buckets = h + 4 + h[2] * 2, *chains = buckets + h[0];
	uint32_t hash = gnu_hash(name), i = buckets[hash % h[0]];

	for (; i; i++) {
		uint32_t at = chains[i - h[1]];

		if ((at | 1) == (hash | 1) && symbol_is(o, i, name))
			return i;
		if (at & 1)
			break;
	}
	return 0;
}

/* By the length of DT_HASH, as musl does. */
static uint32_t find_by_hash(const struct object *o, const char *name)
{
	for (uint32_t i = 0; i < o->hash[1]; i++)
		if (symbol_is(o, i, name))
			return i;
	return 0;
}

static void *find(const struct object *o, const char *name)
{
	uint32_t i = o->gnu_hash ? find_by_gnu_hash(o, name) : find_by_hash(o, name);

	if (!i)
		FAIL("no %s@LINUX_2.6 in the vDSO", name);
	if (i && o->hash)
		CHECK_EQ(find_by_hash(o, name), i);
	return i ? (void *)(o->base + o->symbols[i].st_value) : NULL;
}

static struct vdso vdso_find(void)
{
	struct object o;
	struct vdso v;

	if (!object_find(&o))
		tap_abort();
	v.clock_gettime = find(&o, "__vdso_clock_gettime");
	v.clock_getres = find(&o, "__vdso_clock_getres");
	v.gettimeofday = find(&o, "__vdso_gettimeofday");
	v.time = find(&o, "__vdso_time");
	v.getcpu = find(&o, "__vdso_getcpu");
	if (!v.clock_gettime || !v.clock_getres || !v.gettimeofday || !v.time || !v.getcpu)
		tap_abort();
	return v;
}

static const clockid_t clocks[] = {CLOCK_REALTIME,
				   CLOCK_MONOTONIC,
				   CLOCK_MONOTONIC_RAW,
				   CLOCK_BOOTTIME,
				   CLOCK_TAI,
				   CLOCK_REALTIME_COARSE,
				   CLOCK_MONOTONIC_COARSE,
				   CLOCK_PROCESS_CPUTIME_ID,
				   CLOCK_THREAD_CPUTIME_ID};
#define NR_CLOCKS (sizeof(clocks) / sizeof(clocks[0]))

static long long ns_of(const struct timespec *t)
{
	return t->tv_sec * NS_PER_S + t->tv_nsec;
}

static long long by_call(clockid_t clock)
{
	struct timespec t;

	return syscall(SYS_clock_gettime, clock, &t) ? -1 : ns_of(&t);
}

static long long by_vdso(const struct vdso *v, clockid_t clock)
{
	struct timespec t;

	return v->clock_gettime(clock, &t) ? -1 : ns_of(&t);
}

/* Turns of both for `ms`, each no earlier than the one before. */
static void check_interleaved(const struct vdso *v, clockid_t clock, int rounds)
{
	long long last = by_call(clock), now;

	for (int i = 0; i < rounds; i++) {
		now = i & 1 ? by_call(clock) : by_vdso(v, clock);
		if (now < last) {
			FAIL("clock %d went from %lld to %lld (%s)", clock, last, now,
			     i & 1 ? "call" : "vDSO");
			return;
		}
		last = now;
	}
}

TEST(symbols, "AT_SYSINFO_EHDR leads to a shared object with the five functions")
{
	vdso_find();
}

TEST(interleaved, "values of the vDSO and of the call follow each other, on every clock")
{
	struct vdso v = vdso_find();

	for (unsigned i = 0; i < NR_CLOCKS; i++)
		check_interleaved(&v, clocks[i], 20000);
}

TEST(advances, "the vDSO's clocks advance with time")
{
	struct vdso v = vdso_find();
	long long before[NR_CLOCKS];

	for (unsigned i = 0; i < NR_CLOCKS; i++)
		before[i] = by_vdso(&v, clocks[i]);
	tap_sleep_ms(60);
	for (unsigned i = 0; i < NR_CLOCKS; i++) {
		long long passed = by_vdso(&v, clocks[i]) - before[i];

		if (clocks[i] == CLOCK_PROCESS_CPUTIME_ID || clocks[i] == CLOCK_THREAD_CPUTIME_ID)
			continue;
		if (passed < 45000000 || passed > 20 * NS_PER_S)
			FAIL("clock %d: %lld ns passed in 60 ms", clocks[i], passed);
	}
}

TEST(coarse, "a coarse clock lags behind the fine one by less than two ticks")
{
	struct vdso v = vdso_find();

	for (int i = 0; i < 1000; i++) {
		long long coarse = by_vdso(&v, CLOCK_MONOTONIC_COARSE);
		long long fine = by_call(CLOCK_MONOTONIC);

		CHECK_LE(coarse, fine);
		coarse = by_call(CLOCK_REALTIME_COARSE);
		fine = by_vdso(&v, CLOCK_REALTIME);
		CHECK_LE(coarse, fine);
	}
}

TEST(other_calls, "gettimeofday, time and clock_getres say what the calls say")
{
	struct vdso v = vdso_find();
	struct timezone zone = {1, 1}, zone2 = {2, 2};
	struct timespec a, b;
	struct timeval tv, tv2;
	time_t t, low, high;

	for (unsigned i = 0; i < NR_CLOCKS; i++) {
		CHECK_EQ(v.clock_getres(clocks[i], &a), 0);
		CHECK_OK(syscall(SYS_clock_getres, clocks[i], &b));
		CHECK_EQ(ns_of(&a), ns_of(&b));
		CHECK_EQ(v.clock_getres(clocks[i], NULL), 0);
	}
	CHECK_EQ(v.gettimeofday(&tv, &zone), 0);
	CHECK_OK(syscall(SYS_gettimeofday, &tv2, &zone2));
	CHECK_LE(tv.tv_sec * 1000000LL + tv.tv_usec, tv2.tv_sec * 1000000LL + tv2.tv_usec);
	CHECK_LE(tv2.tv_sec - tv.tv_sec, 10);
	CHECK_EQ(zone.tz_minuteswest, zone2.tz_minuteswest);
	CHECK_EQ(zone.tz_dsttime, zone2.tz_dsttime);
	CHECK_EQ(v.gettimeofday(NULL, &zone), 0);
	CHECK_EQ(v.gettimeofday(&tv, NULL), 0);
	low = syscall(SYS_time, NULL);
	CHECK_GE(v.time(&t), low);
	CHECK_GE(t, low);
	high = syscall(SYS_time, NULL);
	CHECK_LE(t, high);
	CHECK_GE(v.time(NULL), t);
}

TEST(unknown_clocks, "clocks that the vDSO cannot tell are passed on to the kernel")
{
	struct vdso v = vdso_find();
	struct timespec t;
	clockid_t own = (clockid_t)((~(unsigned)getpid() << 3) | 2);

	CHECK_EQ(v.clock_gettime(10, &t), -EINVAL);
	CHECK_EQ(v.clock_gettime(12, &t), -EINVAL);
	CHECK_EQ(v.clock_gettime(16, &t), -EINVAL);
	CHECK_EQ(v.clock_gettime(1000, &t), -EINVAL);
	CHECK_EQ(v.clock_getres(1000, &t), -EINVAL);
	CHECK_EQ(v.clock_gettime(own, &t), 0);
	CHECK_GE(ns_of(&t), 0);
	CHECK_EQ(v.clock_gettime(CLOCK_BOOTTIME_ALARM, &t),
		 syscall(SYS_clock_gettime, CLOCK_BOOTTIME_ALARM, &t) ? -errno : 0);
}

TEST(set, "a clock that is set is seen set at once")
{
	struct vdso v = vdso_find();
	long long real = by_call(CLOCK_REALTIME), was = by_call(CLOCK_MONOTONIC), seen;
	long long monotonic = by_vdso(&v, CLOCK_MONOTONIC);
	const long long far = 2000000000LL * NS_PER_S;
	struct timespec t = {far / NS_PER_S, 0};

	SKIP_IF(!tap_on_creance(), "would set the clock of a machine that others use");
	MUST(clock_settime(CLOCK_REALTIME, &t));
	seen = by_vdso(&v, CLOCK_REALTIME);
	CHECK_GE(seen, far);
	CHECK_LE(seen, far + 20 * NS_PER_S);
	CHECK_GE(by_vdso(&v, CLOCK_REALTIME_COARSE), far - NS_PER_S);
	check_interleaved(&v, CLOCK_REALTIME, 2000);
	CHECK_GE(v.time(NULL), far / NS_PER_S);
	CHECK_LE(by_vdso(&v, CLOCK_MONOTONIC) - monotonic, 20 * NS_PER_S);
	real += by_call(CLOCK_MONOTONIC) - was;
	t = (struct timespec){real / NS_PER_S, real % NS_PER_S};
	CHECK_OK(clock_settime(CLOCK_REALTIME, &t));
	CHECK_LE(by_vdso(&v, CLOCK_REALTIME), real + 20 * NS_PER_S);
	CHECK_LE(by_vdso(&v, CLOCK_REALTIME_COARSE), real + 20 * NS_PER_S);
}

TEST(getcpu, "getcpu says the CPU that the thread is bound to")
{
	struct vdso v = vdso_find();
	unsigned cpu = 77, node = 77, cpu2, node2;
	cpu_set_t allowed, one;

	MUST(sched_getaffinity(0, sizeof(allowed), &allowed));
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &allowed))
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		if (sched_setaffinity(0, sizeof(one), &one))
			continue;
		CHECK_EQ(v.getcpu(&cpu, &node, NULL), 0);
		CHECK_OK(syscall(SYS_getcpu, &cpu2, &node2, NULL));
		CHECK_EQ(cpu, i);
		CHECK_EQ(cpu2, i);
		CHECK_EQ(node, node2);
	}
	CHECK_EQ(v.getcpu(NULL, NULL, NULL), 0);
	CHECK_EQ(v.getcpu(&cpu, NULL, NULL), 0);
}

/* ---- across processes and threads ---- */

TEST(fork, "a child has it at the same place, and its children, too")
{
	struct vdso v = vdso_find();
	int status = IN_CHILD({
		check_interleaved(&v, CLOCK_MONOTONIC, 200);
		CHECK_EXITED(IN_CHILD(check_interleaved(&v, CLOCK_REALTIME, 200)), 0);
		vdso_find();
	});

	CHECK_EXITED(status, 0);
}

int tap_child_main(int argc, char **argv)
{
	struct vdso v;

	(void)argc;
	(void)argv;
	v = vdso_find();
	for (unsigned i = 0; i < NR_CLOCKS; i++)
		check_interleaved(&v, clocks[i], 200);
	return tap_local_failures() ? 1 : 0;
}

TEST(exec, "a new program gets its own")
{
	int status = IN_CHILD(execl(tap_self, tap_self, "--child", NULL));

	CHECK_EXITED(status, 0);
}

static struct vdso shared_vdso;
static volatile int thread_failures;

static int thread_body(void *unused)
{
	long long last = 0, now;
	struct timespec t;

	(void)unused;
	for (int i = 0; i < 5000; i++) {
		if (shared_vdso.clock_gettime(CLOCK_MONOTONIC, &t)) {
			thread_failures++;
			break;
		}
		now = ns_of(&t);
		thread_failures += now < last;
		last = now;
	}
	return 0;
}

TEST(threads, "several threads read at once")
{
	struct tap_thread threads[4];

	shared_vdso = vdso_find();
	for (int i = 0; i < 4; i++)
		MUST(tap_thread_start(&threads[i], thread_body, NULL));
	for (int i = 0; i < 4; i++)
		tap_thread_join(&threads[i]);
	CHECK_EQ(thread_failures, 0);
}

static volatile int nr_signals;
static volatile long long last_seen;

static void on_alarm(int sig)
{
	long long now = by_vdso(&shared_vdso, CLOCK_MONOTONIC);

	(void)sig;
	if (now < last_seen)
		thread_failures++;
	nr_signals++;
}

TEST(signals, "a handler that comes in the middle reads it, too")
{
	struct itimerval every = {{0, 2000}, {0, 2000}};
	struct sigaction action = {.sa_handler = on_alarm};

	shared_vdso = vdso_find();
	MUST(sigaction(SIGALRM, &action, NULL));
	MUST(setitimer(ITIMER_REAL, &every, NULL));
	while (nr_signals < 20) {
		long long now = by_vdso(&shared_vdso, CLOCK_MONOTONIC);

		CHECK_GE(now, last_seen);
		last_seen = now;
	}
	CHECK_EQ(thread_failures, 0);
}

/* ---- its mappings ---- */

struct range {
	uintptr_t start, end;
	char rights[5];
};

static struct range find_range(const char *name)
{
	struct range r = {0};
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	uintptr_t start, end;
	char rights[5];

	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, name) && sscanf(line, "%lx-%lx %4s", &start, &end, rights) == 3) {
			r.start = start;
			r.end = end;
			strcpy(r.rights, rights);
		}
	if (maps)
		fclose(maps);
	return r;
}

static uintptr_t code_start(void)
{
	return getauxval(AT_SYSINFO_EHDR);
}

TEST(maps, "/proc/self/maps shows [vdso], executable, and [vvar], not; neither is writable")
{
	struct range code = find_range("[vdso]"), data = find_range("[vvar]");

	CHECK_EQ(code.start, code_start());
	CHECK_STR(code.rights, "r-xp");
	CHECK_STR(data.rights, "r--p");
	CHECK(data.end > data.start && data.end <= code.start);
}

TEST(writes, "a write to it ends in SIGSEGV")
{
	struct range code = find_range("[vdso]"), data = find_range("[vvar]");

	CHECK_SIGNALED(IN_CHILD(*(volatile char *)code.start = 1), SIGSEGV);
	CHECK_SIGNALED(IN_CHILD(*(volatile char *)data.start = 1), SIGSEGV);
	CHECK_SIGNALED(IN_CHILD({
			       struct vdso v = vdso_find();

			       by_vdso(&v, CLOCK_MONOTONIC);
			       *(volatile char *)data.start = 1;
		       }),
		       SIGSEGV);
}

static void *execute_at;

static void on_segv(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	_exit(info->si_addr == execute_at && info->si_code == SEGV_ACCERR ? 5 : 6);
}

TEST(execution, "the clock's page cannot be executed, read before or not")
{
	struct sigaction action = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};

	execute_at = (void *)find_range("[vvar]").start;
	MUST(sigaction(SIGSEGV, &action, NULL));
	CHECK_EXITED(IN_CHILD(((void (*)(void))execute_at)()), 5);
	CHECK_EXITED(IN_CHILD(vdso_find().time(NULL); ((void (*)(void))execute_at)()), 5);
}

TEST(calls_write, "the kernel does not write there for a program either")
{
	struct range code = find_range("[vdso]"), data = find_range("[vvar]");
	int fds[2];

	CHECK_ERR(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, code.start), EFAULT);
	CHECK_ERR(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, data.start), EFAULT);
	MUST(pipe(fds));
	MUST(write(fds[1], "0123456789", 10));
	CHECK_ERR(read(fds[0], (void *)code.start, 4), EFAULT);
	CHECK_EQ(write(fds[1], (void *)code.start, 4), 4);
}

TEST(protect, "the clock's page cannot be made writable")
{
	struct range data = find_range("[vvar]");
	struct vdso v = vdso_find();

	CHECK_ERR(mprotect((void *)data.start, 4096, PROT_READ | PROT_WRITE), EACCES);
	check_interleaved(&v, CLOCK_MONOTONIC, 100);
}

TEST(protect_none, "without rights it faults, and with them again it works")
{
	struct vdso v = vdso_find();
	struct range code = find_range("[vdso]");
	size_t size = code.end - code.start;

	check_interleaved(&v, CLOCK_MONOTONIC, 10);
	MUST(mprotect((void *)code.start, size, PROT_NONE));
	CHECK_SIGNALED(IN_CHILD(by_vdso(&v, CLOCK_MONOTONIC)), SIGSEGV);
	CHECK(by_call(CLOCK_MONOTONIC) > 0);
	MUST(mprotect((void *)code.start, size, PROT_READ | PROT_EXEC));
	check_interleaved(&v, CLOCK_MONOTONIC, 10);
}

TEST(unmapped, "a process that unmaps it lives on with the calls, as do its children")
{
	int status = IN_CHILD({
		struct vdso v = vdso_find();
		struct range code = find_range("[vdso]"), data = find_range("[vvar]");

		MUST(munmap((void *)data.start, code.end - data.start));
		CHECK(by_call(CLOCK_MONOTONIC) > 0);
		CHECK_SIGNALED(IN_CHILD(by_vdso(&v, CLOCK_MONOTONIC)), SIGSEGV);
		CHECK_EQ(find_range("[vdso]").start, 0);
		CHECK_EQ(find_range("[vvar]").start, 0);
		CHECK_EXITED(IN_CHILD(execl(tap_self, tap_self, "--child", NULL)), 0);
	});

	CHECK_EXITED(status, 0);
}

TEST(moved, "moved as a whole it works at its new place")
{
	int status = IN_CHILD({
		struct vdso v = vdso_find();
		struct range code = find_range("[vdso]"), data = find_range("[vvar]");
		size_t size = code.end - data.start, data_size = code.start - data.start;
		char *to = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		int (*moved)(clockid_t, struct timespec *);
		struct timespec t;

		MUST(to != MAP_FAILED ? 0 : -1);
		/* data and code in two steps, as checkpointing tools do */
		CHECK(mremap((void *)data.start, data_size, data_size,
			     MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
		CHECK(mremap((void *)code.start, size - data_size, size - data_size,
			     MREMAP_MAYMOVE | MREMAP_FIXED, to + data_size) == to + data_size);
		moved = (void *)((uintptr_t)v.clock_gettime - data.start + (uintptr_t)to);
		CHECK_EQ(moved(CLOCK_MONOTONIC, &t), 0);
		CHECK_LE(ns_of(&t), by_call(CLOCK_MONOTONIC));
		CHECK(by_call(CLOCK_MONOTONIC) - ns_of(&t) < 20 * NS_PER_S);
	});

	CHECK_EXITED(status, 0);
}

TEST(grow, "it does not grow")
{
	struct range code = find_range("[vdso]");
	size_t size = code.end - code.start;

	CHECK_ERR(mremap((void *)code.start, size, 2 * size, MREMAP_MAYMOVE), EFAULT);
}
