// SPDX-License-Identifier: MIT
/*
 * qemu.c -- the emulator as a child process.
 *
 * Idea.  QEMU inherits descriptors for everything: the link is one end of a socket pair, the initrd
 *   a memory file, the serial port its standard output. So a run leaves nothing in any folder, and
 *   nothing must be cleaned up when this process is killed.
 * Invariants.
 *   Q1  QEMU never outlives this process: PR_SET_PDEATHSIG kills it, however this process ends.
 *   Q2  It is in a session of its own: the keyboard's signals reach only this process, which
 *       decides.
 *   Q3  It has no device, file or right that the run does not need: no network, no display, a
 *       monitor only for a watchdog, and none of the rights that qemu_sandbox.h removes.
 * Cost.  QEMU takes about 20 ms to the kernel's first instruction on microvm (half of them in its
 *   dynamic linker), about 55 on pc and 65 on q35, where the firmware probes every device.
 * Tests.  qemu_test.c, tests/system.
 */
#include "guest/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/qemu_sandbox.h"
#include "base/say.h"
#include "base/signals.h"
#include "image/disk_image.h"

enum { QEMU_MAJOR_MIN = 6, EXEC_FAILED = 124, ANSWER_MS = 30000 };

/* microvm with the devices that a kernel needs at the start, and nothing to boot from. */
#define MICROVM "microvm,acpi=on,pit=on,pic=on,rtc=on,isa-serial=on,x-option-roms=off"

#define add qemu_command_add /* it is used often here */

static void add_text(struct qemu_command *c, const char *text, size_t len)
{
	if (c->nr < QEMU_ARGS_MAX)
		c->argv[c->nr++] = must_format("%.*s", (int)len, text);
}

void qemu_command_begin(struct qemu_command *c, const char *emulator)
{
	*c = (struct qemu_command){0};
	add_text(c, emulator, strlen(emulator));
}

void qemu_command_add(struct qemu_command *c, const char *format, ...)
{
	va_list args;
	char *text = NULL;
	size_t len;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = must_format("%s", ""); /* says it, and ends */
	va_end(args);
	len = strcspn(text, " ");
	add_text(c, text, len);
	if (text[len])
		add_text(c, text + len + 1, strlen(text + len + 1));
	free(text);
}

static void inherit(struct qemu_command *c, int fd)
{
	if (fd)
		c->inherited[c->nr_inherited++] = fd;
}

/* In QEMU's option lists a comma inside of a value is written twice. */
static char *double_commas(const char *text)
{
	char *out = must_alloc(2 * strlen(text) + 1);
	char *at = out;

	for (; *text; text++) {
		*at++ = *text;
		if (*text == ',')
			*at++ = ',';
	}
	return out;
}

static unsigned long long memory_megabytes(const struct guest_options *o)
{
	return (o->memory_bytes + (1u << 20) - 1) >> 20;
}

static void add_memory(struct qemu_command *c, const struct qemu_setup *setup)
{
	unsigned long long megabytes = memory_megabytes(setup->options);

	add(c, "-m %lluM", megabytes);
	if (!setup->memory_fd)
		return;
	add(c, "-object memory-backend-file,id=ram,size=%lluM,mem-path=/proc/self/fd/%d,share=on",
	    megabytes, setup->memory_fd);
	add(c, "-machine memory-backend=ram");
}

static void add_machine(struct qemu_command *c, const struct guest_options *o)
{
	if (o->machine == MACHINE_MICROVM) {
		add(c, "-machine " MICROVM);
	} else {
		add(c, "-machine %s", machine_names[o->machine]);
		add(c, "-vga none");
	}
}

static void add_link(struct qemu_command *c, const struct qemu_setup *setup)
{
	if (!setup->link_fd)
		return;
	add(c, "-chardev socket,id=link,fd=%d", setup->link_fd);
	if (setup->options->machine == MACHINE_MICROVM) {
		add(c, "-global virtio-mmio.force-legacy=false");
		add(c, "-device virtio-serial-device,max_ports=2");
	} else {
		/* With icount the device must work in the CPU's thread, not in another. */
		add(c, "-device virtio-serial-pci,disable-legacy=on,max_ports=2%s",
		    setup->options->icount ? ",ioeventfd=off" : "");
	}
	/* Not a virtconsole: QEMU drops what such a device is given while we are slow. */
	add(c, "-device virtserialport,nr=1,chardev=link");
}

/*
 * The file is named as raw, so that what it contains is never guessed, and QEMU locks it: a second
 * guest cannot write it.
 */
static void add_disks(struct qemu_command *c, const struct guest_options *o)
{
	for (int i = 0; i < o->disks.nr; i++) {
		struct disk_image image;
		char *path;

		disk_image_parse(&image, o->disks.items[i]);
		path = double_commas(image.path);
		add(c,
		    "-blockdev driver=raw,node-name=disk%d,read-only=%s,file.driver=file,file.filename=%s",
		    i, image.read_only ? "on" : "off", path);
		/*
		 * The kernel finds them in the order of their buses; by itself QEMU takes the last
		 * one first. Bus 0 has no interrupts: its line is pin 0 of the second controller,
		 * which QEMU takes for pin 2, as is right for the first (hw/intc/ioapic.c).
		 */
		if (o->machine == MACHINE_MICROVM)
			add(c, "-device virtio-blk-device,drive=disk%d,bus=virtio-mmio-bus.%d", i,
			    i + 1);
		else
			add(c, "-device virtio-blk-pci,disable-legacy=on,drive=disk%d", i);
		free(path);
		free(image.path);
	}
}

static void add_accel(struct qemu_command *c, const struct qemu_setup *setup)
{
	add(c, "-accel %s", setup->kvm ? "kvm" : "tcg");
	add(c, "-cpu %s", setup->options->cpu_model);
	if (!setup->options->icount)
		return;
	/*
	 * One nanosecond an instruction, and nothing of the host's clock or chance: a run is
	 * repeatable.
	 */
	add(c, "-icount shift=0,sleep=off");
	add(c, "-seed 1");
	add(c, "-rtc base=2026-01-01T00:00:00,clock=vm");
}

static void add_monitor(struct qemu_command *c, const struct qemu_setup *setup)
{
	if (!setup->monitor_fd)
		return;
	add(c, "-chardev socket,id=monitor,fd=%d", setup->monitor_fd);
	add(c, "-mon chardev=monitor,mode=control");
}

static void add_gdb(struct qemu_command *c, const struct qemu_setup *setup)
{
	char *path;

	if (!setup->gdb_socket)
		return;
	path = double_commas(setup->gdb_socket);
	add(c, "-S");
	add(c, "-chardev socket,id=gdb,path=%s,server=on,wait=off", path);
	add(c, "-gdb chardev:gdb");
	free(path);
}

static void add_log(struct qemu_command *c, const struct qemu_setup *setup)
{
	if (!setup->log_fd)
		return;
	/* Translated blocks of one instruction, each entered by the loop that logs it. */
	add(c, "-singlestep");
	add(c, "-d exec,nochain");
	add(c, "-D /proc/self/fd/%d", setup->log_fd);
}

void qemu_command_build(struct qemu_command *c, const struct qemu_setup *setup)
{
	qemu_command_begin(c, setup->emulator);
	add(c, "-nodefaults");
	add(c, "-no-user-config");
	if (setup->sandbox)
		add(c, "-sandbox " QEMU_SANDBOX);
	add(c, "-display none");
	add_accel(c, setup);
	add(c, "-smp %u", setup->options->cpus);
	add_memory(c, setup);
	add(c, "-chardev stdio,id=serial,signal=off");
	add(c, "-serial chardev:serial");
	add_machine(c, setup->options);
	add_link(c, setup);
	add_disks(c, setup->options);
	if (!setup->may_reboot)
		add(c, "-no-reboot");
	add_monitor(c, setup);
	add_gdb(c, setup);
	add_log(c, setup);
	add(c, "-kernel %s", setup->kernel);
	if (setup->initrd)
		add(c, "-initrd %s", setup->initrd);
	else
		add(c, "-initrd /proc/self/fd/%d", setup->initrd_fd);
	add(c, "-append %s", setup->kernel_options);
	inherit(c, setup->initrd_fd);
	inherit(c, setup->memory_fd);
	inherit(c, setup->link_fd);
	inherit(c, setup->monitor_fd);
	inherit(c, setup->log_fd);
}

char *qemu_command_text(const struct qemu_command *c)
{
	char *text = must_format("%s", c->argv[0]);

	for (unsigned i = 1; i < c->nr; i++) {
		const char *quote =
			c->argv[i][strcspn(c->argv[i], " '\"$&;()*?")] || !*c->argv[i] ? "'" : "";
		char *longer = must_format("%s %s%s%s", text, quote, c->argv[i], quote);

		free(text);
		text = longer;
	}
	return text;
}

void qemu_command_fini(struct qemu_command *c)
{
	for (unsigned i = 0; i < c->nr; i++)
		free(c->argv[i]);
	*c = (struct qemu_command){0};
}

/* The child: never returns. */
static void become_emulator(const struct qemu_command *c, const int *ends, pid_t parent)
{
	int null_fd = open("/dev/null", O_RDWR);
	int err = 0;

	signals_reset();
	setsid();			  /* Q2 */
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* Q1 */
	if (getppid() != parent)
		_exit(EXEC_FAILED); /* we died before it counted */
	dup2(null_fd, STDIN_FILENO);
	dup2(ends[0], STDOUT_FILENO);
	dup2(ends[1], STDERR_FILENO);
	qemu_sandbox_child();
	for (unsigned i = 0; i < c->nr_inherited; i++)
		fcntl(c->inherited[i], F_SETFD, 0);
	execvp(c->argv[0], c->argv);
	err = errno;
	ssize_t n = write(ends[2], &err, sizeof(err));
	(void)n;
	_exit(EXEC_FAILED);
}

static void say_no_emulator(const char *emulator, int err)
{
	if (err == ENOENT && getenv("CREANCE_QEMU"))
		say("the emulator %s, which CREANCE_QEMU names, is not there: correct the variable or unset it",
		    emulator);
	else if (err == ENOENT)
		say("the emulator %s is not on PATH: install it (Debian: apt-get install qemu-system-x86)",
		    emulator);
	else
		say("the emulator %s cannot be started (%s): check its file", emulator,
		    strerror(err));
}

static void close_all(int (*pipes)[2], unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
}

int qemu_start(struct qemu *q, const struct qemu_command *c)
{
	int pipes[3][2]; /* serial port, errors, errno of exec */
	pid_t parent = getpid();
	int err = 0;

	for (unsigned i = 0; i < 3; i++) {
		if (pipe2(pipes[i], O_CLOEXEC) == 0)
			continue;
		err = errno;
		close_all(pipes, i);
		say("no pipe can be made (%s): close some files and try again", strerror(err));
		return -err;
	}
	q->pid = fork();
	if (q->pid == 0) {
		const int ends[3] = {pipes[0][1], pipes[1][1], pipes[2][1]};

		become_emulator(c, ends, parent);
	}
	if (q->pid < 0) {
		err = errno;
		close_all(pipes, 3);
		say("no process can be made for the emulator (%s): end other programs",
		    strerror(err));
		return -err;
	}
	for (unsigned i = 0; i < 3; i++)
		close(pipes[i][1]);
	q->serial_fd = pipes[0][0];
	q->errors_fd = pipes[1][0];
	ssize_t n = read(pipes[2][0], &err, sizeof(err)); /* ends when exec has closed it */
	close(pipes[2][0]);
	if (n != (ssize_t)sizeof(err))
		return 0;
	say_no_emulator(c->argv[0], err);
	close(q->serial_fd);
	close(q->errors_fd);
	qemu_stop(q);
	return -err;
}

static int wait_for_end(struct qemu *q)
{
	int status = 0;

	while (waitpid(q->pid, &status, 0) < 0 && errno == EINTR)
		;
	q->pid = 0;
	return status;
}

int qemu_stop(struct qemu *q)
{
	if (q->pid <= 0)
		return 0;
	/* Whether it is still there makes no difference: until waitpid the number is its own. */
	kill(q->pid, SIGKILL);
	return wait_for_end(q);
}

/* Read all of @fd; @text keeps the first @size - 1 bytes. Returns: did it end in time? */
static bool read_answer(int fd, char *text, size_t size)
{
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	char rest[256];
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && poll(&polled, 1, ANSWER_MS) > 0) {
		bool fits = len < size - 1;

		n = read(fd, fits ? text + len : rest, fits ? size - 1 - len : sizeof(rest));
		len += fits && n > 0 ? (size_t)n : 0;
	}
	text[len] = '\0';
	return n <= 0;
}

int qemu_ask(const char *emulator, const char *option, char *text, size_t size)
{
	struct qemu_command c;
	struct qemu q;
	int status = -1;

	text[0] = '\0';
	qemu_command_begin(&c, emulator);
	if (*option)
		qemu_command_add(&c, "%s", option);
	qemu_command_add(&c, "--version");
	if (qemu_start(&q, &c) == 0) {
		bool ended = read_answer(q.serial_fd, text, size);

		close(q.serial_fd);
		close(q.errors_fd);
		if (!ended)
			say("%s has not answered --version for %d s, and nothing is known of it: try it by hand",
			    emulator, ANSWER_MS / 1000);
		/* If it has closed its output, it is about to end; else it is ended. */
		status = ended ? wait_for_end(&q) : qemu_stop(&q);
	}
	qemu_command_fini(&c);
	return status;
}

bool qemu_version_is_enough(const char *emulator)
{
	char text[256];
	unsigned major = 0, minor = 0;
	const char *version;

	if (qemu_ask(emulator, "", text, sizeof(text)) < 0)
		return false;
	version = strstr(text, "version ");
	if (!version || sscanf(version, "version %u.%u", &major, &minor) != 2 ||
	    major >= QEMU_MAJOR_MIN)
		return true;
	say("the emulator is QEMU %u.%u, which is too old: install QEMU %u or later", major, minor,
	    QEMU_MAJOR_MIN);
	return false;
}

bool qemu_kvm_is_usable(void)
{
	char text[8192];
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	FILE *info;
	bool virtualises = false;

	if (fd < 0)
		return false;
	close(fd);
	/*
	 * On some hosts /dev/kvm opens and the guests do not run. The first CPU is taken to be like
	 * all.
	 */
	info = fopen("/proc/cpuinfo", "re");
	while (info && !virtualises && fgets(text, sizeof(text), info)) {
		if (strncmp(text, "flags", 5) != 0)
			continue;
		virtualises = strstr(text, " vmx") || strstr(text, " svm");
		break;
	}
	if (info)
		fclose(info);
	return virtualises;
}
