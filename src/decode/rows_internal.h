/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_ROWS_INTERNAL_H
#define DECODE_ROWS_INTERNAL_H

/* The numbers of an entry's elements, and the rows of a metric's values that they become. */
#include "plan_internal.h"
#include "series_internal.h"

/*
 * numbers_read() - all numbers of an entry, CPUs reduced where they are not told apart.
 * @values:  n_cpus * value_stride bytes.
 * @numbers: plan->n_numbers.
 */
void numbers_read(const struct plan *p, const uint8_t *key, const uint8_t *values,
		  union number *numbers);

/* Whether an element's own value is 0. */
bool numbers_are_zero(const struct plan_metric *m, const union number *numbers);

/* The values of a metric, a row a slot. */
struct rows {
	struct column values; /* m->width a row */
	struct column sums;   /* m->has_sum: one a row */
	uint64_t *counts;     /* averages: how many were added */
};

void rows_init(struct rows *rows, const struct plan_metric *m);
void rows_done(struct rows *rows);

/* rows_grow() - room for @cap rows, new ones zero. Return: 0 or -ENOMEM. */
int rows_grow(struct rows *rows, const struct plan_metric *m, size_t old_cap, size_t cap);

/*
 * rows_add() - add an element's numbers to a row.
 * @cap:    rows that there is room for.
 * @is_new: it is the row's first.
 * @at:     where slots are in the key, the key.
 *
 * Return: 0 or -ENOMEM.
 */
int rows_add(struct rows *rows, const struct plan_metric *m, size_t cap, size_t row, bool is_new,
	     const struct cursor *at, const union number *numbers);

/*
 * rows_add_row() - add row @from_row of @from, of the same metric, to row @row;
 * its columns may be of another kind.
 *
 * Return: 0 or -ENOMEM.
 */
int rows_add_row(struct rows *rows, const struct plan_metric *m, size_t cap, size_t row,
		 bool is_new, const struct rows *from, size_t from_row);

/* rows_keep() - of @n rows those that @keep says, moved together; the others are zero. */
void rows_keep(struct rows *rows, const struct plan_metric *m, size_t n, const bool *keep);

/* rows_copy() - the first @n rows. Return: 0 or -ENOMEM. */
int rows_copy(const struct rows *from, const struct plan_metric *m, size_t n, struct rows *to);

/* rows_give() - the @n first rows become the set's. */
void rows_give(struct rows *rows, const struct plan_metric *m, size_t n, struct series_set *set);

#endif
