// SPDX-License-Identifier: MIT
// A program whose stack pointer points nowhere calls the system all the same; it dies when it uses
// the stack itself.
#include <asm/unistd.h>
#include <stdio.h>
#include <string.h>

static long call_without_stack(long number)
{
	__asm__ volatile("mov %%rsp, %%rbx\n\t"
			 "mov $0x10, %%rsp\n\t" /* the user's stack is gone */
			 "syscall\n\t"
			 "mov %%rbx, %%rsp"
			 : "+a"(number)
			 :
			 : "rbx", "rcx", "r11", "memory");
	return number;
}

int main(int argc, char **argv)
{
	printf("getppid without a stack: %s\n",
	       call_without_stack(__NR_getppid) >= 0 ? "answers" : "fails");
	fflush(stdout);
	if (argc > 1 && strcmp(argv[1], "push") == 0)
		__asm__ volatile("mov $0x10, %rsp\n\tpush %rax");
	return 0;
}
