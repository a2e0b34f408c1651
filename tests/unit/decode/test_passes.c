// SPDX-License-Identifier: GPL-2.0-only
/* One pass after another: shared label text, drained totals, failing allocations, BTF's own fields.
 */
#include "decoded.h"

#include "support/alloc_fault.h"

#define BY_KEY                                                                             \
	.yaml = "key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}, " \
		"{name: y, type: gauge, labels: {k: key}}]"

static const struct decoded_case by_key = {BY_KEY};

/* Keys of a second pass, whose values are 1 more than those of the first. */
static void test_passes__label_text_is_shared(void **state)
{
	static const struct {
		const char *first, *second;
		bool shares;
	} cases[] = {
		{"01 02 03", "01 02 03", true},
		{"", "", true},
		{"01 02 03", "09 02 03", false},
		{"01 02 03", "01 09 03", false},
		{"01 02 03", "01 02 09", false},
		{"01 02 03", "01 02", false},
		{"01 02 03", "", false},
		{"01 02 03", "01 02 03 04", false},
		{"", "01", false},
		{"01 02 03", "03 02 01", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		_cleanup_(freep) char *text = NULL;
		struct builder_result first, second, fresh, third;
		_cleanup_(freep) char *expected = NULL;

		decoded_compile(&d, &by_key);
		/* Of one byte, so that a key can stand for its value. */
		first = decoded_pass(&d, NULL, 0, cases[i].first, cases[i].first);
		second = decoded_pass(&d, first.snapshot, 0, cases[i].second, cases[i].second);
		fresh = decoded_pass(&d, NULL, 0, cases[i].second, cases[i].second);
		assert_int_equal(second.snapshot->sets[0].labels == first.snapshot->sets[0].labels,
				 cases[i].shares);
		assert_ptr_equal(second.snapshot->sets[0].labels, second.snapshot->sets[1].labels);
		/* It outlives the snapshot that it came from. */
		snapshot_unref(first.snapshot);
		text = decoded_text(second.snapshot);
		expected = decoded_text(fresh.snapshot);
		assert_string_equal(text, expected);
		assert_int_equal(second.n_series, fresh.n_series);
		third = decoded_pass(&d, second.snapshot, 0, cases[i].second, cases[i].second);
		assert_ptr_equal(third.snapshot->sets[0].labels, second.snapshot->sets[0].labels);
		snapshot_unref(second.snapshot);
		snapshot_unref(third.snapshot);
		snapshot_unref(fresh.snapshot);
	}
}

/* Text that could be another one next time is written anew. */
static void test_passes__what_is_not_shared(void **state)
{
	static const struct decoded_case cases[] = {
		{.yaml = "key: u32, value: u8, metrics: [{name: x, type: gauge, labels: {k: {field: key, decode: ifname}}}]"},
		/* unique by k, but the interface may be renamed */
		{.yaml = "key: u32, value: u8, metrics: [{name: x, type: gauge, labels: {k: key, i: {field: key, decode: ifname}}}]"},
		{.yaml = "key: u32, value: u8, metrics: [{name: x, type: gauge, labels: {k: key, v: value}}]"},
		{.yaml = "key: u32, value: u8, metrics: [{name: x, type: gauge, labels: {k: {field: key, mask: 255}}}]"},
		{.yaml = "key: [{name: k, type: u8}, {type: pad, count: 3}], value: u8, metrics: [{name: x, type: gauge, "
			 "labels: {k: k}}]"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		struct builder_result first, second;

		decoded_compile(&d, &cases[i]);
		first = decoded_pass(&d, NULL, 0, "01000000", "01");
		second = decoded_pass(&d, first.snapshot, 0, "01000000", "01");
		assert_ptr_not_equal(first.snapshot->sets[0].labels,
				     second.snapshot->sets[0].labels);
		snapshot_unref(first.snapshot);
		snapshot_unref(second.snapshot);
	}
}

/* A key that skip_zero leaves out of one pass comes back in the next. */
static void test_passes__skip_zero_comes_and_goes(void **state)
{
	static const struct decoded_case c = {
		.yaml = "key: u8, value: u8, metrics: [{name: x, type: gauge, skip_zero: true, labels: {k: key}}]"};
	static const struct {
		const char *values, *expected;
	} passes[] = {
		{"01 00 03", "x{k=\"1\"} 1\nx{k=\"3\"} 3\n"},
		{"01 00 04", "x{k=\"1\"} 1\nx{k=\"3\"} 4\n"},
		{"01 02 03", "x{k=\"1\"} 1\nx{k=\"2\"} 2\nx{k=\"3\"} 3\n"},
		{"00 00 00", ""},
		{"00 02 00", "x{k=\"2\"} 2\n"},
	};
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(snapshot_unrefp) struct snapshot *previous = NULL;

	(void)state;
	decoded_compile(&d, &c);
	for (size_t i = 0; i < ARRAY_SIZE(passes); i++) {
		struct builder_result r =
			decoded_pass(&d, previous, 0, "01 02 03", passes[i].values);
		_cleanup_(freep) char *text = decoded_text(r.snapshot);

		assert_string_equal(text, passes[i].expected);
		snapshot_unref(previous);
		previous = r.snapshot;
	}
}

static void test_passes__limit_with_steady_keys(void **state)
{
	_cleanup_(decoded_done) struct decoded d = {0};
	struct builder_result first, second, third;

	(void)state;
	decoded_compile(&d, &by_key);
	first = decoded_pass(&d, NULL, 4, "01 02 03", "01 02 03");
	second = decoded_pass(&d, first.snapshot, 4, "01 02 03", "01 02 03");
	assert_int_equal(second.n_series, 4);
	assert_int_equal(second.n_dropped, 2);
	assert_ptr_equal(second.snapshot->sets[0].labels, first.snapshot->sets[0].labels);
	third = decoded_pass(&d, second.snapshot, 6, "01 02 03", "01 02 03");
	assert_int_equal(third.n_series, 6);
	assert_int_equal(third.snapshot->sets[0].labels->n, 3);
	snapshot_unref(first.snapshot);
	snapshot_unref(second.snapshot);
	snapshot_unref(third.snapshot);
}

/* Steady, then diverging somewhere among many keys, in several batches. */
static void test_passes__many_keys(void **state)
{
	static const struct decoded_case c = {
		.yaml = "key: u32, value: u32, metrics: [{name: x, type: gauge, labels: {k: key}}]"};
	static const uint32_t diverging[] = {0, 1, 63, 64, 500, 998, 999, 1000};
	enum { N = 1000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(diverging); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		_cleanup_(snapshot_unrefp) struct snapshot *previous = NULL;

		decoded_compile(&d, &c);
		for (int pass = 0; pass < 2; pass++) {
			_cleanup_(builder_freep) struct builder *b = builder_new(
				d.plan, previous, NULL, &(struct config_limits){.max_series = N});
			struct builder_result r = {0};
			uint32_t keys[N];

			for (uint32_t k = 0; k < N; k++)
				keys[k] = pass && k >= diverging[i] ? k + 7 : k;
			for (uint32_t k = 0; k < N; k += 100)
				assert_int_equal(builder_add(b, keys + k, keys + k, 100), 0);
			assert_int_equal(builder_finish(b, &r), 0);
			assert_int_equal(r.n_entries, N);
			assert_int_equal(r.snapshot->sets[0].n, N);
			for (uint32_t k = 0; k < N; k++) {
				char text[32];

				snprintf(text, sizeof(text), "k=\"%u\"", keys[k]);
				assert_true(
					str_equal(label_block_text(r.snapshot->sets[0].labels, k),
						  str_of(text)));
				assert_int_equal(r.snapshot->sets[0].values.low[k], keys[k]);
			}
			if (pass)
				assert_int_equal(r.snapshot->sets[0].labels ==
							 previous->sets[0].labels,
						 diverging[i] == N);
			snapshot_unref(previous);
			previous = r.snapshot;
		}
	}
}

static void test_passes__drained_totals(void **state)
{
	static const struct decoded_case c = {
		.yaml = "read: drain, key: u8, value: [{name: n, type: u32}, {name: s, type: s32}], metrics: ["
			"{name: n_total, type: counter, value: {field: n, shift: 4}, labels: {k: key}}, "
			"{name: s_total, type: counter, value: {field: s, scale: 0.1}, skip_zero: true, labels: {k: key}}]",
		.type = BPF_MAP_TYPE_PERCPU_HASH,
		.n_cpus = 2};
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(builder_freep) struct builder *b = NULL;
	_cleanup_(freep) char *text = NULL;
	struct builder_result r = {0};
	uint64_t totals[2] = {0}, zero[2] = {0}, wrapping[2] = {UINT64_MAX, UINT64_MAX};
	size_t n;
	uint8_t *values = decoded_bytes("10000000 01000000  ff000000 fdffffff", &n);

	(void)state;
	decoded_compile(&d, &c);
	assert_int_equal(plan_n_metrics(d.plan), 2);
	assert_int_equal(plan_n_totals(d.plan), 2);
	assert_int_equal(n, d.info.n_cpus * d.info.value_stride);
	plan_add_totals(d.plan, values, totals);
	assert_int_equal(totals[0], 1 + 15);
	assert_int_equal((int64_t)totals[1], -2);
	plan_add_totals(d.plan, values, totals);
	assert_int_equal(totals[0], 32);
	assert_int_equal((int64_t)totals[1], -4);
	plan_add_totals(d.plan, values, wrapping);
	assert_int_equal(wrapping[0], 15);
	free(values);

	b = builder_new(d.plan, NULL, NULL, &(struct config_limits){.max_series = 100});
	assert_int_equal(builder_add_totals(b, "\x01", totals), 0);
	assert_int_equal(builder_add_totals(b, "\x02", zero), 0);
	assert_int_equal(builder_finish(b, &r), 0);
	assert_int_equal(r.n_entries, 2);
	assert_int_equal(r.n_series, 3);
	text = decoded_text(r.snapshot);
	assert_string_equal(text,
			    "n_total{k=\"1\"} 32\nn_total{k=\"2\"} 0\ns_total{k=\"1\"} -0.4\n");
	snapshot_unref(r.snapshot);
}

static void test_passes__drained_totals_of_each_cpu(void **state)
{
	static const struct decoded_case c = {
		.yaml = "read: drain, cpu: each, key: u8, value: u8, metrics: [{name: n_total, type: counter, labels: {c: $cpu, k: key}}, "
			"{name: m_total, type: counter, value: {field: value, mask: 1}, labels: {c: $cpu}}]",
		.type = BPF_MAP_TYPE_LRU_PERCPU_HASH,
		.n_cpus = 3};
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(builder_freep) struct builder *b = NULL;
	_cleanup_(freep) char *text = NULL;
	struct builder_result r = {0};
	uint64_t totals[6] = {0, 0, UINT64_MAX, 0, 0, 0};
	size_t n;
	uint8_t *values = decoded_bytes("05ffffffffffffff 06ffffffffffffff 07ffffffffffffff", &n);

	(void)state;
	decoded_compile(&d, &c);
	assert_int_equal(plan_n_totals(d.plan), 6);
	plan_add_totals(d.plan, values, totals);
	plan_add_totals(d.plan, values, totals);
	free(values);
	b = builder_new(d.plan, NULL, NULL, &(struct config_limits){.max_series = 100});
	assert_int_equal(builder_add_totals(b, "\x01", totals), 0);
	assert_int_equal(builder_add_totals(b, "\x02", totals), 0);
	assert_int_equal(builder_finish(b, &r), 0);
	text = decoded_text(r.snapshot);
	assert_string_equal(
		text,
		"n_total{c=\"0\",k=\"1\"} 10\nn_total{c=\"1\",k=\"1\"} 12\nn_total{c=\"2\",k=\"1\"} 13\n"
		"n_total{c=\"0\",k=\"2\"} 10\nn_total{c=\"1\",k=\"2\"} 12\nn_total{c=\"2\",k=\"2\"} 13\n"
		"m_total{c=\"0\"} 4\nm_total{c=\"1\"} 0\nm_total{c=\"2\"} 4\n");
	snapshot_unref(r.snapshot);
}

/* What a map's BTF may hold and a configuration cannot write. */
static void test_passes__btf_fields(void **state)
{
	static const struct enumerator actions[] = {{0, (char *)"DROP"}, {1, (char *)"PASS"}};
	static const struct enumerator signs[] = {{-1, (char *)"MINUS"}, {1, (char *)"PLUS"}};
	_cleanup_(layout_freep) struct layout *key = layout_new(), *value = layout_new();
	struct decoded_case cases[] = {
		{.yaml = "metrics: [{name: x, type: gauge, value: f64, labels: {a: action, s: sign, i: inner, b: second}}]",
		 .expected = "x{a=\"PASS\",b=\"-1\",i=\"9\",s=\"MINUS\"} 0.1\n"},
		{.yaml = "metrics: [{name: x, type: gauge, value: f32, labels: {r: f64}}]",
		 .expected = "x{r=\"0.1\"} 1.5\n"},
		{.yaml = "metrics: [{name: x, type: gauge, value: {field: f32, scale: ms}}]",
		 .expected = "x 0.0015\n"},
		{.yaml = "metrics: [{name: x, type: gauge, value: first}, {name: y, type: gauge, value: second}, {name: z, "
			 "type: gauge, value: {field: third, shift: 1}}]",
		 .expected = "x 5\ny -1\nz 1\n"},
		{.yaml = "metrics: [{name: x, type: gauge, value: action, labels: {a: {field: action, decode: {map: {PASS: ok}}}, "
			 "s: {field: sign, decode: {map: {-1: neg}}}, h: {field: action, decode: hex}}}]",
		 .expected = "x{a=\"ok\",h=\"0x1\",s=\"neg\"} 1\n"},
		{.yaml = "metrics: [{name: x, type: gauge, value: sign, labels: {a: {field: wide, decode: hex}}}]",
		 .expected = "x{a=\"000102030405060708090a0b0c0d0e0f\"} -1\n"},
		{.yaml = "metrics: [{name: x, type: gauge, value: inner, labels: {a: {field: wide, decode: ip}}}]",
		 .expected = "x{a=\"1:203:405:607:809:a0b:c0d:e0f\"} 9\n"},
	};
	struct field *f;

	(void)state;
	f = decoded_add(&key->root, "action", FIELD_ENUM, 0, 4);
	f->enumerators = calloc(2, sizeof(*actions));
	for (; f->n_enumerators < 2; f->n_enumerators++)
		f->enumerators[f->n_enumerators] = (struct enumerator){
			actions[f->n_enumerators].value, strdup(actions[f->n_enumerators].name)};
	f = decoded_add(&key->root, "sign", FIELD_ENUM, 4, 1);
	f->enumerators = calloc(2, sizeof(*signs));
	for (; f->n_enumerators < 2; f->n_enumerators++)
		f->enumerators[f->n_enumerators] = (struct enumerator){
			signs[f->n_enumerators].value, strdup(signs[f->n_enumerators].name)};
	f = decoded_add(&key->root, NULL, FIELD_UNION, 8, 8);
	decoded_add(f, "inner", FIELD_UINT, 0, 8);
	decoded_add(f, "other", FIELD_UINT, 0, 4);
	decoded_add(&value->root, "f64", FIELD_FLOAT, 0, 8);
	decoded_add(&value->root, "f32", FIELD_FLOAT, 8, 4);
	f = decoded_add(&value->root, "first", FIELD_UINT, 12, 4);
	f->bit_size = 3;
	f = decoded_add(&value->root, "second", FIELD_SINT, 12, 4);
	f->bit_offset = 3;
	f->bit_size = 5;
	f = decoded_add(&value->root, "third", FIELD_UINT, 13, 1);
	f->bit_offset = 6;
	f->bit_size = 2;
	decoded_add(&value->root, "wide", FIELD_UINT, 16, 16);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cases[i].key = key;
		cases[i].value = value;
		cases[i].keys = "01000000 ff ffffff 0900000000000000";
		cases[i].values =
			"9a9999999999b93f 0000c03f fd8f0000 000102030405060708090a0b0c0d0e0f";
		decoded_run(&cases[i]);
	}
}

/* A bit field is not its whole byte: entries that differ only in the other bits are added. */
static void test_passes__btf_bits_of_a_key(void **state)
{
	static const struct {
		const char *labels, *expected;
	} cases[] = {
		{"a: a", "x{a=\"1\"} 3\nx{a=\"2\"} 4\n"},
		{"b: b", "x{b=\"1\"} 5\nx{b=\"2\"} 2\n"},
		{"a: a, b: b",
		 "x{a=\"1\",b=\"1\"} 1\nx{a=\"1\",b=\"2\"} 2\nx{a=\"2\",b=\"1\"} 4\n"},
	};
	_cleanup_(layout_freep) struct layout *key = layout_new();
	struct field *f;

	(void)state;
	f = decoded_add(&key->root, "a", FIELD_UINT, 0, 1);
	f->bit_size = 4;
	f = decoded_add(&key->root, "b", FIELD_UINT, 0, 1);
	f->bit_offset = 4;
	f->bit_size = 4;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct decoded_case c = {.key = key,
					 .keys = "11 21 12",
					 .values = "01 02 04",
					 .expected = cases[i].expected};
		char yaml[128];

		snprintf(yaml, sizeof(yaml),
			 "value: u8, metrics: [{name: x, type: gauge, labels: {%s}}]",
			 cases[i].labels);
		c.yaml = yaml;
		decoded_run(&c);
	}
}

/* An array's key is its index, but what BTF calls it is better. */
static void test_passes__btf_key_of_an_array(void **state)
{
	_cleanup_(layout_freep) struct layout *key = layout_new();
	struct decoded_case c = {
		.yaml = "value: u8, metrics: [{name: x, type: gauge, labels: {i: key}}]",
		.type = BPF_MAP_TYPE_ARRAY,
		.key = key,
		.keys = "00000000 01000000",
		.values = "05 06",
		.expected = "x{i=\"IDLE\"} 5\nx{i=\"1\"} 6\n"};

	(void)state;
	key->root.kind = FIELD_ENUM;
	key->root.size = 4;
	key->root.enumerators = calloc(1, sizeof(struct enumerator));
	key->root.enumerators[0].name = strdup("IDLE");
	key->root.n_enumerators = 1;
	decoded_run(&c);
}

/* Floats: no zero is shown with skip_zero, whatever its sign; sums and the rest of them. */
static void test_passes__floats_of_cpus(void **state)
{
#define F(how)                                                                                               \
	.yaml = "cpu: " how                                                                                  \
		", key: u8, metrics: [{name: x, type: gauge, skip_zero: true, value: f, labels: {k: key}}, " \
		"{name: y, type: gauge, value: 1, labels: {k: key}}]",                                       \
	.type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 2
	static const struct {
		struct decoded_case c;
	} cases[] = {
		{{F("sum"), .values = "0000000000000080 0000000000000080",
		  .expected = "y{k=\"1\"} 1\n"}},
		{{F("max"), .values = "0000000000000080 0000000000000080",
		  .expected = "y{k=\"1\"} 1\n"}},
		{{F("sum"), .values = "000000000000f03f 000000000000e03f",
		  .expected = "x{k=\"1\"} 1.5\ny{k=\"1\"} 1\n"}},
		/* also where another one is shown */
		{{F("sum"),
		  .values = "0000000000000080 0000000000000080"
			    "000000000000f03f 000000000000e03f",
		  .keys = "01 02", .expected = "x{k=\"2\"} 1.5\ny{k=\"1\"} 1\ny{k=\"2\"} 1\n"}},
		{{F("avg"), .values = "000000000000f03f 000000000000e03f",
		  .expected = "x{k=\"1\"} 0.75\ny{k=\"1\"} 1\n"}},
		{{F("max"), .values = "000000000000f03f 000000000000e03f",
		  .expected = "x{k=\"1\"} 1\ny{k=\"1\"} 1\n"}},
		{{F("min"), .values = "000000000000f03f 000000000000e03f",
		  .expected = "x{k=\"1\"} 0.5\ny{k=\"1\"} 1\n"}},
		{{F("sum"), .values = "000000000000f07f 0000000000000000",
		  .expected = "x{k=\"1\"} +Inf\ny{k=\"1\"} 1\n"}},
		{{F("sum"), .values = "000000000000f07f 000000000000f0ff",
		  .expected = "x{k=\"1\"} NaN\ny{k=\"1\"} 1\n"}},
	};
	_cleanup_(layout_freep) struct layout *value = layout_new();

	(void)state;
	decoded_add(&value->root, "f", FIELD_FLOAT, 0, 8);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct decoded_case c = cases[i].c;

		c.value = value;
		c.keys = c.keys ? c.keys : "01";
		decoded_run(&c);
	}
}

/* A pass after @previous with the @nth allocation failing. Return: whether one failed. */
static bool pass_fails(const struct decoded *d, struct snapshot *previous, long nth)
{
	static const uint32_t keys[] = {1, 2, 0x10001, 9, 10, 11};
	static const uint64_t values[ARRAY_SIZE(keys) * 2] = {1, UINT64_MAX, UINT64_MAX, UINT64_MAX,
							      5};
	struct builder_result result = {0};
	struct builder *b;
	int r = -ENOMEM;
	bool struck;

	alloc_fault_arm(nth);
	b = builder_new(d->plan, previous, NULL, &(struct config_limits){.max_series = 1000});
	if (b)
		r = builder_add(b, keys, values, ARRAY_SIZE(keys));
	if (r == 0)
		r = builder_finish(b, &result);
	builder_free(b);
	struck = alloc_fault_disarm();
	/* Only giving back room may fail unnoticed. */
	if (r == 0)
		assert_int_equal(result.n_entries, ARRAY_SIZE(keys));
	else
		assert_int_equal(r, -ENOMEM);
	if (!struck)
		assert_int_equal(r, 0);
	snapshot_unref(result.snapshot);
	return struck;
}

static void test_passes__without_memory(void **state)
{
	static const struct decoded_case cases[] = {
		{.yaml = "key: u32, value: u64, metrics: [{name: x, type: gauge, labels: {k: key}}, {name: y, type: gauge}]",
		 .type = BPF_MAP_TYPE_PERCPU_HASH,
		 .n_cpus = 2},
		{.yaml = "key: u32, value: u64, metrics: [{name: x, type: gauge, labels: {k: {field: key, mask: 0xffff, decode: "
			 "[hex, {map: {1: a}, default: 'q$0'}]}}}, {name: x_info, type: info, labels: {p: $pin, k: key}}]",
		 .type = BPF_MAP_TYPE_PERCPU_HASH,
		 .n_cpus = 2},
		{.yaml = "cpu: each, key: u32, value: u64, metrics: [{name: x, type: gauge, skip_zero: true, labels: {k: key, c: "
			 "$cpu}}]",
		 .type = BPF_MAP_TYPE_PERCPU_HASH,
		 .n_cpus = 2},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		struct builder_result previous;
		long first = 0, second = 0;

		decoded_compile(&d, &cases[i]);
		previous = decoded_pass(&d, NULL, 0, "01000000 02000000 03000000",
					"0100000000000000 0100000000000000 0100000000000000"
					"0100000000000000 0100000000000000 0100000000000000");
		while (pass_fails(&d, NULL, first))
			first++;
		while (pass_fails(&d, previous.snapshot, second))
			second++;
		assert_true(first > 8 && second > 8);
		snapshot_unref(previous.snapshot);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passes__label_text_is_shared),
		cmocka_unit_test(test_passes__what_is_not_shared),
		cmocka_unit_test(test_passes__skip_zero_comes_and_goes),
		cmocka_unit_test(test_passes__limit_with_steady_keys),
		cmocka_unit_test(test_passes__many_keys),
		cmocka_unit_test(test_passes__drained_totals),
		cmocka_unit_test(test_passes__drained_totals_of_each_cpu),
		cmocka_unit_test(test_passes__btf_fields),
		cmocka_unit_test(test_passes__btf_bits_of_a_key),
		cmocka_unit_test(test_passes__btf_key_of_an_array),
		cmocka_unit_test(test_passes__floats_of_cpus),
		cmocka_unit_test(test_passes__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
