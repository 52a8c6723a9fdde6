/* SPDX-License-Identifier: MIT */
/*
 * The order of all locks. A thread that holds a lock may take only locks of a higher rank. Two of
 * one class at a time need the *_pair functions (ordered by address). SLEEP classes are mutexes
 * (sched/mutex.h), SPIN classes spinlocks; IRQ classes are also taken in interrupt context and
 * therefore always with interrupts off.
 *
 * inode comes before vm_map because write(2) may fault while it copies from user memory with the
 * inode locked; so the fault path may never take an inode lock. The same holds for pipe, tty and
 * other objects: a lock may be held over a user copy only if it is ranked before vm_map.
 */
#pragma once

#include "lib/types.h"

/*         rank name          kind   taken in  protects                                     */
#define LOCK_CLASS_TABLE(LOCK_CLASS)                                                               \
	LOCK_CLASS(7, socket_bind, SLEEP, TASK, "the giving of a name to one socket")              \
	LOCK_CLASS(8, file_pos, SLEEP, TASK, "the position of one open file")                      \
	LOCK_CLASS(9, rename, SLEEP, TASK, "the shape of one file system's tree")                  \
	LOCK_CLASS(10, inode, SLEEP, TASK, "size, contents and entries of one inode")              \
	LOCK_CLASS(11, procfs, SLEEP, TASK, "the text of one open file of /proc")                  \
	LOCK_CLASS(12, pipe, SLEEP, TASK, "the bytes and ends of one pipe")                        \
	LOCK_CLASS(13, tty, SLEEP, TASK, "termios and the reader's side of one terminal")          \
	LOCK_CLASS(13, socket, SLEEP, TASK, "what has arrived at one socket")                      \
	LOCK_CLASS(14, socket_flight, SLEEP, TASK, "open files on their way through sockets")      \
	LOCK_CLASS(15, epoll, SLEEP, TASK, "the interest list of one epoll instance")              \
	LOCK_CLASS(16, tty_output, SLEEP, TASK, "the bytes on their way out of one terminal")      \
	LOCK_CLASS(20, vm_map, SLEEP, TASK, "the mappings of one address space")                   \
	LOCK_CLASS(25, vm_object, SLEEP, TASK, "filling and truncating the pages of one object")   \
	LOCK_CLASS(26, block_write, SLEEP, TASK,                                                   \
		   "the blocks of one disk that are written in part")                              \
	LOCK_CLASS(40, process_tree, SPIN, TASK, "parent and child links, sessions, groups, pids") \
	LOCK_CLASS(42, signal, SPIN, IRQ, "pending signals and handlers of one process")           \
	LOCK_CLASS(44, fdtable, SPIN, TASK, "the descriptors of one table")                        \
	LOCK_CLASS(45, mount, SPIN, TASK, "the mount table")                                       \
	LOCK_CLASS(46, dentry, SPIN, TASK, "the directory-entry cache")                            \
	LOCK_CLASS(47, inode_state, SPIN, TASK, "an inode's times, links and cached state")        \
	LOCK_CLASS(48, object_pages, SPIN, TASK, "the page index of one object")                   \
	LOCK_CLASS(48, block_devices, SPIN, TASK, "the list of disks and partitions")              \
	LOCK_CLASS(49, block_queue, SPIN, TASK, "the requests of one disk")                        \
	LOCK_CLASS(49, page_table, SPIN, TASK, "the page tables of one address space")             \
	LOCK_CLASS(50, device, SPIN, IRQ, "the queues and registers of one device")                \
	LOCK_CLASS(51, socket_names, SPIN, TASK, "names, peers and backlogs of sockets")           \
	LOCK_CLASS(52, tty_input, SPIN, IRQ, "the characters that arrived at one terminal")        \
	LOCK_CLASS(53, uart_port, SPIN, IRQ, "the registers of the serial port")                   \
	LOCK_CLASS(54, futex, SPIN, TASK, "the sleepers of one futex bucket")                      \
	LOCK_CLASS(56, clock_page, SPIN, IRQ, "the page that programs read the time from")         \
	LOCK_CLASS(57, sched_choice, SPIN, TASK, "which policy ordinary threads have")             \
	LOCK_CLASS(58, waitq, SPIN, IRQ, "the sleepers of one wait queue")                         \
	LOCK_CLASS(59, epoll_waitq, SPIN, IRQ, "the sleepers of one epoll instance")               \
	LOCK_CLASS(60, runqueue, SPIN, IRQ, "the ready threads of one CPU")                        \
	LOCK_CLASS(61, timer, SPIN, IRQ, "the pending timers of one CPU")                          \
	LOCK_CLASS(68, slab, SPIN, TASK, "the slabs of one object cache")                          \
	LOCK_CLASS(69, kmap, SPIN, TASK, "the kernel's own mappings")                              \
	LOCK_CLASS(70, page_zone, SPIN, TASK, "free lists of the frame allocator")                 \
	LOCK_CLASS(75, leaf, SPIN, TASK, "a counter or list that takes no other lock")             \
	LOCK_CLASS(76, leaf_irq, SPIN, IRQ, "the same, also reached from interrupts")              \
	LOCK_CLASS(90, console, SPIN, IRQ, "the log ring and the console's output")

enum lock_class {
#define LOCK_CLASS(rank, name, kind, context, what) LOCK_##name,
	LOCK_CLASS_TABLE(LOCK_CLASS)
#undef LOCK_CLASS
		LOCK_NR_CLASSES
};

/* In some builds a lock knows its class. */
#if defined(LOCKCHECK) || defined(LOCKSTAT)
#define LOCKS_KNOW_CLASS 1
#endif

/* Facts of one class, for the checker and for /proc. */
struct lock_class_info {
	const char *name;
	unsigned char rank;
	bool sleeps;
	bool in_irq;
	const char *protects;
};
extern const struct lock_class_info lock_class_table[LOCK_NR_CLASSES];
