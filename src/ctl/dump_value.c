// SPDX-License-Identifier: GPL-2.0-only
/*
 * One value as text: a number as it is, an enum by its name, bytes in
 * hexadecimal. Of all CPUs, numbers are added when they are read; the rest is
 * one CPU's.
 */
#include "dump_internal.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>

#include "base/num.h"

/* What a cell of a table shows of arrays. */
#define MOST_ELEMENTS 16
#define MOST_BYTES    32

static const char digits[] = "0123456789abcdef";

static bool is_zero(const uint8_t *p, uint32_t n)
{
	return !n || (!*p && !memcmp(p, p + 1, n - 1));
}

struct reading reading_sum(const uint8_t *values, uint32_t n_cpus, uint32_t stride, uint32_t size)
{
	struct reading at = {.p = values, .n_cpus = n_cpus, .stride = stride};

	for (uint32_t cpu = 0; cpu < n_cpus; cpu++) {
		if (!is_zero(values + (size_t)cpu * stride, size)) {
			at.speaker = (size_t)cpu * stride;
			break;
		}
	}
	return at;
}

static bool is_signed(const struct field *f)
{
	bool has_negative = f->kind == FIELD_SINT;

	for (uint32_t i = 0; f->kind == FIELD_ENUM && i < f->n_enumerators; i++)
		has_negative |= f->enumerators[i].value < 0;
	return has_negative;
}

/* An integer of at most 8 bytes, its sign extended to 64 bits. */
static uint64_t load_integer(const struct field *f, const uint8_t *p)
{
	unsigned int bits = f->bit_size ? f->bit_size : 8 * f->size;
	uint64_t v = 0;

	memcpy(&v, p, f->size);
	if (f->big_endian)
		v = __builtin_bswap64(v) >> (64 - 8 * f->size);
	if (bits < 64)
		v = v >> f->bit_offset << (64 - bits) >> (64 - bits);
	if (bits < 64 && is_signed(f))
		v = (uint64_t)((int64_t)(v << (64 - bits)) >> (64 - bits));
	return v;
}

static double load_float(const struct field *f, const uint8_t *p)
{
	double d;
	float single;

	if (f->size == sizeof(single)) {
		memcpy(&single, p, sizeof(single));
		return single;
	}
	memcpy(&d, p, sizeof(d));
	return d;
}

static void write_integer(const struct shape *s, const struct reading *at, struct out *o)
{
	char text[NUM_TEXT_MAX];
	uint64_t sum = 0;

	for (uint32_t cpu = 0; cpu < at->n_cpus && !s->is_name; cpu++)
		sum += load_integer(s->field, at->p + (size_t)cpu * at->stride);
	if (s->is_name)
		sum = load_integer(s->field, at->p + at->speaker);
	out_put(o, text,
		s->kind == SHAPE_SINT ? num_write_s64(text, (int64_t)sum)
				      : num_write_u64(text, sum));
}

/* JSON has no numbers for what is none. */
static void write_float(const struct shape *s, const struct reading *at, enum text_style style,
			struct out *o)
{
	char text[NUM_TEXT_MAX];
	double sum = 0;
	size_t n;

	for (uint32_t cpu = 0; cpu < at->n_cpus; cpu++)
		sum += load_float(s->field, at->p + (size_t)cpu * at->stride);
	n = num_write_double(text, sum);
	out_text(o, (struct str){text, n}, isfinite(sum) ? TEXT_PLAIN : style);
}

static void write_enum(const struct field *f, const uint8_t *p, enum text_style style,
		       struct out *o)
{
	uint64_t v = load_integer(f, p);
	char text[NUM_TEXT_MAX];

	for (uint32_t i = 0; i < f->n_enumerators; i++) {
		if ((uint64_t)f->enumerators[i].value == v) {
			out_text(o, str_of(f->enumerators[i].name), style);
			return;
		}
	}
	out_put(o, text, is_signed(f) ? num_write_s64(text, (int64_t)v) : num_write_u64(text, v));
}

static void put_hex(struct out *o, uint8_t byte)
{
	out_put(o, (char[]){digits[byte >> 4], digits[byte & 15]}, 2);
}

static void write_hex(const uint8_t *p, uint32_t n, bool cut, struct out *o)
{
	uint32_t n_shown = cut && n > MOST_BYTES ? MOST_BYTES : n;
	char mark[32];

	for (uint32_t i = 0; i < n_shown; i++)
		put_hex(o, p[i]);
	if (n_shown < n)
		out_put(o, mark,
			(size_t)snprintf(mark, sizeof(mark), "… %u more bytes", n - n_shown));
}

static void write_address(const struct shape *s, const uint8_t *p, struct out *o)
{
	char text[INET6_ADDRSTRLEN];

	if (s->kind == SHAPE_IP) {
		inet_ntop(s->field->size == 16 ? AF_INET6 : AF_INET, p, text, sizeof(text));
		out_str(o, str_of(text));
		return;
	}
	for (int i = 0; i < 6; i++) {
		if (i)
			out_char(o, ':');
		put_hex(o, p[i]);
	}
}

static void write_text(const struct field *f, const uint8_t *p, enum text_style style,
		       struct out *o)
{
	const char *text = (const char *)p;
	size_t n = strnlen(text, f->size);

	if (!n && style == TEXT_TABLE) /* a cell that is empty looks like one that is missing */
		out_str(o, STR("\"\""));
	else
		out_text(o, (struct str){text, n}, style);
}

static void write_scalar(const struct shape *s, struct reading at, enum text_style style, bool cut,
			 struct out *o)
{
	const uint8_t *p = at.p + at.speaker;
	bool quotes = style == TEXT_JSON;

	switch (s->kind) {
	case SHAPE_UINT:
	case SHAPE_SINT:
		write_integer(s, &at, o);
		return;
	case SHAPE_FLOAT:
		write_float(s, &at, style, o);
		return;
	case SHAPE_BOOL:
		out_str(o, load_integer(s->field, p) ? STR("true") : STR("false"));
		return;
	case SHAPE_ENUM:
		write_enum(s->field, p, style, o);
		return;
	case SHAPE_TEXT:
		write_text(s->field, p, style, o);
		return;
	default:
		break;
	}
	if (quotes)
		out_char(o, '"');
	if (s->kind == SHAPE_HEX)
		write_hex(p, s->field->size, cut, o);
	else
		write_address(s, p, o);
	if (quotes)
		out_char(o, '"');
}

static void write_struct(const struct shape *s, struct reading at, bool cut, struct out *o)
{
	out_char(o, '{');
	for (size_t i = 0; i < s->n_members; i++) {
		const struct shape *m = &s->members[i];
		struct reading there = at;

		if (i)
			out_char(o, ',');
		out_text(o, str_of(m->field->name), TEXT_JSON);
		out_char(o, ':');
		there.p += m->offset;
		value_write_json(m, there, cut, o);
	}
	out_char(o, '}');
}

static void write_array(const struct shape *s, struct reading at, bool cut, struct out *o)
{
	uint32_t n = s->field->n_elems, n_shown = cut && n > MOST_ELEMENTS ? MOST_ELEMENTS : n;
	char mark[32];

	out_char(o, '[');
	for (uint32_t i = 0; i < n_shown; i++, at.p += s->members->field->size) {
		if (i)
			out_char(o, ',');
		value_write_json(s->members, at, cut, o);
	}
	if (n_shown < n)
		out_put(o, mark, (size_t)snprintf(mark, sizeof(mark), ",… %u more", n - n_shown));
	out_char(o, ']');
}

void value_write_json(const struct shape *s, struct reading at, bool cut, struct out *o)
{
	if (s->kind == SHAPE_STRUCT)
		write_struct(s, at, cut, o);
	else if (s->kind == SHAPE_ARRAY)
		write_array(s, at, cut, o);
	else
		write_scalar(s, at, TEXT_JSON, cut, o);
}

void value_write_cell(const struct shape *s, struct reading at, enum text_style style,
		      struct out *o)
{
	bool cut = style == TEXT_TABLE;

	if (s->kind == SHAPE_ARRAY)
		write_array(s, at, cut, o);
	else
		write_scalar(s, at, style, cut, o);
}
