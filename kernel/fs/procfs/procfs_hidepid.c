// SPDX-License-Identifier: MIT
/* procfs_hidepid.c -- the mount options hidepid= and gid= of /proc. proc(5). */
#include "core/assert.h"
#include "core/errno.h"
#include "fs/procfs/procfs_internal.h"
#include "lib/fmt.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "proc/process.h"
#include "vfs/cred.h"
#include "vfs/inode/super.h"

static const struct {
	const char *name, *number;
	u32 value;
} modes[] = {
	{"off", "0", HIDEPID_OFF},
	{"noaccess", "1", HIDEPID_NO_ACCESS},
	{"invisible", "2", HIDEPID_INVISIBLE},
	{"ptraceable", "4", HIDEPID_PTRACEABLE},
};

static int parse_mode(const char *text, u32 *out)
{
	for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!strcmp(text, modes[i].name) || !strcmp(text, modes[i].number)) {
			*out = modes[i].value;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_word(char *word, struct procfs_options *out)
{
	char *value = strchr(word, '=');
	u64 gid;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (!strcmp(word, "hidepid"))
		return parse_mode(value, &out->hidepid);
	if (strcmp(word, "gid") != 0 || parse_u64(value, 10, &gid) || gid > ~0U - 1)
		return -EINVAL;
	out->gid = (gid_t)gid;
	return 0;
}

int procfs_options_parse(const char *text, struct procfs_options *out)
{
	char word[32];

	while (*text) {
		const char *comma = strchr(text, ',');
		size_t len = comma ? (size_t)(comma - text) : strlen(text);

		if (len >= sizeof(word))
			return -EINVAL;
		memcpy(word, text, len);
		word[len] = '\0';
		if (len && parse_word(word, out))
			return -EINVAL;
		text += len + !!comma;
	}
	return 0;
}

size_t procfs_options_show(struct super *super, char *buffer, size_t size)
{
	const struct procfs_options *options = super->data;
	u32 hidepid = READ_ONCE(options->hidepid);
	gid_t gid = READ_ONCE(options->gid);
	size_t len = 0;

	if (gid)
		len += kscnprintf(buffer, size, ",gid=%u", gid);
	for (unsigned i = 1; i < ARRAY_SIZE(modes); i++)
		if (modes[i].value == hidepid)
			len += kscnprintf(buffer + len, size - len, ",hidepid=%s", modes[i].name);
	return len;
}

int procfs_remount(struct super *super, const char *text)
{
	struct procfs_options *options = super->data;
	struct procfs_options wanted = {READ_ONCE(options->hidepid), READ_ONCE(options->gid)};
	int err = procfs_options_parse(text, &wanted);

	if (err)
		return err;
	WRITE_ONCE(options->gid, wanted.gid);
	WRITE_ONCE(options->hidepid, wanted.hidepid);
	return 0;
}

bool procfs_is_hidden(const struct super *super, struct pid *pid, u32 least)
{
	const struct procfs_options *options = super->data;
	u32 hidepid = READ_ONCE(options->hidepid);
	struct procfs_subject s;
	bool hidden;

	debug_assert(options && least > HIDEPID_OFF);
	if (likely(hidepid < least))
		return false;
	if (hidepid != HIDEPID_PTRACEABLE && cred_in_group(cred_current(), READ_ONCE(options->gid)))
		return false;
	if (procfs_subject_get(pid, false, &s))
		return true;
	hidden = !process_may_access(s.process);
	procfs_subject_put(&s);
	return hidden;
}
