// SPDX-License-Identifier: MIT
#include "image/guest_user.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/cpio_write.h"
#include "base/say.h"

struct guest_user guest_user_default(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (uid == 0)
		return (struct guest_user){GUEST_USER_NOBODY, GUEST_USER_NOBODY};
	return (struct guest_user){uid, gid ? gid : GUEST_USER_NOBODY};
}

/* A number that ends at @end's place; -1 as an unsigned number means "leave it" to the kernel. */
static bool parse_number(const char *text, uint32_t *number, char **end)
{
	unsigned long value;

	errno = 0;
	value = strtoul(text, end, 10);
	*number = (uint32_t)value;
	return isdigit((unsigned char)*text) && !errno && value < UINT32_MAX;
}

/* Of a line "NAME:PASSWORD:UID:GID:...". */
static bool parse_line(const char *line, char *name, size_t size, struct guest_user *user)
{
	size_t len = strcspn(line, ":\n");
	const char *at = line + len;
	char *end;

	if (*at != ':' || len >= size)
		return false;
	memcpy(name, line, len);
	name[len] = '\0';
	at += 1 + strcspn(at + 1, ":\n");
	return *at == ':' && parse_number(at + 1, &user->uid, &end) && *end == ':' &&
	       parse_number(end + 1, &user->gid, &end);
}

/* The line of @name, or of @uid when @name is NULL. */
static bool look_up(const struct file_map *base, const char *name, uint32_t uid,
		    struct guest_user *user)
{
	struct cpio_found file = cpio_find(base->data, base->len, "etc/passwd");
	char *text = must_format("%.*s", file.data ? (int)file.len : 0,
				 file.data ? (const char *)file.data : "");
	bool found = false;

	for (const char *line = text; *line && !found; line += *line == '\n') {
		struct guest_user of_line;
		char its_name[64];

		if (parse_line(line, its_name, sizeof(its_name), &of_line) &&
		    (name ? strcmp(name, its_name) == 0 : of_line.uid == uid)) {
			*user = of_line;
			found = true;
		}
		line += strcspn(line, "\n");
	}
	free(text);
	return found;
}

int guest_user_parse(const char *text, const struct file_map *base, struct guest_user *user)
{
	uint32_t uid, gid;
	char *end;

	if (!isdigit((unsigned char)*text)) {
		if (look_up(base, text, 0, user))
			return 0;
		say("the guest has no user %s: name one of its /etc/passwd (root, nobody, user), or give UID:GID",
		    text);
		return -EINVAL;
	}
	if (parse_number(text, &uid, &end)) {
		if (*end == '\0') {
			if (!look_up(base, NULL, uid, user))
				*user = (struct guest_user){uid, uid};
			return 0;
		}
		if (*end == ':' && parse_number(end + 1, &gid, &end) && *end == '\0') {
			*user = (struct guest_user){uid, gid};
			return 0;
		}
	}
	say("--user %s is no user: write a name, UID or UID:GID, such as root or 1000:1000", text);
	return -EINVAL;
}

const char *guest_user_folder(const struct guest_user *user)
{
	return user->uid == 0 ? "/" : "/tmp";
}
