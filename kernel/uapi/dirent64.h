/* SPDX-License-Identifier: MIT */
/* What getdents64(2) writes. Not in <linux/...>. */
#pragma once

#include "lib/compiler.h"

struct dirent64 {
	u64 d_ino;
	s64 d_off;     /* where to go on after this entry          */
	u16 d_reclen;  /* of this record, a multiple of 8          */
	u8 d_type;     /* DT_*: the S_IFMT bits of the mode >> 12  */
	char d_name[]; /* NUL-ended                                */
};
static_assert(offsetof(struct dirent64, d_reclen) == 16 &&
		      offsetof(struct dirent64, d_type) == 18 &&
		      offsetof(struct dirent64, d_name) == 19,
	      "the kernel's ABI");
