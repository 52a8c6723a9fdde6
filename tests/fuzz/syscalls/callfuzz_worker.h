/* SPDX-License-Identifier: MIT */
/* callfuzz_worker.h -- a worker: its world, its calls, the frames that it forges. */
#pragma once

#include "callfuzz.h"

/* The status of a worker that cannot enter the world: other workers have spoilt it, as they may. */
#define FUZZ_NO_WORLD 71

/* In a new process: become worker @index for the @generation-th time. Does not return. */
void fuzz_worker(unsigned index, unsigned generation) __attribute__((noreturn));

/* Make one random call. */
void fuzz_one_call(struct fuzz_thread *t);

/* Change what would end or blind the whole test. False: it is not to be made at all. */
bool fuzz_tame(struct fuzz_thread *t, const struct fuzz_call *call, uint64_t *args);

/* Open what a worker begins with, and map its memory. */
void fuzz_make_world(struct fuzz_thread *t);

/* Take a signal, to have a frame that is right; then forgeries begin from it. */
void fuzz_learn_frame(void);

/* Return from a signal that never came. Comes back when the frame was taken. */
void fuzz_forge_return(struct fuzz_thread *t);

/* Change some of a frame, which lies at @context (struct ucontext). */
void fuzz_spoil_frame(struct fuzz_thread *t, void *context);

/* The handlers that make_sigaction installs. */
void fuzz_on_signal(int sig, void *info, void *context);
void fuzz_on_fault(int sig);

/* Print to standard error, from a process that may have lost everything. */
void fuzz_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
