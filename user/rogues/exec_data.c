// SPDX-License-Identifier: MIT
// EXPECT: signal SEGV
static unsigned char data[] = {0xc3};

int main(void)
{
	void (*volatile call)(void) = (void (*)(void))(void *)data;

	call();
	return 0;
}
