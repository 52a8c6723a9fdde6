#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs, through apt, what the named sets of tools/packages.txt list and this machine lacks.  When nothing is missing,
# it does nothing and needs neither apt nor root.  It says what it installs and how much that is before it does.
# usage: tools/setup.sh [--list] SET...      --list: only print what is missing
set -u
list=$(dirname "$0")/packages.txt
[ -r "$list" ] || { echo "$list cannot be read" >&2; exit 1; }
only_list=
if [ "${1-}" = --list ]; then
	only_list=1
	shift
fi
for set in "$@"; do
	grep -q "^$set " "$list" || { echo "$list has no set $set" >&2; exit 2; }
done
sets=" $* "

missing() {
	while read -r set package kind what; do
		case $sets in *" ${set:-#} "*) ;; *) continue ;; esac
		found=
		case $kind in
		command)
			command -v "$what" >/dev/null 2>&1 && found=1 ;;
		static)
			path=$(command -v "$what") && ! head -c 4096 "$path" | grep -q /ld-linux && found=1 ;;
		file)
			for path in $what; do [ -e "$path" ] && found=1; done ;;
		esac
		[ -n "$found" ] || printf '%s ' "$package"
	done <"$list"
}

need=$(PATH=$PATH:/usr/sbin:/sbin missing)
[ -n "$need" ] || exit 0
if [ -n "$only_list" ]; then
	echo "$need"
	exit 1
fi

if ! command -v apt-get >/dev/null 2>&1; then
	echo "Creance needs programs that are missing here, and this system has no apt to install them." >&2
	echo "Install what these Debian packages hold, then try again: $need" >&2
	exit 1
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "Creance needs these packages; install them as root:  apt-get install $need" >&2
		exit 1
	fi
	sudo=sudo
fi

# On a terminal apt shows its own progress; otherwise its words are kept for the case that it fails.
log=${TMPDIR:-/tmp}/creance-setup.$$.log
apt="$sudo env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300"
run_apt() {
	if [ -t 2 ]; then
		$apt "$@" >&2
	else
		$apt -q -o Dpkg::Use-Pty=0 "$@" >>"$log" 2>&1
	fi
}
failed() {
	[ ! -s "$log" ] || tail -n 20 "$log" >&2
	echo "apt could not $1: $need" >&2
	[ ! -s "$log" ] || echo "All that it said: $log" >&2
	exit 1
}

echo "Creance needs Debian packages that are missing here: $need" >&2
echo "Reading the lists of packages." >&2
run_apt update || failed "read its lists for"
# What apt says when it is not allowed to begin: how many packages come along, and how large they are.
# shellcheck disable=SC2086
plan=$($apt install --assume-no --no-install-recommends $need 2>/dev/null)
count=$(echo "$plan" | sed -n 's/.* \([0-9]*\) newly installed.*/\1/p')
size=$(echo "$plan" | sed -n 's/^Need to get \([^/]*B\).* of archives.*/\1/p')
disk=$(echo "$plan" | sed -n 's/^After this operation, \(.*B\) of additional disk space.*/\1/p')
echo "Installing ${count:-these} packages: ${size:-?} to download, ${disk:-?} on the disk." >&2
# shellcheck disable=SC2086
run_apt install -y --no-install-recommends $need || failed install
rm -f "$log"
need=$(missing)
if [ -n "$need" ]; then
	echo "Installed, but still not found: $need" >&2
	exit 1
fi
