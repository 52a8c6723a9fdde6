// SPDX-License-Identifier: MIT
/* The two names of the machine. */
#include "core/host_name.h"
#include "lib/string.h"
#include "sync/spinlock.h"

static struct spinlock names_lock = SPINLOCK_INIT(leaf);
static char host_name[HOST_NAME_MAX + 1] = "creance";  /* [names_lock] */
static char domain_name[HOST_NAME_MAX + 1] = "(none)"; /* [names_lock] */

static void get(const char *name, char *buffer)
{
	spin_lock(&names_lock);
	memcpy(buffer, name, HOST_NAME_MAX + 1);
	spin_unlock(&names_lock);
}

static void set(char *name, const char *value, size_t len)
{
	spin_lock(&names_lock);
	memset(name, 0, HOST_NAME_MAX + 1);
	memcpy(name, value, len);
	spin_unlock(&names_lock);
}

void host_name_get(char *buffer)
{
	get(host_name, buffer);
}

void domain_name_get(char *buffer)
{
	get(domain_name, buffer);
}

void host_name_set(const char *name, size_t len)
{
	set(host_name, name, len);
}

void domain_name_set(const char *name, size_t len)
{
	set(domain_name, name, len);
}
