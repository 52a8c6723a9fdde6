/* SPDX-License-Identifier: MIT */
/* manual.h -- manual pages, from the tables of commands and options. */
#pragma once

/*
 * Write creance.1 and a page creance-NAME.1 for each command into @folder, which exists, in the
 * language of man(7). Returns: 0, or -EIO after a message.
 */
int manual_write(const char *folder);
