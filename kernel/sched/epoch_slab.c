// SPDX-License-Identifier: MIT
/* epoch_slab.c -- the end of slabs whose objects are found without a lock. */
#include "mm/page.h"
#include "sched/epoch.h"

static void free_pages(struct epoch_item *item)
{
	page_free(container_of(item, struct page, epoch));
}

void epoch_free_slab(struct page *slab)
{
	epoch_call(&slab->epoch, free_pages);
}
