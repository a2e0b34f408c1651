// SPDX-License-Identifier: GPL-2.0-only
/* Native histograms: what they are exact for, and what is said of the rest. */
#include "bad_config.h"

#define METRICS	     MAP "  metrics:\n" /* the first is in line 5 */
#define NATIVE(more) "  - {name: x, type: histogram, native: true, buckets: {field: s, " more "}}\n"
#define UPPER(scale) "scheme: exp2, edges: upper, scale: " scale

#define REMOVE(what)                                                               \
	"a native histogram has only powers of two as bounds, none that are " what \
	": remove 'native', the classic buckets stay"
#define EDGES                                                                                     \
	"a native histogram has the bounds 2^i, lower edges end with 2^(i+1)-1: let the program " \
	"count v in slot i where 2^(i-1) < v <= 2^i, and write 'edges: upper'"
#define SCALE(scale, exp2, product)                                                      \
	"the scale of a native histogram is a power of two, " scale " is none: let the " \
	"program count in units of 2^" exp2 " (" product                                 \
	", rounded up; mind the overflow), and write 'scale: 2^" exp2 "'"
#define BAD_SCALE(name, scale, exp2, product) \
	BAD(name, METRICS NATIVE(UPPER(scale)), "5:101: " SCALE(scale, exp2, product))

/* clang-format off */
static const struct bad_config cases[] = {
	BAD(native_linear,
	    METRICS NATIVE("scheme: {linear: {width: 8}}, edges: upper"),
	    "5:40: " REMOVE("linear")),
	BAD(native_explicit,
	    METRICS NATIVE("scheme: {explicit: {bounds: [1, 2, 4]}}"),
	    "5:40: " REMOVE("explicit")),
	BAD(native_lower,
	    METRICS NATIVE("scheme: exp2, edges: lower"),
	    "5:87: " EDGES),
	BAD(native_lower_and_scaled,
	    METRICS NATIVE("scheme: exp2, edges: lower, scale: us"),
	    "5:87: " EDGES "\n5:101: " SCALE("us", "-20", "v * 2^20 / 10^6")),
	BAD_SCALE(native_1e_9, "1e-9", "-30", "v * 2^30 / 10^9"),
	BAD_SCALE(native_ns, "ns", "-30", "v * 2^30 / 10^9"),
	BAD_SCALE(native_ms, "0.001", "-10", "v * 2^10 / 10^3"),
	BAD_SCALE(native_tenth, "0.3", "-2", "v * 3 * 2^2 / 10^1"),
	BAD_SCALE(native_thousands, "1000", "9", "v * 10^3 / 2^9"),
	BAD_SCALE(native_three, "3", "1", "v * 3 / 2^1"),
	BAD_SCALE(native_finest, "1e-30", "-64", "v * 2^64 / 10^30"),
	BAD_SCALE(native_largest, "1e30", "64", "v * 10^30 / 2^64"),
	BAD(native_of_other_types,
	    METRICS "  - {name: x_total, type: counter, native: true}\n"
	    "  - {name: x, type: gauge, native: false}\n",
	    "5:44: a counter takes no 'native'\n"
	    "6:36: a gauge takes no 'native'"),
	BAD(native_no_truth,
	    METRICS "  - {name: x, type: histogram, native: yes, buckets: {field: s, scheme: exp2, edges: lower}}\n",
	    "5:40: 'yes' is not a truth value: write true or false"),
	BAD(native_in_buckets,
	    METRICS "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper, native: true}}\n",
	    "5:80: unknown key 'native' in 'buckets'; known: field, slot, scheme, edges, slot_offset, slots, zero, overflow, scale"),
	BAD(native_and_other_mistakes_are_told_once,
	    METRICS NATIVE("edges: lower")
	    "  - {name: y, type: histogram, native: true}\n"
	    "  - {name: z, type: histogram, native: true, buckets: 1}\n"
	    "  - {name: u, type: histogram, native: true, buckets: {field: s, scheme: exp2}}\n"
	    "  - {name: v, type: histogram, native: true, buckets: {field: s, scheme: exp2, edges: upper, scale: fast}}\n",
	    "5:55: 'buckets' needs the key 'scheme'\n"
	    "6:5: a histogram needs the key 'buckets'\n"
	    "7:55: 'buckets' must be a mapping, found text\n"
	    "8:55: buckets need the key 'edges': upper (a slot ends with its bound) or lower\n"
	    "9:101: 'fast' is not a scale: write a number (1e-9), a power of two (2^-30), or a unit "
	    "(ns us ms KiB MiB pages bits)"),
	BAD(native_in_one_of_a_family,
	    METRICS NATIVE("scheme: exp2, edges: upper")
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper}}\n",
	    "6:5: the metric 'x' is native in line 5, but not here"),
	BAD(native_in_the_other_of_a_family,
	    METRICS "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper, scale: KiB}}\n"
	    "  - {name: x, type: histogram, native: true, buckets: {field: s, scheme: exp2, edges: upper, scale: 1024}}\n",
	    "6:5: the metric 'x' is not native in line 5, but here"),
};
/* clang-format on */

static void test_config__native_allowed(void **state)
{
	static const char *const scales[] = {
		"2^-30", "2^-64", "2^64", "1",	   "1.0",  "1e0",   "0.5",    "0.25",	    "1024",
		"KiB",	 "MiB",	  "bits", "pages", "5e-1", "1.6e1", "125e-3", "9.765625e-4"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scales); i++) {
		_cleanup_problems_ struct problems p = PROBLEMS_INIT;
		_cleanup_(config_freep) struct config *c = NULL;
		_cleanup_buf_ struct buf yaml = BUF_INIT;

		assert_int_equal(buf_printf(&yaml, METRICS NATIVE(UPPER("%s")), scales[i]), 0);
		if (config_parse("f", (struct str){yaml.data, yaml.len}, &c, &p) < 0)
			fail_msg("%s: %s", scales[i], p.items[0]);
		assert_true(c->maps[0].metrics[0].buckets.is_native);
	}
}

/* With everything that is about slots and not about bounds, and as the default. */
static void test_config__native_with_the_rest(void **state)
{
	static const char yaml[] = METRICS
		"  - {name: a, type: histogram, native: true, sum: {slot: 9, scale: ns}, skip_zero: true,\n"
		"     buckets: {field: s, scheme: exp2, edges: upper, zero: true, overflow: true, slots: 8,\n"
		"     slot_offset: 1}}\n"
		"  - {name: b, type: histogram, native: true, value: v, sum: t,\n"
		"     buckets: {slot: key, scheme: exp2, edges: upper, slots: 65}}\n"
		"  - {name: c, type: histogram, native: false,\n"
		"     buckets: {field: s, scheme: exp2, edges: lower, scale: ns}}\n"
		"  - {name: d, type: histogram, native: false,\n"
		"     buckets: {field: s, scheme: {linear: {width: 1}}, edges: upper}}\n"
		"  - {name: e, type: histogram, buckets: {field: s, scheme: exp2, edges: upper}}\n"
		"  - {name: e, type: histogram, native: false,\n"
		"     buckets: {field: s, scheme: exp2, edges: upper}}\n";
	static const bool expected[] = {true, true, false, false, false, false};
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	_cleanup_(config_freep) struct config *c = NULL;

	(void)state;
	assert_int_equal(config_parse("f", STR(yaml), &c, &p), 0);
	assert_int_equal(c->maps[0].n_metrics, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_int_equal(c->maps[0].metrics[i].buckets.is_native, expected[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config__native_allowed),
		cmocka_unit_test(test_config__native_with_the_rest),
	};

	return bad_config_run(cases, ARRAY_SIZE(cases)) + cmocka_run_group_tests(tests, NULL, NULL);
}
