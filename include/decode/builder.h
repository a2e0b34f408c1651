/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_BUILDER_H
#define DECODE_BUILDER_H

/*
 * Runs a plan over the entries of one pass and makes a snapshot of them.
 *
 * Label text of keys that come in the order of the previous snapshot's is not
 * written again but shared with it. Entries with equal labels are added, in a
 * table that exists only where the plan says that labels may be equal.
 */
#include <stdint.h>

#include "base/cleanup.h"
#include "decode/plan.h"
#include "model/snapshot.h"

struct builder;

/*
 * What counters of a map keep from pass to pass, where a series is the sum of
 * several entries, as `other` is: what an entry contributed last stays when it
 * goes, so that no eviction or deletion makes a counter fall. An abandoned pass
 * changes nothing.
 */
struct carry;

/* carry_new() - for passes of this plan, which it references. NULL without memory. */
struct carry *carry_new(struct plan *plan);
void carry_free(struct carry *c);
DEFINE_CLEANUP(carry_free, struct carry *)

/* carry_n_accounts() - of how many entries it keeps something. */
size_t carry_n_accounts(const struct carry *c);

/* carry_is_of() - whether its passes are of this plan. */
bool carry_is_of(const struct carry *c, const struct plan *plan);

/*
 * carry_move() - passes are of this plan from now on.
 * @same_map: the entries are those of before; else none of them is there any more.
 *
 * Return: 0, or -EINVAL where the plan's series are others: then nothing has
 * changed.
 */
int carry_move(struct carry *c, struct plan *plan, bool same_map);

/*
 * carry_change_map() - carry_move() to the plan of another map, whose entries
 * are known from before if it was read by this carry not long ago.
 *
 * Return: 0; -EINVAL as carry_move().
 */
int carry_change_map(struct carry *c, struct plan *plan, uint32_t from_id, uint32_t to_id);

struct builder_result {
	struct snapshot *snapshot; /* one reference */
	uint64_t n_entries;
	uint64_t n_series;
	/* Series that were left out; of sums, once for each entry that was. */
	uint64_t n_dropped;  /* over max_series */
	uint64_t n_folded;   /* over either limit, and counted in `other` */
	uint64_t n_too_long; /* over max_label_bytes */
};

/*
 * builder_new() - start a pass.
 * @previous:   this plan's last snapshot, or NULL.
 * @carry:      this plan's, changed by builder_finish(); NULL: sums and
 *              `other` are of what is there now.
 * @limits:     of all metrics together.
 *
 * Return: NULL without memory.
 */
struct builder *builder_new(struct plan *plan, struct snapshot *previous, struct carry *carry,
			    const struct config_limits *limits);
void builder_free(struct builder *b);
DEFINE_CLEANUP(builder_free, struct builder *)

/*
 * builder_add() - @n entries as a map source hands them over.
 *
 * Return: 0 or -ENOMEM; after that only builder_free() makes sense.
 */
int builder_add(struct builder *b, const void *keys, const void *values, uint32_t n);

/*
 * builder_add_last() - one entry that is not in the map any more: what comes back
 * under its key is another one. Return: as above.
 */
int builder_add_last(struct builder *b, const void *key, const void *values);

/* builder_add_totals() - one drained entry: its key and plan_n_totals() numbers. Return: as above.
 */
int builder_add_totals(struct builder *b, const void *key, const uint64_t *totals);

/* builder_finish() - the snapshot; call once, then free the builder. Return: 0 or -ENOMEM. */
int builder_finish(struct builder *b, struct builder_result *ret_result);

#endif
