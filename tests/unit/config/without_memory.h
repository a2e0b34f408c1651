/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_CONFIG_WITHOUT_MEMORY_H
#define UNIT_CONFIG_WITHOUT_MEMORY_H

/* A configuration parsed with each allocation failing in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "config/config.h"
#include "support/alloc_fault.h"

/* @expected: what parsing it returns with all of the memory. */
static inline void assert_parsed_without_memory(const char *yaml, int expected)
{
	for (long i = 0;; i++) {
		_cleanup_problems_ struct problems p = PROBLEMS_INIT;
		_cleanup_(config_freep) struct config *c = NULL;
		int r;

		alloc_fault_arm(i);
		r = config_parse("f", str_of(yaml), &c, &p);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, expected);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(c);
		assert_true(problems_any(&p));
	}
}

#endif
