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

static bool decoders_equal(const struct config_decoder *a, const struct config_decoder *b)
{
	if (a->kind != b->kind || a->n_entries != b->n_entries ||
	    !texts_equal(a->fallback, b->fallback))
		return false;
	for (size_t i = 0; i < a->n_entries; i++) {
		const struct config_map_entry *x = &a->entries[i], *y = &b->entries[i];

		if (x->first != y->first || x->last != y->last || !texts_equal(x->name, y->name) ||
		    !texts_equal(x->text, y->text))
			return false;
	}
	return true;
}

static bool labels_equal(const struct config_label *a, const struct config_label *b)
{
	if (strcmp(a->name, b->name) != 0 || strcmp(a->expr.field, b->expr.field) != 0 ||
	    a->expr.shift != b->expr.shift || a->expr.mask != b->expr.mask ||
	    a->n_decoders != b->n_decoders)
		return false;
	for (size_t i = 0; i < a->n_decoders; i++)
		if (!decoders_equal(&a->decoders[i], &b->decoders[i]))
			return false;
	return true;
}

/* Constants, whatever their place in the file: `{const: …}` and $pin, $id, $map, $1 …. */
static bool is_constant(const struct config_label *l)
{
	return l->text || (l->expr.field[0] == '$' && strcmp(l->expr.field, "$cpu") != 0);
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

static bool same_group(const struct config_label *a, size_t n_a, const struct config_label *b,
		       size_t n_b)
{
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
	decoder_chain_done(&s->chain);
}

void label_group_done(struct label_group *g)
{
	for (size_t i = 0; i < g->n_steps; i++)
		step_done(&g->steps[i]);
	free(g->steps);
	free(g->metrics);
	*g = (struct label_group){0};
}

/* What the decoders of a field are given. */
static struct datum_shape shape_of(const struct resolved *at, const struct config_label *l)
{
	const struct field *f = at->field;
	struct datum_shape shape = {.n = f->size, .field = f};
	bool whole_bytes = l->n_decoders && !l->expr.computed &&
			   (l->decoders[0].kind == CONFIG_DECODE_IP ||
			    l->decoders[0].kind == CONFIG_DECODE_MAC ||
			    l->decoders[0].kind == CONFIG_DECODE_PORT ||
			    l->decoders[0].kind == CONFIG_DECODE_STRING);

	if (!field_fits_reader(f) || (whole_bytes && !f->bit_size))
		shape.kind = DATUM_BYTES;
	else
		shape.kind = f->kind == FIELD_FLOAT ? DATUM_FLOAT : DATUM_NUMBER;
	return shape;
}

static int check_label_field(const struct resolver *r, const struct config_label *l,
			     const struct resolved *at)
{
	const struct field *f = at->field;

	if (f->kind == FIELD_PAD)
		return problems_add(r->problems, &l->expr.at, "'%s' has no value that can be shown",
				    l->expr.field);
	if (!field_is_scalar(f) && !l->n_decoders)
		return problems_add(r->problems, &l->expr.at,
				    "'%s' is %s: name one of its %s, or decode its bytes",
				    l->expr.field, f->kind == FIELD_ARRAY ? "an array" : "a struct",
				    f->kind == FIELD_ARRAY ? "elements ('.0')" : "fields");
	if (l->expr.computed && !field_fits_reader(f))
		return problems_add(r->problems, &l->expr.at,
				    "'%s' is no number: shift and mask need one", l->expr.field);
	return 0;
}

static int compile_field(struct label_step *s, const struct resolver *r,
			 const struct config_label *l)
{
	struct datum_shape shape = {.kind = DATUM_NUMBER, .n = 4};
	static const struct field cpu_field = {.kind = FIELD_UINT, .size = 4};
	struct resolved at;
	int e;

	e = resolve_field(r, &l->expr, &at);
	if (e < 0)
		return e;
	if (at.where == AT_CPU) {
		s->origin = LABEL_FROM_CPU;
		shape.field = &cpu_field;
	} else {
		s->origin = at.where == AT_KEY ? LABEL_FROM_KEY : LABEL_FROM_VALUE;
		e = check_label_field(r, l, &at);
		if (e < 0)
			return e;
		shape = shape_of(&at, l);
		s->is_computed = l->expr.computed;
		reader_init(&s->reader, &at, &l->expr);
	}
	s->is_number = shape.kind != DATUM_BYTES;
	s->n_bytes = (uint32_t)shape.n;
	return decoder_chain_init(&s->chain, l, &shape, r->problems);
}

static int add_step(struct label_group *g, const struct resolver *r, const struct config_label *l)
{
	struct label_step *s = &g->steps[g->n_steps];
	_cleanup_buf_ struct buf lead = BUF_INIT;

	if (buf_printf(&lead, "%s%s=\"", g->n_steps ? "\"," : "", l->name) < 0)
		return -ENOMEM;
	s->lead_n = lead.len;
	s->lead = buf_take(&lead);
	g->n_steps++;
	return s->lead ? compile_field(s, r, l) : -ENOMEM;
}

static bool step_is_lossless(const struct label_step *s)
{
	return s->origin == LABEL_FROM_KEY && !s->is_computed && !s->reader.bit_size &&
	       !decoder_chain_is_lossy(&s->chain);
}

/* Whether lossless labels cover every byte of the key. */
static int covers_key(const struct label_group *g, uint32_t key_size, bool *ret_covers)
{
	_cleanup_(freep) char *covered = calloc(key_size + 1, 1);

	if (!covered)
		return -ENOMEM;
	for (size_t i = 0; i < g->n_steps; i++)
		if (step_is_lossless(&g->steps[i]))
			memset(covered + g->steps[i].reader.offset, 1, g->steps[i].n_bytes);
	*ret_covers = !memchr(covered, 0, key_size);
	return 0;
}

static bool tells_cpus_apart(const struct label_group *g)
{
	for (size_t i = 0; i < g->n_steps; i++)
		if (g->steps[i].origin == LABEL_FROM_CPU &&
		    !decoder_chain_is_lossy(&g->steps[i].chain))
			return true;
	return false;
}

static int finish_group(struct label_group *g, const struct plan *p)
{
	int e = covers_key(g, p->key_size, &g->is_unique);

	if (p->each_cpu && !tells_cpus_apart(g))
		g->is_unique = false;
	g->is_shareable = g->is_unique;
	for (size_t i = 0; i < g->n_steps; i++)
		if (g->steps[i].origin != LABEL_FROM_KEY ||
		    decoder_chain_is_changing(&g->steps[i].chain))
			g->is_shareable = false;
	return e;
}

static int new_group(struct plan *p, const struct resolver *r, const struct config_metric *m,
		     size_t *ret_index)
{
	struct label_group *groups = realloc(p->groups, (p->n_groups + 1) * sizeof(*groups));
	struct label_group *g;
	int e = 0;

	if (!groups)
		return -ENOMEM;
	p->groups = groups;
	*ret_index = p->n_groups;
	g = &groups[p->n_groups++];
	*g = (struct label_group){.labels = m->labels, .n_labels = m->n_labels};
	g->steps = calloc(m->n_labels + 1, sizeof(*g->steps));
	if (!g->steps)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_labels; i++) {
		int one = is_constant(&m->labels[i]) ? 0 : add_step(g, r, &m->labels[i]);

		if (one == -ENOMEM)
			return one;
		e = e ? e : one; /* go on: all mistakes in one run */
	}
	return e ? e : finish_group(g, p);
}

/*
 * Where entries are added, a metric with skip_zero has a group to itself: a
 * sum of what was not left out is a series, even if it is zero. Without labels,
 * what is there before any entry is (a sum) is apart from what is not (info).
 */
static int find_group(struct plan *p, const struct resolver *r, const struct config_metric *m,
		      size_t *ret_index)
{
	int e;

	for (size_t i = 0; i < p->n_groups; i++) {
		const struct label_group *g = &p->groups[i];

		if (same_group(g->labels, g->n_labels, m->labels, m->n_labels) && !g->skips_zero &&
		    (g->is_unique || !m->skip_zero) &&
		    (g->n_steps || g->is_set == (m->type == CONFIG_INFO))) {
			*ret_index = i;
			return 0;
		}
	}
	e = new_group(p, r, m, ret_index);
	if (e < 0)
		return e;
	p->groups[*ret_index].skips_zero = m->skip_zero && !p->groups[*ret_index].is_unique;
	p->groups[*ret_index].is_set = m->type == CONFIG_INFO;
	return 0;
}

static int append_variable(const struct resolver *r, const struct config_label *l,
			   struct buf *value)
{
	const struct datum_shape shape = {.kind = DATUM_TEXT};
	struct decoder_scratch scratch = {0};
	struct decoder_chain chain = {0};
	struct resolved at;
	int e;

	e = resolve_field(r, &l->expr, &at);
	if (e < 0)
		return e;
	e = decoder_chain_init(&chain, l, &shape, r->problems);
	if (e == 0) {
		struct datum in = {.kind = DATUM_TEXT,
				   .bytes = (const uint8_t *)at.text,
				   .n = strlen(at.text)};

		e = decoder_chain_run(&chain, &in, &scratch, value);
	}
	decoder_scratch_done(&scratch);
	decoder_chain_done(&chain);
	return e;
}

static int append_constant(const struct resolver *r, const struct config_label *l, struct buf *text)
{
	int e;

	if (l->text)
		return label_append(text, str_of(l->name), str_of(l->text));
	e = buf_printf(text, "%s%s=\"", text->len ? "," : "", l->name);
	if (e == 0)
		e = append_variable(r, l, text);
	return e < 0 ? e : buf_append(text, "\"", 1);
}

int plan_add_labels(struct plan *p, const struct resolver *r, const struct config_metric *metric,
		    size_t metric_index)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct plan_metric *m = &p->metrics[metric_index];
	struct label_group *g;
	size_t *metrics;
	int e = 0;

	for (size_t i = 0; i < metric->n_labels; i++) {
		int one = is_constant(&metric->labels[i])
				  ? append_constant(r, &metric->labels[i], &text)
				  : 0;

		if (one == -ENOMEM)
			return one;
		e = e ? e : one;
	}
	m->const_labels = buf_take(&text);
	if (!m->const_labels)
		return -ENOMEM;
	if (e == 0)
		e = find_group(p, r, metric, &m->group);
	if (e < 0)
		return e;
	g = &p->groups[m->group];
	metrics = realloc(g->metrics, (g->n_metrics + 1) * sizeof(*metrics));
	if (!metrics)
		return -ENOMEM;
	g->metrics = metrics;
	g->metrics[g->n_metrics++] = metric_index;
	return 0;
}
