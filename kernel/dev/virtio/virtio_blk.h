/* SPDX-License-Identifier: MIT */
/* Disks that are virtio devices: vda, vdb, ... */
#pragma once

#include "dev/virtio/virtqueue.h"

extern const struct virtio_driver virtio_blk_driver;
