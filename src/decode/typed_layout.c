// SPDX-License-Identifier: GPL-2.0-only
/*
 * `types:` says what single fields of a BTF layout really are: addresses in
 * plain integers, text in bytes. Offsets and sizes stay as BTF has them, so a
 * type fits where it has as many bytes as the field, or as an element of it;
 * char, bytes and pad have as many as they are given.
 *
 * All elements of an array are of one type: what is said of a field in one of
 * them goes for the others.
 */
#include "typed_layout_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "explicit_layout_internal.h"

#define MAX_NAMES 64

struct side {
	const char *name;      /* "key" or "value" */
	struct layout *layout; /* NULL: there is no BTF */
	bool is_written;       /* in the configuration, which counts instead */
};

struct typing {
	const struct config_map *map;
	struct side key, value;
	struct problems *problems;
};

static bool names_side(const struct side *side, const char *path)
{
	size_t n = strlen(side->name);

	return !strncmp(path, side->name, n) && (!path[n] || path[n] == '.');
}

static struct field *find_in(const struct side *side, const char *path)
{
	struct layout_place place;

	if (!side->layout)
		return NULL;
	return (struct field *)layout_find_each(side->layout, str_of(path), &place);
}

/* "key", "key.a.b": what follows the name of the side. */
static struct field *find_after_name(const struct side *side, const char *path)
{
	if (!names_side(side, path))
		return NULL;
	path += strlen(side->name);
	if (*path && !*++path) /* "key." */
		return NULL;
	return find_in(side, path);
}

static int list_members(const struct field *f, const char *prefix, size_t *n, struct buf *out)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < f->n_members; i++) {
		const struct field *m = &f->members[i];

		if (!m->name && m->kind != FIELD_PAD)
			r = list_members(m, prefix, n, out);
		else if (m->name && ++*n <= MAX_NAMES)
			r = buf_printf(out, "%s%s.%s", *n > 1 ? ", " : "", prefix, m->name);
	}
	return r;
}

static int list_side(const struct side *side, size_t *n, struct buf *out)
{
	const struct field *root = side->layout ? &side->layout->root : NULL;

	if (!root)
		return 0;
	if (root->kind == FIELD_STRUCT || root->kind == FIELD_UNION)
		return list_members(root, side->name, n, out);
	return buf_printf(out, "%s%s", (*n)++ ? ", " : "", side->name);
}

static int unknown_field(const struct typing *t, const struct config_type *type)
{
	_cleanup_buf_ struct buf names = BUF_INIT;
	size_t n = 0;

	if (list_side(&t->key, &n, &names) < 0 || list_side(&t->value, &n, &names) < 0 ||
	    (n > MAX_NAMES && buf_puts(&names, " …") < 0) || !buf_string(&names))
		return -ENOMEM;
	return problems_add(t->problems, &type->at,
			    "map '%s' has no field '%s' that could get a type: its fields are %s",
			    t->map->name, type->field, buf_string(&names));
}

static int refuse_written(const struct typing *t, const struct config_type *type,
			  const struct side *side)
{
	return problems_add(t->problems, &type->at,
			    "'%s': the %s of map '%s' is written under '%s:': write the type there",
			    type->field, side->name, t->map->name, side->name);
}

/* *@ret_field: NULL where it may be in a part that is not known. Return: 0, -EINVAL, -ENOMEM. */
static int find(const struct typing *t, const struct config_type *type, struct field **ret_field)
{
	const struct side *sides[] = {&t->key, &t->value};
	struct field *in_key, *in_value;

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		*ret_field = find_after_name(sides[i], type->field);
		if (*ret_field)
			return 0;
		if (names_side(sides[i], type->field) && sides[i]->is_written)
			return refuse_written(t, type, sides[i]);
		if (names_side(sides[i], type->field) && !sides[i]->layout)
			return 0;
	}
	in_key = find_in(&t->key, type->field);
	in_value = find_in(&t->value, type->field);
	*ret_field = in_key ? in_key : in_value;
	if (in_key && in_value)
		return problems_add(t->problems, &type->at,
				    "'%s' is in the key and in the value of map '%s': write key.%s "
				    "or value.%s",
				    type->field, t->map->name, type->field, type->field);
	if (*ret_field || (!t->key.layout && !t->key.is_written) ||
	    (!t->value.layout && !t->value.is_written))
		return 0;
	return unknown_field(t, type);
}

static bool is_root(const struct side *side, const struct field *f)
{
	return side->layout && f == &side->layout->root;
}

static bool is_byte_array(const struct field *f)
{
	return f->kind == FIELD_BYTES || f->kind == FIELD_CHARS;
}

/* The field of that size: itself, or what an array consists of. */
static struct field *find_fitting(struct field *f, uint32_t size)
{
	struct field *inner = NULL;

	if (f->kind == FIELD_ARRAY && f->n_members && size)
		inner = find_fitting(&f->members[0], size);
	if (inner)
		return inner;
	return !size || f->size == size || (is_byte_array(f) && size == 1) ? f : NULL;
}

/* Keeps its name and place. */
static int set_type(struct field *f, enum config_kind kind)
{
	bool is_each_byte = is_byte_array(f) && config_kind_size(kind) == 1;
	struct field old = *f;

	*f = (struct field){.name = take_ptr(old.name), .offset = old.offset, .size = old.size};
	field_done(&old);
	if (is_each_byte) {
		f->kind = FIELD_ARRAY;
		f->n_elems = f->size;
		f = field_add_member(f);
		if (!f)
			return -ENOMEM;
		f->size = 1;
	}
	field_set_kind(f, kind, f->size);
	return 0;
}

static int refuse_size(const struct typing *t, const struct config_type *type,
		       const struct field *f)
{
	char elements[64] = "";

	if (f->kind == FIELD_ARRAY && f->n_members)
		snprintf(elements, sizeof(elements), ", %u elements of %u", f->n_elems,
			 f->members[0].size);
	return problems_add(t->problems, &type->at,
			    "'%s' of map '%s' has %u bytes%s, and this type %u: only a type of the "
			    "same size fits",
			    type->field, t->map->name, f->size, elements,
			    config_kind_size(type->kind));
}

static int apply(const struct typing *t, const struct config_type *type)
{
	struct field *f = NULL, *fitting;
	int r = find(t, type, &f);

	if (r < 0 || !f)
		return r;
	if (!f->name && !is_root(&t->key, f) && !is_root(&t->value, f))
		return problems_add(t->problems, &type->at,
				    "'%s' is an element: give the type to the whole array",
				    type->field);
	if (f->kind == FIELD_PAD || f->bit_size)
		return problems_add(t->problems, &type->at,
				    "'%s' of map '%s' is %s, which has no other type", type->field,
				    t->map->name, f->bit_size ? "a bit field" : "the kernel's own");
	fitting = find_fitting(f, config_kind_size(type->kind));
	return fitting ? set_type(fitting, type->kind) : refuse_size(t, type, f);
}

int typed_layouts_new(const struct config_map *map, const struct layout *key,
		      const struct layout *value, struct layout **ret_key,
		      struct layout **ret_value, struct problems *problems)
{
	_cleanup_(layout_freep) struct layout *new_key = NULL, *new_value = NULL;
	struct typing t;
	int r = 0;

	if (layout_copy(key, &new_key) < 0 || layout_copy(value, &new_value) < 0)
		return -ENOMEM;
	t = (struct typing){
		.map = map,
		.key = {"key", map->key ? NULL : new_key, map->key != NULL},
		.value = {"value", map->value ? NULL : new_value, map->value != NULL},
		.problems = problems,
	};
	for (size_t i = 0; r != -ENOMEM && i < map->n_types; i++) {
		int q = apply(&t, &map->types[i]);

		r = q < 0 ? q : r;
	}
	if (r < 0)
		return r;
	*ret_key = take_ptr(new_key);
	*ret_value = take_ptr(new_value);
	return 0;
}
