#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# From a checkout to live metrics on a Debian machine: installs what is
# missing, builds, loads the bundled probes, starts the exporter in the
# background. Works without systemd and without sudo; running it again
# brings everything up to date and replaces the running exporter.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=deploy/packages.sh
source "$top/deploy/packages.sh"
listen=${LISTEN:-:10435}
build=$top/build
exporter=$build/bpfmap_exporter
ctl=$build/bpfmapctl
run_dir=/run/bpfmap_exporter
pid_file=$run_dir/exporter.pid
log=$run_dir/exporter.log

usage() {
	cat <<EOF
Usage: deploy/quickstart.sh [--stop | --help]

Installs missing packages, builds into build/, loads the probes and starts the
exporter. --stop ends the exporter and unloads the probes.

Environment:
  LISTEN       HOST:PORT to serve on (default :10435, all addresses)
  KEEP_PROBES  with --stop: if not empty, the probes stay loaded and count on
EOF
}

say() {
	echo "quickstart: $*"
}

die() {
	echo "quickstart: $*" >&2
	exit 1
}

# logged NAME COMMAND...: what it prints is shown only when it fails.
logged() {
	local out=$run_dir/$1.log
	shift
	"$@" >"$out" 2>&1 && return
	echo "quickstart: failed: $*" >&2
	tail -n 30 "$out" >&2
	die "the whole log is $out"
}

install_packages() {
	local missing
	mapfile -t missing < <(packages_missing build)
	((${#missing[@]})) || return 0
	say "installing ${missing[*]}"
	logged apt packages_install "${missing[@]}"
}

# mount_missing TYPE FOLDER NAME: the name is what stat calls the type.
mount_missing() {
	[[ $(stat -f -c %T "$2" 2>/dev/null) == "$3" ]] && return
	mount -t "$1" "$1" "$2" || die "$2: cannot mount $1; does this kernel have it?"
	say "mounted $1 at $2"
}

compile() {
	say "building; the first time takes a minute"
	logged cmake cmake -S "$top" -B "$build" -DTESTS=OFF
	logged make cmake --build "$build" --parallel "$(nproc)"
}

# The process of the pid file, if it is an exporter of this build (also one whose file was rebuilt since).
running_pid() {
	local pid exe
	pid=$(cat "$pid_file" 2>/dev/null) || return 1
	[[ $pid =~ ^[0-9]+$ ]] || return 1
	exe=$(readlink "/proc/$pid/exe" 2>/dev/null) || return 1
	[[ ${exe% (deleted)} == "$exporter" ]] || return 1
	echo "$pid"
}

stop_exporter() {
	local pid
	pid=$(running_pid) || return 0
	kill "$pid"
	for _ in {1..100}; do
		[[ -e /proc/$pid ]] || break
		sleep 0.1
	done
	[[ ! -e /proc/$pid ]] || die "the exporter (process $pid) does not end"
	rm -f "$pid_file"
	say "stopped the exporter that ran as process $pid"
}

# Where to ask: an address that means all of them is this machine.
url() {
	local host=${listen%:*}
	case $host in
	'' | 0.0.0.0 | '*') host=127.0.0.1 ;;
	'[::]') host='[::1]' ;;
	esac
	echo "http://$host:${listen##*:}"
}

fetch() {
	curl --silent --fail --max-time 10 --noproxy '*' "$(url)$1"
}

show_log_and_die() {
	tail -n 20 "$log" >&2
	die "$1; its log is $log"
}

# Only a refused connection (curl's 7) means that nobody listens there.
port_is_taken() {
	local status=0
	curl --silent --output /dev/null --max-time 2 --noproxy '*' "$(url)/" || status=$?
	((status != 7))
}

start_exporter() {
	local pid
	port_is_taken && # by a stranger: ours is stopped
		die "$listen is in use by another program: choose another, as in LISTEN=:10436 $0"
	setsid "$exporter" --config.file="$top/config/bpfmap_exporter.yml" \
		--web.listen-address="$listen" </dev/null >"$log" 2>&1 &
	pid=$!
	echo "$pid" >"$pid_file"
	for _ in {1..300}; do
		kill -0 "$pid" 2>/dev/null || show_log_and_die "the exporter ended"
		fetch /-/ready >/dev/null && return
		sleep 0.1
	done
	show_log_and_die "the exporter is not ready after 30 seconds"
}

# The busiest system calls between two scrapes, which are $1 and $2.
print_changes() {
	awk '/^syscalls_total[{]/ {
		if (NR == FNR) before[$1] = $2
		else if ($2 > before[$1]) print $2 - before[$1], $1, $2
	}' "$1" "$2" | sort -rn | head -n 5 |
		awk '{ printf "  %-32s %12s  +%s\n", $2, $3, $1 }'
}

show_sample() {
	local before after changes
	before=$(mktemp) after=$(mktemp)
	# shellcheck disable=SC2064
	trap "rm -f '$before' '$after'" EXIT
	fetch /metrics >"$before" || show_log_and_die "the exporter does not answer"
	sleep 1.1
	fetch /metrics >"$after" || show_log_and_die "the exporter does not answer"
	changes=$(print_changes "$before" "$after")
	[[ $changes ]] || show_log_and_die "the counters do not move"
	cat <<EOF

Live at $(url)/metrics. The busiest system calls, and what one second added:

$changes

Prometheus, in scrape_configs:
  - job_name: bpfmap
    static_configs: [{targets: ['$(url | sed 's,http://,,')']}]

Log: $log
Stop it, and unload the probes: $top/deploy/quickstart.sh --stop
EOF
}

stop_all() {
	stop_exporter
	[[ -z ${KEEP_PROBES:-} && -x $ctl ]] || return 0
	"$ctl" probes unload
	say "unloaded the probes"
}

start_all() {
	install_packages
	mount_missing bpf /sys/fs/bpf bpf_fs
	mount_missing tracefs /sys/kernel/tracing tracefs
	compile
	"$ctl" probes load
	stop_exporter
	start_exporter
	show_sample
}

main() {
	case ${1:-} in
	--help)
		usage
		return
		;;
	'' | --stop) ;;
	*)
		usage >&2
		exit 2
		;;
	esac
	[[ $(id -u) == 0 ]] || die "loading eBPF programs needs root: run this as root"
	mkdir -p "$run_dir"
	if [[ ${1:-} == --stop ]]; then
		stop_all
	else
		start_all
	fi
}

main "$@"
