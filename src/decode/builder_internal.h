/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_BUILDER_INTERNAL_H
#define DECODE_BUILDER_INTERNAL_H

/*
 * The inside of a builder: builder_start.c says what was there before, builder.c takes entries in,
 * builder_finish.c makes the snapshot.
 */
#include "carry_internal.h"
#include "decode/builder.h"
#include "rows_internal.h"
#include "seats_internal.h"

struct metric_state {
	struct rows rows;
	size_t n_shown;
	struct rows other; /* one row: of what was over a limit */
	bool has_other;
};

struct builder {
	struct plan *plan;
	struct carry *carry;
	struct config_limits limits;
	uint64_t n_entries, n_dropped, n_folded, n_too_long;
	uint64_t n_series;	      /* under the limit */
	uint64_t n_others;	      /* series `other`, which are under none */
	uint64_t n_reserved;	      /* series of the last pass, and those since that stay */
	struct group_state *groups;   /* plan->n_groups; those with a ledger: unused */
	struct seats *seats;	      /* plan->n_groups; those without slots by label text: empty */
	struct metric_state *metrics; /* plan->n_metrics */
	union number *numbers;	      /* of one entry: plan->n_numbers */
	struct buf text;	      /* of one label set, while it may still be left out */
	struct decoder_scratch scratch;
};

static inline struct ledger *ledger_of(const struct builder *b, size_t group)
{
	return b->carry ? b->carry->ledgers[group] : NULL;
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
	if (group_stays(b, group) && !b->seats[group].n)
		b->n_reserved += n;
}

/* builder_add_slots() - room for @n in a group without a ledger. Return: 0 or -ENOMEM. */
int builder_add_slots(struct builder *b, size_t group, size_t n);

#endif
