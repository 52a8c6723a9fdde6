/* SPDX-License-Identifier: MIT */
/*
 * Which policy ordinary threads have, and its settings: chosen at boot and while programs run.
 */
#pragma once

#include "sched/sched_policy.h"

/*
 * Choose as @text says: NAME[,SETTING=VALUE...], as in rr,quantum=5ms. A setting that is not named
 * keeps its value. When this returns all ready threads are queued by the new policy; it takes time
 * for each of them, in which the caller may be preempted.
 * Context: task. Returns: 0; -EINVAL: there is no such policy or setting, or a setting cannot have
 * that value. Nothing has changed then.
 */
int sched_choose(const char *text) __must_check;
/* Do what option sched= says; a wrong one is logged with those that exist. Boot. */
void sched_read_policy_option(void);

#define SCHED_POLICY_TEXT_MAX 192 /* with its NUL */
/*
 * Write @policy with its settings as sched_choose reads it. Returns the length without the NUL.
 */
size_t sched_policy_text(const struct sched_policy *policy, char *buffer, size_t size);
