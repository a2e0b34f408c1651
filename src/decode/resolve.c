// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a field as users write it to its place in the key or value, with a
 * message that says which fields there are when there is none of that name.
 */
#include "plan_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define N_CANDIDATES 256

/* Names for a suggestion, and for the list of what there is. */
struct candidates {
	struct buf text; /* NUL-terminated names one after the other */
	const char *names[N_CANDIDATES];
	size_t n;
};

static void candidates_done(struct candidates *c)
{
	buf_done(&c->text);
}

static int add_members(struct candidates *c, const struct field *f, const char *prefix)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < f->n_members && c->n < N_CANDIDATES; i++) {
		const struct field *m = &f->members[i];

		if (m->kind == FIELD_PAD)
			continue;
		if (!m->name) {
			if (f->kind != FIELD_ARRAY)
				r = add_members(c, m, prefix);
			continue;
		}
		c->n++;
		r = buf_printf(&c->text, "%s%s", prefix, m->name);
		if (r == 0)
			r = buf_append(&c->text, "", 1);
	}
	return r;
}

static int add_side(struct candidates *c, const struct layout *l, const char *side)
{
	int r;

	if (!l)
		return 0;
	if (c->n < N_CANDIDATES && field_is_scalar(&l->root)) {
		c->n++;
		r = buf_append(&c->text, side, strlen(side) + 1);
		return r;
	}
	return add_members(c, &l->root, "");
}

static void index_names(struct candidates *c)
{
	const char *p = c->text.data;

	for (size_t i = 0; i < c->n; i++) {
		c->names[i] = p;
		p += strlen(p) + 1;
	}
}

/* "x, y, z"; NULL without memory. */
static const char *list_names(const struct candidates *c, struct buf *list)
{
	for (size_t i = 0; i < c->n; i++)
		if (buf_printf(list, "%s%s", i ? ", " : "", c->names[i]) < 0)
			return NULL;
	return c->n ? buf_string(list) : "none";
}

static int unknown_field(const struct resolver *r, const struct config_expr *expr)
{
	_cleanup_(candidates_done) struct candidates c = {.n = 0};
	_cleanup_buf_ struct buf list = BUF_INIT;
	const char *name = expr->field, *near, *all;

	if (!strncmp(name, "key.", 4))
		name += 4;
	else if (!strncmp(name, "value.", 6))
		name += 6;
	if (add_side(&c, r->key, "key") < 0 || add_side(&c, r->value, "value") < 0)
		return -ENOMEM;
	index_names(&c);
	near = str_suggest(name, c.names, c.n);
	if (near)
		return problems_add(r->problems, &expr->at,
				    "map '%s' has no field '%s' (did you mean '%s'?)",
				    r->in->map->name, expr->field, near);
	all = list_names(&c, &list);
	if (!all)
		return -ENOMEM;
	return problems_add(r->problems, &expr->at, "map '%s' has no field '%s': its fields are %s",
			    r->in->map->name, expr->field, all);
}

static int no_layout(const struct resolver *r, const struct config_expr *expr, const char *side)
{
	return problems_add(r->problems, &expr->at,
			    "'%s': no BTF can be read for map '%s': write its layout under '%s:'",
			    expr->field, r->in->map->name, side);
}

static int resolve_variable(const struct resolver *r, const struct config_expr *expr,
			    struct resolved *ret)
{
	const char *name = expr->field + 1;

	ret->where = AT_CONSTANT;
	if (!strcmp(name, "cpu")) {
		ret->where = AT_CPU;
		return 0;
	}
	if (!strcmp(name, "pin")) {
		ret->text = r->in->pin;
		return 0;
	}
	if (!strcmp(name, "map")) {
		ret->text = r->in->map->name;
		return 0;
	}
	if (!strcmp(name, "id")) {
		snprintf(ret->scratch, sizeof(ret->scratch), "%u", r->in->info->id);
		ret->text = ret->scratch;
		return 0;
	}
	if (name[0] >= '1' && name[0] <= '9' && !name[1] &&
	    (size_t)(name[0] - '1') < r->in->n_captures) {
		ret->text = r->in->captures[name[0] - '1'];
		return 0;
	}
	return problems_add(
		r->problems, &expr->at,
		"there is no '%s': $cpu, $pin, $id, $map and $1 … for what the pin's * matched are",
		expr->field);
}

static bool find_in(const struct layout *l, const char *path, struct resolved *ret)
{
	if (l)
		ret->field = layout_find(l, str_of(path), &ret->offset);
	return l && ret->field;
}

/* "key", "key.a.b", "value", "value.x.3". Return: whether the name is of this form and found. */
static bool find_prefixed(const struct layout *l, const char *side, const char *name,
			  struct resolved *ret)
{
	size_t n = strlen(side);

	if (strncmp(name, side, n) != 0 || (name[n] && name[n] != '.'))
		return false;
	return find_in(l, name + n + (name[n] == '.'), ret);
}

static bool names_side(const char *name, const char *side)
{
	size_t n = strlen(side);

	return !strncmp(name, side, n) && (!name[n] || name[n] == '.');
}

static int resolve_bare(const struct resolver *r, const struct config_expr *expr,
			struct resolved *ret)
{
	struct resolved other = *ret;
	bool in_key = find_in(r->key, expr->field, ret);
	bool in_value = find_in(r->value, expr->field, in_key ? &other : ret);

	if (in_key && in_value)
		return problems_add(
			r->problems, &expr->at,
			"'%s' is in the key and in the value of map '%s': write key.%s or value.%s",
			expr->field, r->in->map->name, expr->field, expr->field);
	if (!in_key && !in_value) {
		if (!r->key || !r->value)
			return no_layout(r, expr,
					 !r->key && !r->value ? "key:' and 'value"
					 : r->key	      ? "value"
							      : "key");
		return unknown_field(r, expr);
	}
	ret->where = in_key ? AT_KEY : AT_VALUE;
	return 0;
}

int resolve_field(const struct resolver *r, const struct config_expr *expr, struct resolved *ret)
{
	const char *name = expr->field;

	*ret = (struct resolved){.where = AT_KEY};
	if (*name == '$')
		return resolve_variable(r, expr, ret);
	if (find_prefixed(r->key, "key", name, ret))
		return 0;
	if (find_prefixed(r->value, "value", name, ret)) {
		ret->where = AT_VALUE;
		return 0;
	}
	if (names_side(name, "key") && !r->key)
		return no_layout(r, expr, "key");
	if (names_side(name, "value") && !r->value)
		return no_layout(r, expr, "value");
	return resolve_bare(r, expr, ret);
}

bool field_fits_reader(const struct field *f)
{
	switch (f->kind) {
	case FIELD_UINT:
	case FIELD_SINT:
	case FIELD_BOOL:
	case FIELD_ENUM:
		return f->size >= 1 && f->size <= 8;
	case FIELD_FLOAT:
		return f->size == 4 || f->size == 8;
	default:
		return false;
	}
}

void reader_init(struct reader *reader, const struct resolved *at, const struct config_expr *expr)
{
	const struct field *f = at->field;
	bool is_signed = f->kind == FIELD_SINT;

	for (uint32_t i = 0; f->kind == FIELD_ENUM && i < f->n_enumerators; i++)
		is_signed |= f->enumerators[i].value < 0;
	*reader = (struct reader){
		.offset = at->offset,
		.size = (uint8_t)f->size,
		.bit_offset = f->bit_offset,
		.bit_size = f->bit_size,
		.shift = (uint8_t)expr->shift,
		.big_endian = f->big_endian,
		.is_signed = is_signed,
		.is_float = f->kind == FIELD_FLOAT,
		.mask = expr->mask ? expr->mask : UINT64_MAX,
	};
}
