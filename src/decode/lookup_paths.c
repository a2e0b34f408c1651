// SPDX-License-Identifier: GPL-2.0-only
#include "lookup_paths_internal.h"

struct lookup_paths lookup_paths = {
	.passwd = "/etc/passwd",
	.block_devices = "/sys/dev/block",
	.mountinfo = "/proc/self/mountinfo",
	.kallsyms = "/proc/kallsyms",
};
