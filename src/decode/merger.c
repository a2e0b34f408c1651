// SPDX-License-Identifier: GPL-2.0-only
/*
 * Series of the same metric with the same label text are one. The order of
 * labels is the configuration's, so that the text of two instances can be
 * compared as it stands: first the constant labels, then the others.
 */
#include "decode/merger.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rows_internal.h"

/* The sums of a metric. */
struct merged {
	struct label_writer writer;
	struct label_table table;
	struct rows rows;
	size_t n, cap;
	bool has_labels;
};

struct merger {
	struct plan *plan; /* of the first; NULL: none yet */
	struct merged *metrics;
	uint64_t max_series, n_series, n_dropped;
};

struct merger *merger_new(const struct config_limits *limits)
{
	struct merger *m = calloc(1, sizeof(*m));

	if (m)
		m->max_series = limits->max_series;
	return m;
}

void merger_free(struct merger *m)
{
	if (!m)
		return;
	for (size_t i = 0; m->metrics && i < m->plan->n_metrics; i++) {
		label_writer_done(&m->metrics[i].writer);
		label_table_done(&m->metrics[i].table);
		rows_done(&m->metrics[i].rows);
	}
	free(m->metrics);
	plan_unref(m->plan);
	free(m);
}

static int start(struct merger *m, struct plan *plan)
{
	m->metrics = calloc(plan->n_metrics + 1, sizeof(*m->metrics));
	if (!m->metrics)
		return -ENOMEM;
	m->plan = plan_ref(plan);
	for (size_t i = 0; i < plan->n_metrics; i++)
		rows_init(&m->metrics[i].rows, &plan->metrics[i]);
	return 0;
}

static int write_text(struct buf *text, const struct series_set *set, size_t slot)
{
	struct str labels = {"", 0};
	int r = buf_puts(text, set->const_labels);

	if (set->labels)
		labels = label_block_text(set->labels, slot);
	if (r == 0 && *set->const_labels && labels.n)
		r = buf_append(text, ",", 1);
	return r < 0 ? r : buf_append(text, labels.p, labels.n);
}

/* The row of this text. Return: 0, 1 where the limit leaves it out, -ENOMEM. */
static int find_row(struct merger *m, struct merged *into, const struct series_set *set,
		    size_t slot, size_t *ret_row)
{
	struct buf *text = &into->writer.text;
	size_t before = text->len;
	int r = write_text(text, set, slot);

	if (r == 0)
		r = label_table_find(&into->table, &into->writer, ret_row);
	if (r <= 0) {
		text->len = before;
		return r;
	}
	if (m->n_series >= m->max_series) {
		m->n_dropped++;
		label_table_forget(&into->table, &into->writer);
		text->len = before;
		return 1;
	}
	m->n_series++;
	return label_writer_commit(&into->writer, NULL);
}

static int reserve(struct merged *into, const struct plan_metric *metric, size_t n)
{
	size_t cap = into->cap + into->cap / 2 > n ? into->cap + into->cap / 2 : n + 16;

	if (n <= into->cap)
		return 0;
	if (rows_grow(&into->rows, metric, into->cap, cap) < 0)
		return -ENOMEM;
	into->cap = cap;
	return 0;
}

/* A value of one column as the other has it; what no whole number is like is 0. */
static union number value_at(const struct column *from, size_t i, const struct column *to)
{
	union number v;

	if (from->kind != COLUMN_DOUBLE) {
		v.i = column_int(from, i);
		if (to->kind == COLUMN_DOUBLE)
			v.d = (double)v.i;
		return v;
	}
	memcpy(&v.d, &from->low[i], sizeof(v.d));
	if (to->kind != COLUMN_DOUBLE)
		v.i = fabs(v.d) < 0x1p120 ? (int128)v.d : 0;
	return v;
}

static int add_row(struct merged *into, const struct plan_metric *metric,
		   const struct series_set *set, size_t slot, size_t row)
{
	bool is_new = row >= into->n;
	int r = reserve(into, metric, row + 1);

	if (r < 0)
		return r;
	if (is_new)
		into->n = row + 1;
	if (set->counts)
		into->rows.counts[row] += set->counts[slot];
	if (metric->width == 1 && !metric->has_sum)
		return rows_combine(&into->rows, metric, into->cap, row, is_new,
				    value_at(&set->values, slot, &into->rows.values));
	for (size_t i = 0; r == 0 && i < metric->width; i++)
		r = column_add(&into->rows.values, row * metric->width + i,
			       into->cap * metric->width,
			       value_at(&set->values, slot * set->width + i, &into->rows.values));
	if (r == 0 && metric->has_sum)
		r = column_add(&into->rows.sums, row, into->cap,
			       value_at(&set->sums, slot, &into->rows.sums));
	return r;
}

static int add_set(struct merger *m, size_t metric_index, const struct series_set *set)
{
	const struct plan_metric *metric = &m->plan->metrics[metric_index];
	struct merged *into = &m->metrics[metric_index];
	int r = 0;

	if (!bounds_equal(metric->bounds, set->bounds)) {
		m->n_dropped += set->n_shown;
		return 0;
	}
	for (size_t i = 0; r >= 0 && i < set->n; i++) {
		size_t row = 0;

		if (!series_set_is_shown(set, i))
			continue;
		into->has_labels |= *set->const_labels || set->labels;
		r = find_row(m, into, set, i, &row);
		if (r == 0)
			r = add_row(into, metric, set, i, row);
	}
	return r < 0 ? r : 0;
}

int merger_add(struct merger *m, struct plan *plan, const struct snapshot *s, bool only_counters)
{
	int r = m->plan ? 0 : start(m, plan);

	for (size_t i = 0; r == 0 && i < s->n_sets; i++)
		if (!only_counters || metric_never_falls(m->plan->metrics[i].type))
			r = add_set(m, i, &s->sets[i]);
	return r;
}

static int finish_set(struct merged *from, const struct plan_metric *metric, struct series_set *set)
{
	set->family = family_ref(metric->family);
	set->scale = metric->scale;
	set->const_labels = strdup("");
	set->n_shown = from->n;
	if (from->has_labels)
		set->labels = label_writer_finish(&from->writer);
	rows_give(&from->rows, metric, from->n, set);
	return set->const_labels && (set->labels || !from->has_labels) ? 0 : -ENOMEM;
}

int merger_finish(struct merger *m, struct builder_result *ret_result)
{
	_cleanup_(snapshot_unrefp) struct snapshot *s = NULL;
	int r = 0;

	if (!m->plan)
		return -ENOENT;
	s = snapshot_new(m->plan->n_metrics);
	if (!s)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < s->n_sets; i++)
		r = finish_set(&m->metrics[i], &m->plan->metrics[i], &s->sets[i]);
	if (r == 0)
		*ret_result = (struct builder_result){
			.snapshot = take_ptr(s),
			.n_series = m->n_series,
			.n_dropped = m->n_dropped,
		};
	return r;
}
