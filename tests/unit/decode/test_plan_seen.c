// SPDX-License-Identifier: GPL-2.0-only
/* What of a queue's events totals are kept by, and that labels add up to what was pushed. */
#include "decoded.h"

#include <string.h>

#define EVENT(value, metrics) "read: drain, value: " value ", metrics: [" metrics "]"
#define COUNTER(name, rest)   "{name: " name "_total, type: counter, " rest "}"
#define PADDED		      "[{name: kind, type: u8}, {name: uid, type: u32}, {name: bytes, type: u64}]"
#define FLAGS                                                                                      \
	"[{name: low, type: u8, bits: 0-2}, {name: high, type: u8, bits: 3-7, offset: 0}, {name: " \
	"wide, type: be16, bits: 4-11, offset: 2}]"
#define ARRAYS                                                                                        \
	"[{name: s, type: struct, count: 2, fields: [{name: a, type: u8, count: 3}, {name: b, type: " \
	"u8}]}, {name: n, type: u16, count: 3}]"

static void test_plan_seen__bits(void **state)
{
	static const struct {
		const char *yaml, *seen;
	} cases[] = {
		{"read: drain, value: u32", "00000000"},
		{EVENT("u32", COUNTER("x", "value: 1")), "00000000"},
		{EVENT("u32", COUNTER("x", "labels: {a: {const: b}, p: $pin, c: $id}")),
		 "00000000"},
		{EVENT("u32", COUNTER("x", "value: 1, labels: {a: value}")), "ffffffff"},
		/* what is only added up is none; padding is none */
		{EVENT(PADDED, COUNTER("x", "value: bytes, labels: {k: kind, u: uid}")),
		 "ff000000 ffffffff 0000000000000000"},
		{EVENT(PADDED, COUNTER("x", "value: bytes, labels: {k: value.kind}")),
		 "ff000000 00000000 0000000000000000"},
		/* all metrics together */
		{EVENT(PADDED, COUNTER("x", "value: 1, labels: {k: kind}") ", " COUNTER(
				       "y", "value: bytes, where: {uid: {not: 0}}")),
		 "ff000000 ffffffff 0000000000000000"},
		{EVENT(PADDED, COUNTER("x", "value: bytes, where: {$pin: " PIN ", kind: 1..3}")),
		 "ff000000 00000000 0000000000000000"},
		{EVENT(PADDED, COUNTER("x", "value: bytes, where: {$id: 42}")),
		 "00000000 00000000 0000000000000000"},
		/* bits of a byte that others share */
		{EVENT(FLAGS, COUNTER("x", "value: 1, labels: {l: low}")), "07 00 0000"},
		{EVENT(FLAGS, COUNTER("x", "value: 1, labels: {h: high}")), "f8 00 0000"},
		{EVENT(FLAGS, COUNTER("x", "value: 1, labels: {h: {field: high, mask: 2}}")),
		 "10 00 0000"},
		{EVENT(FLAGS, COUNTER("x", "value: 1, labels: {w: wide}")), "00 00 0ff0"},
		/* computed */
		{EVENT("u32", COUNTER("x", "value: 1, labels: {a: {field: value, shift: 8, mask: "
					   "0xf0f}}")),
		 "000f0f00"},
		{EVENT("be32", COUNTER("x", "value: 1, labels: {a: {field: value, mask: "
					    "0xff000001}}")),
		 "ff000001"},
		{EVENT("be64", COUNTER("x", "value: 1, labels: {a: {field: value, shift: 60}}")),
		 "f000000000000000"},
		{EVENT("u16", COUNTER("x", "value: 1, labels: {a: {field: value, shift: 16}}")),
		 "0000"},
		{EVENT("u32", COUNTER("x", "value: 1, labels: {a: {field: value, mod: 2}}")),
		 "ffffffff"},
		{EVENT("u32",
		       COUNTER("x",
			       "value: 1, labels: {a: {field: value, div: 1000, mask: 0xff00}}")),
		 "00ff0000"},
		{EVENT("s16", COUNTER("x", "value: 1, labels: {a: {field: value, shift: 15}}")),
		 "ffff"},
		{EVENT("[{name: f, type: f32}, {name: n, type: u32}]",
		       COUNTER("x", "value: n, labels: {f: f}")),
		 "ffffffff 00000000"},
		/* bytes, and lengths that lie elsewhere */
		{EVENT("[{name: n, type: u8}, {name: t, type: char, count: 300}]",
		       COUNTER("x", "value: n, labels: {t: t}")),
		 "00 *300"},
		{EVENT("[{name: n, type: u32}, {name: l, type: u8}, {name: a, type: bytes, count: "
		       "4}]",
		       COUNTER("x", "value: n, labels: {a: {field: a, decode: {cidr: {bits: "
				    "{field: l, mask: 0x7f}}}}}")),
		 "00000000 7f ffffffff 000000"},
		/* elements */
		{EVENT(ARRAYS, COUNTER("x", "value: 1, labels: {a: s.1.a.0, n: n.2}")),
		 "00000000 ff000000 0000 0000 ffff"},
		{EVENT(ARRAYS, COUNTER("x", "value: n.*, labels: {i: $i}")),
		 "00000000 00000000 0000 0000 0000"},
		{EVENT(ARRAYS, COUNTER("x", "value: 1, labels: {i: $i, n: n.*}")),
		 "00000000 00000000 ffff ffff ffff"},
		{EVENT(ARRAYS, COUNTER("x", "value: 1, labels: {i: $i, b: s.*.b}")),
		 "000000ff 000000ff 0000 0000 0000"},
		{EVENT(ARRAYS, COUNTER("x", "value: 1, labels: {i: $i}, where: {s.*.a.*: 3}")),
		 "ffffff00 ffffff00 0000 0000 0000"},
		/* slots */
		{EVENT(PADDED, "{name: h, type: histogram, value: 1, buckets: {slot: kind, scheme: "
			       "exp2, edges: upper, slots: 9}, sum: bytes}"),
		 "ff000000 00000000 0000000000000000"},
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		const struct decoded_case c = {.yaml = cases[i / 2].yaml,
					       .type = i % 2 ? BPF_MAP_TYPE_STACK
							     : BPF_MAP_TYPE_QUEUE};
		_cleanup_(freep) uint8_t *seen = NULL, *ones = NULL, *room = NULL;
		size_t n = 0;

		decoded_compile(&d, &c);
		seen = calloc(1, d.info.value_size);
		if (strstr(cases[i / 2].seen, "*300")) {
			memset(seen + 1, 0xff, 300);
		} else {
			free(seen);
			seen = decoded_bytes(cases[i / 2].seen, &n);
			assert_int_equal(n, d.info.value_size);
		}
		assert_int_equal(plan_key_size(d.plan), d.info.value_size);
		ones = malloc(d.info.value_size);
		room = malloc(d.info.value_size);
		memset(ones, 0xff, d.info.value_size);
		assert_ptr_equal(plan_totals_key(d.plan, NULL, ones, room), room);
		if (memcmp(room, seen, d.info.value_size) != 0)
			fail_msg("%s must see %s", c.yaml, cases[i / 2].seen);
		memset(ones, 0, d.info.value_size);
		plan_totals_key(d.plan, NULL, ones, room);
		assert_memory_equal(room, ones, d.info.value_size);
	}
}

/* Those of a hash are its keys. */
static void test_plan_seen__keys(void **state)
{
	static const struct decoded_case c = {
		.yaml = "read: drain, key: u16, value: u32, metrics: [{name: x_total, type: counter}]"};
	_cleanup_(decoded_done) struct decoded d = {0};
	uint16_t key = 1;
	uint32_t value = 2;

	(void)state;
	decoded_compile(&d, &c);
	assert_int_equal(plan_key_size(d.plan), 2);
	assert_ptr_equal(plan_totals_key(d.plan, &key, &value, NULL), &key);
}

/* Totals as a drain keeps them, of a few entries. */
struct kept {
	uint8_t keys[16][64];
	uint64_t numbers[16][64];
	size_t n;
};

static uint64_t *kept_find(struct kept *k, const void *key, uint32_t key_size)
{
	size_t i = 0;

	while (i < k->n && memcmp(k->keys[i], key, key_size) != 0)
		i++;
	if (i == k->n) {
		assert_true(k->n++ < ARRAY_SIZE(k->keys) && key_size <= sizeof(k->keys[0]));
		memcpy(k->keys[i], key, key_size);
	}
	return k->numbers[i];
}

static char *drained_text(struct decoded *d, const struct decoded_case *c, size_t *ret_n)
{
	_cleanup_(builder_freep) struct builder *b =
		builder_new(d->plan, NULL, NULL, &(struct config_limits){.max_series = 100});
	_cleanup_(freep) uint8_t *values = NULL, *keys = NULL;
	struct kept kept = {.n = 0};
	struct builder_result r = {0};
	size_t n_value_bytes, n_key_bytes,
		value_size = (size_t)d->info.n_cpus * d->info.value_stride;
	uint8_t room[64];
	char *text;

	keys = decoded_bytes(c->keys ? c->keys : "", &n_key_bytes);
	values = decoded_bytes(c->values, &n_value_bytes);
	assert_int_equal(n_value_bytes % value_size, 0);
	assert_true(plan_n_totals(d->plan) <= ARRAY_SIZE(kept.numbers[0]));
	for (size_t i = 0; i < n_value_bytes / value_size; i++) {
		const void *value = values + i * value_size;
		const void *key =
			plan_totals_key(d->plan, keys + i * d->info.key_size, value, room);

		plan_add_totals(d->plan, value, kept_find(&kept, key, plan_key_size(d->plan)));
	}
	for (size_t i = 0; i < kept.n; i++)
		assert_int_equal(builder_add_totals(b, kept.keys[i], kept.numbers[i]), 0);
	assert_int_equal(builder_finish(b, &r), 0);
	text = decoded_text(r.snapshot);
	snapshot_unref(r.snapshot);
	*ret_n = kept.n;
	return text;
}

static const struct {
	struct decoded_case c;
	size_t n_totals;
} drained[] = {
	/* events that differ in what nobody asks for, padding too, are one total */
	{{.yaml = EVENT(PADDED, COUNTER("n", "value: 1, labels: {k: kind}") ", " COUNTER(
					"b", "value: bytes, labels: {k: kind}")),
	  .values = "01aabbcc 05000000 0a00000000000000 01000000 06000000 0100000000000000 "
		    "02000000 05000000 0700000000000000",
	  .expected =
		  "n_total{k=\"1\"} 2\nn_total{k=\"2\"} 1\nb_total{k=\"1\"} 11\nb_total{k=\"2\"} "
		  "7\n"},
	 2},
	/* what one metric asks for and another does not is added up for that */
	{{.yaml = EVENT(PADDED,
			COUNTER("n", "value: 1, labels: {k: kind}") ", " COUNTER(
				"b", "value: bytes, labels: {u: uid}, where: {uid: {not: 0}}")),
	  .values = "01000000 05000000 0a00000000000000 01000000 00000000 0100000000000000 "
		    "02000000 05000000 0700000000000000",
	  .expected = "n_total{k=\"1\"} 2\nn_total{k=\"2\"} 1\nb_total{u=\"5\"} 17\n"},
	 3},
	{{.yaml = EVENT(FLAGS, COUNTER("n", "value: 1, labels: {l: low, w: wide}")),
	  .values = "ff00f01f 0700 001f 07 77 0010",
	  .expected = "n_total{l=\"7\",w=\"1\"} 3\n"},
	 1},
	{{.yaml = EVENT("u32", COUNTER("n", "value: 1, labels: {v: value}")),
	  .values = "05000000 05000000 06000000",
	  .expected = "n_total{v=\"5\"} 2\nn_total{v=\"6\"} 1\n"},
	 2},
	{{.yaml = EVENT("s32",
			COUNTER("n", "labels: {sign: {field: value, shift: 31, decode: {map: "
				     "{0: up, -1: down}}}}")),
	  .values = "05000000 fdffffff 06000000",
	  .expected = "n_total{sign=\"up\"} 11\nn_total{sign=\"down\"} -3\n"},
	 3},
	{{.yaml = EVENT("u32", COUNTER("n", "value: 1")),
	  .values = "05000000 05000000 06000000",
	  .expected = "n_total 3\n"},
	 1},
	{{.yaml = EVENT("u32", COUNTER("n", "value: 1")), .values = "", .expected = "n_total 0\n"},
	 0},
	{{.yaml = EVENT("[{name: a, type: u8, count: 2}, {name: n, type: u16}]",
			COUNTER("n", "value: n, labels: {i: $i, a: a.*}, where: {a.*: {not: 0}}")),
	  .values = "0102 0a00 0102 0100 0002 0500",
	  .expected = "n_total{a=\"1\",i=\"0\"} 11\nn_total{a=\"2\",i=\"1\"} 16\n"},
	 2},
	{{.yaml = EVENT("[{name: slot, type: u8}, {name: ns, type: u32}]",
			"{name: h, type: histogram, value: 1, buckets: {slot: slot, scheme: exp2, "
			"edges: upper, slots: 2}, sum: ns}"),
	  .values = "00000000 01000000 01000000 02000000 01bbcc00 03000000 09000000 c8000000",
	  .expected =
		  "h_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 3\nh_bucket{le=\"+Inf\"} 4\nh_sum 206\nh_count 4\n"},
	 3},
	/* of hashes, `value: 1` counts their entries, whatever CPUs they have */
	{{.yaml = "read: drain, key: u8, value: u8, metrics: [" COUNTER(
		  "n", "value: 1, labels: {k: key}") ", " COUNTER("all", "value: 1") "]",
	  .type = BPF_MAP_TYPE_HASH,
	  .keys = "010201",
	  .values = "000009",
	  .expected = "n_total{k=\"1\"} 2\nn_total{k=\"2\"} 1\nall_total 3\n"},
	 2},
	{{.yaml = "read: drain, key: u8, value: u8, metrics: [" COUNTER("n", "value: 1, labels: {k: key}") ", " COUNTER(
		  "each", "value: 1, cpu: each, labels: {c: $cpu}") ", " COUNTER("v", "") "]",
	  .type = BPF_MAP_TYPE_PERCPU_HASH,
	  .n_cpus = 2,
	  .keys = "0102",
	  .values = "0100000000000000 0200000000000000 0300000000000000 0400000000000000",
	  .expected = "n_total{k=\"1\"} 1\nn_total{k=\"2\"} 1\neach_total{c=\"0\"} "
		      "2\neach_total{c=\"1\"} 2\nv_total 10\n"},
	 2},
};

static void test_plan_seen__totals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(drained); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		_cleanup_(freep) char *text = NULL;
		struct decoded_case c = drained[i].c;
		size_t n;

		c.type = c.type ? c.type : BPF_MAP_TYPE_QUEUE;
		decoded_compile(&d, &c);
		text = drained_text(&d, &c, &n);
		if (strcmp(text, c.expected) != 0)
			fail_msg("%s\ngives\n%sinstead of\n%s", c.yaml, text, c.expected);
		if (n != drained[i].n_totals)
			fail_msg("%s has %zu totals", c.yaml, n);
	}
}

static void test_plan_seen__mistakes(void **state)
{
	static const struct {
		const char *yaml, *messages[3];
	} cases[] = {
		{"read: drain, key: u32, value: u32",
		 {"map 'm' is of type stack, whose entries have no keys: remove `key:`, labels come from the value"}},
		{"read: drain, metrics: [" COUNTER("x", "value: n, labels: {k: value.k}") "]",
		 {"'n': no BTF can be read for map 'm': write its layout under 'value:'",
		  "'value.k': no BTF can be read for map 'm': write its layout under 'value:'"}},
		{EVENT("[{name: kind, type: u32}]",
		       COUNTER("x", "value: 1, labels: {k: knd, l: key.kind, m: key}")),
		 {"map 'm' has no field 'knd' (did you mean 'kind'?)",
		  "map 'm' has no field 'key.kind' (did you mean 'kind'?)",
		  "map 'm' has no field 'key'"}},
		{EVENT("[{name: f, type: f32}]",
		       "{name: x, type: histogram, value: 1, buckets: {slot: f, scheme: exp2, edges: "
		       "upper, slots: 2}}"),
		 {"'f' cannot be a slot: it must be a whole number"}},
		{EVENT("u32", COUNTER("x", "value: $cpus")),
		 {"'$cpus' is not in the value: only values can be drained"}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		const struct decoded_case c = {.yaml = cases[i].yaml, .type = BPF_MAP_TYPE_STACK};
		size_t n = 0;

		decoded_prepare(&d, &c);
		assert_int_equal(plan_compile(&d.input, &d.plan, &d.problems), -EINVAL);
		for (; n < ARRAY_SIZE(cases[i].messages) && cases[i].messages[n]; n++)
			if (n >= d.problems.n || !strstr(d.problems.items[n], cases[i].messages[n]))
				fail_msg("%s\nsays %s", c.yaml,
					 n < d.problems.n ? d.problems.items[n] : "nothing");
		assert_int_equal(d.problems.n, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan_seen__bits),
		cmocka_unit_test(test_plan_seen__keys),
		cmocka_unit_test(test_plan_seen__totals),
		cmocka_unit_test(test_plan_seen__mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
