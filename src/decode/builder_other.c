// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a limit leaves no series of its own, and the series `other` of it.
 *
 * In a group with a ledger `other` is one of its slots. Elsewhere a gauge's is
 * what is there in this pass, as all its series are. A counter's must not
 * fall, though: it has a book, which is a ledger with this one slot and accounts
 * of only those elements that count in it. So it grows by what they grow. Once
 * it has been there, it stays.
 *
 * An element for which a place becomes free shows all that it has counted in a
 * series of its own, and what it had added to `other` stays there. The other way
 * round, a slot may be taken away at the end of a pass, because one has come
 * back whose place it was: then the elements in it count in `other` after
 * all, each in its own account. So they are remembered, but those that came
 * while there was room for them and for all of the last pass.
 */
#include "builder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Adds an element's numbers of a metric. Return: where those of the next one are. */
static union number *add_numbers(const struct plan_metric *m, union number *into,
				 const union number *v)
{
	for (size_t i = 0; i < m->n_inputs; i++)
		for (uint32_t n = m->inputs[i].n; n--; into++, v++) {
			if (m->inputs[i].column == COLUMN_DOUBLE)
				into->d += v->d;
			else
				into->i += v->i;
		}
	return into;
}

int builder_add_to_ledger(struct builder *b, size_t group, const struct element *e, size_t slot)
{
	const struct label_group *g = &b->plan->groups[group];
	union number *into = ledger_numbers(ledger_of(b, group), e->at.key, account_of(g, e), slot);

	if (!into)
		return -ENOMEM;
	for (size_t i = 0; i < g->n_metrics; i++)
		into = add_numbers(&b->plan->metrics[g->metrics[i]], into,
				   numbers_of(b, g->metrics[i], e));
	return 0;
}

/* Whether what the metric has in `other` is in the group's book. */
static bool is_booked(const struct builder *b, size_t metric)
{
	const struct plan_metric *m = &b->plan->metrics[metric];

	return book_of(b, m->group) && metric_never_falls(m->type);
}

/* What an element adds to the book: no more than it would show. What gauges have there is not used.
 */
static void take_numbers(const struct builder *b, size_t group, const struct element *e,
			 union number *into)
{
	const struct label_group *g = &b->plan->groups[group];

	for (size_t i = 0; i < g->n_metrics; i++) {
		const struct plan_metric *m = &b->plan->metrics[g->metrics[i]];

		if (!is_hidden(b, g->metrics[i], e))
			add_numbers(m, into, numbers_of(b, g->metrics[i], e));
		into += m->n_numbers;
	}
}

/* The numbers of an account, to be added to; NULL without memory. */
static union number *open_account(struct builder *b, size_t group, const uint8_t *key,
				  uint32_t account)
{
	struct ledger *book = book_of(b, group);

	ledger_state(book)->n = 1;
	return ledger_numbers(book, key, account, 0);
}

/* The slot of what is over a limit, which itself is under none. */
static int find_other_slot(struct group_state *s, const struct label_group *g, size_t *ret_slot)
{
	size_t start = s->writer.text.len;
	int r = buf_append(&s->writer.text, g->other.data, g->other.len);

	if (r == 0)
		r = label_table_find(&s->table, &s->writer, ret_slot);
	if (r > 0) {
		r = label_writer_commit(&s->writer, NULL);
		if (r == 0)
			return 0;
		label_table_forget(&s->table, &s->writer);
	}
	s->writer.text.len = start;
	return r;
}

static int add_to_other_slot(struct builder *b, size_t group, const struct element *e)
{
	const struct label_group *g = &b->plan->groups[group];
	struct group_state *s = state_of(b, group);
	size_t slot = 0;
	int r = find_other_slot(s, g, &slot);

	if (r < 0)
		return r;
	b->n_others += slot >= s->n ? g->n_metrics : 0;
	s->n = slot >= s->n ? slot + 1 : s->n;
	return builder_add_to_ledger(b, group, e, slot);
}

/* What is there now. */
static int add_to_other_row(struct builder *b, size_t metric, const struct element *e)
{
	const struct plan_metric *m = &b->plan->metrics[metric];
	struct metric_state *into = &b->metrics[metric];
	int r = 0;

	if (!into->has_other)
		r = rows_grow(&into->other, m, 0, 1);
	if (r == 0)
		r = rows_add(&into->other, m, 1, 0, !into->has_other, &e->at,
			     numbers_of(b, metric, e));
	into->has_other = true;
	return r;
}

int builder_add_to_other(struct builder *b, size_t group, const struct element *e)
{
	const struct label_group *g = &b->plan->groups[group];
	int r = 0;

	if (ledger_of(b, group))
		return add_to_other_slot(b, group, e);
	if (book_of(b, group)) {
		union number *into = open_account(b, group, e->at.key, account_of(g, e));

		if (!into)
			return -ENOMEM;
		take_numbers(b, group, e, into);
	}
	for (size_t i = 0; r == 0 && i < g->n_metrics; i++)
		if (!is_booked(b, g->metrics[i]) && !is_hidden(b, g->metrics[i], e))
			r = add_to_other_row(b, g->metrics[i], e);
	return r;
}

/* Whether those that are there so far stay, even if all of the last pass come back. */
static bool all_fit(const struct builder *b)
{
	return !b->hides_zero && b->n_new + b->n_reserved <= b->limits.max_series;
}

int builder_remember(struct builder *b, size_t group, const struct element *e, size_t slot)
{
	const struct label_group *g = &b->plan->groups[group];
	struct tenants *t = &b->tenants[group];
	union number *into;

	if (!b->has_seats || !book_of(b, group))
		return 0;
	if (slot >= t->n_safe && all_fit(b))
		t->n_safe = slot + 1;
	if (slot < t->n_safe)
		return 0;
	into = tenants_add(t, e->at.key, account_of(g, e), slot);
	if (!into)
		return -ENOMEM;
	memset(into, 0, t->n_numbers * sizeof(*into));
	take_numbers(b, group, e, into);
	return 0;
}

int builder_fold_slot(struct builder *b, size_t group, size_t slot)
{
	const struct label_group *g = &b->plan->groups[group];
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->n_metrics; i++) {
		const struct plan_metric *m = &b->plan->metrics[g->metrics[i]];
		struct metric_state *s = &b->metrics[g->metrics[i]];

		if (is_booked(b, g->metrics[i]) || builder_hides_slot(b, g->metrics[i], slot))
			continue;
		if (!s->has_other)
			r = rows_grow(&s->other, m, 0, 1);
		if (r == 0)
			r = rows_add_row(&s->other, m, 1, 0, !s->has_other, &s->rows, slot);
		s->has_other = true;
	}
	return r;
}

static int fold_tenant(struct builder *b, size_t group, size_t tenant)
{
	const struct label_group *g = &b->plan->groups[group];
	const struct tenants *t = &b->tenants[group];
	const union number *v = tenants_numbers(t, tenant);
	union number *into =
		open_account(b, group, tenants_key(t, tenant), t->items[tenant].account);

	if (!into)
		return -ENOMEM;
	for (size_t i = 0; i < g->n_metrics; i++) {
		const struct plan_metric *m = &b->plan->metrics[g->metrics[i]];

		into = add_numbers(m, into, v);
		v += m->n_numbers;
	}
	return 0;
}

int builder_fold_tenants(struct builder *b, size_t group, const bool *keep)
{
	struct tenants *t = &b->tenants[group];
	int r = 0;

	if (!t->n)
		return 0;
	for (size_t i = 0; r == 0 && i < t->n && group_folds(b, &b->plan->groups[group]); i++)
		if (!keep[t->items[i].slot])
			r = fold_tenant(b, group, i);
	return r < 0 ? r : tenants_keep(t, b->groups[group].n, keep);
}

/* The rows of `other` that are in the book. */
static int commit_book(struct builder *b, size_t group)
{
	const struct label_group *g = &b->plan->groups[group];
	struct ledger *book = book_of(b, group);
	_cleanup_(freep) struct rows *rows = calloc(g->n_metrics, sizeof(*rows));
	int r = rows ? ledger_commit(book, rows) : -ENOMEM;

	for (size_t i = 0; rows && i < g->n_metrics; i++) {
		struct metric_state *s = &b->metrics[g->metrics[i]];

		if (is_booked(b, g->metrics[i])) {
			s->other = rows[i];
			s->has_other = ledger_state(book)->n;
		} else {
			rows_done(&rows[i]);
		}
	}
	return r;
}

int builder_finish_other(struct builder *b, size_t group)
{
	const struct label_group *g = &b->plan->groups[group];
	struct group_state *s = &b->groups[group];
	bool has_other = false;
	int r = book_of(b, group) ? commit_book(b, group) : 0;

	for (size_t i = 0; i < g->n_metrics; i++)
		has_other |= b->metrics[g->metrics[i]].has_other;
	if (r < 0 || !has_other)
		return r;
	r = label_writer_add_last(&s->writer, group_other(g));
	if (r == 0)
		r = builder_add_slots(b, group, s->n + 1);
	for (size_t i = 0; r == 0 && i < g->n_metrics; i++) {
		struct metric_state *m = &b->metrics[g->metrics[i]];

		if (m->has_other)
			r = rows_add_row(&m->rows, &b->plan->metrics[g->metrics[i]], s->cap, s->n,
					 true, &m->other, 0);
		m->n_shown += builder_filters_zero(b, g->metrics[i]) &&
			      !builder_hides_slot(b, g->metrics[i], s->n);
	}
	if (r < 0)
		return r;
	b->n_others += builder_weigh_slot(b, group, s->n);
	s->n++;
	return 0;
}
