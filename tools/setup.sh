#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs, through apt, what tools/packages.txt lists and this machine lacks.  When nothing is missing, it does
# nothing and needs neither apt nor root.  usage: tools/setup.sh [--tests] [--list]
#   --tests: what only tests need (tools/packages_test.txt);  --list: only print what is missing.
set -u
list=$(dirname "$0")/packages.txt
if [ "${1-}" = --tests ]; then
	list=$(dirname "$0")/packages_test.txt
	shift
fi
[ -r "$list" ] || { echo "$list cannot be read" >&2; exit 1; }

missing() {
	while read -r package kind what; do
		case $package in '' | '#'*) continue ;; esac
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
if [ "${1-}" = --list ]; then
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

echo "Installing what Creance is built and tested with: $need" >&2
apt="$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300"
log=${TMPDIR:-/tmp}/creance-setup.$$.log
# shellcheck disable=SC2086
if $apt update >"$log" 2>&1 && $apt install -y --no-install-recommends $need >>"$log" 2>&1; then
	rm -f "$log"
else
	tail -n 20 "$log" >&2
	echo "apt could not install: $need(log: $log)" >&2
	exit 1
fi
need=$(missing)
if [ -n "$need" ]; then
	echo "Installed, but still not found: $need" >&2
	exit 1
fi
