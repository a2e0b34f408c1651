#!/bin/bash
# Measure the exporter against the floors of its steps: run.sh [N], N entries (1,000,000).
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ "$(id -u)" != 0 ]; then
	echo "run.sh makes eBPF maps: run it as root" >&2
	exit 1
fi
mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
build=${BUILD_ROOT:-build/tests}/bench
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo &&
	cmake --build "$build" -j "$(nproc)" --target bpfmap_exporter bench_scrape; } >"$log" 2>&1; then
	tail -40 "$log" >&2
	exit 1
fi
exec "$build/tests/bench_scrape" "$build/bpfmap_exporter" "${1:-1000000}"
