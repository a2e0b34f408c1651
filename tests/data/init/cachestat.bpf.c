// SPDX-License-Identifier: GPL-2.0-only
/* cachestat of libbpf-tools. */
#include "map.h"

__s64 total;
__s64 misses;
__u64 mbd;
