#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a stranger with a fresh Debian 12 does: deploy/quickstart.sh, alone, in
# a minimal root made by mmdebstrap. With --tests, tests/run.sh in it as well.
#
# The root has mount and process namespaces of its own, so nothing that runs
# or is mounted there outlives this script, and a bpf filesystem of its own,
# so that probes loaded on this machine are not touched. The network is this
# machine's. The root without our packages is kept as a tar; --fresh makes it
# anew.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${TMPDIR:-/var/tmp}/bpfmap_exporter-debian12.tar
listen=127.0.0.1:${CLEAN_ROOT_PORT:-10935}

die() {
	echo "clean_root: $*" >&2
	exit 1
}

# Sources, keys and everything about acquiring are as on this machine.
make_tar() {
	local sources=() file options
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
		[[ -s $file ]] && sources+=("$file")
	done
	((${#sources[@]})) || die "this machine has no apt sources"
	echo "clean_root: making $cache"
	options=$(mktemp)
	apt-config dump --no-empty --format '%F "%v";%n' Acquire >"$options"
	# shellcheck disable=SC2016  # the shell of the hook expands $1
	mmdebstrap --quiet --format=tar --variant=minbase --aptopt="$options" \
		--setup-hook='mkdir -p "$1/usr/share" && cp -r /usr/share/keyrings "$1/usr/share/"' \
		bookworm "$cache.new" "${sources[@]}" || die "mmdebstrap failed"
	rm -f "$options"
	mv "$cache.new" "$cache"
}

copy_tree() {
	git -C "$top" ls-files -z --cached --others --exclude-standard |
		tar -C "$top" --null --files-from=- --ignore-failed-read --owner=0 --group=0 -c |
		tar -x -C "$1"
}

counter_sum() {
	curl --silent --fail --noproxy '*' "http://$listen/metrics" |
		awk '/^syscalls_total[{]/ { sum += $2 } END { printf "%d\n", sum }'
}

check_live() {
	local before after
	before=$(counter_sum)
	sleep 2
	after=$(counter_sum)
	echo "clean_root: syscalls_total went from $before to $after"
	((before > 0 && after > before)) || die "the counters do not grow"
}

# In the namespaces: process 1, whose end ends everything in them.
inside() {
	local root=$1 src=$1/usr/src/bpfmap_exporter
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount -t bpf bpf "$root/sys/fs/bpf"
	mount --rbind /dev "$root/dev"
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
	mkdir -p "$src"
	copy_tree "$src"
	in_root() {
		chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			LISTEN="$listen" "$@"
	}
	in_root /usr/src/bpfmap_exporter/deploy/quickstart.sh
	check_live
	echo "clean_root: and once more, which replaces the exporter"
	in_root /usr/src/bpfmap_exporter/deploy/quickstart.sh
	check_live
	in_root /usr/src/bpfmap_exporter/deploy/quickstart.sh --stop
	counter_sum >/dev/null && die "the exporter still answers after --stop"
	[[ ! -e $root/sys/fs/bpf/bpfmap_exporter ]] || die "pins are left after --stop"
	if [[ $2 == tests ]]; then
		in_root /usr/src/bpfmap_exporter/tests/run.sh
	fi
}

if [[ ${1:-} == --inside ]]; then
	inside "$2" "$3"
	exit
fi

mode=quickstart
for option in "$@"; do
	case $option in
	--tests) mode=tests ;;
	--fresh) rm -f "$cache" ;;
	*) die "usage: tests/e2e/clean_root.sh [--tests] [--fresh]" ;;
	esac
done
[[ $(id -u) == 0 ]] || die "this needs root"
command -v mmdebstrap >/dev/null || die "this needs mmdebstrap"
[[ -s $cache ]] || make_tar
root=$(mktemp -d "${TMPDIR:-/var/tmp}/clean-root.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT
tar -x -f "$cache" -C "$root"
unshare --mount --propagation private --pid --fork --kill-child "$0" --inside "$root" "$mode"
echo "clean_root: passed"
