// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configurations of ebpf_exporter with every construct, and what they become;
 * what is refused; and that our parser takes whatever comes out.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "config/config.h"
#include "import/ebpf_exporter.h"
#include "support/alloc_fault.h"

#define DATA SOURCE_DIR "/tests/data/import/"

static void read_file(const char *name, const char *ending, struct buf *b)
{
	char path[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), DATA "%s%s", name, ending);
	f = fopen(path, "r");
	if (!f)
		fail_msg("%s: cannot be read", path);
	do {
		assert_int_equal(buf_reserve(b, 65536), 0);
		n = fread(b->data + b->len, 1, 65536, f);
		b->len += n;
	} while (n);
	fclose(f);
	assert_non_null(buf_string(b));
}

static void join(const struct problems *p, struct buf *b)
{
	for (size_t i = 0; i < p->n; i++)
		assert_int_equal(buf_printf(b, "%s\n", p->items[i]), 0);
	assert_non_null(buf_string(b));
}

/* Our own parser has no complaint. */
static void assert_usable(const struct buf *b)
{
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	struct config *c = NULL;

	if (config_parse("out.yml", (struct str){b->data, b->len}, &c, &p) < 0)
		fail_msg("%s\n%s", p.n ? p.items[0] : "out of memory", b->data);
	config_free(c);
}

static const char *const goldens[] = {"decoders",   "maps",   "regexps",
				      "histograms", "others", "tracing"};

static void test_ebpf_exporter__golden(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++) {
		_cleanup_buf_ struct buf in = BUF_INIT, expected = BUF_INIT, told = BUF_INIT;
		_cleanup_buf_ struct buf out = BUF_INIT, warned = BUF_INIT;
		_cleanup_problems_ struct problems w = PROBLEMS_INIT, p = PROBLEMS_INIT;
		struct import_file file;

		read_file(goldens[i], ".yaml", &in);
		read_file(goldens[i], ".yml", &expected);
		read_file(goldens[i], ".warnings", &told);
		file = (struct import_file){"peer.yaml", {in.data, in.len}};
		if (import_ebpf_exporter(&file, 1, IMPORT_DEFAULT_PREFIX, &out, &w, &p) < 0)
			fail_msg("%s: %s", goldens[i], p.n ? p.items[0] : "out of memory");
		assert_false(problems_any(&p));
		assert_non_null(buf_string(&out));
		assert_string_equal(out.data, expected.data);
		join(&w, &warned);
		assert_string_equal(warned.data, told.data);
		assert_usable(&out);
	}
}

struct bad {
	const char *text;
	const char *problems; /* all of them, joined by line ends */
};

#define COUNTER(rest)	"metrics: {counters: [{name: a_total, help: x, " rest "}]}"
#define LABEL(rest)	COUNTER("labels: [{name: l, " rest "}]")
#define HISTOGRAM(rest) "metrics: {histograms: [{name: h, help: x, " rest "}]}"
#define SLOT		", labels: [{name: b, size: 4, decoders: [{name: uint}]}]"

static const struct bad bads[] = {
	{"{", "f:2:1: not valid YAML: did not find expected node content (while parsing a flow "
	      "node that starts in line 2)"},
	{"", "f:1:1: the file is empty: it needs the key 'metrics'"},
	{"{}", "f:1:1: the file is empty: it needs the key 'metrics'"},
	{"[]", "f:1:1: the file must be a mapping, found a list"},
	{"x: 1", "f:1:1: the file needs the key 'metrics'"},
	{"programs: [{name: x}]",
	 "f:1:11: 'programs' is of ebpf_exporter 1: write the file as its version 2 takes it"},
	{"metrics: []", "f:1:10: 'metrics' must be a mapping, found a list"},
	{"metrics: {counters: 1}", "f:1:21: 'counters' must be a list, found text"},
	{"metrics: {counters: [1]}", "f:1:22: a counter must be a mapping, found text"},
	{"metrics: {counters: [{help: x}]}", "f:1:22: a counter needs the key 'name'"},
	{"metrics: {histograms: [{help: x}]}", "f:1:24: a histogram needs the key 'name'"},
	{"metrics: {counters: [{name: []}]}", "f:1:29: 'name' must be text, found a list"},
	{"metrics: {counters: [{name: a_total}]}",
	 "f:1:22: the metric 'a_total' needs the key 'help'"},
	{"metrics: {counters: [{name: a-b, help: x}]}",
	 "f:1:29: 'a-b' is not the name of a metric: letters, digits and _"},
	{COUNTER("perf_event_array: 7"), "f:1:65: '7' is not a truth value: write true or false"},
	{COUNTER("labels: {}"), "f:1:55: 'labels' must be a list, found a mapping"},
	{COUNTER("labels: [1]"), "f:1:56: a label must be a mapping, found text"},
	{COUNTER("labels: [{size: 1, decoders: [{name: uint}]}]"),
	 "f:1:56: a label needs the key 'name'"},
	{LABEL("decoders: [{name: uint}]"),
	 "f:1:56: the label 'l' needs the key 'size', its bytes"},
	{LABEL("size: 0, decoders: [{name: uint}]"),
	 "f:1:72: the label 'l' needs the key 'size', its bytes"},
	{LABEL("size: 600, decoders: [{name: uint}]"),
	 "f:1:72: 'size' is '600': write a whole number from 0 to 512"},
	{LABEL("size: -1, decoders: [{name: uint}]"),
	 "f:1:72: 'size' is '-1': write a whole number from 0 to 512"},
	{LABEL("size: 500, padding: 13, decoders: [{name: string}]"),
	 "f:1:55: the labels take 513 bytes: a key has at most 512"},
	{LABEL("size: 1"), "f:1:63: the label 'l' needs the key 'decoders', a list"},
	{LABEL("size: 1, decoders: []"), "f:1:63: the label 'l' needs the key 'decoders', a list"},
	{LABEL("size: 1, decoders: [uint]"), "f:1:86: a decoder must be a mapping, found text"},
	{LABEL("size: 1, decoders: [{}]"), "f:1:86: a decoder needs the key 'name'"},
	{LABEL("size: 1, decoders: [{name: unit}]"),
	 "f:1:93: ebpf_exporter has no decoder 'unit' (did you mean 'uint'?)"},
	{LABEL("size: 3, decoders: [{name: uint}]"),
	 "f:1:86: the label 'l': uint takes 1, 2, 4 or 8 bytes: correct 'size', and write 'padding' "
	 "for the rest"},
	{LABEL("size: 8, decoders: [{name: inet_ip}]"),
	 "f:1:86: the label 'l': inet_ip takes 4 or 16 bytes: correct 'size'"},
	{LABEL("size: 2, decoders: [{name: ifname}]"),
	 "f:1:86: the label 'l': ifname takes 4 bytes: correct 'size'"},
	{LABEL("size: 2, decoders: [{name: majorminor}]"),
	 "f:1:86: the label 'l': majorminor takes 4 bytes: correct 'size'"},
	{LABEL("size: 4, decoders: [{name: ksym}]"),
	 "f:1:86: the label 'l': ksym takes 8 bytes: correct 'size'"},
	{LABEL("size: 12, decoders: [{name: kstack}]"),
	 "f:1:87: the label 'l': kstack takes addresses of 8 bytes: correct 'size'"},
	{LABEL("size: 4, decoders: [{name: cgroup}]"),
	 "f:1:86: the label 'l': cgroup takes a number: put the decoder 'uint' before it"},
	{LABEL("size: 4, decoders: [{name: uint}, {name: ifname}]"),
	 "f:1:100: the label 'l': ifname reads the bytes of the key: make it the first decoder"},
	{LABEL("size: 4, decoders: [{name: uint}, {name: static_map}]"),
	 "f:1:100: static_map needs the key 'static_map' with entries such as {0: read}"},
	{LABEL("size: 4, decoders: [{name: uint}, {name: static_map, static_map: {0: []}}]"),
	 "f:1:131: static_map needs the key 'static_map' with entries such as {0: read}"},
	{LABEL("size: 4, decoders: [{name: string}, {name: regexp, regexps: x}]"),
	 "f:1:126: regexp needs the key 'regexps', a list of regular expressions"},
	{LABEL("size: 4, decoders: [{name: string}, {name: hex}, {name: hex}, {name: hex}, "
	       "{name: hex}, {name: hex}, {name: hex}, {name: hex}, {name: hex}]"),
	 "f:1:63: the label 'l' needs more than 8 decoders here"},
	{COUNTER("labels: [{name: l, size: 1, decoders: [{name: uint}]}, {name: l, size: 1, "
		 "decoders: [{name: uint}]}]"),
	 "f:1:109: the label 'l' is already in line 1"},
	{HISTOGRAM("bucket_type: exp2, bucket_max: 3"),
	 "f:1:24: a histogram needs a last label, the bucket"},
	{HISTOGRAM("bucket_max: 3, labels: [{name: b, size: 4, decoders: [{name: string}]}]"),
	 "f:1:74: the last label of a histogram is the bucket: its only decoder must be 'uint'"},
	{HISTOGRAM("bucket_max: 3" SLOT),
	 "f:1:24: a histogram needs 'bucket_type': exp2, exp2zero, linear or fixed"},
	{HISTOGRAM("bucket_type: exp3, bucket_max: 3" SLOT),
	 "f:1:56: unknown bucket_type 'exp3': exp2, exp2zero, linear or fixed (did you mean "
	 "'exp2'?)"},
	{HISTOGRAM("bucket_type: exp2" SLOT),
	 "f:1:24: a histogram needs a 'bucket_max' above its 'bucket_min' (0)"},
	{HISTOGRAM("bucket_type: exp2, bucket_min: 5, bucket_max: 5" SLOT),
	 "f:1:24: a histogram needs a 'bucket_max' above its 'bucket_min' (5)"},
	{HISTOGRAM("bucket_type: linear, bucket_min: -5, bucket_max: 5" SLOT),
	 "f:1:76: 'bucket_min' is '-5': write a whole number from 0 to 4294967293"},
	{HISTOGRAM("bucket_type: exp2, bucket_max: 65" SLOT),
	 "f:1:74: 'bucket_max' is above 64: no 64-bit number needs such a slot"},
	{HISTOGRAM("bucket_type: exp2zero, bucket_max: 66" SLOT),
	 "f:1:78: 'bucket_max' is above 65: no 64-bit number needs such a slot"},
	{HISTOGRAM("bucket_type: linear, bucket_max: 5000" SLOT),
	 "f:1:76: more than 4096 slots from 'bucket_min' to 'bucket_max'"},
	{HISTOGRAM("bucket_type: linear, bucket_max: 5, bucket_multiplier: -1" SLOT),
	 "f:1:98: 'bucket_multiplier' is '-1': write a number above 0, of at most 18 digits"},
	{HISTOGRAM("bucket_type: linear, bucket_max: 5, bucket_multiplier: 2^3" SLOT),
	 "f:1:98: 'bucket_multiplier' is '2^3': write a number above 0, of at most 18 digits"},
	{HISTOGRAM("bucket_type: fixed" SLOT),
	 "f:1:24: a fixed histogram needs 'bucket_keys', a list of 1 to 4096 slots"},
	{HISTOGRAM("bucket_type: fixed, bucket_keys: [1, 0.5]" SLOT),
	 "f:1:80: '0.5' is no slot: write a whole number up to 2^63-2"},
	{HISTOGRAM("bucket_type: fixed, bucket_keys: [2, 1]" SLOT),
	 "f:1:80: the slot 1 is not above the one before it"},
	{"metrics: {counters: [{name: h_sum, help: x}],\n"
	 "histograms: [{name: h, help: x, bucket_type: exp2, bucket_max: 3" SLOT "}]}",
	 "f:1:29: the metric 'h_sum' is what the histogram in line 2 of f shows as its sum: name one "
	 "of them otherwise"},
	{"metrics: {counters: [{name: a_total, help: x},\n{name: a_total, help: y}]}",
	 "f:2:8: the metric 'a_total' is another one in line 1 of f: import the files one by one, "
	 "with different prefixes"},
	/* All of them in one run. */
	{"metrics: {counters: [{name: a_total}, {name: b_total}]}",
	 "f:1:22: the metric 'a_total' needs the key 'help'\n"
	 "f:1:39: the metric 'b_total' needs the key 'help'"},
};

static void test_ebpf_exporter__mistakes(void **state)
{
	size_t n_wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bads); i++) {
		_cleanup_problems_ struct problems w = PROBLEMS_INIT, p = PROBLEMS_INIT;
		_cleanup_buf_ struct buf out = BUF_INIT, told = BUF_INIT;
		struct import_file file = {"f", str_of(bads[i].text)};
		char expected[512];

		assert_int_equal(
			import_ebpf_exporter(&file, 1, IMPORT_DEFAULT_PREFIX, &out, &w, &p),
			-EINVAL);
		join(&p, &told);
		snprintf(expected, sizeof(expected), "%s\n", bads[i].problems);
		if (strcmp(told.data, expected) != 0)
			print_error("%s\nexpected %stold     %s\n", bads[i].text, expected,
				    told.data);
		n_wrong += strcmp(told.data, expected) != 0;
		assert_int_equal(out.len, 0);
	}
	assert_int_equal(n_wrong, 0);
}

static int import_text(const char *text, const char *prefix, struct buf *out, struct buf *warned)
{
	_cleanup_problems_ struct problems w = PROBLEMS_INIT, p = PROBLEMS_INIT;
	struct import_file file = {"f", str_of(text)};
	int r = import_ebpf_exporter(&file, 1, prefix, out, &w, &p);

	join(r < 0 ? &p : &w, warned);
	assert_non_null(buf_string(out));
	return r;
}

static void test_ebpf_exporter__prefix(void **state)
{
	static const struct {
		const char *prefix;
		const char *name; /* NULL: refused, with… */
		const char *told;
	} cases[] = {
		{"ebpf_exporter", "name: ebpf_exporter_a_total\n", ""},
		{"mine", "name: mine_a_total\n", ""},
		{"", "name: a_total\n", ""},
		{"bpfmap", NULL, "'bpfmap_a_total': bpfmap_ and process_ are the exporter's own"},
		{"a-b", NULL, "'a-b_a_total' is not the name of a metric: choose another prefix"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf out = BUF_INIT, told = BUF_INIT;
		int r = import_text("metrics: {counters: [{name: a_total, help: x}]}",
				    cases[i].prefix, &out, &told);

		assert_int_equal(r, cases[i].name ? 0 : -EINVAL);
		assert_non_null(strstr(told.data, cases[i].told));
		if (cases[i].name)
			assert_non_null(strstr(out.data, cases[i].name));
	}
}

/* As long as ours may be, and one byte more. */
static void test_ebpf_exporter__long_name(void **state)
{
	(void)state;
	for (int more = 0; more <= 1; more++) {
		_cleanup_buf_ struct buf text = BUF_INIT, out = BUF_INIT, told = BUF_INIT;

		assert_int_equal(buf_printf(&text,
					    "metrics: {counters: [{name: a%0*d_total, help: x}]}",
					    503 + more, 0),
				 0);
		assert_int_equal(import_text(buf_string(&text), "x", &out, &told),
				 more ? -EINVAL : 0);
		if (more)
			assert_non_null(strstr(told.data, "has at most 512 bytes, 'x_a000"));
		else
			assert_usable(&out);
	}
}

/* Labels' names that cannot stay. */
static void test_ebpf_exporter__renamed_labels(void **state)
{
	static const struct {
		const char *name, *expected;
	} cases[] = {
		{"__a", "_a"},	{"-_a", "_a"},	{"'--'", "_"}, {"é", "_"},   {"..9", "_9"},
		{"a-b", "a_b"}, {"a.b", "a_b"}, {"9", "_9"},   {"_a", "_a"}, {"_-_-9", "_9"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf text = BUF_INIT, out = BUF_INIT, told = BUF_INIT;
		char line[64];

		assert_int_equal(buf_printf(&text,
					    "metrics: {counters: [{name: a_total, help: x, labels: "
					    "[{name: %s, size: 4, decoders: [{name: uint}]}]}]}",
					    cases[i].name),
				 0);
		assert_int_equal(import_text(buf_string(&text), "x", &out, &told), 0);
		(void)snprintf(line, sizeof(line), "\n          %s: %s\n", cases[i].expected,
			       cases[i].expected);
		if (!strstr(out.data, line))
			fail_msg("%s: no%sin %s", cases[i].name, line, out.data);
		assert_usable(&out);
	}
}

/* What was left out may be why something else is wrong. */
static void test_ebpf_exporter__warnings_beside_mistakes(void **state)
{
	static const struct import_file file = {
		"f", STR("metrics: {counters: [{name: a_total, help: x, lables: []},\n"
			 "{name: b_total}, {name: a_total, help: y}]}")};
	_cleanup_problems_ struct problems w = PROBLEMS_INIT, p = PROBLEMS_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT, told = BUF_INIT;

	(void)state;
	assert_int_equal(import_ebpf_exporter(&file, 1, "x", &out, &w, &p), -EINVAL);
	join(&p, &told);
	assert_string_equal(told.data, "f:2:1: the metric 'b_total' needs the key 'help'\n");
	told.len = 0;
	join(&w, &told);
	assert_string_equal(told.data, "f:1:47: the key 'lables' of a counter is unknown and was "
				       "left out (did you mean 'labels'?)\n");
}

/* As many as our decoders take, and one more. */
static void test_ebpf_exporter__limits(void **state)
{
	static const struct {
		const char *before, *repeated;
		int n;
		const char *told; /* by one more */
	} cases[] = {
		{"{name: string}", ", {name: hex}", 7,
		 "f:1:63: the label 'l' needs more than 8 decoders here\n"},
		{"{name: string}, {name: regexp, regexps: ['^(x)']}, {name: regexp, regexps: ["
		 "'^(y)'",
		 ", '^(y)'", 61, "f:1:137: the label 'l': more than 62 patterns\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (int more = 0; more <= 1; more++) {
			_cleanup_buf_ struct buf text = BUF_INIT, out = BUF_INIT, told = BUF_INIT;

			buf_puts(&text, "metrics: {counters: [{name: a_total, help: x, labels: ["
					"{name: l, size: 4, decoders: [");
			buf_puts(&text, cases[i].before);
			for (int k = 0; k < cases[i].n + more; k++)
				buf_puts(&text, cases[i].repeated);
			buf_puts(&text, strstr(cases[i].before, "regexp") ? "]}]}]}]}" : "]}]}]}");
			assert_int_equal(import_text(buf_string(&text), "x", &out, &told),
					 more ? -EINVAL : 0);
			assert_string_equal(told.data, more ? cases[i].told : "");
		}
	}
}

/* Several files: one and the same metric is there once, names are cut across files. */
static void test_ebpf_exporter__several_files(void **state)
{
	const struct import_file files[] = {
		{"a", STR("metrics: {counters: [{name: a_total, help: x}, {name: "
			  "a_name_of_many_bytes_total, help: x}]}")},
		{"b", STR("metrics: {counters: [{name: a_total, help: x}, {name: "
			  "a_name_of_many_other_total, help: x}]}")},
	};
	_cleanup_problems_ struct problems w = PROBLEMS_INIT, p = PROBLEMS_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT, warned = BUF_INIT;
	const char *first;

	(void)state;
	assert_int_equal(import_ebpf_exporter(files, 2, "x", &out, &w, &p), 0);
	assert_non_null(buf_string(&out));
	first = strstr(out.data, "name: x_a_total\n");
	assert_non_null(first);
	assert_null(strstr(first + 1, "name: x_a_total\n"));
	assert_non_null(strstr(out.data, "pin: /sys/fs/bpf/a_name_of_many_bytes_total\n"));
	assert_non_null(strstr(out.data, "pin: /sys/fs/bpf/a_name_of_many_other_total\n"));
	join(&w, &warned);
	assert_non_null(strstr(
		warned.data, "b:1:29: the metric 'a_total' is already there, from line 1 of a\n"));
	assert_usable(&out);
}

/* Neither a path nor a text can end a comment, or be read behind its end. */
static void test_ebpf_exporter__hostile_comments(void **state)
{
	static const char text[] = "{kaddrs: [\"a\\nmaps: 1\", \"b\\u2028c\"], tracing: {}}";
	_cleanup_problems_ struct problems w = PROBLEMS_INIT, p = PROBLEMS_INIT;
	const struct import_file file = {"a\nb: \xf0", str_of(text)};
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(import_ebpf_exporter(&file, 1, "x", &out, &w, &p), 0);
	assert_non_null(strstr(buf_string(&out), "configuration a?b: ?\n"));
	assert_non_null(strstr(out.data, "the kaddr 'a?maps: 1'"));
	assert_non_null(strstr(out.data, "the kaddr 'b?c'"));
	assert_usable(&out);
}

/* Whatever many there are. */
static void test_ebpf_exporter__thousands(void **state)
{
	_cleanup_buf_ struct buf text = BUF_INIT, out = BUF_INIT, told = BUF_INIT;

	(void)state;
	buf_puts(&text, "metrics:\n  counters:\n");
	for (int i = 0; i < 3000; i++)
		buf_printf(&text,
			   "  - {name: c%d_total, help: x, labels: [{name: l, size: 4, "
			   "decoders: [{name: uint}]}]}\n",
			   i);
	assert_int_equal(import_text(buf_string(&text), "x", &out, &told), 0);
	assert_string_equal(told.data, "");
	assert_usable(&out);
	text.len = out.len = told.len = 0;
	buf_puts(&text, "metrics:\n  counters:\n  - name: a_total\n    help: x\n    labels:\n");
	for (int i = 0; i < 3000; i++)
		buf_printf(&text, "    - {name: l%d, size: 4, decoders: [{name: uint}]}\n", i);
	assert_int_equal(import_text(buf_string(&text), "x", &out, &told), -EINVAL);
	assert_string_equal(told.data, "f:6:5: 3000 labels: at most 64 can be shown\n");
}

static void test_ebpf_exporter__no_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++) {
		_cleanup_buf_ struct buf in = BUF_INIT;
		int r = -ENOMEM;

		read_file(goldens[i], ".yaml", &in);
		for (unsigned long n = 0; r == -ENOMEM; n += 1 + n / 50) {
			_cleanup_problems_ struct problems w = PROBLEMS_INIT, p = PROBLEMS_INIT;
			_cleanup_buf_ struct buf out = BUF_INIT;
			struct import_file file = {"f", {in.data, in.len}};

			alloc_fault_arm(n);
			r = import_ebpf_exporter(&file, 1, "x", &out, &w, &p);
			alloc_fault_disarm();
			assert_true(r == 0 || r == -ENOMEM);
			assert_int_equal(r == 0, out.len > 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ebpf_exporter__golden),
		cmocka_unit_test(test_ebpf_exporter__mistakes),
		cmocka_unit_test(test_ebpf_exporter__prefix),
		cmocka_unit_test(test_ebpf_exporter__long_name),
		cmocka_unit_test(test_ebpf_exporter__renamed_labels),
		cmocka_unit_test(test_ebpf_exporter__warnings_beside_mistakes),
		cmocka_unit_test(test_ebpf_exporter__limits),
		cmocka_unit_test(test_ebpf_exporter__several_files),
		cmocka_unit_test(test_ebpf_exporter__hostile_comments),
		cmocka_unit_test(test_ebpf_exporter__thousands),
		cmocka_unit_test(test_ebpf_exporter__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
