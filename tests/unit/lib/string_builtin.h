/* SPDX-License-Identifier: MIT */
/* The host's compiler knows what its C library's functions do. */
#pragma once
