// SPDX-License-Identifier: MIT
#include "guest/qemu_words.h"

#include "base/unit.h"

static const struct guest_options options = {
	.cpus = 4, .memory_bytes = 512ull << 20, .accel = ACCEL_AUTO, .cpu_model = "vax"};

static void assert_words(const char *said, const char *begin, const char *end)
{
	char *words = qemu_words(said, strlen(said), &options, "/k.elf");

	assert_non_null(words);
	if (strncmp(words, begin, strlen(begin)) != 0)
		fail_msg("'%s' does not begin with '%s'", words, begin);
	if (strlen(words) < strlen(end) || strcmp(words + strlen(words) - strlen(end), end) != 0)
		fail_msg("'%s' does not end with '%s'", words, end);
	free(words);
}

/* Each as QEMU 7.2 writes it. */
static void test_known(void **state)
{
	(void)state;
	assert_words("qemu-system-x86_64: unable to find CPU model 'vax'\n",
		     "--cpu vax: the emulator has no such CPU model: ",
		     " (QEMU: unable to find CPU model 'vax')");
	assert_words("qemu-system-x86_64: Property 'max-x86_64-cpu.x' not found\n",
		     "--cpu vax: the emulator's CPU has no such feature: ", "not found)");
	assert_words(
		"qemu-system-x86_64: unsupported machine type\nUse -machine help to list supported machines\n",
		"--machine microvm: a part of QEMU is missing: ",
		" (QEMU: unsupported machine type)");
	assert_words(
		"qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory",
		"--memory 512M: ", "memory 'pc.ram': Cannot allocate memory)");
	assert_words(
		"a warning\nqemu-system-x86_64: -accel tcg: allocate 1073741824 bytes for jit buffer: Cannot allocate memory\r\nmore",
		"--memory 512M: ", "jit buffer: Cannot allocate memory)");
	assert_words(
		"Could not access KVM kernel module: Permission denied\nqemu-system-x86_64: failed to initialize kvm: Permission denied\n",
		"--accel kvm: this host's KVM does not run the guest: ",
		"(QEMU: failed to initialize kvm: Permission denied)");
	assert_words("qemu: linux kernel too old to load a ram disk\n",
		     "the kernel /k.elf: the emulator cannot load it: ", ")");
	assert_words(
		"qemu-system-x86_64: Invalid SMP CPUs 4. The max CPUs supported by machine 'x' is 2\n",
		"--cpus 4: ", "is 2)");
	assert_words("qemu-system-x86_64: -device virtio-blk-device,drive=disk0: "
		     "Failed to get \"write\" lock\nIs another process using the image [x]?\n",
		     "--disk: another guest uses the image: ", "Failed to get \"write\" lock)");
	assert_words("q: Failed to get shared \"write\" lock\n",
		     "--disk: another guest may write the image: ", ")");
	assert_words("q: error while loading shared libraries: libx.so: cannot open",
		     "the emulator: a library of it is missing", ")");
}

static void test_unknown(void **state)
{
	(void)state;
	assert_null(qemu_words("", 0, &options, "k"));
	assert_null(qemu_words("it is broken\n", 13, &options, "k"));
	/* not beyond its end */
	assert_null(qemu_words("unable to find CPU model", 9, &options, "k"));
}

static void test_verbose(void **state)
{
	struct guest_options loud = options;
	char *words;

	(void)state;
	loud.verbose = true;
	words = qemu_words("unsupported machine type", 24, &loud, "k");
	assert_non_null(words);
	assert_null(strstr(words, "QEMU: ")); /* it has been printed already */
	free(words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_verbose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
