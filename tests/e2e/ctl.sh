#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bpfmapctl as its user meets it: what it prints, where, and its exit status.
# In a mount namespace with a bpf filesystem of its own. The programs are
# looked for in $BUILD_DIR, or build/.
# shellcheck disable=SC2317  # expect calls them
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ctl=${BUILD_DIR:-$top/build}/bpfmapctl
pins=/sys/fs/bpf/bpfmap_exporter/syscalls

if [[ ${1:-} != --inside ]]; then
	[[ $(id -u) == 0 ]] || { echo "ctl: skipped: needs root" && exit 77; }
	exec unshare --mount --propagation unchanged "$0" --inside
fi
# What is mounted here must not spread to other namespaces; in a chroot, / may be no mount.
mount --make-private /sys/fs/bpf 2>/dev/null || mount --make-rprivate /
mount -t bpf bpf /sys/fs/bpf
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$ctl" "$folder/bpfmapctl" # nobody may not be able to reach the build
chmod 755 "$folder" "$folder/bpfmapctl"
state=$folder/state
failed=0

# expect STATUS OUT ERR COMMAND...: OUT and ERR are regular expressions for what goes to each; '' for nothing.
expect() {
	local status=$1 out=$2 err=$3 got=0
	shift 3
	"$@" >"$folder/out" 2>"$folder/err" || got=$?
	if [[ $got == "$status" ]] && matches "$folder/out" "$out" && matches "$folder/err" "$err"; then
		return
	fi
	echo "FAILED (status $got, not $status): $*"
	sed 's/^/  stdout: /' "$folder/out"
	sed 's/^/  stderr: /' "$folder/err"
	failed=1
}

matches() {
	if [[ $2 ]]; then grep -Eqz -- "$2" "$1"; else [[ ! -s $1 ]]; fi
}

ctl() {
	"$folder/bpfmapctl" "$@"
}

as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$folder/bpfmapctl" "$@"
}

# Into a state folder of the test's own.
load() {
	ctl probes load --state-dir "$state" "$@"
}

full_output() {
	"$folder/bpfmapctl" --help >/dev/full
}

# The command line.
expect 0 'probes load \[NAME\.\.\.\] \[--group GROUP\] \[--state-dir DIR\]' '' ctl --help
expect 0 '^bpfmapctl [0-9]+\.[0-9]+\.[0-9]+' '' ctl --version
for command in 'probes list' 'probes load' 'probes unload' show dump init check 'import ebpf_exporter' 'btf save'; do
	# shellcheck disable=SC2086
	expect 0 "^Usage: bpfmapctl $command.*Options:.*Example:.*Exit status:" '' ctl $command --help
done
expect 2 'Usage' '' ctl
expect 2 '' "did you mean 'probes list'" ctl probes lst
expect 2 '' "did you mean 'show'" ctl shw /sys/fs/bpf/x
expect 2 '' "no command 'fly'" ctl fly
expect 2 '' "did you mean '--group'" ctl probes load --grup
expect 2 '' 'needs the name of a group' ctl probes load --group
expect 2 '' 'needs the name of a group' ctl probes load --group=
expect 2 '' "no group 'no such'" ctl probes load --group='no such'
expect 2 '' "no probe 'syscals' \(did you mean 'syscalls'" ctl probes load syscals
expect 2 '' 'usage: bpfmapctl show PIN' ctl show
expect 2 '' 'usage: bpfmapctl probes list' ctl probes list syscalls
expect 2 '' 'usage: bpfmapctl btf save PIN' ctl btf save
expect 2 '' "no command 'btf sav' \(did you mean 'btf save'" ctl btf sav "$pins/syscalls"
expect 2 '' "did you mean '--state-dir'" ctl btf save "$pins/syscalls" --state-dri x
expect 2 '' 'state-dir needs a folder' ctl show "$pins/syscalls" --state-dir
expect 2 '' "no option '--state-dir'" ctl probes unload --state-dir x
expect 2 '' "no option '--group'" ctl show "$pins/syscalls" --group x
expect 2 '' "no option '--limit'" ctl show "$pins/syscalls" --limit 5
expect 2 '' "no option '--limti=5' \(did you mean '--limit'" ctl dump "$pins/syscalls" --limti=5
expect 2 '' 'format needs table, json or csv' ctl dump "$pins/syscalls" --format
expect 2 '' "needs table, json or csv, not 'jsno' \(did you mean 'json'" ctl dump "$pins/syscalls" --format jsno
expect 2 '' "needs table, json or csv, not 'xml'" ctl dump "$pins/syscalls" --format=xml
expect 2 '' "needs sum or each, not 'eahc' \(did you mean 'each'" ctl dump "$pins/syscalls" --cpu eahc
for limit in 0 -1 x 18446744073709551616; do
	expect 2 '' "limit needs a number of entries from 1, not '$limit'" ctl dump "$pins/syscalls" --limit "$limit"
done
expect 2 '' 'usage: bpfmapctl dump PIN; .bpfmapctl dump --help. says more' ctl dump "$pins/syscalls" "$pins/other"
expect 2 '' 'usage: bpfmapctl check FILE' ctl check
expect 2 '' "prefix needs what the name of a metric may begin with .* not '0x'" ctl import ebpf_exporter x --prefix 0x
expect 2 '' "not 'a-b'" ctl import ebpf_exporter x --prefix=a-b
expect 2 '' "not 'a:b'" ctl import ebpf_exporter x --prefix=a:b
expect 2 '' "no command 'import' \(did|no command 'import'" ctl import
expect 2 '' "no command 'import ebpf_exporte' \(did you mean 'import ebpf_exporter'" ctl import ebpf_exporte x
expect 1 '' '^bpfmapctl: --limit: ' ctl dump -- --limit # a pin of that name
expect 0 '/run/bpfmap_exporter' '' ctl btf save --help
expect 1 '' 'standard output: No space left' full_output

# Without root.
expect 3 'syscalls +\? +\?' 'run this as root' as_nobody probes list
expect 3 '' 'run this as root' as_nobody probes load
expect 3 '' 'run this as root' as_nobody probes unload
expect 3 '' '^bpfmapctl: [^:]*: run this as root\s$' as_nobody btf save "$pins/syscalls" "$pins/syscalls_lost"

# The life of a probe.
expect 0 'syscalls +no +yes +system calls' '' ctl probes list
expect 0 '' '' ctl probes unload
expect 0 '' '' load
expect 0 'syscalls +yes +yes' '' ctl probes list
rm "$pins/syscalls" # somebody's mistake: to be seen, and to be mended by loading again
expect 0 'syscalls +no +yes' '' ctl probes list
expect 0 '' '' load
expect 0 'syscalls +yes +yes' '' ctl probes list
expect 0 'type +percpu_hash.*name +syscalls.*key +4 bytes.*value +16 bytes for each of [0-9]+ CPUs.*max entries +1024.*flags +none.*memory +[1-9][0-9]* bytes.*entries +[1-9][0-9]* .*struct syscall_counts \{.*__u64 calls;.*__u64 errors;' \
	'' ctl show "$pins/syscalls"
expect 3 '' 'permission denied' as_nobody show "$pins/syscalls"
chmod 0700 /sys/fs/bpf
rm -r "$state"
expect 0 '' 'may now traverse' load syscalls --group=65534
expect 0 'entries +[1-9].*struct syscall_counts \{.*__u64 calls;' '' as_nobody show "$pins/syscalls" --state-dir="$state"
expect 0 'entries +[1-9].*layout +unknown: .*CAP_SYS_ADMIN.*not saved in /run/bpfmap_exporter\): run .bpfmapctl btf save [^ ]*/syscalls. as root' \
	'' as_nobody show "$pins/syscalls"
expect 1 'syscalls_lost' 'nothing is pinned there' ctl show "$pins/none" "$pins/syscalls_lost"
expect 1 '' 'is pinned there' ctl show "$pins/programs/syscalls_enter"
expect 1 '' 'nothing is pinned there; .find /sys/fs/bpf -type f. lists what is pinned' ctl show "$pins/none"
expect 1 '' 'is a folder, not a pinned map; .find' ctl dump "$pins"
expect 1 '' 'id:x: is no map.s id: .*; .bpftool map show. lists' ctl show id:x

# Saving BTF: what fails does not stop the rest.
rm -r "$state"
expect 0 "^$pins/syscalls: BTF [0-9]+ saved\\s$pins/syscalls_lost: BTF [0-9]+ saved\\s$" '' \
	ctl btf save --state-dir "$state" "$pins/syscalls" "$pins/syscalls_lost"
expect 0 "STRUCT 'syscall_counts'" '' bpftool btf dump file "$(find "$state" -type f | head -n 1)"
id=$(bpftool -j map show pinned "$pins/syscalls" | sed -E 's/.*"id":([0-9]+).*/\1/')
expect 1 "^id:$id: BTF [0-9]+ saved\\s$" 'none: nothing is pinned there.*/syscalls_enter: .*is pinned there.*id:0: is no map' \
	ctl btf save "$pins/none" "$pins/programs/syscalls_enter" id:0 "id:$id" --state-dir="$state"
chmod 777 "$state/btf"
expect 3 '' '/syscalls: .*/btf: others than its owner may write to it' ctl btf save "$pins/syscalls" --state-dir "$state"
expect 0 '' 'syscalls is loaded, but the BTF of its maps is not saved: .*/btf: others than its owner' load
expect 3 '' '/no/such: cannot be made: No such file.*; --state-dir names the folder' ctl btf save "$pins/syscalls" --state-dir /no/such

# Maps that cannot be loaded over, that have no BTF, that cannot be listed.
rm "$pins/syscalls"
bpftool map create "$pins/syscalls" type hash key 4 value 8 entries 10 name other flags 1
expect 1 '' 'bpfmapctl probes unload syscalls' load
expect 1 '' '/syscalls: the map has no BTF' ctl btf save "$pins/syscalls" --state-dir "$state"
expect 0 'flags +no_prealloc.*entries +0 \(0.0 % full\).*layout +unknown' '' ctl show "$pins/syscalls"
bpftool map create /sys/fs/bpf/queue type queue value 8 entries 10 name queue
expect 0 'type +queue.*entries +0 \(0.0 % full\)' '' ctl show /sys/fs/bpf/queue
bpftool map update pinned /sys/fs/bpf/queue value 1 0 0 0 0 0 0 0
expect 0 'entries +unknown: .*cannot be counted unless it is empty' '' ctl show /sys/fs/bpf/queue
bpftool map create /sys/fs/bpf/ring type ringbuf entries 4096 name ring
expect 0 'waiting +0 bytes \(0.0 % full\)' '' ctl show /sys/fs/bpf/ring
bpftool map create /sys/fs/bpf/frozen type array key 4 value 8 entries 2 name frozen
expect 0 'flags +none.  frozen +no.*entries +2 \(100.0' '' ctl show /sys/fs/bpf/frozen
bpftool map freeze pinned /sys/fs/bpf/frozen
expect 0 'frozen +yes: only programs can write' '' ctl show /sys/fs/bpf/frozen
bpftool map pin pinned /sys/fs/bpf/queue "$pins/stranger"
expect 0 '' "$pins/stranger: not the probe's" ctl probes unload
rm "$pins/stranger"
expect 0 '' 'not saved' load
rm "$pins/syscalls" && mkdir "$pins/syscalls"
expect 1 '' 'syscalls: .*' ctl probes unload
rmdir "$pins/syscalls"
expect 0 '' '' ctl probes unload
[[ ! -e /sys/fs/bpf/bpfmap_exporter ]] || { echo "FAILED: pins are left" && failed=1; }

# Without a bpf filesystem.
mount -t tmpfs none /sys/fs/bpf
expect 3 '' 'mount -t bpf bpf /sys/fs/bpf' load
exit $failed
