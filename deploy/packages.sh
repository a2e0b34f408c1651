# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by the scripts that need Debian packages of deploy/packages.txt.

_packages_list=$(dirname "${BASH_SOURCE[0]}")/packages.txt

# packages_missing KIND...: those of these kinds that are not installed, a line each.
packages_missing() {
	local kind package
	while read -r kind package; do
		[[ " $* " == *" $kind "* ]] || continue
		[[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
			echo "$package"
	done <"$_packages_list"
}

# packages_install PACKAGE...: what apt-get says goes to the standard output.
packages_install() {
	export DEBIAN_FRONTEND=noninteractive
	apt-get update && apt-get install -y --no-install-recommends "$@"
}
