// SPDX-License-Identifier: GPL-2.0-only
/* Every type as a value and as a label, every decoder, from bytes to lines. */
#include "decoded.h"

#define LABEL(type, rest) \
	"key: " type ", value: u8, metrics: [{name: x, type: gauge, labels: {l: " rest "}}]"
#define VALUE(type, rest) \
	"key: u8, value: " type ", metrics: [{name: x, type: gauge, labels: {k: key}" rest "}]"
#define X(text) "x{l=\"" text "\"} 1\n"
#define K(text) "x{k=\"7\"} " text "\n"

static void run_table(const struct decoded_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct decoded_case c = cases[i];

		c.keys = c.keys ? c.keys : "07";
		c.values = c.values ? c.values : "01";
		decoded_run(&c);
	}
}

static void test_decoders__types_as_values(void **state)
{
	static const struct decoded_case cases[] = {
		{VALUE("u8", ""), .values = "ff", .expected = K("255")},
		{VALUE("u16", ""), .values = "0180", .expected = K("32769")},
		{VALUE("u32", ""), .values = "ffffffff", .expected = K("4294967295")},
		{VALUE("u64", ""), .values = "ffffffffffffffff",
		 .expected = K("18446744073709551615")},
		{VALUE("s8", ""), .values = "80", .expected = K("-128")},
		{VALUE("s16", ""), .values = "feff", .expected = K("-2")},
		{VALUE("s32", ""), .values = "00000080", .expected = K("-2147483648")},
		{VALUE("s64", ""), .values = "0000000000000080",
		 .expected = K("-9223372036854775808")},
		{VALUE("be16", ""), .values = "0180", .expected = K("384")},
		{VALUE("be32", ""), .values = "80000001", .expected = K("2147483649")},
		{VALUE("be64", ""), .values = "8000000000000001",
		 .expected = K("9223372036854775809")},
		{VALUE("bool", ""), .values = "01", .expected = K("1")},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_decoders__types_as_labels(void **state)
{
	static const struct decoded_case cases[] = {
		{LABEL("u8", "key"), .keys = "ff", .expected = X("255")},
		{LABEL("u64", "key"), .keys = "ffffffffffffffff",
		 .expected = X("18446744073709551615")},
		{LABEL("s8", "key"), .keys = "ff", .expected = X("-1")},
		{LABEL("s64", "key"), .keys = "0000000000000080",
		 .expected = X("-9223372036854775808")},
		{LABEL("be16", "key"), .keys = "01bb", .expected = X("443")},
		{LABEL("be32", "key"), .keys = "ffffffff", .expected = X("4294967295")},
		{LABEL("be64", "key"), .keys = "0000000000000102", .expected = X("258")},
		{LABEL("bool", "key"), .keys = "00", .expected = X("false")},
		{LABEL("bool", "key"), .keys = "02", .expected = X("true")},
		{LABEL("ipv4", "key"), .keys = "0a000001", .expected = X("10.0.0.1")},
		{LABEL("ipv6", "key"), .keys = "20010db8000000000000000000000001",
		 .expected = X("2001:db8::1")},
		{LABEL("ipv6", "key"), .keys = "00000000000000000000ffff01020304",
		 .expected = X("1.2.3.4")},
		{LABEL("ipv6", "key"), .keys = "00000000000000000000000000000000",
		 .expected = X("::")},
		{LABEL("ipv6", "key"), .keys = "ffffffffffffffffffffffffffffffff",
		 .expected = X("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")},
		{LABEL("mac", "key"), .keys = "020a00ff0001", .expected = X("02:0a:00:ff:00:01")},
		{LABEL("char", "key"), .keys = "41", .expected = X("A")},
		{LABEL("bytes", "key"), .keys = "0a", .expected = X("0a")},
		{LABEL("[{name: c, type: char, count: 4}]", "c"), .keys = "61620063",
		 .expected = X("ab")},
		{LABEL("[{name: c, type: char, count: 4}]", "c"), .keys = "61626364",
		 .expected = X("abcd")},
		{LABEL("[{name: c, type: char, count: 4}]", "c"), .keys = "00616263",
		 .expected = X("")},
		{LABEL("[{name: c, type: char, count: 4}]", "c"), .keys = "225c0a80",
		 .expected = X("\\\"\\\\\\n\xef\xbf\xbd")},
		{LABEL("[{name: c, type: bytes, count: 3}]", "c"), .keys = "00ff10",
		 .expected = X("00ff10")},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_decoders__dec_and_hex(void **state)
{
	static const struct decoded_case cases[] = {
		{LABEL("u32", "{field: key, decode: dec}"), .keys = "ff000000",
		 .expected = X("255")},
		{LABEL("ipv4", "{field: key, decode: dec}"), .keys = "01020000",
		 .expected = X("513")},
		{LABEL("[{name: c, type: bytes, count: 3}]", "{field: c, decode: dec}"),
		 .keys = "010203", .expected = X("197121")},
		{LABEL("[{name: c, type: char, count: 8}]", "{field: c, decode: dec}"),
		 .keys = "ffffffffffffffff", .expected = X("18446744073709551615")},
		{LABEL("u8", "{field: key, decode: hex}"), .keys = "00", .expected = X("0x0")},
		{LABEL("u32", "{field: key, decode: hex}"), .keys = "1f000000",
		 .expected = X("0x1f")},
		{LABEL("u64", "{field: key, decode: hex}"), .keys = "ffffffffffffffff",
		 .expected = X("0xffffffffffffffff")},
		{LABEL("s8", "{field: key, decode: hex}"), .keys = "ff", .expected = X("0xff")},
		{LABEL("s32", "{field: key, decode: hex}"), .keys = "feffffff",
		 .expected = X("0xfffffffe")},
		{LABEL("be16", "{field: key, decode: hex}"), .keys = "01bb",
		 .expected = X("0x1bb")},
		{LABEL("ipv4", "{field: key, decode: hex}"), .keys = "0a000001",
		 .expected = X("0a000001")},
		{LABEL("[{name: c, type: char, count: 2}]", "{field: c, decode: hex}"),
		 .keys = "6100", .expected = X("6100")},
		{LABEL("[{name: a, type: u16, count: 2}]", "{field: key, decode: hex}"),
		 .keys = "01000200", .expected = X("01000200")},
		{LABEL("[{name: a, type: u16, count: 2}]", "{field: a, decode: dec}"),
		 .keys = "01000200", .expected = X("131073")},
		{LABEL("[{name: c, type: char, count: 2}]", "{field: c, decode: [string, hex]}"),
		 .keys = "6100", .expected = X("61")},
		{LABEL("[{name: c, type: char, count: 2}]", "{field: c, decode: [string, string]}"),
		 .keys = "0000", .expected = X("")},
		{LABEL("u32", "{field: key, decode: [hex, dec, string]}"), .keys = "1f000000",
		 .expected = X("0x1f")},
		{LABEL("u32", "{field: key, decode: string}"), .keys = "61620063",
		 .expected = X("ab")},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_decoders__ip_mac_port(void **state)
{
	static const struct decoded_case cases[] = {
		{LABEL("u32", "{field: key, decode: ip}"), .keys = "0a000001",
		 .expected = X("10.0.0.1")},
		{LABEL("be32", "{field: key, decode: ip}"), .keys = "ffffffff",
		 .expected = X("255.255.255.255")},
		{LABEL("[{name: a, type: u32, count: 4}]", "{field: a, decode: ip}"),
		 .keys = "fe800000000000000000000000000001", .expected = X("fe80::1")},
		{LABEL("[{name: a, type: bytes, count: 4}]", "{field: a, decode: ip}"),
		 .keys = "7f000001", .expected = X("127.0.0.1")},
		{LABEL("u64", "{field: key, decode: mac}"), .keys = "0102030405060708",
		 .expected = X("01:02:03:04:05:06")},
		{LABEL("[{name: a, type: u8, count: 6}]", "{field: a, decode: mac}"),
		 .keys = "aabbccddeeff", .expected = X("aa:bb:cc:dd:ee:ff")},
		{LABEL("u16", "{field: key, decode: port}"), .keys = "01bb", .expected = X("443")},
		{LABEL("be16", "{field: key, decode: port}"), .keys = "ffff",
		 .expected = X("65535")},
		{LABEL("u32", "{field: key, decode: port}"), .keys = "01bb0000",
		 .expected = X("443")},
		{LABEL("u32", "{field: key, decode: port}"), .keys = "000001bb",
		 .expected = X("443")},
		{LABEL("u32", "{field: key, decode: port}"), .keys = "01000000",
		 .expected = X("256")},
		{LABEL("u32", "{field: key, decode: port}"), .keys = "00000100",
		 .expected = X("256")},
		{LABEL("u32", "{field: key, decode: port}"), .keys = "00000000",
		 .expected = X("0")},
		{LABEL("u64", "{field: key, shift: 16, decode: mac}"), .keys = "ffff010203040506",
		 .expected = X("01:02:03:04:05:06")},
		{LABEL("be32", "{field: key, mask: 0xffffff00, decode: ip}"), .keys = "0a0000ff",
		 .expected = X("10.0.0.0")},
		{LABEL("be32", "{field: key, shift: 16, decode: port}"), .keys = "01bb1234",
		 .expected = X("443")},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

#define MAP \
	"{map: {0: off, 1..9: on, -5: minus, 0x20: hexed, idle: none, 10.0.0.1: home, true: 'yes'}}"
#define MAP_DEFAULT "{map: {0: off, idle: none}, default: 'other:$0,$0'}"

static void test_decoders__map(void **state)
{
	static const struct decoded_case cases[] = {
		{LABEL("u32", "{field: key, decode: " MAP "}"), .keys = "00000000",
		 .expected = X("off")},
		{LABEL("u32", "{field: key, decode: " MAP "}"), .keys = "01000000",
		 .expected = X("on")},
		{LABEL("u32", "{field: key, decode: " MAP "}"), .keys = "09000000",
		 .expected = X("on")},
		{LABEL("u32", "{field: key, decode: " MAP "}"), .keys = "0a000000",
		 .expected = X("10")},
		{LABEL("u32", "{field: key, decode: " MAP "}"), .keys = "20000000",
		 .expected = X("hexed")},
		{LABEL("s8", "{field: key, decode: " MAP "}"), .keys = "fb",
		 .expected = X("minus")},
		{LABEL("u8", "{field: key, decode: " MAP "}"), .keys = "fb", .expected = X("251")},
		{LABEL("u64", "{field: key, decode: " MAP "}"), .keys = "fbffffffffffffff",
		 .expected = X("18446744073709551611")},
		{LABEL("s64", "{field: key, decode: {map: {-9223372036854775808: least}}}"),
		 .keys = "0000000000000080", .expected = X("least")},
		{LABEL("s64", "{field: key, decode: [dec, {map: {-9223372036854775808: least}}]}"),
		 .keys = "0000000000000080", .expected = X("least")},
		{LABEL("bool", "{field: key, decode: " MAP "}"), .keys = "01", .expected = X("on")},
		{LABEL("bool", "{field: key, decode: {map: {true: 'yes'}}}"), .keys = "01",
		 .expected = X("yes")},
		{LABEL("bool", "{field: key, decode: {map: {true: 'yes'}}}"), .keys = "00",
		 .expected = X("false")},
		{LABEL("[{name: c, type: char, count: 4}]", "{field: c, decode: " MAP "}"),
		 .keys = "69646c65", .expected = X("none")},
		{LABEL("[{name: c, type: char, count: 4}]", "{field: c, decode: " MAP "}"),
		 .keys = "69646c00", .expected = X("idl")},
		{LABEL("[{name: c, type: char, count: 4}]",
		       "{field: c, decode: [string, " MAP "]}"),
		 .keys = "30783900", .expected = X("on")},
		{LABEL("[{name: c, type: char, count: 4}]",
		       "{field: c, decode: [string, " MAP "]}"),
		 .keys = "00000000", .expected = X("")},
		{LABEL("[{name: c, type: char, count: 4}]",
		       "{field: c, decode: [string, " MAP "]}"),
		 .keys = "2d000000", .expected = X("-")},
		{LABEL("ipv4", "{field: key, decode: " MAP "}"), .keys = "0a000001",
		 .expected = X("home")},
		{LABEL("ipv4", "{field: key, decode: " MAP "}"), .keys = "0a000002",
		 .expected = X("10.0.0.2")},
		{LABEL("mac", "{field: key, decode: " MAP_DEFAULT "}"), .keys = "000000000001",
		 .expected = X("other:00:00:00:00:00:01,00:00:00:00:00:01")},
		{LABEL("u32", "{field: key, decode: [ip, " MAP "]}"), .keys = "0a000001",
		 .expected = X("home")},
		{LABEL("u32", "{field: key, decode: [hex, " MAP "]}"), .keys = "20000000",
		 .expected = X("hexed")},
		{LABEL("u32", "{field: key, decode: " MAP_DEFAULT "}"), .keys = "07000000",
		 .expected = X("other:7,7")},
		{LABEL("u32", "{field: key, decode: {map: {1: a}, default: ''}}"),
		 .keys = "07000000", .expected = X("")},
		{LABEL("[{name: c, type: bytes, count: 2}]", "{field: c, decode: " MAP_DEFAULT "}"),
		 .keys = "000a", .expected = X("other:000a,000a")},
		{LABEL("u32", "{field: key, decode: {map: {7: \"q\\\"\\\\\\n\"}}}"),
		 .keys = "07000000", .expected = X("q\\\"\\\\\\n")},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_decoders__ifname(void **state)
{
	static const struct decoded_case cases[] = {
		{LABEL("u32", "{field: key, decode: ifname}"), .keys = "01000000",
		 .expected = X("lo")},
		{LABEL("u64", "{field: key, decode: ifname}"), .keys = "0100000000000000",
		 .expected = X("lo")},
		{LABEL("u32", "{field: key, decode: ifname}"), .keys = "00000000",
		 .expected = X("0")},
		{LABEL("u32", "{field: key, decode: ifname}"), .keys = "ffffff7f",
		 .expected = X("2147483647")},
		{LABEL("u64", "{field: key, decode: ifname}"), .keys = "0100000001000000",
		 .expected = X("4294967297")},
		{LABEL("s32", "{field: key, decode: ifname}"), .keys = "ffffffff",
		 .expected = X("-1")},
		/* both in one slot of the table of answers */
		{LABEL("u32", "{field: key, decode: ifname}"), .keys = "01000000 01040000 01000000",
		 .values = "01 01 01", .expected = "x{l=\"lo\"} 2\nx{l=\"1025\"} 1\n"},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_decoders__of_special_fields(void **state)
{
#define SPECIAL(label) \
	"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key, l: " label "}}]"
#define S(text) "x{l=\"" text "\",k=\"7\"} 1\n"
	static const struct decoded_case cases[] = {
		{SPECIAL("$pin"), .expected = S(PIN)},
		{SPECIAL("$id"), .expected = S("42")},
		{SPECIAL("$map"), .expected = S("m")},
		{SPECIAL("{const: \"a\\\"b\"}"), .expected = S("a\\\"b")},
		{SPECIAL("{field: $map, decode: hex}"), .expected = S("6d")},
		{SPECIAL("{field: $id, decode: {map: {42: answer}}}"), .expected = S("answer")},
		{SPECIAL("{field: $id, decode: dec}"), .expected = S("42")},
		{SPECIAL("{field: $pin, decode: {map: {'" PIN "': here}}}"), .expected = S("here")},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_decoders__of_the_cpu(void **state)
{
#define CPU(label)                                                                                           \
	.yaml = "key: u8, value: u8, cpu: each, metrics: [{name: x, type: gauge, labels: {k: key, l: " label \
		"}}]",                                                                                       \
	.type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 2, .keys = "07",                                         \
	.values = "0100000000000000 0200000000000000", .expected
	static const struct decoded_case cases[] = {
		{CPU("$cpu") = "x{k=\"7\",l=\"0\"} 1\nx{k=\"7\",l=\"1\"} 2\n"},
		{CPU("{field: $cpu, decode: hex}") =
			 "x{k=\"7\",l=\"0x0\"} 1\nx{k=\"7\",l=\"0x1\"} 2\n"},
		{CPU("{field: $cpu, decode: {map: {1: one}}}") =
			 "x{k=\"7\",l=\"0\"} 1\nx{k=\"7\",l=\"one\"} 2\n"},
		/* Without much sense, but not without a result. */
		{CPU("{field: $cpu, decode: ip}") =
			 "x{k=\"7\",l=\"0.0.0.0\"} 1\nx{k=\"7\",l=\"1.0.0.0\"} 2\n"},
		{CPU("{field: $cpu, decode: port}") =
			 "x{k=\"7\",l=\"0\"} 1\nx{k=\"7\",l=\"256\"} 2\n"},
		{CPU("{field: $cpu, decode: string}") =
			 "x{k=\"7\",l=\"\"} 1\nx{k=\"7\",l=\"\x01\"} 2\n"},
		/* CPUs that are called the same are one series. */
		{CPU("{field: $cpu, decode: {map: {0..7: socket}}}") =
			 "x{k=\"7\",l=\"socket\"} 3\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		decoded_run(&cases[i]);
}

static void test_decoders__computed(void **state)
{
	static const struct decoded_case cases[] = {
		{LABEL("u32", "{field: key, shift: 8}"), .keys = "ff010000", .expected = X("1")},
		{LABEL("u32", "{field: key, mask: 0xf0}"), .keys = "ff010000",
		 .expected = X("240")},
		{LABEL("u32", "{field: key, shift: 4, mask: 0xf, decode: hex}"), .keys = "cdab0000",
		 .expected = X("0xc")},
		{LABEL("be16", "{field: key, shift: 8}"), .keys = "0102", .expected = X("1")},
		{LABEL("s32", "{field: key, shift: 4}"), .keys = "f0ffffff", .expected = X("-1")},
		{LABEL("s32", "{field: key, shift: 4, mask: 0xff}"), .keys = "f0ffffff",
		 .expected = X("255")},
		{LABEL("u64", "{field: key, shift: 63}"), .keys = "0000000000000080",
		 .expected = X("1")},
		{LABEL("u8", "{field: key, shift: 8}"), .keys = "ff", .expected = X("0")},
		{LABEL("u64", "{field: key, mask: 18446744073709551615}"),
		 .keys = "ffffffffffffffff", .expected = X("18446744073709551615")},
		{VALUE("u32", ", value: {field: value, shift: 8, mask: 0xff}"),
		 .values = "34126400", .expected = K("18")},
		{VALUE("be32", ", value: {field: value, shift: 8}"), .values = "00010203",
		 .expected = K("258")},
		{VALUE("u64", ", value: {field: value, scale: 1e-9}"), .values = "0100000000000000",
		 .expected = K("0.000000001")},
		{VALUE("u64", ", value: {field: value, scale: 2^-30}"),
		 .values = "ffffffffffffffff",
		 .expected = K("17179869183.999999999068677425384521484375")},
		{VALUE("u64", ", value: {field: value, scale: MiB}"), .values = "ffffffffffffffff",
		 .expected = K("19342813113834066794250240")},
		{VALUE("s64", ", value: {field: value, scale: 0.5}"), .values = "fdffffffffffffff",
		 .expected = K("-1.5")},
		{VALUE("u64", ", value: {field: value, scale: ms}"), .values = "0000000000000000",
		 .expected = K("0")},
		{VALUE("u64", ", value: {field: value, shift: 4, mask: 0xff, scale: 10}"),
		 .values = "f00f000000000000", .expected = K("2550")},
		{VALUE("u8", ", value: {field: key, scale: 2}"), .expected = K("14")},
		{VALUE("u8", ", value: 3"), .expected = K("3")},
		{VALUE("u8", ", value: 18446744073709551615"),
		 .expected = K("18446744073709551615")},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_decoders__fields(void **state)
{
#define STRUCTS                                                                                       \
	"key: [{name: k, type: u8}], value: [{name: a, type: u8}, {name: s, type: struct, count: 2, " \
	"fields: [{name: x, type: u16}, {name: y, type: be32, count: 2}]}], "                         \
	"metrics: [{name: x, type: gauge, labels: {k: k}, value: "
/* a, padding, then two of {x, padding, y[2]} */
#define STRUCT_BYTES "09 000000 0100 0000 00000002 00000003 0400 0000 00000005 00000006"
	static const struct decoded_case cases[] = {
		{STRUCTS "a}]", .values = STRUCT_BYTES, .expected = K("9")},
		{STRUCTS "value.a}]", .values = STRUCT_BYTES, .expected = K("9")},
		{STRUCTS "s.0.x}]", .values = STRUCT_BYTES, .expected = K("1")},
		{STRUCTS "s.1.x}]", .values = STRUCT_BYTES, .expected = K("4")},
		{STRUCTS "value.s.1.y.1}]", .values = STRUCT_BYTES, .expected = K("6")},
		{STRUCTS "{field: s.0.y.0}}]", .values = STRUCT_BYTES, .expected = K("2")},
		{STRUCTS "key.k}]", .values = STRUCT_BYTES, .expected = K("7")},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decoders__types_as_values),
		cmocka_unit_test(test_decoders__types_as_labels),
		cmocka_unit_test(test_decoders__dec_and_hex),
		cmocka_unit_test(test_decoders__ip_mac_port),
		cmocka_unit_test(test_decoders__map),
		cmocka_unit_test(test_decoders__ifname),
		cmocka_unit_test(test_decoders__of_special_fields),
		cmocka_unit_test(test_decoders__of_the_cpu),
		cmocka_unit_test(test_decoders__computed),
		cmocka_unit_test(test_decoders__fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
