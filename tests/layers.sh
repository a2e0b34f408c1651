#!/bin/sh
# Fails when a file includes a header of a layer that it may not know: only its
# own folder and lower layers; and when a third-party header is included
# outside the one folder it belongs to.
set -eu
cd "$(dirname "$0")/.."

layer_of() {
	case $1 in
	base) echo 0 ;;
	model | config | os) echo 1 ;;
	source | decode | render | starter | import) echo 2 ;;
	collect | http | probes) echo 3 ;;
	ctl) echo 4 ;;
	main) echo 5 ;;
	*) echo "no-such-layer" ;;
	esac
}

# header pattern -> the folders that may include it
owners_of() {
	case $1 in
	yaml.h) echo config ;;
	cap-ng.h | seccomp.h | systemd/*) echo os ;;
	bpf/bpf.h | bpf/btf.h) echo source ;;
	bpf/*) echo source probes ;;
	pci/*) echo decode ;;
	isa-l* | igzip_lib.h) echo render ;;
	microhttpd.h | jansson.h) echo http ;;
	*) echo any ;;
	esac
}

bad=0
complain() {
	echo "$1: $2"
	bad=1
}

check_file() {
	file=$1
	folder=$(echo "$file" | cut -d/ -f2)
	[ -d "src/$folder" ] || [ -d "include/$folder" ] || folder=main
	own=$(layer_of "$folder")
	[ "$own" != no-such-layer ] || complain "$file" "folder $folder is in no layer"
	for header in $(sed -n 's/^ *# *include *[<"]\([^>"]*\)[>"].*/\1/p' "$file"); do
		owners=$(owners_of "$header")
		case " $owners " in
		*" any "* | *" $folder "*) ;;
		*) complain "$file" "<$header> belongs to: $owners" ;;
		esac
		other=${header%%/*}
		[ "$other" != "$header" ] && [ -d "include/$other" ] || continue
		[ "$other" = "$folder" ] && continue
		[ "$(layer_of "$other")" -lt "$own" ] || complain "$file" "layer $folder may not include $header"
	done
}

for file in $(find src include -name '*.[ch]'); do
	check_file "$file"
done
exit $bad
