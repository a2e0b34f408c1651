/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_LEDGER_INTERNAL_H
#define DECODE_LEDGER_INTERNAL_H

/*
 * Counters that never fall, though entries come and go: for a label group, its
 * label sets of all passes, their totals, and what each entry contributed last to
 * which of them.
 *
 * A pass begins, adds up the entries' numbers, and is committed or abandoned;
 * abandoned, nothing has changed.
 */
#include "plan_internal.h"
#include "rows_internal.h"

/* A group's label sets, the columns of which have room for `cap`. */
struct group_state {
	struct label_writer writer;
	struct label_table table;
	size_t n; /* slots */
	size_t cap;
};

struct ledger;

/* ledger_new() - for group @group of @p, which must outlive it or be replaced by ledger_move(). */
struct ledger *ledger_new(const struct plan *p, size_t group);
void ledger_free(struct ledger *l);
DEFINE_CLEANUP(ledger_free, struct ledger *)

/* ledger_fits() - whether it can go on with another plan: whose group is of the same shape. */
bool ledger_fits(const struct ledger *l, const struct plan *p, bool same_map);

/*
 * ledger_move() - go on with a plan that fits.
 * @same_map: its entries are those of before; else those are all gone.
 */
void ledger_move(struct ledger *l, const struct plan *p, bool same_map);

/*
 * ledger_shelve() - another map takes the place of this one: put its accounts
 * aside. Only those of the last few maps, and of a million entries, are kept.
 */
void ledger_shelve(struct ledger *l, uint32_t map_id);

/* ledger_unshelve() - those of the map that is read from now on, if they are there and there is
 * memory for them. */
void ledger_unshelve(struct ledger *l, uint32_t map_id);

/* ledger_begin() - a pass; drops what an abandoned one left. */
void ledger_begin(struct ledger *l);

size_t ledger_n_accounts(const struct ledger *l);

/* ledger_state() - its label sets; the pass adds those that are new. */
struct group_state *ledger_state(struct ledger *l);

/*
 * ledger_numbers() - what this entry, or its element @element where elements
 * may be in different slots, contributes to slot @slot in this pass:
 * the numbers of an element of each metric of the group, 0 at first, to be
 * added to. Valid until the next call. NULL without memory.
 */
union number *ledger_numbers(struct ledger *l, const uint8_t *key, uint32_t element, size_t slot);

/* ledger_expect_last() - whether entries that come from now on, in this pass, are gone afterwards:
 * one that comes back is another one. */
void ledger_expect_last(struct ledger *l, bool is_last);

/* ledger_keep() - the element is there in this pass, whatever its labels and conditions say. */
void ledger_keep(struct ledger *l, const uint8_t *key, uint32_t element);

/*
 * ledger_commit() - the end of a pass.
 * @rows: of the group's metrics, empty; get a row a slot.
 *
 * Return: 0, or -ENOMEM: then totals may miss what this pass was to add.
 */
int ledger_commit(struct ledger *l, struct rows *rows);

/* ledger_labels() - the label sets, one reference; NULL without memory. */
struct label_block *ledger_labels(struct ledger *l);

#endif
