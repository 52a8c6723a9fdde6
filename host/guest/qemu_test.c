// SPDX-License-Identifier: MIT
#include <sys/stat.h>
#include <unistd.h>

#include "guest/qemu.h"
#include "base/unit.h"

static char *text_of(struct guest_options o, const char *gdb, bool may_reboot)
{
	struct qemu_setup setup = {
		.options = &o,
		.emulator = "qemu",
		.kernel = "/k/creance.elf",
		.kernel_options = "console=ttyS0 quiet",
		.initrd_fd = 7,
		.link_fd = 8,
		.may_reboot = may_reboot,
		.sandbox = !may_reboot,
		.gdb_socket = gdb,
	};
	struct qemu_command c;

	qemu_command_build(&c, &setup);
	assert_null(c.argv[c.nr]);
	assert_true(c.nr < QEMU_ARGS_MAX);
	char *text = qemu_command_text(&c);
	qemu_command_fini(&c);
	return text;
}

static void assert_has(const char *text, const char *part, bool there)
{
	if ((strstr(text, part) != NULL) != there)
		fail_msg("%s %s in: %s", part, there ? "is not" : "is", text);
}

static const struct guest_options plain = {
	.cpus = 1, .memory_bytes = 256 << 20, .cpu_model = "max"};

static void test_microvm(void **state)
{
	char *text = text_of(plain, NULL, false);

	(void)state;
	assert_has(text, "-machine microvm,acpi=on", true);
	assert_has(text, "virtio-mmio.force-legacy=false", true);
	assert_has(text, "virtio-serial-device", true);
	assert_has(text, "socket,id=link,fd=8", true);
	assert_has(text, "-initrd /proc/self/fd/7", true);
	assert_has(text, "-m 256M", true);
	assert_has(text, "-append 'console=ttyS0 quiet'", true);
	assert_has(text, "-no-reboot", true);
	assert_has(text, "-accel tcg", true);
	assert_has(text, "-icount", false);
	assert_has(text, "-gdb", false);
	assert_has(text, "-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny", true);
	assert_has(text, "-nodefaults", true);
	assert_has(text, "-no-user-config", true);
	assert_has(text, "-mon", false);
	free(text);
}

static void test_shared_memory(void **state)
{
	struct guest_options o = plain;
	struct qemu_setup setup = {.options = &o, .emulator = "qemu", .memory_fd = 9, .link_fd = 8};
	struct qemu_command c;
	char *text;

	(void)state;
	o.memory_bytes = (100ull << 20) + 1;
	o.machine = MACHINE_PC;
	o.icount = true;
	setup.kernel = setup.kernel_options = "x";
	qemu_command_build(&c, &setup);
	text = qemu_command_text(&c);
	qemu_command_fini(&c);
	assert_has(text, "memory-backend-file,id=ram,size=101M,mem-path=/proc/self/fd/9,share=on",
		   true);
	assert_has(text, "-machine memory-backend=ram", true);
	assert_has(text, "ioeventfd=off", true);
	free(text);
}

/* A guest that talks through its serial port alone, with a log: nothing of the link is there. */
static void test_without_link(void **state)
{
	struct guest_options o = plain;
	struct qemu_setup setup = {.options = &o,
				   .emulator = "qemu",
				   .kernel = "k",
				   .kernel_options = "x",
				   .initrd = "/i/rd",
				   .log_fd = 6};
	struct qemu_command c;
	char *text;

	(void)state;
	qemu_command_build(&c, &setup);
	assert_int_equal(c.nr_inherited, 1);
	assert_int_equal(c.inherited[0], 6);
	text = qemu_command_text(&c);
	qemu_command_fini(&c);
	assert_has(text, "virt", false);
	assert_has(text, "id=link", false);
	assert_has(text, "-d exec,nochain -D /proc/self/fd/6", true);
	assert_has(text, "-initrd /i/rd", true);
	free(text);
}

static void test_pci_machines(void **state)
{
	struct guest_options o = plain;

	(void)state;
	for (o.machine = MACHINE_PC; o.machine <= MACHINE_Q35; o.machine++) {
		char *text = text_of(o, NULL, true);

		assert_has(text, o.machine == MACHINE_PC ? "-machine pc " : "-machine q35 ", true);
		assert_has(text, "virtio-serial-pci,disable-legacy=on", true);
		assert_has(text, "-vga none", true);
		assert_has(text, "-no-reboot", false);
		free(text);
	}
}

static void test_icount_and_gdb(void **state)
{
	struct guest_options o = plain;

	(void)state;
	o.icount = true;
	o.memory_bytes = (100ull << 20) + 1;
	char *text = text_of(o, "/tmp/a,b/gdb", false);
	assert_has(text, "-icount shift=0,sleep=off", true);
	assert_has(text, "-seed 1", true);
	assert_has(text, "ioeventfd", false);
	assert_has(text, "-rtc base=2026-01-01T00:00:00,clock=vm", true);
	assert_has(text, "-S ", true);
	assert_has(text, "path=/tmp/a,,b/gdb,server=on,wait=off", true);
	assert_has(text, "-m 101M", true);
	free(text);
}

/* A stand-in for the emulator, as a script in a file of ours. */
static void make_fake(char *path, const char *body)
{
	int fd;

	strcpy(path, "/tmp/creance-fake-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	dprintf(fd, "#!/bin/sh\n%s\n", body);
	fchmod(fd, 0755);
	close(fd);
}

static void test_version(void **state)
{
	char path[64];

	(void)state;
	make_fake(path, "echo 'QEMU emulator version 5.2.0 (fake)'");
	assert_false(qemu_version_is_enough(path));
	unlink(path);
	make_fake(path, "echo 'QEMU emulator version 10.0.1'");
	assert_true(qemu_version_is_enough(path));
	unlink(path);
	assert_false(qemu_version_is_enough("/nowhere/qemu"));
}

/* Each disk is raw, whatever is in it, and the names come in the order of the options. */
static void test_disks(void **state)
{
	const char *items[] = {"/a,b c", "/d:ro", NULL};
	struct guest_options o = plain;
	char *text;

	(void)state;
	o.disks = (struct option_list){items, 2};
	text = text_of(o, NULL, false);
	assert_has(text,
		   "-blockdev 'driver=raw,node-name=disk0,read-only=off,file.driver=file,"
		   "file.filename=/a,,b c' -device virtio-blk-device,drive=disk0,"
		   "bus=virtio-mmio-bus.1",
		   true);
	assert_has(text,
		   "driver=raw,node-name=disk1,read-only=on,file.driver=file,file.filename=/d "
		   "-device virtio-blk-device,drive=disk1,bus=virtio-mmio-bus.2",
		   true);
	free(text);
	o.machine = MACHINE_Q35;
	text = text_of(o, NULL, false);
	assert_has(text, "-device virtio-blk-pci,disable-legacy=on,drive=disk1", true);
	assert_has(text, "-blockdev driver=qcow2", false);
	free(text);
}

/* An answer that is longer than its reader wants is an answer. */
static void test_long_answer(void **state)
{
	char path[64], text[20];

	(void)state;
	make_fake(path, "[ \"$1$2\" = -xy--version ] || exit 3; yes 0123456789 | head -n 50000");
	assert_int_equal(qemu_ask(path, "-xy", text, sizeof(text)), 0);
	assert_string_equal(text, "0123456789\n01234567");
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_microvm),	       cmocka_unit_test(test_pci_machines),
		cmocka_unit_test(test_icount_and_gdb), cmocka_unit_test(test_shared_memory),
		cmocka_unit_test(test_without_link),   cmocka_unit_test(test_version),
		cmocka_unit_test(test_long_answer),    cmocka_unit_test(test_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
