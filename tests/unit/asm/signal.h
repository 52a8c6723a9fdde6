/* SPDX-License-Identifier: MIT */
/* On the host the C library's header says the same, and the two do not go together. */
#pragma once

#include <signal.h>

/* But for what the C library keeps for itself or calls by other names. */
#undef SIGRTMIN
#define SIGRTMIN 32
#define si_tid si_timerid
#define sigev_notify_thread_id _sigev_un._tid
