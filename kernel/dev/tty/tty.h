/* SPDX-License-Identifier: MIT */
/*
 * Terminals: what stands between a line (serial port, host link, pseudo-terminal) and the programs
 * that use it.
 */
#pragma once

#include "lib/refcount.h"
#include "lib/ringbuf.h"
#include "sched/mutex.h"
#include "vfs/file.h"

#include <asm/termbits.h>
#include <asm/termios.h>

#define TTY_BUFFER_BYTES 4096U /* of raw input, of edited input, of output: a page each */

struct pid;
struct process;
struct tty;

/* What carries a terminal's bytes. */
struct tty_driver {
	/*
	 * Send: the bytes taken, maybe fewer (then tty_writable is called later). Locks:
	 * tty->out_lock.
	 */
	size_t (*write)(struct tty *tty, const void *data, size_t len_bytes);
	/*
	 * @len_bytes of tty_receive's bytes have left the raw buffer. NULL: nothing to do. Context:
	 * task.
	 */
	void (*consumed)(struct tty *tty, u32 len_bytes);
	/* One more file stands on it (tty->lock held) / one less. NULL: nothing to do. */
	int (*open)(struct tty *tty);
	void (*close)(struct tty *tty);
	/* The output buffer is where the other side reads: what stands in it counts as sent. */
	bool out_is_received;
	/* The last user went. NULL: it lives as long as the kernel. */
	void (*free)(struct tty *tty);
};

struct SHARED tty {
	const struct tty_driver *driver; /* [I]                                               */
	void *driver_data;		 /* [I]                                               */
	dev_t device;			 /* [I] for stat and ttyname                          */
	char name[12];			 /* [I] "ttyS0"                                       */

	/* What came and was not looked at. */
	struct spinlock input_lock; /* class tty_input                                    */
	struct ringbuf raw;	    /* [input_lock]                                       */
	bool resize_pending;	    /* [input_lock]                                       */
	struct winsize resize_to;   /* [input_lock]                                       */
	bool queued;		    /* [leaf_irq] for the terminal thread                 */
	struct list_node work_node; /* [leaf_irq]                                         */

	/* Settings, and the line that is being edited. */
	struct mutex lock;	 /* class tty                                          */
	struct termios2 termios; /* [lock] single words are also read without          */
	struct winsize winsize;	 /* [lock]                                             */
	u8 *line;		 /* [I] ring of TTY_BUFFER_BYTES                       */
	u64 *marks;		 /* [lock] bit i: line[i] ends a line                  */
	/* [lock] free-running: readable up to commit (canonical) or head */
	u32 tail, commit, head;
	u32 line_column;      /* [lock] output column at which the line began       */
	bool literal_next;    /* [lock] ^V was typed                                */
	struct waitq readers; /* [I]                                                */

	/* What is to go out. */
	struct mutex out_lock; /* class tty_output                                   */
	struct ringbuf out;    /* [out_lock] processed, not yet taken by the driver  */
	u32 column;	       /* [out_lock]                                         */
	bool stopped;	       /* [out_lock] by ^S or TCXONC                         */
	struct waitq writers;  /* [I]                                                */

	struct pid *session, *pgrp; /* [process_tree] referenced; NULL                    */
	u32 generation;		    /* [a] goes up at a hang-up: older files are dead     */
	u32 users;		    /* [a] files, and who looks at it meanwhile           */
	u32 nr_open;		    /* [lock] files                                       */
	bool exclusive;		    /* [lock] TIOCEXCL                                    */
	bool gone;		    /* [a] the other side of a pseudo-terminal is closed  */
};

/* An open file of a terminal. */
struct tty_file {
	struct tty *tty;
	u32 generation;
	bool survives_hangup; /* it is /dev/console's */
};

/*
 * dev.tty.legacy_tiocsti: may a program without CAP_SYS_ADMIN put bytes into its terminal's input
 * (TIOCSTI), which a shell that it returns to would take for typed?
 */
extern bool tty_insertion_allowed;

/* The terminals' thread and the devices of dev/tty/tty_ports.c. Boot. */
void tty_init(void);

/* Set up @tty (zeroed, with driver, device and name): 0, -ENOMEM. And free its buffers. */
int tty_setup(struct tty *tty) __must_check;
void tty_fini(struct tty *tty);
/* The same without waking the terminals' thread: the caller goes on with tty_process_input. */
size_t tty_receive_quietly(struct tty *tty, const void *data, size_t len_bytes);
/* Bytes from the line: how many were taken (others are lost). Context: any. */
size_t tty_receive(struct tty *tty, const void *data, size_t len_bytes);
/* The driver can take more output. Context: any. */
void tty_writable(struct tty *tty);
/* The window's size is another one. Context: any. */
void tty_resize(struct tty *tty, const struct winsize *size);
/* Deal with what was received, now, in this thread. Context: task. */
void tty_process_input(struct tty *tty);
/* The line is gone: open files are dead, its session loses it and is told. Context: task. */
void tty_hangup(struct tty *tty);

/* One more user, one less. */
static inline void tty_get(struct tty *tty)
{
	refs_get(&tty->users);
}
void tty_put(struct tty *tty);

/* A file on @tty: for opens of ttys and of /dev/tty. 0, -EIO, -EBUSY, -ENOMEM. */
int tty_open_file(struct tty *tty, struct file *file) __must_check;
struct tty *tty_of_file(const struct file *file);
extern const struct file_ops tty_file_ops;
/*
 * For /proc/PID/stat: the numbers of @process's terminal and its foreground group; 0 and -1 when it
 * has none.
 */
void tty_describe_of(struct process *process, dev_t *device, pid_t *foreground);
