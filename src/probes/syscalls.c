// SPDX-License-Identifier: GPL-2.0-only
#include "probes_internal.h"

#include "syscalls.skel.h"

const struct probe probe_syscalls = {
	.name = "syscalls",
	.summary = "system calls and their errors, by number",
	.object = syscalls__elf_bytes,
};
