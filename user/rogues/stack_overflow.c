// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
static int deeper(int depth);
static int (*volatile again)(int) = deeper;

static int deeper(int depth)
{
	volatile char block[4096];

	block[0] = (char)depth;
	return again(depth + 1) + block[0];
}

int main(void)
{
	return deeper(0);
}
