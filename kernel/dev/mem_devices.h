/* SPDX-License-Identifier: MIT */
/* null, zero, full, random and urandom: the devices that are no hardware. */
#pragma once

/* Register them. Boot. */
void mem_devices_init(void);
