/* SPDX-License-Identifier: MIT */
/*
 * A few sockets in flight, and the files that count and collect them. A socket here is a queue of
 * messages and an open file; what a program holds of it is a reference of the test.
 */
#pragma once

#include "unit_test.h"
#include "unit_sleep.h"

#include "ipc/unix/unix_flight.h"
#include "vfs/vfs.h"

#define SOCKETS_MAX 4
#define QUEUE_MAX 8

/* How the sockets carry each other. */
enum shape {
	ONE_EACH, /* a message for each file */
	TOGETHER, /* one message with all files */
	BACKLOG,  /* in the queues of connections that the socket has not accepted */
	NR_SHAPES,
};

struct node {
	struct unix_socket socket, connection; /* connection: in the backlog of socket */
	struct file file;
	struct unix_ancillary queue[QUEUE_MAX]; /* of socket, or of connection */
	unsigned nr_queued;
	bool held, ended;
	bool accepts;  /* it has a connection */
	bool accepted; /* which a program has */
};

extern struct node nodes[SOCKETS_MAX];
extern unsigned nr_nodes;
extern unsigned carries[SOCKETS_MAX][SOCKETS_MAX]; /* messages with J in the queue of I */
extern unsigned long charged;
extern unsigned long charge_limit; /* above which a charge is refused; 0: none */
extern void (*step_hook)(void);	   /* called between the steps of a collection */

extern void (*collector)(void *); /* the thread */

/* Before each test. */
int setup_flights(void **state);
/* @bits: which of the nr_nodes^2 arrows there are. All sockets are held. */
void make_graph(u64 bits, enum shape shape);
/* A message, launched and in no queue: the first @nr files from @first on that are in @which. */
struct unix_rights *rights_for(unsigned first, const unsigned *which, unsigned nr);
/* close(2) of what the program holds of @node. */
void close_held(struct node *node);
/* The queue of @node is discarded. */
void end_queue(struct node *node);
/* What the collector's thread does when the time has come: if it is wanted; in any case. */
void collect_now(void);
void collect_anyway(void);
/* What programs reach, and the sockets with these bits, and what those lead to, is whole. */
void check_alive(unsigned also);
/* And nothing else is there any more. */
void check(unsigned also);
