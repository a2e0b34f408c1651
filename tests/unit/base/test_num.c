// SPDX-License-Identifier: GPL-2.0-only
/* Every number comes out exactly, and nothing is written past its end. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "num_written.h"

static void test_num__u64(void **state)
{
	uint64_t power = 1;

	(void)state;
	assert_text(WRITE(num_write_u64, 0), "0");
	assert_text(WRITE(num_write_u64, UINT64_MAX), "18446744073709551615");
	for (int i = 0; i < 20; i++, power *= 10) {
		const uint64_t around[] = {power - 1, power, power + 1, power * 9};
		char expected[32];

		for (size_t k = 0; k < ARRAY_SIZE(around); k++) {
			snprintf(expected, sizeof(expected), "%llu", (unsigned long long)around[k]);
			assert_text(WRITE(num_write_u64, around[k]), expected);
		}
	}
}

static void test_num__s64(void **state)
{
	(void)state;
	assert_text(WRITE(num_write_s64, 0), "0");
	assert_text(WRITE(num_write_s64, -1), "-1");
	assert_text(WRITE(num_write_s64, 100), "100");
	assert_text(WRITE(num_write_s64, INT64_MAX), "9223372036854775807");
	assert_text(WRITE(num_write_s64, INT64_MIN), "-9223372036854775808");
}

static void test_num__int128(void **state)
{
	static const struct {
		uint64_t high, low;
		const char *text;
	} cases[] = {
		{0, 0, "0"},
		{0, UINT64_MAX, "18446744073709551615"},
		{1, 0, "18446744073709551616"},
		{1, UINT64_MAX - 1, "36893488147419103230"}, /* two CPUs of 2^64-1 */
		{UINT64_MAX, UINT64_MAX, "-1"},
		{UINT64_MAX, 0, "-18446744073709551616"},
		{0, UINT64_C(10000000000000000000), "10000000000000000000"},
		{UINT64_C(0x4b3b4ca85a86c47a), UINT64_C(0x098a224000000000),
		 "100000000000000000000000000000000000000"},
		{INT64_MAX, UINT64_MAX, "170141183460469231731687303715884105727"},
		{UINT64_C(1) << 63, 0, "-170141183460469231731687303715884105728"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_text(WRITE(num_write_int128, int128_of(cases[i].high, cases[i].low)),
			    cases[i].text);
}

static void test_num__scaled_is_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scaled_table); i++)
		assert_text(WRITE(num_write_scaled,
				  int128_of(scaled_table[i].high, scaled_table[i].low),
				  &scaled_table[i].scale),
			    scaled_table[i].text);
}

static void test_num__scale_one_changes_nothing(void **state)
{
	static const int64_t values[] = {0, 1, -1, 10, 1000000, INT64_MAX, INT64_MIN};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		assert_text(WRITE(num_write_scaled, values[i], &SCALE_ONE),
			    WRITE(num_write_s64, values[i]).text);
}

static void test_num__parse_scale(void **state)
{
	static const struct {
		const char *text;
		struct scale scale;
	} cases[] = {
		{"1", {1, 0, 0}},	   {"1.0", {1, 0, 0}},
		{"01", {1, 0, 0}},	   {"0.5", {5, -1, 0}},
		{".5", {5, -1, 0}},	   {"5.", {5, 0, 0}},
		{"100", {1, 2, 0}},	   {"0.0010", {1, -3, 0}},
		{"1e-9", {1, -9, 0}},	   {"1E-9", {1, -9, 0}},
		{"1e-09", {1, -9, 0}},	   {"1e+3", {1, 3, 0}},
		{"2.5e3", {25, 2, 0}},	   {"1e30", {1, 30, 0}},
		{"1e-30", {1, -30, 0}},	   {"10e29", {1, 30, 0}},
		{"1000e-33", {1, -30, 0}}, {"18446744073709551615", {UINT64_MAX, 0, 0}},
		{"2^0", {1, 0, 0}},	   {"2^10", {1, 0, 10}},
		{"2^-30", {1, 0, -30}},	   {"2^64", {1, 0, 64}},
		{"2^-64", {1, 0, -64}},	   {"ns", {1, -9, 0}},
		{"us", {1, -6, 0}},	   {"ms", {1, -3, 0}},
		{"KiB", {1, 0, 10}},	   {"MiB", {1, 0, 20}},
		{"bits", {1, 0, -3}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct scale s = {0};

		if (num_parse_scale(str_of(cases[i].text), &s) != 0)
			fail_msg("'%s' is a scale", cases[i].text);
		assert_int_equal(s.mantissa, cases[i].scale.mantissa);
		assert_int_equal(s.exp10, cases[i].scale.exp10);
		assert_int_equal(s.exp2, cases[i].scale.exp2);
	}
}

static void test_num__parse_scale_pages(void **state)
{
	struct scale s = {0};
	char expected[32];

	(void)state;
	snprintf(expected, sizeof(expected), "%ld", 3 * sysconf(_SC_PAGESIZE));
	assert_int_equal(num_parse_scale(STR("pages"), &s), 0);
	assert_text(WRITE(num_write_scaled, 3, &s), expected);
}

static void test_num__parse_scale_bad(void **state)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{"", -EINVAL},
		{".", -EINVAL},
		{"e5", -EINVAL},
		{"-1", -EINVAL},
		{"+1", -EINVAL},
		{" 1", -EINVAL},
		{"1 ", -EINVAL},
		{"1e", -EINVAL},
		{"1e-", -EINVAL},
		{"1e+-5", -EINVAL},
		{"1e0x5", -EINVAL},
		{"1.2.3", -EINVAL},
		{"0x10", -EINVAL},
		{"2^", -EINVAL},
		{"2^x", -EINVAL},
		{"3^2", -EINVAL},
		{"2^1.5", -EINVAL},
		{"nan", -EINVAL},
		{"inf", -EINVAL},
		{"NS", -EINVAL},
		{"kib", -EINVAL},
		{"s", -EINVAL},
		{"0", -ERANGE},
		{"0.000", -ERANGE},
		{"0e5", -ERANGE},
		{"1e31", -ERANGE},
		{"1e-31", -ERANGE},
		{"1e100", -ERANGE},
		{"1e99999999999999999999", -ERANGE},
		{"10e30", -ERANGE},
		{"0.01e-29", -ERANGE},
		{"18446744073709551616", -ERANGE},
		{"2^65", -ERANGE},
		{"2^-65", -ERANGE},
		{"2^100", -ERANGE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct scale s = {.mantissa = 77, .exp10 = 1, .exp2 = 2};

		if (num_parse_scale(str_of(cases[i].text), &s) != cases[i].code)
			fail_msg("'%s' must give %d", cases[i].text, cases[i].code);
		assert_int_equal(s.mantissa, 77);
		assert_int_equal(s.exp10, 1);
		assert_int_equal(s.exp2, 2);
	}
}

static void test_num__scale_double(void **state)
{
	static const struct {
		struct scale scale;
		double factor;
	} cases[] = {
		{{1, 0, 0}, 1},		{{1, -9, 0}, 1e-9},
		{{1, 0, -30}, 0x1p-30}, {{1, 0, 64}, 0x1p64},
		{{25, -1, 0}, 2.5},	{{1, 30, 0}, 1e30},
		{{1, -30, 0}, 1e-30},	{{1, 0, -64}, 0x1p-64},
		{{3, -1, 0}, 0.3},	{{UINT64_MAX, 0, 0}, 0x1p64},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_true(num_scale_double(&cases[i].scale) == cases[i].factor);
}

static void test_num__parse_decimal(void **state)
{
	static const struct {
		const char *text;
		int64_t mantissa;
		int exp10, code;
	} cases[] = {
		{"0", 0, 0, 0},
		{"-0.000", 0, 0, 0},
		{"0e30", 0, 0, 0},
		{"1", 1, 0, 0},
		{"-1", -1, 0, 0},
		{"-273.15", -27315, -2, 0},
		{"2.50e3", 25, 2, 0},
		{"-1e30", -1, 30, 0},
		{"1e-30", 1, -30, 0},
		{"9223372036854775807", INT64_MAX, 0, 0},
		{"-9223372036854775807", -INT64_MAX, 0, 0},
		{"9223372036854775808", 0, 0, -ERANGE},
		{"-9223372036854775808", 0, 0, -ERANGE},
		{"18446744073709551616", 0, 0, -ERANGE},
		{"1e31", 0, 0, -ERANGE},
		{"-1e-31", 0, 0, -ERANGE},
		{"", 0, 0, -EINVAL},
		{"-", 0, 0, -EINVAL},
		{"--1", 0, 0, -EINVAL},
		{"+1", 0, 0, -EINVAL},
		{"1.2.3", 0, 0, -EINVAL},
		{"0x10", 0, 0, -EINVAL},
		{"ns", 0, 0, -EINVAL},
		{"inf", 0, 0, -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t mantissa = 77;
		int exp10 = 78;
		int r = num_parse_decimal(str_of(cases[i].text), &mantissa, &exp10);

		if (r != cases[i].code)
			fail_msg("'%s' must give %d, gave %d", cases[i].text, cases[i].code, r);
		assert_int_equal(mantissa, r ? 77 : cases[i].mantissa);
		assert_int_equal(exp10, r ? 78 : cases[i].exp10);
	}
}

static void test_num__join_offset(void **state)
{
	static const struct {
		struct scale scale;
		int64_t mantissa;
		int exp10;
		struct scale unit;
		uint64_t factor;
		int64_t offset;
	} cases[] = {
		{{1, 0, 0}, 0, 0, {1, 0, 0}, 1, 0},
		{{UINT64_MAX, -30, 64}, 0, 0, {UINT64_MAX, -30, 64}, 1, 0},
		{{1, 0, 0}, 5, 0, {1, 0, 0}, 1, 5},
		{{1, 0, 0}, -5, 3, {1, 0, 0}, 1, -5000},
		{{1, 0, 0}, INT64_MIN + 1, 0, {1, 0, 0}, 1, INT64_MIN + 1},
		{{1, -9, 0}, -16, 8, {1, -9, 0}, 1, -1600000000000000000},
		{{1, -9, 0}, 1, -12, {1, -12, 0}, 1000, 1},
		{{1, 0, 10}, 1, 0, {1, 0, 0}, 1024, 1},
		{{1, 0, -30}, 5, -1, {1, 0, -30}, 1, 1 << 29},
		{{1, 0, -2}, 1, -1, {1, -1, -1}, 5, 2},
		{{1, -1, 0}, -27315, -2, {1, -1, -1}, 2, -5463},
		{{3, 0, 0}, 7, 0, {1, 0, 0}, 3, 7},
		{{UINT32_MAX, 0, 0}, 1, 0, {1, 0, 0}, UINT32_MAX, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct scale unit = {0};
		uint64_t factor = 0;
		int64_t offset = 0;

		assert_int_equal(num_join_offset(&cases[i].scale, cases[i].mantissa, cases[i].exp10,
						 &unit, &factor, &offset),
				 0);
		assert_int_equal(unit.mantissa, cases[i].unit.mantissa);
		assert_int_equal(unit.exp10, cases[i].unit.exp10);
		assert_int_equal(unit.exp2, cases[i].unit.exp2);
		assert_int_equal(factor, cases[i].factor);
		assert_int_equal(offset, cases[i].offset);
	}
}

static void test_num__join_offset_too_far(void **state)
{
	static const struct {
		struct scale scale;
		int64_t mantissa;
		int exp10;
	} cases[] = {
		{{1, -20, 0}, 1, 0},			  /* the offset passes 63 bits, … */
		{{1, -9, 0}, 16, 18},			  /* … though it has few digits */
		{{1, 0, 0}, 1, -10},			  /* the factor passes 32 bits */
		{{(uint64_t)UINT32_MAX + 2, 0, 0}, 1, 0}, /* by itself */
		{{1, 30, 64}, 1, -30},
		{{1, 0, -64}, 1, -30},
		{{1, 30, 0}, 1, 30 - 14},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct scale unit = {.mantissa = 77};
		uint64_t factor = 78;
		int64_t offset = 79;

		assert_int_equal(num_join_offset(&cases[i].scale, cases[i].mantissa, cases[i].exp10,
						 &unit, &factor, &offset),
				 -ERANGE);
		assert_int_equal(unit.mantissa, 77);
		assert_int_equal(factor, 78);
		assert_int_equal(offset, 79);
	}
}

/* Whatever is joined says the same as the two it came from. */
static void test_num__join_offset_is_exact(void **state)
{
	static const struct scale scales[] = {{1, 0, 0},   {1, -9, 0},	 {25, -1, 0}, {1, 0, 20},
					      {1, 0, -10}, {4096, 0, 0}, {7, 2, -3}};
	static const struct {
		int64_t mantissa;
		int exp10;
	} offsets[] = {{1, 0}, {-27315, -2}, {1, 6}, {99, -3}, {-125, -3}, {3, 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scales); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(offsets); k++) {
			const struct scale ten = {.mantissa = 1, .exp10 = offsets[k].exp10};
			struct scale unit;
			uint64_t factor;
			int64_t offset;

			assert_int_equal(num_join_offset(&scales[i], offsets[k].mantissa,
							 offsets[k].exp10, &unit, &factor, &offset),
					 0);
			/* The parts; what is linear follows from them. */
			assert_text(WRITE(num_write_scaled, (int128)factor, &unit),
				    WRITE(num_write_scaled, 1, &scales[i]).text);
			assert_text(WRITE(num_write_scaled, offset, &unit),
				    WRITE(num_write_scaled, offsets[k].mantissa, &ten).text);
		}
	}
}

static void test_num__scale_is_power_of_two(void **state)
{
	static const char *const good[] = {"1",
					   "1.0",
					   "1e0",
					   "2",
					   "1024",
					   "0.5",
					   "0.25",
					   "KiB",
					   "MiB",
					   "bits",
					   "pages",
					   "2^-64",
					   "2^64",
					   "2^0",
					   "5e-1",
					   "1.6e1",
					   "125e-3",
					   "9.765625e-4",
					   "9223372036854775808"};
	static const char *const bad[] = {"ns",	   "us",   "ms",   "1e-9", "3",
					  "10",	   "0.1",  "5",	   "0.2",  "1e30",
					  "1e-30", "1025", "0.75", "6",	   "9223372036854775809"};
	struct scale scale;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(num_parse_scale(str_of(good[i]), &scale), 0);
		if (!num_scale_is_power_of_two(&scale))
			fail_msg("%s", good[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(num_parse_scale(str_of(bad[i]), &scale), 0);
		if (num_scale_is_power_of_two(&scale))
			fail_msg("%s", bad[i]);
	}
	/* as no text can say */
	assert_true(num_scale_is_power_of_two(&(struct scale){5, -1, 3}));
	assert_false(num_scale_is_power_of_two(&(struct scale){5, 0, 3}));
}

static void test_num__scale_equal(void **state)
{
	static const char *const groups[][3] = {
		{"1024", "KiB", "2^10"}, {"0.5", "2^-1", "5e-1"}, {"1", "2^0", "1.0"},
		{"ns", "1e-9", "1e-9"},	 {"10", "1e1", "10.0"},	  {"2", "2^1", "20e-1"},
		{"3", "3.0", "30e-1"},	 {"5", "5e0", "0.5e1"},
	};

	(void)state;
	for (size_t i = 0; i < 3 * ARRAY_SIZE(groups); i++) {
		for (size_t k = 0; k < 3 * ARRAY_SIZE(groups); k++) {
			const char *a = groups[i / 3][i % 3], *b = groups[k / 3][k % 3];
			struct scale x, y;

			assert_int_equal(num_parse_scale(str_of(a), &x), 0);
			assert_int_equal(num_parse_scale(str_of(b), &y), 0);
			if (num_scale_equal(&x, &y) != (i / 3 == k / 3))
				fail_msg("%s and %s", a, b);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_num__u64),
		cmocka_unit_test(test_num__s64),
		cmocka_unit_test(test_num__int128),
		cmocka_unit_test(test_num__scaled_is_exact),
		cmocka_unit_test(test_num__scale_one_changes_nothing),
		cmocka_unit_test(test_num__parse_scale),
		cmocka_unit_test(test_num__parse_scale_pages),
		cmocka_unit_test(test_num__parse_scale_bad),
		cmocka_unit_test(test_num__scale_double),
		cmocka_unit_test(test_num__scale_is_power_of_two),
		cmocka_unit_test(test_num__scale_equal),
		cmocka_unit_test(test_num__parse_decimal),
		cmocka_unit_test(test_num__join_offset),
		cmocka_unit_test(test_num__join_offset_too_far),
		cmocka_unit_test(test_num__join_offset_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
