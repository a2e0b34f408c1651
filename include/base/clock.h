/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

static inline uint64_t clock_read_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* For durations and deadlines. */
static inline uint64_t clock_mono_ns(void)
{
	return clock_read_ns(CLOCK_MONOTONIC);
}

/* Since the Unix epoch: only for what is shown. */
static inline uint64_t clock_wall_ns(void)
{
	return clock_read_ns(CLOCK_REALTIME);
}

/* Of two times of the wall clock, 0 where one is unknown, the first that is known. */
static inline uint64_t clock_earlier_ns(uint64_t a, uint64_t b)
{
	return !a || (b && b < a) ? b : a;
}

/* The wall clock may have been set back: a time that is over, now at the latest; 0 stays 0. */
static inline uint64_t clock_until_now_ns(uint64_t wall_ns)
{
	uint64_t now_ns = clock_wall_ns();

	return wall_ns < now_ns ? wall_ns : now_ns;
}

/*
 * clock_epoch_ns() - when @id, CLOCK_MONOTONIC or CLOCK_BOOTTIME, was 0, in wall
 * clock time. The same from call to call while the wall clock is not set, so
 * that the same time of the kernel's is shown as the same timestamp.
 */
int64_t clock_epoch_ns(clockid_t id);

#endif
