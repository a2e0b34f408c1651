// SPDX-License-Identifier: GPL-2.0-only
/* vfsstat of libbpf-tools. */
#include "map.h"

__u64 stats[8];
