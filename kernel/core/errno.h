/* SPDX-License-Identifier: MIT */
/*
 * Error numbers: Linux's, and four that never reach a program. A call that a signal interrupted
 * returns one of the latter; the signal code turns it into a restart or into EINTR (man 7 signal,
 * "Interruption").
 */
#pragma once

#include <linux/errno.h>

#define ERESTARTSYS 512		  /* restart if no handler ran, or it has SA_RESTART       */
#define ERESTARTNOINTR 513	  /* always restart                                         */
#define ERESTARTNOHAND 514	  /* restart only if no handler ran                         */
#define ERESTART_RESTARTBLOCK 516 /* restart through restart_syscall, unless a handler ran */
