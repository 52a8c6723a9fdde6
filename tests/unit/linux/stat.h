/* SPDX-License-Identifier: MIT */
/* On the host <linux/stat.h> leaves the S_ names to the C library. */
#pragma once

#include_next <linux/stat.h>

#include <sys/stat.h>
