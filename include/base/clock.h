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

/*
 * clock_epoch_ns() - when @id, CLOCK_MONOTONIC or CLOCK_BOOTTIME, was 0, in wall
 * clock time. The same from call to call while the wall clock is not set, so
 * that the same time of the kernel's is shown as the same timestamp.
 */
int64_t clock_epoch_ns(clockid_t id);

#endif
