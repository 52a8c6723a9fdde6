// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
int main(void)
{
	volatile unsigned char code[16] = {0xc3};
	void (*volatile call)(void) = (void (*)(void))(void *)code;

	call();
	return 0;
}
