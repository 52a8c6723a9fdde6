/* SPDX-License-Identifier: MIT */
/* The C signatures of switch.S, and the C functions that it calls. */
#pragma once

#include "lib/compiler.h"

struct thread;
struct trap_frame;

struct thread *switch_registers(struct thread *prev, struct thread *next);
extern char thread_begin_kernel[], thread_begin_user[];
_Noreturn void thread_enter_user(struct trap_frame *frame);

void thread_first_kernel(struct thread *prev, void (*entry)(void *), void *arg);
void thread_first_user(struct thread *prev);
