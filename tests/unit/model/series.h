/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SERIES_H
#define UNIT_SERIES_H

/* Snapshots made by hand: one set each, from a table of label texts and values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "model/exposition.h"

struct one_series {
	const char *labels; /* label text; NULL ends the table, "" and alone: no labels */
	uint64_t value;
};

static inline void series_set_init(struct series_set *set, const char *family,
				   const char *const_labels, const struct one_series *series)
{
	struct buf text = BUF_INIT;

	set->family = family_new(family, FAMILY_GAUGE, "Help.");
	set->const_labels = strdup(const_labels);
	set->scale = SCALE_ONE;
	set->width = 1;
	while (series[set->n].labels)
		set->n++;
	set->n_shown = set->n;
	set->values.low = calloc(set->n + 1, sizeof(*set->values.low));
	if (!set->n || *series[0].labels) {
		set->labels = label_block_new();
		set->labels->n = set->n;
		set->labels->ends = calloc(set->n + 1, sizeof(*set->labels->ends));
	}
	for (size_t i = 0; i < set->n; i++) {
		set->values.low[i] = series[i].value;
		assert_int_equal(buf_puts(&text, series[i].labels), 0);
		if (set->labels)
			set->labels->ends[i] = text.len;
	}
	if (set->labels)
		set->labels->text = text.data;
	else
		buf_done(&text);
}

/* Bounds from texts; NULL ends them. */
static inline struct bounds *bounds_of(const char *const *texts)
{
	struct bounds *b;
	char **le;
	size_t n = 0;

	while (texts[n])
		n++;
	le = calloc(n + 1, sizeof(*le));
	for (size_t i = 0; i < n; i++)
		le[i] = strdup(texts[i]);
	b = bounds_new(le, n, false);
	assert_non_null(b);
	return b;
}

/* Make the set one of a histogram, with such bounds, and one value more than these for each slot.
 */
static inline void series_set_to_histogram(struct series_set *set, const char *const *bounds,
					   const uint64_t *values)
{
	size_t n;

	set->family->type = FAMILY_HISTOGRAM;
	set->bounds = bounds_of(bounds);
	set->width = set->bounds->n + 1;
	n = set->n * set->width;
	free(set->values.low);
	set->values.low = calloc(n + 1, sizeof(*set->values.low));
	memcpy(set->values.low, values, n * sizeof(*values));
}

static inline struct snapshot *series_snapshot(const char *family, const char *const_labels,
					       const struct one_series *series)
{
	struct snapshot *s = snapshot_new(1);

	assert_non_null(s);
	series_set_init(&s->sets[0], family, const_labels, series);
	return s;
}

#endif
