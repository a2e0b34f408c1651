// SPDX-License-Identifier: GPL-2.0-only
/* systemd's RestrictNetworkInterfaces=. */
#include "map.h"

const volatile __u8 is_allow_list = 1;

MAP(sd_restrictif, HASH, __u32, __u8, 16, 0);
