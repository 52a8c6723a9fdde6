/* SPDX-License-Identifier: MIT */
/*
 * shortage.h -- what programs were refused because there was no more of it, counted for the report
 * of the run: a program often cannot say why it failed. (Memory: proc/oom_victims.h.)
 */
#pragma once

#include "lib/types.h"

enum shortage {
	SHORTAGE_DISK,	  /* pages or inodes of a file system in memory: ENOSPC */
	SHORTAGE_THREADS, /* processes and threads: a clone that failed with EAGAIN or ENOMEM */
	NR_SHORTAGES
};

/* A program is refused @what. Context: any. */
void shortage_note(enum shortage what);
/* How often, since the boot. Context: any. */
u32 shortage_count(enum shortage what);
