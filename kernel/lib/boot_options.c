// SPDX-License-Identifier: MIT
#include "lib/boot_options.h"

#include "lib/parse.h"
#include "lib/string.h"

static const char fast_path_names[] =
#define FAST_PATH(name, what) #name "|"
#include "uapi/fast_paths.tbl.h"
#undef FAST_PATH
	"all";
#define FAST_PATH_NAMES fast_path_names

static const char sched_policy_names[] =
#define SCHED_URGENT(policy)
#define SCHED_ORDINARY(policy, name) "|" name
#include "uapi/sched_policies.tbl.h"
#undef SCHED_URGENT
#undef SCHED_ORDINARY
	;
#define SCHED_POLICY_NAMES (sched_policy_names + 1) /* without the first bar */

const struct boot_option boot_options[] = {
#define BOOT_OPTION(name, kind, values, least, most, what)                                         \
	{name, BOOT_OPTION_##kind, values, least, most, what},
#include "uapi/boot_options.tbl.h"
#undef BOOT_OPTION
};
const unsigned nr_boot_options = ARRAY_SIZE(boot_options);

const struct boot_option *boot_option_find(const char *name, size_t len)
{
	for (unsigned i = 0; i < nr_boot_options; i++)
		if (strlen(boot_options[i].name) == len &&
		    memcmp(boot_options[i].name, name, len) == 0)
			return &boot_options[i];
	return NULL;
}

/* Is the part of @value before its first comma one of the words of @list? */
static bool is_listed(const char *list, const char *value)
{
	const char *comma = strchr(value, ',');
	size_t len = comma ? (size_t)(comma - value) : strlen(value);

	while (list) {
		const char *bar = strchr(list, '|');
		size_t word = bar ? (size_t)(bar - list) : strlen(list);

		if (word == len && memcmp(list, value, len) == 0)
			return true;
		list = bar ? bar + 1 : NULL;
	}
	return false;
}

static bool is_seed(const char *value, u64 most)
{
	const char *end;
	u64 number;

	if (parse_u64_prefix(value, 0, &number, &end))
		return false;
	if (*end == '\0')
		return true;
	return *end == ',' && !parse_u64(end + 1, 10, &number) && number >= 1 && number <= most;
}

bool boot_option_allows(const struct boot_option *option, const char *value)
{
	u64 number;
	int err;

	if (!value || option->kind == BOOT_OPTION_FLAG)
		return !value && option->kind == BOOT_OPTION_FLAG;
	switch (option->kind) {
	case BOOT_OPTION_CHOICE:
		return is_listed(option->values, value);
	case BOOT_OPTION_SEED:
		return is_seed(value, option->most);
	case BOOT_OPTION_NUMBER:
		err = parse_u64(value, 0, &number);
		break;
	case BOOT_OPTION_SIZE:
		err = parse_size(value, &number);
		break;
	case BOOT_OPTION_TIME:
		err = parse_duration_ns(value, &number);
		break;
	default:
		return *value != '\0';
	}
	return !err && number >= option->least && number <= option->most;
}
