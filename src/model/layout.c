// SPDX-License-Identifier: GPL-2.0-only
#include "model/layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static int copy_string(const char *from, char **ret)
{
	*ret = from ? strdup(from) : NULL;
	return from && !*ret ? -ENOMEM : 0;
}

static int copy_enumerators(const struct field *from, struct field *to)
{
	if (!from->n_enumerators)
		return 0;
	to->enumerators = calloc(from->n_enumerators, sizeof(*to->enumerators));
	if (!to->enumerators)
		return -ENOMEM;
	for (uint32_t i = 0; i < from->n_enumerators; i++) {
		to->enumerators[i].value = from->enumerators[i].value;
		if (copy_string(from->enumerators[i].name, &to->enumerators[i].name) < 0)
			return -ENOMEM;
		to->n_enumerators++;
	}
	return 0;
}

int field_copy(const struct field *from, struct field *to)
{
	int r;

	*to = *from;
	to->name = to->type_name = NULL;
	to->members = NULL;
	to->enumerators = NULL;
	to->n_members = to->n_enumerators = 0;

	r = copy_string(from->name, &to->name);
	if (r == 0)
		r = copy_string(from->type_name, &to->type_name);
	if (r == 0)
		r = copy_enumerators(from, to);
	for (uint32_t i = 0; r == 0 && i < from->n_members; i++) {
		struct field *member = field_add_member(to);

		r = member ? field_copy(&from->members[i], member) : -ENOMEM;
	}
	return r;
}

int layout_copy(const struct layout *from, struct layout **ret_layout)
{
	_cleanup_(layout_freep) struct layout *to = NULL;

	if (from) {
		to = layout_new();
		if (!to || field_copy(&from->root, &to->root) < 0)
			return -ENOMEM;
	}
	*ret_layout = take_ptr(to);
	return 0;
}

bool field_is_scalar(const struct field *f)
{
	return f->kind != FIELD_STRUCT && f->kind != FIELD_UNION && f->kind != FIELD_ARRAY &&
	       f->kind != FIELD_PAD;
}

/* What a step of a path found. */
struct step {
	const struct field *field;
	uint32_t offset; /* in the field that was left */
	size_t n;	 /* bytes of the path that it took */
};

static bool begins_with(struct str path, const char *name, size_t n)
{
	return n <= path.n && !memcmp(path.p, name, n) && (n == path.n || path.p[n] == '.');
}

/* A member by name, also inside anonymous ones. */
static void find_member(const struct field *f, struct str path, uint32_t offset, struct step *best)
{
	for (uint32_t i = 0; i < f->n_members; i++) {
		const struct field *member = &f->members[i];
		size_t n = member->name ? strlen(member->name) : 0;

		if (n > best->n && begins_with(path, member->name, n))
			*best = (struct step){member, offset + member->offset, n};
		else if (!member->name &&
			 (member->kind == FIELD_STRUCT || member->kind == FIELD_UNION))
			find_member(member, path, offset + member->offset, best);
	}
}

/* BTF gives byte arrays as one field, which is what most of them are; each byte is one, too. */
const struct field *field_element(const struct field *f, uint32_t *ret_n)
{
	static const struct field byte = {.kind = FIELD_UINT, .size = 1};

	*ret_n = f->kind == FIELD_BYTES ? f->size : f->n_elems;
	return f->kind == FIELD_BYTES ? &byte : f->kind == FIELD_ARRAY ? f->members : NULL;
}

/* An element by its number, or with a star all of them. */
static void find_element(const struct field *f, struct str path, struct layout_place *place,
			 struct step *ret)
{
	uint32_t n;
	const struct field *element = field_element(f, &n);
	const char *dot = memchr(path.p, '.', path.n);
	struct str index = {.p = path.p, .n = dot ? (size_t)(dot - path.p) : path.n};
	unsigned long long i = 0;

	if (!element || !n)
		return;
	if (str_equal(index, STR("*"))) {
		if (place->n_stars == LAYOUT_MAX_STARS)
			return;
		place->stars[place->n_stars].n = n;
		place->stars[place->n_stars++].stride = element->size;
	} else if (str_parse_u64(index, &i) < 0 || i >= n) {
		return;
	}
	*ret = (struct step){element, (uint32_t)i * element->size, index.n};
}

const struct field *layout_find_each(const struct layout *l, struct str path,
				     struct layout_place *ret_place)
{
	struct layout_place place = {0};
	const struct field *f = &l->root;

	while (path.n) {
		struct step step = {0};

		if (f->kind == FIELD_ARRAY || f->kind == FIELD_BYTES)
			find_element(f, path, &place, &step);
		else
			find_member(f, path, 0, &step);
		if (!step.field || step.n + 1 == path.n) /* "a." */
			return NULL;
		f = step.field;
		place.offset += step.offset;
		path.p += step.n;
		path.n -= step.n;
		if (path.n) { /* the dot */
			path.p++;
			path.n--;
		}
	}
	*ret_place = place;
	return f;
}

const struct field *layout_find(const struct layout *l, struct str path, uint32_t *ret_offset)
{
	struct layout_place place;
	const struct field *f = layout_find_each(l, path, &place);

	if (!f || place.n_stars)
		return NULL;
	*ret_offset = place.offset;
	return f;
}
