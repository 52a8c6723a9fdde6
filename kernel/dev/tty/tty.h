/* SPDX-License-Identifier: MIT */
/*
 * Terminals: between a line (serial port, host link, pseudo-terminal) and the programs that use it.
 */
#pragma once

#include "lib/refcount.h"
#include "lib/ringbuf.h"
#include "sched/mutex.h"
#include "vfs/file/file.h"

#include <asm/termbits.h>
#include <asm/termios.h>

#define TTY_BUFFER_BYTES 4096U /* of raw input, of edited input, of output: a page each */

struct pid;
struct process;
struct tty;

/* The line of a terminal. */
struct tty_driver {
	/*
	 * Send: the bytes taken. If fewer than all, tty_writable is called later. Locks:
	 * tty->out_lock held.
	 */
	size_t (*write)(struct tty *tty, const void *data, size_t len_bytes);
	/*
	 * @len_bytes of the received bytes have left the raw buffer. NULL: nothing to do. Context:
	 * task.
	 */
	void (*consumed)(struct tty *tty, u32 len_bytes);
	/*
	 * A file of the terminal is opened (tty->lock held: 0 or error) or closed. NULL: nothing.
	 */
	int (*open)(struct tty *tty);
	void (*close)(struct tty *tty);
	/* The other side reads the output buffer: bytes in it count as sent. */
	bool out_is_received;
	/* The last reference was put. NULL: the terminal lives as long as the kernel. */
	void (*free)(struct tty *tty);
};

struct SHARED tty {
	const struct tty_driver *driver; /* [I]                                               */
	void *driver_data;		 /* [I]                                               */
	dev_t device;			 /* [I] for stat and ttyname                          */
	char name[12];			 /* [I] "ttyS0"                                       */

	/* Received and not yet processed. */
	struct spinlock input_lock; /* class tty_input                                    */
	struct ringbuf raw;	    /* [input_lock]                                       */
	bool resize_pending;	    /* [input_lock]                                       */
	struct winsize resize_to;   /* [input_lock]                                       */
	bool queued;		    /* [leaf_irq] on the list of the terminals' thread    */
	struct list_node work_node; /* [leaf_irq]                                         */

	/* Settings, and the line that is edited. */
	struct mutex lock;	 /* class tty                                          */
	struct termios2 termios; /* [lock] single words are also read without it       */
	struct winsize winsize;	 /* [lock]                                             */
	u8 *line;		 /* [I] ring of TTY_BUFFER_BYTES                       */
	u64 *marks;		 /* [lock] bit i: line[i] ends a line                  */
	/* [lock] free-running: readable up to commit (canonical) or head */
	u32 tail, commit, head;
	u32 line_column;      /* [lock] output column at which the line begins      */
	bool literal_next;    /* [lock] ^V was typed                                */
	struct waitq readers; /* [I]                                                */

	/* Output. */
	struct mutex out_lock; /* class tty_output                                   */
	struct ringbuf out;    /* [out_lock] processed bytes for the driver          */
	u32 column;	       /* [out_lock]                                         */
	bool stopped;	       /* [out_lock] by ^S or TCXONC                         */
	bool is_written;       /* [a] a write goes on; others wait for its end        */
	struct waitq writers;  /* [I]                                                */

	struct pid *session, *pgrp; /* [process_tree] referenced; NULL                    */
	u32 generation;		    /* [a] incremented at a hang-up: older files are dead */
	struct refcount users;	    /* [a] references: files, the session, calls          */
	u32 nr_open;		    /* [lock] open files                                  */
	bool exclusive;		    /* [lock] TIOCEXCL                                    */
	bool gone;		    /* [a] the master of a pseudo-terminal is closed      */
};

/* An open file of a terminal. */
struct tty_file {
	struct tty *tty;
	u32 generation;
	bool survives_hangup; /* it was opened as /dev/console */
};

/*
 * dev.tty.legacy_tiocsti: may a program without CAP_SYS_ADMIN insert bytes into its terminal's
 * input (TIOCSTI)? A shell would take them for typed after the program's end.
 */
extern bool tty_insertion_allowed;

/* Create the terminals' thread and the devices of tty_ports.c and pty.c. Boot. */
void tty_init(void);

/* Set up @tty, which is zeroed but for driver, device and name: 0, -ENOMEM. */
int tty_setup(struct tty *tty) __must_check;
/* Free the buffers of @tty. */
void tty_fini(struct tty *tty);
/* tty_receive without waking the terminals' thread: the caller calls tty_process_input. */
size_t tty_receive_quietly(struct tty *tty, const void *data, size_t len_bytes);
/* Bytes have arrived from the line: the number taken; others are lost. Context: any. */
size_t tty_receive(struct tty *tty, const void *data, size_t len_bytes);
/* The driver can take more output. Context: any. */
void tty_writable(struct tty *tty);
/* The window has size @size now. Context: any. */
void tty_resize(struct tty *tty, const struct winsize *size);
/* Process what was received in the current thread. Context: task; may sleep. */
void tty_process_input(struct tty *tty);
/* Hang up: open files become dead, the session loses the terminal. Context: task; may sleep. */
void tty_hangup(struct tty *tty);

/* Take a reference. tty_put gives it back; the last one calls driver->free. */
static inline void tty_get(struct tty *tty)
{
	refcount_get(&tty->users);
}
void tty_put(struct tty *tty);

/* Make @file one of @tty: for opens of terminals and of /dev/tty. 0, -EIO, -EBUSY, -ENOMEM. */
int tty_open_file(struct tty *tty, struct file *file) __must_check;
struct tty *tty_of_file(const struct file *file);
extern const struct file_ops tty_file_ops;
/*
 * For /proc/PID/stat: the numbers of @process's controlling terminal and its foreground group; 0
 * and -1 if it has none.
 */
void tty_describe_of(struct process *process, dev_t *device, pid_t *foreground);
