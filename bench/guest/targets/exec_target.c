// SPDX-License-Identifier: MIT
/*
 * A program that ends at once: what the rows of the cost program execute, linked statically and
 * dynamically. About 13 KB as a static program, libc's start included.
 */
int main(void)
{
	return 0;
}
