/* SPDX-License-Identifier: MIT */
/* Addresses and connections of unix sockets, between the files of ipc/unix/. */
#pragma once

#include "ipc/unix/unix_socket.h"

/* ---- unix_name.c ---- */
void unix_name_put(struct unix_name *name);
/* Its name goes out of the tables. */
void unix_name_unbind(struct unix_socket *u);
int unix_bind(struct socket *socket, const struct socket_address *address);
/* A name of its own choosing, if it has none: 0, -ENOMEM, -ENOSPC. */
int unix_autobind(struct unix_socket *u) __must_check;
/* The socket of @type at @address, referenced. -EINVAL, -ECONNREFUSED, -EPROTOTYPE, -EACCES, ... */
int unix_name_lookup(const struct socket_address *address, int type, struct unix_socket **out)
	__must_check;
int unix_get_name(struct socket *socket, bool of_peer, struct socket_address *out);
/* The address of @u, as a receiver sees it. */
void unix_copy_name(struct unix_socket *u, struct socket_address *out);

/* ---- unix_connect.c ---- */
/* The current peer with a reference, or NULL. */
struct unix_socket *unix_peer_get(struct unix_socket *u);
int unix_listen(struct socket *socket, int backlog);
int unix_accept(struct socket *socket, int listener_flags, int flags, struct file **out);
int unix_stream_connect(struct socket *socket, const struct socket_address *address, int flags);
int unix_datagram_connect(struct socket *socket, const struct socket_address *address, int flags);
/* Make @peer (its reference is taken over; NULL: none) the one that the datagram socket @u sends
 * to. Returns the former one, whose reference is the caller's. */
struct unix_socket *unix_datagram_set_peer(struct unix_socket *u, struct unix_socket *peer);
/* Forget the peer, if it is still this one. */
void unix_datagram_forget(struct unix_socket *u, const struct unix_socket *peer);
/* Is there room where the datagram socket @u sends? If not, u->writers is woken when there is. */
bool unix_datagram_has_room(struct unix_socket *u);
/* There is room in @u's queue again, or it is dead: tell those that wait for it. */
void unix_wake_followers(struct unix_socket *u);
/* May @u send datagrams to @to, which may be for another one alone? unix_packet.c D3. */
bool unix_may_send(const struct unix_socket *u, const struct unix_socket *to);
void unix_join(struct unix_socket *a, struct unix_socket *b);
