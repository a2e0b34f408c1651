// SPDX-License-Identifier: GPL-2.0-only
/* What the configuration with every key becomes, field by field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "config/config.h"

static int whole_load(void **state)
{
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	struct config *c = NULL;

	if (config_load(SOURCE_DIR "/tests/data/config/whole.yml", &c, &p) < 0)
		fail_msg("%s", p.n ? p.items[0] : "out of memory");
	*state = c;
	return 0;
}

static int whole_free(void **state)
{
	config_free(*state);
	return 0;
}

static const struct config_metric *metric_find(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_maps; i++) {
		for (size_t k = 0; k < c->maps[i].n_metrics; k++) {
			if (!strcmp(c->maps[i].metrics[k].name, name))
				return &c->maps[i].metrics[k];
		}
	}
	fail_msg("no metric '%s'", name);
	return NULL;
}

static const struct config_label *label_find(const struct config_metric *m, const char *name)
{
	for (size_t i = 0; i < m->n_labels; i++) {
		if (!strcmp(m->labels[i].name, name))
			return &m->labels[i];
	}
	fail_msg("no label '%s'", name);
	return NULL;
}

static void assert_expr(const struct config_expr *e, const char *field, uint32_t shift,
			uint64_t mask, uint64_t div, uint64_t mod)
{
	assert_string_equal(e->field, field);
	assert_int_equal(e->shift, shift);
	assert_int_equal(e->mask, mask);
	assert_int_equal(e->div, div);
	assert_int_equal(e->mod, mod);
	assert_int_equal(e->computed, shift || mask != UINT64_MAX || div || mod);
}

static void assert_scale(const struct scale *s, uint64_t mantissa, int exp10, int exp2)
{
	assert_int_equal(s->mantissa, mantissa);
	assert_int_equal(s->exp10, exp10);
	assert_int_equal(s->exp2, exp2);
}

static void assert_range(const struct config_match *m, int64_t first, int64_t last)
{
	assert_null(m->text);
	assert_true(m->first == first && m->last == last);
}

static void test_config__whole_maps(void **state)
{
	const struct config *c = *state;
	const struct config_map *m = c->maps;

	assert_int_equal(c->n_paths, 1);
	assert_string_equal(c->state_dir, "/run/whole");
	assert_int_equal(c->read_timeout_ns, 2500 * NS_PER_MS);
	assert_int_equal(c->n_maps, 4);
	assert_string_equal(m[0].pin, "/sys/fs/bpf/*/flows");
	assert_true(config_map_is_many(&m[0]));
	assert_null(m[0].map_name);
	assert_int_equal(m[0].map_id, 0);
	assert_int_equal(m[0].instances, CONFIG_INSTANCES_EACH);
	assert_int_equal(m[0].read, CONFIG_READ_DRAIN);
	assert_int_equal(m[0].cpu, CONFIG_CPU_EACH);
	assert_int_equal(m[0].limits.max_series, 0x10000);
	assert_int_equal(m[0].limits.max_label_bytes, 8192);
	assert_int_equal(m[0].limits.on_limit, CONFIG_ON_LIMIT_DROP);
	assert_int_equal(m[0].evict_idle_ns, 0);
	assert_int_equal(m[0].refresh_ns, 90 * NS_PER_S);
	assert_int_equal(m[0].at_scrape, CONFIG_AT_SCRAPE_NEVER);
	assert_true(m[0].packed);
	assert_false(config_map_is_many(&m[1]));
	assert_int_equal(m[1].n_metrics, 0);
	assert_string_equal(m[2].map_name, "a_name_longer_t");
	assert_true(m[2].name_is_cut);
	assert_int_equal(m[2].pin_at.column, 15);
	assert_true(config_map_is_many(&m[2]));
	assert_int_equal(m[2].instances, CONFIG_INSTANCES_SUM);
	assert_int_equal(m[2].refresh_ns, 0);
	assert_int_equal(m[2].evict_idle_ns, 5400 * NS_PER_S);
	assert_int_equal(m[2].limits.max_series, 500);
	assert_int_equal(m[2].limits.max_label_bytes, 256);
	assert_int_equal(m[2].limits.on_limit, CONFIG_ON_LIMIT_OTHER);
	assert_null(m[2].pin);
	assert_int_equal(m[3].map_id, 42);
	assert_false(config_map_is_many(&m[3]));
	assert_int_equal(m[3].pin_at.column, 13);
	assert_int_equal(m[3].refresh_ns, 15 * NS_PER_S);
	assert_int_equal(m[3].n_types, 2);
	assert_string_equal(m[3].types[0].field, "key.addr");
	assert_int_equal(m[3].types[0].kind, CONFIG_IPV6);
	assert_int_equal(m[3].types[0].at.column, 13);
	assert_string_equal(m[3].types[1].field, "value.slots");
	assert_int_equal(m[3].types[1].kind, CONFIG_U32);
}

static void test_config__whole_layout(void **state)
{
	const struct config *c = *state;
	const struct config_field *key = c->maps[0].key, *value = c->maps[0].value;

	assert_int_equal(key->n_fields, 6);
	assert_false(key->fields[3].is_bits);
	assert_true(key->fields[4].is_bits);
	assert_int_equal(key->fields[4].kind, CONFIG_U8);
	assert_int_equal(key->fields[4].bit_first, 0);
	assert_int_equal(key->fields[4].bit_last, 3);
	assert_int_equal(key->fields[4].count, 0);
	assert_int_equal(key->fields[4].offset, -1);
	assert_int_equal(key->fields[5].bit_first, 7);
	assert_int_equal(key->fields[5].bit_last, 7);
	assert_int_equal(value->fields[1].kind, CONFIG_F32);
	assert_int_equal(value->fields[2].kind, CONFIG_F64);
}

static void test_config__whole_conditions(void **state)
{
	const struct config_metric *m = metric_find(*state, "flow_packets_total");
	const struct config_condition *c = m->conditions;

	assert_int_equal(m->n_conditions, 4);
	assert_string_equal(c[0].field, "dport");
	assert_false(c[0].is_negated);
	assert_int_equal(c[0].n_matches, 3);
	assert_range(&c[0].matches[0], 53, 53);
	assert_range(&c[0].matches[1], 443, 443);
	assert_range(&c[0].matches[2], 1024, 65535);
	assert_string_equal(c[1].field, "version");
	assert_true(c[1].is_negated);
	assert_int_equal(c[1].n_matches, 1);
	assert_range(&c[1].matches[0], 4, 4);
	assert_true(c[2].is_negated);
	assert_string_equal(c[2].matches[0].text, "init");
	assert_string_equal(c[2].matches[1].text, "1");
	assert_string_equal(c[3].field, "$1");
	assert_false(c[3].is_negated);
	assert_string_equal(c[3].matches[0].text, "eth0");
	assert_int_equal(metric_find(*state, "flow_seconds_total")->n_conditions, 1);
	assert_int_equal(metric_find(*state, "entries")->n_conditions, 0);
}

static void test_config__whole_values(void **state)
{
	const struct config_metric *m = metric_find(*state, "flow_seconds_total");

	assert_expr(&m->value.expr, "parts.0.ns", 2, 0xffff, 10, 1000);
	assert_scale(&m->value.scale, 1, -9, 0);
	assert_true(m->value.has_scale);
	assert_int_equal(m->cpu, CONFIG_CPU_SUM);
	assert_int_equal(m->cpu_at.line, 57);
	m = metric_find(*state, "flow_packets_total");
	assert_int_equal(m->cpu, CONFIG_CPU_EACH);
	assert_int_equal(m->cpu_at.line, 17);
	assert_false(m->value.has_scale);
	m = metric_find(*state, "temperature_celsius");
	/* v * 0.1 - 273.15 == (v * 2 - 5463) * 0.05 */
	assert_scale(&m->value.scale, 1, -1, -1);
	assert_int_equal(m->value.factor, 2);
	assert_int_equal(m->value.offset, -5463);
	assert_int_equal(m->aggregate, CONFIG_AGGREGATE_MAX);
	assert_int_equal(m->cpu, CONFIG_CPU_AVG);
	m = metric_find(*state, "last_seen_seconds");
	assert_expr(&m->value.expr, "parts.*.ns", 0, UINT64_MAX, 0, 0);
	assert_int_equal(m->value.clock, CONFIG_CLOCK_BOOTTIME);
	assert_scale(&m->value.scale, 1, -9, 0);
	assert_false(m->value.has_scale);
	assert_int_equal(m->aggregate, CONFIG_AGGREGATE_SUM);
	assert_string_equal(m->labels[0].expr.field, "$i");
	m = metric_find(*state, "started_seconds");
	assert_int_equal(m->value.clock, CONFIG_CLOCK_MONOTONIC);
	assert_scale(&m->value.scale, 1, -6, 0);
	assert_string_equal(metric_find(*state, "cpus")->value.expr.field, "$cpus");
}

static void test_config__whole_decoders(void **state)
{
	const struct config_metric *m = metric_find(*state, "latency_seconds");
	const struct config_label *l = label_find(m, "host");
	const struct config_decoder *d = l->decoders;

	assert_int_equal(l->n_decoders, 2);
	assert_int_equal(d[0].kind, CONFIG_DECODE_IP);
	assert_true(d[0].zero_tail);
	assert_int_equal(d[1].kind, CONFIG_DECODE_REGEX);
	assert_int_equal(d[1].n_rewrites, 2);
	assert_string_equal(d[1].rewrites[0].match, "(10)\\.([0-9]+)\\..*");
	assert_string_equal(d[1].rewrites[0].replace, "net-\\2");
	assert_null(d[1].rewrites[1].replace);
	assert_string_equal(l->keep, "10\\..*|.*:.*");
	assert_string_equal(l->drop, "127[.]0[.]0[.]1");
	d = label_find(m, "disk")->decoders;
	assert_int_equal(d->kind, CONFIG_DECODE_DEVICE);
	assert_true(d->is_user_dev);
	d = label_find(m, "prefix")->decoders;
	assert_int_equal(d->kind, CONFIG_DECODE_CIDR);
	assert_expr(&d->length, "key.length", 0, 0x7f, 0, 0);
	assert_int_equal(d->less, 32);
	l = label_find(m, "flags");
	assert_expr(&l->expr, "key.flags", 0, UINT64_MAX, 0, 256);
	assert_null(l->keep);
	d = l->decoders;
	assert_int_equal(d->kind, CONFIG_DECODE_BITS);
	assert_int_equal(d->n_entries, 3);
	assert_int_equal(d->entries[0].first, 1);
	assert_string_equal(d->entries[0].text, "a");
	assert_int_equal(d->entries[1].first, 4);
	assert_true(d->entries[2].first == (int128)1 << 63);
	assert_true(d->entries[2].last == d->entries[2].first);
	d = label_find(m, "stack")->decoders;
	assert_int_equal(d->kind, CONFIG_DECODE_STACK);
	assert_string_equal(d->stack_map, "flows");
	assert_null(d->length.field);
}

static void test_config__whole_exp2(void **state)
{
	const struct config_metric *m = metric_find(*state, "latency_seconds");
	const struct config_buckets *b = &m->buckets;

	assert_int_equal(m->type, CONFIG_HISTOGRAM);
	assert_string_equal(b->array.field, "slots");
	assert_null(b->slot.field);
	assert_int_equal(b->scheme, CONFIG_EXP2);
	assert_int_equal(b->edges, CONFIG_EDGES_UPPER);
	assert_int_equal(b->slot_offset, 1);
	assert_int_equal(b->n_slots, 27);
	assert_true(b->has_zero);
	assert_true(b->has_overflow);
	assert_scale(&b->scale, 1, 0, -30);
	assert_true(m->has_sum);
	assert_true(m->sum_is_slot);
	assert_int_equal(m->sum_slot, 28);
	assert_scale(&m->sum.scale, 1, -6, 0);
	assert_null(m->value.expr.field);
}

static void test_config__whole_linear(void **state)
{
	const struct config_metric *m = metric_find(*state, "size_bytes");
	const struct config_buckets *b = &m->buckets;

	assert_expr(&m->value.expr, "packets", 0, UINT32_MAX, 0, 0);
	assert_null(b->array.field);
	assert_expr(&b->slot, "key.slot", 1, UINT64_MAX, 0, 0);
	assert_int_equal(b->scheme, CONFIG_LINEAR);
	assert_int_equal(b->edges, CONFIG_EDGES_LOWER);
	assert_int_equal(b->start, -100);
	assert_int_equal(b->width, 50);
	assert_int_equal(b->n_slots, 30);
	assert_false(b->has_zero);
	assert_false(b->has_overflow);
	assert_true(m->has_sum);
	assert_false(m->sum_is_slot);
	assert_expr(&m->sum.expr, "total", 0, UINT64_MAX, 2, 0);
	assert_scale(&m->sum.scale, 1, 0, 0);
}

static void test_config__whole_explicit(void **state)
{
	static const struct config_decimal bounds[] = {{-1, 0}, {0, 0}, {25, -2}, {1, 3}};
	static const int64_t keys[] = {0, 5, -1, 16};
	const struct config_metric *m = metric_find(*state, "wait_seconds");
	const struct config_buckets *b = &m->buckets;

	assert_int_equal(b->scheme, CONFIG_EXPLICIT);
	assert_int_equal(b->edges, CONFIG_EDGES_UPPER);
	assert_int_equal(b->n_bounds, 4);
	assert_int_equal(b->n_slots, 4);
	for (size_t i = 0; i < b->n_bounds; i++) {
		assert_int_equal(b->bounds[i].mantissa, bounds[i].mantissa);
		assert_int_equal(b->bounds[i].exp10, bounds[i].exp10);
		assert_int_equal(b->keys[i], keys[i]);
	}
	assert_scale(&b->scale, 1, -3, 0);
	assert_false(m->has_sum);
	assert_scale(&m->sum.scale, 1, -3, 0);
}

static void test_config__whole_summary(void **state)
{
	const struct config_metric *m = metric_find(*state, "io_seconds");

	assert_int_equal(m->type, CONFIG_SUMMARY);
	assert_true(m->has_sum);
	assert_expr(&m->sum.expr, "total", 0, UINT64_MAX, 0, 0);
	assert_scale(&m->sum.scale, 1, -9, 0);
	assert_true(m->sum.has_scale);
	assert_expr(&m->count.expr, "n", 0, UINT64_MAX, 3, 0);
	assert_scale(&m->count.scale, 1, 0, 0);
	assert_int_equal(m->count.at.column, 82);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config__whole_maps),
		cmocka_unit_test(test_config__whole_layout),
		cmocka_unit_test(test_config__whole_conditions),
		cmocka_unit_test(test_config__whole_values),
		cmocka_unit_test(test_config__whole_decoders),
		cmocka_unit_test(test_config__whole_exp2),
		cmocka_unit_test(test_config__whole_linear),
		cmocka_unit_test(test_config__whole_explicit),
		cmocka_unit_test(test_config__whole_summary),
	};

	return cmocka_run_group_tests(tests, whole_load, whole_free);
}
