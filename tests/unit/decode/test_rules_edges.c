// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounds of buckets are exact. A program is played that counts values around
 * every edge into slots, each scheme as the kernel's side does it; then for
 * every bound of the exposition the count must be that of the values which are
 * not above it, compared as whole numbers.
 */
#include "decoded.h"

enum scheme { EXP2_UPPER, EXP2_LOWER, LINEAR_UPPER, LINEAR_LOWER, EXPLICIT };

struct edges_case {
	const char *buckets; /* but for where the slots are */
	enum scheme scheme;
	uint32_t n_elems; /* of the array of slots */
	int64_t offset;	  /* slot 0 is this element */
	int64_t start, width;
	int64_t bounds[8]; /* explicit: what the slots stand for */
	bool has_zero;	   /* 0 is counted below slot 0 */
	bool clamps;	   /* the last element takes what is above it */
	uint64_t per_unit; /* values to the unit that is shown; 0: 1 */
};

#define MAX_VALUES 1024

struct values {
	int128 v[MAX_VALUES];
	size_t n;
};

static int64_t slot_of_exp2(int128 v, bool upper)
{
	int64_t i = 0;

	while (upper ? v > (int128)1 << i : v >= (int128)1 << (i + 1))
		i++;
	return i;
}

static int128 floor_div(int128 a, int128 b)
{
	return a / b - (a % b < 0);
}

static int64_t slot_of_bounds(const int64_t *bounds, int128 v)
{
	int64_t i = 0;

	while (bounds[i] && v > bounds[i])
		i++;
	return i;
}

/* Where the program counts a value. */
static int64_t slot_of(const struct edges_case *c, int128 v)
{
	if (c->has_zero && !v)
		return -1;
	switch (c->scheme) {
	case EXP2_UPPER:
	case EXP2_LOWER:
		return slot_of_exp2(v, c->scheme == EXP2_UPPER);
	case LINEAR_UPPER: /* start + (i - 1) * width < v <= start + i * width */
		return (int64_t)-floor_div(c->start - v, c->width);
	case LINEAR_LOWER:
		return (int64_t)floor_div(v - c->start, c->width);
	case EXPLICIT:
		break;
	}
	return slot_of_bounds(c->bounds, v);
}

static void add_around(struct values *all, int128 v)
{
	for (int d = -1; d <= 1; d++) {
		assert_true(all->n < MAX_VALUES);
		all->v[all->n++] = v + d;
	}
}

/* Those around every edge that there is. */
static void make_values(const struct edges_case *c, struct values *all)
{
	all->n = 0;
	if (c->width)
		for (int64_t i = -2; i < (int64_t)c->n_elems + 2; i++)
			add_around(all, c->start + (int128)i * c->width);
	for (int i = 0; !c->width && i <= 64; i++)
		add_around(all, (int128)1 << i);
	for (int i = 0; c->bounds[i]; i++)
		add_around(all, c->bounds[i]);
}

/* The program: what it could not count into the array is no value of it. */
static void count(const struct edges_case *c, struct values *all, uint32_t *counts)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		int64_t element = slot_of(c, all->v[i]) + c->offset;

		if (c->scheme < LINEAR_UPPER && (all->v[i] < 0 || all->v[i] >> 64))
			continue; /* u64 */
		if (element >= c->n_elems && c->clamps)
			element = c->n_elems - 1;
		if (element < 0 || element >= c->n_elems)
			continue;
		counts[element]++;
		all->v[n++] = all->v[i];
	}
	all->n = n;
}

/* How many values are not above mantissa / 10^n_decimals. */
static int128 count_up_to(const struct edges_case *c, const struct values *all, int128 mantissa,
			  int n_decimals)
{
	int128 n = 0, per_unit = c->per_unit ? c->per_unit : 1, factor = 1;

	while (n_decimals--)
		factor *= 10;
	for (size_t i = 0; i < all->n; i++)
		n += all->v[i] <= floor_div(mantissa * per_unit, factor);
	return n;
}

static int128 parse_decimal(const char *text, int *ret_n_decimals)
{
	bool negative = *text == '-', in_fraction = false;
	int128 mantissa = 0;

	*ret_n_decimals = 0;
	for (text += negative; *text != '"'; text++) {
		if (*text == '.') {
			in_fraction = true;
			continue;
		}
		assert_in_range(*text, '0', '9');
		mantissa = mantissa * 10 + (*text - '0');
		*ret_n_decimals += in_fraction;
	}
	return negative ? -mantissa : mantissa;
}

static void check_bounds(const struct edges_case *c, const struct values *all, const char *text)
{
	static const char lead[] = "x_bucket{le=\"";
	const char *line = text;
	size_t n_bounds = 0;

	for (; !strncmp(line, lead, strlen(lead)); line = strchr(line, '\n') + 1) {
		const char *le = line + strlen(lead);
		unsigned long long shown = strtoull(strchr(le, '}') + 1, NULL, 10);
		int128 expected = (int128)all->n, mantissa;
		int n_decimals;

		if (*le != '+') {
			mantissa = parse_decimal(le, &n_decimals);
			expected = count_up_to(c, all, mantissa, n_decimals);
			n_bounds++;
		}
		if (shown != (unsigned long long)expected)
			fail_msg("%s: %llu values are at most %.*s, not %llu\n%s", c->buckets,
				 (unsigned long long)expected, (int)(strchr(le, '}') - le), le,
				 shown, text);
	}
	assert_true(n_bounds > 1);
	assert_memory_equal(line, "x_count ", 8);
	assert_int_equal(strtoull(line + 8, NULL, 10), all->n);
}

static void run(const struct edges_case *c, const struct values *all, const char *yaml,
		const char *keys, const char *values)
{
	const struct decoded_case decoded = {.yaml = yaml};
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(freep) char *text = NULL;
	struct builder_result result;

	decoded_compile(&d, &decoded);
	result = decoded_pass(&d, NULL, 0, keys, values);
	text = decoded_text(result.snapshot);
	snapshot_unref(result.snapshot);
	check_bounds(c, all, text);
}

static void append_number(struct buf *hex, uint32_t n)
{
	assert_int_equal(buf_printf(hex, "%08x", __builtin_bswap32(n)), 0);
}

/* Once with the slots in an array, once with each of them a key. */
static void run_both(const struct edges_case *c)
{
	_cleanup_buf_ struct buf keys = BUF_INIT, values = BUF_INIT;
	uint32_t counts[128] = {0};
	struct values all;
	char yaml[512];

	make_values(c, &all);
	count(c, &all, counts);
	assert_true(all.n > 10);
	for (uint32_t i = 0; i < c->n_elems; i++) {
		append_number(&keys, i);
		append_number(&values, counts[i]);
	}
	snprintf(
		yaml, sizeof(yaml),
		"key: u8, value: [{name: s, type: u32, count: %u}], metrics: [{name: x, type: histogram, "
		"buckets: {field: s, %s}}]",
		c->n_elems, c->buckets);
	run(c, &all, yaml, "00", buf_string(&values));
	snprintf(
		yaml, sizeof(yaml),
		"key: u32, value: u32, metrics: [{name: x, type: histogram, buckets: {slot: key, %s}}]",
		c->buckets);
	run(c, &all, yaml, buf_string(&keys), buf_string(&values));
}

#define E30 (UINT64_C(1) << 30)

static void test_rules_edges__exp2(void **state)
{
#define EXP2(edges, slots, more) "scheme: exp2, edges: " edges ", slots: " slots more
	static const struct edges_case cases[] = {
		{EXP2("upper", "65", ""), .scheme = EXP2_UPPER, .n_elems = 65},
		{EXP2("upper", "27", ""), .scheme = EXP2_UPPER, .n_elems = 27},
		/* the array goes on */
		{EXP2("upper", "27", ""), .scheme = EXP2_UPPER, .n_elems = 65},
		{EXP2("upper", "27", ", overflow: true"), .scheme = EXP2_UPPER, .n_elems = 27,
		 .clamps = true},
		{EXP2("upper", "27", ", slot_offset: 1"), .scheme = EXP2_UPPER, .n_elems = 28,
		 .offset = 1},
		{EXP2("upper", "64", ", slot_offset: 1, zero: true"), .scheme = EXP2_UPPER,
		 .n_elems = 65, .offset = 1, .has_zero = true},
		{EXP2("upper", "20", ", slot_offset: 2, zero: true, overflow: true"),
		 .scheme = EXP2_UPPER, .n_elems = 22, .offset = 2, .has_zero = true,
		 .clamps = true},
		{EXP2("upper", "27", ", scale: 2^-30"), .scheme = EXP2_UPPER, .n_elems = 27,
		 .per_unit = E30},
		{EXP2("upper", "26", ", slot_offset: 1, zero: true, scale: 2^-30"),
		 .scheme = EXP2_UPPER, .n_elems = 27, .offset = 1, .has_zero = true,
		 .per_unit = E30},
		{EXP2("upper", "65", ", scale: 1e-9"), .scheme = EXP2_UPPER, .n_elems = 65,
		 .per_unit = 1000000000},
		{EXP2("upper", "40", ", scale: us, overflow: true"), .scheme = EXP2_UPPER,
		 .n_elems = 40, .clamps = true, .per_unit = 1000000},
		{EXP2("lower", "64", ""), .scheme = EXP2_LOWER, .n_elems = 64},
		{EXP2("lower", "27", ""), .scheme = EXP2_LOWER, .n_elems = 27},
		{EXP2("lower", "27", ""), .scheme = EXP2_LOWER, .n_elems = 64},
		{EXP2("lower", "27", ", overflow: true"), .scheme = EXP2_LOWER, .n_elems = 27,
		 .clamps = true},
		/* the slots of bpftrace's hist(), and of bcc's Python tools */
		{EXP2("lower", "64", ", slot_offset: 2, zero: true"), .scheme = EXP2_LOWER,
		 .n_elems = 66, .offset = 2, .has_zero = true},
		{EXP2("lower", "64", ", slot_offset: 1"), .scheme = EXP2_LOWER, .n_elems = 65,
		 .offset = 1},
		{EXP2("lower", "64", ", slot_offset: 1, zero: true"), .scheme = EXP2_LOWER,
		 .n_elems = 65, .offset = 1, .has_zero = true},
		{EXP2("lower", "26", ", scale: 2^-30"), .scheme = EXP2_LOWER, .n_elems = 26,
		 .per_unit = E30},
		{EXP2("lower", "26", ", scale: 2^-30, overflow: true"), .scheme = EXP2_LOWER,
		 .n_elems = 26, .clamps = true, .per_unit = E30},
		{EXP2("lower", "64", ", scale: 1e-9"), .scheme = EXP2_LOWER, .n_elems = 64,
		 .per_unit = 1000000000},
		{EXP2("lower", "30", ", scale: ns, slot_offset: 1, zero: true, overflow: true"),
		 .scheme = EXP2_LOWER, .n_elems = 31, .offset = 1, .has_zero = true, .clamps = true,
		 .per_unit = 1000000000},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		run_both(&cases[i]);
}

static void test_rules_edges__linear(void **state)
{
#define LINEAR(start, width, edges, slots, more)                                  \
	"scheme: {linear: {start: " #start ", width: " #width "}}, edges: " edges \
	", slots: " slots more
#define AT(first, each) .start = (first), .width = (each)
	static const struct edges_case cases[] = {
		{LINEAR(0, 50, "upper", "20", ""), .scheme = LINEAR_UPPER, .n_elems = 20,
		 AT(0, 50)},
		{LINEAR(0, 50, "lower", "20", ""), .scheme = LINEAR_LOWER, .n_elems = 20,
		 AT(0, 50)},
		{LINEAR(7, 3, "upper", "20", ", overflow: true"), .scheme = LINEAR_UPPER,
		 .n_elems = 20, AT(7, 3), .clamps = true},
		{LINEAR(7, 3, "lower", "20", ", overflow: true"), .scheme = LINEAR_LOWER,
		 .n_elems = 20, AT(7, 3), .clamps = true},
		{LINEAR(0, 1, "lower", "10", ""), .scheme = LINEAR_LOWER, .n_elems = 10, AT(0, 1)},
		{LINEAR(1, 1, "upper", "10", ", slot_offset: 1, zero: true"),
		 .scheme = LINEAR_UPPER, .n_elems = 11, AT(1, 1), .offset = 1, .has_zero = true},
		{LINEAR(-100, 10, "upper", "20", ""), .scheme = LINEAR_UPPER, .n_elems = 20,
		 AT(-100, 10)},
		{LINEAR(-100, 10, "lower", "20", ""), .scheme = LINEAR_LOWER, .n_elems = 20,
		 AT(-100, 10)},
		{LINEAR(-100, 10, "lower", "20", ", slot_offset: 1"), .scheme = LINEAR_LOWER,
		 .n_elems = 21, AT(-100, 10), .offset = 1},
		{LINEAR(0, 50, "upper", "20", ", scale: 1e-9"), .scheme = LINEAR_UPPER,
		 .n_elems = 20, AT(0, 50), .per_unit = 1000000000},
		{LINEAR(0, 50, "lower", "20", ", scale: 1e-9"), .scheme = LINEAR_LOWER,
		 .n_elems = 20, AT(0, 50), .per_unit = 1000000000},
		{LINEAR(3, 1000, "upper", "20", ", scale: 2^-30"), .scheme = LINEAR_UPPER,
		 .n_elems = 20, AT(3, 1000), .per_unit = E30},
		{LINEAR(3, 1000, "lower", "20", ", scale: 2^-30"), .scheme = LINEAR_LOWER,
		 .n_elems = 20, AT(3, 1000), .per_unit = E30},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		run_both(&cases[i]);
}

static void test_rules_edges__explicit(void **state)
{
#define EXPLICITLY(more) "scheme: {explicit: {bounds: [1, 10, 25, 1000, 1000000]}}" more
#define BOUNDS		 .bounds = { 1, 10, 25, 1000, 1000000 }
	static const struct edges_case cases[] = {
		{EXPLICITLY(""), .scheme = EXPLICIT, .n_elems = 6, BOUNDS},
		{EXPLICITLY(""), .scheme = EXPLICIT, .n_elems = 5, BOUNDS},
		{EXPLICITLY(", slot_offset: 3"), .scheme = EXPLICIT, .n_elems = 9, BOUNDS,
		 .offset = 3},
		{EXPLICITLY(", scale: 1e-9"), .scheme = EXPLICIT, .n_elems = 6, BOUNDS,
		 .per_unit = 1000000000},
		{EXPLICITLY(", scale: 2^-30"), .scheme = EXPLICIT, .n_elems = 6, BOUNDS,
		 .per_unit = E30},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		run_both(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_edges__exp2),
		cmocka_unit_test(test_rules_edges__linear),
		cmocka_unit_test(test_rules_edges__explicit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
