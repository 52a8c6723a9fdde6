/* SPDX-License-Identifier: MIT */
/* Files of this host that are disks of a guest, as `--disk IMAGE[:ro]` names them. */
#pragma once

#include <stdbool.h>

enum { DISK_IMAGES_MAX = 16 };

struct disk_image {
	char *path; /* on the heap */
	bool read_only;
};

/* Split "IMAGE", "IMAGE:ro" or "IMAGE:rw". The caller frees the path. */
void disk_image_parse(struct disk_image *image, const char *text);

/*
 * Can the image that @text names be a disk: is it a file or a device, may it be opened, are there
 * whole sectors? Returns: 0, or -EINVAL after a message.
 */
int disk_image_check(const char *text) __attribute__((warn_unused_result));
