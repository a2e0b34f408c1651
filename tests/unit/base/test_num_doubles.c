// SPDX-License-Identifier: GPL-2.0-only
/* Doubles as text, and what becomes one. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "num_written.h"

static void test_num_doubles__table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(double_table); i++) {
		double v;

		memcpy(&v, &double_table[i].bits, sizeof(v));
		assert_text(WRITE(num_write_double, v), double_table[i].text);
	}
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Whatever the bits are, the text reads back as them (a zero as either zero). */
static void test_num_doubles__read_back(void **state)
{
	uint64_t random = 88172645463325252;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct written w;
		double v;

		next_random(&random);
		memcpy(&v, &random, sizeof(v));
		w = WRITE(num_write_double, v);
		if (!isnan(v) && strtod(w.text, NULL) != v)
			fail_msg("%s is not %a", w.text, v);
	}
}

static void test_num_doubles__canonical(void **state)
{
	static const struct {
		double v;
		const char *text;
	} cases[] = {
		{0, "0.0"},
		{-0.0, "0.0"},
		{1, "1.0"},
		{-1, "-1.0"},
		{10, "10.0"},
		{0.25, "0.25"},
		{-2.5, "-2.5"},
		{0.1, "0.1"},
		{0.0001, "0.0001"},
		{0.00012345, "0.00012345"},
		{1e-05, "1e-05"},
		{9.9999e-05, "9.9999e-05"},
		{0x1p-24, "5.960464477539063e-08"},
		{0x1p-30, "9.313225746154785e-10"},
		{1e-100, "1e-100"},
		{5e-324, "5e-324"},
		{99999, "99999.0"},
		{100000, "100000.0"},
		{123456.5, "123456.5"},
		{999999, "999999.0"},
		{999999.9, "999999.9"},
		{1e+06, "1e+06"},
		{-1e+06, "-1e+06"},
		{1048576, "1.048576e+06"},
		{2097152, "2.097152e+06"},
		{0x1p53, "9.007199254740992e+15"},
		{0x1p64, "1.8446744073709552e+19"},
		{1e+100, "1e+100"},
		{DBL_MAX, "1.7976931348623157e+308"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_text(WRITE(num_write_canonical, cases[i].v), cases[i].text);
}

/*
 * Whether some text of @n digits reads back as it: the nearest, or one beside
 * it, as around a power of two that one may be the nearest one that does.
 */
static bool has_text_of(double v, int n)
{
	char text[40];
	long long digits;
	int exponent;

	snprintf(text, sizeof(text), "%.*e", n - 1, v);
	exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10) - (n - 1);
	if (n > 1)
		memmove(text + 1, text + 2, (size_t)n - 1);
	text[n] = '\0';
	digits = strtoll(text, NULL, 10);
	for (int i = -1; i <= 1; i++) {
		snprintf(text, sizeof(text), "%llde%d", digits + i, exponent);
		if (strtod(text, NULL) == v)
			return true;
	}
	return false;
}

static int count_digits(const char *text)
{
	int n = 0, n_zeros = 0;

	for (; *text && *text != 'e'; text++) {
		if (*text < '0' || *text > '9')
			continue;
		n += n || *text != '0';
		n_zeros = *text == '0' ? n_zeros + 1 : 0;
	}
	return n > n_zeros ? n - n_zeros : n;
}

/* Native bounds are these. No text with a digit less is as good. */
static void test_num_doubles__powers_of_two(void **state)
{
	(void)state;
	for (int i = -1074; i <= 1023; i++) {
		double v = ldexp(1, i);
		struct written w = WRITE(num_write_canonical, v);
		int n = count_digits(w.text);

		if (strtod(w.text, NULL) != v || (n > 1 && has_text_of(v, n - 1)))
			fail_msg("2^%d is written %s", i, w.text);
	}
}

static void assert_scaled_double(int128 v, const struct scale *scale)
{
	struct written w = WRITE(num_write_scaled, v, scale);
	double is = num_scaled_double(v, scale), expected = strtod(w.text, NULL);

	if (is != expected)
		fail_msg("%s is nearest to %.17g, not %.17g", w.text, expected, is);
}

/* One that is halfway between two doubles, or next to it, is where a second rounding shows. */
static void test_num_doubles__scaled(void **state)
{
	static const uint64_t mantissas[] = {1, 1, 3, 25, 1024, UINT64_MAX};
	uint64_t random = 88172645463325252;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scaled_table); i++)
		assert_scaled_double(int128_of(scaled_table[i].high, scaled_table[i].low),
				     &scaled_table[i].scale);
	for (int i = 0; i < 100000; i++) {
		struct scale scale = {
			.mantissa = mantissas[next_random(&random) % ARRAY_SIZE(mantissas)],
			.exp10 = next_random(&random) % 2 ? (int)(next_random(&random) % 61) - 30
							  : 0,
			.exp2 = next_random(&random) % 2 ? (int)(next_random(&random) % 129) - 64
							 : 0};
		uint64_t high = next_random(&random), low = next_random(&random);
		int128 v = int128_of(high, low) >> next_random(&random) % 128;
		int128 half = ((int128)(1 + low % 1024) << 54) + (int128)(high % 3) - 1;

		assert_scaled_double(v, &scale);
		assert_scaled_double(v, &(struct scale){1, -(int)(high % 23), 0});
		assert_scaled_double(v >> 64, &(struct scale){1, -9, 0});
		assert_scaled_double(half + ((int128)1 << 53), &scale);
		assert_scaled_double(half, &(struct scale){1, -(int)(high % 23), 0});
	}
}

static void test_num_doubles__scale_apply(void **state)
{
	static const struct {
		struct scale scale;
		double v, expected;
	} cases[] = {
		{{1, 0, 0}, 1.5, 1.5},	 {{1, -9, 0}, 1.5, 1.5e-9}, {{1, -3, 0}, 2.5, 0.0025},
		{{1, 6, 0}, 0.1, 1e5},	 {{1, 0, -30}, 3, 0x3p-30}, {{25, -1, 0}, 0.5, 1.25},
		{{1, -25, 0}, 4, 4e-25}, {{1, 25, 0}, 4, 4e25},	    {{3, -1, 1}, 1, 0.6},
		{{1, -22, 0}, 7, 7e-22}, {{1, 22, 0}, -7, -7e22},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (num_scale_apply(&cases[i].scale, cases[i].v) != cases[i].expected)
			fail_msg("case %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_num_doubles__table),
		cmocka_unit_test(test_num_doubles__read_back),
		cmocka_unit_test(test_num_doubles__canonical),
		cmocka_unit_test(test_num_doubles__powers_of_two),
		cmocka_unit_test(test_num_doubles__scaled),
		cmocka_unit_test(test_num_doubles__scale_apply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
