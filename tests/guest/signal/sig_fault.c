// SPDX-License-Identifier: MIT
/*
 * sig_fault.c -- signals raised by the processor: number, code, address, and going on after them.
 */
#include "tap.h"
#include <setjmp.h>
#include <ucontext.h>

static sigjmp_buf back;
static volatile int sig, code, count;
static volatile uintptr_t address, fault_ip, error_code, trap_number;

static void on_fault(int number, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;

	sig = number;
	code = info->si_code;
	address = (uintptr_t)info->si_addr;
	fault_ip = (uintptr_t)frame->uc_mcontext.gregs[REG_RIP];
	error_code = (uintptr_t)frame->uc_mcontext.gregs[REG_ERR];
	trap_number = (uintptr_t)frame->uc_mcontext.gregs[REG_TRAPNO];
	siglongjmp(back, 1);
}

static void catch_all(void)
{
	static const int sigs[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	for (int i = 0; i < 5; i++)
		sigaction(sigs[i], &action, NULL);
	sig = code = 0;
	address = 1;
}

#define FAULTS(...)                                                                                \
	({                                                                                         \
		catch_all();                                                                       \
		if (sigsetjmp(back, 1) == 0) {                                                     \
			__VA_ARGS__;                                                               \
			FAIL("nothing happened: %s", #__VA_ARGS__);                                \
		}                                                                                  \
	})
#define WAS(want_sig, want_code, want_address)                                                     \
	({                                                                                         \
		CHECK_EQ(sig, want_sig);                                                           \
		CHECK_EQ(code, want_code);                                                         \
		CHECK_EQ(address, (uintptr_t)(want_address));                                      \
	})

static volatile char *map_page(int prot)
{
	return mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

TEST(maperr, "SEGV_MAPERR with the address for reads and writes of nothing")
{
	volatile char *page = map_page(PROT_READ);

	munmap((void *)page, 4096);
	FAULTS((void)page[123]);
	WAS(SIGSEGV, SEGV_MAPERR, page + 123);
	FAULTS(page[4095] = 1);
	WAS(SIGSEGV, SEGV_MAPERR, page + 4095);
	FAULTS(*(volatile char *)wild(0) = 1);
	WAS(SIGSEGV, SEGV_MAPERR, 0);
	CHECK_EQ(trap_number, 14);
	CHECK_EQ(error_code & 7, 6);
}

TEST(kernel_unknown, "of the kernel's addresses a program learns nothing: all are protection faults")
{
	static const uintptr_t places[] = {
		0x7ffffffff000,	    0xffff800000000000, 0xffff800000100000,
		0xffff8fffffffe000, 0xffffc00000000000, 0xffffffff80000000,
		0xffffffff80200000, 0xffffffff81000000, 0xfffffffffffff000,
	};

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		volatile char *place = wild(places[i]);

		FAULTS((void)*place);
		WAS(SIGSEGV, SEGV_MAPERR, place);
		CHECK_EQ(error_code & 7, 5);
		FAULTS(*place = 1);
		WAS(SIGSEGV, SEGV_MAPERR, place);
		CHECK_EQ(error_code & 7, 7);
		FAULTS(((void (*)(void))places[i])());
		WAS(SIGSEGV, SEGV_MAPERR, place);
		CHECK_EQ(error_code & 7, 5);
	}
}

TEST(accerr, "SEGV_ACCERR with the address where the protection forbids it")
{
	volatile char *page = map_page(PROT_READ), *none = map_page(PROT_NONE);

	FAULTS(page[77] = 1);
	WAS(SIGSEGV, SEGV_ACCERR, page + 77);
	(void)page[0];
	FAULTS(page[78] = 1);
	WAS(SIGSEGV, SEGV_ACCERR, page + 78);
	FAULTS((void)none[5]);
	WAS(SIGSEGV, SEGV_ACCERR, none + 5);
}

TEST(execute, "executing a page without PROT_EXEC is SEGV_ACCERR at the page's address")
{
	unsigned char *page = (unsigned char *)map_page(PROT_READ | PROT_WRITE);
	void (*volatile call)(void) = (void (*)(void))(void *)page;

	page[0] = 0xc3;
	FAULTS(call());
	WAS(SIGSEGV, SEGV_ACCERR, page);
	CHECK_EQ(fault_ip, (uintptr_t)page);
	CHECK_EQ(error_code & 0x15, 0x15);
	MUST(mprotect(page, 4096, PROT_READ | PROT_EXEC));
	call();
}

TEST(kernel_address,
     "kernel addresses: SEGV_MAPERR with the address; non-canonical: SI_KERNEL and 0")
{
	FAULTS((void)*(volatile char *)wild(0xffffffff80100000));
	CHECK_EQ(sig, SIGSEGV);
	CHECK(code == SEGV_MAPERR || code == SEGV_ACCERR);
	CHECK_EQ(address, 0xffffffff80100000);
	FAULTS(*(volatile char *)wild(0xffff800000000000) = 1);
	CHECK_EQ(sig, SIGSEGV);
	FAULTS((void)*(volatile char *)wild(0x8000000000000000));
	WAS(SIGSEGV, SI_KERNEL, 0);
	CHECK_EQ(trap_number, 13);
}

TEST(privileged, "privileged instructions are SIGSEGV with SI_KERNEL")
{
	FAULTS(__asm__ volatile("cli"));
	WAS(SIGSEGV, SI_KERNEL, 0);
	FAULTS(__asm__ volatile("hlt"));
	WAS(SIGSEGV, SI_KERNEL, 0);
	FAULTS(__asm__ volatile("inb $0x64, %%al" : : : "rax"));
	WAS(SIGSEGV, SI_KERNEL, 0);
	FAULTS(__asm__ volatile("mov %%cr4, %%rax" : : : "rax"));
	WAS(SIGSEGV, SI_KERNEL, 0);
	FAULTS(__asm__ volatile("rdmsr" : : "c"(0x1b) : "rax", "rdx"));
	WAS(SIGSEGV, SI_KERNEL, 0);
	FAULTS(__asm__ volatile("int $0x20"));
	WAS(SIGSEGV, SI_KERNEL, 0);
}

TEST(divide, "SIGFPE with FPE_INTDIV at the instruction, for zero and for overflow")
{
	static char here[1];
	int zero = 0;

	(void)here;
	FAULTS(__asm__ volatile("cltd; idivl %0" : : "r"(zero), "a"(1) : "edx"));
	CHECK_EQ(sig, SIGFPE);
	CHECK_EQ(code, FPE_INTDIV);
	CHECK_EQ(address, fault_ip);
	CHECK_EQ(trap_number, 0);
	FAULTS(__asm__ volatile("cltd; idivl %0" : : "r"(-1), "a"(0x80000000) : "edx"));
	CHECK_EQ(sig, SIGFPE);
	CHECK_EQ(code, FPE_INTDIV);
}

TEST(sse_divide, "SIGFPE with FPE_FLTDIV and FPE_FLTINV from unmasked SSE exceptions")
{
	unsigned mxcsr = 0x1f80 & ~0x200u, invalid = 0x1f80 & ~0x80u, normal = 0x1f80;
	volatile double one = 1, zero = 0;

	catch_all();
	if (sigsetjmp(back, 1) == 0) {
		__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
		one = one / zero;
	}
	SKIP_IF(sig == 0, "this processor (QEMU's TCG) raises no SSE exceptions");
	CHECK_EQ(sig, SIGFPE);
	CHECK_EQ(code, FPE_FLTDIV);
	CHECK_EQ(trap_number, 19);
	FAULTS(__asm__ volatile("ldmxcsr %0" : : "m"(invalid)); one = zero / zero);
	CHECK_EQ(code, FPE_FLTINV);
	__asm__ volatile("ldmxcsr %0" : : "m"(normal));
}

TEST(x87_divide, "SIGFPE with FPE_FLTDIV from an unmasked x87 exception")
{
	unsigned short control = 0x37f & ~4u;

	FAULTS(__asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" : : "m"(control)));
	CHECK_EQ(sig, SIGFPE);
	CHECK_EQ(code, FPE_FLTDIV);
	CHECK_EQ(trap_number, 16);
	__asm__ volatile("fninit");
}

TEST(illegal, "SIGILL with ILL_ILLOPN at the instruction")
{
	FAULTS(__asm__ volatile("ud2"));
	CHECK_EQ(sig, SIGILL);
	CHECK_EQ(code, ILL_ILLOPN);
	CHECK_EQ(address, fault_ip);
	CHECK_EQ(trap_number, 6);
}

extern char after_int3[], after_step[];

TEST(breakpoint, "int3 is SIGTRAP with SI_KERNEL, after the instruction")
{
	FAULTS(__asm__ volatile(".globl after_int3\nint3\nafter_int3:"));
	CHECK_EQ(sig, SIGTRAP);
	CHECK_EQ(code, SI_KERNEL);
	CHECK_EQ(fault_ip, (uintptr_t)after_int3);
	CHECK_EQ(trap_number, 3);
}

TEST(single_step, "the trap flag raises SIGTRAP with TRAP_TRACE")
{
	FAULTS(__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; nop; nop"
				:
				:
				: "memory", "cc"));
	CHECK_EQ(sig, SIGTRAP);
	CHECK_EQ(code, TRAP_TRACE);
	CHECK_EQ(trap_number, 1);
}

TEST(bus_past_end, "SIGBUS with BUS_ADRERR beyond the end of a mapped file")
{
	int fd = tap_file("f", "short");
	volatile char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK_EQ(map[0], 's');
	CHECK_EQ(map[4095], 0);
	FAULTS((void)map[4096]);
	WAS(SIGBUS, BUS_ADRERR, map + 4096);
	FAULTS(map[5000] = 1);
	WAS(SIGBUS, BUS_ADRERR, map + 5000);
}

TEST(alignment_check, "with the AC flag set a misaligned read is SIGBUS with BUS_ADRALN")
{
	static volatile long pair[2];

	catch_all();
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("pushfq; orq $0x40000, (%%rsp); popfq; mov 1(%0), %%rax; pushfq;"
				 "andq $~0x40000, (%%rsp); popfq"
				 :
				 : "r"(pair)
				 : "rax", "memory", "cc");
	SKIP_IF(sig == 0, "this processor does not check alignment");
	CHECK_EQ(sig, SIGBUS);
	CHECK_EQ(code, BUS_ADRALN);
}

static void repair(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	count++;
	mprotect((void *)((uintptr_t)info->si_addr & ~4095UL), 4096, PROT_READ | PROT_WRITE);
}

TEST(repaired, "a handler that repairs the cause lets the instruction run again")
{
	struct sigaction action = {.sa_sigaction = repair, .sa_flags = SA_SIGINFO};
	volatile char *page = map_page(PROT_NONE);

	sigaction(SIGSEGV, &action, NULL);
	page[100] = 42;
	CHECK_EQ(page[100], 42);
	CHECK_EQ(count, 1);
}

static void skip_over(int number, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;

	(void)number;
	(void)info;
	count++;
	frame->uc_mcontext.gregs[REG_RIP] += 2;
	frame->uc_mcontext.gregs[REG_RAX] = 777;
}

TEST(skipped, "a handler may change registers and skip the instruction")
{
	struct sigaction action = {.sa_sigaction = skip_over, .sa_flags = SA_SIGINFO};
	long value = 1;

	sigaction(SIGILL, &action, NULL);
	__asm__ volatile("ud2" : "+a"(value));
	CHECK_EQ(value, 777);
	CHECK_EQ(count, 1);
}

TEST(blocked_fault, "a fault whose signal is blocked or ignored kills")
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	catch_all();
	CHECK_SIGNALED(IN_CHILD(sigprocmask(SIG_BLOCK, &set, NULL); *(volatile int *)wild(8) = 1),
		       SIGSEGV);
	CHECK_SIGNALED(IN_CHILD(signal(SIGSEGV, SIG_IGN); *(volatile int *)wild(8) = 1), SIGSEGV);
	CHECK_SIGNALED(IN_CHILD(signal(SIGFPE, SIG_IGN); int zero = 0;
				__asm__ volatile("cltd; idivl %0"
						 :
						 : "r"(zero), "a"(1)
						 : "edx")),
		       SIGFPE);
}

static void fault_again(int number)
{
	(void)number;
	*(volatile int *)wild(8) = 1;
}

TEST(double_fault, "a fault in its own handler kills")
{
	signal(SIGSEGV, fault_again);
	CHECK_SIGNALED(IN_CHILD(*(volatile int *)wild(8) = 1), SIGSEGV);
}

TEST(many_faults, "two thousand handled faults in a row")
{
	struct sigaction action = {.sa_sigaction = repair, .sa_flags = SA_SIGINFO};
	volatile char *page = map_page(PROT_NONE);

	sigaction(SIGSEGV, &action, NULL);
	for (int i = 0; i < 2000; i++) {
		page[i] = 1;
		mprotect((void *)page, 4096, PROT_NONE);
	}
	CHECK_EQ(count, 2000);
}
