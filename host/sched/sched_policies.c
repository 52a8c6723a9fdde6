// SPDX-License-Identifier: MIT
#include "sched/sched_policies.h"

#include <string.h>

static size_t name_len(const char *policy)
{
	return strcspn(policy, ",\n");
}

void sched_policies_read(struct sched_policies *policies, const char *text)
{
	static const char mark[] = "available ";

	*policies = (struct sched_policies){0};
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t len = strcspn(text, "\n") - strlen(mark);
		char *to = policies->all[policies->nr];

		if (strncmp(text, mark, strlen(mark)) != 0 || !len ||
		    len >= sizeof(policies->all[0]))
			continue;
		memcpy(to, text + strlen(mark), len);
		to[len] = '\0';
		if (++policies->nr == SCHED_POLICIES_MAX)
			return;
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
