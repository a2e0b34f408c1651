// SPDX-License-Identifier: GPL-2.0-only
/*
 * A metric's labels become constant text and the steps of a label group.
 *
 * Whether two entries can have the same text decides whether a table of label
 * sets is needed at all: they cannot where labels without loss cover every
 * byte of the key. Padding is not covered by any label, so a key with padding
 * takes the table.
 */
#include "plan_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool texts_equal(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool exprs_equal(const struct config_expr *a, const struct config_expr *b)
{
	return texts_equal(a->field, b->field) && a->shift == b->shift && a->mask == b->mask &&
	       a->div == b->div && a->mod == b->mod;
}

static bool entries_equal(const struct config_decoder *a, const struct config_decoder *b)
{
	if (a->n_entries != b->n_entries)
		return false;
	for (size_t i = 0; i < a->n_entries; i++) {
		const struct config_map_entry *x = &a->entries[i], *y = &b->entries[i];

		if (x->first != y->first || x->last != y->last || !texts_equal(x->name, y->name) ||
		    !texts_equal(x->text, y->text))
			return false;
	}
	return true;
}

static bool rewrites_equal(const struct config_decoder *a, const struct config_decoder *b)
{
	if (a->n_rewrites != b->n_rewrites)
		return false;
	for (size_t i = 0; i < a->n_rewrites; i++)
		if (!texts_equal(a->rewrites[i].match, b->rewrites[i].match) ||
		    !texts_equal(a->rewrites[i].replace, b->rewrites[i].replace))
			return false;
	return true;
}

static bool decoders_equal(const struct config_decoder *a, const struct config_decoder *b)
{
	return a->kind == b->kind && entries_equal(a, b) && texts_equal(a->fallback, b->fallback) &&
	       rewrites_equal(a, b) && a->zero_tail == b->zero_tail &&
	       a->is_user_dev == b->is_user_dev && exprs_equal(&a->length, &b->length) &&
	       a->less == b->less && texts_equal(a->stack_map, b->stack_map);
}

static bool labels_equal(const struct config_label *a, const struct config_label *b)
{
	if (strcmp(a->name, b->name) != 0 || !exprs_equal(&a->expr, &b->expr) ||
	    !texts_equal(a->keep, b->keep) || !texts_equal(a->drop, b->drop) ||
	    a->n_decoders != b->n_decoders)
		return false;
	for (size_t i = 0; i < a->n_decoders; i++)
		if (!decoders_equal(&a->decoders[i], &b->decoders[i]))
			return false;
	return true;
}

static bool conditions_equal(const struct config_metric *a, const struct config_metric *b)
{
	if (a->n_conditions != b->n_conditions)
		return false;
	for (size_t i = 0; i < a->n_conditions; i++) {
		const struct config_condition *x = &a->conditions[i], *y = &b->conditions[i];

		if (!texts_equal(x->field, y->field) || x->is_negated != y->is_negated ||
		    x->n_matches != y->n_matches)
			return false;
		for (size_t j = 0; j < x->n_matches; j++)
			if (x->matches[j].first != y->matches[j].first ||
			    x->matches[j].last != y->matches[j].last ||
			    !texts_equal(x->matches[j].text, y->matches[j].text))
				return false;
	}
	return true;
}

/* Constants, whatever their place in the file: `{const: …}` and $pin, $id, $map, $1 …. */
static bool is_constant(const struct config_label *l)
{
	static const char *const varying[] = {"$cpu", "$i", "$j"};

	for (size_t i = 0; !l->text && i < ARRAY_SIZE(varying); i++)
		if (!strcmp(l->expr.field, varying[i]))
			return false;
	return l->text || l->expr.field[0] == '$';
}

static const struct config_label *next_varying(const struct config_label **l, size_t *n)
{
	for (; *n; ++*l, --*n) {
		if (!is_constant(*l)) {
			--*n;
			return (*l)++;
		}
	}
	return NULL;
}

static bool same_labels(const struct config_metric *m, const struct config_metric *n)
{
	const struct config_label *a = m->labels, *b = n->labels;
	size_t n_a = m->n_labels, n_b = n->n_labels;

	for (;;) {
		const struct config_label *x = next_varying(&a, &n_a), *y = next_varying(&b, &n_b);

		if (!x || !y)
			return !x && !y;
		if (!labels_equal(x, y))
			return false;
	}
}

static void step_done(struct label_step *s)
{
	free(s->lead);
	decoder_chain_done(&s->text.chain);
}

void label_group_done(struct label_group *g)
{
	for (size_t i = 0; i < g->n_steps; i++)
		step_done(&g->steps[i]);
	for (size_t i = 0; i < g->n_conditions; i++)
		condition_done(&g->conditions[i]);
	free(g->steps);
	buf_done(&g->other);
	free(g->conditions);
	free(g->metrics);
	*g = (struct label_group){0};
}

static int add_step(struct label_group *g, const struct resolver *r, const struct config_label *l)
{
	struct label_step *s = &g->steps[g->n_steps];
	_cleanup_buf_ struct buf lead = BUF_INIT;

	if (buf_puts(&lead, g->n_steps ? "\"," : "") || label_append_name(&lead, str_of(l->name)) ||
	    buf_puts(&lead, "=\""))
		return -ENOMEM;
	s->lead_n = lead.len;
	s->lead = buf_take(&lead);
	g->n_steps++;
	g->may_leave_out |= l->keep || l->drop;
	return s->lead ? text_step_init(&s->text, r, l, &g->domain) : -ENOMEM;
}

/* What stands where the limit left no place for the fields' own text. */
static int write_other(struct label_group *g)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->n_steps; i++) {
		r = buf_append(&g->other, g->steps[i].lead, g->steps[i].lead_n);
		if (r == 0)
			r = buf_puts(&g->other, "other");
	}
	return r == 0 && g->n_steps ? buf_puts(&g->other, "\"") : r;
}

static int add_steps(struct label_group *g, const struct resolver *r)
{
	const struct config_metric *m = g->config;
	int e = 0;

	g->steps = calloc(m->n_labels + 1, sizeof(*g->steps));
	if (!g->steps)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_labels; i++) {
		int one = is_constant(&m->labels[i]) ? 0 : add_step(g, r, &m->labels[i]);

		if (one == -ENOMEM)
			return one;
		e = e ? e : one; /* go on: all mistakes in one run */
	}
	return e ? e : write_other(g);
}

static bool has_index(const struct label_group *g, enum origin origin)
{
	for (size_t i = 0; i < g->n_steps; i++)
		if (g->steps[i].text.operand.origin == origin)
			return true;
	return false;
}

/* An index without a path that it is the index of. */
static int check_indexes(const struct label_group *g, const struct resolver *r)
{
	for (uint32_t i = 0; i < 2; i++)
		if (!g->domain.n[i] && !g->domain.is_incomplete &&
		    has_index(g, i ? ORIGIN_INDEX_1 : ORIGIN_INDEX_0))
			return problems_add(
				r->problems, &g->config->at,
				"a label is from $%c, but no field of this metric goes through %s array with '*'",
				"ij"[i], i ? "a second" : "an");
	return 0;
}

static int new_group(struct plan *p, const struct resolver *r, const struct config_metric *m,
		     const struct domain *own_domain, size_t *ret_index)
{
	struct label_group *groups = realloc(p->groups, (p->n_groups + 1) * sizeof(*groups));
	struct label_group *g;
	int e, e2;

	if (!groups)
		return -ENOMEM;
	p->groups = groups;
	*ret_index = p->n_groups;
	g = &groups[p->n_groups++];
	*g = (struct label_group){.config = m, .own_domain = *own_domain, .domain = *own_domain};
	g->each_cpu = p->is_per_cpu && m->cpu == CONFIG_CPU_EACH;
	e = add_steps(g, r);
	if (e == -ENOMEM)
		return e;
	e2 = group_add_conditions(g, r);
	e = plan_worse(e, e2);
	if (e == 0)
		e = check_indexes(g, r);
	return e ? e : group_find_coverage(g, p, r);
}

/* Without labels, whether it is there before any entry is: a sum is, what is chosen from entries is
 * not. */
static bool needs_entry(const struct config_metric *m)
{
	return m->type == CONFIG_INFO || m->aggregate != CONFIG_AGGREGATE_SUM;
}

static bool same_domain(const struct domain *a, const struct domain *b)
{
	return a->n[0] == b->n[0] && a->n[1] == b->n[1];
}

/*
 * Where entries are added, a metric with skip_zero has a group to itself: a
 * sum of what was not left out is a series, even if it is zero. Without labels,
 * what is there before any entry is apart from what is not; and what outlives
 * its entries is apart from what does not.
 */
static bool fits_group(const struct label_group *g, const struct config_metric *m,
		       const struct domain *own_domain, bool is_per_cpu)
{
	return !g->is_left_out && same_labels(g->config, m) && conditions_equal(g->config, m) &&
	       same_domain(&g->own_domain, own_domain) &&
	       g->each_cpu == (is_per_cpu && m->cpu == CONFIG_CPU_EACH) && !g->skips_zero &&
	       ((g->is_unique && !g->adds_entries) || !m->skip_zero) &&
	       (g->n_steps || g->is_set == needs_entry(m)) &&
	       g->has_ledger == (g->adds_entries && metric_never_falls(m->type));
}

static int find_group(struct plan *p, const struct resolver *r, const struct config_metric *m,
		      const struct domain *own_domain, bool is_left_out, size_t *ret_index)
{
	struct label_group *g;
	int e;

	for (size_t i = 0; !is_left_out && i < p->n_groups; i++) {
		if (fits_group(&p->groups[i], m, own_domain, p->is_per_cpu)) {
			*ret_index = i;
			return 0;
		}
	}
	e = new_group(p, r, m, own_domain, ret_index);
	if (e < 0)
		return e;
	g = &p->groups[*ret_index];
	g->has_ledger = g->adds_entries && metric_never_falls(m->type);
	g->skips_zero = m->skip_zero && (!g->is_unique || g->has_ledger);
	g->is_set = needs_entry(m);
	g->is_left_out |= is_left_out;
	return 0;
}

/* $id and $cpus, which can be computed with. */
static int append_number(const struct resolver *r, const struct config_label *l,
			 struct decoder_scratch *scratch, struct buf *value)
{
	const struct cursor nowhere = {0};
	struct domain none = {.n = {0, 0}};
	struct text_step step = {0};
	int e = text_step_init(&step, r, l, &none);

	if (e == 0 && step.has_length && step.length.origin != ORIGIN_CONSTANT)
		e = problems_add(
			r->problems, &l->at,
			"'%s' is the same in all entries: its cidr takes no length from one",
			l->expr.field);
	if (e == 0)
		e = text_step_write(&step, &nowhere, scratch, value);
	decoder_chain_done(&step.chain);
	return e;
}

static int append_text(const struct resolver *r, const struct config_label *l, const char *text,
		       struct decoder_scratch *scratch, struct buf *value)
{
	const struct datum in = {
		.kind = DATUM_TEXT, .bytes = (const uint8_t *)text, .n = strlen(text)};
	const struct datum_shape shape = {.kind = DATUM_TEXT};
	struct decoder_chain chain = {0};
	int e = decoder_chain_init(&chain, l, &shape, r->in->stacks, r->problems);

	if (e == 0)
		e = decoder_chain_run(&chain, &in, scratch, value);
	decoder_chain_done(&chain);
	return e;
}

static int append_variable(const struct resolver *r, const struct config_label *l,
			   struct buf *value)
{
	struct decoder_scratch scratch = {0};
	struct resolved at;
	int e = resolve_field(r, &l->expr, &at);

	if (e == 0)
		e = at.where == AT_NUMBER ? append_number(r, l, &scratch, value)
					  : append_text(r, l, at.text, &scratch, value);
	decoder_scratch_done(&scratch);
	return e;
}

/* Return: 0, DECODER_LEAVE_OUT, or a negative error. */
static int append_constant(const struct resolver *r, const struct config_label *l, struct buf *text)
{
	int e;

	if (l->text)
		return label_append(text, str_of(l->name), str_of(l->text));
	e = buf_puts(text, text->len ? "," : "");
	if (e == 0)
		e = label_append_name(text, str_of(l->name));
	if (e == 0)
		e = buf_puts(text, "=\"");
	if (e == 0)
		e = append_variable(r, l, text);
	return e ? e : buf_append(text, "\"", 1);
}

/* What is drained never goes, so it has a series of its own for good, or none. */
static bool needs_book(const struct plan *p, const struct label_group *g,
		       const struct config_map *map, enum config_metric_type type)
{
	return map->limits.on_limit == CONFIG_ON_LIMIT_OTHER && g->n_steps && !g->has_ledger &&
	       !p->is_drained && metric_never_falls(type);
}

int plan_add_labels(struct plan *p, const struct resolver *r, size_t metric_index,
		    const struct domain *own_domain)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	const struct config_metric *metric = &r->in->map->metrics[metric_index];
	struct plan_metric *m = &p->metrics[metric_index];
	struct label_group *g;
	bool is_left_out = false;
	size_t *metrics;
	int e = 0;

	for (size_t i = 0; i < metric->n_labels; i++) {
		int one = is_constant(&metric->labels[i])
				  ? append_constant(r, &metric->labels[i], &text)
				  : 0;

		if (one == -ENOMEM)
			return one;
		is_left_out |= one == DECODER_LEAVE_OUT;
		e = e || one > 0 ? e : one;
	}
	m->const_labels = buf_take(&text);
	if (!m->const_labels)
		return -ENOMEM;
	if (e == 0)
		e = find_group(p, r, metric, own_domain, is_left_out, &m->group);
	if (e < 0)
		return e;
	g = &p->groups[m->group];
	metrics = realloc(g->metrics, (g->n_metrics + 1) * sizeof(*metrics));
	if (!metrics)
		return -ENOMEM;
	g->metrics = metrics;
	g->metrics[g->n_metrics++] = metric_index;
	g->has_book |= needs_book(p, g, r->in->map, metric->type);
	return 0;
}
