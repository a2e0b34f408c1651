/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_PASSING_INTERNAL_H
#define SOURCE_PASSING_INTERNAL_H

/*
 * Errors that pass by themselves: a bucket or map that is contended (EBUSY,
 * with the locks of newer kernels also EDEADLK or ETIMEDOUT), a signal, keys
 * that vanished under a batch (EINTR). Whoever meets one tries again, but not
 * for ever.
 */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>

#define PASSING_TRIES 100 /* after the first */

static inline bool error_passes(int r)
{
	return r == -EBUSY || r == -EDEADLK || r == -ETIMEDOUT || r == -EINTR;
}

/* try_until_passed() - the result of @call, repeated while that passes; -EBUSY if it never does. */
#define try_until_passed(call)                             \
	({                                                 \
		unsigned int n_tries_ = 0;                 \
		int result_ = (call);                      \
		while (error_passes(result_)) {            \
			if (n_tries_++ == PASSING_TRIES) { \
				result_ = -EBUSY;          \
				break;                     \
			}                                  \
			sched_yield();                     \
			result_ = (call);                  \
		}                                          \
		result_;                                   \
	})

#endif
