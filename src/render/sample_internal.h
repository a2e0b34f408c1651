/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RENDER_SAMPLE_INTERNAL_H
#define RENDER_SAMPLE_INTERNAL_H

/* The numbers of a slot, as text and as the nearest doubles. */
#include "model/snapshot.h"

/* Of one value a slot: that value, or the average. At most NUM_TEXT_MAX bytes. */
size_t sample_write_value(char *dst, const struct series_set *set, size_t slot);
double sample_value(const struct series_set *set, size_t slot);

size_t sample_write_sum(char *dst, const struct series_set *set, size_t slot);
double sample_sum(const struct series_set *set, size_t slot);

/* Whether the scale changes nothing. */
static inline bool scale_is_one(const struct scale *s)
{
	return s->mantissa == 1 && !s->exp10 && !s->exp2;
}

/* What of a histogram's slot is in one cell; of a summary's, in cell 0: how many there were. */
static inline int128 sample_count(const struct series_set *set, size_t slot, size_t cell)
{
	return column_int(&set->values, slot * set->width + cell);
}

/* Whether the next bound is another double, so that bucket @i can be told from it by one. */
static inline bool bound_is_told(const struct bounds *b, size_t i)
{
	return i + 1 >= b->n || b->upper[i] < b->upper[i + 1];
}

#endif
