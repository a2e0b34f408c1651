/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_NUM_WRITTEN_H
#define UNIT_NUM_WRITTEN_H

/* What a function of base/num.h writes, and that it writes nothing past its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "num_tables.h"

#define GUARD 0x5a

/* A result, with guard bytes that must be left alone behind it. */
struct written {
	char text[NUM_TEXT_MAX + 16];
	size_t n;
};

#define WRITE(function, ...)                                               \
	({                                                                 \
		struct written w_;                                         \
		memset(w_.text, GUARD, sizeof(w_.text));                   \
		w_.n = function(w_.text, __VA_ARGS__);                     \
		assert_in_range(w_.n, 1, NUM_TEXT_MAX);                    \
		for (size_t i_ = NUM_TEXT_MAX; i_ < sizeof(w_.text); i_++) \
			assert_int_equal(w_.text[i_], GUARD);              \
		w_.text[w_.n] = '\0';                                      \
		w_;                                                        \
	})

static inline void assert_text(struct written w, const char *expected)
{
	assert_string_equal(w.text, expected);
	assert_int_equal(w.n, strlen(expected));
}

static inline int128 int128_of(uint64_t high, uint64_t low)
{
	return (int128)((unsigned __int128)high << 64 | low);
}

#endif
