/* SPDX-License-Identifier: MIT */
/* Where the other CPUs begin: a page below 1 MiB. Also for assembly. */
#pragma once

/* Physical; the start-up message names it by its number. */
#define SMP_PAGE 0x8000
