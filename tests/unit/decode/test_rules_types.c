// SPDX-License-Identifier: GPL-2.0-only
/* Types and layouts: what is written, what BTF gives, and what `types:` makes of it. */
#include "decoded.h"

/* A scalar value, as a number and as a label. */
#define BOTH(type, bytes, number, text)                                                            \
	{                                                                                          \
		"key: u8, value: " type ", metrics: [{name: x, type: gauge, labels: {l: value}}]", \
			.keys = "00", .values = bytes,                                             \
			.expected = "x{l=\"" text "\"} " number "\n"                               \
	}

static void test_rules_types__numbers(void **state)
{
	static const struct decoded_case cases[] = {
		BOTH("u8", "ff", "255", "255"),
		BOTH("u8", "00", "0", "0"),
		BOTH("u16", "ffff", "65535", "65535"),
		BOTH("u16", "0102", "513", "513"),
		BOTH("u32", "ffffffff", "4294967295", "4294967295"),
		BOTH("u32", "01020304", "67305985", "67305985"),
		BOTH("u64", "ffffffffffffffff", "18446744073709551615", "18446744073709551615"),
		BOTH("u64", "0102030405060708", "578437695752307201", "578437695752307201"),
		BOTH("s8", "80", "-128", "-128"),
		BOTH("s8", "7f", "127", "127"),
		BOTH("s16", "0080", "-32768", "-32768"),
		BOTH("s16", "ff7f", "32767", "32767"),
		BOTH("s32", "00000080", "-2147483648", "-2147483648"),
		BOTH("s32", "ffffff7f", "2147483647", "2147483647"),
		BOTH("s64", "0000000000000080", "-9223372036854775808", "-9223372036854775808"),
		BOTH("s64", "ffffffffffffff7f", "9223372036854775807", "9223372036854775807"),
		BOTH("s64", "ffffffffffffffff", "-1", "-1"),
		BOTH("be16", "0102", "258", "258"),
		BOTH("be16", "ff00", "65280", "65280"),
		BOTH("be32", "01020304", "16909060", "16909060"),
		BOTH("be32", "80000000", "2147483648", "2147483648"),
		BOTH("be64", "0102030405060708", "72623859790382856", "72623859790382856"),
		BOTH("be64", "ffffffffffffffff", "18446744073709551615", "18446744073709551615"),
		BOTH("bool", "00", "0", "false"),
		BOTH("bool", "01", "1", "true"),
		BOTH("f32", "0000c03f", "1.5", "1.5"),
		BOTH("f32", "cdcccc3d", "0.10000000149011612", "0.10000000149011612"),
		BOTH("f32", "00000080", "0", "0"),
		BOTH("f64", "000000000000f8bf", "-1.5", "-1.5"),
		BOTH("f64", "9a9999999999b93f", "0.1", "0.1"),
		BOTH("f64", "000000000000f07f", "+Inf", "+Inf"),
		BOTH("f64", "000000000000f0ff", "-Inf", "-Inf"),
		BOTH("f64", "000000000000f87f", "NaN", "NaN"),
		BOTH("f64", "0000000000000080", "0", "0"),
		BOTH("f64", "0100000000000000", "5e-324", "5e-324"),
		BOTH("f64", "ffffffffffffef7f", "1.7976931348623157e+308",
		     "1.7976931348623157e+308"),
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

#define LABEL(fields, bytes, text)                                                         \
	{                                                                                  \
		"key: [" fields                                                            \
		"], value: u8, metrics: [{name: x, type: gauge, labels: {l: key.f}}]",     \
			.keys = bytes, .values = "01", .expected = "x{l=\"" text "\"} 1\n" \
	}
#define F(type) "{name: f, type: " type "}"

static void test_rules_types__texts(void **state)
{
	static const struct decoded_case cases[] = {
		LABEL(F("ipv4"), "0a000001", "10.0.0.1"),
		LABEL(F("ipv4"), "ffffffff", "255.255.255.255"),
		LABEL(F("ipv6"), "20010db8000000000000000000000001", "2001:db8::1"),
		LABEL(F("ipv6"), "00000000000000000000000000000000", "::"),
		LABEL(F("ipv6"), "00000000000000000000ffff0a000001", "10.0.0.1"),
		LABEL(F("mac"), "0a1b2c3d4e5f", "0a:1b:2c:3d:4e:5f"),
		LABEL(F("char, count: 4"), "61620000", "ab"),
		LABEL(F("char, count: 4"), "61626364", "abcd"),
		LABEL(F("char, count: 4"), "00616263", ""),
		LABEL(F("char, count: 4"), "225c0a61", "\\\"\\\\\\na"),
		LABEL(F("char, count: 4"), "61ff62c3",
		      "a\xef\xbf\xbd"
		      "b\xef\xbf\xbd"),
		LABEL(F("char, count: 4"), "c3a97c2c", "\xc3\xa9|,"),
		LABEL(F("char"), "41", "A"),
		LABEL(F("bytes, count: 3"), "00ff10", "00ff10"),
		LABEL(F("bytes"), "0a", "0a"),
		/* a scalar key */
		{"key: ipv4, value: u8, metrics: [{name: x, type: gauge, labels: {l: key}}]",
		 .keys = "7f000001", .values = "01", .expected = "x{l=\"127.0.0.1\"} 1\n"},
		{"key: mac, value: u8, metrics: [{name: x, type: gauge, labels: {l: key}}]",
		 .keys = "ffffffffffff", .values = "01",
		 .expected = "x{l=\"ff:ff:ff:ff:ff:ff\"} 1\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

#define FIELDS(fields, metrics) "key: u8, value: [" fields "], metrics: [" metrics "]"
#define GAUGE(name, field)	"{name: " name ", type: gauge, value: " field "}"

static void test_rules_types__layouts(void **state)
{
	static const struct decoded_case cases[] = {
		/* natural alignment: a at 0, b at 8, c at 16, the whole 24 */
		{FIELDS("{name: a, type: u8}, {name: b, type: u64}, {name: c, type: u16}",
			GAUGE("a", "a") "," GAUGE("b", "b") "," GAUGE("c", "c")),
		 .keys = "00", .values = "01ffffffffffffff 0200000000000000 0300eeeeeeeeeeee",
		 .expected = "a 1\nb 2\nc 3\n"},
		{"packed: true, " FIELDS(
			 "{name: a, type: u8}, {name: b, type: u64}, {name: c, type: u16}",
			 GAUGE("a", "a") "," GAUGE("b", "b") "," GAUGE("c", "c")),
		 .keys = "00", .values = "01 0200000000000000 0300", .expected = "a 1\nb 2\nc 3\n"},
		{FIELDS("{name: a, type: u8, offset: 5}, {name: b, type: u8}, {name: c, type: u32, offset: 0}, "
			"{type: pad, count: 2, offset: 6}",
			GAUGE("a", "a") "," GAUGE("b", "b") "," GAUGE("c", "c")),
		 .keys = "00", .values = "04000000 ff 01 02 ff", .expected = "a 1\nb 2\nc 4\n"},
		/* the alignment of a packed offset does not matter */
		{"packed: true, " FIELDS("{name: a, type: u32, offset: 1}", GAUGE("a", "a")),
		 .keys = "00", .values = "ff 01000000", .expected = "a 1\n"},
		{FIELDS("{type: pad, count: 3}, {name: a, type: u8}, {name: b, type: u16, count: 2}",
			GAUGE("a", "a") "," GAUGE("b", "b.0") "," GAUGE("c", "value.b.1")),
		 .keys = "00", .values = "ffffff 01 0200 0300", .expected = "a 1\nb 2\nc 3\n"},
		{FIELDS("{name: s, type: struct, count: 2, fields: [{name: a, type: u8}, {name: t, type: struct, "
			"fields: [{name: b, type: u16}]}]}",
			GAUGE("a", "s.0.a") "," GAUGE("b", "s.1.t.b") "," GAUGE("c",
										"value.s.1.a")),
		 .keys = "00", .values = "01ff 0200 03ff 0400", .expected = "a 1\nb 4\nc 3\n"},
		/* elements of an array of bytes are numbers */
		{FIELDS("{name: a, type: bytes, count: 3}", GAUGE("a", "a.2")), .keys = "00",
		 .values = "010203", .expected = "a 3\n"},
		{FIELDS("{name: a, type: be16, count: 2}, {name: b, type: f32, count: 2}",
			GAUGE("a", "a.1") "," GAUGE("b", "b.1")),
		 .keys = "00", .values = "0001 0002 00000000 000000c0", .expected = "a 2\nb -2\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_types__bits(void **state)
{
#define BITS(name, type, bits) "{name: " name ", type: " type ", bits: " bits "}"
	static const struct decoded_case cases[] = {
		{FIELDS(BITS("a", "u8", "0-3") "," BITS("b", "u8", "4-6") "," BITS("c", "u8", "7"),
			GAUGE("a", "a") "," GAUGE("b", "b") "," GAUGE("c", "c")),
		 .keys = "00", .values = "d5", .expected = "a 5\nb 5\nc 1\n"},
		{FIELDS(BITS("a", "s8", "0-3") "," BITS("b", "s8", "4-7"),
			GAUGE("a", "a") "," GAUGE("b", "b")),
		 .keys = "00", .values = "7f", .expected = "a -1\nb 7\n"},
		/* bits are counted in the number, wherever its bytes are */
		{FIELDS(BITS("a", "be16", "0-3") "," BITS("b", "be16", "4-15"),
			GAUGE("a", "a") "," GAUGE("b", "b")),
		 .keys = "00", .values = "1234", .expected = "a 4\nb 291\n"},
		{FIELDS(BITS("a", "u64", "0-63"), GAUGE("a", "a")), .keys = "00",
		 .values = "ffffffffffffffff", .expected = "a 18446744073709551615\n"},
		{FIELDS(BITS("a", "s64", "63"), GAUGE("a", "a")), .keys = "00",
		 .values = "0000000000000080", .expected = "a -1\n"},
		/* the next one that begins lower is in the next number */
		{FIELDS(BITS("a", "u8", "0-3") "," BITS("b", "u8", "0-3"),
			GAUGE("a", "a") "," GAUGE("b", "b")),
		 .keys = "00", .values = "f1 f2", .expected = "a 1\nb 2\n"},
		/* all bits of the key are shown, so all series are apart */
		{"key: [" BITS("a", "be16", "0-7") "," BITS(
			 "b", "be16",
			 "8-15") "], value: u8, "
				 "metrics: [{name: x, type: gauge, labels: {a: a, b: b}}]",
		 .keys = "0102 0202 0102", .values = "01 02 04",
		 .expected = "x{a=\"2\",b=\"1\"} 1\nx{a=\"2\",b=\"2\"} 2\nx{a=\"2\",b=\"1\"} 4\n"},
		/* two views of the second byte leave the first one out: equal labels add */
		{"key: [" BITS("a", "be16",
			       "0-7") ", {name: b, type: u8, offset: 1}], value: u8, "
				      "metrics: [{name: x, type: gauge, labels: {a: a, b: b}}]",
		 .keys = "0102 0202", .values = "01 02", .expected = "x{a=\"2\",b=\"2\"} 3\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static struct enumerator *states(uint32_t *ret_n, int64_t third)
{
	struct enumerator *e = calloc(3, sizeof(*e));

	assert_non_null(e);
	e[0] = (struct enumerator){0, strdup("OPEN")};
	e[1] = (struct enumerator){1, strdup("SHUT")};
	e[2] = (struct enumerator){third, strdup("LOST")};
	*ret_n = 3;
	return e;
}

/* A key with one of everything that BTF has; 48 bytes. */
static struct layout *btf_key(void)
{
	struct layout *l = layout_new();
	struct field *f, *inner;

	assert_non_null(l);
	decoded_add(&l->root, "saddr", FIELD_UINT, 0, 4);
	f = decoded_add(&l->root, "port", FIELD_UINT, 4, 2);
	f->big_endian = true;
	f = decoded_add(&l->root, "state", FIELD_ENUM, 6, 1);
	f->enumerators = states(&f->n_enumerators, 2);
	f = decoded_add(&l->root, "low", FIELD_UINT, 7, 1);
	f->bit_size = 3;
	f = decoded_add(&l->root, "high", FIELD_SINT, 7, 1);
	f->bit_offset = 3;
	f->bit_size = 5;
	decoded_add(&l->root, "comm", FIELD_CHARS, 8, 8);
	decoded_add(&l->root, "raw", FIELD_BYTES, 16, 16);
	f = decoded_add(&l->root, NULL, FIELD_UNION, 32, 8);
	decoded_add(f, "ptr", FIELD_UINT, 0, 8);
	inner = decoded_add(f, NULL, FIELD_STRUCT, 0, 8);
	decoded_add(inner, "lo", FIELD_UINT, 0, 4);
	decoded_add(inner, "hi", FIELD_UINT, 4, 4);
	f = decoded_add(&l->root, "err", FIELD_ENUM, 40, 4);
	f->enumerators = states(&f->n_enumerators, -1);
	decoded_add(&l->root, "lock", FIELD_PAD, 44, 4);
	return l;
}

#define BTF_KEY                                                                  \
	"0a000001 01bb 01 fd 6162000000000000 0102030405060708090a0b0c0d0e0f10 " \
	"05000000 07000000 ffffffff 00000000"
#define OF_BTF(more, labels, text)                                                         \
	{                                                                                  \
		more "value: u8, metrics: [{name: x, type: gauge, labels: {" labels "}}]", \
			.keys = BTF_KEY, .values = "01", .expected = "x{" text "} 1\n"     \
	}

static void test_rules_types__btf(void **state)
{
	static const struct decoded_case cases[] = {
		OF_BTF("", "a: saddr, b: port, c: state", "a=\"16777226\",b=\"443\",c=\"SHUT\""),
		OF_BTF("", "a: key.low, b: key.high", "a=\"5\",b=\"-1\""),
		OF_BTF("", "a: comm, b: raw", "a=\"ab\",b=\"0102030405060708090a0b0c0d0e0f10\""),
		OF_BTF("", "a: ptr, b: lo, c: key.hi", "a=\"30064771077\",b=\"5\",c=\"7\""),
		OF_BTF("", "a: err", "a=\"LOST\""),
		/* corrected */
		OF_BTF("types: {key.saddr: ipv4}, ", "a: saddr", "a=\"10.0.0.1\""),
		OF_BTF("types: {saddr: be32}, ", "a: saddr", "a=\"167772161\""),
		OF_BTF("types: {key.port: u16}, ", "a: port", "a=\"47873\""),
		OF_BTF("types: {key.raw: ipv6, err: s32}, ", "a: raw, b: err",
		       "a=\"102:304:506:708:90a:b0c:d0e:f10\",b=\"-1\""),
		OF_BTF("types: {key.raw: u8}, ", "a: raw.15", "a=\"16\""),
		OF_BTF("types: {state: u8}, ", "a: state", "a=\"1\""),
		/* written whole, which wins */
		OF_BTF("key: [{name: a, type: bytes, count: 48}], ", "a: a.3, b: key.a.4",
		       "a=\"1\",b=\"1\""),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(layout_freep) struct layout *key = btf_key();
		struct decoded_case c = cases[i];

		c.key = key;
		assert_true(decoded_run(&c));
	}
}

/* Global variables: the value of a .bss map, a field each. */
static void test_rules_types__globals(void **state)
{
	static const struct decoded_case bss = {
		"metrics: [{name: n, type: gauge, value: n_seen}, {name: s, type: gauge, value: value.handle.count}, "
		"{name: a, type: gauge, value: hists.1, labels: {k: key}}]",
		.type = BPF_MAP_TYPE_ARRAY, .keys = "00000000",
		.values = "0100000000000000 02000000 03000000 04000000",
		.expected = "n 1\ns 2\na{k=\"0\"} 4\n"};
	_cleanup_(layout_freep) struct layout *value = layout_new();
	struct decoded_case c = bss;
	struct field *f;

	(void)state;
	decoded_add(&value->root, "n_seen", FIELD_UINT, 0, 8);
	/* a function's static variable */
	decoded_add(&value->root, "handle.count", FIELD_UINT, 8, 4);
	f = decoded_add(&value->root, "hists", FIELD_ARRAY, 12, 8);
	f->n_elems = 2;
	decoded_add(f, NULL, FIELD_UINT, 0, 4);
	f->size = 8;
	c.value = value;
	assert_true(decoded_run(&c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_types__numbers),
		cmocka_unit_test(test_rules_types__texts),
		cmocka_unit_test(test_rules_types__layouts),
		cmocka_unit_test(test_rules_types__bits),
		cmocka_unit_test(test_rules_types__btf),
		cmocka_unit_test(test_rules_types__globals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
