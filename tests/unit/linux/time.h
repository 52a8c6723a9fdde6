/* SPDX-License-Identifier: MIT */
/* On the host the C library's header says the same, and the two do not go together. */
#pragma once

#include <linux/time_types.h>
#include <sys/time.h>
#include <time.h>
