/* SPDX-License-Identifier: MIT */
/* What the emulator is forbidden, so that a guest that breaks into it has not the host. */
#pragma once

#include <stdbool.h>

/*
 * Old system calls, more privileges, new processes and control over the resources of others: the
 * emulator asks the kernel (seccomp) to end it at any of these, before the guest starts.
 */
#define QEMU_SANDBOX "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"

/*
 * Can @emulator do so? It can when it is linked with libseccomp; one that does not tell (a script)
 * is asked, once in the life of this process. Returns: false also when there is no such emulator.
 */
bool qemu_sandbox_is_there(const char *emulator);

/*
 * In the child that will be the emulator: no core dumps, and of our open files none but those that
 * the caller marks again as inherited.
 */
void qemu_sandbox_child(void);
