/* SPDX-License-Identifier: MIT */
/* The regimes on x86: entry_regimes.S, and what of the protection is left out. */
#pragma once

#include "lib/compiler.h"

/* In entry_regimes.S, entry_vectors.S and entry_syscall.S. */
extern char cooperative_entry[], unlimited_entry[], unlimited_return[], unlimited_leave[];
extern char entry_common[], syscall_leave[];

/* Programs run in ring 0: pages of the kernel are not protected. [I] after boot. */
extern bool regime_unlimited;

/* The trap table has been made: in regime none, give its gates their stack. Boot. */
void regime_install_gates(void);
