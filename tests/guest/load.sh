#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: load.sh SECONDS
# Heavy load of programs that nobody here wrote, as root in the guest: hackbench, then ten stressors of stress-ng at the
# same time. Before and after, it prints what the kernel holds. A short round comes first, so that what a first use
# creates once (cached pages, tables that grow) is there before.
failed=0

check()
{
	"$@" || { echo "FAILED ($?): $*"; failed=1; }
}

load()
{
	for kind in --process --threads; do
		check hackbench $kind --groups "$1" --loops "$2"
		check hackbench $kind --pipe --groups "$1" --loops "$2"
	done
	check stress-ng --cpu 1 --fork 1 --mmap 1 --mmap-bytes 64M --futex 1 --pipe 1 --switch 1 --vm 1 --vm-bytes 64M \
		--sigq 1 --fault 1 --clone 1 --timeout "$3" --metrics-brief
}

# Kernel threads free the last of what has ended, a little later.
counts()
{
	sleep 5
	echo "== $1"
	cat /proc/creance/counts
	echo "== end"
}

cd /tmp || exit 1
load 1 50 5
counts before
load 4 1000 "$1"
counts after
exit $failed
