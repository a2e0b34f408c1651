/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_SERIES_INTERNAL_H
#define DECODE_SERIES_INTERNAL_H

/*
 * The growing parts of a snapshot under construction: a column of numbers,
 * the label text of a group, and the table that finds equal label text.
 */
#include "base/num.h"
#include "model/snapshot.h"

/* A value on its way: a double where the column is of doubles. */
union number {
	int128 i;
	double d;
};

/* array_grow() - room for @cap items of @size bytes in the heap array that @array points to.
 * Return: 0 or -ENOMEM. */
int array_grow(void *array, size_t cap, size_t size);

/*
 * Makes room for @cap slots, new ones zero. Return: 0 or -ENOMEM.
 * @old_cap: what it has room for now.
 */
int column_grow(struct column *c, size_t old_cap, size_t cap);

/* Sets or adds to slot @i, of @cap. Return: 0 or -ENOMEM. */
int column_set(struct column *c, size_t i, size_t cap, union number v);
int column_add(struct column *c, size_t i, size_t cap, union number v);

/* column_put() - column_set(), quick for what fits as it is. */
static inline int column_put(struct column *c, size_t i, size_t cap, union number v)
{
	if (c->kind != COLUMN_U64 || c->high || v.i >> 64)
		return column_set(c, i, cap, v);
	c->low[i] = (uint64_t)v.i;
	return 0;
}

/*
 * Label text of a group, a text a slot.
 *
 * While the raw keys come in the order of the previous block's, nothing is
 * written (`n_matched` counts); at the first other key the previous block's
 * beginning is copied and writing begins.
 */
struct label_writer {
	struct label_block *previous; /* NULL: nothing to match (any more) */
	size_t n_previous;	      /* its slots that have a key */
	size_t n_matched;
	size_t key_size; /* 0: raw keys are not kept */
	struct buf text, raw_keys;
	uint64_t *ends;
	size_t n, cap;
};

/* label_writer_follow() - @previous, with keys of @key_size bytes, is what may be matched; takes a
 * reference. */
void label_writer_follow(struct label_writer *w, struct label_block *previous, size_t key_size);

/* Whether @key continues the previous block; then it has become a slot. */
bool label_writer_match(struct label_writer *w, const void *key);

/* Ends the matching, if it was still going on. Return: 0 or -ENOMEM. */
int label_writer_diverge(struct label_writer *w);

/* Makes the text after the last end a slot. Return: 0 or -ENOMEM. */
int label_writer_commit(struct label_writer *w, const void *key);

/* The last slot of all, which has this text and no key. Return: 0 or -ENOMEM. */
int label_writer_add_last(struct label_writer *w, struct str text);

size_t label_writer_n(const struct label_writer *w);

/* The block, one reference, whose slots are all that came; NULL without memory. */
struct label_block *label_writer_finish(struct label_writer *w);
void label_writer_done(struct label_writer *w);

/* The block of what has been written so far, which may go on; NULL without memory. */
struct label_block *label_writer_copy(const struct label_writer *w);

/* Takes back all slots but the first @n. */
void label_writer_truncate(struct label_writer *w, size_t n);

/* Takes back all slots but those that @keep says. Not while it matches. */
void label_writer_keep(struct label_writer *w, const bool *keep);

/* The block as a writer that has written just that, which owns nothing. */
struct label_writer label_writer_of(const struct label_block *b);

/* The text after the last end, which is no slot yet. */
struct str label_writer_last(const struct label_writer *w);

/* The text of a slot that was written. */
struct str label_writer_text(const struct label_writer *w, size_t slot);

/* Slots by label text. */
struct label_table {
	struct {
		uint32_t hash;
		uint32_t slot; /* + 1; 0: empty */
	} * cells;
	size_t size; /* a power of two, or 0 */
	size_t n;
};

/*
 * label_table_find() - the slot whose text is the writer's last, uncommitted
 * text; enters it as slot label_writer_n() if there is none.
 *
 * Return: 0 with @ret_slot, 1 where it is new, -ENOMEM.
 */
int label_table_find(struct label_table *t, const struct label_writer *w, size_t *ret_slot);

/* Its entries are the writer's slots, of which it has had as many and more. */
void label_table_refill(struct label_table *t, const struct label_writer *w);

/* label_table_fill() - of an empty table: the writer's slots. Return: 0 or -ENOMEM. */
int label_table_fill(struct label_table *t, const struct label_writer *w);

/* label_table_has() - whether it was filled with this text, out of this writer. */
bool label_table_has(const struct label_table *t, const struct label_writer *w, struct str text);

/* Takes back the last entry that label_table_find() made. */
void label_table_forget(struct label_table *t, const struct label_writer *w);
void label_table_done(struct label_table *t);

#endif
