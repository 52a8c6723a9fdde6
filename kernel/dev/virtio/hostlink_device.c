// SPDX-License-Identifier: MIT
/*
 * hostlink_device.c -- /dev/host/stdin, stdout, stderr and control: the host's streams as character
 * devices.
 *
 * Parts.  A device for each channel; the minor number is the channel's. The streams are bytes;
 *   control takes and gives whole frames. Locks: none of its own.
 * Tests.  tests/system/run.t, errors.t.
 */
#include "dev/virtio/hostlink.h"
#include "vfs/file/pollwait.h"
#include "vfs/inode/device_number.h"
#include "vm/user_copy.h"

#include <asm/fcntl.h>
#include <asm/ioctls.h>

/* Numbers of the range for local use (Documentation/admin-guide/devices.txt: 60-63, 120-127). */
#define HOST_MAJOR 120

static unsigned channel_of(const struct file *file)
{
	return device_minor(file->inode->device);
}

static int host_open(struct inode *inode, struct file *file)
{
	unsigned channel = device_minor(inode->device);

	if (!hostlink_present())
		return -ENODEV;
	return channel == HOSTLINK_STDIN ? hostlink_open_receive(channel) : 0;
}

/*
 * One whole frame: a signal that the host has sent. There is nothing to wait for here: the first
 * process gets SIGIO when one has come.
 */
static ssize_t host_read_control(struct uio *uio)
{
	struct hostlink_signal_frame frame = {.header = {.kind = HOSTLINK_SIGNAL,
							 .channel = HOSTLINK_CONTROL,
							 .length = sizeof(frame.signal)}};

	if (uio->left_bytes < sizeof(frame))
		return -EINVAL;
	frame.signal = hostlink_take_signal();
	if (!frame.signal)
		return -EAGAIN;
	return uio_copy_in(uio, &frame, sizeof(frame)) == sizeof(frame) ? (ssize_t)sizeof(frame)
									: -EFAULT;
}

static ssize_t host_read(struct file *file, struct uio *uio, u64 *pos)
{
	if (channel_of(file) == HOSTLINK_CONTROL)
		return host_read_control(uio);
	if (channel_of(file) != HOSTLINK_STDIN)
		return -EINVAL;
	return hostlink_read(HOSTLINK_STDIN, uio, READ_ONCE(file->flags) & O_NONBLOCK);
}

/*
 * The bytes written are exactly one frame, header and payload. That the machine ends is not for a
 * program to say, but for the kernel when it ends it.
 */
static ssize_t host_write_control(struct uio *uio)
{
	struct {
		struct hostlink_header header;
		u8 payload[HOSTLINK_MESSAGE_MAX];
	} frame;
	size_t len = uio->left_bytes;
	int err;

	if (len < sizeof(frame.header) || len > sizeof(frame))
		return -EINVAL;
	if (uio_copy_out(uio, &frame, len) != len)
		return -EFAULT;
	if (frame.header.channel != HOSTLINK_CONTROL ||
	    frame.header.length != len - sizeof(frame.header) ||
	    frame.header.kind == HOSTLINK_SWITCHED_OFF)
		return -EINVAL;
	err = hostlink_send_control(frame.header.kind, frame.payload, frame.header.length);
	return err ? err : (ssize_t)len;
}

void hostlink_tell_end(enum hostlink_off how)
{
	u32 value = how;

	ignore_result(hostlink_send_control(HOSTLINK_SWITCHED_OFF, &value, sizeof(value)),
		      "without a host nobody need know");
}

static ssize_t host_write(struct file *file, struct uio *uio, u64 *pos)
{
	switch (channel_of(file)) {
	case HOSTLINK_STDOUT:
	case HOSTLINK_STDERR:
		return hostlink_write(channel_of(file), uio, READ_ONCE(file->flags) & O_NONBLOCK);
	case HOSTLINK_CONTROL:
		return host_write_control(uio);
	default:
		return -EINVAL;
	}
}

static u32 host_poll(struct file *file, struct poll_table *table)
{
	unsigned channel = channel_of(file);

	poll_wait(table, hostlink_read_queue(channel));
	poll_wait(table, hostlink_write_queue(channel));
	return hostlink_poll_events(channel);
}

static long host_ioctl(struct file *file, unsigned cmd, u64 arg)
{
	if (cmd == FIONREAD && channel_of(file) == HOSTLINK_STDIN)
		return put_user_u32(hostlink_readable(HOSTLINK_STDIN), (u32 __user *)arg);
	return -ENOTTY;
}

static int host_fsync(struct file *file)
{
	virtio_console_drain();
	return 0;
}

static const struct file_ops host_file_ops = {
	.read = host_read,
	.write = host_write,
	.ioctl = host_ioctl,
	.poll = host_poll,
	.open = host_open,
	.fsync = host_fsync,
};

int hostlink_devices_register(void)
{
	static const struct {
		const char *name;
		unsigned channel;
	} nodes[] = {
		{"host/stdin", HOSTLINK_STDIN},
		{"host/stdout", HOSTLINK_STDOUT},
		{"host/stderr", HOSTLINK_STDERR},
		{"host/control", HOSTLINK_CONTROL},
	};
	int err = 0;

	if (!hostlink_present())
		return 0;
	for (unsigned i = 0; i < ARRAY_SIZE(nodes) && !err; i++)
		err = char_device_register(device_make(HOST_MAJOR, nodes[i].channel), nodes[i].name,
					   nodes[i].channel == HOSTLINK_CONTROL ? 0600 : 0666,
					   &host_file_ops, NULL);
	return err;
}
