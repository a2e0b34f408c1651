/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BASE_NUM_H
#define BASE_NUM_H

/*
 * Numbers as text, exactly: integers in full, scaled integers by moving the
 * decimal point, doubles by the fewest digits that, rounded correctly, read
 * back the same (both zeros are "0").
 */
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Room that every function below is content with. Nothing is terminated. */
#define NUM_TEXT_MAX 192

typedef __int128 int128;

/* A factor m * 10^exp10 * 2^exp2. {1, 0, 0} changes nothing. */
struct scale {
	uint64_t mantissa;
	int exp10; /* -30 … 30 */
	int exp2;  /* -64 … 64 */
};

#define SCALE_ONE ((struct scale){.mantissa = 1})

/* Each writes at @dst and returns the number of bytes. */
size_t num_write_u64(char *dst, uint64_t v);
size_t num_write_s64(char *dst, int64_t v);
size_t num_write_int128(char *dst, int128 v);
size_t num_write_scaled(char *dst, int128 v, const struct scale *scale);
size_t num_write_double(char *dst, double v);

/*
 * num_write_canonical() - a finite double as OpenMetrics wants bounds: "1.0",
 * "0.25", "1e+06", an exponent where it is below -4 or above 5.
 */
size_t num_write_canonical(char *dst, double v);

/*
 * num_parse_scale() - a decimal ("0.5", "1e-9"), a power of two ("2^-30") or
 * a unit ("ns us ms", to seconds; "KiB MiB pages bits", to bytes).
 *
 * Return: 0, -EINVAL where it is none of these, -ERANGE where it is zero or
 * outside what struct scale can hold.
 */
int num_parse_scale(struct str s, struct scale *ret_scale);

/* num_scale_is_power_of_two() - however it was written: "0.5", "1024", "KiB". */
bool num_scale_is_power_of_two(const struct scale *scale);

/* The factor as the nearest double. */
double num_scale_double(const struct scale *scale);

/* num_scale_equal() - whether both are the same number. */
bool num_scale_equal(const struct scale *a, const struct scale *b);

/* num_scaled_double() - the double nearest to what num_write_scaled() writes. */
double num_scaled_double(int128 v, const struct scale *scale);

/* num_scale_apply() - @v times the factor, rounded once where the factor is 10^n or 2^n. */
double num_scale_apply(const struct scale *scale, double v);

/*
 * num_parse_decimal() - "-1", "0.5", "2.5e3" as mantissa * 10^exp10. The
 * mantissa does not end in 0, and 0 is 0 * 10^0.
 *
 * Return: 0, -EINVAL where it is none, -ERANGE where the mantissa needs more
 * than 63 bits or the exponent is not in -30 … 30.
 */
int num_parse_decimal(struct str s, int64_t *ret_mantissa, int *ret_exp10);

/*
 * num_join_offset() - one unit for a scale and what is added after it:
 * v * scale + mantissa * 10^exp10 == (v * factor + offset) * unit, exactly.
 *
 * Return: 0 with a factor from 1 to 2^32-1, or -ERANGE where no unit does.
 */
int num_join_offset(const struct scale *scale, int64_t mantissa, int exp10, struct scale *ret_unit,
		    uint64_t *ret_factor, int64_t *ret_offset);

#endif
