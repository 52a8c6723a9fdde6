/* SPDX-License-Identifier: MIT */
/* Initialisation of the layers above threads and memory. */
#pragma once

struct boot_info;

/* The log's first console. Needs nothing. */
void console_init_early(void);
/* Log the kernel's version, the CPU and the memory. */
void console_announce(const struct boot_info *bi);
/*
 * Initialise everything that may sleep meanwhile, and the hooks between the layers. Context: the
 * first thread.
 */
void subsystems_init(void);
