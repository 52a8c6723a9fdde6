/* SPDX-License-Identifier: MIT */
#pragma once

/* With option heartbeat=PERIOD and a host to talk to, begin to tell it that we live. Boot. */
void heartbeat_init(void);
