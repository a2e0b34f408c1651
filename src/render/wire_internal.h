/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RENDER_WIRE_INTERNAL_H
#define RENDER_WIRE_INTERNAL_H

/*
 * Fields of a protobuf message, written at @p, where there is room. Each
 * function returns where what it wrote ends.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

enum wire_type { WIRE_VARINT = 0, WIRE_DOUBLE = 1, WIRE_BYTES = 2 };

/* A field takes at most this, and its bytes. */
#define WIRE_FIELD_MAX 12

/* A number by itself. */
static inline char *wire_write_varint(char *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (char)(v | 0x80);
	*p++ = (char)v;
	return p;
}

static inline size_t wire_varint_size(uint64_t v)
{
	size_t n = 1;

	while (v >>= 7)
		n++;
	return n;
}

/* @field: below 16, so that it takes one byte with its type. */
static inline char *wire_write_tag(char *p, unsigned int field, enum wire_type type)
{
	*p++ = (char)(field << 3 | type);
	return p;
}

static inline char *wire_write_u64(char *p, unsigned int field, uint64_t v)
{
	return wire_write_varint(wire_write_tag(p, field, WIRE_VARINT), v);
}

/* sint32 and sint64 */
static inline char *wire_write_s64(char *p, unsigned int field, int64_t v)
{
	return wire_write_u64(p, field, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

static inline char *wire_write_double(char *p, unsigned int field, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	bits = htole64(bits);
	return mempcpy(wire_write_tag(p, field, WIRE_DOUBLE), &bits, sizeof(bits));
}

/* The field's number and length: @n bytes are to follow. */
static inline char *wire_write_length(char *p, unsigned int field, size_t n)
{
	return wire_write_varint(wire_write_tag(p, field, WIRE_BYTES), n);
}

static inline char *wire_write_bytes(char *p, unsigned int field, struct str bytes)
{
	return mempcpy(wire_write_length(p, field, bytes.n), bytes.p, bytes.n);
}

#endif
