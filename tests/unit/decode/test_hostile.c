// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps as somebody would fill them who wants to break a scrape. Whatever is in
 * them, the text is valid, what differs is not merged, what reads the same is
 * added, and nothing is read beyond the bytes: these end where their page does,
 * and the next one cannot be read.
 */
#include "decoded.h"

#include <sys/mman.h>
#include <unistd.h>

#include "support/alloc_fault.h"

#define FFFD "\xef\xbf\xbd"

/* Bytes just before a page that cannot be read. */
struct guarded {
	uint8_t *pages, *bytes;
	size_t n_pages_bytes;
};

static struct guarded guarded_new(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n_data = (n + page - 1) / page * page;
	struct guarded g = {.n_pages_bytes = n_data + page};

	g.pages = mmap(NULL, g.n_pages_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	assert_ptr_not_equal(g.pages, MAP_FAILED);
	assert_int_equal(mprotect(g.pages + n_data, page, PROT_NONE), 0);
	g.bytes = g.pages + n_data - n;
	return g;
}

static void guarded_done(struct guarded *g)
{
	munmap(g->pages, g->n_pages_bytes);
}

/* One pass over n entries, of which the caller gives keys and values. */
static struct builder_result run(struct decoded *d, uint32_t n, const void *keys,
				 const void *values, uint64_t max_series)
{
	_cleanup_(builder_freep) struct builder *b =
		builder_new(d->plan, NULL, NULL, &(struct config_limits){.max_series = max_series});
	size_t n_keys = n * d->info.key_size;
	size_t n_values = (size_t)n * d->info.n_cpus * d->info.value_stride;
	_cleanup_(guarded_done) struct guarded k = guarded_new(n_keys), v = guarded_new(n_values);
	struct builder_result r = {0};

	assert_non_null(b);
	memcpy(k.bytes, keys, n_keys);
	memcpy(v.bytes, values, n_values);
	assert_int_equal(builder_add(b, k.bytes, v.bytes, n), 0);
	assert_int_equal(builder_finish(b, &r), 0);
	return r;
}

/* Valid, escaped, and as many lines as there are series. Returns the text. */
static char *show(const struct builder_result *r)
{
	char *text = decoded_text(r->snapshot);
	bool in_quotes = false;
	const unsigned char *p = (const unsigned char *)text;

	assert_int_equal(decoded_count_lines(text), r->n_series);
	for (; *p; p++) {
		if (in_quotes && *p == '\\')
			assert_non_null(strchr("\"\\n", *++p));
		else if (*p == '"')
			in_quotes = !in_quotes;
		else if (*p == '\n')
			assert_false(in_quotes);
		else if (*p >= 0x80) { /* the only one that the tests put in, or get */
			assert_memory_equal(p, FFFD, 3);
			p += 2;
		}
	}
	assert_false(in_quotes);
	snapshot_unref(r->snapshot);
	return text;
}

/* Each byte as the whole text of a key, through what shows text. */
static void test_hostile__every_byte(void **state)
{
	static const struct {
		const char *yaml;
		size_t n_series;
		const char *line;
	} cases[] = {
		{"key: [{name: k, type: char}], LABEL k}}]", 129, "x{l=\"" FFFD "\"} 128\n"},
		{"key: [{name: k, type: bytes}], LABEL {field: k, decode: string}}}]", 129,
		 "x{l=\"" FFFD "\"} 128\n"},
		{"key: u8, LABEL {field: key, decode: string}}}]", 129, "x{l=\"\"} 1\n"},
		{"key: [{name: k, type: char}], LABEL {field: k, decode: {map: {a: b}}}}}]", 128,
		 "x{l=\"b\"} 2\n"},
		{"key: [{name: k, type: char}], LABEL {field: k, decode: {map: {a: b}, default: "
		 "'<$0>'}}}}]",
		 129, "x{l=\"<\\\">\"} 1\n"},
		{"key: [{name: k, type: char}], LABEL {field: k, decode: {regex: [{match: '.'}]}}}}]",
		 129, "x{l=\"\\\\\"} 1\n"},
		{"key: [{name: k, type: bytes}], LABEL {field: k, decode: dns}}}]", 256,
		 "x{l=\"ff\"} 1\n"},
		{"key: [{name: k, type: bytes}], LABEL {field: k, decode: hex}}}]", 256,
		 "x{l=\"0a\"} 1\n"},
		{"key: u8, LABEL {field: key, decode: [hex, string]}}}]", 256, "x{l=\"0xa\"} 1\n"},
		{"key: [{name: k, type: char}], LABEL {field: k, keep: '.'}}}]", 128,
		 "x{l=\"\\n\"} 1\n"},
	};
	uint8_t keys[256], values[256];

	(void)state;
	for (size_t i = 0; i < 256; i++) {
		keys[i] = (uint8_t)i;
		values[i] = 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		_cleanup_buf_ struct buf yaml = BUF_INIT;
		const char *mark = strstr(cases[i].yaml, "LABEL");
		_cleanup_(freep) char *text = NULL;
		struct builder_result r;

		buf_printf(&yaml, "%.*svalue: u8, metrics: [{name: x, type: gauge, labels: {l:%s",
			   (int)(mark - cases[i].yaml), cases[i].yaml, mark + strlen("LABEL"));
		decoded_compile(&d, &(struct decoded_case){.yaml = buf_string(&yaml)});
		r = run(&d, 256, keys, values, 1000);
		if (r.n_series != cases[i].n_series)
			fail_msg("%s: %zu series", cases[i].yaml, (size_t)r.n_series);
		text = show(&r);
		if (!strstr(text, cases[i].line))
			fail_msg("%s gives\n%s", cases[i].yaml, text);
	}
}

#define TWO_TEXTS                                                                              \
	"key: [{name: a, type: char, count: 6}, {name: b, type: char, count: 6}], value: u8, " \
	"metrics: [{name: x_total, type: counter, labels: {a: a, b: b}}]"
#define ONE_TEXT "key: [{name: k, type: char, count: 4}], value: u8, metrics: [{name: x, type: "

/* What differs, however much alike it looks. */
static void test_hostile__different_is_not_merged(void **state)
{
	static const struct decoded_case cases[] = {
		/* ("a|b", "c") and ("a", "b|c") */
		{.yaml = TWO_TEXTS,
		 .keys = "617c62000000 630000000000 610000000000 627c63000000",
		 .values = "01 02",
		 .expected = "x_total{a=\"a|b\",b=\"c\"} 1\nx_total{a=\"a\",b=\"b|c\"} 2\n"},
		/* (`",b="`, ``) and (``, `",b="`): label text in a label */
		{.yaml = TWO_TEXTS,
		 .keys = "222c623d2200 000000000000 000000000000 222c623d2200",
		 .values = "01 02",
		 .expected = "x_total{a=\"\\\",b=\\\"\",b=\"\"} 1\n"
			     "x_total{a=\"\",b=\"\\\",b=\\\"\"} 2\n"},
		/* a backslash before the end, and before an n that is no newline */
		{.yaml = TWO_TEXTS,
		 .keys = "5c0000000000 220000000000 5c6e00000000 000000000000 0a0000000000 000000000000",
		 .values = "01 02 03",
		 .expected = "x_total{a=\"\\\\\",b=\"\\\"\"} 1\nx_total{a=\"\\\\n\",b=\"\"} 2\n"
			     "x_total{a=\"\\n\",b=\"\"} 3\n"},
		/* what looks like the end of a line and another series */
		{.yaml = TWO_TEXTS,
		 .keys = "227d20310a78 000000000000",
		 .values = "01",
		 .expected = "x_total{a=\"\\\"} 1\\nx\",b=\"\"} 1\n"},
		/* a name that is U+FFFD itself, and text of the same numbers */
		{.yaml = ONE_TEXT "gauge, labels: {k: {field: k, decode: hex}}}]",
		 .keys = "ff000000 fe000000",
		 .values = "01 02",
		 .expected = "x{k=\"ff000000\"} 1\nx{k=\"fe000000\"} 2\n"},
		/* empty texts are labels, too */
		{.yaml = TWO_TEXTS,
		 .keys = "000000000000 000000000000",
		 .values = "07",
		 .expected = "x_total{a=\"\",b=\"\"} 7\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		decoded_run(&cases[i]);
}

/* Keys whose text became the same: one series, as no two may have the same labels. */
static void test_hostile__same_text_is_added(void **state)
{
	static const struct decoded_case cases[] = {
		/* no UTF-8, of every kind: alone, cut off, overlong, a surrogate, too large */
		{.yaml = ONE_TEXT "gauge, labels: {k: k}}]",
		 .keys = "ff000000 80000000 c3000000 fe000000",
		 .values = "01 02 03 04",
		 .expected = "x{k=\"" FFFD "\"} 10\n"},
		{.yaml = ONE_TEXT "gauge, labels: {k: k}}]",
		 .keys = "c0800000 c1bf0000 e2820000 fffe0000",
		 .values = "01 02 03 04",
		 .expected = "x{k=\"" FFFD FFFD "\"} 10\n"},
		{.yaml = ONE_TEXT "gauge, labels: {k: k}}]",
		 .keys = "e09fbf00 eda08000 f0909000",
		 .values = "01 02 03",
		 .expected = "x{k=\"" FFFD FFFD FFFD "\"} 6\n"},
		{.yaml = ONE_TEXT "gauge, labels: {k: k}}]",
		 .keys = "f08fbfbf f4908080 f8888080",
		 .values = "01 02 03",
		 .expected = "x{k=\"" FFFD FFFD FFFD FFFD "\"} 6\n"},
		/* one that is U+FFFD already */
		{.yaml = ONE_TEXT "gauge, labels: {k: k}}]",
		 .keys = "efbfbd00 ff000000",
		 .values = "01 02",
		 .expected = "x{k=\"" FFFD "\"} 3\n"},
		/* what follows a NUL */
		{.yaml = ONE_TEXT "gauge, labels: {k: k}}]",
		 .keys = "61006262 61000000",
		 .values = "01 02",
		 .expected = "x{k=\"a\"} 3\n"},
		{.yaml = ONE_TEXT "gauge, aggregate: max, labels: {k: k}}]",
		 .keys = "ff000000 fe000000 fd000000",
		 .values = "01 09 03",
		 .expected = "x{k=\"" FFFD "\"} 9\n"},
		{.yaml = ONE_TEXT "gauge, aggregate: avg, labels: {k: k}}]",
		 .keys = "ff000000 fe000000",
		 .values = "01 02",
		 .expected = "x{k=\"" FFFD "\"} 1.5\n"},
		{.yaml = "key: [{name: k, type: char}], value: u8, metrics: [{name: x_info, type: "
			 "info, labels: {k: k}}]",
		 .keys = "ff fe",
		 .values = "01 02",
		 .expected = "x_info{k=\"" FFFD "\"} 1\n"},
		/* numbers that are none, of different bits */
		{.yaml = "key: f32, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}]",
		 .keys = "0000c07f 0100c07f 0000c0ff 00000080 00000000",
		 .values = "01 02 03 04 05",
		 .expected = "x{k=\"NaN\"} 6\nx{k=\"0\"} 9\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		decoded_run(&cases[i]);
}

/* A histogram of two such keys is one, whole. */
static void test_hostile__same_text_in_a_histogram(void **state)
{
	static const struct decoded_case c = {
		.yaml = "key: [{name: k, type: char}], value: [{name: s, type: s8, count: 2}], "
			"metrics: [{name: x, type: histogram, labels: {k: k}, buckets: {field: s, "
			"scheme: exp2, edges: upper, overflow: true}}]"};
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(freep) char *text = NULL;
	struct builder_result r;

	(void)state;
	decoded_compile(&d, &c);
	/* a count is no negative number, whatever its type says: 0xff are 255 */
	r = decoded_pass(&d, NULL, 0, "ff fe", "01ff 0201");
	assert_int_equal(r.n_series, 1);
	text = decoded_text(r.snapshot);
	assert_string_equal(text, "x_bucket{k=\"" FFFD "\",le=\"1\"} 3\n"
				  "x_bucket{k=\"" FFFD "\",le=\"+Inf\"} 259\n"
				  "x_count{k=\"" FFFD "\"} 259\n");
	snapshot_unref(r.snapshot);
}

#define LARGE 65536

/* Values as large as they may be. */
static void test_hostile__64_KiB(void **state)
{
	static const struct {
		const char *yaml;
		size_t n_series, n_text; /* of the first sample's label */
	} cases[] = {
		{"key: u8, value: [{name: s, type: char, count: 65528}, {name: n, type: u64}], "
		 "metrics: [{name: x, type: gauge, value: n, labels: {l: s}}]",
		 1, 2 * 65528},
		{"key: u8, value: [{name: s, type: bytes, count: 65536}], "
		 "metrics: [{name: x, type: gauge, value: 1, labels: {l: {field: s, decode: hex}}}]",
		 1, 2 * LARGE},
		{"key: u8, value: [{name: s, type: bytes, count: 65536}], metrics: [{name: x, type: "
		 "gauge, value: 1, labels: {l: {field: s, decode: [string, {regex: [{match: "
		 "'(.)(.*)'}]}]}}}]",
		 1, 2},
		{"key: u8, value: [{name: s, type: bytes, count: 65536}], metrics: [{name: x, type: "
		 "gauge, value: 1, labels: {l: {field: s, decode: [string, {map: {a: b}, default: "
		 "'$0$0'}]}}}]",
		 1, 4 * LARGE},
		{"key: u8, value: [{name: s, type: u64, count: 8192}], "
		 "metrics: [{name: x, type: gauge, value: s.*, labels: {l: $i}}]",
		 8192, 1},
		{"key: u8, value: [{name: s, type: u64, count: 8192}], "
		 "metrics: [{name: x, type: gauge, value: s.*, labels: {l: s.*}}]",
		 1, strlen("2459565876494606882")},
		{"key: u8, value: [{name: s, type: bytes, count: 65536}], "
		 "metrics: [{name: x, type: gauge, value: s.*}]",
		 1, 0},
		{"key: u8, value: [{name: s, type: struct, count: 256, fields: [{name: t, type: u8, "
		 "count: 256}]}], metrics: [{name: x, type: gauge, value: s.*.t.*, labels: {l: $j}}]",
		 256, 1},
	};
	_cleanup_(freep) uint8_t *values = malloc(LARGE);

	(void)state;
	assert_non_null(values);
	memset(values, '"', LARGE); /* 0x2222222222222222 = 2459565876494606882 */
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		_cleanup_(freep) char *text = NULL;
		struct builder_result r;
		const char *label;

		decoded_compile(&d, &(struct decoded_case){.yaml = cases[i].yaml});
		assert_int_equal(d.info.value_size, LARGE);
		r = run(&d, 1, "k", values, 10000);
		assert_int_equal(r.n_series, cases[i].n_series);
		text = show(&r);
		label = strstr(text, "l=\"");
		assert_int_equal(!label, !cases[i].n_text);
		if (label)
			assert_int_equal(strcspn(label + 3, "}") - 1, cases[i].n_text);
	}
}

/* The sum of 8192 elements of 64 bits each needs more than 64. */
static void test_hostile__sums_do_not_wrap(void **state)
{
	static const struct decoded_case c = {
		.yaml = "key: u8, value: [{name: s, type: u64, count: 8192}, {name: t, type: s64}], "
			"metrics: [{name: x_total, type: counter, value: s.*}, {name: y, type: gauge, value: t}]"};
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(freep) uint8_t *values = malloc(2 * (LARGE + 8));
	_cleanup_(freep) char *text = NULL;
	const int64_t least = INT64_MIN;
	struct builder_result r;

	(void)state;
	assert_non_null(values);
	memset(values, 0xff, 2 * (LARGE + 8));
	memcpy(values + LARGE, &least, 8);
	memcpy(values + LARGE + 8 + LARGE, &least, 8);
	decoded_compile(&d, &c);
	r = run(&d, 2, "ab", values, 10);
	text = show(&r);
	assert_string_equal(text, "x_total 302231454903657293660160\ny -18446744073709551616\n");
}

/* As many label sets as keys do not pass the limit. */
static void test_hostile__limit(void **state)
{
	static const char *const yamls[] = {
		"key: u32, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}]",
		"key: u32, value: u8, metrics: [{name: x, type: gauge, labels: {k: {field: key, "
		"mask: 0xffff}}}]",
		"key: u32, value: u8, metrics: [{name: x_total, type: counter, labels: {k: {field: "
		"key, mask: 0xffff}}}]",
		"key: u32, value: u8, metrics: [{name: x, type: gauge, value: 1, labels: {k: key, v: "
		"value}}]",
	};
	enum { N = 5000, MAX = 100 };
	_cleanup_(freep) uint32_t *keys = calloc(N, sizeof(*keys));
	_cleanup_(freep) uint8_t *values = calloc(N, 1);

	(void)state;
	assert_non_null(keys);
	assert_non_null(values);
	for (uint32_t i = 0; i < N; i++)
		keys[i] = i;
	for (size_t i = 0; i < ARRAY_SIZE(yamls); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		_cleanup_(freep) char *text = NULL;
		struct builder_result r;

		decoded_compile(&d, &(struct decoded_case){.yaml = yamls[i]});
		r = run(&d, N, keys, values, MAX);
		assert_int_equal(r.n_series, MAX);
		assert_int_equal(r.n_dropped, N - MAX);
		text = show(&r);
		assert_non_null(strstr(text, "{k=\"0\""));
	}
}

/* Each field where it ends with the key or value: one byte more cannot be read. */
static void test_hostile__at_the_end(void **state)
{
	static const struct {
		const char *field, *decode, *text; /* of bytes of 0x41 */
	} cases[] = {
		{"type: u8", "dec", "65"},
		{"type: u16", "hex", "0x4141"},
		{"type: u64", "dec", "4702111234474983745"},
		{"type: be32", "dec", "1094795585"},
		{"type: f32", "dec", "12.078431"},
		{"type: u32, bits: 24-31", "dec", "65"},
		{"type: u64, bits: 63", "dec", "0"},
		{"type: char, count: 7", "string", "AAAAAAA"},
		{"type: bytes, count: 3", "string", "AAA"},
		{"type: bytes, count: 3", "hex", "414141"},
		{"type: bytes, count: 3", "dns", "414141"},
		{"type: bytes, count: 66", "dns", "41"},
		{"type: ipv4", "ip", "65.65.65.65"},
		{"type: ipv6", "ip", "4141:4141:4141:4141:4141:4141:4141:4141"},
		{"type: mac", "mac", "41:41:41:41:41:41"},
		{"type: bytes, count: 16", "uuid", "41414141-4141-4141-4141-414141414141"},
		{"type: bytes, count: 8", "cidr", "65.65.65.65/1094795585"},
		{"type: be16", "port", "16705"},
		{"type: char, count: 5", "{regex: [{match: 'A*'}]}", "AAAAA"},
		{"type: char, count: 5", "{map: {AAAAA: five}}", "five"},
		{"type: u64, count: 3", "stack", "0x4141414141414141;"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		_cleanup_buf_ struct buf yaml = BUF_INIT, expected = BUF_INIT;
		_cleanup_(freep) char *text = NULL;
		char bytes[128];
		struct builder_result r;

		memset(bytes, 'A', sizeof(bytes));
		buf_printf(
			&yaml,
			"packed: true, key: [{name: k, type: u8}, {name: f, %s}], value: [{name: v, "
			"type: u8}, {name: g, %s}], metrics: [{name: x, type: gauge, value: v, "
			"labels: {a: {field: f, decode: %s}, b: {field: g, decode: %s}}}]",
			cases[i].field, cases[i].field, cases[i].decode, cases[i].decode);
		decoded_compile(&d, &(struct decoded_case){.yaml = buf_string(&yaml)});
		r = run(&d, 1, bytes, bytes, 10);
		text = show(&r);
		buf_printf(&expected, "x{a=\"%s", cases[i].text);
		if (strncmp(text, buf_string(&expected), expected.len) != 0)
			fail_msg("%s, %s gives\n%s", cases[i].field, cases[i].decode, text);
	}
}

/* An entry that is the sum counts nothing, and is left out where it stands alone. */
static void test_hostile__sum_that_stands_alone(void **state)
{
	static const struct decoded_case c = {
		.yaml = "key: u8, value: u8, metrics: [{name: x, type: histogram, skip_zero: true, "
			"labels: {k: key}, buckets: {slot: key, scheme: exp2, edges: upper, slots: 1}, "
			"sum: {slot: 2}}]"};
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(freep) char *text = NULL;
	struct builder_result r;

	(void)state;
	decoded_compile(&d, &c);
	r = decoded_pass(&d, NULL, 0, "00 01 02", "07 00 09");
	assert_int_equal(r.n_series, 1);
	assert_int_equal(r.snapshot->sets[0].n_shown, 1);
	text = decoded_text(r.snapshot);
	assert_string_equal(text, "x_bucket{k=\"0\",le=\"1\"} 7\nx_bucket{k=\"0\",le=\"+Inf\"} 7\n"
				  "x_sum{k=\"0\"} 0\nx_count{k=\"0\"} 7\n");
	snapshot_unref(r.snapshot);
}

/* A constant is decoded before there is an entry that a length could come from. */
static void test_hostile__constant_with_a_length(void **state)
{
	static const struct decoded_case c = {
		.yaml = "key: u32, value: u8, metrics: [{name: x, type: gauge, labels: {k: {field: "
			"$id, decode: {cidr: {bits: key}}}}}]"};
	_cleanup_(decoded_done) struct decoded d = {0};

	(void)state;
	decoded_prepare(&d, &c);
	assert_int_equal(plan_compile(&d.input, &d.plan, &d.problems), -EINVAL);
	assert_int_equal(d.problems.n, 1);
	assert_non_null(strstr(d.problems.items[0], "'$id' is the same in all entries"));
}

/* Each allocation of such a pass fails in turn. */
static void test_hostile__no_memory(void **state)
{
	static const struct decoded_case c = {
		.yaml = "key: [{name: a, type: char, count: 6}], value: u8, labels: {a: a}, "
			"metrics: [{name: x_total, type: counter}, {name: y, type: gauge, value: 1, labels: "
			"{a: {field: a, decode: {regex: [{match: '.(.*)'}]}, keep: '.*'}}}]"};
	_cleanup_(decoded_done) struct decoded d = {0};
	uint8_t keys[12], values[2] = {1, 2};
	int r = -ENOMEM;

	(void)state;
	memset(keys, 0xff, 6);
	memset(keys + 6, '"', 6);
	decoded_compile(&d, &c);
	for (long nth = 0; r == -ENOMEM; nth++) {
		_cleanup_(builder_freep) struct builder *b = NULL;
		struct builder_result result = {0};

		assert_in_range(nth, 0, 200);
		alloc_fault_arm(nth);
		b = builder_new(d.plan, NULL, NULL, &(struct config_limits){.max_series = 10});
		r = b ? builder_add(b, keys, values, 2) : -ENOMEM;
		if (r == 0)
			r = builder_finish(b, &result);
		alloc_fault_disarm();
		assert_true(r == 0 || r == -ENOMEM);
		snapshot_unref(result.snapshot);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile__every_byte),
		cmocka_unit_test(test_hostile__different_is_not_merged),
		cmocka_unit_test(test_hostile__same_text_is_added),
		cmocka_unit_test(test_hostile__same_text_in_a_histogram),
		cmocka_unit_test(test_hostile__64_KiB),
		cmocka_unit_test(test_hostile__sums_do_not_wrap),
		cmocka_unit_test(test_hostile__limit),
		cmocka_unit_test(test_hostile__at_the_end),
		cmocka_unit_test(test_hostile__sum_that_stands_alone),
		cmocka_unit_test(test_hostile__constant_with_a_length),
		cmocka_unit_test(test_hostile__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
