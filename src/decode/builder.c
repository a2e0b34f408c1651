// SPDX-License-Identifier: GPL-2.0-only
/*
 * For each entry, and where CPUs are told apart for each CPU of it: the
 * metrics' numbers are taken, then each label group finds the entry's slot,
 * and its metrics' columns take the numbers.
 *
 * A slot is a new one where the group's labels are unique, the one with the
 * same text where they may be equal, and slot 0 where there are none. The
 * limit counts series: an entry whose new slot would pass it is left out of
 * that group whole, so that a metric is never there without its sibling.
 */
#include "decode/builder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan_internal.h"
#include "series_internal.h"

struct group_state {
	struct label_writer writer;
	struct label_table table;
	size_t n; /* slots */
	size_t cap;
};

struct metric_state {
	struct column column;
	size_t n_shown;
};

struct builder {
	struct plan *plan;
	uint64_t max_series, n_entries, n_series, n_dropped;
	struct group_state *groups;   /* plan->n_groups */
	struct metric_state *metrics; /* plan->n_metrics */
	union number *numbers;	      /* of one entry: plan->n_metrics */
	struct decoder_scratch scratch;
};

/* Where an entry's labels are read from. */
struct entry {
	const uint8_t *key;
	const uint8_t *value; /* of the CPU that labels are taken from; NULL: drained */
	uint32_t cpu;
};

static int add_slots(struct builder *b, size_t group, size_t n)
{
	const struct label_group *g = &b->plan->groups[group];
	struct group_state *s = &b->groups[group];
	size_t cap = s->cap + s->cap / 2 > n ? s->cap + s->cap / 2 : n + 64;

	if (n <= s->cap)
		return 0;
	for (size_t i = 0; i < g->n_metrics; i++)
		if (column_grow(&b->metrics[g->metrics[i]].column, s->cap, cap) < 0)
			return -ENOMEM;
	s->cap = cap;
	return 0;
}

/* Takes @n series of the limit. Return: whether they were to be had. */
static bool take_series(struct builder *b, size_t n)
{
	if (n > b->max_series || b->n_series > b->max_series - n) {
		b->n_dropped += n;
		return false;
	}
	b->n_series += n;
	return true;
}

/* Metrics without labels are there also when no entry is, but for those that leave zeros out. */
static int start_group(struct builder *b, size_t i, struct snapshot *previous)
{
	const struct label_group *g = &b->plan->groups[i];
	struct group_state *s = &b->groups[i];

	if (g->is_shareable) {
		s->writer.key_size = b->plan->key_size;
		if (previous && previous->sets[g->metrics[0]].labels)
			s->writer.previous = label_block_ref(previous->sets[g->metrics[0]].labels);
	}
	if (g->n_steps || g->skips_zero || g->is_set)
		return 0;
	if (!take_series(b, g->n_metrics))
		return 0;
	s->n = 1;
	return add_slots(b, i, 1);
}

struct builder *builder_new(struct plan *plan, struct snapshot *previous, uint64_t max_series)
{
	_cleanup_(builder_freep) struct builder *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->plan = plan_ref(plan);
	b->max_series = max_series;
	b->groups = calloc(plan->n_groups + 1, sizeof(*b->groups));
	b->metrics = calloc(plan->n_metrics + 1, sizeof(*b->metrics));
	b->numbers = calloc(plan->n_metrics + 1, sizeof(*b->numbers));
	if (!b->groups || !b->metrics || !b->numbers)
		return NULL;
	for (size_t i = 0; i < plan->n_metrics; i++)
		b->metrics[i].column.kind = plan->metrics[i].column;
	for (size_t i = 0; i < plan->n_groups; i++)
		if (start_group(b, i, previous) < 0)
			return NULL;
	return take_ptr(b);
}

void builder_free(struct builder *b)
{
	if (!b)
		return;
	for (size_t i = 0; b->groups && i < b->plan->n_groups; i++) {
		label_writer_done(&b->groups[i].writer);
		label_table_done(&b->groups[i].table);
	}
	for (size_t i = 0; b->metrics && i < b->plan->n_metrics; i++) {
		free(b->metrics[i].column.low);
		free(b->metrics[i].column.high);
	}
	decoder_scratch_done(&b->scratch);
	plan_unref(b->plan);
	free(b->groups);
	free(b->metrics);
	free(b->numbers);
	free(b);
}

static int write_label(struct builder *b, const struct label_step *s, const struct entry *e,
		       struct buf *text)
{
	const uint8_t *base = s->origin == LABEL_FROM_VALUE ? e->value : e->key;
	uint64_t number = e->cpu;
	struct datum in;
	int r;

	r = buf_append(text, s->lead, s->lead_n);
	if (r < 0)
		return r;
	in = (struct datum){.kind = DATUM_BYTES, .bytes = base + s->reader.offset, .n = s->n_bytes};
	if (s->origin == LABEL_FROM_CPU) {
		in.kind = DATUM_NUMBER;
		in.number = number;
		in.bytes = (const uint8_t *)&number;
	} else if (s->is_number) {
		in.kind = s->reader.is_float ? DATUM_FLOAT : DATUM_NUMBER;
		in.number = reader_load(&s->reader, base);
		in.is_signed = s->reader.is_signed;
		if (s->is_computed) {
			number = s->reader.big_endian
					 ? __builtin_bswap64(in.number) >> (64 - 8 * in.n)
					 : in.number;
			in.bytes = (const uint8_t *)&number;
		}
	}
	return decoder_chain_run(&s->chain, &in, &b->scratch, text);
}

/* The entry's label text, after the writer's last slot. */
static int write_labels(struct builder *b, const struct label_group *g, const struct entry *e,
			struct buf *text)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->n_steps; i++)
		r = write_label(b, &g->steps[i], e, text);
	return r < 0 ? r : buf_append(text, "\"", 1);
}

static bool is_zero(const struct column *c, union number v)
{
	return c->kind == COLUMN_DOUBLE ? v.d == 0 : v.i == 0;
}

/* How many series of the group this entry is, or 0 where its metrics leave it out. */
static size_t count_shown(const struct builder *b, const struct label_group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n_metrics; i++) {
		size_t m = g->metrics[i];

		n += !b->plan->metrics[m].skip_zero ||
		     !is_zero(&b->metrics[m].column, b->numbers[m]);
	}
	return n;
}

static int take_slot(struct builder *b, size_t group, const struct entry *e, size_t *ret_slot)
{
	struct label_writer *w = &b->groups[group].writer;
	int r;

	*ret_slot = label_writer_n(w);
	if (label_writer_match(w, e->key))
		return 0;
	r = label_writer_diverge(w);
	if (r == 0)
		r = write_labels(b, &b->plan->groups[group], e, &w->text);
	return r < 0 ? r : label_writer_commit(w, e->key);
}

static int add_unique(struct builder *b, size_t group, const struct entry *e, size_t n_shown)
{
	const struct label_group *g = &b->plan->groups[group];
	size_t slot;
	int r;

	if (!take_series(b, n_shown))
		return 0;
	r = take_slot(b, group, e, &slot);
	if (r == 0)
		r = add_slots(b, group, slot + 1);
	for (size_t i = 0; r == 0 && i < g->n_metrics; i++) {
		size_t m = g->metrics[i];
		struct metric_state *s = &b->metrics[m];

		r = column_set(&s->column, slot, b->groups[group].cap, b->numbers[m]);
		s->n_shown += !b->plan->metrics[m].skip_zero || !is_zero(&s->column, b->numbers[m]);
	}
	b->groups[group].n = slot + 1;
	return r;
}

/* The slot of equal label text, maybe a new one. Return: 0, 1 where the limit leaves it out,
 * -ENOMEM. */
static int find_slot(struct builder *b, size_t group, const struct entry *e, size_t *ret_slot)
{
	const struct label_group *g = &b->plan->groups[group];
	struct group_state *s = &b->groups[group];
	size_t start = s->writer.text.len;
	int r;

	r = write_labels(b, g, e, &s->writer.text);
	if (r == 0)
		r = label_table_find(&s->table, &s->writer, ret_slot);
	if (r <= 0) {
		s->writer.text.len = start;
		return r;
	}
	if (!take_series(b, g->n_metrics)) {
		label_table_forget(&s->table, &s->writer);
		s->writer.text.len = start;
		return 1;
	}
	return label_writer_commit(&s->writer, e->key);
}

static int add_to_sum(struct builder *b, size_t group, const struct entry *e)
{
	const struct label_group *g = &b->plan->groups[group];
	struct group_state *s = &b->groups[group];
	size_t slot = 0;
	int r = 0;

	if (g->n_steps)
		r = find_slot(b, group, e, &slot);
	else if (!s->n && !take_series(b, g->n_metrics))
		return 0;
	if (r)
		return r < 0 ? r : 0;
	r = add_slots(b, group, slot + 1);
	for (size_t i = 0; r == 0 && i < g->n_metrics; i++) {
		size_t m = g->metrics[i];

		r = b->plan->metrics[m].is_set
			    ? column_set(&b->metrics[m].column, slot, s->cap, b->numbers[m])
			    : column_add(&b->metrics[m].column, slot, s->cap, b->numbers[m]);
	}
	if (slot >= s->n)
		s->n = slot + 1;
	return r;
}

/* One entry, or one CPU of it, whose numbers are taken. */
static int emit(struct builder *b, const struct entry *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->plan->n_groups; i++) {
		const struct label_group *g = &b->plan->groups[i];
		size_t n_shown = count_shown(b, g);

		if (!n_shown)
			continue;
		r = g->is_unique && g->n_steps ? add_unique(b, i, e, n_shown) : add_to_sum(b, i, e);
	}
	return r;
}

static union number read_number(const struct plan_metric *m, const void *key, const void *value)
{
	union number n;
	uint64_t raw;

	if (m->is_constant)
		return (union number){.i = (int128)m->constant};
	raw = reader_load(&m->reader, m->is_from_key ? key : value);
	if (m->reader.is_float) {
		memcpy(&n.d, &raw, sizeof(n.d));
		return n;
	}
	n.i = m->reader.is_signed ? (int128)(int64_t)raw : (int128)raw;
	return n;
}

static bool is_less(const struct plan_metric *m, union number a, union number b)
{
	return m->reader.is_float ? a.d < b.d : a.i < b.i;
}

/* One CPU more into what the CPUs before it made. */
static void reduce(const struct plan_metric *m, union number *into, union number v)
{
	if (m->cpu == CONFIG_CPU_MAX || m->cpu == CONFIG_CPU_MIN) {
		if (m->cpu == CONFIG_CPU_MAX ? is_less(m, *into, v) : is_less(m, v, *into))
			*into = v;
	} else if (m->reader.is_float) {
		into->d += v.d;
	} else {
		into->i += v.i;
	}
}

static union number reduce_cpus(const struct plan *p, const struct plan_metric *m,
				const uint8_t *key, const uint8_t *values)
{
	union number n = read_number(m, key, values);

	if (m->is_constant || m->is_from_key)
		return n;
	for (uint32_t cpu = 1; cpu < p->n_cpus; cpu++)
		reduce(m, &n, read_number(m, key, values + (size_t)cpu * p->value_stride));
	if (m->cpu == CONFIG_CPU_AVG)
		n.d = (m->reader.is_float ? n.d : (double)n.i) / p->n_cpus;
	return n;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	return !n || (!p[0] && !memcmp(p, p + 1, n - 1));
}

/* The first CPU whose value is not all zero: labels are taken from it. */
static uint32_t labelled_cpu(const struct plan *p, const uint8_t *values)
{
	for (uint32_t cpu = 0; cpu < p->n_cpus; cpu++)
		if (!all_zero(values + (size_t)cpu * p->value_stride, p->value_size))
			return cpu;
	return 0;
}

static int add_each_cpu(struct builder *b, const uint8_t *key, const uint8_t *values)
{
	const struct plan *p = b->plan;
	int r = 0;

	for (uint32_t cpu = 0; r == 0 && cpu < p->n_cpus; cpu++, values += p->value_stride) {
		const struct entry e = {.key = key, .value = values, .cpu = cpu};

		for (size_t i = 0; i < p->n_metrics; i++)
			b->numbers[i] = read_number(&p->metrics[i], key, values);
		r = emit(b, &e);
	}
	return r;
}

static int add_entry(struct builder *b, const uint8_t *key, const uint8_t *values)
{
	const struct plan *p = b->plan;
	struct entry e = {.key = key, .value = values};

	b->n_entries++;
	if (p->each_cpu)
		return add_each_cpu(b, key, values);
	if (p->labels_from_value)
		e.value += (size_t)labelled_cpu(p, values) * p->value_stride;
	for (size_t i = 0; i < p->n_metrics; i++)
		b->numbers[i] = p->is_per_cpu ? reduce_cpus(p, &p->metrics[i], key, values)
					      : read_number(&p->metrics[i], key, values);
	return emit(b, &e);
}

int builder_add(struct builder *b, const void *keys, const void *values, uint32_t n)
{
	size_t value_size = (size_t)b->plan->n_cpus * b->plan->value_stride;
	const uint8_t *key = keys, *value = values;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < n; i++) {
		r = add_entry(b, key, value);
		key += b->plan->key_size;
		value += value_size;
	}
	return r;
}

int builder_add_totals(struct builder *b, const void *key, const uint64_t *totals)
{
	const struct plan *p = b->plan;
	uint32_t n_cpus = p->each_cpu ? p->n_cpus : 1;
	int r = 0;

	b->n_entries++;
	for (uint32_t cpu = 0; r == 0 && cpu < n_cpus; cpu++, totals += p->n_metrics) {
		const struct entry e = {.key = key, .cpu = cpu};

		for (size_t i = 0; i < p->n_metrics; i++)
			b->numbers[i].i = p->metrics[i].reader.is_signed
						  ? (int128)(int64_t)totals[i]
						  : (int128)totals[i];
		r = emit(b, &e);
	}
	return r;
}

static int finish_set(struct builder *b, size_t i, struct label_block *labels,
		      struct series_set *set)
{
	const struct plan_metric *m = &b->plan->metrics[i];
	const struct label_group *g = &b->plan->groups[m->group];
	struct metric_state *s = &b->metrics[i];
	bool filters = m->skip_zero && g->is_unique && g->n_steps;
	uint64_t *shrunk;

	set->family = family_ref(m->family);
	set->labels = labels ? label_block_ref(labels) : NULL;
	set->n = b->groups[m->group].n;
	set->n_shown = filters ? s->n_shown : set->n;
	set->skip_zero = filters;
	set->scale = m->scale;
	set->const_labels = strdup(m->const_labels);
	set->values = s->column;
	s->column = (struct column){0};
	shrunk = set->n ? realloc(set->values.low, set->n * sizeof(*shrunk)) : NULL;
	if (shrunk)
		set->values.low = shrunk;
	return set->const_labels ? 0 : -ENOMEM;
}

int builder_finish(struct builder *b, struct builder_result *ret_result)
{
	_cleanup_(snapshot_unrefp) struct snapshot *s = snapshot_new(b->plan->n_metrics);

	if (!s)
		return -ENOMEM;
	for (size_t i = 0; i < b->plan->n_groups; i++) {
		const struct label_group *g = &b->plan->groups[i];
		_cleanup_(label_block_unrefp) struct label_block *labels = NULL;
		int r = 0;

		if (g->n_steps) {
			labels = label_writer_finish(&b->groups[i].writer);
			if (!labels)
				return -ENOMEM;
		}
		for (size_t j = 0; r == 0 && j < g->n_metrics; j++)
			r = finish_set(b, g->metrics[j], labels, &s->sets[g->metrics[j]]);
		if (r < 0)
			return r;
	}
	*ret_result = (struct builder_result){
		.snapshot = take_ptr(s),
		.n_entries = b->n_entries,
		.n_series = b->n_series,
		.n_dropped = b->n_dropped,
	};
	return 0;
}
