/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SUPPORT_ALLOC_FAULT_H
#define SUPPORT_ALLOC_FAULT_H

/*
 * Lets an allocation of the code under test fail. Linked with --wrap, so it
 * covers what the project allocates, not what libraries do. For one thread.
 *
 *	for (long i = 0;; i++) {
 *		alloc_fault_arm(i);
 *		int r = thing_new(…);
 *		if (!alloc_fault_disarm())
 *			break;		// fewer than i allocations: all were tried
 *		assert_int_equal(r, -ENOMEM);
 *	}
 */
#include <stdbool.h>

/* The @nth allocation from now (0: the next one) fails. */
void alloc_fault_arm(long nth);

/* Back to normal; whether it has struck. */
bool alloc_fault_disarm(void);

#endif
