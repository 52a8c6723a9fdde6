// SPDX-License-Identifier: MIT
/*
 * sched_policies.c -- the policies of a kernel, and what may be written for one.
 *
 * Idea.  The kernel tells which policies it has, their settings, and the range of each. So what a
 *   user has written is checked as the kernel will check it, and by the same code (lib/parse.h),
 *   but with a message that names the range.
 * Tests.  sched_policies_test.c, tests/system/sched_command.t.
 */
#include "sched/sched_policies.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/suggest.h"
#include "lib/parse.h"

enum { VALUE_BYTES = 24 }; /* as in the kernel */

static size_t name_len(const char *policy)
{
	return strcspn(policy, ",\n");
}

/* ---- what the kernel tells ---- */

static void take_available(struct sched_policies *policies, const char *text, size_t len)
{
	char *to = policies->all[policies->nr];

	if (!len || len >= sizeof(policies->all[0]) || policies->nr == SCHED_POLICIES_MAX)
		return;
	memcpy(to, text, len);
	to[len] = '\0';
	policies->nr++;
}

static void take_range(struct sched_policies *policies, const char *text, size_t len)
{
	struct sched_range *range = &policies->ranges[policies->nr_ranges];
	char line[2 * WORKLOAD_POLICY_BYTES], unit[3] = "";

	if (len >= sizeof(line) || policies->nr_ranges == SCHED_RANGES_MAX)
		return;
	memcpy(line, text, len);
	line[len] = '\0';
	if (!memchr(line, ',', len) || sscanf(line, "%95s %" SCNu64 " %" SCNu64 " %2s", range->of,
					      &range->least, &range->most, unit) < 3)
		return;
	range->is_time = strcmp(unit, "ns") == 0;
	policies->nr_ranges++;
}

void sched_policies_read(struct sched_policies *policies, const char *text)
{
	static const char available[] = "available ", range[] = "range ";

	*policies = (struct sched_policies){0};
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t len = strcspn(text, "\n");

		if (strncmp(text, available, strlen(available)) == 0)
			take_available(policies, text + strlen(available), len - strlen(available));
		else if (strncmp(text, range, strlen(range)) == 0)
			take_range(policies, text + strlen(range), len - strlen(range));
	}
}

bool sched_policy_is_same(const char *a, const char *b)
{
	return name_len(a) == name_len(b) && memcmp(a, b, name_len(a)) == 0;
}

const char *sched_policies_find(const struct sched_policies *policies, const char *policy)
{
	for (unsigned i = 0; i < policies->nr; i++)
		if (sched_policy_is_same(policies->all[i], policy))
			return policies->all[i];
	return NULL;
}

bool sched_policy_has(const char *policy, const char *setting)
{
	size_t len = strlen(setting);

	for (const char *at = policy; (at = strchr(at, ',')) != NULL;) {
		at++;
		if (strncmp(at, setting, len) == 0 && at[len] == '=')
			return true;
	}
	return false;
}

/* ---- what a user has written ---- */

static void say_no_policy(const struct sched_policies *policies, const char *policy, char *why)
{
	char copies[SCHED_POLICIES_MAX][WORKLOAD_POLICY_BYTES], name[WORKLOAD_POLICY_BYTES];
	const char *names[SCHED_POLICIES_MAX + 1] = {NULL}, *meant;

	for (unsigned i = 0; i < policies->nr; i++) {
		snprintf(copies[i], sizeof(copies[i]), "%.*s", (int)name_len(policies->all[i]),
			 policies->all[i]);
		names[i] = copies[i];
	}
	snprintf(name, sizeof(name), "%.*s", (int)name_len(policy), policy);
	meant = suggest(name, names);
	if (meant)
		snprintf(why, SCHED_WHY_BYTES, "the kernel has no policy '%s': did you mean '%s'?",
			 name, meant);
	else
		snprintf(why, SCHED_WHY_BYTES,
			 "the kernel has no policy '%s': 'creance sched --list' has them", name);
}

/* Write @ns with the largest unit that leaves no fraction, as the kernel does. */
static void write_time(char *to, size_t size, uint64_t ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
	unsigned i = 0;

	while (ns % units[i].ns)
		i++;
	snprintf(to, size, "%" PRIu64 "%s", ns / units[i].ns, units[i].name);
}

/* "from 100us to 1s" */
static void write_range(char *to, size_t size, const struct sched_range *range)
{
	char least[32], most[32];

	if (range->is_time) {
		write_time(least, sizeof(least), range->least);
		write_time(most, sizeof(most), range->most);
		snprintf(to, size, "from %s to %s", least, most);
	} else {
		snprintf(to, size, "from %" PRIu64 " to %" PRIu64, range->least, range->most);
	}
}

static bool is_in_range(const struct sched_range *range, const char *value, size_t len)
{
	char number[VALUE_BYTES];
	u64 is;
	int err;

	if (len >= sizeof(number))
		return false;
	memcpy(number, value, len);
	number[len] = '\0';
	err = range->is_time ? parse_duration_ns(number, &is) : parse_u64(number, 10, &is);
	return !err && is >= range->least && is <= range->most;
}

/* The range of the setting of @policy whose name has @len bytes; NULL: the kernel told none. */
static const struct sched_range *find_range(const struct sched_policies *policies,
					    const char *policy, const char *setting, size_t len)
{
	for (unsigned i = 0; i < policies->nr_ranges; i++) {
		const struct sched_range *range = &policies->ranges[i];
		const char *name = strchr(range->of, ',');

		if (name && sched_policy_is_same(range->of, policy) && strlen(++name) == len &&
		    memcmp(name, setting, len) == 0)
			return range;
	}
	return NULL;
}

/* One SETTING=VALUE of @len bytes, of a policy that the kernel has as @usual. */
static int check_setting(const struct sched_policies *policies, const char *usual, const char *text,
			 size_t len, char *why)
{
	const char *equals = memchr(text, '=', len);
	size_t bytes = equals ? (size_t)(equals - text) : len;
	const struct sched_range *range = find_range(policies, usual, text, bytes);
	char name[WORKLOAD_POLICY_BYTES], values[96];

	snprintf(name, sizeof(name), "%.*s", (int)bytes, text);
	if (!sched_policy_has(usual, name)) {
		snprintf(why, SCHED_WHY_BYTES,
			 "the policy '%.*s' has no setting '%s': it is written as '%s'",
			 (int)name_len(usual), usual, name, usual);
		return -EINVAL;
	}
	if (!range || (equals && is_in_range(range, equals + 1, len - bytes - 1)))
		return 0;
	write_range(values, sizeof(values), range);
	snprintf(why, SCHED_WHY_BYTES,
		 "the policy '%.*s' cannot have '%.*s': write %s= with a %s %s",
		 (int)name_len(usual), usual, (int)(len < 64 ? len : 64), text, name,
		 range->is_time ? "time" : "number", values);
	return -EINVAL;
}

int sched_policies_check(const struct sched_policies *policies, const char *policy,
			 char why[SCHED_WHY_BYTES])
{
	const char *usual = sched_policies_find(policies, policy);
	int err = 0;

	if (!usual) {
		say_no_policy(policies, policy, why);
		return -EINVAL;
	}
	policy += name_len(policy);
	if (*policy && !strchr(usual, ',')) {
		snprintf(why, SCHED_WHY_BYTES, "the policy '%s' has no settings: write '%s'", usual,
			 usual);
		return -EINVAL;
	}
	while (!err && *policy++) {
		size_t len = name_len(policy);

		err = check_setting(policies, usual, policy, len, why);
		policy += len;
	}
	return err;
}

void sched_policies_print(FILE *out, const struct sched_policies *policies)
{
	char values[96];

	for (unsigned i = 0; i < policies->nr; i++) {
		fprintf(out, "  %s\n", policies->all[i]);
		for (unsigned n = 0; n < policies->nr_ranges; n++) {
			const struct sched_range *range = &policies->ranges[n];

			if (!sched_policy_is_same(range->of, policies->all[i]))
				continue;
			write_range(values, sizeof(values), range);
			fprintf(out, "      %s %s\n", strchr(range->of, ',') + 1, values);
		}
	}
}
