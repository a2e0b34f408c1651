// SPDX-License-Identifier: GPL-2.0-only
/* What is computed of a field, and how a value becomes the number that is shown. */
#include "decoded.h"

#include <math.h>
#include <unistd.h>

#include "base/clock.h"

#define PERCPU .type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 2
#define MOST   "ffffffffffffffff"
#define VALUE(type, what)                                                                        \
	"key: u8, value: " type ", metrics: [{name: x, type: gauge, value: {field: value, " what \
	"}}]"
#define LABEL(type, what) \
	"key: " type      \
	", value: u8, metrics: [{name: x, type: gauge, labels: {l: {field: key, " what "}}}]"
#define IS(type, what, bytes, text)                                                          \
	{                                                                                    \
		VALUE(type, what), .keys = "00", .values = bytes, .expected = "x " text "\n" \
	}
#define LABEL_IS(type, what, bytes, text)                              \
	{                                                              \
		LABEL(type, what), .keys = bytes, .values = "01",      \
				   .expected = "x{l=\"" text "\"} 1\n" \
	}

static void test_rules_values__computed(void **state)
{
	static const struct decoded_case cases[] = {
		IS("u8", "shift: 4", "f1", "15"),
		IS("u64", "shift: 63", MOST, "1"),
		IS("u16", "mask: 0xff0", "3412", "560"),
		IS("u8", "div: 7", "32", "7"),
		IS("u8", "mod: 7", "32", "1"),
		IS("u64", "div: 0xffffffffffffffff", MOST, "1"),
		IS("u64", "mod: 0xffffffffffffffff", MOST, "0"),
		/* in this order, whatever the order in the file: 0xabcd >> 4 & 0xff = 0xbc, / 10 =
		   18, % 4 = 2 */
		IS("u16", "mod: 4, div: 10, mask: 0xff, shift: 4", "cdab", "2"),
		IS("u16", "shift: 4, mask: 0xff, div: 10, mod: 4, scale: 0.5", "cdab", "1"),
		IS("u16", "shift: 4, mask: 0xff, div: 10, mod: 4, scale: 0.5, offset: 3", "cdab",
		   "4"),
		/* with a sign: shifts keep it, division goes towards zero */
		IS("s8", "shift: 1", "fe", "-1"),
		IS("s8", "shift: 7", "80", "-1"),
		IS("s8", "mask: 0xff", "ff", "255"),
		IS("s16", "div: 10", "f1ff", "-1"),
		IS("s16", "mod: 10", "f1ff", "-5"),
		IS("s64", "div: 0x8000000000000000", "0000000000000080", "0"),
		IS("s64", "mod: 0x8000000000000000", "0000000000000080", "-9223372036854775808"),
		IS("s32", "shift: 8, mask: 0xffff, div: 2", "00feffff", "32767"),
		IS("be32", "shift: 16", "0a000001", "2560"),
		IS("bool", "div: 2", "01", "0"),
		LABEL_IS("u8", "shift: 4", "f1", "15"),
		LABEL_IS("s8", "shift: 1", "fe", "-1"),
		LABEL_IS("s16", "mod: 10", "f1ff", "-5"),
		LABEL_IS("u16", "mod: 4, div: 10, mask: 0xff, shift: 4", "cdab", "2"),
		LABEL_IS("be16", "mask: 0xff", "1234", "52"),
		LABEL_IS("u32", "shift: 20, decode: hex", "00008012", "0x128"),
		LABEL_IS("be32", "mask: 0xffffff00, decode: ip", "0a010203", "10.1.2.0"),
		LABEL_IS("u32", "mask: 0x0000ffff, decode: ip", "0a010203", "10.1.0.0"),
		LABEL_IS("u8", "shift: 4, decode: {map: {15: top}}", "f1", "top"),
		/* what a label leaves out of the key is added */
		{LABEL("u8", "shift: 4"), .keys = "10 11 20", .values = "01 02 04",
		 .expected = "x{l=\"1\"} 3\nx{l=\"2\"} 4\n"},
		{LABEL("be16", "mask: 0xff"), .keys = "0001 0101 0002", .values = "01 02 04",
		 .expected = "x{l=\"1\"} 3\nx{l=\"2\"} 4\n"},
		/* for each CPU, before the reduction */
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, value: {field: value, div: 2}}, "
		 "{name: y, type: gauge, cpu: max, value: {field: value, mod: 4}}, {name: z, type: gauge, cpu: avg, "
		 "value: {field: value, shift: 1, scale: 10}}, {name: o, type: gauge, value: {field: value, offset: 100}}]",
		 PERCPU, .keys = "00", .values = "0300000000000000 0500000000000000",
		 .expected = "x 3\ny 3\nz 15\no 208\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_values__scale(void **state)
{
	static const struct decoded_case cases[] = {
		IS("u64", "scale: 1e-9", "15cd5b0700000000", "0.123456789"),
		IS("u64", "scale: 1e-9", MOST, "18446744073.709551615"),
		IS("s64", "scale: 1e-9", "0000000000000080", "-9223372036.854775808"),
		IS("u64", "scale: 2^-30", "0100000000000000", "0.000000000931322574615478515625"),
		IS("u64", "scale: 2^-30", "0000004000000000", "1"),
		IS("u64", "scale: 2^64", MOST, "340282366920938463444927863358058659840"),
		IS("u64", "scale: 0.1", "0300000000000000", "0.3"),
		IS("u64", "scale: 1e3", "0300000000000000", "3000"),
		IS("u32", "scale: ns", "00ca9a3b", "1"),
		IS("u32", "scale: us", "01000000", "0.000001"),
		IS("u32", "scale: ms", "f4010000", "0.5"),
		IS("u32", "scale: KiB", "03000000", "3072"),
		IS("u32", "scale: MiB", "03000000", "3145728"),
		IS("u32", "scale: pages", "02000000", "8192"),
		IS("u32", "scale: bits", "0c000000", "1.5"),
		/* offsets come after the scale, exactly */
		IS("s32", "scale: 0.1, offset: -273.15", "d7000000", "-251.65"),
		IS("s16", "scale: 0.001, offset: 20", "18fc", "19"),
		IS("u8", "offset: -1", "00", "-1"),
		/* a negative scale turns numbers round, as of what counts down from 2^32 - 1 */
		IS("u32", "scale: -1, offset: 4294967295", "faffffff", "5"),
		IS("s16", "scale: -0.5", "0300", "-1.5"),
		IS("u64", "scale: -2^-1", MOST, "-9223372036854775807.5"),
		IS("u64", "offset: 1", MOST, "18446744073709551616"),
		IS("u64", "offset: -1", MOST, "18446744073709551614"),
		IS("s64", "offset: -1", "0000000000000080", "-9223372036854775809"),
		IS("u8", "scale: 2^-1, offset: 0.25", "01", "0.75"),
		IS("u8", "scale: 5, offset: 2", "03", "17"),
		/* one factor of all that adds up */
		{"key: u16, value: u64, metrics: [{name: x_total, type: counter, value: {field: value, scale: ns}, "
		 "labels: {l: {field: key, mask: 255}}}]",
		 .keys = "0100 0101 0102", .values = MOST MOST MOST,
		 .expected = "x_total{l=\"1\"} 55340232221.128654845\n"},
		/* floating point */
		IS("f64", "scale: 0.5", "000000000000f83f", "0.75"),
		IS("f64", "scale: 0.5, offset: 10", "000000000000f83f", "10.75"),
		IS("f32", "offset: -1.5", "0000c03f", "0"),
		IS("f32", "scale: 2^10", "0000c03f", "1536"),
	};

	(void)state;
	assert_int_equal(sysconf(_SC_PAGESIZE), 4096);
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_values__floats(void **state)
{
#define FLOATS(more)                                                                                       \
	"key: u16, value: f64, metrics: [{name: x, type: gauge, labels: {l: {field: key, mask: 255}}" more \
	"}]"
#define ADDED .keys = "0100 0101", .values = "000000000000f83f 000000000000f8bf"
	static const struct decoded_case cases[] = {
		{FLOATS(""), ADDED, .expected = "x{l=\"1\"} 0\n"},
		{FLOATS(", aggregate: max"), ADDED, .expected = "x{l=\"1\"} 1.5\n"},
		{FLOATS(", aggregate: min"), ADDED, .expected = "x{l=\"1\"} -1.5\n"},
		{FLOATS(", aggregate: avg"), .keys = "0100 0101",
		 .values = "000000000000f83f 0000000000000040", .expected = "x{l=\"1\"} 1.75\n"},
		{"key: u8, value: f32, metrics: [{name: x, type: gauge}, {name: y, type: gauge, cpu: max}, "
		 "{name: z, type: gauge, cpu: min}, {name: a, type: gauge, cpu: avg}]",
		 PERCPU, .keys = "00", .values = "0000c03f00000000 000000c000000000",
		 .expected = "x -0.5\ny 1.5\nz -2\na -0.25\n"},
		{"key: u8, value: f64, metrics: [{name: x, type: gauge, skip_zero: true, labels: {k: key}}]",
		 .keys = "01 02 03", .values = "0000000000000000 0000000000000080 0100000000000000",
		 .expected = "x{k=\"3\"} 5e-324\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_values__constants(void **state)
{
	static const struct decoded_case cases[] = {
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, value: 1}, {name: y, type: gauge, value: 1, "
		 "labels: {h: {field: key, shift: 4}}}, {name: z, type: gauge, value: 18446744073709551615}]",
		 .keys = "10 11 20", .values = "00 00 00",
		 .expected = "x 3\ny{h=\"1\"} 2\ny{h=\"2\"} 1\nz 55340232221128654845\n"},
		/* entries are counted once, not for each CPU */
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, value: 1}, {name: y, type: gauge, cpu: avg, value: 1}]",
		 PERCPU, .keys = "10 11", .values = MOST MOST MOST MOST, .expected = "x 2\ny 2\n"},
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, value: 1, where: {value: 1..9}}]",
		 .keys = "10 11 20", .values = "00 01 09", .expected = "x 2\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_values__variables(void **state)
{
#define ALL "{name: x, type: gauge, value: 1, labels: {"
	static const struct decoded_case cases[] = {
		{"key: u8, value: u8, metrics: [" ALL "p: $pin, i: $id, m: $map, c: $cpus}}]",
		 .keys = "00", .values = "00",
		 .expected = "x{c=\"1\",i=\"42\",m=\"m\",p=\"" PIN "\"} 1\n"},
		{"key: u8, value: u8, metrics: [" ALL
		 "a: $1, b: $2, c: {field: $1, decode: {regex: [{match: 'eth(.*)'}]}}}}]",
		 .pin = "/sys/fs/bpf/*/x*", .keys = "00", .values = "00",
		 .expected = "x{a=\"eth0\",b=\"a\\\"b\",c=\"0\"} 1\n"},
		/* numbers can be computed with, and decoded */
		{"key: u8, value: u8, metrics: [" ALL
		 "a: {field: $id, shift: 1}, b: {field: $id, decode: hex}, "
		 "c: {field: $id, decode: {map: {42: answer}}}, d: {field: $cpus, mod: 2}}}]",
		 PERCPU, .keys = "00", .values = MOST MOST,
		 .expected = "x{a=\"21\",b=\"0x2a\",c=\"answer\",d=\"0\"} 1\n"},
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, value: $cpus}, {name: y, type: gauge, value: {field: $id, "
		 "scale: 0.5}}]",
		 PERCPU, .keys = "00", .values = MOST MOST, .expected = "x 2\ny 21\n"},
		{"cpu: each, key: u8, value: u8, metrics: [{name: x, type: gauge, value: $cpu, labels: {c: $cpu, o: {field: $cpu, "
		 "decode: {map: {0: zero}}}}}, {name: y, type: gauge, value: $cpu, labels: {c: {field: $cpu, div: 2}}}]",
		 .type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 3, .keys = "00",
		 .values = MOST MOST MOST,
		 .expected = "x{c=\"0\",o=\"zero\"} 0\nx{c=\"1\",o=\"1\"} 1\nx{c=\"2\",o=\"2\"} 2\n"
			     "y{c=\"0\"} 1\ny{c=\"1\"} 2\n"},
		{"key: u8, value: [{name: a, type: u8, count: 3}], metrics: [{name: x, type: gauge, value: $i, labels: {v: a.*}}]",
		 .keys = "00", .values = "070809",
		 .expected = "x{v=\"7\"} 0\nx{v=\"8\"} 1\nx{v=\"9\"} 2\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

/* The one sample of @yaml for a value, by itself. */
static char *sample(const char *yaml, uint64_t raw)
{
	const struct decoded_case c = {.yaml = yaml};
	_cleanup_(decoded_done) struct decoded d = {0};
	struct builder_result result;
	char hex[17], *text;

	decoded_compile(&d, &c);
	snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)__builtin_bswap64(raw));
	result = decoded_pass(&d, NULL, 0, "00", hex);
	text = decoded_text(result.snapshot);
	snapshot_unref(result.snapshot);
	return text;
}

static void test_rules_values__clock(void **state)
{
	static const struct {
		const char *what;
		clockid_t id;
		uint64_t per_second;
		double offset;
	} cases[] = {
		{"clock: monotonic", CLOCK_MONOTONIC, 1000000000, 0},
		{"clock: boottime", CLOCK_BOOTTIME, 1000000000, 0},
		{"clock: monotonic, scale: ns", CLOCK_MONOTONIC, 1000000000, 0},
		{"clock: monotonic, scale: us", CLOCK_MONOTONIC, 1000000, 0},
		{"clock: boottime, scale: ms", CLOCK_BOOTTIME, 1000, 0},
		{"clock: boottime, scale: 1", CLOCK_BOOTTIME, 1, 0},
		{"clock: boottime, scale: 1e-12", CLOCK_BOOTTIME, 1000000000000, 0},
		{"clock: boottime, scale: 2^-10", CLOCK_BOOTTIME, 1024, 0},
		{"clock: boottime, scale: 0.01", CLOCK_BOOTTIME, 100, 0},
		{"clock: boottime, scale: 0.04", CLOCK_BOOTTIME, 25, 0},
		{"clock: boottime, offset: 100", CLOCK_BOOTTIME, 1000000000, 100},
		{"clock: boottime, offset: 0.5, scale: ms", CLOCK_BOOTTIME, 1000, 0.5},
		{"clock: boottime, shift: 10", CLOCK_BOOTTIME, UINT64_C(1000000000) << 10, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		double now = (double)clock_wall_ns() / 1e9;
		uint64_t raw = (uint64_t)((double)clock_read_ns(cases[i].id) / 1e9 *
					  (double)cases[i].per_second);
		_cleanup_(freep) char *first = NULL, *second = NULL, *never = NULL;
		char yaml[256];

		snprintf(yaml, sizeof(yaml), VALUE("u64", "%s"), cases[i].what);
		first = sample(yaml, raw);
		second = sample(yaml, raw);
		never = sample(yaml, 0);
		/* both the time and the beginning of the clock are cut to a unit */
		if (fabs(strtod(first + 2, NULL) - cases[i].offset - now) >
		    0.5 + 2.0 / (double)cases[i].per_second)
			fail_msg("%s: %s instead of about %f", cases[i].what, first, now);
		assert_string_equal(first, second);
		assert_string_equal(never, "x 0\n");
	}
}

static void test_rules_values__clock_of_floats_and_signed(void **state)
{
	double now = (double)clock_wall_ns() / 1e9, seconds = 5;
	_cleanup_(freep) char *of_float = NULL, *never = NULL, *before = NULL;
	uint64_t raw;

	(void)state;
	memcpy(&raw, &seconds, sizeof(raw));
	of_float = sample(VALUE("f64", "clock: boottime, scale: 1"), raw);
	never = sample(VALUE("f64", "clock: boottime, scale: 1"), 0);
	before = sample(VALUE("s64", "clock: boottime, scale: 1"), (uint64_t)-5);
	now -= (double)clock_read_ns(CLOCK_BOOTTIME) / 1e9;
	assert_true(fabs(strtod(of_float + 2, NULL) - now - 5) < 1.5);
	assert_string_equal(never, "x 0\n");
	assert_true(fabs(strtod(before + 2, NULL) - now + 5) < 1.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_values__computed),
		cmocka_unit_test(test_rules_values__scale),
		cmocka_unit_test(test_rules_values__floats),
		cmocka_unit_test(test_rules_values__constants),
		cmocka_unit_test(test_rules_values__variables),
		cmocka_unit_test(test_rules_values__clock),
		cmocka_unit_test(test_rules_values__clock_of_floats_and_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
