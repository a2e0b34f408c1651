// SPDX-License-Identifier: GPL-2.0-only
#include "plan_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "explicit_layout_internal.h"

/* The layouts that count: the configuration's, else BTF's, else what an array's key must be. */
struct layouts {
	struct layout *own_key, *own_value;
	const struct layout *key, *value;
};

static void layouts_done(struct layouts *l)
{
	layout_free(l->own_key);
	layout_free(l->own_value);
}

static int choose_layouts(const struct plan_input *in, struct layouts *l)
{
	static const struct config_field index = {.kind = CONFIG_U32, .offset = -1};
	const struct config_field *key = in->map->key;

	if (!key && !in->key && map_type_is_array(in->info->type))
		key = &index;
	l->key = in->key;
	l->value = in->value;
	if (key) {
		l->own_key = explicit_layout_new(key, in->map->packed);
		l->key = l->own_key;
	}
	if (in->map->value) {
		l->own_value = explicit_layout_new(in->map->value, in->map->packed);
		l->value = l->own_value;
	}
	return (key && !l->own_key) || (in->map->value && !l->own_value) ? -ENOMEM : 0;
}

/* Both sides of a disagreement, so that a user need not look further. */
static int size_problem(const struct plan_input *in, const struct layout *l,
			const struct layout *btf, const char *side, uint32_t size,
			const struct config_field *written, struct problems *problems)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	const struct place *at = written ? &written->at : &in->map->at;
	int r;

	r = layout_print(l, side, &text);
	if (r == 0 && btf && btf != l) {
		r = buf_puts(&text, "in the kernel it is\n");
		if (r == 0)
			r = layout_print(btf, side, &text);
	}
	if (r < 0 || !buf_string(&text))
		return -ENOMEM;
	while (text.len && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	return problems_add(
		problems, at,
		"map '%s': the %s is %u bytes as configured, %u bytes in the kernel; as configured it is\n%s",
		in->map->name, side, l->root.size, size, text.data);
}

static int check_sizes(const struct plan_input *in, const struct layouts *l,
		       struct problems *problems)
{
	const struct map_info *info = in->info;
	int r = 0, r2 = 0;

	if (l->key && l->key->root.size != info->key_size)
		r = size_problem(in, l->key, in->key, "key", info->key_size, in->map->key,
				 problems);
	if (r != -ENOMEM && l->value && l->value->root.size != info->value_size)
		r2 = size_problem(in, l->value, in->value, "value", info->value_size,
				  in->map->value, problems);
	return !r || r2 == -ENOMEM ? r2 : r;
}

static int check_type(const struct plan_input *in, struct problems *problems)
{
	const struct config_map *map = in->map;
	const char *type = map_type_name(in->info->type);

	if (map->n_metrics && !map_type_is_readable(in->info->type))
		return problems_add(
			problems, &map->at,
			"map '%s' is of type %s, whose entries cannot be listed: remove its metrics, the bpfmap_* ones remain",
			map->name, type);
	if (map->read == CONFIG_READ_DRAIN && !map_type_is_drainable(in->info->type))
		return problems_add(
			problems, &map->at,
			"map '%s' is of type %s, which cannot be drained: use `read: snapshot`",
			map->name, type);
	if (map->cpu != CONFIG_CPU_SUM && !map_type_is_per_cpu(in->info->type))
		return problems_add(
			problems, &map->at,
			"map '%s' is of type %s, which has one value for all CPUs: remove `cpu:`",
			map->name, type);
	return 0;
}

static const char *kind_name(const struct field *f)
{
	switch (f->kind) {
	case FIELD_STRUCT:
	case FIELD_UNION:
		return "a struct: name one of its fields";
	case FIELD_ARRAY:
		return "an array: name one of its elements, as in 'x.0'";
	case FIELD_PAD:
		return "padding, or something only the kernel understands";
	default:
		return "no number";
	}
}

static int compile_value(struct plan_metric *m, const struct resolver *r,
			 const struct config_metric *c)
{
	static char whole[] = "value";
	struct config_expr expr = c->value.expr;
	struct resolved at;
	int e;

	if (!expr.field)
		expr.field = whole;
	if (!expr.at.line)
		expr.at = c->at;
	e = resolve_field(r, &expr, &at);
	if (e < 0)
		return e;
	if (at.where == AT_CPU || at.where == AT_CONSTANT)
		return problems_add(r->problems, &expr.at, "'%s' is a label, not a value",
				    expr.field);
	if (!field_fits_reader(at.field))
		return problems_add(r->problems, &expr.at,
				    "'%s' cannot be a metric's value: it is %s", expr.field,
				    kind_name(at.field));
	if (at.where == AT_KEY && r->in->map->read == CONFIG_READ_DRAIN)
		return problems_add(r->problems, &expr.at,
				    "'%s' is in the key: only values can be drained", expr.field);
	if (at.field->kind == FIELD_FLOAT &&
	    (expr.computed || r->in->map->read == CONFIG_READ_DRAIN))
		return problems_add(
			r->problems, &expr.at,
			"'%s' is a floating-point number: it has no bits to shift or mask, and no exact total to drain into",
			expr.field);
	reader_init(&m->reader, &at, &expr);
	m->is_from_key = at.where == AT_KEY;
	m->column = m->reader.is_float	  ? COLUMN_DOUBLE
		    : m->reader.is_signed ? COLUMN_S64
					  : COLUMN_U64;
	return 0;
}

static int compile_metric(struct plan *p, const struct resolver *r, size_t i)
{
	const struct config_metric *c = &r->in->map->metrics[i];
	struct plan_metric *m = &p->metrics[i];
	int e = 0, e2;

	m->family = family_ref(r->in->families[i]);
	m->skip_zero = c->skip_zero;
	m->cpu = r->in->map->cpu;
	m->scale = c->value.scale.mantissa ? c->value.scale : SCALE_ONE;
	m->is_set = c->type == CONFIG_INFO;
	m->is_constant = c->value.is_constant || m->is_set;
	m->constant = m->is_set ? 1 : c->value.constant;
	if (!m->is_constant)
		e = compile_value(m, r, c);
	if (e == -ENOMEM)
		return e;
	if (m->cpu == CONFIG_CPU_AVG && !m->is_constant && !m->is_from_key)
		m->column = COLUMN_DOUBLE;
	e2 = plan_add_labels(p, r, c, i);
	return !e || e2 == -ENOMEM ? e2 : e;
}

static bool has_value_labels(const struct plan *p)
{
	for (size_t i = 0; i < p->n_groups; i++)
		for (size_t j = 0; j < p->groups[i].n_steps; j++)
			if (p->groups[i].steps[j].origin == LABEL_FROM_VALUE)
				return true;
	return false;
}

static int compile(struct plan *p, const struct plan_input *in, const struct layouts *l,
		   struct problems *problems)
{
	const struct resolver r = {
		.in = in, .key = l->key, .value = l->value, .problems = problems};
	int e = 0;

	for (size_t i = 0; i < in->map->n_metrics; i++) {
		int one = compile_metric(p, &r, i);

		if (one == -ENOMEM)
			return one;
		e = e ? e : one;
	}
	p->labels_from_value = has_value_labels(p);
	/* A total is kept by key: what the value said when it was drained is gone. */
	if (!e && p->labels_from_value && in->map->read == CONFIG_READ_DRAIN)
		return problems_add(problems, &in->map->at,
				    "map '%s' is drained: a label cannot come from its value",
				    in->map->name);
	return e;
}

static struct plan *plan_new(const struct plan_input *in)
{
	_cleanup_(plan_unrefp) struct plan *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	atomic_init(&p->refs, 1);
	p->key_size = in->info->key_size;
	p->value_size = in->info->value_size;
	p->value_stride = in->info->value_stride;
	p->n_cpus = in->info->n_cpus;
	p->is_per_cpu = map_type_is_per_cpu(in->info->type);
	p->each_cpu = in->map->cpu == CONFIG_CPU_EACH;
	p->metrics = calloc(in->map->n_metrics + 1, sizeof(*p->metrics));
	if (!p->metrics)
		return NULL;
	p->n_metrics = in->map->n_metrics;
	return take_ptr(p);
}

/* Of the layouts as text: names, types, offsets. */
static int hash_layouts(const struct layouts *l, uint64_t *ret_hash)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r = 0;

	if (l->key)
		r = layout_print(l->key, "key", &text);
	if (r == 0 && l->value)
		r = layout_print(l->value, "value", &text);
	*ret_hash = XXH3_64bits(text.data ? text.data : "", text.len);
	return r;
}

int plan_compile(const struct plan_input *in, struct plan **ret_plan, struct problems *problems)
{
	_cleanup_(layouts_done) struct layouts l = {0};
	_cleanup_(plan_unrefp) struct plan *p = NULL;
	int r;

	r = check_type(in, problems);
	if (r < 0)
		return r;
	p = plan_new(in);
	if (!p)
		return -ENOMEM;
	if (in->map->n_metrics) {
		r = choose_layouts(in, &l);
		if (r == 0)
			r = check_sizes(in, &l, problems);
		if (r == 0)
			r = compile(p, in, &l, problems);
		if (r == 0)
			r = hash_layouts(&l, &p->layout_hash);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < p->n_groups; i++)
		p->groups[i].labels = NULL; /* the configuration's */
	*ret_plan = take_ptr(p);
	return 0;
}

static int layout_size(const struct config_field *fields, bool packed, uint32_t *ret_size)
{
	_cleanup_(layout_freep) struct layout *l = explicit_layout_new(fields, packed);

	if (!l)
		return -ENOMEM;
	*ret_size = l->root.size;
	return 0;
}

int plan_check(const struct config_map *map, struct family *const *families,
	       struct problems *problems)
{
	_cleanup_(plan_unrefp) struct plan *p = NULL;
	/* A pattern without a match: what its wildcards stand for is only known later. */
	static const char *const captures[] = {"*", "*", "*", "*", "*", "*", "*", "*", "*"};
	struct map_info info = {.type = BPF_MAP_TYPE_HASH};
	const struct plan_input in = {.map = map,
				      .families = families,
				      .info = &info,
				      .pin = map->pin,
				      .captures = captures,
				      .n_captures = ARRAY_SIZE(captures)};

	if (!map->key || !map->value)
		return 0;
	if (layout_size(map->key, map->packed, &info.key_size) < 0 ||
	    layout_size(map->value, map->packed, &info.value_size) < 0)
		return -ENOMEM;
	if (map->cpu != CONFIG_CPU_SUM)
		info.type = BPF_MAP_TYPE_PERCPU_HASH;
	map_info_set_stride(&info, 1);
	return plan_compile(&in, &p, problems);
}

struct plan *plan_ref(struct plan *p)
{
	atomic_fetch_add(&p->refs, 1);
	return p;
}

void plan_unref(struct plan *p)
{
	if (!p || atomic_fetch_sub(&p->refs, 1) != 1)
		return;
	for (size_t i = 0; i < p->n_metrics; i++) {
		family_unref(p->metrics[i].family);
		free(p->metrics[i].const_labels);
	}
	for (size_t i = 0; i < p->n_groups; i++)
		label_group_done(&p->groups[i]);
	free(p->metrics);
	free(p->groups);
	free(p);
}

uint64_t plan_layout_hash(const struct plan *p)
{
	return p->layout_hash;
}

size_t plan_n_metrics(const struct plan *p)
{
	return p->n_metrics;
}

size_t plan_n_totals(const struct plan *p)
{
	return p->n_metrics * (p->each_cpu ? p->n_cpus : 1);
}

void plan_add_totals(const struct plan *p, const void *values, uint64_t *totals)
{
	const uint8_t *value = values;

	for (uint32_t cpu = 0; cpu < p->n_cpus; cpu++, value += p->value_stride) {
		uint64_t *t = totals + (p->each_cpu ? cpu * p->n_metrics : 0);

		for (size_t i = 0; i < p->n_metrics; i++)
			t[i] += reader_load(&p->metrics[i].reader, value);
	}
}
