#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# All tests, on a Debian machine, as root: installs what is missing, builds in
# folders of its own, runs. A line a step; what a step printed is shown only
# where it failed, and stays in the folder of the logs. The last line sums up.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
top=$PWD
# shellcheck source=deploy/packages.sh
source deploy/packages.sh
root=$(realpath -m "${BUILD_ROOT:-build/tests}")
logs=$root/logs
n_jobs=$(nproc)
long=
filter=
fuzz_seconds=20
passed=0 failed=0 skipped=0

usage() {
	cat <<EOF
Usage: tests/run.sh [--long] [--filter NAME] [--help]

Builds and runs all tests. Ends with "N passed, M failed, K skipped".

  --long         fuzz for 10 minutes each, change maps and pins under the exporter
                 for as long, and install into a clean Debian root
  --filter NAME  only the tests whose name matches this regular expression, in
                 the plain build

Environment:
  BUILD_ROOT     where to build (build/tests)
EOF
}

die() {
	echo "run.sh: $*" >&2
	exit 1
}

report() { # STATE NAME SECONDS
	printf '%-7s %-24s %4d s\n' "$1" "$2" "$3"
}

show_log() {
	echo "--- the end of $1"
	tail -n 60 "$1"
	echo "---"
}

# step NAME COMMAND...: one that passes or fails as a whole.
step() {
	local name=$1 log=$logs/${1// /_}.log start=$SECONDS
	shift
	if "$@" >"$log" 2>&1 </dev/null; then
		passed=$((passed + 1))
		report ok "$name" $((SECONDS - start))
		return
	fi
	failed=$((failed + 1))
	report FAILED "$name" $((SECONDS - start))
	show_log "$log"
	return 1
}

junit_count() { # ATTRIBUTE FILE
	sed -n "/<testsuite/,/>/s/.*[^a-z]$1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1
}

# ctest_step NAME BUILD OPTION...: one that counts its test cases.
ctest_step() {
	local name=$1 build=$root/$2 log=$logs/${1// /_}.log start=$SECONDS state=ok
	local n n_failed n_skipped junit=$logs/${1// /_}.xml
	shift 2
	rm -f "$junit"
	"${launcher[@]}" ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$n_jobs" \
		--output-junit "$junit" "$@" >"$log" 2>&1 </dev/null || state=FAILED
	n=0 n_failed=0 n_skipped=0
	if [[ -s $junit ]]; then
		n=$(junit_count tests "$junit")
		n_failed=$(junit_count failures "$junit")
		n_skipped=$(junit_count skipped "$junit")
	fi
	# One that ctest could not start counts as skipped there, but not here.
	if [[ $state == FAILED ]] && ((!n_failed || !n)); then
		n=$((n + 1)) n_failed=1
	fi
	passed=$((passed + n - n_failed - n_skipped))
	failed=$((failed + n_failed))
	skipped=$((skipped + n_skipped))
	report "$state" "$name" $((SECONDS - start))
	if ((n_skipped)); then
		grep -hiE 'skipped( \]|:)' "$build/Testing/Temporary/LastTest.log" | sort -u | head -n 20 || true
	fi
	[[ $state == ok ]] || show_log "$log"
}

configure_and_make() { # BUILD TARGETS CMAKE_OPTION...
	local build=$root/$1 targets
	read -ra targets <<<"$2"
	shift 2
	cmake -S "$top" -B "$build" "$@" && cmake --build "$build" --parallel "$n_jobs" --target "${targets[@]}"
}

build() { # NAME CMAKE_OPTION...
	local name=$1
	shift
	step "build $name" configure_and_make "$name" all "$@"
}

sources() {
	find src include tests bpf -name '*.[ch]'
}

check_format() {
	sources | xargs clang-format --dry-run -Werror
}

run_tidy() {
	run-clang-tidy -quiet -p "$root/clang" -j "$n_jobs" "^$top/src/.*\\.c$"
}

fuzzers() {
	basename -s .c tests/fuzz/fuzz_*.c
}

run_fuzzer() {
	local corpus=$root/corpus/$1 seeds=tests/data/${1#fuzz_}
	mkdir -p "$corpus"
	[[ -d $seeds ]] || seeds=
	# shellcheck disable=SC2086  # no seeds are no argument
	"$root/fuzz/tests/$1" -max_total_time="$fuzz_seconds" -timeout=10 -print_final_stats=1 \
		-artifact_prefix="$corpus-" "$corpus" $seeds
}

fuzz() {
	local fuzzer
	step "build fuzz" configure_and_make fuzz "$(fuzzers | xargs)" -DCMAKE_C_COMPILER=clang \
		-DFUZZ=ON -DSANITIZE=address,undefined || return
	for fuzzer in $(fuzzers); do
		step "$fuzzer" run_fuzzer "$fuzzer" || true
	done
}

# mount_missing TYPE FOLDER NAME: tests that need it say so where it cannot be.
mount_missing() {
	[[ $(stat -f -c %T "$2" 2>/dev/null) == "$3" ]] || mount -t "$1" "$1" "$2" ||
		echo "run.sh: $1 cannot be mounted at $2" >&2
}

prepare() {
	local missing
	[[ $(id -u) == 0 ]] || die "the tests load eBPF programs and make maps: run this as root"
	mkdir -p "$logs"
	mapfile -t missing < <(packages_missing build test)
	if ((${#missing[@]})); then
		step "install packages" packages_install "${missing[@]}" || exit 1
		passed=0
	fi
	mount_missing bpf /sys/fs/bpf bpf_fs
	mount_missing tracefs /sys/kernel/tracing tracefs
}

run_all() {
	if build gcc -DWERROR=ON; then
		ctest_step "tests" gcc
	fi
	if build clang -DWERROR=ON -DCMAKE_C_COMPILER=clang; then
		ctest_step "unit tests, clang" clang -L unit
		step "clang-tidy" run_tidy || true
	fi
	if build asan -DWERROR=ON -DSANITIZE=address,undefined; then
		ctest_step "tests, asan" asan -L 'unit|kernel'
	fi
	if build tsan -DWERROR=ON -DSANITIZE=thread; then
		# ThreadSanitizer cannot live with much randomness of addresses.
		setarch -R true 2>/dev/null && launcher=(setarch -R)
		ctest_step "unit tests, tsan" tsan -L unit
		launcher=()
	fi
	step "clang-format" check_format || true
	fuzz || true
	[[ ! $long ]] || step "clean root" tests/e2e/clean_root.sh --tests || true
}

launcher=()
while (($#)); do
	case $1 in
	--long)
		long=1
		export LONG=1 # to tests/e2e
		fuzz_seconds=600
		;;
	--filter)
		[[ ${2:-} ]] || die "--filter needs a name"
		filter=$2
		shift
		;;
	--help)
		usage
		exit
		;;
	*)
		usage >&2
		exit 2
		;;
	esac
	shift
done
prepare
if [[ $filter ]]; then
	if build gcc -DWERROR=ON; then
		ctest_step "tests" gcc -R "$filter"
	fi
else
	run_all
fi
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
