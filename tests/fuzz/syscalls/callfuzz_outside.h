/* SPDX-License-Identifier: MIT */
/* callfuzz_outside.h -- the file system around the workers' own. */
#pragma once

/* Remember what is there; once, before the first round. */
void fuzz_remember_outside(void);
/* Remove what was added since. No worker may be running. */
void fuzz_restore_outside(void);
