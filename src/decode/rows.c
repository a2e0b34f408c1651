// SPDX-License-Identifier: GPL-2.0-only
/* What a metric's slots hold, and how an element's numbers go in. */
#include "rows_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void rows_init(struct rows *rows, const struct plan_metric *m)
{
	*rows = (struct rows){.values.kind = m->inputs[0].column};
	rows->sums.kind = m->n_inputs > 1 ? m->inputs[1].column : m->inputs[0].column;
}

void rows_done(struct rows *rows)
{
	free(rows->values.low);
	free(rows->values.high);
	free(rows->sums.low);
	free(rows->sums.high);
	free(rows->counts);
	*rows = (struct rows){0};
}

int rows_grow(struct rows *rows, const struct plan_metric *m, size_t old_cap, size_t cap)
{
	uint64_t *counts;

	if (cap > SIZE_MAX / 16 / m->width)
		return -ENOMEM;
	if (column_grow(&rows->values, old_cap * m->width, cap * m->width) < 0 ||
	    (m->has_sum && column_grow(&rows->sums, old_cap, cap) < 0))
		return -ENOMEM;
	if (m->aggregate != CONFIG_AGGREGATE_AVG)
		return 0;
	counts = realloc(rows->counts, cap * sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	memset(counts + old_cap, 0, (cap - old_cap) * sizeof(*counts));
	rows->counts = counts;
	return 0;
}

static bool is_zero(const struct column *c, union number v)
{
	return c->kind == COLUMN_DOUBLE ? v.d == 0 : v.i == 0;
}

static bool is_beyond(const struct column *c, size_t i, enum config_aggregate how, union number v)
{
	double d;

	if (c->kind == COLUMN_DOUBLE) {
		memcpy(&d, &c->low[i], sizeof(d));
		return how == CONFIG_AGGREGATE_MAX ? v.d > d : v.d < d;
	}
	return how == CONFIG_AGGREGATE_MAX ? v.i > column_int(c, i) : v.i < column_int(c, i);
}

/* One value of a metric that has one a row: added, or as it aggregates. */
static int combine(struct rows *rows, const struct plan_metric *m, size_t cap, size_t row,
		   bool is_new, union number v)
{
	struct column *c = &rows->values;

	if (is_new || m->is_set)
		return column_set(c, row, cap, v);
	if (m->aggregate == CONFIG_AGGREGATE_MAX || m->aggregate == CONFIG_AGGREGATE_MIN)
		return is_beyond(c, row, m->aggregate, v) ? column_set(c, row, cap, v) : 0;
	return column_add(c, row, cap, v);
}

static int add_cell(struct rows *rows, const struct plan_metric *m, size_t cap, size_t row,
		    uint32_t cell, union number v)
{
	if (is_zero(cell == CELL_SUM ? &rows->sums : &rows->values, v))
		return 0;
	if (cell == CELL_SUM)
		return column_add(&rows->sums, row, cap, v);
	return column_add(&rows->values, row * m->width + cell, cap * m->width, v);
}

static int add_histogram(struct rows *rows, const struct plan_metric *m, size_t cap, size_t row,
			 const struct cursor *at, const union number *numbers)
{
	const struct slots *s = &m->slots;
	uint32_t n = m->inputs[0].n;
	uint64_t slot;
	int r = 0;

	if (!s->cells) {
		slot = operand_load(&s->slot, at);
		r = add_cell(rows, m, cap, row,
			     slots_cell(s, s->slot.reader.is_signed ? (int128)(int64_t)slot
								    : (int128)slot),
			     numbers[0]);
	}
	for (uint32_t k = 0; r == 0 && s->cells && k < n; k++)
		r = add_cell(rows, m, cap, row, s->cells[k], numbers[k]);
	if (r == 0 && m->n_inputs > 1)
		r = column_add(&rows->sums, row, cap, numbers[n]);
	return r;
}

int rows_add(struct rows *rows, const struct plan_metric *m, size_t cap, size_t row, bool is_new,
	     const struct cursor *at, const union number *numbers)
{
	int r;

	if (m->type == CONFIG_HISTOGRAM)
		return add_histogram(rows, m, cap, row, at, numbers);
	if (m->type != CONFIG_SUMMARY) {
		if (rows->counts)
			rows->counts[row]++;
		return combine(rows, m, cap, row, is_new, numbers[0]);
	}
	r = column_add(&rows->values, row, cap, numbers[0]);
	return r < 0 ? r : column_add(&rows->sums, row, cap, numbers[1]);
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

int rows_add_row(struct rows *rows, const struct plan_metric *m, size_t cap, size_t row,
		 bool is_new, const struct rows *from, size_t from_row)
{
	int r = 0;

	if (from->counts)
		rows->counts[row] += from->counts[from_row];
	if (m->width == 1 && !m->has_sum)
		return combine(rows, m, cap, row, is_new,
			       value_at(&from->values, from_row, &rows->values));
	for (size_t i = 0; r == 0 && i < m->width; i++)
		r = column_add(&rows->values, row * m->width + i, cap * m->width,
			       value_at(&from->values, from_row * m->width + i, &rows->values));
	if (r == 0 && m->has_sum)
		r = column_add(&rows->sums, row, cap, value_at(&from->sums, from_row, &rows->sums));
	return r;
}

/* Moves those of @n items of @size bytes that are kept to the front. */
static void keep_items(void *items, size_t size, size_t n, const bool *keep)
{
	char *p = items;
	size_t n_kept = 0;

	for (size_t i = 0; p && i < n; i++)
		if (keep[i])
			memmove(p + n_kept++ * size, p + i * size, size);
	if (p)
		memset(p + n_kept * size, 0, (n - n_kept) * size);
}

static void keep_column(struct column *c, size_t width, size_t n, const bool *keep)
{
	keep_items(c->low, width * sizeof(*c->low), n, keep);
	keep_items(c->high, width * sizeof(*c->high), n, keep);
}

void rows_keep(struct rows *rows, const struct plan_metric *m, size_t n, const bool *keep)
{
	keep_column(&rows->values, m->width, n, keep);
	keep_column(&rows->sums, 1, n, keep);
	keep_items(rows->counts, sizeof(*rows->counts), n, keep);
}

static int copy_array(const void *from, size_t n_bytes, void *ret_copy)
{
	void *copy = malloc(n_bytes ? n_bytes : 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, from, n_bytes);
	*(void **)ret_copy = copy;
	return 0;
}

static int copy_column(const struct column *from, size_t n, struct column *to)
{
	int r = 0;

	to->kind = from->kind;
	if (from->low)
		r = copy_array(from->low, n * sizeof(*from->low), &to->low);
	if (r == 0 && from->high)
		r = copy_array(from->high, n * sizeof(*from->high), &to->high);
	return r;
}

int rows_copy(const struct rows *from, const struct plan_metric *m, size_t n, struct rows *to)
{
	if (copy_column(&from->values, n * m->width, &to->values) < 0)
		return -ENOMEM;
	return copy_column(&from->sums, n, &to->sums);
}

static void shrink(struct column *c, size_t n)
{
	uint64_t *smaller = n && c->low ? realloc(c->low, n * sizeof(*smaller)) : NULL;

	if (smaller)
		c->low = smaller;
}

void rows_give(struct rows *rows, const struct plan_metric *m, size_t n, struct series_set *set)
{
	shrink(&rows->values, n * m->width);
	shrink(&rows->sums, n);
	set->values = rows->values;
	set->sums = rows->sums;
	set->counts = rows->counts;
	set->width = m->width;
	set->has_sum = m->has_sum;
	set->bounds = m->bounds ? bounds_ref(m->bounds) : NULL;
	set->n = n;
	*rows = (struct rows){0};
}
