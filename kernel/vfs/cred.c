// SPDX-License-Identifier: MIT
#include "vfs/cred.h"

#include "lib/refcount.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "mm/user_account.h"
#include "core/errno.h"

const struct cred cred_root = {
	.refs = REFCOUNT_INIT(1),
	.cap_effective = CRED_CAP_ALL,
	.cap_permitted = CRED_CAP_ALL,
	.cap_bounding = CRED_CAP_ALL,
	.user = &user_account_root,
};

/* The count is the only field of a shared object that changes. */
static struct refcount *cred_refs(const struct cred *cred)
{
	return (struct refcount *)(uintptr_t)&cred->refs;
}

void cred_get(const struct cred *cred)
{
	if (cred != &cred_root)
		refcount_get(cred_refs(cred));
}

void cred_put(const struct cred *cred)
{
	if (cred == &cred_root || !refcount_put(cred_refs(cred)))
		return;
	user_account_put(cred->user);
	kfree((void *)(uintptr_t)cred);
}

struct cred *cred_copy_with_groups(const struct cred *from, u32 nr_groups)
{
	struct cred *cred = kmalloc(sizeof(*cred) + nr_groups * sizeof(gid_t), 0);

	if (!cred)
		return NULL;
	memcpy(cred, from, sizeof(*cred));
	refcount_init(&cred->refs, 1);
	cred->nr_groups = nr_groups;
	user_account_get(cred->user);
	return cred;
}

int cred_set_user(struct cred *cred)
{
	struct user_account *user;

	if (cred->user->uid == cred->uid)
		return 0;
	user = user_account_lookup(cred->uid);
	if (!user)
		return -ENOMEM;
	user_account_put(cred->user);
	cred->user = user;
	return 0;
}

struct cred *cred_copy(const struct cred *from)
{
	struct cred *cred = cred_copy_with_groups(from, from->nr_groups);

	if (cred)
		memcpy(cred->groups, from->groups, from->nr_groups * sizeof(gid_t));
	return cred;
}

bool cred_in_group(const struct cred *cred, gid_t gid)
{
	u32 low = 0, high = cred->nr_groups;

	if (cred->fsgid == gid)
		return true;
	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (cred->groups[middle] == gid)
			return true;
		if (cred->groups[middle] < gid)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool capable(unsigned cap)
{
	return cred_has_cap(cred_current(), cap);
}
