/* SPDX-License-Identifier: MIT */
/*
 * What sched/epoch.h links objects by whose memory waits. Here, so that struct page may have one.
 */
#pragma once

struct epoch_item {
	struct epoch_item *next;
	void (*function)(struct epoch_item *item);
};
