#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: latency_manifest.sh LATENCY_RUN
# Prints the manifest of what `creance bench --latency` adds to the benchmark's file system: hackbench with the
# libraries it is linked with, at their own paths.
set -eu
echo "file /latency_run 755 $1"
hackbench=$(command -v hackbench || echo /usr/bin/hackbench)
[ -x "$hackbench" ] || { echo "latency_manifest.sh: no hackbench: install rt-tests" >&2; exit 1; }
files=$(ldd "$hackbench" | sed -n 's,.* => \(/[^ ]*\).*,\1,p; s,^[[:space:]]*\(/[^ ]*\) (.*,\1,p')
seen=' /bin /lib /etc /proc /dev /sys /tmp '
folders() {
	case $1 in /) return ;; esac
	folders "$(dirname "$1")"
	case $seen in *" $1 "*) return ;; esac
	seen="$seen$1 "
	echo "dir $1 755"
}
for file in $files; do
	folders "$(dirname "$file")"
	echo "file $file 755 $file"
done
folders /usr/bin
echo "file /usr/bin/hackbench 755 $hackbench"
