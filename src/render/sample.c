// SPDX-License-Identifier: GPL-2.0-only
#include "sample_internal.h"

#include <stdlib.h>
#include <string.h>

static double column_double(const struct column *c, size_t i)
{
	double v;

	memcpy(&v, &c->low[i], sizeof(v));
	return v;
}

static size_t write_number(char *dst, const struct column *c, size_t i, const struct scale *scale)
{
	bool is_one = scale_is_one(scale);

	if (c->kind == COLUMN_DOUBLE) {
		double v = column_double(c, i);

		return num_write_double(dst, is_one ? v : num_scale_apply(scale, v));
	}
	if (!is_one)
		return num_write_scaled(dst, column_int(c, i), scale);
	if (c->high)
		return num_write_int128(dst, column_int(c, i));
	if (c->kind == COLUMN_S64)
		return num_write_s64(dst, (int64_t)c->low[i]);
	return num_write_u64(dst, c->low[i]);
}

static double number(const struct column *c, size_t i, const struct scale *scale)
{
	if (c->kind != COLUMN_DOUBLE)
		return num_scaled_double(column_int(c, i), scale);
	return scale_is_one(scale) ? column_double(c, i)
				   : num_scale_apply(scale, column_double(c, i));
}

size_t sample_write_value(char *dst, const struct series_set *set, size_t slot)
{
	if (set->counts)
		return num_write_double(dst, sample_value(set, slot));
	return write_number(dst, &set->values, slot, &set->scale);
}

/* Of an average the sum, scaled exactly, rounds once, and then the division. */
double sample_value(const struct series_set *set, size_t slot)
{
	double sum = number(&set->values, slot, &set->scale);

	return set->counts ? sum / (double)set->counts[slot] : sum;
}

size_t sample_write_sum(char *dst, const struct series_set *set, size_t slot)
{
	return write_number(dst, &set->sums, slot, &set->scale);
}

double sample_sum(const struct series_set *set, size_t slot)
{
	return number(&set->sums, slot, &set->scale);
}
