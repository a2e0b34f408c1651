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

struct builder_result {
	struct snapshot *snapshot; /* one reference */
	uint64_t n_entries;
	uint64_t n_series;
	uint64_t n_dropped; /* series over the limit; of sums, once for each entry left out */
};

/*
 * builder_new() - start a pass.
 * @previous:   this plan's last snapshot, or NULL.
 * @max_series: of all metrics together.
 *
 * Return: NULL without memory.
 */
struct builder *builder_new(struct plan *plan, struct snapshot *previous, uint64_t max_series);
void builder_free(struct builder *b);
DEFINE_CLEANUP(builder_free, struct builder *)

/*
 * builder_add() - @n entries as a map source hands them over.
 *
 * Return: 0 or -ENOMEM; after that only builder_free() makes sense.
 */
int builder_add(struct builder *b, const void *keys, const void *values, uint32_t n);

/* builder_add_totals() - one drained entry: its key and plan_n_totals() numbers. Return: as above.
 */
int builder_add_totals(struct builder *b, const void *key, const uint64_t *totals);

/* builder_finish() - the snapshot; call once, then free the builder. Return: 0 or -ENOMEM. */
int builder_finish(struct builder *b, struct builder_result *ret_result);

#endif
