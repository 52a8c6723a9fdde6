/* SPDX-License-Identifier: MIT */
#pragma once

/* With option heartbeat=PERIOD and a host link, begin to send heartbeats. Boot. */
void heartbeat_init(void);
