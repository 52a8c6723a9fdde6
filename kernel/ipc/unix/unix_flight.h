/* SPDX-License-Identifier: MIT */
/*
 * Between unix_flight.c, which counts sockets in flight, and unix_collect.c, which ends lost ones.
 */
#pragma once

#include "ipc/unix/unix_socket.h"

#define UNIX_PUT_MAX 256U /* files that a thread of a program puts itself, at once */

extern struct mutex unix_flights;    /* class socket_flight */
extern struct list_node unix_flying; /* [socket_flight] sockets in flight, by flight_node */
extern u32 unix_nr_flying;	     /* [socket_flight] also read without the lock */

/* Does only a message in flight refer to the file of @u, which is in flight? */
bool unix_only_in_flight(const struct unix_socket *u) REQUIRES(unix_flights);
/*
 * Put the files that other threads have left to the collector. Context: its thread, no lock held.
 */
void unix_rights_flush_left(void);
/* Is there something for unix_rights_flush_left? */
bool unix_rights_are_left(void);

/* Start the collector's thread. Boot. */
void unix_collect_init(void);
/* What was done before this call may have made sockets lost: have them found. Context: task. */
void unix_collect_want(void);
/* There are rights for unix_rights_flush_left. Context: task. */
void unix_collect_leave(void);
/*
 * Wait until the collections have ended that were wanted before, or for a fatal signal. Context:
 * task; may sleep; no lock held.
 */
void unix_collect_wait(void);
/* A message that carries @u, which is in flight, has been received, or is peeked at. */
void unix_collect_touch(struct unix_socket *u) REQUIRES(unix_flights);
