// SPDX-License-Identifier: GPL-2.0-only
/*
 * The beginning of a pass: whose places the series of the last one are.
 *
 * A ledger's are taken from the start. Who else was shown may come, in any
 * order, or not; others can be let in meanwhile only where they can be sent
 * away again at the end.
 */
#include "builder_internal.h"

#include <stdlib.h>

int builder_add_slots(struct builder *b, size_t group, size_t n)
{
	const struct label_group *g = &b->plan->groups[group];
	struct group_state *s = &b->groups[group];
	size_t cap = s->cap + s->cap / 2 > n ? s->cap + s->cap / 2 : n + 64;

	if (n <= s->cap)
		return 0;
	for (size_t i = 0; i < g->n_metrics; i++) {
		size_t m = g->metrics[i];

		if (rows_grow(&b->metrics[m].rows, &b->plan->metrics[m], s->cap, cap) < 0)
			return -ENOMEM;
	}
	s->cap = cap;
	return 0;
}

static void init_tenants(struct builder *b, size_t group)
{
	const struct label_group *g = &b->plan->groups[group];
	size_t n_numbers = 0;

	for (size_t i = 0; i < g->n_metrics; i++)
		n_numbers += b->plan->metrics[g->metrics[i]].n_numbers;
	tenants_init(&b->tenants[group], b->plan->key_size, n_numbers);
}

/* What there was before: a ledger's slots keep their places, the others' have a claim to them. */
static void reserve_places(struct builder *b, size_t i, const struct snapshot *previous)
{
	const struct label_group *g = &b->plan->groups[i];
	struct group_state *s = state_of(b, i);
	struct str other = group_folds(b, g) ? group_other(g) : STR("");
	size_t n_others;

	if (ledger_of(b, i)) {
		n_others = label_table_has(&s->table, &s->writer, other);
		b->n_others += n_others * g->n_metrics;
		b->n_series += (s->n - n_others) * g->n_metrics;
		b->n_reserved += (s->n - n_others) * g->n_metrics;
		return;
	}
	if (!previous)
		return;
	seats_init(&b->seats[i], &previous->sets[g->metrics[0]], other);
	for (size_t j = 0; j < g->n_metrics; j++)
		b->n_reserved += seats_count_shown(&b->seats[i], &previous->sets[g->metrics[j]]);
	b->hides_zero |= g->hides_zero;
	b->has_seats |= b->seats[i].n > 0;
}

/* Metrics without labels are there also when no entry is, but for those that leave zeros out. */
static int start_group(struct builder *b, size_t i)
{
	const struct label_group *g = &b->plan->groups[i];
	struct ledger *l = ledger_of(b, i);
	struct group_state *s = state_of(b, i);

	if (g->is_shareable && !l)
		label_writer_follow(&s->writer, b->seats[i].before, b->plan->key_size);
	if (g->n_steps || g->skips_zero || g->is_set || g->is_left_out || s->n)
		return 0;
	if (builder_is_full_for(b, i) && !b->seats[i].n) {
		b->n_dropped += g->n_metrics;
		return 0;
	}
	builder_count_new(b, i);
	s->n = 1;
	return l ? 0 : builder_add_slots(b, i, 1);
}

struct builder *builder_new(struct plan *plan, struct snapshot *previous, struct carry *carry,
			    const struct config_limits *limits)
{
	_cleanup_(builder_freep) struct builder *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->plan = plan_ref(plan);
	b->carry = carry;
	b->limits = *limits;
	b->groups = calloc(plan->n_groups + 1, sizeof(*b->groups));
	b->seats = calloc(plan->n_groups + 1, sizeof(*b->seats));
	b->tenants = calloc(plan->n_groups + 1, sizeof(*b->tenants));
	b->metrics = calloc(plan->n_metrics + 1, sizeof(*b->metrics));
	b->numbers = calloc(plan->n_numbers + 1, sizeof(*b->numbers));
	if (!b->groups || !b->seats || !b->tenants || !b->metrics || !b->numbers)
		return NULL;
	for (size_t i = 0; i < plan->n_metrics; i++) {
		rows_init(&b->metrics[i].rows, &plan->metrics[i]);
		rows_init(&b->metrics[i].other, &plan->metrics[i]);
	}
	if (carry && carry_begin(carry) < 0)
		return NULL;
	for (size_t i = 0; i < plan->n_groups; i++) {
		init_tenants(b, i);
		reserve_places(b, i, previous);
	}
	for (size_t i = 0; i < plan->n_groups; i++)
		if (start_group(b, i) < 0)
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
	for (size_t i = 0; b->seats && i < b->plan->n_groups; i++)
		seats_done(&b->seats[i]);
	for (size_t i = 0; b->tenants && i < b->plan->n_groups; i++)
		tenants_done(&b->tenants[i]);
	for (size_t i = 0; b->metrics && i < b->plan->n_metrics; i++) {
		rows_done(&b->metrics[i].rows);
		rows_done(&b->metrics[i].other);
	}
	buf_done(&b->text);
	decoder_scratch_done(&b->scratch);
	plan_unref(b->plan);
	free(b->groups);
	free(b->seats);
	free(b->tenants);
	free(b->metrics);
	free(b->numbers);
	free(b);
}
