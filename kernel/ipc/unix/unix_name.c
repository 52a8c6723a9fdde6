// SPDX-License-Identifier: MIT
/*
 * unix_name.c -- addresses of unix sockets: paths, abstract names, none. unix(7), "Address format".
 *
 * Idea.  All bound sockets are in one hash table. An abstract name is looked up by its bytes and
 *   the type of the socket. A path leads through the file system to an inode, by which the socket
 *   that is bound to it is looked up. So a renamed or linked socket file still leads to the socket,
 *   and a removed file does not.
 * Locks.  unix_names; paths are walked without it. u->bind_lock is held for all of a bind: of two
 *   binds of one socket at a time, the second finds the name of the first and makes no file.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "core/random.h"
#include "ipc/unix/unix_connect.h"
#include "lib/hash.h"
#include "lib/refcount.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "vfs/name/name_ops.h"

#define BUCKET_BITS 8
#define FAMILY_LEN ((u32)offsetof(struct sockaddr_un, sun_path))
#define PATH_MAX_UN (sizeof(struct sockaddr_un) - FAMILY_LEN)
#define AUTOBIND_NAMES 0x100000U /* five hexadecimal digits */

static struct hlist buckets[1 << BUCKET_BITS]; /* [socket_names] */
static u32 next_autobind;		       /* [a] */
static u64 bucket_key;			       /* [I] */

void unix_name_init(void)
{
	bucket_key = random_u64() | 1;
}

void unix_name_put(struct unix_name *name)
{
	if (refcount_put(&name->refs))
		kfree(name);
}

static struct hlist *bucket_of(u64 hash)
{
	return &buckets[hash_keyed(hash, bucket_key, BUCKET_BITS)];
}

static struct hlist *abstract_bucket(const struct sockaddr_un *address, u32 len, int type)
{
	return bucket_of(hash_bytes(address->sun_path, len - FAMILY_LEN, bucket_key ^ (u64)type));
}

/* ---- looking up ---- */

/* Is the address one that unix(7) allows? 0, -EINVAL. */
static int check_address(const struct socket_address *address)
{
	if (address->len <= FAMILY_LEN || address->len > sizeof(struct sockaddr_un) ||
	    address->family != AF_UNIX)
		return -EINVAL;
	return 0;
}

static bool is_abstract(const struct socket_address *address)
{
	return !address->bytes[FAMILY_LEN];
}

/* Copy the path of an address, where it need not end in a NUL. */
static void path_of(const struct socket_address *address, char path[PATH_MAX_UN + 1])
{
	u32 len = address->len - FAMILY_LEN;

	memcpy(path, address->bytes + FAMILY_LEN, len);
	path[len] = '\0';
}

/* The socket with this abstract name, or NULL. */
static struct unix_socket *find_abstract(const struct sockaddr_un *address, u32 len, int type)
	REQUIRES(unix_names)
{
	struct unix_socket *u;

	assert_spin_held(&unix_names);
	hlist_for_each_entry(u, abstract_bucket(address, len, type), by_name)
		if (!u->bound_to && u->socket.type == type && u->name->len == len &&
		    !memcmp(&u->name->address, address, len))
			return u;
	return NULL;
}

static int lookup_abstract(const struct socket_address *address, int type, struct unix_socket **out)
{
	spin_lock(&unix_names);
	*out = find_abstract((const struct sockaddr_un *)address->bytes, address->len, type);
	if (*out)
		unix_get(*out);
	spin_unlock(&unix_names);
	return *out ? 0 : -ECONNREFUSED;
}

static int lookup_inode(struct inode *inode, int type, struct unix_socket **out)
{
	struct unix_socket *u, *found = NULL;

	spin_lock(&unix_names);
	hlist_for_each_entry(u, bucket_of(hash_ptr(inode)), by_name)
		if (u->bound_to == inode)
			found = u;
	if (found)
		unix_get(found);
	spin_unlock(&unix_names);
	if (!found)
		return -ECONNREFUSED;
	if (found->socket.type != type) {
		unix_put(found);
		return -EPROTOTYPE;
	}
	*out = found;
	return 0;
}

static int lookup_path(const struct socket_address *address, int type, struct unix_socket **out)
{
	char path[PATH_MAX_UN + 1];
	struct inode *inode;
	int err;

	path_of(address, path);
	err = path_lookup_inode(AT_FDCWD, path, WALK_FOLLOW, &inode);
	if (err)
		return err;
	err = inode_permission(inode, MAY_WRITE);
	if (!err)
		err = S_ISSOCK(inode_mode(inode)) ? lookup_inode(inode, type, out) : -ECONNREFUSED;
	inode_put(inode);
	return err;
}

int unix_name_lookup(const struct socket_address *address, int type, struct unix_socket **out)
{
	int err = check_address(address);

	if (err)
		return err;
	return is_abstract(address) ? lookup_abstract(address, type, out)
				    : lookup_path(address, type, out);
}

/* ---- binding ---- */

static struct unix_name *name_alloc(const void *bytes, u32 len)
{
	struct unix_name *name = kzalloc(sizeof(*name), 0);

	if (!name)
		return NULL;
	refcount_init(&name->refs, 1);
	name->len = len;
	memcpy(&name->address, bytes, len);
	name->address.sun_family = AF_UNIX;
	return name;
}

/* Give @u its name and add it to the table. */
static void name_set(struct unix_socket *u, struct unix_name *name, struct inode *inode,
		     struct hlist *bucket) REQUIRES(unix_names, u->bind_lock)
{
	assert_spin_held(&unix_names);
	assert_mutex_held(&u->bind_lock);
	debug_assert(!u->name && !u->dead && name->len > FAMILY_LEN);
	u->bound_to = inode;
	__atomic_store_n(&u->name, name, __ATOMIC_RELEASE);
	hlist_add_first(bucket, &u->by_name);
}

/* @u has no name. */
static int bind_abstract(struct unix_socket *u, struct unix_name *name) REQUIRES(u->bind_lock)
{
	int type = u->socket.type, err = 0;

	spin_lock(&unix_names);
	if (find_abstract(&name->address, name->len, type))
		err = -EADDRINUSE;
	else
		name_set(u, name, NULL, abstract_bucket(&name->address, name->len, type));
	spin_unlock(&unix_names);
	return err;
}

/* @u has no name. */
static int bind_path(struct unix_socket *u, struct unix_name *name, const char *path)
	REQUIRES(u->bind_lock)
{
	struct inode *inode;
	int err = vfs_mknod_inode(AT_FDCWD, path, S_IFSOCK | 0777, 0, &inode);

	if (err)
		return err == -EEXIST ? -EADDRINUSE : err;
	spin_lock(&unix_names);
	name_set(u, name, inode, bucket_of(hash_ptr(inode)));
	spin_unlock(&unix_names);
	return 0;
}

/* @u has no name. */
static int bind_any_number(struct unix_socket *u, struct unix_name *name) REQUIRES(u->bind_lock)
{
	static const char digits[] = "0123456789abcdef";
	int err = -EADDRINUSE;

	for (u32 i = 0; i < AUTOBIND_NAMES && err == -EADDRINUSE; i++) {
		u32 number = __atomic_fetch_add(&next_autobind, 1, __ATOMIC_RELAXED);

		if (thread_kill_pending(current_thread()))
			break; /* other programs may have taken very many names */
		for (u32 d = 0; d < 5; d++)
			name->address.sun_path[5 - d] = digits[number >> (4 * d) & 15];
		err = bind_abstract(u, name);
	}
	return err == -EADDRINUSE ? -ENOSPC : err;
}

int unix_autobind(struct unix_socket *u)
{
	struct unix_name *name;
	int err = 0;

	if (__atomic_load_n(&u->name, __ATOMIC_ACQUIRE))
		return 0;
	name = name_alloc("\1\0", FAMILY_LEN);
	if (!name)
		return -ENOMEM;
	name->len = FAMILY_LEN + 6;
	mutex_lock(&u->bind_lock);
	if (!u->name)
		err = bind_any_number(u, name);
	if (u->name != name)
		unix_name_put(name);
	mutex_unlock(&u->bind_lock);
	return err;
}

static int bind_locked(struct unix_socket *u, struct unix_name *name,
		       const struct socket_address *address) REQUIRES(u->bind_lock)
{
	char path[PATH_MAX_UN + 1];

	if (u->name)
		return -EINVAL;
	if (is_abstract(address))
		return bind_abstract(u, name);
	path_of(address, path);
	name->len = FAMILY_LEN + (u32)strlen(path) + 1;
	return bind_path(u, name, path);
}

int unix_bind(struct socket *socket, const struct socket_address *address)
{
	struct unix_socket *u = unix_of(socket);
	struct unix_name *name;
	int err;

	if (address->len == FAMILY_LEN && address->family == AF_UNIX)
		return unix_autobind(u);
	err = check_address(address);
	if (err)
		return err;
	name = name_alloc(address->bytes, address->len);
	if (!name)
		return -ENOMEM;
	mutex_lock(&u->bind_lock);
	err = bind_locked(u, name, address);
	mutex_unlock(&u->bind_lock);
	if (err)
		unix_name_put(name);
	return err;
}

void unix_name_unbind(struct unix_socket *u)
{
	struct inode *inode;

	spin_lock(&unix_names);
	debug_assert(u->dead); /* it does not come back */
	hlist_remove(&u->by_name);
	inode = u->bound_to;
	u->bound_to = NULL;
	spin_unlock(&unix_names);
	if (inode)
		inode_put(inode);
}

/* ---- reading ---- */

void unix_copy_name(struct unix_socket *u, struct socket_address *out)
{
	const struct unix_name *name = __atomic_load_n(&u->name, __ATOMIC_ACQUIRE);

	out->len = 0;
	if (name) {
		out->len = name->len;
		memcpy(out->bytes, &name->address, min(name->len, (u32)sizeof(name->address)));
		if (name->len > sizeof(name->address)) /* a path that fills it: add its NUL */
			out->bytes[sizeof(name->address)] = 0;
	}
}

int unix_get_name(struct socket *socket, bool of_peer, struct socket_address *out)
{
	struct unix_socket *u = unix_of(socket);

	if (of_peer) {
		u = unix_peer_get(u);
		if (!u)
			return -ENOTCONN;
	}
	unix_copy_name(u, out);
	if (of_peer)
		unix_put(u);
	if (!out->len) {
		out->family = AF_UNIX;
		out->len = FAMILY_LEN;
	}
	return 0;
}
