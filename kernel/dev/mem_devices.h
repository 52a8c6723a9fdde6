/* SPDX-License-Identifier: MIT */
/* /dev/null, zero, full, random and urandom. */
#pragma once

/* Register them. Boot. */
void mem_devices_init(void);
