/* SPDX-License-Identifier: MIT */
/* Bringing up what stands above threads and memory. */
#pragma once

struct boot_info;

/* The log's first console. Needs nothing. */
void console_init_early(void);
/* Say who we are and what we found. */
void console_announce(const struct boot_info *bi);
/*
 * Everything that may sleep while it comes up, and the hooks between the floors. Context: the first
 * thread.
 */
void subsystems_init(void);
