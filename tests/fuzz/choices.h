/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_CHOICES_H
#define FUZZ_CHOICES_H

/* The fuzzer's bytes as a source of choices, and the check that a fuzzer makes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

struct choices {
	const uint8_t *p, *end;
};

/* Zeros follow the end. */
static inline uint8_t take(struct choices *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

static inline uint32_t take_below(struct choices *in, uint32_t n)
{
	return take(in) % n;
}

/* Once in @n times. */
static inline bool take_seldom(struct choices *in, uint32_t n)
{
	return take_below(in, n) == n - 1;
}

static inline uint64_t take_u64(struct choices *in)
{
	uint64_t v = 0;

	for (uint32_t n = 1 + take_below(in, 8); n; n--)
		v = v << 8 | take(in);
	return v;
}

static inline const char *take_one_of(struct choices *in, const char *const *texts, size_t n)
{
	return texts[take_below(in, (uint32_t)n)];
}

/* None more is allocated, so that a read past the end is seen. */
static inline uint8_t *take_bytes(struct choices *in, size_t n)
{
	uint8_t *bytes = malloc(n ? n : 1);

	CHECK(bytes);
	for (size_t i = 0; i < n; i++)
		bytes[i] = take(in);
	return bytes;
}

static inline uint8_t *copy_bytes(const uint8_t *from, size_t n)
{
	uint8_t *bytes = malloc(n ? n : 1);

	CHECK(bytes);
	if (n)
		memcpy(bytes, from, n);
	return bytes;
}

__attribute__((format(printf, 2, 3))) static inline void put(struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	CHECK(buf_vprintf(b, fmt, args) == 0);
	va_end(args);
}

#endif
