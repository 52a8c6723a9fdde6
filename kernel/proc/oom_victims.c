// SPDX-License-Identifier: MIT
#include "proc/oom_victims.h"

#include "lib/string.h"
#include "sync/spinlock.h"

static struct {
	struct spinlock lock;	 /* leaf */
	struct oom_victims seen; /* [lock] */
} victims = {.lock = SPINLOCK_INIT(leaf)};

void oom_victims_note(const char *name, pid_t pid)
{
	spin_lock(&victims.lock);
	victims.seen.nr++;
	victims.seen.last_pid = pid;
	strscpy(victims.seen.last_name, name, sizeof(victims.seen.last_name));
	spin_unlock(&victims.lock);
}

struct oom_victims oom_victims_read(void)
{
	struct oom_victims copy;

	spin_lock(&victims.lock);
	copy = victims.seen;
	spin_unlock(&victims.lock);
	return copy;
}
