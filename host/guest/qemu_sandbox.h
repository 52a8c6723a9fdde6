/* SPDX-License-Identifier: MIT */
/* What the emulator must not do, so that a guest that controls it does not control the host. */
#pragma once

#include <stdbool.h>

/*
 * Old system calls, more privileges, new processes and control over the resources of others: the
 * emulator asks the kernel (seccomp) to end it at any of these, before the guest starts.
 */
#define QEMU_SANDBOX "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"

/*
 * Can @emulator do this? Yes if it is linked with libseccomp; if its file does not show that (a
 * script), it is started once to find out. Returns: false also when there is no such emulator.
 */
bool qemu_sandbox_is_there(const char *emulator);

/*
 * In the child that becomes the emulator: no core dumps, and no open files except those that the
 * caller marks as inherited afterwards.
 */
void qemu_sandbox_child(void);
