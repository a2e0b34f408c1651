// SPDX-License-Identifier: GPL-2.0-only
#include "dump_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "starter/meaning.h"

static enum shape_kind integer_kind(const struct field *f)
{
	if (f->size > sizeof(uint64_t))
		return SHAPE_HEX;
	if (f->kind == FIELD_ENUM)
		return SHAPE_ENUM;
	if (f->kind == FIELD_BOOL)
		return SHAPE_BOOL;
	return f->kind == FIELD_SINT ? SHAPE_SINT : SHAPE_UINT;
}

static enum shape_kind plain_kind(const struct field *f)
{
	switch (f->kind) {
	case FIELD_UINT:
	case FIELD_SINT:
	case FIELD_BOOL:
	case FIELD_ENUM:
		return integer_kind(f);
	case FIELD_FLOAT:
		return f->size == 4 || f->size == 8 ? SHAPE_FLOAT : SHAPE_HEX;
	case FIELD_CHARS:
		return SHAPE_TEXT;
	case FIELD_IPV4:
	case FIELD_IPV6:
		return SHAPE_IP;
	case FIELD_MAC:
		return SHAPE_MAC;
	case FIELD_STRUCT:
	case FIELD_UNION:
	case FIELD_PAD: /* only as a whole key or value: nothing in it */
		return SHAPE_STRUCT;
	case FIELD_ARRAY:
		return SHAPE_ARRAY;
	case FIELD_BYTES:
		break;
	}
	return SHAPE_HEX;
}

/* An address is one also where its type does not say so. */
static enum shape_kind kind_of(const struct field *f, const char *name)
{
	enum meaning_kind meaning = meaning_of(f, name).kind;

	if (meaning == MEANING_IP && !f->bit_size && (f->size == 4 || f->size == 16))
		return SHAPE_IP;
	if (meaning == MEANING_MAC && !f->bit_size && (f->size == 6 || f->size == 8))
		return SHAPE_MAC;
	return plain_kind(f);
}

static int init(struct shape *s, const struct field *f, const char *name);

static struct shape *add_member(struct shape *s)
{
	struct shape *members = realloc(s->members, (s->n_members + 1) * sizeof(*members));

	if (!members)
		return NULL;
	s->members = members;
	members[s->n_members] = (struct shape){0};
	return &members[s->n_members++];
}

/* Whether there is anything to see in it. */
static bool is_shown(const struct field *f)
{
	while (f->kind == FIELD_ARRAY && f->n_members)
		f = f->members;
	return f->kind != FIELD_PAD && f->kind != FIELD_ARRAY;
}

/* The members of @f, which is at @offset of @s. */
static int add_members(struct shape *s, const struct field *f, uint32_t offset)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < f->n_members; i++) {
		const struct field *m = &f->members[i];
		struct shape *member;

		if (!is_shown(m))
			continue;
		if (!m->name) {
			r = add_members(s, m, offset + m->offset);
			continue;
		}
		member = add_member(s);
		if (!member)
			return -ENOMEM;
		member->offset = offset + m->offset;
		r = init(member, m, m->name);
	}
	return r;
}

static int init(struct shape *s, const struct field *f, const char *name)
{
	struct shape *element;

	s->field = f;
	s->kind = kind_of(f, name);
	s->is_name = meaning_of(f, name).kind != MEANING_NONE;
	if (s->kind == SHAPE_STRUCT)
		return add_members(s, f, 0);
	if (s->kind != SHAPE_ARRAY)
		return 0;
	element = add_member(s);
	return element ? init(element, f->members, name) : -ENOMEM;
}

int shape_init(struct shape *s, const struct layout *l)
{
	if (is_shown(&l->root))
		return init(s, &l->root, NULL);
	*s = (struct shape){.kind = SHAPE_STRUCT, .field = &l->root};
	return 0;
}

void shape_done(struct shape *s)
{
	for (size_t i = 0; i < s->n_members; i++)
		shape_done(&s->members[i]);
	free(s->members);
}
