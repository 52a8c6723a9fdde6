/* SPDX-License-Identifier: MIT */
/* Addresses and connections of unix sockets, between the files of ipc/unix/. */
#pragma once

#include "ipc/unix/unix_socket.h"

/* ---- unix_name.c ---- */
/* Give a reference back; the last one frees the name. */
void unix_name_put(struct unix_name *name);
/* Remove @u from the table of names: no thread finds it any more. */
void unix_name_unbind(struct unix_socket *u);
int unix_bind(struct socket *socket, const struct socket_address *address);
/* Give @u an unused abstract name, if it has none: 0, -ENOMEM, -ENOSPC. */
int unix_autobind(struct unix_socket *u) __must_check;
/*
 * The socket of @type at @address, with a reference: 0, -EINVAL, -ECONNREFUSED, -EPROTOTYPE, or an
 * error of the path.
 */
int unix_name_lookup(const struct socket_address *address, int type, struct unix_socket **out)
	__must_check;
int unix_get_name(struct socket *socket, bool of_peer, struct socket_address *out);
/* The address of @u; length 0: it has none. */
void unix_copy_name(struct unix_socket *u, struct socket_address *out);

/* ---- unix_connect.c ---- */
/* The current peer, with a reference; NULL: none. */
struct unix_socket *unix_peer_get(struct unix_socket *u);
int unix_listen(struct socket *socket, int backlog);
int unix_accept(struct socket *socket, int listener_flags, int flags, struct file **out);
int unix_stream_connect(struct socket *socket, const struct socket_address *address, int flags);
int unix_datagram_connect(struct socket *socket, const struct socket_address *address, int flags);
/*
 * Make @peer (NULL: none), whose reference is taken over, the socket to which the datagram socket
 * @u sends. Returns the former one, whose reference becomes the caller's.
 */
struct unix_socket *unix_datagram_set_peer(struct unix_socket *u, struct unix_socket *peer);
/* Drop the peer of @u if it is still @peer. */
void unix_datagram_forget(struct unix_socket *u, const struct unix_socket *peer);
/* Has the peer of the datagram socket @u room? If not, u->writers is woken when it has. */
bool unix_datagram_has_room(struct unix_socket *u);
/* @u's queue has room again, or @u is dead: wake the datagram sockets that wait for that. */
void unix_wake_followers(struct unix_socket *u);
/* Does @to take datagrams from @u, or only from another peer? unix_packet.c D3. */
bool unix_may_send(const struct unix_socket *u, const struct unix_socket *to);
/* Connect two new sockets to each other. */
void unix_join(struct unix_socket *a, struct unix_socket *b);
