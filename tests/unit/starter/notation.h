/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_NOTATION_H
#define UNIT_NOTATION_H

/*
 * Layouts as short texts, for tables of cases; aligned as C does it.
 *
 *	{u64:packets u32[16]:slots {be32:a u16:b}:flow}	a struct with three members
 *	(be32:v4 bytes16:v6):addr			a union
 *	char16:comm bytes6:mac pad4 enum4:verdict	sizes in bytes
 *	u32/3+5:flag					a bit field: 3 bits from bit 5
 *	u64=void*:ptr {bytes16:u}=in6_addr:a		with the name of its type
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "model/layout.h"

#define NOTATION_MAX_ARRAYS 4

static void notation_field(const char **s, struct field *f, uint32_t *ret_align);

static inline void notation_members(const char **s, struct field *f, char end, uint32_t *ret_align)
{
	*ret_align = 1;
	f->kind = end == '}' ? FIELD_STRUCT : FIELD_UNION;
	for ((*s)++; **s != end;) {
		struct field *m = field_add_member(f);
		uint32_t align;

		assert_non_null(m);
		assert_true(**s);
		notation_field(s, m, &align);
		if (end == '}')
			m->offset = (f->size + align - 1) / align * align;
		f->size = m->offset + m->size > f->size ? m->offset + m->size : f->size;
		*ret_align = align > *ret_align ? align : *ret_align;
		*s += strspn(*s, " ");
	}
	(*s)++;
	f->size = (f->size + *ret_align - 1) / *ret_align * *ret_align;
}

static inline uint32_t notation_number(const char **s)
{
	char *end;
	uint32_t n = (uint32_t)strtoul(*s, &end, 10);

	*s = end;
	return n;
}

static inline void notation_scalar(const char **s, struct field *f, uint32_t *ret_align)
{
	static const struct {
		const char *name;
		enum field_kind kind;
		uint32_t size; /* 0: what follows, in bits */
		bool in_bytes;
	} kinds[] = {
		{"char", FIELD_CHARS, 0, true},	 {"bytes", FIELD_BYTES, 0, true},
		{"pad", FIELD_PAD, 0, true},	 {"enum", FIELD_ENUM, 0, true},
		{"bool", FIELD_BOOL, 1, false},	 {"ipv4", FIELD_IPV4, 4, false},
		{"ipv6", FIELD_IPV6, 16, false}, {"mac", FIELD_MAC, 6, false},
		{"be", FIELD_UINT, 0, false},	 {"u", FIELD_UINT, 0, false},
		{"s", FIELD_SINT, 0, false},	 {"f", FIELD_FLOAT, 0, false},
	};
	size_t i = 0;

	while (i < ARRAY_SIZE(kinds) && strncmp(*s, kinds[i].name, strlen(kinds[i].name)) != 0)
		i++;
	assert_in_range(i, 0, ARRAY_SIZE(kinds) - 1);
	*s += strlen(kinds[i].name);
	f->kind = kinds[i].kind;
	f->size = kinds[i].size;
	f->big_endian = !strcmp(kinds[i].name, "be");
	if (!f->size)
		f->size = notation_number(s) / (kinds[i].in_bytes ? 1 : 8);
	if (f->kind == FIELD_CHARS || f->kind == FIELD_BYTES)
		f->n_elems = f->size;
	*ret_align = f->kind == FIELD_UINT || f->kind == FIELD_SINT || f->kind == FIELD_FLOAT ||
				     f->kind == FIELD_ENUM
			     ? f->size
			     : 1;
	if (**s == '/') {
		(*s)++;
		f->bit_size = (uint8_t)notation_number(s);
		f->bit_offset = **s == '+' ? (uint8_t)notation_number(s) : 0;
	}
}

static inline char *notation_word(const char **s)
{
	size_t n = strcspn(++*s, ": })");
	char *word = strndup(*s, n);

	assert_non_null(word);
	*s += n;
	return word;
}

/* What was read is the element of these arrays. */
static inline void notation_wrap(struct field *f, const uint32_t *n_elems, size_t n)
{
	while (n--) {
		struct field element = *f, *m;

		*f = (struct field){.kind = FIELD_ARRAY, .n_elems = n_elems[n]};
		f->size = element.size * f->n_elems;
		m = field_add_member(f);
		assert_non_null(m);
		*m = element;
	}
}

static inline void notation_field(const char **s, struct field *f, uint32_t *ret_align)
{
	uint32_t n_elems[NOTATION_MAX_ARRAYS];
	char *type = NULL;
	size_t n = 0;

	*s += strspn(*s, " ");
	if (**s == '{' || **s == '(')
		notation_members(s, f, **s == '{' ? '}' : ')', ret_align);
	else
		notation_scalar(s, f, ret_align);
	while (**s == '[') {
		assert_in_range(n, 0, NOTATION_MAX_ARRAYS - 1);
		(*s)++;
		n_elems[n++] = notation_number(s);
		(*s)++;
	}
	if (**s == '=')
		type = notation_word(s);
	notation_wrap(f, n_elems, n);
	f->type_name = type;
	if (**s == ':')
		f->name = notation_word(s);
}

/* The layout that @text describes; of NULL it is NULL. */
static inline struct layout *notation_layout(const char *text)
{
	struct layout *l = text ? layout_new() : NULL;
	uint32_t align;

	if (!text)
		return NULL;
	assert_non_null(l);
	notation_field(&text, &l->root, &align);
	assert_int_equal(*text, '\0');
	return l;
}

#endif
