/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_CASES_H
#define UNIT_CASES_H

/* Tables of what one series set holds and how it is rendered. */
#include "rendered.h"

/* Bits of doubles. */
#define D_1_5	    UINT64_C(0x3ff8000000000000)
#define D_4_5	    UINT64_C(0x4012000000000000)
#define D_MINUS_1_4 UINT64_C(0xbfd0000000000000)
#define D_INF	    UINT64_C(0x7ff0000000000000)
#define D_MINUS_INF UINT64_C(0xfff0000000000000)
#define D_NAN	    UINT64_C(0x7ff8000000000000)

/* Label text as label_append() makes it from bytes that try to end the label. */
#define HOSTILE	    "k=\"\\\",le=\\\"1\\\"} 9\\n\\\\\""

struct series_case {
	const char *name;
	const char *family, *help; /* NULL: "x", "Help." */
	const char *const_labels;
	const char *labels[3]; /* of each slot; none: one slot without */
	const char *le[8];     /* histograms */
	bool is_native;
	uint64_t start_wall_ns;
	struct {
		enum column_kind kind;
		bool is_wide;
		uint64_t low[12];
		int64_t high[12];
	} values, sums;
	uint64_t counts[3]; /* averages */
	bool has_sum, skip_zero;
	struct scale scale; /* {0}: one */
	const char *expected;
};

static inline void column_set(struct column *c, const void *low, const void *high, size_t n)
{
	free(c->low);
	c->low = calloc(n + 1, sizeof(*c->low));
	memcpy(c->low, low, n * sizeof(*c->low));
	if (!high)
		return;
	c->high = calloc(n + 1, sizeof(*c->high));
	memcpy(c->high, high, n * sizeof(*c->high));
}

static inline void case_set_columns(struct series_set *set, const struct series_case *c)
{
	size_t n = set->n * set->width;

	column_set(&set->values, c->values.low, c->values.is_wide ? c->values.high : NULL, n);
	set->values.kind = c->values.kind;
	set->has_sum = c->has_sum;
	if (c->has_sum)
		column_set(&set->sums, c->sums.low, c->sums.is_wide ? c->sums.high : NULL, set->n);
	set->sums.kind = c->sums.kind;
	if (!c->counts[0])
		return;
	set->counts = calloc(set->n, sizeof(*set->counts));
	memcpy(set->counts, c->counts, set->n * sizeof(*set->counts));
}

static inline struct snapshot *case_snapshot(const struct series_case *c, enum family_type type)
{
	struct one_series series[4] = {{"", 0}};
	struct snapshot *s;
	struct series_set *set;

	for (size_t i = 0; i < 3 && c->labels[i]; i++)
		series[i].labels = c->labels[i];
	s = series_snapshot("x", c->const_labels ? c->const_labels : "", series);
	s->start_wall_ns = c->start_wall_ns;
	set = &s->sets[0];
	if (type == FAMILY_HISTOGRAM) {
		series_set_to_histogram(set, c->le, c->values.low);
		set->bounds->is_native = c->is_native;
	}
	family_unref(set->family);
	set->family = family_new(c->family ? c->family : "x", type, c->help ? c->help : "Help.");
	case_set_columns(set, c);
	set->skip_zero = c->skip_zero;
	set->n_shown = 0;
	for (size_t i = 0; i < set->n; i++)
		set->n_shown += series_set_is_shown(set, i);
	if (c->scale.mantissa)
		set->scale = c->scale;
	return s;
}

static inline void assert_cases_as(const struct format *format, const struct series_case *cases,
				   size_t n, enum family_type type)
{
	for (size_t i = 0; i < n; i++) {
		struct snapshot *s = case_snapshot(&cases[i], type);

		print_message("%s\n", cases[i].name);
		assert_rendered_as(format, &s, 1, cases[i].expected);
		snapshot_unref(s);
	}
}

#endif
