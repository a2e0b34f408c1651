/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_SEATS_INTERNAL_H
#define DECODE_SEATS_INTERNAL_H

/*
 * The first seen keep their place: who was shown in the last pass is let in,
 * however many came before them in this one. Nothing is looked up as long as
 * there is room for all.
 */
#include "series_internal.h"

struct seats {
	struct label_block
		*before; /* one reference; NULL: nobody had a seat, or one without labels */
	size_t n;	 /* its slots, but for the last one where that is `other` */
	size_t n_left;	 /* of these, have not come yet; known once it is open */
	struct label_table table; /* of `before`, once somebody had to be looked for */
	bool is_open;
};

/* seats_init() - @before: of the last pass. @other: the text of what has no seat. */
void seats_init(struct seats *s, const struct series_set *before, struct str other);
void seats_done(struct seats *s);

/* seats_count_shown() - series of the last pass that had one; @before shares the labels. */
size_t seats_count_shown(const struct seats *s, const struct series_set *before);

/* seats_open() - count who is still to come. @w: those who came. Return: 0 or -ENOMEM. */
int seats_open(struct seats *s, const struct label_writer *w);

/* seats_have() - Return: 1, 0, or -ENOMEM. */
int seats_have(struct seats *s, struct str text);

/* seats_take() - the same, of one who comes now. */
int seats_take(struct seats *s, struct str text);

#endif
