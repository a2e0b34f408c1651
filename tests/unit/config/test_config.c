// SPDX-License-Identifier: GPL-2.0-only
/* What good configurations become, and failing allocations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "base/clock.h"
#include "base/buf.h"
#include "config/config.h"
#include "without_memory.h"

static struct config *parse(const char *yaml)
{
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	struct config *c = NULL;
	int r = config_parse("f", str_of(yaml), &c, &p);

	if (p.n)
		fail_msg("%s", p.items[0]);
	assert_int_equal(r, 0);
	assert_non_null(c);
	assert_false(problems_any(&p));
	return c;
}

static void test_config__defaults(void **state)
{
	_cleanup_(config_freep) struct config *c =
		parse("maps:\n- name: m\n  pin: /sys/fs/bpf/m\n");
	const struct config_map *m = &c->maps[0];

	(void)state;
	assert_string_equal(c->paths[0], "f");
	assert_int_equal(c->maps[0].limits.max_series, CONFIG_DEFAULT_MAX_SERIES);
	assert_int_equal(c->read_timeout_ns, CONFIG_DEFAULT_READ_TIMEOUT_NS);
	assert_int_equal(c->n_maps, 1);
	assert_string_equal(m->name, "m");
	assert_string_equal(m->pin, "/sys/fs/bpf/m");
	assert_int_equal(m->at.line, 2);
	assert_int_equal(m->at.column, 3);
	assert_int_equal(m->pin_at.line, 3);
	assert_int_equal(m->pin_at.column, 8);
	assert_int_equal(m->read, CONFIG_READ_SNAPSHOT);
	assert_int_equal(m->refresh_ns, CONFIG_DEFAULT_REFRESH_NS);
	assert_int_equal(m->at_scrape, CONFIG_AT_SCRAPE_CHEAP);
	assert_int_equal(m->cpu, CONFIG_CPU_SUM);
	assert_null(m->key);
	assert_null(m->value);
	assert_false(m->packed);
	assert_int_equal(m->n_metrics, 0);
}

static void test_config__no_maps_is_allowed(void **state)
{
	_cleanup_(config_freep) struct config *c = parse("maps: []\n");

	(void)state;
	assert_int_equal(c->n_maps, 0);
}

static void test_config__globals_are_inherited_and_overridden(void **state)
{
	_cleanup_(config_freep) struct config *c = parse(
		"maps:\n"
		"- {name: a, pin: /a}\n"
		"- {name: b, pin: /b, refresh: 1m30s, at_scrape: always, read: drain,\n"
		"   cpu: each, packed: true}\n"
		"- {name: c, pin: /c, refresh: 100ms, at_scrape: cheap, cpu: avg, packed: false}\n"
		"- {name: d, pin: /d, refresh: 1d, cpu: max, read: snapshot}\n"
		"- {name: e, pin: /e, refresh: 23h59m59s999ms, cpu: min}\n"
		"global: {refresh: off, at_scrape: always, max_series: 0x10, read_timeout: 1h}\n");

	(void)state;
	assert_int_equal(c->maps[0].limits.max_series, 16);
	assert_int_equal(c->read_timeout_ns, 3600 * NS_PER_S);
	assert_int_equal(c->maps[0].refresh_ns, 0);
	assert_int_equal(c->maps[0].at_scrape, CONFIG_AT_SCRAPE_ALWAYS);
	assert_int_equal(c->maps[1].refresh_ns, 90 * NS_PER_S);
	assert_int_equal(c->maps[1].read, CONFIG_READ_DRAIN);
	assert_int_equal(c->maps[1].cpu, CONFIG_CPU_EACH);
	assert_true(c->maps[1].packed);
	assert_int_equal(c->maps[2].refresh_ns, 100 * NS_PER_MS);
	assert_int_equal(c->maps[2].at_scrape, CONFIG_AT_SCRAPE_CHEAP);
	assert_int_equal(c->maps[2].cpu, CONFIG_CPU_AVG);
	assert_int_equal(c->maps[3].refresh_ns, 86400 * NS_PER_S);
	assert_int_equal(c->maps[3].cpu, CONFIG_CPU_MAX);
	assert_int_equal(c->maps[4].refresh_ns, 86400 * NS_PER_S - NS_PER_MS);
	assert_int_equal(c->maps[4].cpu, CONFIG_CPU_MIN);
}

static void assert_field(const struct config_field *f, const char *name, enum config_kind kind,
			 uint32_t count, int64_t offset)
{
	if (name)
		assert_string_equal(f->name, name);
	else
		assert_null(f->name);
	assert_int_equal(f->kind, kind);
	assert_int_equal(f->count, count);
	assert_int_equal(f->offset, offset);
}

static void test_config__layouts(void **state)
{
	_cleanup_(config_freep) struct config *c = parse(
		"maps:\n"
		"- name: m\n"
		"  pin: /m\n"
		"  key: be32\n"
		"  value:\n"
		"  - {name: packets, type: u64}\n"
		"  - {type: pad, count: 4}\n"
		"  - {name: comm, type: char, count: 16, offset: 0x20}\n"
		"  - {name: tag, type: bytes}\n"
		"  - {name: counts, type: u32, count: 8}\n"
		"  - name: inner\n"
		"    type: struct\n"
		"    count: 2\n"
		"    fields: [{name: a, type: ipv6}, {name: packets, type: bool, offset: 0}]\n"
		"- {name: n, pin: /n, key: char, value: mac}\n");
	const struct config_field *v = c->maps[0].value;

	(void)state;
	assert_field(c->maps[0].key, NULL, CONFIG_BE32, 0, -1);
	assert_int_equal(c->maps[0].key->at.line, 4);
	assert_int_equal(c->maps[0].key->at.column, 8);
	assert_field(v, NULL, CONFIG_STRUCT, 0, -1);
	assert_int_equal(v->n_fields, 6);
	assert_field(&v->fields[0], "packets", CONFIG_U64, 0, -1);
	assert_field(&v->fields[1], NULL, CONFIG_PAD, 4, -1);
	assert_field(&v->fields[2], "comm", CONFIG_CHAR, 16, 32);
	assert_field(&v->fields[3], "tag", CONFIG_BYTES, 1, -1);
	assert_field(&v->fields[4], "counts", CONFIG_U32, 8, -1);
	assert_field(&v->fields[5], "inner", CONFIG_STRUCT, 2, -1);
	assert_int_equal(v->fields[5].n_fields, 2);
	assert_field(&v->fields[5].fields[0], "a", CONFIG_IPV6, 0, -1);
	assert_field(&v->fields[5].fields[1], "packets", CONFIG_BOOL, 0, 0);
	assert_int_equal(v->fields[5].at.line, 11);
	assert_field(c->maps[1].key, NULL, CONFIG_CHAR, 1, -1);
	assert_field(c->maps[1].value, NULL, CONFIG_MAC, 0, -1);
}

static void test_config__types_by_name(void **state)
{
	static const struct {
		const char *name;
		enum config_kind kind;
	} types[] = {
		{"u8", CONFIG_U8},	 {"u16", CONFIG_U16},	{"u32", CONFIG_U32},
		{"u64", CONFIG_U64},	 {"s8", CONFIG_S8},	{"s16", CONFIG_S16},
		{"s32", CONFIG_S32},	 {"s64", CONFIG_S64},	{"be16", CONFIG_BE16},
		{"be32", CONFIG_BE32},	 {"be64", CONFIG_BE64}, {"bool", CONFIG_BOOL},
		{"f32", CONFIG_F32},	 {"f64", CONFIG_F64},	{"ipv4", CONFIG_IPV4},
		{"ipv6", CONFIG_IPV6},	 {"mac", CONFIG_MAC},	{"char", CONFIG_CHAR},
		{"bytes", CONFIG_BYTES},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		_cleanup_(config_freep) struct config *c = NULL;

		buf_printf(&b, "maps: [{name: m, pin: /m, key: %s}]", types[i].name);
		c = parse(buf_string(&b));
		assert_int_equal(c->maps[0].key->kind, types[i].kind);
	}
}

static void test_config__metrics_and_values(void **state)
{
	_cleanup_(config_freep) struct config *c = parse(
		"maps:\n"
		"- name: m\n"
		"  pin: /m\n"
		"  metrics:\n"
		"  - {name: a_total, type: counter, help: \"Two\\nlines.\", value: value.x.3,\n"
		"     skip_zero: true}\n"
		"  - name: b_seconds_total\n"
		"    type: counter\n"
		"    value: {field: ns, shift: 8, mask: 0xff, scale: ns}\n"
		"  - {name: c, type: gauge, value: 18446744073709551615}\n"
		"  - {name: d, type: gauge, value: {scale: 2^-30}}\n"
		"  - {name: e_info, type: info}\n");
	const struct config_metric *m = c->maps[0].metrics;

	(void)state;
	assert_int_equal(c->maps[0].n_metrics, 5);
	assert_string_equal(m[0].name, "a_total");
	assert_int_equal(m[0].type, CONFIG_COUNTER);
	assert_string_equal(m[0].help, "Two\nlines.");
	assert_string_equal(m[0].value.expr.field, "value.x.3");
	assert_false(m[0].value.expr.computed);
	assert_int_equal(m[0].value.expr.shift, 0);
	assert_int_equal(m[0].value.expr.mask, UINT64_MAX);
	assert_int_equal(m[0].value.scale.mantissa, 1);
	assert_int_equal(m[0].value.scale.exp10, 0);
	assert_false(m[0].value.is_constant);
	assert_true(m[0].skip_zero);
	assert_int_equal(m[0].at.line, 5);
	assert_int_equal(m[0].at.column, 5);

	assert_int_equal(m[1].at.line, 7);
	assert_null(m[1].help);
	assert_string_equal(m[1].value.expr.field, "ns");
	assert_int_equal(m[1].value.expr.shift, 8);
	assert_int_equal(m[1].value.expr.mask, 0xff);
	assert_true(m[1].value.expr.computed);
	assert_int_equal(m[1].value.scale.exp10, -9);
	assert_false(m[1].skip_zero);
	assert_int_equal(m[1].value.at.line, 9);
	assert_int_equal(m[1].value.at.column, 12);

	assert_int_equal(m[2].type, CONFIG_GAUGE);
	assert_true(m[2].value.is_constant);
	assert_true(m[2].value.constant == UINT64_MAX);
	assert_null(m[3].value.expr.field);
	assert_false(m[3].value.is_constant);
	assert_int_equal(m[3].value.scale.exp2, -30);
	assert_int_equal(m[4].type, CONFIG_INFO);
	assert_true(m[4].value.is_constant);
	assert_int_equal(m[4].value.constant, 1);
}

static void test_config__labels_are_merged_and_sorted(void **state)
{
	_cleanup_(config_freep) struct config *c =
		parse("maps:\n"
		      "- name: m\n"
		      "  pin: /run/*/m\n"
		      "  labels: {interface: $1, zone: {const: off}, action: action}\n"
		      "  metrics:\n"
		      "  - {name: x, type: gauge}\n"
		      "  - name: y\n"
		      "    type: gauge\n"
		      "    labels:\n"
		      "      zone: ~\n"
		      "      action: {field: flags, shift: 4, mask: 3}\n"
		      "      id: $id\n"
		      "      pin: $pin\n"
		      "      map: $map\n"
		      "      empty: {const: ''}\n");
	const struct config_metric *x = &c->maps[0].metrics[0], *y = &c->maps[0].metrics[1];
	static const char *const names[] = {"action", "empty", "id", "interface", "map", "pin"};

	(void)state;
	assert_int_equal(x->n_labels, 3);
	assert_string_equal(x->labels[0].name, "action");
	assert_string_equal(x->labels[0].expr.field, "action");
	assert_string_equal(x->labels[1].name, "interface");
	assert_string_equal(x->labels[1].expr.field, "$1");
	assert_null(x->labels[1].text);
	assert_string_equal(x->labels[2].name, "zone");
	assert_string_equal(x->labels[2].text, "off");
	assert_null(x->labels[2].expr.field);
	assert_int_equal(x->labels[0].at.line, 4);

	assert_int_equal(y->n_labels, ARRAY_SIZE(names));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_string_equal(y->labels[i].name, names[i]);
	assert_string_equal(y->labels[0].expr.field, "flags");
	assert_int_equal(y->labels[0].expr.shift, 4);
	assert_int_equal(y->labels[0].expr.mask, 3);
	assert_true(y->labels[0].expr.computed);
	assert_int_equal(y->labels[0].at.line, 11);
	assert_string_equal(y->labels[1].text, "");
	assert_string_equal(y->labels[3].expr.field, "$1");
}

static void test_config__as_many_labels_as_are_allowed(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	buf_puts(&b, "maps: [{name: m, pin: /m, metrics: [{name: x, type: gauge, labels: {");
	for (int i = 0; i < 64; i++)
		buf_printf(&b, "l%d: a, ", i);
	buf_puts(&b, "}}]}]");
	c = parse(buf_string(&b));
	assert_int_equal(c->maps[0].metrics[0].n_labels, 64);
}

/* A map's label is there once a metric: a large one times many metrics is bounded, too. */
static void test_config__labels_do_not_multiply(void **state)
{
#define TOO_MANY "f:3:12: the labels and conditions of all metrics together are too many"
	static const struct {
		int n_entries, n_metrics;
		const char *own; /* of the first metric */
		const char *problem;
	} cases[] = {
		{1000, 400, "", NULL},
		{1000, 600, "", TOO_MANY},
		/* just a million: 64 * (2 * 7809 + 7) */
		{7809, 64, "", NULL},
		{7809, 64, ", labels: {z: a}", TOO_MANY},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_problems_ struct problems p = PROBLEMS_INIT;
		_cleanup_(config_freep) struct config *c = NULL;
		_cleanup_buf_ struct buf b = BUF_INIT;
		int r;

		buf_puts(&b,
			 "maps:\n- {name: m, pin: /m,\n  labels: {l: {field: f, decode: {map: {");
		for (int k = 0; k < cases[i].n_entries; k++)
			buf_printf(&b, "%d: a, ", k);
		buf_puts(&b, "}}}},\n  metrics: [");
		for (int k = 0; k < cases[i].n_metrics; k++)
			buf_printf(&b, "{name: x%d, type: gauge%s}, ", k, k ? "" : cases[i].own);
		buf_puts(&b, "]}\n");
		r = config_parse("f", str_of(buf_string(&b)), &c, &p);
		assert_int_equal(r, cases[i].problem ? -EINVAL : 0);
		assert_int_equal(p.n, cases[i].problem ? 1 : 0);
		if (cases[i].problem)
			assert_string_equal(p.items[0], cases[i].problem);
	}
}

static void test_config__decoders_by_name(void **state)
{
	static const char *const names[] = {
		"dec",	    "hex",	 "string",     "bool",	     "enum",	  "uuid",
		"ip",	    "ip_host",	 "cidr",       "mac",	     "port",	  "ifname",
		"ip_proto", "ethertype", "tcp_state",  "syscall",    "errno",	  "signal",
		"user",	    "device",	 "cgroup",     "container",  "pod",	  "ksym",
		"stack",    "dns",	 "pci_vendor", "pci_device", "pci_class", "pci_subclass",
	};

	(void)state;
	assert_int_equal(ARRAY_SIZE(names), CONFIG_DECODE_MAP);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		_cleanup_(config_freep) struct config *c = NULL;

		buf_printf(&b,
			   "maps: [{name: m, pin: /m, metrics: [{name: x, type: gauge, labels: {a: "
			   "{field: f, decode: %s}}}]}]",
			   names[i]);
		c = parse(buf_string(&b));
		assert_int_equal(c->maps[0].metrics[0].labels[0].decoders[0].kind, i);
	}
}

static void test_config__decoders(void **state)
{
	static const enum config_decoder_kind kinds[] = {
		CONFIG_DECODE_DEC, CONFIG_DECODE_HEX,	 CONFIG_DECODE_STRING, CONFIG_DECODE_IP,
		CONFIG_DECODE_MAC, CONFIG_DECODE_IFNAME, CONFIG_DECODE_PORT,
	};
	_cleanup_(config_freep) struct config *c = parse(
		"maps:\n"
		"- name: m\n"
		"  pin: /m\n"
		"  metrics:\n"
		"  - name: x\n"
		"    type: gauge\n"
		"    labels:\n"
		"      a: {field: a, decode: [dec, hex, string, ip, mac, ifname, port]}\n"
		"      b: {field: b, decode: ip}\n"
		"      c:\n"
		"        field: c\n"
		"        decode:\n"
		"        - hex\n"
		"        - map: {tcp: T, 0x10..0x1f: teens, -3: minus, 10.0.0.1: home, 0: off,\n"
		"                -9223372036854775808: least, 0xffffffffffffffff: most}\n"
		"          default: 'unknown:$0'\n"
		"      d: {field: d, decode: {map: {1: yes}}}\n");
	const struct config_label *l = c->maps[0].metrics[0].labels;
	const struct config_map_entry *e;

	(void)state;
	assert_int_equal(l[0].n_decoders, ARRAY_SIZE(kinds));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		assert_int_equal(l[0].decoders[i].kind, kinds[i]);
	assert_int_equal(l[1].n_decoders, 1);
	assert_int_equal(l[1].decoders[0].kind, CONFIG_DECODE_IP);
	assert_int_equal(l[2].n_decoders, 2);
	assert_int_equal(l[2].decoders[1].kind, CONFIG_DECODE_MAP);
	assert_int_equal(l[2].decoders[1].at.line, 14);
	assert_string_equal(l[2].decoders[1].fallback, "unknown:$0");
	assert_int_equal(l[2].decoders[1].n_entries, 7);
	e = l[2].decoders[1].entries;
	assert_true(e[0].first == INT64_MIN && e[0].last == INT64_MIN && !e[0].name);
	assert_string_equal(e[0].text, "least");
	assert_true(e[1].first == -3 && e[1].last == -3);
	assert_true(e[2].first == 0 && e[2].last == 0);
	assert_string_equal(e[2].text, "off");
	assert_true(e[3].first == 16 && e[3].last == 31);
	assert_true(e[4].first == UINT64_MAX && e[4].last == UINT64_MAX);
	assert_string_equal(e[5].name, "10.0.0.1");
	assert_string_equal(e[6].name, "tcp");
	assert_string_equal(e[6].text, "T");
	assert_null(l[3].decoders[0].fallback);
	assert_string_equal(l[3].decoders[0].entries[0].text, "yes");
}

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* What is near to a mistake and is none. */
static const char *const allowed[] = {
	/* One name in several metrics, help in one of them. */
	"maps:\n- {name: a, pin: /a, metrics: [{name: x, type: gauge, labels: {l: a}},\n"
	"   {name: x, type: gauge, help: A., labels: {l: {const: b}}},\n"
	"   {name: x, type: gauge, help: A., labels: {l: {const: b}}}]}\n"
	"- {name: b, pin: /b, metrics: [{name: x, type: gauge, labels: {l: c}}]}\n",
	/* Every instance told apart in each way. */
	"maps:\n- {name: a, pin: /a/?, metrics: [{name: x, type: gauge, labels: {l: $pin}}]}\n",
	"maps:\n- {name: a, pin: '/a/[bc]', metrics: [{name: x, type: gauge, labels: {l: $id}}]}\n",
	"maps:\n- {name: a, pin: /*/*, metrics: [{name: x, type: gauge, labels: {l: $2}}]}\n",
	"maps:\n- {name: a, pin: /a/*}\n",
	/* Drains of what can be drained. */
	"maps:\n- {name: a, pin: /a, read: drain, cpu: each, metrics: [{name: x_total, type: counter,\n"
	"   labels: {cpu: $cpu, l: values.x, m: key}}]}\n",
	"maps:\n- {name: a, pin: /a, read: drain, where: {value.a: 1}, metrics: [{name: x_total, type: counter,\n"
	"   value: 1, labels: {v: value, l: {field: value.a, decode: {cidr: {bits: value.n}}}}},\n"
	"   {name: h, type: histogram, value: 1, buckets: {slot: value.s, scheme: exp2, edges: upper, slots: 3}}]}\n",
	"maps:\n- {name: a, pin: /a, refresh: off, at_scrape: cheap}\n",
	"maps:\n- {name: a, pin: /a, at_scrape: never}\n",
	/* Anchors, also as merged parts. */
	"maps:\n- &a {name: a, pin: /a, key: &k [{name: k, type: u32}], value: u64}\n"
	"- {<<: *a, name: b, value: *k}\n",
	"maps:\n- {name: a, pin: /a, metrics: [{name: x, type: gauge, labels: &l {i: k, j: k}},\n"
	"   {name: y, type: gauge, labels: {<<: *l, j: v}}]}\n",
	"maps:\n- {name: a, pin: /a, metrics: []}\n",
	"maps:\n- {name: a, pin: /a, value: [{name: a, type: u8, count: 67108864}]}\n",
	"maps:\n- {name: a, pin: /a, value: [{name: a, type: u32}, {name: b, type: u32, offset: 0}]}\n",
	"maps:\n- {name: a, pin: /a, metrics: [{name: x, type: gauge, skip_zero: false, value: 0x1}]}\n",
	"maps:\n- {name: a, pin: /a, metrics: [{name: x_info, type: info, skip_zero: false}]}\n",
	"# comment\n---\nmaps: []\n...\n",
	/* Known by its name or number. */
	"maps:\n- {name: a, map_name: x.bss, metrics: [{name: x, type: gauge, labels: {l: $id}}]}\n",
	"maps:\n- {name: a, map_name: x, instances: sum, metrics: [{name: x, type: gauge}]}\n",
	"maps:\n- {name: a, pin: /a/?, instances: sum, metrics: [{name: x, type: gauge}]}\n",
	"maps:\n- {name: a, map_id: 1, instances: each, metrics: [{name: x, type: gauge}]}\n",
	/* Fields that are none of the map's, and those of each element. */
	"maps:\n- {name: a, pin: /a, metrics: [{name: x, type: gauge, value: $cpus},\n"
	"   {name: y, type: gauge, value: {field: $id, mod: 8}, labels: {p: {field: $i, div: 2}, a: x.*}},\n"
	"   {name: z, type: gauge, value: x.*.y.*, labels: {i: $i, j: $j}, where: {$j: 1..3}},\n"
	"   {name: c, type: gauge, value: $cpu, cpu: each, labels: {cpu: $cpu}, where: {$cpu: 0}}]}\n",
	"maps:\n- {name: a, pin: /a, where: {}, types: {}, metrics: [{name: x, type: gauge, where: {},\n"
	"   labels: {}}]}\n",
	"maps:\n- {name: a, pin: /a, key: u32, types: {value.a: ipv4}}\n",
	/* Histograms of one name whose arrays have yet to say how long they are. */
	"maps:\n- {name: a, pin: /a, metrics: [{name: x, type: histogram, buckets: {field: s, scheme: exp2,\n"
	"   edges: upper, slots: 9}}, {name: x, type: histogram, buckets: {field: s, scheme: exp2,\n"
	"   edges: upper, slot_offset: 1}, sum: s}, {name: x_buckets, type: gauge}]}\n",
	"maps:\n- {name: a, pin: /a, read: drain, metrics: [{name: x, type: histogram, buckets: {slot: key,\n"
	"   scheme: exp2, edges: lower, slots: 65}, skip_zero: true, where: {key: 0..3}}]}\n",
	/* Regular expressions that look bad. */
	"maps:\n- {name: a, pin: /a, metrics: [{name: x, type: gauge, labels: {l: {field: a,\n"
	"   keep: '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', drop: '[])(*]+|\\)[[:alpha:]()]|'}}}]}\n",
	"maps:\n- {name: a, pin: /a, metrics: [{name: x, type: gauge, labels: {l: {field: a,\n"
	"   decode: {regex: [{match: '(((((((((a)))))))))', replace: '\\9\\0\\\\\\x'}]}}}}]}\n",
	"maps:\n- {name: a, pin: /a, metrics: [{name: x, type: gauge, labels: {l: {field: a,\n"
	"   keep: 'a{4096}', drop: '(a){2048}'}}}]}\n",
	"maps:\n- {name: a, pin: /a, metrics: [{name: x, type: gauge, labels: {l: {field: a,\n"
	"   keep: '" A50 A50 A50 A50 A50 "aaaaa'}}}]}\n",
	/* Bounds on both sides of 0, and near it. */
	"maps:\n- {name: a, pin: /a, metrics: [{name: x, type: histogram, buckets: {field: s, scheme:\n"
	"   {explicit: {bounds: [-10, -0.5, 0, 0.5]}}}}, {name: y, type: histogram, buckets: {field: s,\n"
	"   scheme: {explicit: {bounds: [-10, 0, 10]}}}}]}\n",
	/* As many as are allowed. */
	"maps:\n- {name: a, pin: /a, metrics: [{name: x, type: gauge, labels: {l: {field: a,\n"
	"   decode: [dec, dec, dec, dec, dec, dec, dec, dec]}}}]}\n",
	/* Fields with fewer stars after the one with the most. */
	"maps:\n- {name: a, pin: /a, metrics: [{name: x, type: gauge, value: x.*.y.*, where: {a.*: 1},\n"
	"   labels: {a: b.*, j: $j, k: key}}]}\n",
};

static void test_config__allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		_cleanup_(config_freep) struct config *c = parse(allowed[i]);

		assert_non_null(c);
	}
}

static void test_config__same_mistakes_in_every_run(void **state)
{
	static const char yaml[] = "maps:\n- {name: a, pin: a, cpu: x}\n";
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	struct config *c = NULL;

	(void)state;
	/* The list is only added to. */
	assert_int_equal(config_parse("f", STR(yaml), &c, &p), -EINVAL);
	assert_int_equal(config_parse("f", STR(yaml), &c, &p), -EINVAL);
	assert_int_equal(p.n, 4);
	assert_string_equal(p.items[0], p.items[2]);
	assert_string_equal(p.items[1], p.items[3]);
	assert_int_equal(config_parse("f", STR("maps: []"), &c, &p), 0);
	assert_int_equal(p.n, 4);
	config_free(c);
	config_free(NULL);
}

static void test_config__read_names(void **state)
{
	(void)state;
	assert_string_equal(config_read_name(CONFIG_READ_SNAPSHOT), "snapshot");
	assert_string_equal(config_read_name(CONFIG_READ_DRAIN), "drain");
}

/* Of everything at least one, and of every kind of mistake that allocates. */
static const char *const no_memory_cases[] = {
	"global: {refresh: 5s, state_dir: /s}\n"
	"maps:\n"
	"- name: m\n"
	"  pin: /m/*\n"
	"  key: u32\n"
	"  value: &v [{name: a, type: u64}, {name: s, type: struct, fields: [{name: b, type: u8}]}]\n"
	"  labels: {i: $1, z: {const: c}}\n"
	"  metrics:\n"
	"  - {name: x_total, type: counter, help: H., value: {field: a, scale: ns},\n"
	"     labels: {z: ~, d: {field: b, decode: [hex, {map: {1: a, b: c}, default: d}]}}}\n"
	"  - {name: y, type: gauge, value: 1}\n"
	"- {name: n, pin: /n, labels: {a: b}, value: *v, types: {key.a: ipv4, key.b: u8}}\n"
	"- name: o\n"
	"  map_name: o\n"
	"  instances: sum\n"
	"  where: {a: [1, b], c: {not: d}}\n"
	"  labels:\n"
	"    a: {field: a, keep: a, drop: b, decode: [{bits: {1: a, 2: b}}, {stack: {map: m}},\n"
	"        {cidr: {bits: b, less: 2}}, {regex: [{match: a, replace: b}, {match: b}]}]}\n"
	"  metrics:\n"
	"  - {name: h, type: histogram, where: {e: 1}, sum: s,\n"
	"     buckets: {field: s, scheme: {explicit: {bounds: [1, 2], keys: [3, 4]}}}}\n"
	"  - {name: h2, type: histogram, sum: {field: s, scale: ns}, value: v,\n"
	"     buckets: {slot: {field: s, div: 2}, scheme: exp2, edges: upper, slots: 3}}\n"
	"  - {name: s, type: summary, sum: a, count: {field: b, mod: 2}}\n",
	"mapz: 1\nmaps: [{name: m, pin: p, read: drains, labels: {a: $9}}, {name: m, pin: /p},\n"
	"{name: n, pin: /n, metrics: [{name: x, type: gauge, labels: {a: {field: a,\n"
	"keep: '(', decode: {stack: {map: o}}}}}]}]\n",
};

static void test_config__no_memory(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(no_memory_cases); k++)
		assert_parsed_without_memory(no_memory_cases[k], k == 0 ? 0 : -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config__defaults),
		cmocka_unit_test(test_config__no_maps_is_allowed),
		cmocka_unit_test(test_config__globals_are_inherited_and_overridden),
		cmocka_unit_test(test_config__layouts),
		cmocka_unit_test(test_config__types_by_name),
		cmocka_unit_test(test_config__metrics_and_values),
		cmocka_unit_test(test_config__labels_are_merged_and_sorted),
		cmocka_unit_test(test_config__as_many_labels_as_are_allowed),
		cmocka_unit_test(test_config__labels_do_not_multiply),
		cmocka_unit_test(test_config__decoders_by_name),
		cmocka_unit_test(test_config__decoders),
		cmocka_unit_test(test_config__allowed),
		cmocka_unit_test(test_config__same_mistakes_in_every_run),
		cmocka_unit_test(test_config__read_names),
		cmocka_unit_test(test_config__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
