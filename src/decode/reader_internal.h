/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_READER_INTERNAL_H
#define DECODE_READER_INTERNAL_H

/* How a number is taken out of the bytes of a key or value. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct reader {
	uint32_t offset;
	uint8_t size; /* 1 … 8 bytes; inside the key or value, checked when compiled */
	uint8_t bit_offset;
	uint8_t bit_size; /* 0: no bit field */
	uint8_t shift;
	bool big_endian;
	bool is_signed; /* of the result */
	bool is_float;	/* the result is a double's bits */
	uint64_t mask;
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

/* The number, sign-extended to 64 bits where it is signed. */
static inline uint64_t reader_load(const struct reader *r, const void *base)
{
	uint64_t v = reader_load_bytes((const uint8_t *)base + r->offset, r->size);
	unsigned int bits = r->bit_size ? r->bit_size : 8U * r->size;

	if (r->is_float)
		return reader_float_bits(v, r->size);
	if (r->big_endian)
		v = __builtin_bswap64(v) >> (64 - 8U * r->size);
	if (r->bit_size)
		v = v >> r->bit_offset & (bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1);
	if (r->is_signed && bits < 64)
		v = (uint64_t)((int64_t)(v << (64 - bits)) >> (64 - bits));
	v = r->is_signed ? (uint64_t)((int64_t)v >> r->shift) : v >> r->shift;
	return v & r->mask;
}

#endif
