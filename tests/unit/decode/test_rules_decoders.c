// SPDX-License-Identifier: GPL-2.0-only
/* Every decoder through a whole plan, with bytes that mean the same on every machine. */
#include "decoded.h"

#define DECODE(fields, decode, bytes, text)                                                             \
	{                                                                                               \
		"key: [" fields                                                                         \
		"], value: u8, metrics: [{name: x, type: gauge, labels: {l: {field: f, decode: " decode \
		"}}}]",                                                                                 \
			.keys = bytes, .values = "01", .expected = "x{l=\"" text "\"} 1\n"              \
	}
#define F(type) "{name: f, type: " type "}"

static void test_rules_decoders__bytes_and_numbers(void **state)
{
	static const struct decoded_case cases[] = {
		DECODE(F("s16"), "dec", "ffff", "-1"),
		DECODE(F("bytes, count: 2"), "dec", "0102", "513"),
		DECODE(F("u32"), "hex", "2a000000", "0x2a"),
		DECODE(F("s8"), "hex", "ff", "0xff"),
		DECODE(F("mac"), "hex", "0a0b0c0d0e0f", "0a0b0c0d0e0f"),
		DECODE(F("u32"), "string", "61620000", "ab"),
		DECODE(F("bytes, count: 3"), "string", "616263", "abc"),
		DECODE(F("u32"), "bool", "05000000", "true"),
		DECODE(F("u32"), "bool", "00000000", "false"),
		DECODE(F("bytes, count: 16"), "uuid", "00112233445566778899aabbccddeeff",
		       "00112233-4455-6677-8899-aabbccddeeff"),
		DECODE(F("u32"), "ip", "0a000001", "10.0.0.1"),
		DECODE(F("bytes, count: 16"), "ip", "00000000000000000000ffff0a000001", "10.0.0.1"),
		DECODE(F("u64, count: 2"), "ip", "20010db8000000000000000000000001", "2001:db8::1"),
		DECODE(F("bytes, count: 16"), "{ip: {v4: zero_tail}}",
		       "0a000001000000000000000000000000", "10.0.0.1"),
		DECODE(F("bytes, count: 16"), "ip", "0a000001000000000000000000000000", "a00:1::"),
		DECODE(F("u32"), "ip_host", "0100000a", "10.0.0.1"),
		DECODE(F("be32"), "ip_host", "0a000001", "10.0.0.1"),
		DECODE(F("bytes, count: 8"), "cidr", "180000000a000000", "10.0.0.0/24"),
		DECODE(F("struct, fields: [{name: n, type: u32}, {name: a, type: ipv6}]"), "cidr",
		       "2000000020010db8000000000000000000000000", "2001:db8::/32"),
		DECODE("{name: n, type: u32}, {name: f, type: u32}", "{cidr: {bits: n}}",
		       "080000000a000000", "10.0.0.0/8"),
		DECODE("{name: n, type: u32}, {name: ns, type: u64, offset: 4}, {name: f, type: u32, offset: 12}",
		       "{cidr: {bits: n, less: 64}}", "50000000 0000000000000000 0a010000",
		       "10.1.0.0/16"),
		DECODE(F("bytes, count: 6"), "mac", "0a0b0c0d0e0f", "0a:0b:0c:0d:0e:0f"),
		DECODE(F("u64"), "mac", "0a0b0c0d0e0f0000", "0a:0b:0c:0d:0e:0f"),
		DECODE(F("u16"), "port", "01bb", "443"),
		DECODE(F("u32"), "port", "01bb0000", "443"),
		DECODE(F("char, count: 13"), "dns", "076578616d706c65036f726700", "example.org"),
		DECODE(F("bytes, count: 1"), "dns", "00", ""),
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_decoders__names(void **state)
{
	static const struct decoded_case cases[] = {
		DECODE(F("u32"), "ifname", "01000000", "lo"),
		DECODE(F("u32"), "ifname", "ffffff7f", "2147483647"),
		DECODE(F("u8"), "ip_proto", "06", "tcp"),
		DECODE(F("u8"), "ip_proto", "fc", "252"),
		DECODE(F("be16"), "ethertype", "0800", "ipv4"),
		DECODE(F("u16"), "ethertype", "0100", "1"),
		DECODE(F("u8"), "tcp_state", "01", "ESTABLISHED"),
		DECODE(F("u8"), "tcp_state", "c8", "200"),
		DECODE(F("u32"), "syscall", "01000000", "write"),
		DECODE(F("u32"), "syscall", "ffffff7f", "2147483647"),
		DECODE(F("s32"), "errno", "feffffff", "ENOENT"),
		DECODE(F("u32"), "errno", "02000000", "ENOENT"),
		DECODE(F("s32"), "errno", "00000080", "-2147483648"),
		DECODE(F("s32"), "signal", "09000000", "SIGKILL"),
		DECODE(F("s32"), "signal", "f7ffffff", "SIGKILL"),
		DECODE(F("u32"), "user", "00000000", "root"),
		DECODE(F("u32"), "user", "fdffffff", "4294967293"),
		DECODE(F("u32"), "device", "ffffffff", "4294967295"),
		DECODE(F("u64"), "cgroup", "0100000000000000", "/"),
		DECODE(F("u64"), "cgroup", "ffffffffffffffff", "18446744073709551615"),
		DECODE(F("u64"), "container", "0100000000000000", ""),
		DECODE(F("char, count: 75"), "[string, container]",
		       "2f646f636b65722f 3031323334353637 3839616263646566 3031323334353637"
		       "3839616263646566 3031323334353637 3839616263646566 3031323334353637"
		       "3839616263646566 000000",
		       "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
		DECODE(F("u64"), "pod", "0100000000000000", ""),
		DECODE(F("char, count: 41"), "[string, pod]",
		       "2f706f64 30303131323233332d343435352d363637372d383839392d616162626363646465656666 00",
		       "00112233-4455-6677-8899-aabbccddeeff"),
		DECODE(F("u64"), "ksym", "0000000000000000", "0x0"),
		DECODE(F("u64, count: 2"), "stack", "0500000000000000 0600000000000000", "0x6;0x5"),
		DECODE(F("u64, count: 2"), "stack", "0000000000000000 0600000000000000", ""),
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

/* Names out of the machine's list of PCI devices, where it has one; else, and of unknown ones,
 * numbers. */
static void test_rules_decoders__pci(void **state)
{
	static const struct decoded_case cases[] = {
		DECODE(F("u32"), "pci_vendor", "fffffeff", "4294901759"),
		DECODE(F("u16"), "pci_vendor", "0000", "0"),
		DECODE(F("u32"), "pci_device", "fffffeff", "4294901759"),
		DECODE(F("u8"), "pci_class", "fe", "254"),
		DECODE(F("u16"), "pci_subclass", "fffe", "65279"),
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_decoders__texts(void **state)
{
	static const struct decoded_case cases[] = {
		DECODE(F("u8"), "{map: {1: one, 2..9: few}}", "01", "one"),
		DECODE(F("u8"), "{map: {1: one, 2..9: few}}", "09", "few"),
		DECODE(F("u8"), "{map: {1: one, 2..9: few}}", "0a", "10"),
		DECODE(F("u8"), "{map: {1: one}, default: 'unknown:$0'}", "0a", "unknown:10"),
		DECODE(F("s8"), "{map: {-1: lost}}", "ff", "lost"),
		DECODE(F("char, count: 2"), "{map: {ab: yes}, default: no}", "6162", "yes"),
		DECODE(F("char, count: 4"),
		       "{regex: [{match: 'k(.)z'}, {match: 'ab(c).*', replace: '\\1'}]}",
		       "6b797a00", "y"),
		DECODE(F("char, count: 4"), "{regex: [{match: 'x+', replace: many}]}", "78787878",
		       "many"),
		DECODE(F("char, count: 4"), "{regex: [{match: 'x+'}]}", "78787878", "xxxx"),
		DECODE(F("char, count: 4"), "{regex: [{match: 'x'}]}", "78787878", "xxxx"),
		DECODE(F("u8"), "{bits: {1: syn, 2: ack, 0x10: fin}}", "13", "syn,ack,fin"),
		DECODE(F("u8"), "{bits: {1: syn, 2: ack}}", "00", ""),
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_decoders__enum(void **state)
{
	static const struct decoded_case c = {
		"value: u8, metrics: [{name: x, type: gauge, labels: {l: {field: key, decode: [enum, {map: {BIG: b}}]}}}]",
		.keys = "05000000 06000000", .values = "01 02",
		.expected = "x{l=\"b\"} 1\nx{l=\"6\"} 2\n"};
	_cleanup_(layout_freep) struct layout *key = layout_new();
	struct decoded_case of_btf = c;

	(void)state;
	key->root.kind = FIELD_ENUM;
	key->root.size = 4;
	key->root.enumerators = calloc(1, sizeof(struct enumerator));
	assert_non_null(key->root.enumerators);
	key->root.enumerators[0] = (struct enumerator){5, strdup("BIG")};
	key->root.n_enumerators = 1;
	of_btf.key = key;
	assert_true(decoded_run(&of_btf));
}

/* Trace 7 has two frames, and there is no other. */
static int find_trace(struct stack_map *m, uint32_t id, uint64_t *addresses, size_t max,
		      size_t *ret_n)
{
	(void)m;
	if (id != 7)
		return -ENOENT;
	assert_true(max >= 2);
	addresses[0] = 0x10;
	addresses[1] = 0x20;
	*ret_n = 2;
	return 0;
}

static size_t n_open;

static void close_map(struct stack_map *m)
{
	(void)m;
	n_open--;
}

static int open_map(void *ctx, const char *map, struct stack_map **ret_map, struct err *e)
{
	static struct stack_map stacks = {.find = find_trace, .close = close_map};

	(void)ctx;
	(void)e;
	assert_string_equal(map, "traces");
	n_open++;
	*ret_map = &stacks;
	return 0;
}

static void test_rules_decoders__stack_by_id(void **state)
{
	static const struct stack_provider stacks = {.open = open_map};
	static const struct decoded_case c = {
		"key: s32, value: u8, metrics: [{name: x, type: gauge, labels: {l: {field: key, decode: {stack: {map: traces}}}}}]}, "
		"{name: traces, pin: /t",
		.keys = "07000000 08000000 efffffff", .values = "01 02 04", .stacks = &stacks,
		.expected = "x{l=\"0x20;0x10\"} 1\nx{l=\"8\"} 2\nx{l=\"-17\"} 4\n"};

	(void)state;
	assert_true(decoded_run(&c));
	assert_int_equal(n_open, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_decoders__bytes_and_numbers),
		cmocka_unit_test(test_rules_decoders__names),
		cmocka_unit_test(test_rules_decoders__pci),
		cmocka_unit_test(test_rules_decoders__texts),
		cmocka_unit_test(test_rules_decoders__enum),
		cmocka_unit_test(test_rules_decoders__stack_by_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
