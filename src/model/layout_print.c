// SPDX-License-Identifier: GPL-2.0-only
/* A layout as the C struct that a person would have written, with offsets. */
#include "model/layout.h"

static const char *uint_name(const struct field *f)
{
	static const char *const host[] = {"__u8", "__u16", "__u32", "__u64"};
	static const char *const big[] = {"__u8", "__be16", "__be32", "__be64"};
	const char *const *names = f->big_endian ? big : host;

	return f->size <= 1   ? names[0]
	       : f->size <= 2 ? names[1]
	       : f->size <= 4 ? names[2]
			      : names[3];
}

static const char *sint_name(const struct field *f)
{
	return f->size <= 1 ? "__s8" : f->size <= 2 ? "__s16" : f->size <= 4 ? "__s32" : "__s64";
}

static const char *type_name(const struct field *f)
{
	if (f->type_name)
		return f->type_name;
	switch (f->kind) {
	case FIELD_UINT:
		return uint_name(f);
	case FIELD_SINT:
		return sint_name(f);
	case FIELD_BOOL:
		return "bool";
	case FIELD_ENUM:
		return "enum";
	case FIELD_FLOAT:
		return f->size == 4 ? "float" : "double";
	case FIELD_CHARS:
		return "char";
	case FIELD_IPV4:
		return "struct in_addr";
	case FIELD_IPV6:
		return "struct in6_addr";
	case FIELD_STRUCT:
		return "struct";
	case FIELD_UNION:
		return "union";
	case FIELD_BYTES:
	case FIELD_MAC:
	case FIELD_ARRAY:
	case FIELD_PAD:
		break;
	}
	return "unsigned char";
}

/* Whether the kind itself is an array of bytes that C writes with brackets. */
static bool has_brackets(const struct field *f)
{
	if (f->kind == FIELD_CHARS || f->kind == FIELD_MAC)
		return true;
	return (f->kind == FIELD_BYTES || f->kind == FIELD_PAD) && !f->type_name && f->size > 1;
}

static const struct field *innermost(const struct field *f)
{
	while (f->kind == FIELD_ARRAY && f->n_members)
		f = &f->members[0];
	return f;
}

static int print_members(const struct field *f, uint32_t offset, int depth, struct buf *out);

static int print_declarator(const struct field *f, struct buf *out)
{
	int r = 0;

	if (f->name)
		r = buf_printf(out, " %s", f->name);
	else if (f->kind == FIELD_PAD)
		r = buf_puts(out, " /* padding */");
	for (; r == 0 && f->kind == FIELD_ARRAY && f->n_members; f = &f->members[0])
		r = buf_printf(out, "[%u]", f->n_elems);
	if (r == 0 && has_brackets(f))
		r = buf_printf(out, "[%u]", f->size);
	if (r == 0 && f->bit_size)
		r = buf_printf(out, " : %u", f->bit_size);
	return r;
}

static int print_field(const struct field *f, uint32_t offset, int depth, struct buf *out)
{
	const struct field *inner = innermost(f);
	bool has_members = inner->kind == FIELD_STRUCT || inner->kind == FIELD_UNION;
	int r;

	r = buf_printf(out, "%*s%s", depth * 8, "", type_name(inner));
	if (r == 0 && has_members) {
		r = buf_puts(out, " {\n");
		if (r == 0)
			r = print_members(inner, offset, depth + 1, out);
		if (r == 0)
			r = buf_printf(out, "%*s}", depth * 8, "");
	}
	if (r == 0)
		r = print_declarator(f, out);
	if (r == 0)
		r = buf_printf(out, "; /* offset %u, %u byte%s", offset, f->size,
			       f->size == 1 ? "" : "s");
	if (r == 0 && f->bit_size)
		r = buf_printf(out, ", bits %u-%u", f->bit_offset, f->bit_offset + f->bit_size - 1);
	return r ? r : buf_puts(out, " */\n");
}

static int print_members(const struct field *f, uint32_t offset, int depth, struct buf *out)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < f->n_members; i++)
		r = print_field(&f->members[i], offset + f->members[i].offset, depth, out);
	return r;
}

int layout_print(const struct layout *l, const char *name, struct buf *out)
{
	struct field root = l->root; /* borrowed, but for the name */

	root.name = (char *)name;
	return print_field(&root, 0, 0, out);
}
