/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

/*
 * Cleanup by attribute, and hand-overs that can be seen.
 *
 * A variable marked _cleanup_(f) is passed to f when it leaves its scope.
 * DEFINE_CLEANUP(foo_free, struct foo *) makes the foo_freep() that the
 * attribute needs. What outlives the scope is handed over with take_ptr()
 * or take_fd(), which leave NULL or -1 behind.
 */
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

#define DEFINE_CLEANUP(func, type)          \
	static inline void func##p(type *p) \
	{                                   \
		if (*p)                     \
			func(*p);           \
	}

#define take_ptr(p)                            \
	({                                     \
		__typeof__(p) *_slot = &(p);   \
		__typeof__(p) _taken = *_slot; \
		*_slot = NULL;                 \
		_taken;                        \
	})

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void close_fdp(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void freep(void *p)
{
	free(*(void **)p);
}

DEFINE_CLEANUP(fclose, FILE *)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
