/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_DECODER_BED_H
#define UNIT_DECODER_BED_H

/*
 * One decoder between a field's bytes and its label's text, without a plan.
 * Every case is also run with each allocation failing in turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "decode/decoder_internal.h"
#include "support/alloc_fault.h"

struct decoder_case {
	struct config_decoder config;
	enum field_kind field; /* an unsigned integer is 0 */
	const char *bytes;     /* of the field, in hexadecimal, blanks between; or… */
	const char *text;      /* … what the decoder before made */
	uint64_t length;       /* cidr */
	const char *expected;  /* escaped; NULL: init fails with… */
	const char *message;   /* … this */
	bool is_lossy, is_merging;
	struct enumerator *enumerators;
	uint32_t n_enumerators;
};

/* A case while it runs. */
struct bed {
	struct field field;
	struct datum_shape shape;
	struct datum datum;
	uint8_t *bytes; /* on the heap, so that a read beyond them is seen */
	struct config_label label;
	struct decoder_chain chain;
	struct problems problems;
};

static inline uint8_t *bed_bytes(const char *hex, size_t *ret_n)
{
	uint8_t *bytes = malloc(strlen(hex) / 2 + 1);
	size_t n = 0;

	assert_non_null(bytes);
	while (*hex) {
		char pair[3] = {hex[0], hex[0] == ' ' ? '\0' : hex[1]};

		hex += *hex == ' ' ? 1 : 2;
		if (*pair != ' ')
			bytes[n++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	*ret_n = n;
	bytes = realloc(bytes, n + !n);
	assert_non_null(bytes);
	return bytes;
}

static inline bool bed_is_number(enum field_kind kind)
{
	return kind == FIELD_UINT || kind == FIELD_SINT || kind == FIELD_BOOL || kind == FIELD_ENUM;
}

/* As a plan gives a number to a decoder: its sign extended, its bytes only to who takes them. */
static inline void bed_set_number(struct bed *b)
{
	size_t unused = 64 - 8 * b->datum.n;

	memcpy(&b->datum.number, b->bytes, b->datum.n);
	b->datum.is_signed = b->field.kind == FIELD_SINT;
	if (b->datum.is_signed)
		b->datum.number = (uint64_t)((int64_t)(b->datum.number << unused) >> unused);
}

static inline void bed_init(struct bed *b, const struct decoder_case *c)
{
	size_t n;

	*b = (struct bed){.problems = PROBLEMS_INIT, .shape = {.kind = DATUM_TEXT}};
	b->label.decoders = (struct config_decoder *)&c->config;
	b->label.n_decoders = 1;
	if (c->text) {
		b->datum = (struct datum){.kind = DATUM_TEXT,
					  .bytes = (const uint8_t *)c->text,
					  .n = strlen(c->text)};
		return;
	}
	b->bytes = bed_bytes(c->bytes, &n);
	b->field = (struct field){.kind = c->field,
				  .size = (uint32_t)n,
				  .enumerators = c->enumerators,
				  .n_enumerators = c->n_enumerators};
	b->datum = (struct datum){.bytes = b->bytes, .n = n, .length = c->length};
	if (decoder_of(&c->config)->takes_bytes || !bed_is_number(c->field))
		b->datum.kind = c->field == FIELD_FLOAT ? DATUM_FLOAT : DATUM_BYTES;
	else
		bed_set_number(b);
	b->shape = (struct datum_shape){.kind = b->datum.kind, .n = n, .field = &b->field};
}

static inline void bed_done(struct bed *b)
{
	decoder_chain_done(&b->chain);
	problems_done(&b->problems);
	free(b->bytes);
}

static inline int bed_compile(struct bed *b)
{
	return decoder_chain_init(&b->chain, &b->label, &b->shape, NULL, &b->problems);
}

static inline void bed_check_text(const struct bed *b, const struct decoder_case *c,
				  const struct buf *out)
{
	const char *name = b->chain.decoders[0].ops->name;

	if (out->len != strlen(c->expected) || memcmp(out->data, c->expected, out->len) != 0)
		fail_msg("%s of %s gives '%.*s' instead of '%s'", name,
			 c->text ? c->text : c->bytes, (int)out->len, out->data, c->expected);
	if (b->chain.decoders[0].ops->is_plain)
		assert_null(memchr(c->expected, '\\', out->len));
}

static inline int bed_run(const struct bed *b, const struct decoder_case *c)
{
	struct decoder_scratch scratch = {0};
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r = decoder_chain_run(&b->chain, &b->datum, &scratch, &out);

	if (r == 0)
		bed_check_text(b, c, &out);
	decoder_scratch_done(&scratch);
	return r;
}

/* Each allocation of making it and of its work fails once. */
static inline void bed_starve(const struct decoder_case *c)
{
	struct bed b;
	int r;

	for (long i = 0;; i++) {
		bed_init(&b, c);
		alloc_fault_arm(i);
		r = bed_compile(&b);
		if (!alloc_fault_disarm())
			break;
		assert_int_equal(r, -ENOMEM);
		bed_done(&b);
	}
	assert_int_equal(r, 0);
	for (long i = 0;; i++) {
		alloc_fault_arm(i);
		r = bed_run(&b, c);
		if (!alloc_fault_disarm())
			break;
		assert_true(r == -ENOMEM || r == 0); /* what is only kept may be left out */
	}
	assert_int_equal(r, 0);
	bed_done(&b);
}

static inline void bed_run_case(const struct decoder_case *c)
{
	_cleanup_(bed_done) struct bed b;
	int r;

	bed_init(&b, c);
	r = bed_compile(&b);
	if (!c->expected) {
		assert_int_equal(r, -EINVAL);
		assert_int_equal(b.problems.n, 1);
		assert_string_equal(b.problems.items[0], c->message);
		return;
	}
	if (r < 0)
		fail_msg("%s: %s", c->expected, b.problems.n ? b.problems.items[0] : "no message");
	if (decoder_chain_is_lossy(&b.chain) != c->is_lossy ||
	    decoder_chain_is_merging(&b.chain) != c->is_merging)
		fail_msg("%s to %s: wrong about loss", b.chain.decoders[0].ops->name, c->expected);
	assert_int_equal(bed_run(&b, c), 0);
	assert_int_equal(bed_run(&b, c), 0); /* maybe out of a cache */
	bed_starve(c);
}

static inline void bed_run_table(const struct decoder_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bed_run_case(&cases[i]);
}

/* The start of a case: the decoder, at a place of its own. */
#define DECODER(what, ...) .config = {.at = {"f", 3, 4}, .kind = CONFIG_DECODE_##what, __VA_ARGS__}
#define AT(text)	   "f:3:4: " text

#endif
