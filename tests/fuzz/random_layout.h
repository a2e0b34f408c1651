/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_RANDOM_LAYOUT_H
#define FUZZ_RANDOM_LAYOUT_H

/*
 * Layouts out of random bytes: as BTF would give them, and written down as a
 * configuration would have them. Fields are named by their side and number,
 * members of inner structs by letters.
 */
#include <stdio.h>

#include "choices.h"
#include "model/layout.h"

#define MAX_DEPTH 3

static inline void make_enumerators(struct choices *in, struct field *f)
{
	f->n_enumerators = take_below(in, 4);
	f->enumerators = calloc(f->n_enumerators + 1, sizeof(*f->enumerators));
	CHECK(f->enumerators);
	for (uint32_t i = 0; i < f->n_enumerators; i++) {
		f->enumerators[i].value = (int8_t)take(in);
		f->enumerators[i].name = strdup(take_seldom(in, 4) ? "SAME" : i & 1 ? "B" : "A");
	}
}

static inline void make_scalar(struct choices *in, struct field *f)
{
	static const uint8_t sizes[] = {1, 2, 4, 8};
	static const uint8_t fixed[FIELD_PAD + 1] = {
		[FIELD_BOOL] = 1, [FIELD_IPV4] = 4, [FIELD_IPV6] = 16, [FIELD_MAC] = 6};

	f->kind = take_below(in, 2) ? FIELD_UINT : (enum field_kind)take_below(in, FIELD_STRUCT);
	f->size = fixed[f->kind] ? fixed[f->kind] : sizes[take_below(in, 4)];
	if (f->kind == FIELD_FLOAT && f->size < 4)
		f->size = 8;
	if (f->kind == FIELD_CHARS || f->kind == FIELD_BYTES)
		f->size = 1 + take_below(in, 40);
	if (f->kind == FIELD_UINT || f->kind == FIELD_SINT) {
		f->big_endian = f->size > 1 && f->kind == FIELD_UINT && take_seldom(in, 4);
		if (take_seldom(in, 4))
			f->bit_size = (uint8_t)(1 + take_below(in, 8 * f->size));
	}
	if (f->bit_size)
		f->bit_offset = (uint8_t)take_below(in, 8 * f->size - f->bit_size + 1);
	if (f->kind == FIELD_ENUM)
		make_enumerators(in, f);
}

static void make_field(struct choices *in, struct field *f, unsigned int depth, uint32_t n_elems);

/* Members one after the other, gaps among them; of a union over each other. */
static inline void make_members(struct choices *in, struct field *f, unsigned int depth,
				uint32_t n_elems, char prefix)
{
	uint32_t n = 1 + take_below(in, depth ? 3 : 6);

	for (uint32_t i = 0; i < n; i++) {
		struct field *m = field_add_member(f);
		char top[3] = {prefix, (char)('0' + i)}, inner[2] = {(char)('a' + i)};

		CHECK(m);
		make_field(in, m, depth, n_elems);
		if ((m->kind != FIELD_STRUCT && m->kind != FIELD_UNION) || !take_seldom(in, 4))
			m->name = strdup(prefix ? top : inner);
		if (f->kind == FIELD_STRUCT)
			m->offset = f->size + (take_seldom(in, 3) ? take_below(in, 4) : 0);
		if (m->offset + m->size > f->size)
			f->size = m->offset + m->size;
	}
	if (take_seldom(in, 4))
		f->size += take_below(in, 8);
}

static inline void make_array(struct choices *in, struct field *f, unsigned int depth,
			      uint32_t n_elems)
{
	struct field *element = field_add_member(f);

	CHECK(element);
	f->kind = FIELD_ARRAY;
	f->n_elems = take_seldom(in, 8) ? take_below(in, 9) : n_elems;
	make_field(in, element, depth, n_elems);
	f->size = element->size * f->n_elems;
}

static void make_field(struct choices *in, struct field *f, unsigned int depth, uint32_t n_elems)
{
	uint32_t what = depth < MAX_DEPTH ? take_below(in, 12) : 0;

	switch (what) {
	case 11:
	case 10:
	case 9:
		make_array(in, f, depth + 1, n_elems);
		break;
	case 8:
		f->kind = FIELD_STRUCT;
		make_members(in, f, depth + 1, n_elems, 0);
		break;
	case 7:
		f->kind = take_seldom(in, 3) ? FIELD_PAD : FIELD_UNION;
		f->size = f->kind == FIELD_PAD ? 1 + take_below(in, 4) : 0;
		if (f->kind == FIELD_UNION)
			make_members(in, f, depth + 1, n_elems, 0);
		break;
	default:
		make_scalar(in, f);
	}
}

/* Mostly a struct. Not empty. @n_elems: of most arrays. */
static inline struct layout *make_layout(struct choices *in, char prefix, uint32_t n_elems)
{
	struct layout *l = layout_new();

	CHECK(l);
	if (take_seldom(in, 6))
		make_scalar(in, &l->root);
	else
		make_members(in, &l->root, 0, n_elems, prefix);
	if (!l->root.size)
		l->root.size = 1;
	return l;
}

static inline const char *written_type(const struct field *f, char text[8])
{
	static const char *const names[] = {
		[FIELD_BOOL] = "bool", [FIELD_CHARS] = "char",	 [FIELD_BYTES] = "bytes",
		[FIELD_IPV4] = "ipv4", [FIELD_IPV6] = "ipv6",	 [FIELD_MAC] = "mac",
		[FIELD_PAD] = "pad",   [FIELD_STRUCT] = "struct"};
	char letter = f->kind == FIELD_FLOAT ? 'f' : f->kind == FIELD_SINT ? 's' : 'u';

	if (f->kind > FIELD_ENUM || f->kind == FIELD_BOOL)
		if (f->kind != FIELD_FLOAT)
			return names[f->kind];
	snprintf(text, 8, "%s%u", f->big_endian ? "be" : (char[]){letter, 0}, 8 * f->size);
	return text;
}

/* Whether a configuration can say the same: it has no unions, enums or arrays of arrays. */
static inline bool is_writable(const struct field *f)
{
	bool can = f->kind != FIELD_UNION && f->kind != FIELD_ENUM &&
		   (f->kind != FIELD_ARRAY || f->n_elems);

	for (uint32_t i = 0; can && i < f->n_members; i++) {
		const struct field *m = &f->members[i];

		can = is_writable(m) && (m->name || f->kind == FIELD_ARRAY || m->kind == FIELD_PAD);
		if (f->kind == FIELD_ARRAY)
			can = can && m->kind != FIELD_ARRAY && m->kind != FIELD_CHARS &&
			      m->kind != FIELD_BYTES && m->kind != FIELD_PAD && !m->bit_size;
	}
	return can;
}

/* Packed, each with its offset, the end filled. */
static inline void write_members(const struct field *f, struct buf *out)
{
	char type[8];
	uint32_t end = 0;

	put(out, "[");
	for (uint32_t i = 0; i < f->n_members; i++) {
		const struct field *m = &f->members[i];
		const struct field *one = m->kind == FIELD_ARRAY ? m->members : m;

		put(out, "{type: %s, offset: %u, ", written_type(one, type), m->offset);
		if (m->kind != FIELD_PAD)
			put(out, "name: %s, ", m->name);
		if (m->kind == FIELD_ARRAY)
			put(out, "count: %u, ", m->n_elems);
		else if (m->kind == FIELD_CHARS || m->kind == FIELD_BYTES || m->kind == FIELD_PAD)
			put(out, "count: %u, ", m->size);
		if (m->bit_size)
			put(out, "bits: %u-%u, ", m->bit_offset, m->bit_offset + m->bit_size - 1U);
		if (one->kind == FIELD_STRUCT) {
			put(out, "fields: ");
			write_members(one, out);
		}
		put(out, "}, ");
		end = m->offset + m->size > end ? m->offset + m->size : end;
	}
	if (end < f->size)
		put(out, "{type: pad, offset: %u, count: %u}", end, f->size - end);
	put(out, "]");
}

/* A path from here to a scalar; @keep_array: or to an array of them. */
static inline void write_path(struct choices *in, const struct field *f, bool keep_array,
			      struct buf *out)
{
	while (f->n_members) {
		const struct field *m = &f->members[take_below(in, f->n_members)];

		if (f->kind != FIELD_ARRAY && m->name) {
			put(out, ".%s", m->name);
		} else if (f->kind == FIELD_ARRAY) {
			if (keep_array && !m->n_members)
				return;
			if (take_seldom(in, 4))
				put(out, ".%u", take_below(in, f->n_elems + 1));
			else
				put(out, ".*");
		}
		f = m;
	}
}

#endif
