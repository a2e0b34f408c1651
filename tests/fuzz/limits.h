/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_LIMITS_H
#define FUZZ_LIMITS_H

/* A pass under limits compared with the same pass without any. Includes a plan's inside. */
#include "../../src/decode/plan_internal.h"
#include "choices.h"
#include "decode/builder.h"

static inline const struct label_group *group_of(const struct plan *p, size_t metric)
{
	return &p->groups[p->metrics[metric].group];
}

static inline struct str text_of(const struct series_set *set, size_t i)
{
	return set->labels ? label_block_text(set->labels, i) : STR("");
}

/* Of a sum of instances, constant labels stand before. */
static inline bool is_other(const struct plan *p, size_t metric, struct str text)
{
	const struct buf *other = &group_of(p, metric)->other;
	size_t before = text.n - other->len;

	if (!other->len || text.n < other->len || (before && text.p[before - 1] != ','))
		return false;
	return !memcmp(text.p + before, other->data, other->len);
}

/* The series `other`, which are under no limit. */
static inline uint64_t count_others(const struct plan *p, const struct snapshot *s,
				    const struct config_limits *limits)
{
	uint64_t n = 0;

	for (size_t i = 0; limits->on_limit == CONFIG_ON_LIMIT_OTHER && i < s->n_sets; i++)
		for (size_t j = 0; j < s->sets[i].n; j++)
			n += is_other(p, i, text_of(&s->sets[i], j)) &&
			     series_set_is_shown(&s->sets[i], j);
	return n;
}

static inline bool has_mere_sums(const struct plan_metric *m)
{
	return m->skip_zero && m->slots.has_sum && !m->slots.cells;
}

/*
 * Whether the same entries once more show the same. Not where a series takes
 * several places, or one of another kind: these stay free until the next pass.
 */
static inline bool limits_settle_at_once(const struct plan *p)
{
	size_t n_staying = 0;

	for (size_t i = 0; i < p->n_groups; i++) {
		n_staying += p->groups[i].has_ledger || !p->groups[i].n_steps;
		if (p->groups[i].n_metrics > 1)
			return false;
	}
	return !n_staying || n_staying == p->n_groups;
}

/* What all slots of a metric come to. */
struct whole {
	int128 value, sum;
	uint64_t count;
};

static inline bool is_chosen(const struct plan_metric *m)
{
	return m->aggregate == CONFIG_AGGREGATE_MAX || m->aggregate == CONFIG_AGGREGATE_MIN;
}

static inline struct whole add_up(const struct plan *p, size_t metric, const struct series_set *set)
{
	const struct plan_metric *m = &p->metrics[metric];
	const struct label_group *g = group_of(p, metric);
	bool filters = m->skip_zero && g->is_unique && !g->has_ledger;
	struct whole w = {0};

	for (size_t i = 0; i < set->n; i++) {
		if (filters && !series_set_is_shown(set, i))
			continue;
		for (size_t j = i * set->width; j < (i + 1) * set->width; j++) {
			int128 v = column_int(&set->values, j);
			bool is_less = v < w.value;

			if (!is_chosen(m))
				w.value =
					(int128)((unsigned __int128)w.value + (unsigned __int128)v);
			else if (!w.count++ || is_less == (m->aggregate == CONFIG_AGGREGATE_MIN))
				w.value = v;
		}
		if (set->has_sum)
			w.sum = (int128)((unsigned __int128)w.sum +
					 (unsigned __int128)column_int(&set->sums, i));
		w.count += set->counts ? set->counts[i] : 0;
	}
	w.count = is_chosen(m) ? 0 : w.count;
	return w;
}

static inline bool is_unsigned(const struct plan_metric *m)
{
	return m->inputs[0].column == COLUMN_U64 && m->inputs[1].column == COLUMN_U64;
}

/* Whether what counted in `other` once stays in it. */
static inline bool is_booked(const struct plan *p, size_t metric)
{
	return group_of(p, metric)->has_book && metric_never_falls(p->metrics[metric].type);
}

/* With `other` nothing is missing; in counters there is also what is gone. */
static inline void limits_check_folded(const struct plan *p, const struct snapshot *s,
				       const struct snapshot *all, bool is_first)
{
	for (size_t i = 0; i < s->n_sets; i++) {
		const struct plan_metric *m = &p->metrics[i];
		struct whole is = add_up(p, i, &s->sets[i]), was = add_up(p, i, &all->sets[i]);

		if (!group_of(p, i)->n_steps || m->is_set || m->inputs[0].column == COLUMN_DOUBLE)
			continue;
		if (is_booked(p, i) && (!is_first || !is_unsigned(m))) {
			CHECK(!is_unsigned(m) || (is.value >= was.value && is.sum >= was.sum));
			continue;
		}
		CHECK(is.value == was.value && is.count == was.count);
		CHECK(m->inputs[1].column == COLUMN_DOUBLE || is.sum == was.sum);
	}
}

static inline const struct series_set *find_text(const struct series_set *set, struct str text,
						 size_t *ret_slot)
{
	for (size_t i = 0; i < set->n; i++) {
		if (str_equal(text_of(set, i), text) && series_set_is_shown(set, i)) {
			*ret_slot = i;
			return set;
		}
	}
	return NULL;
}

/* What counters have in `other` is still there, and no less. */
static inline void limits_check_other(const struct plan *p, const struct snapshot *before,
				      const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_sets; i++) {
		const struct series_set *was = &before->sets[i], *is = &s->sets[i];

		if (!is_booked(p, i) || !was->n || !is_other(p, i, text_of(was, was->n - 1)))
			continue;
		CHECK(is->n && is_other(p, i, text_of(is, is->n - 1)));
		for (size_t j = 1; j <= is->width && is_unsigned(&p->metrics[i]); j++)
			CHECK(column_int(&is->values, is->n * is->width - j) >=
			      column_int(&was->values, was->n * was->width - j));
		if (is->has_sum && is_unsigned(&p->metrics[i]))
			CHECK(column_int(&is->sums, is->n - 1) >=
			      column_int(&was->sums, was->n - 1));
	}
}

/* What is shown is as if there were no limit; what is not was counted. */
static inline void limits_check_dropped(const struct plan *p, const struct builder_result *r,
					const struct snapshot *s, const struct builder_result *all)
{
	for (size_t i = 0; i < s->n_sets; i++) {
		const struct series_set *set = &s->sets[i], *whole = &all->snapshot->sets[i];
		size_t slot;

		for (size_t j = 0; !group_of(p, i)->has_ledger && j < set->n; j++) {
			if (!series_set_is_shown(set, j))
				continue;
			CHECK(find_text(whole, text_of(set, j), &slot));
			for (size_t k = 0; k < set->width; k++)
				CHECK(set->values.low[j * set->width + k] ==
				      whole->values.low[slot * set->width + k]);
		}
	}
	CHECK(!r->n_folded);
	if (!p->needs_carry)
		CHECK(r->n_series + r->n_dropped + r->n_too_long >= all->n_series);
}

/* Who was shown and is still there is still shown; not where a series may take more places now. */
static inline void limits_check_seats(const struct plan *p, const struct config_limits *limits,
				      const struct snapshot *before, const struct snapshot *s,
				      const struct snapshot *all)
{
	for (size_t i = 0; i < p->n_metrics; i++)
		if ((p->metrics[i].skip_zero && group_of(p, i)->n_metrics > 1) ||
		    has_mere_sums(&p->metrics[i]))
			return;
	for (size_t i = 0; i < s->n_sets; i++) {
		size_t slot;

		for (size_t j = 0; j < before->sets[i].n; j++) {
			struct str text = text_of(&before->sets[i], j);

			if (limits->on_limit == CONFIG_ON_LIMIT_OTHER && is_other(p, i, text))
				continue;
			if (series_set_is_shown(&before->sets[i], j) &&
			    find_text(&all->sets[i], text, &slot))
				CHECK(find_text(&s->sets[i], text, &slot));
		}
	}
}

#endif
