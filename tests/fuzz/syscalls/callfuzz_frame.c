// SPDX-License-Identifier: MIT
/*
 * callfuzz_frame.c -- signal frames that never were: what rt_sigreturn takes is all the program's.
 *
 * A real signal shows once what a right frame is, with its FPU state. A forgery is a copy of it
 * that leads to come_back(), with some fields spoilt. When the kernel takes it, the thread goes on
 * behind fuzz_forge_return(); when it does not, or the registers are of no use, the worker ends,
 * which is right too.
 */
#include "callfuzz_worker.h"
#include "callfuzz_makers.h"
#include "callfuzz_raw.h"
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#define FPU_MAX 4096
#define FRAME_CONTEXT                                                                              \
	304 /* of the kernel's struct ucontext: 40 bytes, struct sigcontext (256), the mask */

static uint8_t right_context[FRAME_CONTEXT], right_fpu[FPU_MAX];
static size_t right_fpu_size;
static volatile bool learnt;

__asm__(".globl raw_sigreturn\n"
	"raw_sigreturn:\n\tmov %rdi, %rsp\n\tmov $15, %eax\n\tsyscall\n\tud2\n"
	".globl raw_fork_call\n"
	"raw_fork_call:\n"
	"\tpush %r12\n"
	"\tpush %r13\n"
	"\tmov %rdx, %r12\n"
	"\tmov %rcx, %r13\n"
	"\tmov %rdi, %rax\n"
	"\tmov %rsi, %r11\n"
	"\tmov 0(%r11), %rdi\n"
	"\tmov 8(%r11), %rsi\n"
	"\tmov 16(%r11), %rdx\n"
	"\tmov 24(%r11), %r10\n"
	"\tmov 32(%r11), %r8\n"
	"\tmov 40(%r11), %r9\n"
	"\tsyscall\n"
	"\ttest %rax, %rax\n"
	"\tjz 1f\n"
	"\tpop %r13\n"
	"\tpop %r12\n"
	"\tret\n"
	"1:\tmov %r12, %rdi\n"
	"\txor %ebp, %ebp\n"
	"\tand $-16, %rsp\n"
	"\tcall *%r13\n"
	"\tud2\n");

static void learn(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *c = context;
	const uint8_t *fpu = (const void *)c->uc_mcontext.fpregs;

	memcpy(right_context, context, sizeof(right_context));
	if (fpu) {
		uint32_t magic, size = 512;

		/* FP_XSTATE_MAGIC1: then the whole size follows */
		memcpy(&magic, fpu + 464, sizeof(magic));
		if (magic == 0x46505853)
			memcpy(&size, fpu + 468, sizeof(size));
		right_fpu_size = size < FPU_MAX ? size : FPU_MAX;
		memcpy(right_fpu, fpu, right_fpu_size);
	}
	learnt = true;
}

void fuzz_learn_frame(void)
{
	struct sigaction action = {.sa_sigaction = learn, .sa_flags = SA_SIGINFO}, old;

	sigaction(SIGUSR1, &action, &old);
	raise(SIGUSR1);
	sigaction(SIGUSR1, &old, NULL);
}

static void come_back(struct fuzz_thread *t)
{
	__asm__ volatile("cld\n\tpushq $0x202\n\tpopfq" ::: "cc", "memory");
	__builtin_longjmp(t->resume, 1);
}

void fuzz_spoil_frame(struct fuzz_thread *t, void *context)
{
	uint64_t *words = context;
	uint16_t selectors[4];
	uint64_t n = fuzz_below(t, 4);

	/*
	 * struct ucontext: flags, link, stack (3 words); registers from word 5; flags at 22,
	 * selectors at 23.
	 */
	while (n--) {
		switch (fuzz_below(t, 8)) {
		case 0: /* RFLAGS */
			words[22] ^= 1ul << fuzz_below(t, fuzz_one_in(t, 4) ? 64 : 22);
			break;
		case 1:
			for (int i = 0; i < 4; i++)
				selectors[i] =
					(uint16_t)(fuzz_one_in(t, 2) ? fuzz_random(t)
								     : fuzz_below(t, 12) * 8 + 3);
			memcpy(&words[23], selectors, sizeof(selectors));
			break;
		case 2: /* the instruction pointer, the stack pointer */
			words[fuzz_one_in(t, 2) ? 21 : 20] = fuzz_bad_address(t);
			break;
		case 3: /* where the FPU state lies */
			words[28] = fuzz_one_in(t, 3)	? 0
				    : fuzz_one_in(t, 2) ? words[28] + 1 + fuzz_below(t, 64)
							: make_out(t, NULL);
			break;
		case 4: /* the alternate stack */
			words[2 + fuzz_below(t, 3)] = make_wild(t, NULL);
			break;
		case 5: /* the mask */
			words[37] = fuzz_random(t);
			break;
		case 6:
			words[0] = fuzz_below(t, 16);
			break;
		default:
			words[fuzz_below(t, FRAME_CONTEXT / 8)] = make_wild(t, NULL);
		}
	}
}

static void spoil_fpu(struct fuzz_thread *t, uint8_t *fpu)
{
	static const uint16_t fields[] = {0,   24,  28,	 464, 468, 472, 480,
					  512, 520, 528, 576, 24,  464, 512};
	uint64_t n = fuzz_below(t, 3);

	while (n--) {
		uint64_t value = fuzz_one_in(t, 2) ? fuzz_random(t) : 1ul << fuzz_below(t, 64);
		size_t at = fuzz_one_in(t, 3)
				    ? fuzz_below(t, right_fpu_size)
				    : fields[fuzz_below(t, sizeof(fields) / sizeof(fields[0]))];

		memcpy(fpu + at, &value, fuzz_one_in(t, 2) ? 8 : 4);
	}
}

__attribute__((noinline)) void fuzz_forge_return(struct fuzz_thread *t)
{
	uint8_t room[FRAME_CONTEXT + FPU_MAX + 256] __attribute__((aligned(64)));
	uint8_t *fpu = room + 512;
	uint64_t words[FRAME_CONTEXT / 8];

	if (!learnt || __builtin_setjmp(t->resume))
		return;
	memcpy(words, right_context, sizeof(words));
	memcpy(fpu, right_fpu, right_fpu_size);
	words[5 + 8] = (uint64_t)t;			      /* rdi */
	words[5 + 15] = ((uint64_t)room - 512) / 16 * 16 - 8; /* rsp: below this frame */
	words[5 + 16] = (uint64_t)come_back;		      /* rip */
	words[28] = (uint64_t)fpu;
	words[37] = 0;
	fuzz_spoil_frame(t, words);
	spoil_fpu(t, fpu);
	memcpy(room, words, sizeof(words));
	raw_sigreturn(room);
}
