/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_READER_INTERNAL_H
#define DECODE_READER_INTERNAL_H

/* How a number is taken out of the bytes of a key or value, and what is made of it. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct reader {
	uint32_t offset;
	uint32_t strides[2]; /* bytes from one element to the next, for each `*` of the path */
	uint8_t size;	     /* 1 … 8 bytes; inside the key or value, checked when compiled */
	uint8_t bit_offset;
	uint8_t bit_size; /* 0: no bit field */
	uint8_t shift;
	bool big_endian;
	bool is_signed; /* of the result */
	bool is_float;	/* the result is a double's bits */
	bool divides;	/* div or mod is there */
	uint64_t mask;
	uint64_t div; /* at least 1 */
	uint64_t mod; /* 0: none */
};

/* Where in a pass: an entry, one CPU of it, one element of each array. */
struct cursor {
	const uint8_t *key;
	const uint8_t *value; /* of one CPU; NULL: drained, and nothing reads it */
	uint32_t cpu;
	uint32_t index[2];
};

static inline uint64_t reader_load_bytes(const uint8_t *p, uint8_t size)
{
	uint64_t v = 0;

	switch (size) {
	case 1:
		return *p;
	case 2: {
		uint16_t half;

		memcpy(&half, p, 2);
		return half;
	}
	case 4: {
		uint32_t word;

		memcpy(&word, p, 4);
		return word;
	}
	case 8:
		memcpy(&v, p, 8);
		return v;
	default: /* a bit field over a part of a word */
		memcpy(&v, p, size);
		return v;
	}
}

static inline uint64_t reader_float_bits(uint64_t raw, uint8_t size)
{
	double d;
	float f;

	if (size == 4) {
		uint32_t word = (uint32_t)raw;

		memcpy(&f, &word, sizeof(f));
		d = f;
		memcpy(&raw, &d, sizeof(d));
	}
	return raw;
}

static inline uint64_t reader_divide(const struct reader *r, uint64_t v)
{
	if (!r->is_signed) {
		v /= r->div;
		return r->mod ? v % r->mod : v;
	}
	/* Divisors over 2^63 - 1 are larger than any number: C's remainder and quotient say so. */
	v = r->div <= INT64_MAX ? (uint64_t)((int64_t)v / (int64_t)r->div) : 0;
	return r->mod && r->mod <= INT64_MAX ? (uint64_t)((int64_t)v % (int64_t)r->mod) : v;
}

/* Shift, mask, div, mod. */
static inline uint64_t reader_compute(const struct reader *r, uint64_t v)
{
	v = r->is_signed ? (uint64_t)((int64_t)v >> r->shift) : v >> r->shift;
	v &= r->mask;
	return r->divides ? reader_divide(r, v) : v;
}

/* The number at @p, sign-extended to 64 bits where it is signed. */
static inline uint64_t reader_load_at(const struct reader *r, const uint8_t *p)
{
	uint64_t v = reader_load_bytes(p, r->size);
	unsigned int bits = r->bit_size ? r->bit_size : 8U * r->size;

	if (r->is_float)
		return reader_float_bits(v, r->size);
	if (r->big_endian)
		v = __builtin_bswap64(v) >> (64 - 8U * r->size);
	if (r->bit_size)
		v = v >> r->bit_offset & (bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1);
	if (r->is_signed && bits < 64)
		v = (uint64_t)((int64_t)(v << (64 - bits)) >> (64 - bits));
	return reader_compute(r, v);
}

/* Where its bytes are, of the key or value at @base. */
static inline const uint8_t *reader_place(const struct reader *r, const uint8_t *base,
					  const struct cursor *at)
{
	return base + r->offset + (size_t)at->index[0] * r->strides[0] +
	       (size_t)at->index[1] * r->strides[1];
}

/* Where a number comes from. */
enum origin {
	ORIGIN_KEY,
	ORIGIN_VALUE,
	ORIGIN_CPU,
	ORIGIN_INDEX_0,
	ORIGIN_INDEX_1,
	ORIGIN_CONSTANT,
};

struct operand {
	enum origin origin;
	uint64_t constant;
	struct reader reader;
};

static inline uint64_t operand_load(const struct operand *o, const struct cursor *at)
{
	switch (o->origin) {
	case ORIGIN_KEY:
		return reader_load_at(&o->reader, reader_place(&o->reader, at->key, at));
	case ORIGIN_VALUE:
		return reader_load_at(&o->reader, reader_place(&o->reader, at->value, at));
	case ORIGIN_CPU:
		return reader_compute(&o->reader, at->cpu);
	case ORIGIN_INDEX_0:
		return reader_compute(&o->reader, at->index[0]);
	case ORIGIN_INDEX_1:
		return reader_compute(&o->reader, at->index[1]);
	case ORIGIN_CONSTANT:
		break;
	}
	return reader_compute(&o->reader, o->constant);
}

#endif
