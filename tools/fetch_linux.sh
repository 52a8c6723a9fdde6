#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: fetch_linux.sh FOLDER
# Fetches Debian's packaged cloud kernel without installing it: FOLDER/vmlinuz, FOLDER/version.  apt checks what it
# loads; no right of root is needed.  Does nothing when the kernel is there.
set -u
folder=${1:?usage: fetch_linux.sh FOLDER}
package=linux-image-cloud-amd64
[ -e "$folder/vmlinuz" ] && exit 0

fail() {
	echo "fetch_linux.sh: $*" >&2
	exit 1
}

command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 ||
	fail "this needs apt and dpkg; or put a Linux kernel (a bzImage) at $folder/vmlinuz yourself"
mkdir -p "$folder" || exit 1
folder=$(cd "$folder" && pwd) || exit 1
work=$(mktemp -d "$folder/fetch.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The system's own lists of packages first; where these are missing or too old, lists of our own.
own=
apt() {
	# shellcheck disable=SC2086
	"$@" -q -o APT::Sandbox::User="$(id -un)" -o Dir::Cache="$work/cache" $own
}
load() {
	real=$(apt apt-cache depends --important $package 2>/dev/null |
		sed -n 's/^ *Depends: *\(linux-image-[0-9][^ ]*-cloud-amd64\).*/\1/p' | head -n 1)
	[ -n "$real" ] || return 1
	(cd "$work" && apt apt-get download "$real") >"$work/log" 2>&1
}
mkdir -p "$work/cache/archives/partial"
if ! load; then
	own="-o Dir::State::lists=$work/lists"
	mkdir -p "$work/lists/partial"
	apt apt-get update >"$work/update.log" 2>&1
	if ! load; then
		tail -n 3 "$work/update.log" "$work/log" >&2 2>/dev/null
		fail "Debian's $package cannot be loaded: is this machine offline? Or put a Linux kernel (a bzImage) at" \
			"$folder/vmlinuz yourself"
	fi
fi
set -- "$work"/*.deb
[ -e "$1" ] || fail "apt-get download left no package"
dpkg-deb -x "$1" "$work/tree" || fail "$1 cannot be unpacked"
set -- "$work"/tree/boot/vmlinuz-*
[ -e "$1" ] || fail "$real has no kernel in its /boot"
echo "$real $(dpkg-deb -f "$work"/*.deb Version)" >"$folder/version"
mv "$1" "$folder/vmlinuz"
