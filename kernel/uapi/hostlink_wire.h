/* SPDX-License-Identifier: MIT */
/*
 * The wire between the host command and the guest: frames on one virtio-console port
 * (docs/hostlink.md).
 * Shared by the kernel, the guest's init and the host command, so: plain C and <linux/types.h>
 * only.
 * All numbers are little endian.
 */
#pragma once

#include <linux/types.h>

#define HOSTLINK_VERSION 4u

/* What a frame is. Direction: G guest to host, H host to guest. */
enum hostlink_kind {
	HOSTLINK_HELLO =
		1, /* G, H: control; __u32 version. Nothing is sent by the host before it    */
	HOSTLINK_DATA =
		2, /* G, H: bytes of the channel, paid from credit                           */
	HOSTLINK_CREDIT =
		3, /* by the channel's receiver: __u32 further bytes its sender may send     */
	HOSTLINK_EOF =
		4, /* by the channel's sender: no more will come                             */
	HOSTLINK_HANGUP =
		5, /* by the channel's receiver: it is gone; __u32 errno that writers get    */
	HOSTLINK_WINSIZE =
		6, /* H: console; struct hostlink_winsize                                    */
	HOSTLINK_EXIT =
		7, /* G: control; __s32 wait status of the main program                      */
	HOSTLINK_FAIL =
		8, /* G: control; __s32 errno: the main program could not be executed        */
	HOSTLINK_READY =
		9, /* G: control; empty: init has started                                    */
	HOSTLINK_ALIVE =
		10, /* G: control; struct hostlink_alive; only with option heartbeat=        */
	HOSTLINK_OUT_OF_MEMORY =
		11, /* G: control; struct hostlink_out_of_memory; at most once, before EXIT  */
	HOSTLINK_SHORTAGE =
		12, /* G: control; struct hostlink_shortage; at most once, before EXIT       */
	HOSTLINK_SIGNAL =
		13, /* H: control; __u32 signal, 1 to 31, that the program is to get         */
	HOSTLINK_SWITCHED_OFF =
		14, /* G: control; __u32 enum hostlink_off; reboot(2) was called             */
};

/* What ends the machine. */
enum hostlink_off { HOSTLINK_POWER_OFF = 1, HOSTLINK_RESTART = 2 };

#define HOSTLINK_KIND_LAST HOSTLINK_SWITCHED_OFF
#define HOSTLINK_SIGNALS 32u /* their numbers are below */

enum hostlink_channel {
	HOSTLINK_STDIN = 0,   /* host to guest */
	HOSTLINK_STDOUT = 1,  /* guest to host */
	HOSTLINK_STDERR = 2,  /* guest to host */
	HOSTLINK_CONSOLE = 3, /* both ways: a terminal */
	HOSTLINK_CONTROL = 4,
};

#define HOSTLINK_NR_CHANNELS 5

struct hostlink_header {
	__u8 kind;    /* enum hostlink_kind */
	__u8 channel; /* enum hostlink_channel */
	__u16 zero;
	__u32 length; /* of the payload that follows */
};

/* A whole frame of kind SIGNAL, as /dev/host/control gives it. */
struct hostlink_signal_frame {
	struct hostlink_header header;
	__u32 signal;
};

struct hostlink_winsize {
	__u16 rows, cols, xpixel, ypixel;
};

/* Periods in which the timer interrupted, and in which a thread of the kernel got the CPU. */
struct hostlink_alive {
	__u32 interrupts, threads;
};

/* Which process was ended because the guest's memory ran out. */
struct hostlink_out_of_memory {
	__u32 victims;	/* how many */
	__s32 last_pid; /* and the last of them */
	char last_name[16];
};

/* How often programs were refused something because there was no more of it. */
struct hostlink_shortage {
	__u32 disk;    /* space in a file system of the guest */
	__u32 threads; /* a process or a thread */
};

#define HOSTLINK_HEADER_BYTES 8u
#define HOSTLINK_PAYLOAD_MAX                                                                       \
	65536u /* of DATA; the other kinds carry at most HOSTLINK_MESSAGE_MAX */
#define HOSTLINK_MESSAGE_MAX 24u
#define HOSTLINK_CREDIT_WINDOW                                                                     \
	65536u /* what a receiver grants at the start, and at most has granted */

_Static_assert(sizeof(struct hostlink_header) == HOSTLINK_HEADER_BYTES, "wire format");
_Static_assert(sizeof(struct hostlink_signal_frame) == 12, "wire format");
_Static_assert(sizeof(struct hostlink_alive) == 8, "wire format");
_Static_assert(sizeof(struct hostlink_shortage) == 8, "wire format");
_Static_assert(sizeof(struct hostlink_winsize) == 8, "wire format");
_Static_assert(sizeof(struct hostlink_out_of_memory) == HOSTLINK_MESSAGE_MAX, "wire format");

/*
 * Where init finds what it is to do, in the initramfs. Lists: NUL-terminated strings one after
 * another.
 */
#define HOSTLINK_ARGV_FILE "/creance/argv"
#define HOSTLINK_ENVP_FILE "/creance/envp"
#define HOSTLINK_PATH_FILE "/creance/path" /* the file to execute; without it argv[0] is the path */
#define HOSTLINK_MODE_FILE "/creance/mode" /* one of the two words below */
#define HOSTLINK_USER_FILE "/creance/user" /* UID, GID, folder to begin in; without it root, in / */
#define HOSTLINK_STDIN_FILE "/creance/stdin"   /* if it is there, the program's standard input */
#define HOSTLINK_CLOSED_FILE "/creance/closed" /* numbers of streams that the program has not */
#define HOSTLINK_MODE_RUN "run"
#define HOSTLINK_MODE_SHELL "shell"
