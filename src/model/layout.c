// SPDX-License-Identifier: GPL-2.0-only
#include "model/layout.h"

#include <stdlib.h>

struct layout *layout_new(void)
{
	struct layout *l = calloc(1, sizeof(*l));

	if (l)
		l->root.kind = FIELD_STRUCT;
	return l;
}

void layout_free(struct layout *l)
{
	if (!l)
		return;
	field_done(&l->root);
	free(l);
}

struct field *field_add_member(struct field *parent)
{
	struct field *members;

	members = realloc(parent->members, (parent->n_members + 1) * sizeof(*members));
	if (!members)
		return NULL;
	parent->members = members;
	members[parent->n_members] = (struct field){0};
	return &members[parent->n_members++];
}

void field_done(struct field *f)
{
	for (uint32_t i = 0; i < f->n_members; i++)
		field_done(&f->members[i]);
	for (uint32_t i = 0; i < f->n_enumerators; i++)
		free(f->enumerators[i].name);
	free(f->members);
	free(f->enumerators);
	free(f->name);
	free(f->type_name);
	*f = (struct field){0};
}

bool field_is_scalar(const struct field *f)
{
	return f->kind != FIELD_STRUCT && f->kind != FIELD_UNION && f->kind != FIELD_ARRAY &&
	       f->kind != FIELD_PAD;
}

/* A member by name, also inside anonymous ones; adds its offset. */
static const struct field *find_member(const struct field *f, struct str name, uint32_t *offset)
{
	for (uint32_t i = 0; i < f->n_members; i++) {
		const struct field *member = &f->members[i];
		uint32_t at = *offset + member->offset;

		if (member->name && str_equal(str_of(member->name), name)) {
			*offset = at;
			return member;
		}
		if (!member->name &&
		    (member->kind == FIELD_STRUCT || member->kind == FIELD_UNION)) {
			const struct field *inner = find_member(member, name, &at);

			if (inner) {
				*offset = at;
				return inner;
			}
		}
	}
	return NULL;
}

/* BTF gives byte arrays as one field, which is what most of them are; each byte is one, too. */
static const struct field byte_element = {.kind = FIELD_UINT, .size = 1};

static const struct field *find_element(const struct field *f, struct str index, uint32_t *offset)
{
	const struct field *element = f->kind == FIELD_BYTES ? &byte_element : f->members;
	uint32_t n = f->kind == FIELD_BYTES ? f->size : f->n_elems;
	unsigned long long i;

	if (!element || str_parse_u64(index, &i) < 0 || i >= n)
		return NULL;
	*offset += (uint32_t)i * element->size;
	return element;
}

const struct field *layout_find(const struct layout *l, struct str path, uint32_t *ret_offset)
{
	const struct field *f = &l->root;
	uint32_t offset = 0;

	while (f && path.n) {
		const char *dot = memchr(path.p, '.', path.n);
		struct str head = {.p = path.p, .n = dot ? (size_t)(dot - path.p) : path.n};

		if (f->kind == FIELD_ARRAY || f->kind == FIELD_BYTES)
			f = find_element(f, head, &offset);
		else
			f = find_member(f, head, &offset);
		path.p += head.n + (dot != NULL);
		path.n -= head.n + (dot != NULL);
		if (dot && !path.n)
			return NULL; /* "a." */
	}
	if (f)
		*ret_offset = offset;
	return f;
}
