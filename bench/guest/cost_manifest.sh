#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: cost_manifest.sh COST_PROGRAM BUSYBOX MUSL_LOADER EXEC_TARGET...
# Prints the manifest of the file system that the cost program is /init of, for tools/mkinitramfs.c.  It has what
# a Linux kernel wants before it can mount devtmpfs: the nodes of /dev.
set -eu
cost=$1 busybox=$2 loader=$3
shift 3
for d in bin lib etc proc dev sys; do
	echo "dir /$d 755"
done
echo "dir /tmp 1777"
echo "node /dev/console 600 c 5 1"
echo "node /dev/null 666 c 1 3"
echo "node /dev/zero 666 c 1 5"
echo "file /init 755 $cost"
echo "file /bin/busybox 755 $busybox"
echo "link /bin/sh /bin/busybox"
echo "file /lib/${loader##*/} 755 $loader"
for program; do
	echo "file /bin/${program##*/} 755 $program"
done
