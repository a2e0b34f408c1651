/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_RANDOM_CONFIG_H
#define FUZZ_RANDOM_CONFIG_H

/*
 * The configuration of one map, as text: metrics of all types over the fields
 * of a layout. Most of them can be compiled; those that cannot are refused.
 */
#include "base/cleanup.h"
#include "random_layout.h"

#define N_METRICS 4
#define N_LABELS  3

struct random_map {
	struct layout *key, *value;
	bool key_is_written, value_is_written;
	bool is_per_cpu, is_drained, is_many;
	bool is_dotted; /* the names of metrics: x.0, shown as x_0 */
	const char *cpu;
	struct buf yaml;
};

static inline void random_map_done(struct random_map *m)
{
	layout_free(m->key);
	layout_free(m->value);
	buf_done(&m->yaml);
}

/* Texts that a YAML flow can hold as they stand. */
static const char *const random_decoders[] = {
	"dec",
	"hex",
	"string",
	"bool",
	"enum",
	"uuid",
	"ip",
	"ip_host",
	"cidr",
	"mac",
	"port",
	"ifname",
	"ip_proto",
	"ethertype",
	"tcp_state",
	"syscall",
	"errno",
	"signal",
	"user",
	"device",
	"cgroup",
	"container",
	"pod",
	"ksym",
	"stack",
	"dns",
	"pci_vendor",
	"pci_device",
	"pci_class",
	"pci_subclass",
	"{map: {0: zero, 1..3: few, -5..-1: below, A: 'quote\"\\', x: '1'}}",
	"{map: {0: '1', 1: '0', 2: two}}",
	"{map: {0x10..0x7f: some, 7: '', 8: ''}, default: 'other:$0$0'}",
	"{map: {7: seven}, default: one}",
	"{regex: [{match: '([0-9])([0-9]*)', replace: '\\2-\\1-\\0'}, {match: '.*[A-Z].*'}]}",
	"{regex: [{match: '(a|b)*.+', replace: 'x\\\\\\1'}]}",
	"{bits: {1: a, 2: b, 6: 'c,d', 0x8000000000000000: top}}",
	"{bits: {0: none, 0xff: '0x1', 0x100: same, 0x200: same}}",
	"{ip: {v4: zero_tail}}",
	"{device: {dev: user}}",
	"{stack: {map: m}}",
};

/* A name of a field: with its side before it, or bare. */
static inline void put_path(struct choices *in, const struct random_map *m, bool in_key,
			    bool keep_array, struct buf *out)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	const char *side = in_key ? "key" : "value";
	const struct layout *l = in_key ? m->key : m->value;

	write_path(in, &l->root, keep_array, &path);
	if (!path.len || take_seldom(in, 2))
		put(out, "%s%s", side, path.len ? buf_string(&path) : "");
	else
		put(out, "%s", buf_string(&path) + 1);
}

static inline void put_any_path(struct choices *in, const struct random_map *m, struct buf *out)
{
	static const char *const specials[] = {"$cpu", "$cpus", "$id",	"$i",
					       "$j",   "$pin",	"$map", "$1"};

	if (take_seldom(in, 6))
		put(out, "%s", take_one_of(in, specials, ARRAY_SIZE(specials) - !m->is_many));
	else
		put_path(in, m, m->is_drained || !take_seldom(in, 4), false, out);
}

static inline void put_computation(struct choices *in, struct buf *out)
{
	if (take_seldom(in, 3))
		put(out, ", shift: %u", take_below(in, 64));
	if (take_seldom(in, 3))
		put(out, ", mask: 0x%llx", (unsigned long long)take_u64(in) | 1);
	if (take_seldom(in, 3))
		put(out, ", div: %llu", (unsigned long long)take_u64(in) | 1);
	if (take_seldom(in, 3))
		put(out, ", mod: %llu", (unsigned long long)take_u64(in) | 1);
}

static inline void put_scale(struct choices *in, struct buf *out)
{
	static const char *const units[] = {"ns", "us", "ms", "KiB", "MiB", "pages", "bits"};

	switch (take_below(in, 4)) {
	case 0:
		put(out, ", scale: %s", take_one_of(in, units, ARRAY_SIZE(units)));
		break;
	case 1:
		put(out, ", scale: 2^%d", (int)take_below(in, 129) - 64);
		break;
	default:
		put(out, ", scale: %ue%d", take(in) + 1U, (int)take_below(in, 61) - 30);
	}
}

enum what { OF_KEY, OF_VALUE };

static inline void put_expr(struct choices *in, const struct random_map *m, enum what what,
			    struct buf *out)
{
	bool is_computed = take_seldom(in, 3);

	put(out, is_computed ? "{field: " : "");
	put_path(in, m, what == OF_KEY, false, out);
	if (is_computed) {
		put_computation(in, out);
		put(out, "}");
	}
}

static inline void put_value(struct choices *in, const struct random_map *m, bool is_gauge,
			     struct buf *out)
{
	static const char *const clocks[] = {"monotonic", "boottime"};

	if (is_gauge && take_seldom(in, 5)) {
		put(out, ", value: %u", take(in));
		return;
	}
	put(out, ", value: {field: ");
	put_path(in, m, take_seldom(in, 8), false, out);
	if (take_seldom(in, 3))
		put_computation(in, out);
	if (take_seldom(in, 2))
		put_scale(in, out);
	if (is_gauge && take_seldom(in, 4))
		put(out, ", offset: %de%d", (int)(int8_t)take(in), (int)take_below(in, 5) - 3);
	if (is_gauge && take_seldom(in, 6))
		put(out, ", clock: %s", take_one_of(in, clocks, 2));
	put(out, "}");
}

static inline void put_scheme(struct choices *in, struct buf *out)
{
	uint32_t n = 1 + take_below(in, 6);

	switch (take_below(in, 3)) {
	case 0:
		put(out, ", scheme: exp2");
		break;
	case 1:
		put(out, ", scheme: {linear: {start: %lld, width: %llu}}", (long long)take_u64(in),
		    (unsigned long long)take_u64(in) | 1);
		break;
	default:
		put(out, ", scheme: {explicit: {bounds: [");
		for (uint32_t i = 0; i < n; i++)
			put(out, "%d.%u, ", (int)i * 3 - 4, take(in));
		put(out, "]");
		if (take_seldom(in, 2)) {
			put(out, ", keys: [");
			for (uint32_t i = 0; i < n; i++)
				put(out, "%d, ", (int)(i * 37) - (int)take_below(in, 37));
			put(out, "]");
		}
		put(out, "}}");
		return;
	}
	put(out, ", edges: %s", take_below(in, 2) ? "upper" : "lower");
	put(out, take_seldom(in, 3) ? ", zero: true" : "");
}

static inline void put_histogram(struct choices *in, const struct random_map *m, struct buf *out)
{
	bool is_array = take_below(in, 2), is_explicit, is_native;
	size_t start;

	if (!is_array && take_below(in, 2))
		put_value(in, m, false, out); /* with a scale it is refused */
	put(out, ", buckets: {%s: ", is_array ? "field" : "slot");
	if (is_array)
		put_path(in, m, false, true, out);
	else
		put_expr(in, m, OF_KEY, out);
	start = out->len;
	put_scheme(in, out);
	is_explicit = strstr(buf_string(out) + start, "explicit");
	if (!is_explicit && (!is_array || take_seldom(in, 3)))
		put(out, ", slots: %u", 1 + take_below(in, 66));
	put(out, take_seldom(in, 3) && !is_explicit ? ", overflow: true" : "");
	if (take_seldom(in, 3))
		put(out, ", slot_offset: %d", (int)take_below(in, 5) - 2);
	is_native = strstr(buf_string(out) + start, "exp2, edges: upper") && take_below(in, 2);
	if (is_native)
		put(out, ", scale: 2^%d", (int)take_below(in, 129) - 64);
	else if (take_seldom(in, 3))
		put_scale(in, out);
	put(out, is_native ? "}, native: true" : "}");
	if (take_seldom(in, 3)) {
		put(out, ", sum: {slot: %u}", take_below(in, 8));
	} else if (take_seldom(in, 2)) {
		put(out, ", sum: ");
		put_expr(in, m, OF_VALUE, out);
	}
}

static inline void put_match(struct choices *in, struct buf *out)
{
	switch (take_below(in, 5)) {
	case 0:
		put(out, "%u", take(in));
		break;
	case 1:
		put(out, "%d..%llu", (int)(int8_t)take(in), (unsigned long long)take_u64(in) + 128);
		break;
	case 2:
		put(out, "[0, %u, %u..%u]", take(in), take(in), 255U);
		break;
	case 3:
		put(out, "[A, 'a\"b', '']");
		break;
	default:
		put(out, "A");
	}
}

static inline void put_where(struct choices *in, const struct random_map *m, struct buf *out)
{
	put(out, ", where: {");
	for (uint32_t n = 1 + take_below(in, 2); n; n--) {
		bool is_negated = take_below(in, 2);

		put_any_path(in, m, out);
		put(out, is_negated ? ": {not: " : ": ");
		put_match(in, out);
		put(out, is_negated ? "}, " : ", ");
	}
	put(out, "}");
}

static inline void put_decoders(struct choices *in, const struct random_map *m, struct buf *out)
{
	uint32_t n = 1 + take_seldom(in, 3);

	put(out, ", decode: [");
	for (uint32_t i = 0; i < n; i++) {
		if (take_seldom(in, 16)) {
			put(out, "{cidr: {bits: ");
			put_path(in, m, true, false, out);
			put(out, ", less: %u}}, ", take_below(in, 64));
		} else {
			put(out, "%s, ",
			    take_one_of(in, random_decoders, ARRAY_SIZE(random_decoders)));
		}
	}
	put(out, "]");
}

static inline void put_label(struct choices *in, const struct random_map *m, struct buf *out)
{
	static const char *const patterns[] = {"'.*'", "'[0-9]*'", "'.*[1-4].*'", "''"};

	if (take_seldom(in, 8)) {
		put(out, "{const: \"c\\\"o\\nn\\\\st\"}");
		return;
	}
	put(out, "{field: ");
	put_any_path(in, m, out);
	if (take_seldom(in, 4))
		put_computation(in, out);
	if (take_below(in, 2))
		put_decoders(in, m, out);
	if (take_seldom(in, 6))
		put(out, ", keep: %s", take_one_of(in, patterns, ARRAY_SIZE(patterns)));
	if (take_seldom(in, 6))
		put(out, ", drop: %s", take_one_of(in, patterns, ARRAY_SIZE(patterns)));
	put(out, "}");
}

static inline void put_labels(struct choices *in, const struct random_map *m, const char *cpu,
			      size_t start, struct buf *out)
{
	uint32_t n = take_below(in, N_LABELS + 1);

	put(out, ", labels: {");
	for (uint32_t i = 0; i < n; i++) {
		put(out, take_seldom(in, 3) ? "%c.é: " : "%c: ", 'a' + i);
		put_label(in, m, out);
		put(out, ", ");
	}
	if (strstr(buf_string(out) + start, ".*") && !take_seldom(in, 3))
		put(out, "i: $i, ");
	put(out, strcmp(cpu, "each") ? "}" : "cpu: $cpu}");
}

static inline void put_metric(struct choices *in, struct random_map *m, uint32_t i, struct buf *out)
{
	static const char *const cpus[] = {"sum", "max", "min", "avg", "each"};
	static const char *const aggregates[] = {"sum", "max", "min", "avg"};
	uint32_t type = take_below(in, m->is_drained ? 2 : 5);
	const char *cpu = m->cpu;
	size_t start = out->len;

	put(out, "{name: x%c%u%s, type: %s", m->is_dotted ? '.' : '_', i,
	    (const char *const[]){"_total", "", "", "", "_info"}[type],
	    (const char *const[]){"counter", "histogram", "gauge", "summary", "info"}[type]);
	if (m->is_per_cpu && !m->is_drained && type != 1 && type != 3 && take_seldom(in, 3)) {
		cpu = take_one_of(in, cpus, ARRAY_SIZE(cpus));
		put(out, ", cpu: %s", cpu);
	}
	if (type == 0 || type == 2) {
		put_value(in, m, type == 2, out);
	} else if (type == 1) {
		put_histogram(in, m, out);
	} else if (type == 3) {
		put(out, ", sum: ");
		put_expr(in, m, OF_VALUE, out);
		put(out, ", count: ");
		put_expr(in, m, OF_VALUE, out);
	}
	if (type == 2)
		put(out, ", aggregate: %s", take_one_of(in, aggregates, ARRAY_SIZE(aggregates)));
	put(out, type != 4 && take_seldom(in, 3) ? ", skip_zero: true" : "");
	if (take_seldom(in, 4))
		put_where(in, m, out);
	if (take_below(in, 4))
		put_labels(in, m, cpu, start, out);
	else
		put(out, strcmp(cpu, "each") ? "" : ", labels: {cpu: $cpu}");
	put(out, "}, ");
}

static inline void put_side(const char *side, const struct layout *l, struct buf *out)
{
	char type[8];

	put(out, ", %s: ", side);
	if (l->root.kind == FIELD_STRUCT)
		write_members(&l->root, out);
	else
		put(out, "%s", written_type(&l->root, type));
}

static inline bool root_is_writable(const struct layout *l)
{
	return l->root.kind == FIELD_STRUCT
		       ? is_writable(&l->root)
		       : l->root.kind != FIELD_ENUM && !l->root.bit_size &&
				 (l->root.kind < FIELD_CHARS || l->root.kind > FIELD_BYTES);
}

static inline void put_types(struct choices *in, const struct random_map *m, struct buf *out)
{
	static const char *const types[] = {"u8",  "u32",  "be32", "s64",  "f64",  "bool",
					    "mac", "ipv4", "ipv6", "char", "bytes"};

	put(out, ", types: {");
	put_path(in, m, take_below(in, 2), true, out);
	put(out, ": %s}", take_one_of(in, types, ARRAY_SIZE(types)));
}

static inline void random_map_init(struct random_map *m, struct choices *in)
{
	static const char *const cpus[] = {"sum", "each"};
	uint32_t n_elems = 1 + take_below(in, 5), n_metrics = 1 + take_below(in, N_METRICS);

	*m = (struct random_map){.yaml = BUF_INIT, .cpu = "sum"};
	m->key = make_layout(in, 'k', n_elems);
	m->value = make_layout(in, 'v', n_elems);
	m->is_per_cpu = take_below(in, 2);
	m->is_drained = take_seldom(in, 5);
	if (m->is_per_cpu)
		m->cpu = take_one_of(in, cpus, 2);
	m->is_many = take_below(in, 2);
	m->is_dotted = take_below(in, 2);
	put(&m->yaml, "maps: [{name: m, cpu: %s, packed: true, pin: '/p/%s'", m->cpu,
	    m->is_many ? "*', instances: 'sum" : "p");
	put(&m->yaml, m->is_drained ? ", read: drain" : "");
	m->key_is_written = take_seldom(in, 3) && root_is_writable(m->key);
	m->value_is_written = take_seldom(in, 3) && root_is_writable(m->value);
	if (m->key_is_written)
		put_side("key", m->key, &m->yaml);
	if (m->value_is_written)
		put_side("value", m->value, &m->yaml);
	if (take_seldom(in, 8))
		put_types(in, m, &m->yaml);
	if (take_seldom(in, 8))
		put_where(in, m, &m->yaml);
	put(&m->yaml, ", metrics: [");
	for (uint32_t i = 0; i < n_metrics; i++)
		put_metric(in, m, i, &m->yaml);
	put(&m->yaml, "]}]");
}

#endif
