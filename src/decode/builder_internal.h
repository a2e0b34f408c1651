/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_BUILDER_INTERNAL_H
#define DECODE_BUILDER_INTERNAL_H

/*
 * The inside of a builder: builder_start.c says what was there before, builder.c takes entries in,
 * builder_other.c those that get no series of their own, builder_finish.c makes the snapshot.
 */
#include "carry_internal.h"
#include "decode/builder.h"
#include "rows_internal.h"
#include "seats_internal.h"
#include "tenants_internal.h"

struct metric_state {
	struct rows rows;
	size_t n_shown;
	struct rows other; /* one row: of what was over a limit */
	bool has_other;
};

/* An element of an entry, as a group looks at it. */
struct element {
	struct cursor at;
	size_t i; /* its number among the entry's */
};

struct builder {
	struct plan *plan;
	struct carry *carry;
	struct config_limits limits;
	uint64_t n_entries, n_dropped, n_folded, n_too_long;
	uint64_t n_series;	      /* under the limit */
	uint64_t n_new;		      /* of these, maybe not of the last pass */
	uint64_t n_others;	      /* series `other`, which are under none */
	uint64_t n_reserved;	      /* series of the last pass, and those since that stay */
	struct group_state *groups;   /* plan->n_groups; those with a ledger: unused */
	struct seats *seats;	      /* plan->n_groups; those without slots by label text: empty */
	struct tenants *tenants;      /* plan->n_groups; only of those that have a book */
	bool has_seats;		      /* some series may come back, and others have to go for it */
	bool hides_zero;	      /* series that come back may take more places than before */
	struct metric_state *metrics; /* plan->n_metrics */
	union number *numbers;	      /* of one entry: plan->n_numbers */
	struct buf text;	      /* of one label set, while it may still be left out */
	struct decoder_scratch scratch;
};

static inline struct ledger *ledger_of(const struct builder *b, size_t group)
{
	return b->carry && b->plan->groups[group].has_ledger ? b->carry->ledgers[group] : NULL;
}

/* The ledger of the series `other` alone. */
static inline struct ledger *book_of(const struct builder *b, size_t group)
{
	return b->carry && b->plan->groups[group].has_book ? b->carry->ledgers[group] : NULL;
}

static inline struct group_state *state_of(const struct builder *b, size_t group)
{
	struct ledger *l = ledger_of(b, group);

	return l ? ledger_state(l) : &b->groups[group];
}

/* Whether what a limit leaves out counts in the series `other`. */
static inline bool group_folds(const struct builder *b, const struct label_group *g)
{
	return b->limits.on_limit == CONFIG_ON_LIMIT_OTHER && g->n_steps;
}

static inline struct str group_other(const struct label_group *g)
{
	return (struct str){.p = g->other.data, .n = g->other.len};
}

/* Whether a series that has come stays in this pass: others may have to go again at its end. */
static inline bool group_stays(const struct builder *b, size_t group)
{
	return ledger_of(b, group) || !b->plan->groups[group].n_steps;
}

/* Whether there is no room for @n more series. */
static inline bool builder_is_full(const struct builder *b, size_t n)
{
	return n > b->limits.max_series || b->n_series > b->limits.max_series - n;
}

/* The same, for new series of a group: what stays takes no place that somebody may come back to. */
static inline bool builder_is_full_for(const struct builder *b, size_t group)
{
	size_t n = b->plan->groups[group].n_metrics;

	return builder_is_full(b, n) ||
	       (group_stays(b, group) && b->n_reserved > b->limits.max_series - n);
}

static inline void builder_count_new(struct builder *b, size_t group)
{
	size_t n = b->plan->groups[group].n_metrics;

	b->n_series += n;
	b->n_new += n;
	if (group_stays(b, group) && !b->seats[group].n)
		b->n_reserved += n;
}

static inline const union number *numbers_of(const struct builder *b, size_t metric,
					     const struct element *e)
{
	const struct plan_metric *m = &b->plan->metrics[metric];

	return b->numbers + m->first + e->i * m->n_numbers;
}

static inline bool is_hidden(const struct builder *b, size_t metric, const struct element *e)
{
	const struct plan_metric *m = &b->plan->metrics[metric];

	return m->skip_zero && numbers_are_zero(m, numbers_of(b, metric, e));
}

/* Which of the entry's accounts: elements in different slots have one each. */
static inline uint32_t account_of(const struct label_group *g, const struct element *e)
{
	return g->tells_elements ? (uint32_t)e->i : 0;
}

/* Whether slots of the metric that are zero are no series. */
bool builder_filters_zero(const struct builder *b, size_t metric);

/* builder_hides_slot() - whether a slot is none of them, because it is zero. */
bool builder_hides_slot(const struct builder *b, size_t metric, size_t slot);

/* builder_weigh_slot() - how many series of the group a slot is. */
size_t builder_weigh_slot(const struct builder *b, size_t group, size_t slot);

/* builder_add_to_ledger() - an element to a slot of its group's ledger. Return: 0 or -ENOMEM. */
int builder_add_to_ledger(struct builder *b, size_t group, const struct element *e, size_t slot);

/* builder_add_to_other() - an element without a slot of its own. Return: 0 or -ENOMEM. */
int builder_add_to_other(struct builder *b, size_t group, const struct element *e);

/* builder_remember() - an element that has slot @slot, as it may be taken away. Return: 0 or
 * -ENOMEM. */
int builder_remember(struct builder *b, size_t group, const struct element *e, size_t slot);

/* builder_fold_slot() - what a slot's rows hold becomes part of `other`. Return: 0 or -ENOMEM. */
int builder_fold_slot(struct builder *b, size_t group, size_t slot);

/* builder_fold_tenants() - the same of those in slots that @keep does not say. Return: 0 or
 * -ENOMEM. */
int builder_fold_tenants(struct builder *b, size_t group, const bool *keep);

/* builder_finish_other() - the series `other` of a group's metrics: its last slot. Return: 0 or
 * -ENOMEM. */
int builder_finish_other(struct builder *b, size_t group);

/* builder_add_slots() - room for @n in a group without a ledger. Return: 0 or -ENOMEM. */
int builder_add_slots(struct builder *b, size_t group, size_t n);

#endif
