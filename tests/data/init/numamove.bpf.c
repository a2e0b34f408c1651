// SPDX-License-Identifier: GPL-2.0-only
/* numamove of libbpf-tools. */
#include "map.h"

MAP(start, HASH, u32, u64, 10240, 0);

__u64 latency;
__u64 num;
