// SPDX-License-Identifier: GPL-2.0-only
#include "plan_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "explicit_layout_internal.h"
#include "typed_layout_internal.h"

/* More numbers than that of one entry are no metric. */
#define MAX_NUMBERS (1 << 22)

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

/* One that the configuration writes down wins. */
static int choose_written(const struct config_field *written, bool packed, struct layout **own,
			  const struct layout **layout)
{
	if (!written)
		return 0;
	layout_free(*own);
	*own = explicit_layout_new(written, packed);
	*layout = *own;
	return *own ? 0 : -ENOMEM;
}

static int choose_layouts(const struct plan_input *in, struct layouts *l, struct problems *problems)
{
	static const struct config_field index = {.kind = CONFIG_U32, .offset = -1};
	const struct config_field *key = in->map->key;
	int r = 0;

	if (!key && !in->key && map_type_is_array(in->info->type))
		key = &index;
	l->key = in->key;
	l->value = in->value;
	if (in->map->n_types) {
		r = typed_layouts_new(in->map, in->key, in->value, &l->own_key, &l->own_value,
				      problems);
		l->key = l->own_key;
		l->value = l->own_value;
	}
	if (r == 0)
		r = choose_written(key, in->map->packed, &l->own_key, &l->key);
	if (r == 0)
		r = choose_written(in->map->value, in->map->packed, &l->own_value, &l->value);
	return r;
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
	return plan_worse(r, r2);
}

static int check_cpus(const struct plan_input *in, struct problems *problems)
{
	const struct config_map *map = in->map;
	int r = 0;

	if (map_type_is_per_cpu(in->info->type))
		return 0;
	for (size_t i = 0; r != -ENOMEM && i < map->n_metrics; i++)
		if (map->metrics[i].cpu != CONFIG_CPU_SUM)
			r = problems_add(
				problems, &map->metrics[i].cpu_at,
				"map '%s' is of type %s, which has one value for all CPUs: remove `cpu:`",
				map->name, map_type_name(in->info->type));
	return r;
}

static int check_readable(const struct plan_input *in, struct problems *problems)
{
	bool is_queue = map_type_is_queue(in->info->type);

	if (!in->map->n_metrics || map_type_is_readable(in->info->type) ||
	    (is_queue && in->map->read == CONFIG_READ_DRAIN))
		return 0;
	return problems_add(
		problems, &in->map->at,
		is_queue
			? "map '%s' is of type %s, whose entries can only be taken out: write `read: drain`, or remove its metrics"
			: "map '%s' is of type %s, whose entries cannot be listed: remove its metrics, the bpfmap_* ones remain",
		in->map->name, map_type_name(in->info->type));
}

static int check_read(const struct plan_input *in, struct problems *problems)
{
	if (in->map->read != CONFIG_READ_DRAIN || map_type_is_drainable(in->info->type))
		return 0;
	return problems_add(problems, &in->map->at,
			    "map '%s' is of type %s, which cannot be drained: use `read: snapshot`",
			    in->map->name, map_type_name(in->info->type));
}

static int check_evict(const struct plan_input *in, struct problems *problems)
{
	if (!in->map->evict_idle_ns || map_type_is_hash(in->info->type))
		return 0;
	return problems_add(
		problems, &in->map->at,
		"map '%s' is of type %s, from which no key can be evicted: remove `evict_idle:`",
		in->map->name, map_type_name(in->info->type));
}

/* A queue's layout is its value's, so where that is written nothing is left to correct. */
static int check_key(const struct plan_input *in, struct problems *problems)
{
	if (!map_type_is_queue(in->info->type))
		return 0;
	if (in->map->n_types && in->map->value)
		return problems_add(
			problems, &in->map->types[0].at,
			"types correct a layout from BTF: here the value is written, change it there");
	if (!in->map->key)
		return 0;
	return problems_add(
		problems, &in->map->key->at,
		"map '%s' is of type %s, whose entries have no keys: remove `key:`, labels come from the value",
		in->map->name, map_type_name(in->info->type));
}

/* Of all elements, those that only labels and conditions look at, too. */
static int check_n_numbers(const struct plan *p, const struct resolver *r, size_t i)
{
	const struct plan_metric *m = &p->metrics[i];
	const struct label_group *g = &p->groups[m->group];
	size_t n_cpus = g->each_cpu ? p->n_cpus : 1, n = domain_n(&g->domain);

	if (n <= MAX_NUMBERS && m->n_numbers * n * n_cpus <= MAX_NUMBERS)
		return 0;
	return problems_add(r->problems, &r->in->map->metrics[i].at,
			    "more than %d numbers in one entry", MAX_NUMBERS);
}

static int compile_metric(struct plan *p, const struct resolver *r, size_t i)
{
	const struct config_metric *c = &r->in->map->metrics[i];
	struct plan_metric *m = &p->metrics[i];
	struct domain domain = {.n = {0, 0}};
	int e, e2;

	m->family = family_ref(r->in->families[i]);
	m->type = c->type;
	m->skip_zero = c->skip_zero;
	m->cpu = c->cpu;
	m->is_set = c->type == CONFIG_INFO;
	e = plan_add_values(p, r, i, &domain);
	if (e == -ENOMEM)
		return e;
	domain.is_incomplete = e < 0;
	e2 = plan_add_labels(p, r, i, &domain);
	e = plan_worse(e, e2);
	return e ? e : check_n_numbers(p, r, i);
}

/* Where each metric's numbers lie among those of an entry. */
static void place_numbers(struct plan *p)
{
	p->is_simple = true;
	for (size_t i = 0; i < p->n_metrics; i++) {
		struct plan_metric *m = &p->metrics[i];
		struct label_group *g = &p->groups[m->group];

		g->hides_zero |= m->skip_zero;
		m->n_index[0] = g->domain.n[0] ? g->domain.n[0] : 1;
		m->n_index[1] = g->domain.n[1] ? g->domain.n[1] : 1;
		m->n_elements = domain_n(&g->domain) * (g->each_cpu ? p->n_cpus : 1);
		m->is_simple =
			m->n_elements == 1 && m->n_numbers == 1 && m->width == 1 && !m->has_sum;
		m->first = p->n_numbers;
		p->n_numbers += m->n_elements * m->n_numbers;
		p->needs_carry |= g->has_ledger || g->has_book;
		p->is_simple &= m->n_elements == 1 && !g->each_cpu && !g->is_left_out;
	}
}

static bool group_looks_at_value(const struct label_group *g)
{
	for (size_t i = 0; i < g->n_steps; i++)
		if (g->steps[i].text.operand.origin == ORIGIN_VALUE ||
		    (g->steps[i].text.has_length && g->steps[i].text.length.origin == ORIGIN_VALUE))
			return true;
	for (size_t i = 0; i < g->n_conditions; i++)
		if (!g->conditions[i].is_decided &&
		    g->conditions[i].step.operand.origin == ORIGIN_VALUE)
			return true;
	return false;
}

static bool follows_element(const struct text_step *s)
{
	const struct operand *o[] = {&s->operand, &s->length};
	bool follows = false;

	for (size_t i = 0; i < 1U + s->has_length; i++)
		follows |= o[i]->origin == ORIGIN_VALUE || o[i]->origin == ORIGIN_CPU ||
			   o[i]->origin == ORIGIN_INDEX_0 || o[i]->origin == ORIGIN_INDEX_1 ||
			   o[i]->reader.strides[0] || o[i]->reader.strides[1];
	return follows;
}

static bool group_tells_elements(const struct label_group *g)
{
	for (size_t i = 0; i < g->n_steps; i++)
		if (follows_element(&g->steps[i].text))
			return true;
	for (size_t i = 0; i < g->n_conditions; i++)
		if (follows_element(&g->conditions[i].step))
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
	if (e)
		return e;
	place_numbers(p);
	for (size_t i = 0; i < p->n_groups; i++) {
		p->groups[i].tells_elements = group_tells_elements(&p->groups[i]);
		p->looks_at_value |= group_looks_at_value(&p->groups[i]);
	}
	return 0;
}

static struct plan *plan_new(const struct plan_input *in)
{
	_cleanup_(plan_unrefp) struct plan *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	atomic_init(&p->refs, 1);
	p->is_queue = map_type_is_queue(in->info->type);
	p->key_size = p->is_queue ? in->info->value_size : in->info->key_size;
	p->value_size = in->info->value_size;
	p->value_stride = in->info->value_stride;
	p->n_cpus = in->info->n_cpus;
	p->is_per_cpu = map_type_is_per_cpu(in->info->type);
	p->is_drained = in->map->read == CONFIG_READ_DRAIN;
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

/* Everything that can be said, though one thing is wrong already. */
static int plan_metrics(struct plan *p, const struct plan_input *in, struct problems *problems)
{
	_cleanup_(layouts_done) struct layouts l = {0};
	int r = check_cpus(in, problems);
	int chosen = r == -ENOMEM ? r : choose_layouts(in, &l, problems);

	if (chosen < 0)
		return chosen;
	if (r != -ENOMEM)
		r = plan_worse(r, check_sizes(in, &l, problems));
	if (r != -ENOMEM)
		r = plan_worse(r, compile(p, in, &l, problems));
	return r ? r : hash_layouts(&l, &p->layout_hash);
}

int plan_compile(const struct plan_input *in, struct plan **ret_plan, struct problems *problems)
{
	_cleanup_(plan_unrefp) struct plan *p = NULL;
	int r;

	r = check_readable(in, problems);
	if (r == 0)
		r = check_read(in, problems);
	if (r == 0)
		r = check_evict(in, problems);
	if (r == 0)
		r = check_key(in, problems);
	if (r < 0)
		return r;
	p = plan_new(in);
	if (!p)
		return -ENOMEM;
	if (in->map->n_metrics)
		r = plan_metrics(p, in, problems);
	if (r == 0)
		r = plan_find_seen(p);
	if (r < 0)
		return r;
	for (size_t i = 0; i < p->n_groups; i++)
		p->groups[i].config = NULL; /* gone soon */
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

int plan_check(const struct config_map *map, struct family *const *families, struct plan **ret_plan,
	       struct problems *problems)
{
	/* A pattern without a match: what its wildcards stand for is only known later. */
	static const char *const captures[] = {"*", "*", "*", "*", "*", "*", "*", "*", "*"};
	struct map_info info = {.type = BPF_MAP_TYPE_HASH};
	const struct plan_input in = {.map = map,
				      .families = families,
				      .info = &info,
				      .pin = map->pin ? map->pin : "id:0",
				      .captures = captures,
				      .n_captures = ARRAY_SIZE(captures)};

	*ret_plan = NULL;
	if (!map->key || !map->value)
		return 0;
	if (layout_size(map->key, map->packed, &info.key_size) < 0 ||
	    layout_size(map->value, map->packed, &info.value_size) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < map->n_metrics; i++)
		if (map->metrics[i].cpu != CONFIG_CPU_SUM)
			info.type = BPF_MAP_TYPE_PERCPU_HASH;
	map_info_set_stride(&info, 1);
	return plan_compile(&in, ret_plan, problems);
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
		bounds_unref(p->metrics[i].bounds);
		free(p->metrics[i].slots.keys);
		free(p->metrics[i].slots.cells);
		free(p->metrics[i].const_labels);
	}
	for (size_t i = 0; i < p->n_groups; i++)
		label_group_done(&p->groups[i]);
	free(p->seen);
	free(p->metrics);
	free(p->groups);
	free(p);
}

uint64_t plan_layout_hash(const struct plan *p)
{
	return p->layout_hash;
}

struct bounds *plan_bounds(const struct plan *p, size_t metric)
{
	return p->metrics[metric].bounds;
}

size_t plan_n_metrics(const struct plan *p)
{
	return p->n_metrics;
}

uint32_t plan_key_size(const struct plan *p)
{
	return p->key_size;
}

size_t plan_n_totals(const struct plan *p)
{
	return p->n_numbers;
}

bool plan_has_ledger(const struct plan *p)
{
	return p->needs_carry;
}
