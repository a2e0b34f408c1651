// SPDX-License-Identifier: GPL-2.0-only
/* What does not fit is said, with its place and what to do. */
#include "decoded.h"

#include "support/alloc_fault.h"

struct bad_case {
	struct decoded_case c;
	uint32_t key_size, value_size; /* the kernel's, where they are other ones */
	const char *messages[4];
};

#define METRIC(value, labels)                                                                                                \
	"key: [{name: a, type: u32}, {name: both, type: u32}, {name: st, type: struct, fields: [{name: z, type: u8}]}, "     \
	"{name: arr, type: u16, count: 2}, {name: ad, type: ipv4}], value: [{name: n, type: u64}, {name: both, type: u32}, " \
	"{name: text, type: char, count: 3}, {type: pad, count: 1}], metrics: [{name: x, type: gauge, value: " value         \
	", labels: {" labels "}}]"

#define ARRAYS(metric)                                                                                                         \
	"key: [{name: k, type: u8}, {name: ka, type: u8, count: 2}, {name: kf, type: f32}], value: [{name: three, type: u8, "  \
	"count: 3}, {name: four, type: u8, count: 4}, {name: many, type: u8, count: 70}, {name: text, type: char, count: 3}, " \
	"{name: f, type: f32}, {name: fs, type: f32, count: 2}], metrics: [" metric "]"
#define HISTOGRAM(buckets) ARRAYS("{name: x, type: histogram, buckets: {" buckets "}}")

static const struct bad_case bad[] = {
	{{.yaml = METRIC("m", "k: a")}, .messages = {"map 'm' has no field 'm'"}},
	{{.yaml = METRIC("txt", "k: a")},
	 .messages = {"map 'm' has no field 'txt' (did you mean 'text'?)"}},
	{{.yaml = METRIC("value.nn", "k: a")},
	 .messages = {"map 'm' has no field 'value.nn' (did you mean 'n'?)"}},
	{{.yaml = METRIC("n", "k: key.aarr")},
	 .messages = {"map 'm' has no field 'key.aarr' (did you mean 'arr'?)"}},
	{{.yaml = METRIC("entirely_other", "k: a")},
	 .messages =
		 {"map 'm' has no field 'entirely_other': its fields are a, both, st, arr, ad, n, both, text"}},
	{{.yaml = METRIC("n", "k: both")},
	 .messages =
		 {"'both' is in the key and in the value of map 'm': write key.both or value.both"}},
	{{.yaml = METRIC("st", "k: a")},
	 .messages = {"'st' cannot be a metric's value: it is a struct: name one of its fields"}},
	{{.yaml = METRIC("value", "k: a")},
	 .messages =
		 {"'value' cannot be a metric's value: it is a struct: name one of its fields"}},
	{{.yaml = METRIC("arr", "k: a")},
	 .messages =
		 {"'arr' cannot be a metric's value: it is an array: name one of its elements, as in 'x.0'"}},
	{{.yaml = METRIC("text", "k: a")},
	 .messages = {"'text' cannot be a metric's value: it is no number"}},
	{{.yaml = METRIC("ad", "k: a")},
	 .messages = {"'ad' cannot be a metric's value: it is no number"}},
	{{.yaml = METRIC("arr.2", "k: a")},
	 .messages = {"'arr.2': 'arr' is an array: its elements are 0 to 1, or '*' for each"}},
	{{.yaml = METRIC("key.arr.x", "k: a")},
	 .messages = {"'key.arr.x': 'arr' is an array: its elements are 0 to 1"}},
	{{.yaml = METRIC("n", "k: st")},
	 .messages = {"'st' is a struct: name one of its fields, or decode its bytes"}},
	{{.yaml = METRIC("n", "k: key")},
	 .messages = {"'key' is a struct: name one of its fields, or decode its bytes"}},
	{{.yaml = METRIC("n", "k: arr")},
	 .messages = {"'arr' is an array: name one of its elements ('.0'), or decode its bytes"}},
	{{.yaml = METRIC("n", "k: {field: ad, shift: 1}")},
	 .messages = {"'ad' is no whole number: shift, mask, div and mod need one"}},
	{{.yaml = METRIC("n", "k: {field: text, decode: ip}")},
	 .messages = {"ip needs a field of 4 or 16 bytes, not 3 bytes"}},
	{{.yaml = METRIC("n", "k: {field: n, decode: ip}")},
	 .messages = {"ip needs a field of 4 or 16 bytes, not 8 bytes"}},
	{{.yaml = METRIC("n", "k: {field: a, decode: mac}")},
	 .messages = {"mac needs a field of 6 or 8 bytes, not 4 bytes"}},
	{{.yaml = METRIC("n", "k: {field: n, decode: port}")},
	 .messages = {"port needs a field of 2 or 4 bytes, not 8 bytes"}},
	{{.yaml = METRIC("n", "k: {field: text, decode: ifname}")},
	 .messages = {"ifname needs an integer field"}},
	{{.yaml = METRIC("n", "k: {field: key, decode: dec}")},
	 .messages = {"dec needs a number, not 20 bytes"}},
	{{.yaml = METRIC("n", "k: {field: a, decode: [hex, ip]}")},
	 .messages = {"ip needs a field of 4 or 16 bytes, not text"}},
	{{.yaml = METRIC("n", "k: {field: a, decode: [hex, mac]}")},
	 .messages = {"mac needs a field of 6 or 8 bytes, not text"}},
	{{.yaml = METRIC("n", "k: {field: a, decode: [hex, port]}")},
	 .messages = {"port needs a field of 2 or 4 bytes, not text"}},
	{{.yaml = METRIC("n", "k: {field: a, decode: [hex, ifname]}")},
	 .messages = {"ifname needs an integer field"}},
	{{.yaml = METRIC("n", "k: {field: $pin, decode: ip}")},
	 .messages = {"ip needs a field of 4 or 16 bytes, not text"}},
	/* all in one run */
	{{.yaml = METRIC("nope_at_all", "k: st, l: both, j: a")},
	 .messages = {"map 'm' has no field 'nope_at_all'", "'st' is a struct",
		      "'both' is in the key"}},
	/* elements of arrays */
	{{.yaml = ARRAYS("{name: x, type: gauge, value: three.*, labels: {i: $i, f: four.*}}")},
	 .messages = {"'four.*' goes through 4 elements, another field of this metric through 3"}},
	{{.yaml = ARRAYS("{name: x, type: gauge, value: three.*, where: {four.*: 1}}")},
	 .messages = {"'four.*' goes through 4 elements, another field of this metric through 3"}},
	{{.yaml = ARRAYS("{name: x, type: gauge, value: three.*.*}")},
	 .messages =
		 {"'three.*.*': 'three' is an array: its elements are 0 to 2, or '*' for each"}},
	{{.yaml = ARRAYS("{name: x, type: gauge, value: text.*}")},
	 .messages = {"map 'm' has no field 'text.*'"}},
	{{.yaml = "key: u8, value: [{name: a, type: u8, count: 5000000}], metrics: [{name: x, type: gauge, value: a.*}]"},
	 .messages = {"more than 4194304 numbers in one entry"}},
	{{.yaml = "key: u8, value: [{name: a, type: u8, count: 5000000}], metrics: [{name: x, type: gauge, value: 1, labels: {a: a.*}}]"},
	 .messages = {"more than 4194304 numbers in one entry"}},
	{{.yaml = "key: u8, value: [{name: a, type: u8, count: 3000000}], metrics: [{name: x, type: gauge, cpu: each, value: a.*, "
		  "labels: {c: $cpu}}]",
	  .type = BPF_MAP_TYPE_PERCPU_HASH,
	  .n_cpus = 2},
	 .messages = {"more than 4194304 numbers in one entry"}},
	/* everything in one run, though one thing is wrong already */
	{{.yaml = "key: u8, value: [{name: a, type: u32}], metrics: [{name: x, type: gauge, cpu: avg, value: zz_is_none}, "
		  "{name: y, type: gauge, cpu: max, value: a, labels: {q: qq_is_none}}]"},
	 .messages = {"map 'm' is of type hash, which has one value for all CPUs: remove `cpu:`",
		      "map 'm' is of type hash, which has one value for all CPUs: remove `cpu:`",
		      "map 'm' has no field 'zz_is_none'", "map 'm' has no field 'qq_is_none'"}},
	/* conditions */
	{{.yaml = ARRAYS("{name: x, type: gauge, value: 1, where: {three.0: [1, 256..300]}}")},
	 .messages = {"'three.0' is never 256: it is an unsigned number of 8 bits"}},
	{{.yaml = ARRAYS("{name: x, type: gauge, value: 1, where: {f: some}}")},
	 .messages = {"'f' is a number: 'some' is neither one nor a range such as 0.5..2"}},
	{{.yaml = ARRAYS("{name: x, type: summary, count: three.*, sum: three.0}")},
	 .messages = {"the sum and what is counted must go through the same elements"}},
	{{.yaml = ARRAYS(
		  "{name: x, type: histogram, buckets: {field: many, scheme: {linear: {start: 0, width: 1}}, edges: upper}, sum: three.*}")},
	 .messages = {"the sum and what is counted must go through the same elements"}},
	{{.yaml = ARRAYS("{name: x, type: gauge, value: 1, where: {three.0: some}}")},
	 .messages = {"'three.0' is a number: 'some' is no value of it"}},
	{{.yaml = ARRAYS("{name: x, type: gauge, value: 1, where: {text: 1..2}}")},
	 .messages = {"'text' is no number: it cannot be in a range"}},
	{{.yaml = ARRAYS("{name: x, type: gauge, value: 1, where: {$pin: 1..2}}")},
	 .messages = {"'$pin' is no number: it cannot be in a range"}},
	{{.yaml = ARRAYS("{name: x, type: gauge, value: 1, where: {three: 1}}")},
	 .messages = {"'three' is an array: name one of its elements ('.0'), or decode its bytes"}},
	{{.yaml = ARRAYS("{name: x, type: gauge, value: 1, where: {nothing_like_it: 1}}")},
	 .messages = {"map 'm' has no field 'nothing_like_it'"}},
	/* values */
	{{.yaml = ARRAYS("{name: x, type: gauge, value: {field: f, div: 2}}")},
	 .messages = {"'f' is a floating-point number: it has no bits to shift, mask or divide"}},
	{{.yaml = "key: u8, value: u64, metrics: [{name: x, type: gauge, value: {field: value, clock: monotonic}}]",
	  .type = BPF_MAP_TYPE_PERCPU_HASH,
	  .n_cpus = 2},
	 .messages = {"times cannot be added up over CPUs: write 'cpu: max', min or each"}},
	{{.yaml = "key: u8, value: u64, metrics: [{name: x, type: gauge, value: {field: value, clock: monotonic, scale: 1e-25}}]"},
	 .messages = {"a unit of less than 1e-24 s is too small for a time"}},
	{{.yaml = ARRAYS("{name: x, type: summary, count: nope_at_all, sum: neither_is_this}")},
	 .messages = {"map 'm' has no field 'nope_at_all'",
		      "map 'm' has no field 'neither_is_this'"}},
	{{.yaml = ARRAYS("{name: x, type: summary, count: f, sum: three.0}")},
	 .messages = {"a summary counts whole numbers, not floating-point ones"}},
	/* histograms */
	{{.yaml = HISTOGRAM("field: key.k, scheme: exp2, edges: upper")},
	 .messages = {"'key.k' cannot hold slots: it must be an array of numbers in the value"}},
	{{.yaml = HISTOGRAM("field: key.ka, scheme: exp2, edges: upper")},
	 .messages = {"'key.ka' cannot hold slots: it must be an array of numbers in the value"}},
	{{.yaml = HISTOGRAM("field: text, scheme: exp2, edges: upper")},
	 .messages = {"'text' cannot hold slots: it must be an array of numbers in the value"}},
	{{.yaml = HISTOGRAM("field: fs, scheme: exp2, edges: upper")},
	 .messages = {"a histogram counts whole numbers, not floating-point ones"}},
	{{.yaml = HISTOGRAM("field: three, scheme: exp2, edges: upper, slots: 4")},
	 .messages = {"'three' has 3 elements: too few for 4 slots"}},
	{{.yaml = HISTOGRAM("field: three, scheme: exp2, edges: upper, slots: 3, slot_offset: 1")},
	 .messages = {"'three' has 3 elements: too few for 3 slots after the offset"}},
	{{.yaml = HISTOGRAM("field: three, scheme: exp2, edges: upper, slot_offset: 3")},
	 .messages = {"0 slots: there must be 1 to 65, or 2 with 'overflow'; write 'slots'"}},
	{{.yaml = HISTOGRAM(
		  "field: three, scheme: exp2, edges: upper, slot_offset: 2, overflow: true")},
	 .messages = {"1 slots: there must be 1 to 65, or 2 with 'overflow'; write 'slots'"}},
	{{.yaml = HISTOGRAM("field: many, scheme: exp2, edges: upper")},
	 .messages = {"70 slots: there must be 1 to 65, or 2 with 'overflow'; write 'slots'"}},
	{{.yaml = HISTOGRAM(
		  "field: three, scheme: {linear: {width: 5}}, edges: upper, zero: true")},
	 .messages =
		 {"slot 0 ends at 0 or below: there is none of exactly 0 before it, remove 'zero'"}},
	{{.yaml = HISTOGRAM("field: three, scheme: {explicit: {bounds: [1, 2, 3, 4]}}")},
	 .messages = {"'three' has 3 elements: too few for 4 slots"}},
	{{.yaml = HISTOGRAM("field: three, scheme: exp2, edges: upper}, sum: {slot: 3")},
	 .messages = {"'three' has 3 elements: none is 3"}},
	{{.yaml = HISTOGRAM(
		  "slot: three.0, scheme: exp2, edges: upper, slots: 3}, value: {field: three.1")},
	 .messages = {"'three.0' cannot be a slot: it must be a whole number in the key"}},
	{{.yaml = HISTOGRAM(
		  "slot: key.kf, scheme: exp2, edges: upper, slots: 3}, value: {field: three.1")},
	 .messages = {"'key.kf' cannot be a slot: it must be a whole number in the key"}},
	{{.yaml = HISTOGRAM(
		  "slot: key.k, scheme: exp2, edges: upper, slots: 3}, value: {field: f")},
	 .messages = {"a histogram counts whole numbers, not floating-point ones"}},
	{{.yaml = HISTOGRAM(
		  "field: nope_at_all, scheme: exp2, edges: upper}, sum: {field: neither_is_this")},
	 .messages = {"map 'm' has no field 'nope_at_all'",
		      "map 'm' has no field 'neither_is_this'"}},
	/* layouts that nobody gives */
	{{.yaml = "value: u32, metrics: [{name: x, type: gauge, labels: {k: key}}]"},
	 .messages = {"'key': no BTF can be read for map 'm': write its layout under 'key:'"}},
	{{.yaml = "key: u32, metrics: [{name: x, type: gauge, labels: {k: key}}]"},
	 .messages = {"'value': no BTF can be read for map 'm': write its layout under 'value:'"}},
	{{.yaml = "key: u32, metrics: [{name: x, type: gauge, value: packets, labels: {k: key}}]"},
	 .messages =
		 {"'packets': no BTF can be read for map 'm': write its layout under 'value:'"}},
	{{.yaml = "metrics: [{name: x, type: gauge, value: value.n}]"},
	 .messages =
		 {"'value.n': no BTF can be read for map 'm': write its layout under 'value:'"}},
	/* sizes */
	{{.yaml = "key: u32, value: u64, metrics: [{name: x, type: gauge, labels: {k: key}}]"},
	 .key_size = 8,
	 .messages =
		 {"map 'm': the key is 4 bytes as configured, 8 bytes in the kernel; as configured it is\n"
		  "__u32 key; /* offset 0, 4 bytes */"}},
	{{.yaml = "key: [{name: a, type: u8}, {name: b, type: u32}], value: u8, metrics: [{name: x, type: gauge}]"},
	 .key_size = 5,
	 .value_size = 8,
	 .messages =
		 {"map 'm': the key is 8 bytes as configured, 5 bytes in the kernel; as configured it is\nstruct {\n"
		  "        __u8 a; /* offset 0, 1 byte */\n        __u32 b; /* offset 4, 4 bytes */\n"
		  "} key; /* offset 0, 8 bytes */",
		  "map 'm': the value is 1 bytes as configured, 8 bytes in the kernel"}},
	{{.yaml = "key: u64, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}]"},
	 .key_size = 4,
	 .messages = {"map 'm': the key is 8 bytes as configured, 4 bytes in the kernel"}},
	{{.yaml = "key: u32, value: u64, metrics: [{name: x, type: gauge, labels: {k: key}}]"},
	 .value_size = 4,
	 .messages = {"map 'm': the value is 8 bytes as configured, 4 bytes in the kernel"}},
	{{.yaml = "key: u32, value: u32, metrics: [{name: x, type: gauge, labels: {k: key}}]"},
	 .value_size = 8,
	 .messages = {"map 'm': the value is 4 bytes as configured, 8 bytes in the kernel"}},
	{{.yaml = "key: u64, value: u64, metrics: [{name: x, type: gauge, labels: {k: key}}]"},
	 .key_size = 7,
	 .value_size = 7,
	 .messages = {"map 'm': the key is 8 bytes as configured, 7 bytes in the kernel",
		      "map 'm': the value is 8 bytes as configured, 7 bytes in the kernel"}},
	/* types of maps */
	{{.yaml = "value: u32, metrics: [{name: x, type: gauge}]", .type = BPF_MAP_TYPE_QUEUE},
	 .messages =
		 {"map 'm' is of type queue, whose entries can only be taken out: write `read: drain`, or remove its "
		  "metrics"}},
	{{.yaml = "metrics: [{name: x, type: gauge}]", .type = BPF_MAP_TYPE_RINGBUF},
	 .messages =
		 {"map 'm' is of type ringbuf, whose entries cannot be listed: remove its metrics, the bpfmap_* ones "
		  "remain"}},
	{{.yaml = "key: u32, value: u32, metrics: [{name: x, type: gauge}]", .type = 99},
	 .messages = {"map 'm' is of type type_99, whose entries cannot be listed"}},
	{{.yaml = "read: drain, value: u32, metrics: [{name: x_total, type: counter}]",
	  .type = BPF_MAP_TYPE_ARRAY},
	 .messages = {"map 'm' is of type array, which cannot be drained: use `read: snapshot`"}},
	{{.yaml = "read: drain, key: u64, value: u32", .type = BPF_MAP_TYPE_LPM_TRIE},
	 .messages =
		 {"map 'm' is of type lpm_trie, which cannot be drained: use `read: snapshot`"}},
	{{.yaml = "evict_idle: 10m, value: u32, metrics: [{name: x, type: gauge}]",
	  .type = BPF_MAP_TYPE_ARRAY},
	 .messages =
		 {"map 'm' is of type array, from which no key can be evicted: remove `evict_idle:`"}},
	{{.yaml = "evict_idle: 1s", .type = BPF_MAP_TYPE_QUEUE},
	 .messages =
		 {"map 'm' is of type queue, from which no key can be evicted: remove `evict_idle:`"}},
	{{.yaml = "cpu: max, key: u32, value: u32, metrics: [{name: x, type: gauge}]"},
	 .messages = {"map 'm' is of type hash, which has one value for all CPUs: remove `cpu:`"}},
	{{.yaml = "cpu: each, key: u32, value: u32, metrics: [{name: x, type: gauge, labels: {c: $cpu}}]"},
	 .messages = {"map 'm' is of type hash, which has one value for all CPUs: remove `cpu:`"}},
	/* what a drain cannot keep */
	{{.yaml = "read: drain, key: u32, value: [{name: v, type: u32}], metrics: [{name: x_total, type: counter, value: v, labels: "
		  "{k: v, l: value.v}, where: {v: 1}}]"},
	 .messages =
		 {"'v' is in the value, which 'read: drain' adds up: take it from the key",
		  "'value.v' is in the value, which 'read: drain' adds up: take it from the key",
		  "'v' is in the value, which 'read: drain' adds up: take it from the key"}},
	{{.yaml = "read: drain, key: [{name: a, type: bytes, count: 4}], value: [{name: v, type: u32}], metrics: [{name: "
		  "x_total, type: counter, value: v, labels: {a: {field: a, decode: {cidr: {bits: v}}}}}]",
	  .type = BPF_MAP_TYPE_LRU_HASH},
	 .messages = {"'v' is in the value, which 'read: drain' adds up: take it from the key"}},
	{{.yaml = "read: drain, key: u32, value: u32, metrics: [{name: x, type: histogram, buckets: {slot: value, scheme: "
		  "exp2, edges: upper, slots: 2}}]"},
	 .messages =
		 {"'value' is in the value, which 'read: drain' adds up: take it from the key"}},
	{{.yaml = "read: drain, key: u32, value: u32, metrics: [{name: x_total, type: counter, value: key}]"},
	 .messages = {"'key' is not in the value: only values can be drained"}},
};

static void assert_messages(const struct decoded *d, const struct bad_case *b)
{
	size_t n = 0;

	for (; n < ARRAY_SIZE(b->messages) && b->messages[n]; n++) {
		const char *text, *message = n < d->problems.n ? d->problems.items[n] : "(none)";

		text = strstr(message, b->messages[n]);
		if (!text)
			fail_msg("%s\nsays\n%s\nand not\n%s", b->c.yaml, message, b->messages[n]);
		assert_memory_equal(message, "f:1:", 4);
		assert_int_equal(strspn(message + 4, "0123456789:") + 5, text - message);
	}
	assert_int_equal(d->problems.n, n);
}

static void prepare_bad(struct decoded *d, const struct bad_case *b)
{
	decoded_prepare(d, &b->c);
	if (b->key_size)
		d->info.key_size = b->key_size;
	if (b->value_size)
		d->info.value_size = b->value_size;
}

static void test_plan__mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};

		prepare_bad(&d, &bad[i]);
		if (plan_compile(&d.input, &d.plan, &d.problems) != -EINVAL)
			fail_msg("%s must be refused", bad[i].c.yaml);
		assert_null(d.plan);
		assert_messages(&d, &bad[i]);
	}
}

static void test_plan__places(void **state)
{
	static const struct {
		const char *yaml, *at, *message;
	} cases[] = {
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, value: none_such}]",
		 "none_such", "map 'm' has no field"},
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {l: {field: none_such}}}]",
		 "{field", "map 'm' has no field"},
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {l: {field: key, decode: [hex, ip]}}}]",
		 "ip]", "ip needs a field"},
		{"key: u8, value: [{name: n, type: u8}], metrics: [{name: x, type: gauge}]",
		 "{name: x", "'value' cannot be"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		const struct decoded_case c = {.yaml = cases[i].yaml};
		size_t before = strlen("maps: [{name: m, pin: " PIN ", ");
		char expected[128];

		decoded_prepare(&d, &c);
		assert_int_equal(plan_compile(&d.input, &d.plan, &d.problems), -EINVAL);
		assert_int_equal(d.problems.n, 1);
		snprintf(expected, sizeof(expected), "f:1:%zu: %s",
			 1 + before + (size_t)(strstr(cases[i].yaml, cases[i].at) - cases[i].yaml),
			 cases[i].message);
		if (strncmp(d.problems.items[0], expected, strlen(expected)) != 0)
			fail_msg("'%s' instead of '%s'", d.problems.items[0], expected);
	}
}

static void test_plan__mistakes_without_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		for (long nth = 0;; nth++) {
			_cleanup_(decoded_done) struct decoded d = {0};
			int r;

			prepare_bad(&d, &bad[i]);
			alloc_fault_arm(nth);
			r = plan_compile(&d.input, &d.plan, &d.problems);
			if (!alloc_fault_disarm()) {
				assert_int_equal(r, -EINVAL);
				break;
			}
			if (r != -ENOMEM)
				fail_msg("%s: allocation %ld gives %d", bad[i].c.yaml, nth, r);
			assert_null(d.plan);
		}
	}
}

/* Fields that only BTF has. */
static void test_plan__btf_mistakes(void **state)
{
	static const struct {
		const char *metrics, *message;
	} cases[] = {
		{"value: lock",
		 "'lock' cannot be a metric's value: it is padding, or something only the kernel understands"},
		{"value: wide", "'wide' cannot be a metric's value: it is no number"},
		{"value: {field: ratio, shift: 1}",
		 "'ratio' is a floating-point number: it has no bits to shift, mask or divide"},
		{"value: n, labels: {l: lock}", "'lock' has no value that can be shown"},
		{"value: n, labels: {l: wide}", "dec needs a number, not 16 bytes"},
		{"value: n, labels: {l: {field: ratio, decode: ifname}}",
		 "ifname needs an integer field"},
		{"value: n, labels: {l: u}",
		 "'u' is a struct: name one of its fields, or decode its bytes"},
		{"value: nope_at_all",
		 "map 'm' has no field 'nope_at_all': its fields are key, n, wide, ratio, inner, u"},
	};
	_cleanup_(layout_freep) struct layout *value = layout_new();
	struct field *f;

	(void)state;
	decoded_add(&value->root, "n", FIELD_UINT, 0, 8);
	decoded_add(&value->root, "lock", FIELD_PAD, 8, 4);
	decoded_add(&value->root, "wide", FIELD_UINT, 16, 16);
	decoded_add(&value->root, "ratio", FIELD_FLOAT, 32, 8);
	f = decoded_add(&value->root, NULL, FIELD_UNION, 40, 0);
	decoded_add(f, "inner", FIELD_UINT, 0, 4);
	f = decoded_add(&value->root, "u", FIELD_UNION, 48, 8);
	decoded_add(f, "x", FIELD_UINT, 0, 8);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		struct decoded_case c = {.value = value};
		char yaml[512];

		snprintf(yaml, sizeof(yaml), "key: u8, metrics: [{name: x, type: gauge, %s}]",
			 cases[i].metrics);
		c.yaml = yaml;
		decoded_prepare(&d, &c);
		assert_int_equal(plan_compile(&d.input, &d.plan, &d.problems), -EINVAL);
		assert_int_equal(d.problems.n, 1);
		assert_memory_equal(d.problems.items[0], "f:1:", 4);
		if (!strstr(d.problems.items[0], cases[i].message))
			fail_msg("'%s' instead of '%s'", d.problems.items[0], cases[i].message);
	}
}

static void test_plan__size_prints_both_layouts(void **state)
{
	static const struct decoded_case c = {
		.yaml = "key: u8, value: [{name: n, type: u32}], metrics: [{name: x, type: gauge, value: n}]"};
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(layout_freep) struct layout *value = layout_new();

	(void)state;
	decoded_add(&value->root, "n", FIELD_UINT, 0, 8);
	decoded_prepare(&d, &c);
	d.input.value = value;
	d.info.value_size = 8;
	assert_int_equal(plan_compile(&d.input, &d.plan, &d.problems), -EINVAL);
	assert_int_equal(d.problems.n, 1);
	assert_non_null(
		strstr(d.problems.items[0],
		       "map 'm': the value is 4 bytes as configured, 8 bytes in the kernel; "
		       "as configured it is\n"
		       "struct {\n"
		       "        __u32 n; /* offset 0, 4 bytes */\n"
		       "} value; /* offset 0, 4 bytes */\n"
		       "in the kernel it is\n"
		       "struct {\n"
		       "        __u64 n; /* offset 0, 8 bytes */\n"
		       "} value; /* offset 0, 8 bytes */"));
}

/* A map without metrics needs no layout, whatever its type. */
static void test_plan__without_metrics(void **state)
{
	static const uint32_t types[] = {BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_RINGBUF,
					 BPF_MAP_TYPE_QUEUE, 99};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		const struct decoded_case c = {.yaml = "metrics: []", .type = types[i]};

		decoded_compile(&d, &c);
		assert_int_equal(plan_n_metrics(d.plan), 0);
		assert_int_equal(plan_n_totals(d.plan), 0);
	}
}

static void test_plan__without_memory(void **state)
{
	static const struct decoded_case cases[] = {
		{.yaml = "labels: {p: $pin, c: {const: \"x\"}}, key: [{name: a, type: u32}, {name: b, type: char, count: 4}], "
			 "value: [{name: n, type: u64, count: 2}, {name: s, type: struct, fields: [{name: q, type: u8}]}], "
			 "metrics: [{name: x, type: gauge, value: n.1, labels: {a: a, b: b, i: {field: a, decode: ifname}}}, "
			 "{name: y, type: gauge, value: s.q, labels: {b: {field: b, decode: [string, {map: {z: y, 1: q}, default: "
			 "'$0'}]}}}, {name: z_info, type: info, labels: {a: a, b: b, i: {field: a, decode: ifname}}}]"},
		{.yaml = "labels: {i: {field: $id, decode: hex}}, where: {key.k: [1, 5..9]}, key: [{name: k, type: u8}, {name: t, "
			 "type: char, count: 4}], value: [{name: s, type: u32, count: 4}, {name: q, type: struct, count: 2, fields: "
			 "[{name: n, type: u8, count: 2}]}], metrics: [{name: h, type: histogram, buckets: {field: s, scheme: {explicit: "
			 "{bounds: [1, 2], keys: [0, 2]}}}, sum: {slot: 3}, labels: {k: k, t: {field: t, keep: 'a.*'}}}, {name: e, type: "
			 "gauge, value: q.*.n.*, aggregate: avg, labels: {i: $i, j: $j}, where: {t: {not: ['x\"', y]}, $pin: " PIN
			 "}}, "
			 "{name: y, type: summary, count: s.0, sum: s.1, labels: {k: {field: k, shift: 4}}}]"},
		{"read: drain, value: [{name: k, type: u8}, {name: n, type: u64}], metrics: [{name: x_total, type: counter, "
		 "value: n, labels: {k: k}, where: {k: 1..3}}]",
		 .type = BPF_MAP_TYPE_QUEUE},
		{"cpu: each, key: u8, value: bool, metrics: [{name: x, type: gauge, labels: {c: $cpu, v: value, m: {field: "
		 "$map, decode: {map: {m: q}}}}}]",
		 .type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 4},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		long n_faults = 0;

		for (long nth = 0;; nth++, n_faults++) {
			_cleanup_(decoded_done) struct decoded d = {0};
			int r;

			decoded_prepare(&d, &cases[i]);
			alloc_fault_arm(nth);
			r = plan_compile(&d.input, &d.plan, &d.problems);
			if (!alloc_fault_disarm()) {
				assert_int_equal(r, 0);
				break;
			}
			assert_int_equal(r, -ENOMEM);
			assert_null(d.plan);
		}
		assert_true(n_faults > 10);
	}
}

static void test_plan__check(void **state)
{
	static const struct {
		const char *yaml;
		int code;
	} cases[] = {
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}]", 0},
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: kee}}]",
		 -EINVAL},
		{"key: u8, value: u8, cpu: max, metrics: [{name: x, type: gauge}]", 0},
		{"key: u8, value: u8, cpu: each, metrics: [{name: x, type: gauge, labels: {c: $cpu}}]",
		 0},
		{"key: u8, value: u8, read: drain, metrics: [{name: x_total, type: counter}]", 0},
		{"key: u8, value: u8, read: drain, metrics: [{name: x_total, type: counter, labels: {v: value}}]",
		 -EINVAL},
		{"value: u8, read: drain, metrics: [{name: x_total, type: counter, labels: {v: value}}]",
		 0},
		{"key: u8, metrics: [{name: x, type: gauge, value: anything}]", 0},
		{"metrics: [{name: x, type: gauge, value: anything}]", 0},
		{"metrics: []", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		const struct decoded_case c = {.yaml = cases[i].yaml};

		decoded_prepare(&d, &c);
		if (plan_check(d.map, d.families, &d.plan, &d.problems) != cases[i].code)
			fail_msg("%s must give %d", cases[i].yaml, cases[i].code);
		assert_int_equal(d.problems.n, cases[i].code != 0);
		for (long nth = 0; !cases[i].code; nth++) {
			int r;

			plan_unref(take_ptr(d.plan));
			alloc_fault_arm(nth);
			r = plan_check(d.map, d.families, &d.plan, &d.problems);
			if (!alloc_fault_disarm())
				break;
			assert_int_equal(r, -ENOMEM);
			assert_null(d.plan);
		}
	}
}

/* The configuration's layout wins over BTF's; $1 … are what the pattern matched. */
static void test_plan__inputs(void **state)
{
	static const struct decoded_case c = {.yaml = "key: u8, value: u8, metrics: []"};
	static const struct config_label one = {.name = (char *)"one",
						.expr = {.field = (char *)"$1"}};
	static const struct config_label two = {.name = (char *)"two",
						.expr = {.field = (char *)"$2"}};
	static const struct config_label three = {.name = (char *)"three",
						  .expr = {.field = (char *)"$3"}};
	struct config_label labels[3] = {one, two, three};
	struct config_metric metric = {
		.name = (char *)"x", .type = CONFIG_GAUGE, .labels = labels, .n_labels = 2};
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(layout_freep) struct layout *value = layout_new();
	_cleanup_(freep) char *text = NULL;
	struct builder_result result;
	struct config_map map;

	(void)state;
	decoded_prepare(&d, &c);
	decoded_add(&value->root, "n", FIELD_UINT, 0, 1);
	d.input.value = value;
	map = *d.map;
	map.metrics = &metric;
	map.n_metrics = 1;
	d.input.map = &map;
	d.families[0] = family_new("x", FAMILY_GAUGE, "");
	assert_int_equal(plan_compile(&d.input, &d.plan, &d.problems), 0);
	result = decoded_pass(&d, NULL, 0, "01", "07");
	text = decoded_text(result.snapshot);
	assert_string_equal(text, "x{one=\"eth0\",two=\"a\\\"b\"} 7\n");
	snapshot_unref(result.snapshot);
	plan_unref(take_ptr(d.plan));
	metric.n_labels = 3;
	assert_int_equal(plan_compile(&d.input, &d.plan, &d.problems), -EINVAL);
	assert_string_equal(
		d.problems.items[0],
		"there is no '$3': $cpu, $cpus, $pin, $id, $map, $i, $j and $1 … for what the pin's * matched are");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan__mistakes),
		cmocka_unit_test(test_plan__places),
		cmocka_unit_test(test_plan__mistakes_without_memory),
		cmocka_unit_test(test_plan__btf_mistakes),
		cmocka_unit_test(test_plan__size_prints_both_layouts),
		cmocka_unit_test(test_plan__without_metrics),
		cmocka_unit_test(test_plan__without_memory),
		cmocka_unit_test(test_plan__check),
		cmocka_unit_test(test_plan__inputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
