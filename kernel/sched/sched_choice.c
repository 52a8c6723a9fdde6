// SPDX-License-Identifier: MIT
/*
 * sched_choice.c -- which policy ordinary threads have, and its settings.
 *
 * Idea.  The text is read and checked as a whole before anything changes. Each run queue is told,
 *   in a few instructions; its ready threads are moved in small steps, each with the queue's lock
 *   held.
 * Invariants.
 *   C1  All run queues have the same policy `ordinary`, outside of sched_choice_lock.
 *   C2  A queue is told of a new policy only when no thread is left in that before the last. Who
 *       finds some moves them, so that a change that another thread has begun, and cannot finish
 *       because it does not get the CPU, stops nobody.
 * Locks.  sched_choice, then runqueue.
 * Tests.  sched_choice_test.c, tests/guest/process/proc_sched_policy.c.
 */
#define LOG_SUBSYS "sched"
#include "sched/sched_choice.h"
#include "arch/arch_cpu.h"
#include "core/cmdline.h"
#include "core/errno.h"
#include "core/log.h"
#include "lib/fmt.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "sched/runqueue.h"
#include "sched/sched.h"
#include "time/clock.h"

#define VALUE_TEXT_MAX 24

static struct spinlock choice_lock = SPINLOCK_INIT(sched_choice);
static const struct sched_policy *ordinary; /* [a] NULL: the first that can be chosen */

const struct sched_policy *sched_policy_default(void)
{
	const struct sched_policy *policy = READ_ONCE(ordinary);

	return likely(policy) ? policy : sched_policy_ordinary(0);
}

const char *sched_policy_name(void)
{
	return sched_policy_default()->name;
}

/* --- reading and writing the text ------------------------------------------------------------ */

/* A choice that is checked but not made. */
struct choice {
	const struct sched_policy *policy;
	u64 values[SCHED_SETTINGS_MAX];
};

static bool is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

static const struct sched_policy *find_policy(const char *name, size_t len)
{
	const struct sched_policy *policy;

	for (unsigned i = 0; (policy = sched_policy_ordinary(i)); i++)
		if (is_word(name, len, policy->name))
			return policy;
	return NULL;
}

static int read_value(const struct sched_setting *setting, const char *text, size_t len, u64 *value)
{
	char number[VALUE_TEXT_MAX];
	int err;

	if (len >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, len);
	number[len] = '\0';
	err = setting->is_time ? parse_duration_ns(number, value) : parse_u64(number, 10, value);
	return err || *value < setting->least || *value > setting->most ? -EINVAL : 0;
}

/* One NAME=VALUE of @len bytes. */
static int read_setting(struct choice *choice, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	size_t name_len = equals ? (size_t)(equals - text) : len;

	for (unsigned i = 0; equals && i < choice->policy->nr_settings; i++) {
		const struct sched_setting *setting = &choice->policy->settings[i];

		if (is_word(text, name_len, setting->name))
			return read_value(setting, equals + 1, len - name_len - 1,
					  &choice->values[i]);
	}
	return -EINVAL;
}

static size_t word_len(const char *text)
{
	const char *comma = strchr(text, ',');

	return comma ? (size_t)(comma - text) : strlen(text);
}

static int read_choice(const char *text, struct choice *choice)
{
	size_t len = word_len(text);

	choice->policy = find_policy(text, len);
	if (!choice->policy)
		return -EINVAL;
	for (unsigned i = 0; i < choice->policy->nr_settings; i++)
		choice->values[i] = READ_ONCE(choice->policy->settings[i].value);
	while (text[len]) {
		text += len + 1;
		len = word_len(text);
		if (read_setting(choice, text, len))
			return -EINVAL;
	}
	return 0;
}

/* Write @ns with the largest unit that leaves no fraction. */
static size_t time_text(u64 ns, char *buffer, size_t size)
{
	static const struct {
		const char *name;
		u64 ns;
	} units[] = {{"s", NS_PER_SECOND}, {"ms", NS_PER_MS}, {"us", NS_PER_US}, {"ns", 1}};
	unsigned i = 0;

	while (ns % units[i].ns)
		i++;
	return kscnprintf(buffer, size, "%lu%s", (unsigned long)(ns / units[i].ns), units[i].name);
}

size_t sched_policy_text(const struct sched_policy *policy, char *buffer, size_t size)
{
	size_t len = kscnprintf(buffer, size, "%s", policy->name);

	for (unsigned i = 0; i < policy->nr_settings; i++) {
		const struct sched_setting *setting = &policy->settings[i];
		u64 value = READ_ONCE(setting->value);

		len += kscnprintf(buffer + len, size - len, ",%s=", setting->name);
		if (setting->is_time)
			len += time_text(value, buffer + len, size - len);
		else
			len += kscnprintf(buffer + len, size - len, "%lu", (unsigned long)value);
	}
	return len;
}

/* --- the change ------------------------------------------------------------------------------ */

/* Move all threads that are still in the queue of the policy before. */
static void move_all(struct runqueue *rq)
{
	unsigned left;

	do {
		irq_state_t state = spin_lock_irq_save(&rq->lock);

		left = runqueue_move_some(rq);
		spin_unlock_irq_restore(&rq->lock, state);
	} while (left);
}

/* Has a queue threads of the policy before? With sched_choice_lock none comes to have any. */
static bool any_leaving(void)
{
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++)
		if (READ_ONCE(runqueue_of(cpu)->leaving))
			return true;
	return false;
}

static void set_values(const struct choice *choice)
{
	const struct sched_policy *policy = choice->policy;

	for (unsigned i = 0; i < policy->nr_settings; i++)
		WRITE_ONCE(policy->settings[i].value, choice->values[i]);
	if (policy->settings_changed)
		policy->settings_changed();
}

static void tell_queue(struct runqueue *rq, const struct sched_policy *policy)
{
	irq_state_t state = spin_lock_irq_save(&rq->lock);

	runqueue_change_ordinary(rq, policy);
	spin_unlock_irq_restore(&rq->lock, state);
}

/* False: another change is not finished. C2 */
static bool try_change(const struct choice *choice)
{
	bool ready;

	spin_lock(&choice_lock);
	ready = !any_leaving();
	if (ready) {
		set_values(choice);
		WRITE_ONCE(ordinary, choice->policy);
		for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++)
			tell_queue(runqueue_of(cpu), choice->policy);
	}
	spin_unlock(&choice_lock);
	return ready;
}

static void move_all_of_all(void)
{
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++)
		move_all(runqueue_of(cpu));
}

/* Every CPU chooses again: its thread goes over to the new policy. */
static void choose_again(struct runqueue *rq)
{
	irq_state_t state = spin_lock_irq_save(&rq->lock);

	runqueue_want_resched(rq);
	spin_unlock_irq_restore(&rq->lock, state);
}

int sched_choose(const char *text)
{
	struct choice choice;

	if (read_choice(text, &choice))
		return -EINVAL;
	do
		move_all_of_all();
	while (!try_change(&choice));
	move_all_of_all();
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++)
		choose_again(runqueue_of(cpu));
	return 0;
}

void sched_read_policy_option(void)
{
	char text[SCHED_POLICY_TEXT_MAX];
	const struct sched_policy *policy;

	if (!cmdline_string("sched", text, sizeof(text)) || !sched_choose(text))
		return;
	log_err("option sched=%s is none of these, with other values or not: ignored", text);
	for (unsigned i = 0; (policy = sched_policy_ordinary(i)); i++) {
		sched_policy_text(policy, text, sizeof(text));
		log_err("  sched=%s", text);
	}
}
