/* SPDX-License-Identifier: MIT */
/* Files without names that are neither pipes nor sockets. */
#pragma once

struct file;

/* "[eventfd]", "[eventpoll]", as /proc/PID/fd shows it; NULL: none of ours. */
const char *anon_file_kind(const struct file *file);
