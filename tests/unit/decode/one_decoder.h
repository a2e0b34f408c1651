/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_ONE_DECODER_H
#define UNIT_ONE_DECODER_H

/* A decoder alone, without a plan around it; and files for it to look into. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "decode/decoder_internal.h"
#include "decode/lookup_paths_internal.h"
#include "support/alloc_fault.h"

struct one {
	struct decoder d;
	struct problems problems;
	struct config_decoder config;
	struct datum_shape shape;
	const struct stack_provider *stacks;
};

static inline struct one one_of(const struct decoder_ops *ops, enum datum_kind kind, size_t n)
{
	return (struct one){
		.d = {.ops = ops},
		.config = {.at = {.file = "f", .line = 2, .column = 3}},
		.shape = {.kind = kind, .n = n},
	};
}

static inline int one_init(struct one *o)
{
	struct decoder_input in = {.config = &o->config,
				   .shape = &o->shape,
				   .stacks = o->stacks,
				   .problems = &o->problems};

	return o->d.ops->init(&o->d, &in);
}

static inline void one_done(struct one *o)
{
	if (o->d.ops->done)
		o->d.ops->done(&o->d);
	problems_done(&o->problems);
}

static inline int one_decode_number(struct one *o, uint64_t number, bool is_signed, struct buf *out)
{
	struct datum in = {.kind = DATUM_NUMBER,
			   .is_signed = is_signed,
			   .number = number,
			   .bytes = (const uint8_t *)&number,
			   .n = o->shape.n};

	return o->d.ops->decode(&o->d, &in, out);
}

/* What was there before stays. */
static inline void one_expect(struct buf *out, int r, const char *expected)
{
	assert_int_equal(r, 0);
	assert_memory_equal(buf_string(out), "<", 1);
	assert_string_equal(buf_string(out) + 1, expected);
}

static inline void one_expect_number(struct one *o, uint64_t number, bool is_signed,
				     const char *expected)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	assert_int_equal(buf_puts(&out, "<"), 0);
	one_expect(&out, one_decode_number(o, number, is_signed, &out), expected);
}

static inline void one_expect_bytes(struct one *o, enum datum_kind kind, const void *bytes,
				    size_t n, const char *expected)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct datum in = {.kind = kind, .bytes = bytes, .n = n};

	assert_int_equal(buf_puts(&out, "<"), 0);
	one_expect(&out, o->d.ops->decode(&o->d, &in, &out), expected);
}

/* That init refuses it, with exactly this message. */
static inline void one_expect_refusal(struct one o, const char *message)
{
	assert_int_equal(one_init(&o), -EINVAL);
	assert_int_equal(o.problems.n, 1);
	assert_string_equal(o.problems.items[0], message);
	one_done(&o);
}

/* init and one number, each allocation failing in turn; @reset is called before each try. */
static inline void one_try_without_memory(struct one like, uint64_t number, void (*reset)(void))
{
	long i = 0;

	for (bool struck = true; struck; i++) {
		_cleanup_buf_ struct buf out = BUF_INIT;
		struct one o = like;
		int r;

		reset();
		alloc_fault_arm(i);
		r = one_init(&o);
		if (r == 0)
			r = one_decode_number(&o, number, false, &out);
		struck = alloc_fault_disarm();
		assert_int_equal(r, struck ? -ENOMEM : 0);
		one_done(&o);
	}
	assert_true(i > 1);
}

/* write_file() - @path in full, anew. */
static inline void write_file(const char *path, const char *text)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

#endif
