// SPDX-License-Identifier: GPL-2.0-only
/*
 * Integers are written two digits at a time from a table. A scaled integer is
 * v * m * 10^a * 2^b: with b < 0 that is v * m * 5^-b * 10^(a+b), so it is
 * always a whole number whose decimal point moves. Where that number can pass
 * 128 bits it is kept in limbs of nine decimal digits.
 */
#include "base/num.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMB	   UINT64_C(1000000000)
#define N_LIMBS	   18
#define E19	   UINT64_C(10000000000000000000)
#define DIGITS_MAX (N_LIMBS * 9 + 9)
#define MAX_EXACT  ((int128)1 << 53) /* every whole number up to it is a double */

typedef unsigned __int128 uint128;

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";

size_t num_write_u64(char *dst, uint64_t v)
{
	char text[20];
	char *p = text + sizeof(text);
	size_t n;

	while (v >= 100) {
		p -= 2;
		memcpy(p, pairs + 2 * (v % 100), 2);
		v /= 100;
	}
	if (v >= 10) {
		p -= 2;
		memcpy(p, pairs + 2 * v, 2);
	} else {
		*--p = (char)('0' + v);
	}
	n = (size_t)(text + sizeof(text) - p);
	memcpy(dst, p, n);
	return n;
}

size_t num_write_s64(char *dst, int64_t v)
{
	if (v >= 0)
		return num_write_u64(dst, (uint64_t)v);
	*dst = '-';
	return 1 + num_write_u64(dst + 1, -(uint64_t)v);
}

static size_t write_padded(char *dst, uint64_t v, size_t width)
{
	for (size_t i = width; i--; v /= 10)
		dst[i] = (char)('0' + v % 10);
	return width;
}

static size_t write_uint128(char *dst, uint128 v)
{
	size_t n;

	if (v <= UINT64_MAX)
		return num_write_u64(dst, (uint64_t)v);
	n = write_uint128(dst, v / E19);
	return n + write_padded(dst + n, (uint64_t)(v % E19), 19);
}

size_t num_write_int128(char *dst, int128 v)
{
	if (v >= 0)
		return write_uint128(dst, (uint128)v);
	*dst = '-';
	return 1 + write_uint128(dst + 1, -(uint128)v);
}

/* A natural number, least limb first. */
struct big {
	uint64_t limbs[N_LIMBS];
	size_t n;
};

static void big_set(struct big *b, uint128 v)
{
	b->n = 0;
	do {
		b->limbs[b->n++] = (uint64_t)(v % LIMB);
		v /= LIMB;
	} while (v);
}

static void big_mul(struct big *b, uint64_t factor)
{
	uint128 carry = 0;

	for (size_t i = 0; i < b->n; i++) {
		carry += (uint128)b->limbs[i] * factor;
		b->limbs[i] = (uint64_t)(carry % LIMB);
		carry /= LIMB;
	}
	for (; carry; carry /= LIMB)
		b->limbs[b->n++] = (uint64_t)(carry % LIMB);
}

static size_t big_write(char *dst, const struct big *b)
{
	size_t n = num_write_u64(dst, b->limbs[b->n - 1]);

	for (size_t i = b->n - 1; i--;)
		n += write_padded(dst + n, b->limbs[i], 9);
	return n;
}

/* The digits of v * m * 2^b (5^-b for negative b, which moves the point by -b). */
static size_t write_product(char *dst, uint128 v, const struct scale *s)
{
	struct big b;

	if (s->mantissa == 1 && !s->exp2)
		return write_uint128(dst, v);
	big_set(&b, v);
	big_mul(&b, s->mantissa);
	for (int i = 0; i < s->exp2; i++)
		big_mul(&b, 2);
	for (int i = 0; i > s->exp2; i--)
		big_mul(&b, 5);
	return big_write(dst, &b);
}

/* Write digits with the decimal point moved by @exp10, without zeros at the end of a fraction. */
static size_t write_point(char *dst, const char *digits, size_t n_digits, int exp10)
{
	size_t n = 0, n_whole;

	if (exp10 >= 0) {
		memcpy(dst, digits, n_digits);
		memset(dst + n_digits, '0', (size_t)exp10);
		return n_digits + (size_t)exp10;
	}
	while (n_digits && exp10 < 0 && digits[n_digits - 1] == '0') {
		n_digits--;
		exp10++;
	}
	n_whole = n_digits > (size_t)-exp10 ? n_digits - (size_t)-exp10 : 0;
	if (!n_whole)
		dst[n++] = '0';
	memcpy(dst + n, digits, n_whole);
	n += n_whole;
	if (!exp10)
		return n;
	dst[n++] = '.';
	for (size_t i = n_digits - n_whole; i < (size_t)-exp10; i++)
		dst[n++] = '0';
	memcpy(dst + n, digits + n_whole, n_digits - n_whole);
	return n + n_digits - n_whole;
}

size_t num_write_scaled(char *dst, int128 v, const struct scale *scale)
{
	char digits[DIGITS_MAX];
	bool negative = v < 0;
	size_t n_digits;

	if (!v) {
		*dst = '0';
		return 1;
	}
	n_digits = write_product(digits, negative ? -(uint128)v : (uint128)v, scale);
	if (negative)
		*dst = '-';
	return negative + write_point(dst + negative, digits, n_digits,
				      scale->exp10 + (scale->exp2 < 0 ? scale->exp2 : 0));
}

/* The text with its last digit one more, which is not 9: it would have one digit less. */
static bool next_reads_as(double v, char *text)
{
	char *last = strchr(text, 'e') - 1;

	if (*last == '9')
		return false;
	++*last;
	return strtod(text, NULL) == v;
}

/*
 * 15 digits always survive the way to a double, so where they read back the
 * same, dropping their zeros leaves the shortest text; else 16 or 17 do. What
 * is too small to have 15 digits is tried from one digit on. Below a power of
 * two doubles are closer to each other than above: of two texts around it only
 * the one above may read back, though the other one is nearer.
 */
static void shortest_digits(double v, char *text, size_t size)
{
	for (int precision = v < DBL_MIN ? 0 : 14; precision <= 16; precision++) {
		snprintf(text, size, "%.*e", precision, v);
		if (strtod(text, NULL) == v || next_reads_as(v, text))
			return;
	}
}

/* Of a finite number; with an exponent unless it is from @least to @most. */
static size_t write_shortest(char *dst, double v, int least, int most)
{
	char text[40], digits[20];
	size_t n = 0, n_digits = 0;
	int exponent;

	if (v == 0)
		return (size_t)sprintf(dst, "0");
	shortest_digits(fabs(v), text, sizeof(text));
	exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	for (const char *p = text; *p != 'e'; p++)
		if (*p != '.')
			digits[n_digits++] = *p;
	while (n_digits > 1 && digits[n_digits - 1] == '0')
		n_digits--;
	if (v < 0)
		dst[n++] = '-';
	if (exponent >= least && exponent <= most)
		return n + write_point(dst + n, digits, n_digits, exponent + 1 - (int)n_digits);
	n += write_point(dst + n, digits, n_digits, 1 - (int)n_digits);
	return n + (size_t)sprintf(dst + n, "e%+03d", exponent);
}

size_t num_write_double(char *dst, double v)
{
	if (isnan(v))
		return (size_t)sprintf(dst, "NaN");
	if (isinf(v))
		return (size_t)sprintf(dst, v < 0 ? "-Inf" : "+Inf");
	return write_shortest(dst, v, -6, 20);
}

size_t num_write_canonical(char *dst, double v)
{
	size_t n = write_shortest(dst, v, -4, 5);

	return memchr(dst, '.', n) || memchr(dst, 'e', n) ? n : n + (size_t)sprintf(dst + n, ".0");
}

static const struct {
	const char *name;
	struct scale scale;
} units[] = {
	{"ns", {1, -9, 0}},  {"us", {1, -6, 0}},  {"ms", {1, -3, 0}},
	{"KiB", {1, 0, 10}}, {"MiB", {1, 0, 20}}, {"bits", {1, 0, -3}},
};

/* Digits, maybe a point among them, as mantissa and exponent. */
static int parse_mantissa(struct str *s, struct scale *scale)
{
	bool in_fraction = false, any = false;

	for (; s->n; s->p++, s->n--) {
		char c = *s->p;

		if (c == '.' && !in_fraction) {
			in_fraction = true;
			continue;
		}
		if (c < '0' || c > '9')
			break;
		any = true;
		if (__builtin_mul_overflow(scale->mantissa, 10, &scale->mantissa) ||
		    __builtin_add_overflow(scale->mantissa, (uint64_t)(c - '0'), &scale->mantissa))
			return -ERANGE;
		scale->exp10 -= in_fraction;
	}
	return any ? 0 : -EINVAL;
}

static int parse_exponent(struct str s, int *ret_exponent)
{
	bool negative = s.n && s.p[0] == '-';
	unsigned long long v;
	int r;

	if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
		s.p++;
		s.n--;
	}
	if (s.n > 1 && s.p[0] == '0' && s.p[1] != '0') { /* 1e-09, not hexadecimal */
		s.p++;
		s.n--;
	}
	r = str_parse_u64(s, &v);
	if (r < 0)
		return r;
	if (v > 99)
		return -ERANGE;
	*ret_exponent = negative ? -(int)v : (int)v;
	return 0;
}

static int parse_decimal(struct str s, struct scale *scale)
{
	int exponent = 0, r;

	r = parse_mantissa(&s, scale);
	if (r < 0)
		return r;
	if (s.n && (*s.p == 'e' || *s.p == 'E')) {
		r = parse_exponent((struct str){s.p + 1, s.n - 1}, &exponent);
		if (r < 0)
			return r;
	} else if (s.n) {
		return -EINVAL;
	}
	scale->exp10 += exponent;
	if (!scale->mantissa)
		scale->exp10 = 0;
	for (; scale->mantissa && scale->mantissa % 10 == 0; scale->exp10++)
		scale->mantissa /= 10;
	return 0;
}

static bool scale_fits(const struct scale *s)
{
	return s->exp10 >= -30 && s->exp10 <= 30 && s->exp2 >= -64 && s->exp2 <= 64;
}

int num_parse_scale(struct str s, struct scale *ret_scale)
{
	struct scale scale = {0};
	int r;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (str_equal(s, str_of(units[i].name))) {
			*ret_scale = units[i].scale;
			return 0;
		}
	}
	if (str_equal(s, STR("pages"))) {
		*ret_scale = (struct scale){.mantissa = (uint64_t)sysconf(_SC_PAGESIZE)};
		return 0;
	}
	if (s.n > 2 && !memcmp(s.p, "2^", 2)) {
		scale.mantissa = 1;
		r = parse_exponent((struct str){s.p + 2, s.n - 2}, &scale.exp2);
	} else {
		r = parse_decimal(s, &scale);
	}
	if (r < 0)
		return r;
	if (!scale.mantissa || !scale_fits(&scale))
		return -ERANGE;
	*ret_scale = scale;
	return 0;
}

double num_scale_double(const struct scale *scale)
{
	char text[NUM_TEXT_MAX + 1];

	text[num_write_scaled(text, 1, scale)] = '\0';
	return strtod(text, NULL);
}

int num_parse_decimal(struct str s, int64_t *ret_mantissa, int *ret_exp10)
{
	struct scale scale = {0};
	bool negative = s.n && *s.p == '-';
	int r;

	if (negative)
		s = (struct str){.p = s.p + 1, .n = s.n - 1};
	r = parse_decimal(s, &scale);
	if (r < 0)
		return r;
	if (scale.mantissa > INT64_MAX || !scale_fits(&scale))
		return -ERANGE;
	*ret_mantissa = negative ? -(int64_t)scale.mantissa : (int64_t)scale.mantissa;
	*ret_exp10 = scale.exp10;
	return 0;
}

/* n * 2^exp2 * 5^exp5, n divisible by neither. */
struct factored {
	uint64_t n;
	int exp2, exp5;
};

static struct factored factored_of(uint64_t n, int exp10, int exp2)
{
	struct factored f = {.n = n, .exp2 = exp10 + exp2, .exp5 = exp10};

	for (; f.n % 2 == 0; f.exp2++)
		f.n /= 2;
	for (; f.n % 5 == 0; f.exp5++)
		f.n /= 5;
	return f;
}

bool num_scale_equal(const struct scale *a, const struct scale *b)
{
	struct factored x = factored_of(a->mantissa, a->exp10, a->exp2);
	struct factored y = factored_of(b->mantissa, b->exp10, b->exp2);

	return x.n == y.n && x.exp2 == y.exp2 && x.exp5 == y.exp5;
}

bool num_scale_is_power_of_two(const struct scale *scale)
{
	struct factored f = factored_of(scale->mantissa, scale->exp10, scale->exp2);

	return f.n == 1 && !f.exp5;
}

/* How many 2^exp2 * 5^exp5 it is, which divides it. Whether it is at most @max. */
static bool factored_in(struct factored f, int exp2, int exp5, uint64_t max, uint64_t *ret_n)
{
	for (; f.exp2 > exp2 && f.n <= max; f.exp2--)
		f.n *= 2;
	for (; f.exp5 > exp5 && f.n <= max; f.exp5--)
		if (__builtin_mul_overflow(f.n, 5, &f.n))
			return false;
	*ret_n = f.n;
	return f.n <= max;
}

int num_join_offset(const struct scale *scale, int64_t mantissa, int exp10, struct scale *ret_unit,
		    uint64_t *ret_factor, int64_t *ret_offset)
{
	struct factored s, o;
	struct scale unit = {.mantissa = 1};
	uint64_t factor, offset;
	int exp2, exp5;

	if (!mantissa) {
		*ret_unit = *scale;
		*ret_factor = 1;
		*ret_offset = 0;
		return 0;
	}
	s = factored_of(scale->mantissa, scale->exp10, scale->exp2);
	o = factored_of(mantissa < 0 ? -(uint64_t)mantissa : (uint64_t)mantissa, exp10, 0);
	exp2 = s.exp2 < o.exp2 ? s.exp2 : o.exp2;
	exp5 = s.exp5 < o.exp5 ? s.exp5 : o.exp5;
	unit.exp10 = exp5;
	unit.exp2 = exp2 - exp5;
	if (!factored_in(s, exp2, exp5, UINT32_MAX, &factor) ||
	    !factored_in(o, exp2, exp5, INT64_MAX, &offset) || !scale_fits(&unit))
		return -ERANGE;
	*ret_unit = unit;
	*ret_factor = factor;
	*ret_offset = mantissa < 0 ? -(int64_t)offset : (int64_t)offset;
	return 0;
}

/* All exact. */
static const double tens[] = {1e0,  1e1,  1e2,	1e3,  1e4,  1e5,  1e6,	1e7,
			      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
			      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

double num_scaled_double(int128 v, const struct scale *scale)
{
	char text[NUM_TEXT_MAX + 1];

	/* One operation on exact numbers rounds once; powers of two do not round here. */
	if (scale->mantissa == 1 && !scale->exp10)
		return ldexp((double)v, scale->exp2);
	if (scale->mantissa == 1 && scale->exp10 < 0 && scale->exp10 >= -22 && v >= -MAX_EXACT &&
	    v <= MAX_EXACT)
		return ldexp((double)v / tens[-scale->exp10], scale->exp2);
	text[num_write_scaled(text, v, scale)] = '\0';
	return strtod(text, NULL);
}

double num_scale_apply(const struct scale *scale, double v)
{
	int e = scale->exp10;

	if (e < -22 || e > 22)
		return v * num_scale_double(scale);
	if (scale->mantissa != 1)
		v *= (double)scale->mantissa;
	return ldexp(e < 0 ? v / tens[-e] : v * tens[e], scale->exp2);
}
