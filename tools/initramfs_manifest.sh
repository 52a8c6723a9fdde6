#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: initramfs_manifest.sh BUILD_FOLDER BUSYBOX PROGRAM...
# Prints the manifest of the initial file system for tools/mkinitramfs.c.  Where a program goes follows from
# where it was built: user/init -> /init, user/x -> /bin/x, user/rogues/x -> /rogues/x,
# tests/guest/family/x -> /tests/family/x.
set -eu
build=$1 busybox=$2
shift 2
here=$(dirname "$0")

for d in bin sbin usr usr/bin usr/sbin etc proc dev sys var var/log var/run home mnt rogues; do
	echo "dir /$d 755"
done
echo "dir /root 700"
echo "dir /tmp 1777"
echo "dir /var/tmp 1777"
for f in "$here"/rootfs/*; do
	echo "file /etc/${f##*/} 644 $f"
done

own=
families=
for program; do
	path=${program#"$build"/}
	case $path in
	user/init) echo "file /init 755 $program" ;;
	user/rogues/*) echo "file /rogues/${path##*/} 755 $program" ;;
	user/*)
		echo "file /bin/${path##*/} 755 $program"
		own="$own /bin/${path##*/} " ;;
	tests/guest/*)
		path=tests/${path#tests/guest/}
		family=${path%/*}
		case $families in
		'')
			echo "dir /tests 755"
			echo "link /tests/rogues /rogues" ;;
		esac
		case "$families" in
		*" $family "*) ;;
		*)
			echo "dir /$family 755"
			families="$families $family " ;;
		esac
		echo "file /$path 755 $program" ;;
	esac
done

echo "file /bin/busybox 755 $busybox"
"$busybox" --list-full | LC_ALL=C sort | while read -r applet; do
	case $applet in
	*/*) ;;
	*) continue ;;
	esac
	case "$own /bin/busybox " in
	*" /$applet "*) ;;
	*) echo "link /$applet /bin/busybox" ;;
	esac
done
