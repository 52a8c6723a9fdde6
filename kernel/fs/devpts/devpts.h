/* SPDX-License-Identifier: MIT */
#pragma once

/* Register the file system "devpts", mounted at /dev/pts by init. Boot. */
void devpts_init(void);
