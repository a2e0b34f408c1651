// SPDX-License-Identifier: GPL-2.0-only
#include "base/clock.h"

#include <stdatomic.h>

/* Less is jitter, or the clock being slewed. */
#define STEP_NS (INT64_C(50) * 1000000)

int64_t clock_epoch_ns(clockid_t id)
{
	static _Atomic int64_t kept[2];
	_Atomic int64_t *last = &kept[id == CLOCK_BOOTTIME];
	int64_t now = (int64_t)clock_wall_ns() - (int64_t)clock_read_ns(id);
	int64_t before = atomic_load(last);

	if (before && now - before < STEP_NS && before - now < STEP_NS)
		return before;
	atomic_store(last, now);
	return now;
}
