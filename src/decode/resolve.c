// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a field as users write it to its place in the key or value, with a
 * message that says which fields there are when there is none of that name.
 */
#include "plan_internal.h"

#include <errno.h>
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

/* Whether a path leads into an array: what is left of the path, and how many elements it has. */
static bool find_array(const struct layout *l, const char *path, const char **ret_rest,
		       uint32_t *ret_n)
{
	bool found = false;

	for (const char *dot = strchr(path, '.'); l && dot; dot = strchr(dot + 1, '.')) {
		struct layout_place place;
		const struct field *f =
			layout_find_each(l, (struct str){path, (size_t)(dot - path)}, &place);
		uint32_t n;

		if (f && field_element(f, &n)) {
			found = true;
			*ret_rest = dot + 1;
			*ret_n = n;
		}
	}
	return found;
}

/* Of a path that ends in an array: that it is one. Return: 0 where it does not. */
static int explain_element(const struct resolver *r, const struct config_expr *expr,
			   const char *name)
{
	const char *rest = NULL;
	uint32_t n = 0;

	if (!find_array(r->value, name, &rest, &n) && !find_array(r->key, name, &rest, &n))
		return 0;
	return problems_add(r->problems, &expr->at,
			    "'%s': '%.*s' is an array: its elements are 0 to %u, or '*' for each",
			    expr->field, (int)(rest - name - 1), name, n - 1);
}

static int unknown_field(const struct resolver *r, const struct config_expr *expr)
{
	_cleanup_(candidates_done) struct candidates c = {.n = 0};
	_cleanup_buf_ struct buf list = BUF_INIT;
	const char *name = expr->field, *near, *all;
	int e;

	if (!strncmp(name, "key.", 4))
		name += 4;
	else if (!strncmp(name, "value.", 6))
		name += 6;
	if (add_side(&c, r->key, "key") < 0 || add_side(&c, r->value, "value") < 0)
		return -ENOMEM;
	e = explain_element(r, expr, name);
	if (e < 0)
		return e;
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

static bool has_no_keys(const struct resolver *r)
{
	return map_type_is_queue(r->in->info->type);
}

static int no_layout(const struct resolver *r, const struct config_expr *expr, const char *side)
{
	const char *why = r->in->no_btf;

	return problems_add(
		r->problems, &expr->at,
		"'%s': no BTF can be read for map '%s'%s%s%s: write its layout under '%s:'",
		expr->field, r->in->map->name, why ? " (" : "", why ? why : "", why ? ")" : "",
		side);
}

/* A number that is the same all through the map. */
static int set_constant(struct resolved *ret, uint64_t n)
{
	ret->where = AT_NUMBER;
	ret->origin = ORIGIN_CONSTANT;
	ret->constant = n;
	return 0;
}

static int resolve_variable(const struct resolver *r, const struct config_expr *expr,
			    struct resolved *ret)
{
	static const struct {
		const char *name;
		enum origin origin;
	} numbers[] = {{"cpu", ORIGIN_CPU}, {"i", ORIGIN_INDEX_0}, {"j", ORIGIN_INDEX_1}};
	const char *name = expr->field + 1;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (!strcmp(name, numbers[i].name)) {
			ret->where = AT_NUMBER;
			ret->origin = numbers[i].origin;
			return 0;
		}
	}
	if (!strcmp(name, "cpus"))
		return set_constant(ret, r->in->info->n_cpus);
	if (!strcmp(name, "id"))
		return set_constant(ret, r->in->info->id);
	ret->where = AT_TEXT;
	if (!strcmp(name, "pin"))
		ret->text = r->in->pin;
	else if (!strcmp(name, "map"))
		ret->text = r->in->map->name;
	else if (name[0] >= '1' && name[0] <= '9' && !name[1] &&
		 (size_t)(name[0] - '1') < r->in->n_captures)
		ret->text = r->in->captures[name[0] - '1'];
	if (ret->text)
		return 0;
	return problems_add(
		r->problems, &expr->at,
		"there is no '%s': $cpu, $cpus, $pin, $id, $map, $i, $j and $1 … for what the pin's * matched are",
		expr->field);
}

static bool find_in(const struct layout *l, const char *path, struct resolved *ret)
{
	if (l)
		ret->field = layout_find_each(l, str_of(path), &ret->place);
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
		bool lacks_key = !r->key && !has_no_keys(r);

		if (lacks_key || !r->value)
			return no_layout(r, expr,
					 r->value    ? "key"
					 : lacks_key ? "key:' and 'value"
						     : "value");
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
	if (names_side(name, "key") && !r->key && !has_no_keys(r))
		return no_layout(r, expr, "key");
	if (names_side(name, "value") && !r->value)
		return no_layout(r, expr, "value");
	return resolve_bare(r, expr, ret);
}

int resolve_selector(const struct resolver *r, const struct config_expr *expr, struct resolved *ret)
{
	int e = resolve_field(r, expr, ret);

	if (e < 0 || ret->where != AT_VALUE || r->in->map->read != CONFIG_READ_DRAIN)
		return e;
	if (!has_no_keys(r))
		return problems_add(
			r->problems, &expr->at,
			"'%s' is in the value, which 'read: drain' adds up: take it from the key",
			expr->field);
	ret->where = AT_KEY;
	return 0;
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

const char *field_refusal(const struct field *f)
{
	switch (f->kind) {
	case FIELD_STRUCT:
	case FIELD_UNION:
		return "a struct: name one of its fields";
	case FIELD_ARRAY:
		return "an array: name one of its elements, as in 'x.0', or all of them, as in 'x.*'";
	case FIELD_PAD:
		return "padding, or something only the kernel understands";
	default:
		return "no number";
	}
}

static bool field_is_signed(const struct field *f)
{
	bool is_signed = f->kind == FIELD_SINT;

	for (uint32_t i = 0; f->kind == FIELD_ENUM && i < f->n_enumerators; i++)
		is_signed |= f->enumerators[i].value < 0;
	return is_signed;
}

void operand_init(struct operand *o, const struct resolved *at, const struct config_expr *expr)
{
	const struct field *f = at->field;

	*o = (struct operand){.origin = at->origin, .constant = at->constant};
	o->reader = (struct reader){
		.offset = at->place.offset,
		.shift = (uint8_t)expr->shift,
		.divides = expr->div > 1 || expr->mod,
		.mask = expr->mask ? expr->mask : UINT64_MAX,
		.div = expr->div ? expr->div : 1,
		.mod = expr->mod,
	};
	for (uint32_t i = 0; i < at->place.n_stars; i++)
		o->reader.strides[i] = at->place.stars[i].stride;
	if (at->where == AT_NUMBER)
		return;
	o->origin = at->where == AT_KEY ? ORIGIN_KEY : ORIGIN_VALUE;
	o->reader.size = (uint8_t)f->size;
	o->reader.bit_offset = f->bit_offset;
	o->reader.bit_size = f->bit_size;
	o->reader.big_endian = f->big_endian;
	o->reader.is_signed = field_is_signed(f);
	o->reader.is_float = f->kind == FIELD_FLOAT;
}

size_t domain_n(const struct domain *d)
{
	return (size_t)(d->n[0] ? d->n[0] : 1) * (d->n[1] ? d->n[1] : 1);
}

int domain_join(struct domain *d, const struct resolver *r, const struct config_expr *expr,
		const struct resolved *at)
{
	for (uint32_t i = 0; i < at->place.n_stars; i++) {
		uint32_t n = at->place.stars[i].n;

		if (d->n[i] && d->n[i] != n)
			return problems_add(
				r->problems, &expr->at,
				"'%s' goes through %u elements, another field of this metric through %u",
				expr->field, n, d->n[i]);
		d->n[i] = n;
	}
	return 0;
}
