// SPDX-License-Identifier: GPL-2.0-only
/* Decoders whose texts are the configuration's or BTF's. */
#include "decoder_bed.h"

static void test_decoders_texts__bool(void **state)
{
#define BOOL(kind)    DECODER(BOOL), .is_lossy = true, .field = FIELD_##kind
#define BOOL_OF(kind) BOOL(kind), .is_merging = true
	static const struct decoder_case cases[] = {
		{BOOL(BOOL), .bytes = "00", .expected = "false"},
		{BOOL(BOOL), .bytes = "02", .expected = "true"},
		{BOOL_OF(UINT), .bytes = "00000000", .expected = "false"},
		{BOOL_OF(UINT), .bytes = "00000001", .expected = "true"},
		{BOOL_OF(SINT), .bytes = "ffffffffffffffff", .expected = "true"},
		{BOOL_OF(ENUM), .bytes = "00", .expected = "false"},
		{BOOL(BYTES), .bytes = "01", .message = AT("bool needs an integer field")},
		{BOOL(FLOAT), .bytes = "00000000", .message = AT("bool needs an integer field")},
		{BOOL(CHARS), .text = "true", .message = AT("bool needs an integer field")},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
}

#define NAME(text) ((char *)(text))

static void test_decoders_texts__enum(void **state)
{
	static struct enumerator values[] = {
		{0, NAME("NONE")}, {0, NAME("FIRST")}, {7, NAME("SEVEN")}, {-1, NAME("LEAST")}};
	static struct enumerator same[] = {{1, NAME("X")}, {2, NAME("Y")}, {3, NAME("X")}};
#define OF(list) \
	DECODER(ENUM), .field = FIELD_ENUM, .enumerators = (list), .n_enumerators = ARRAY_SIZE(list)
#define NO_ENUM \
	AT("enum needs a field that is an enum in the map's BTF: name its numbers with {map: {0: …}}")
	static const struct decoder_case cases[] = {
		{OF(values), .bytes = "07000000", .expected = "SEVEN"},
		{OF(values), .bytes = "00", .expected = "NONE"},
		{OF(values), .bytes = "ffffffffffffffff", .expected = "LEAST"},
		{OF(values), .bytes = "08000000", .expected = "8"},
		{OF(values), .bytes = "ffffffff", .expected = "4294967295"},
		/* BTF that gives two numbers one name */
		{OF(same), .is_lossy = true, .bytes = "01", .expected = "X"},
		{OF(same), .is_lossy = true, .bytes = "03", .expected = "X"},
		{DECODER(ENUM), FIELD_ENUM, .bytes = "01", .message = NO_ENUM},
		{DECODER(ENUM), FIELD_UINT, .bytes = "01", .message = NO_ENUM},
		{DECODER(ENUM), FIELD_BYTES, .bytes = "01", .message = NO_ENUM},
		{DECODER(ENUM), .text = "X", .message = NO_ENUM},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
}

/* An enum of BTF that is only declared has no names, and no decoder either. */
static void test_decoders_texts__enum_without_names(void **state)
{
	const struct field f = {.kind = FIELD_ENUM, .size = 4};
	const struct datum_shape shape = {.kind = DATUM_NUMBER, .n = 4, .field = &f};

	(void)state;
	assert_ptr_equal(decoder_default(&shape), &decoder_dec);
}

#define ENTRY(first, text)                         \
	{                                          \
		(first), (first), NULL, NAME(text) \
	}
#define RANGE(from, to, text)                  \
	{                                      \
		(from), (to), NULL, NAME(text) \
	}
#define NAMED(name, text)                    \
	{                                    \
		0, 0, NAME(name), NAME(text) \
	}
#define LIST(list) .entries = (list), .n_entries = ARRAY_SIZE(list)

static struct config_map_entry plain[] = {ENTRY(-5, "minus"), ENTRY(0, "off"), ENTRY(1, "on")};
static struct config_map_entry twins[] = {ENTRY(0, "off"), ENTRY(1, "on"), ENTRY(2, "on")};
static struct config_map_entry ranges[] = {RANGE(INT64_MIN, -1, "negative"), ENTRY(0, "off"),
					   RANGE(1, 1023, "low")};
static struct config_map_entry digits[] = {ENTRY(1, "2")};
static struct config_map_entry named[] = {ENTRY(1, "on"), NAMED("idle", "none"),
					  NAMED("10.0.0.1", "home"), NAMED("", "empty")};

static struct config_map_entry widest[] = {ENTRY(INT64_MIN, "least"), ENTRY(-1, "minus"),
					   RANGE(INT64_MAX, (int128)INT64_MAX + 1, "middle"),
					   ENTRY(UINT64_MAX, "none")};

static void test_decoders_texts__map(void **state)
{
#define MAP(list, ...) DECODER(MAP, LIST(list), __VA_ARGS__)
#define ELSE(text)     .fallback = NAME(text)
	static const struct decoder_case cases[] = {
		/* Names for single numbers lose nothing. */
		{MAP(plain), .bytes = "01000000", .expected = "on"},
		{MAP(plain), .bytes = "02000000", .expected = "2"},
		{MAP(plain), FIELD_SINT, .bytes = "fb", .expected = "minus"},
		{MAP(plain), .bytes = "fb", .expected = "251"},
		{MAP(plain), .bytes = "fbffffffffffffff", .expected = "18446744073709551611"},
		/* a text that is another number */
		{MAP(digits), .is_lossy = true, .bytes = "01", .expected = "2"},
		{MAP(digits), .is_lossy = true, .bytes = "02", .expected = "2"},
		/* What is there to merge. */
		{MAP(twins), .is_lossy = true, .is_merging = true, .bytes = "02", .expected = "on"},
		{MAP(ranges), .is_lossy = true, .is_merging = true, .bytes = "ff03",
		 .expected = "low"},
		{MAP(ranges), .is_lossy = true, .is_merging = true, .field = FIELD_SINT,
		 .bytes = "0000000000000080", .expected = "negative"},
		{MAP(plain, ELSE("other")), .is_lossy = true, .is_merging = true, .bytes = "07",
		 .expected = "other"},
		{MAP(plain, ELSE("")), .is_lossy = true, .is_merging = true, .bytes = "07",
		 .expected = ""},
		/* a default that shows the input */
		{MAP(plain, ELSE("unknown:$0")), .is_lossy = true, .bytes = "07",
		 .expected = "unknown:7"},
		{MAP(plain, ELSE("$0,$0")), .is_lossy = true, .bytes = "07", .expected = "7,7"},
		{MAP(plain, ELSE("unknown:$0")), .is_lossy = true, .text = "$0",
		 .expected = "unknown:$0"},
		/* texts */
		{MAP(named), .is_lossy = true, .text = "idle", .expected = "none"},
		{MAP(named), .is_lossy = true, .text = "0x1", .expected = "on"},
		{MAP(named), .is_lossy = true, .text = "", .expected = "empty"},
		{MAP(named), .is_lossy = true, .text = "q\"\n\\\x80",
		 .expected = "q\\\"\\n\\\\\xef\xbf\xbd"},
		{MAP(named), .is_lossy = true, .field = FIELD_CHARS, .bytes = "69646c65 0000",
		 .expected = "none"},
		{MAP(named), .is_lossy = true, .field = FIELD_IPV4, .bytes = "0a000001",
		 .expected = "home"},
		{MAP(named), .is_lossy = true, .field = FIELD_BYTES, .bytes = "00ff",
		 .expected = "00ff"},
		{MAP(named), .is_lossy = true, .field = FIELD_BOOL, .bytes = "01",
		 .expected = "on"},
		{MAP(plain), .is_lossy = true, .field = FIELD_FLOAT, .bytes = "0000000000000000",
		 .expected = "0"},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
}

/* Of 64 bits with a sign and without: the same bits are other numbers. */
static void test_decoders_texts__map_of_64_bits(void **state)
{
#define WIDEST DECODER(MAP, LIST(widest)), .is_lossy = true, .is_merging = true
	static const struct decoder_case cases[] = {
		{WIDEST, .bytes = "ffffffffffffffff", .expected = "none"},
		{WIDEST, .field = FIELD_SINT, .bytes = "ffffffffffffffff", .expected = "minus"},
		{WIDEST, .bytes = "ffffffff", .expected = "4294967295"},
		{WIDEST, .field = FIELD_SINT, .bytes = "ff", .expected = "minus"},
		{WIDEST, .bytes = "ffffffffffffff7f", .expected = "middle"},
		{WIDEST, .field = FIELD_SINT, .bytes = "ffffffffffffff7f", .expected = "middle"},
		{WIDEST, .bytes = "0000000000000080", .expected = "middle"},
		{WIDEST, .field = FIELD_SINT, .bytes = "0000000000000080", .expected = "least"},
		{WIDEST, .bytes = "0100000000000080", .expected = "9223372036854775809"},
		{WIDEST, .bytes = "feffffffffffffff", .expected = "18446744073709551614"},
		/* text that reads as a number */
		{WIDEST, .text = "18446744073709551615", .expected = "none"},
		{WIDEST, .text = "0xffffffffffffffff", .expected = "none"},
		{WIDEST, .text = "-1", .expected = "minus"},
		{WIDEST, .text = "9223372036854775808", .expected = "middle"},
		{WIDEST, .text = "-9223372036854775808", .expected = "least"},
		{WIDEST, .text = "-9223372036854775809", .expected = "-9223372036854775809"},
		{WIDEST, .text = "-18446744073709551615", .expected = "-18446744073709551615"},
		{WIDEST, .text = "18446744073709551616", .expected = "18446744073709551616"},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
}

static struct config_map_entry flags[] = {ENTRY(1, "a"), ENTRY(2, "b"), ENTRY(4, "c")};
static struct config_map_entry groups[] = {ENTRY(0, "none"), ENTRY(1, "read"), ENTRY(2, "write"),
					   ENTRY(3, "both"), ENTRY((int128)1 << 63, "top")};
static struct config_map_entry doubled[] = {ENTRY(1, "error"), ENTRY(2, "error")};
static struct config_map_entry commas[] = {ENTRY(1, "a"), ENTRY(2, "a,b")};
static struct config_map_entry hexes[] = {ENTRY(1, "0x2")};
static struct config_map_entry nameless[] = {ENTRY(1, "")};
static struct config_map_entry escaped[] = {ENTRY(1, "\"")};

static void test_decoders_texts__bits(void **state)
{
#define BITS(list) DECODER(BITS, LIST(list))
#define INTEGER	   AT("bits needs an integer field")
	static const struct decoder_case cases[] = {
		{BITS(flags), .bytes = "00", .expected = ""},
		{BITS(flags), .bytes = "01", .expected = "a"},
		{BITS(flags), .bytes = "06000000", .expected = "b,c"},
		{BITS(flags), .bytes = "07", .expected = "a,b,c"},
		{BITS(flags), .bytes = "09", .expected = "a,0x8"},
		{BITS(flags), .bytes = "08", .expected = "0x8"},
		{BITS(flags), FIELD_SINT, .bytes = "ff", .expected = "a,b,c,0xf8"},
		{BITS(flags), FIELD_SINT, .bytes = "ffffffffffffffff",
		 .expected = "a,b,c,0xfffffffffffffff8"},
		{BITS(groups), .bytes = "00", .expected = "none"},
		{BITS(groups), .bytes = "02", .expected = "write"},
		{BITS(groups), .bytes = "03", .expected = "read,write,both"},
		{BITS(groups), .bytes = "0100000000000080", .expected = "read,top"},
		{BITS(escaped), .bytes = "01", .expected = "\\\""},
		/* names with which a list can be read in two ways */
		{BITS(doubled), .is_lossy = true, .is_merging = true, .bytes = "02",
		 .expected = "error"},
		{BITS(commas), .is_lossy = true, .bytes = "02", .expected = "a,b"},
		{BITS(hexes), .is_lossy = true, .bytes = "03", .expected = "0x2,0x2"},
		{BITS(nameless), .is_lossy = true, .bytes = "01", .expected = ""},
		{BITS(flags), FIELD_BYTES, .bytes = "01", .message = INTEGER},
		{BITS(flags), FIELD_FLOAT, .bytes = "00000000", .message = INTEGER},
		{BITS(flags), .text = "1", .message = INTEGER},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
}

#define REWRITE(pattern, with)                                                   \
	{                                                                        \
		.at = {"f", 5, 6}, .match = NAME(pattern), .replace = NAME(with) \
	}
#define REGEX(list)                                                                           \
	DECODER(REGEX, .rewrites = (list), .n_rewrites = ARRAY_SIZE(list)), .is_lossy = true, \
									    .is_merging = true

static struct config_rewrite host[] = {REWRITE("([a-z]+)-[0-9]+", NULL), REWRITE("[0-9]+", "n"),
				       REWRITE("x|xyz|.*!", NULL)};
static struct config_rewrite swap[] = {REWRITE("(a+)(b+)?(c)", "\\3\\1[\\2]\\0\\\\\\.\\"),
				       REWRITE("a", "")};
static struct config_rewrite nine[] = {
	REWRITE("(1)(2)(3)(4)(5)(6)(7)(8)(9)", "\\9\\8\\7\\6\\5\\4\\3\\2\\1")};
static struct config_rewrite all[] = {REWRITE("", "none"), REWRITE("(.)*", "any")};
static struct config_rewrite broken[] = {REWRITE("fine", NULL), REWRITE("(", NULL)};

static void test_decoders_texts__regex(void **state)
{
	static const struct decoder_case cases[] = {
		/* by default group 1, and the match where there is no group */
		{REGEX(host), .text = "web-17", .expected = "web"},
		{REGEX(host), .text = "xyz", .expected = "xyz"},
		{REGEX(host), .text = "17", .expected = "n"},
		/* the whole text, or not at all */
		{REGEX(host), .text = "web-17 ", .expected = "web-17 "},
		{REGEX(host), .text = " web-17", .expected = " web-17"},
		{REGEX(host), .text = "xy", .expected = "xy"},
		{REGEX(host), .text = "", .expected = ""},
		{REGEX(host), .text = "web-17\n", .expected = "web-17\\n"},
		{REGEX(host), .text = "\"\\\xff", .expected = "\\\"\\\\\xef\xbf\xbd"},
		/* bytes are characters */
		{REGEX(host), .text = "\xff!", .expected = "\xef\xbf\xbd!"},
		{REGEX(swap), .text = "aabc", .expected = "caa[b]aabc\\\\.\\\\"},
		{REGEX(swap), .text = "ac", .expected = "ca[]ac\\\\.\\\\"},
		{REGEX(swap), .text = "a", .expected = ""},
		{REGEX(nine), .text = "123456789", .expected = "987654321"},
		{REGEX(all), .text = "", .expected = "none"},
		{REGEX(all), .text = "12", .expected = "any"},
		/* fields have their type's text */
		{REGEX(host), .field = FIELD_UINT, .bytes = "11", .expected = "n"},
		{REGEX(host), .field = FIELD_SINT, .bytes = "ff", .expected = "-1"},
		{REGEX(host), .field = FIELD_CHARS, .bytes = "7765622d3137 00 ff",
		 .expected = "web"},
		{REGEX(host), .field = FIELD_CHARS, .bytes = "00", .expected = ""},
		{REGEX(host), .field = FIELD_IPV4, .bytes = "0a000001", .expected = "10.0.0.1"},
		{REGEX(host), .field = FIELD_BYTES, .bytes = "6121", .expected = "n"},
		{REGEX(broken), .text = "fine",
		 .message = "f:5:6: '(' is no regular expression: Unmatched ( or \\("},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
}

/* More texts than are kept, each twice, and one that is longer than what is kept. */
static void test_decoders_texts__regex_of_many(void **state)
{
	struct decoder_case c = {REGEX(host), .text = ""};
	struct decoder_scratch scratch = {0};
	_cleanup_buf_ struct buf text = BUF_INIT, out = BUF_INIT, big = BUF_INIT;
	_cleanup_(bed_done) struct bed b;

	(void)state;
	bed_init(&b, &c);
	assert_int_equal(bed_compile(&b), 0);
	for (int i = 0; i < 20000; i++) {
		char expected = (char)('a' + i / 2 % 26);

		text.len = out.len = 0;
		assert_int_equal(buf_printf(&text, "%c-%d", expected, i / 2), 0);
		b.datum.bytes = (const uint8_t *)text.data;
		b.datum.n = text.len;
		assert_int_equal(decoder_chain_run(&b.chain, &b.datum, &scratch, &out), 0);
		assert_int_equal(out.len, 1);
		assert_int_equal(out.data[0], expected);
	}
	for (int i = 0; i < 65536; i++)
		assert_int_equal(buf_append(&big, "b", 1), 0);
	assert_int_equal(buf_append(&big, "-1", 2), 0);
	out.len = 0;
	b.datum.bytes = (const uint8_t *)big.data;
	b.datum.n = big.len;
	assert_int_equal(decoder_chain_run(&b.chain, &b.datum, &scratch, &out), 0);
	assert_int_equal(out.len, 65536);
	/* A NUL is a character that only a bracket could name. */
	out.len = 0;
	b.datum.bytes = (const uint8_t *)"a-1\0";
	b.datum.n = 4;
	assert_int_equal(decoder_chain_run(&b.chain, &b.datum, &scratch, &out), 0);
	assert_int_equal(out.len, 3 + 3);
	decoder_scratch_done(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decoders_texts__bool),
		cmocka_unit_test(test_decoders_texts__enum),
		cmocka_unit_test(test_decoders_texts__enum_without_names),
		cmocka_unit_test(test_decoders_texts__map),
		cmocka_unit_test(test_decoders_texts__map_of_64_bits),
		cmocka_unit_test(test_decoders_texts__bits),
		cmocka_unit_test(test_decoders_texts__regex),
		cmocka_unit_test(test_decoders_texts__regex_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
