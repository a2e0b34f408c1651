// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configured types become a layout as a C compiler would lay them out on a
 * 64-bit machine: each field at the next multiple of its alignment, a struct
 * padded to its own. Bit fields of one type that follow one another share a
 * number as long as each begins above the one before it.
 */
#include "explicit_layout_internal.h"

#include <errno.h>
#include <string.h>

struct kind_info {
	enum field_kind kind;
	uint8_t size; /* of one; 0: `count` bytes */
	uint8_t align;
	bool big_endian;
};

static const struct kind_info kinds[] = {
	[CONFIG_U8] = {FIELD_UINT, 1, 1, false},       [CONFIG_U16] = {FIELD_UINT, 2, 2, false},
	[CONFIG_U32] = {FIELD_UINT, 4, 4, false},      [CONFIG_U64] = {FIELD_UINT, 8, 8, false},
	[CONFIG_S8] = {FIELD_SINT, 1, 1, false},       [CONFIG_S16] = {FIELD_SINT, 2, 2, false},
	[CONFIG_S32] = {FIELD_SINT, 4, 4, false},      [CONFIG_S64] = {FIELD_SINT, 8, 8, false},
	[CONFIG_BE16] = {FIELD_UINT, 2, 2, true},      [CONFIG_BE32] = {FIELD_UINT, 4, 4, true},
	[CONFIG_BE64] = {FIELD_UINT, 8, 8, true},      [CONFIG_F32] = {FIELD_FLOAT, 4, 4, false},
	[CONFIG_F64] = {FIELD_FLOAT, 8, 8, false},     [CONFIG_BOOL] = {FIELD_BOOL, 1, 1, false},
	[CONFIG_IPV4] = {FIELD_IPV4, 4, 4, false},     [CONFIG_IPV6] = {FIELD_IPV6, 16, 4, false},
	[CONFIG_MAC] = {FIELD_MAC, 6, 1, false},       [CONFIG_CHAR] = {FIELD_CHARS, 0, 1, false},
	[CONFIG_BYTES] = {FIELD_BYTES, 0, 1, false},   [CONFIG_PAD] = {FIELD_PAD, 0, 1, false},
	[CONFIG_STRUCT] = {FIELD_STRUCT, 0, 1, false},
};

static uint32_t round_up(uint32_t n, uint32_t align)
{
	return (n + align - 1) / align * align;
}

static int fill(struct field *f, const struct config_field *c, bool packed, uint32_t *ret_align);

/* Whether the bits of @c lie in the number that @before has its bits in. */
static bool shares_number(const struct config_field *before, const struct config_field *c)
{
	return before && before->is_bits && c->is_bits && before->kind == c->kind &&
	       c->bit_first > before->bit_last;
}

static int fill_struct(struct field *f, const struct config_field *c, bool packed,
		       uint32_t *ret_align)
{
	uint32_t end = 0, largest = 1;

	f->kind = FIELD_STRUCT;
	for (size_t i = 0; i < c->n_fields; i++) {
		const struct config_field *it = &c->fields[i];
		struct field *member = field_add_member(f);
		uint32_t align = 1;
		int r;

		if (!member)
			return -ENOMEM;
		r = fill(member, it, packed, &align);
		if (r < 0)
			return r;
		if (packed)
			align = 1;
		if (it->offset >= 0)
			member->offset = (uint32_t)it->offset;
		else if (shares_number(i ? it - 1 : NULL, it))
			member->offset = member[-1].offset;
		else
			member->offset = round_up(end, align);
		end = member->offset + member->size;
		if (end > f->size)
			f->size = end;
		if (align > largest)
			largest = align;
	}
	f->size = round_up(f->size, largest);
	*ret_align = largest;
	return 0;
}

uint32_t config_kind_size(enum config_kind kind)
{
	return kinds[kind].size;
}

void field_set_kind(struct field *f, enum config_kind kind, uint32_t size)
{
	f->kind = kinds[kind].kind;
	f->big_endian = kinds[kind].big_endian;
	f->size = size;
}

/* One of the type, without its count where that makes an array. */
static int fill_one(struct field *f, const struct config_field *c, bool packed, uint32_t *ret_align)
{
	const struct kind_info *k = &kinds[c->kind];

	if (c->kind == CONFIG_STRUCT)
		return fill_struct(f, c, packed, ret_align);
	field_set_kind(f, c->kind, k->size ? k->size : c->count ? c->count : 1);
	if (c->is_bits) {
		f->bit_offset = c->bit_first;
		f->bit_size = (uint8_t)(c->bit_last - c->bit_first + 1);
	}
	*ret_align = k->align;
	return 0;
}

static int fill(struct field *f, const struct config_field *c, bool packed, uint32_t *ret_align)
{
	bool is_array = c->count && (kinds[c->kind].size || c->kind == CONFIG_STRUCT);
	struct field *one = f;
	int r;

	if (c->name) {
		f->name = strdup(c->name);
		if (!f->name)
			return -ENOMEM;
	}
	if (is_array) {
		one = field_add_member(f);
		if (!one)
			return -ENOMEM;
	}
	r = fill_one(one, c, packed, ret_align);
	if (r < 0 || !is_array)
		return r;
	f->kind = FIELD_ARRAY;
	f->n_elems = c->count;
	f->size = one->size * c->count;
	return 0;
}

struct layout *explicit_layout_new(const struct config_field *fields, bool packed)
{
	_cleanup_(layout_freep) struct layout *l = layout_new();
	uint32_t align = 1;

	if (!l || fill(&l->root, fields, packed, &align) < 0)
		return NULL;
	return take_ptr(l);
}
