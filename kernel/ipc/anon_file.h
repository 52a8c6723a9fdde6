/* SPDX-License-Identifier: MIT */
/* Files without names that are neither pipes nor sockets. */
#pragma once

struct file;

/* The kind of @file as /proc/PID/fd shows it: "[eventfd]", "[eventpoll]"; NULL: another kind. */
const char *anon_file_kind(const struct file *file);
