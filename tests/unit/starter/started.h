/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_STARTED_H
#define UNIT_STARTED_H

/*
 * From maps to a configuration, which is parsed, and planned on the layouts
 * that it was made from: whatever the maps are, neither may find a mistake.
 * Entries that differ in one field of the key must not be shown as one.
 */
#include "notation.h"

#include <linux/bpf.h>
#include <stdio.h>

#include "base/buf.h"
#include "config/config.h"
#include "decode/builder.h"
#include "decode/explicit_layout_internal.h"
#include "decode/plan.h"
#include "starter/starter.h"

#define STARTED_MAX 4

struct started_map {
	const char *locator;	       /* NULL: a pin */
	const char *name;	       /* the kernel's; NULL: "map" */
	uint32_t type;		       /* 0: a hash */
	const char *key, *value;       /* notation.h; NULL: no BTF */
	uint32_t key_size, value_size; /* where they are NULL */
	uint32_t max_entries;	       /* 0: 64 */
	bool may_merge;		       /* entries that differ in the key may be one series */
};

struct started {
	struct starter_map maps[STARTED_MAX];
	struct map_info infos[STARTED_MAX];
	struct layout *keys[STARTED_MAX], *values[STARTED_MAX];
	size_t n;
	struct buf yaml;
	struct config *config;
	struct problems problems;
};

static inline void started_init(struct started *s, const struct started_map *maps, size_t n)
{
	*s = (struct started){.n = n};
	assert_in_range(n, 0, STARTED_MAX);
	for (size_t i = 0; i < n; i++) {
		const struct started_map *m = &maps[i];
		struct map_info *info = &s->infos[i];

		s->keys[i] = notation_layout(m->key);
		s->values[i] = notation_layout(m->value);
		info->type = m->type ? m->type : BPF_MAP_TYPE_HASH;
		info->id = 42;
		info->max_entries = m->max_entries ? m->max_entries : 64;
		info->key_size = m->key ? s->keys[i]->root.size : m->key_size;
		info->value_size = m->value ? s->values[i]->root.size : m->value_size;
		if (map_type_is_array(info->type))
			info->key_size = 4;
		strncpy(info->name, m->name ? m->name : "map", sizeof(info->name) - 1);
		map_info_set_stride(info, 3);
		s->maps[i] = (struct starter_map){
			.locator = m->locator ? m->locator : "/sys/fs/bpf/x/flow_stats",
			.info = info,
			.key = s->keys[i],
			.value = s->values[i],
			.no_btf = m->key || m->value ? NULL : "it has no BTF",
		};
	}
}

static inline void started_done(struct started *s)
{
	for (size_t i = 0; i < s->n; i++) {
		layout_free(s->keys[i]);
		layout_free(s->values[i]);
	}
	buf_done(&s->yaml);
	config_free(s->config);
	problems_done(&s->problems);
}

__attribute__((noreturn)) static inline void started_fail(struct started *s, const char *why)
{
	print_error("%.*s", (int)s->yaml.len, s->yaml.data);
	for (size_t i = 0; i < s->problems.n; i++)
		print_error("%s\n", s->problems.items[i]);
	fail_msg("%s", why);
	abort();
}

/* ---- plans ---- */

static inline struct plan *started_compile(struct started *s, size_t i, struct family **families)
{
	static const char *const captures[] = {"eth0", "a\"b\n"};
	const struct config_map *map = &s->config->maps[i];
	struct plan_input input = {
		.map = map,
		.families = families,
		.info = &s->infos[i],
		.key = s->keys[i],
		.value = s->values[i],
		.no_btf = s->maps[i].no_btf,
		.pin = "/p",
		.captures = captures,
	};
	struct plan *plan = NULL;

	for (const char *p = map->pin ? map->pin : ""; *p && input.n_captures < 2; p++)
		input.n_captures += *p == '*';
	for (size_t k = 0; k < map->n_metrics; k++) {
		families[k] = family_new(map->metrics[k].name,
					 (enum family_type)map->metrics[k].type, "Help.");
		assert_non_null(families[k]);
	}
	if (plan_compile(&input, &plan, &s->problems) < 0 || problems_any(&s->problems))
		started_fail(s, "the plan does not compile");
	return plan;
}

/* Keys that differ from the first one by one field each. */
struct started_keys {
	uint8_t *bytes;
	uint32_t size, n;
};

static inline uint8_t *started_add_key(struct started_keys *k)
{
	k->bytes = realloc(k->bytes, (size_t)(k->n + 1) * k->size);
	assert_non_null(k->bytes);
	memcpy(k->bytes + k->n * k->size, k->bytes, k->n ? k->size : 0);
	return k->bytes + k->n++ * k->size;
}

static inline void started_vary(struct started_keys *k, const struct field *f, uint32_t at)
{
	if (f->kind == FIELD_STRUCT) {
		for (uint32_t i = 0; i < f->n_members; i++)
			started_vary(k, &f->members[i], at + f->members[i].offset);
	} else if (f->kind == FIELD_ARRAY) {
		for (uint32_t i = 0; i < f->n_elems; i++)
			started_vary(k, f->members, at + i * f->members[0].size);
	} else if (f->kind == FIELD_CHARS) {
		started_add_key(k)[at] ^= 1;
	} else if (f->kind != FIELD_PAD) {
		uint32_t n = f->kind == FIELD_BOOL || f->bit_size ? 1 : f->size;

		for (uint32_t i = 0; i < n; i++)
			started_add_key(k)[at + i] ^= (uint8_t)(1U << f->bit_offset);
	}
}

static inline void started_set_texts(uint8_t *key, const struct field *f, uint32_t at)
{
	for (uint32_t i = 0; i < f->n_members && f->kind == FIELD_STRUCT; i++)
		started_set_texts(key, &f->members[i], at + f->members[i].offset);
	if (f->kind == FIELD_CHARS)
		memset(key + at, 'A', f->size);
}

static inline struct started_keys started_keys_new(const struct map_info *info,
						   const struct field *root)
{
	struct started_keys k = {.size = info->key_size};
	bool is_trie = info->type == BPF_MAP_TYPE_LPM_TRIE;

	memset(started_add_key(&k), is_trie ? 0xb0 : 0x40, k.size);
	started_set_texts(k.bytes, root, 0);
	if (is_trie) {
		uint32_t n_bits = 8 * (k.size - 4);

		memcpy(k.bytes, &n_bits, sizeof(n_bits));
	}
	for (uint32_t i = 0; i < root->n_members; i++) {
		const struct field *f = &root->members[i];

		if (!is_trie || f->offset)
			started_vary(&k, f, f->offset);
	}
	if (!root->n_members)
		started_vary(&k, root, 0);
	return k;
}

static inline bool started_has_label(const struct config_metric *m, const char *field)
{
	for (size_t i = 0; i < m->n_labels; i++) {
		if (m->labels[i].expr.field && !strcmp(m->labels[i].expr.field, field))
			return true;
	}
	return false;
}

/* The series that an entry has of a metric: those of an array's elements. */
static inline size_t started_n_series(const struct config_metric *m, const struct layout *value)
{
	const char *path = m->buckets.array.field ? m->buckets.array.field : m->value.expr.field;
	struct layout_place at = {0};

	if (!path || !value)
		return 1;
	if (!strncmp(path, "value.", 6))
		path += 6;
	layout_find_each(value, str_of(path), &at);
	return (size_t)(started_has_label(m, "$i") ? at.stars[0].n : 1) *
	       (started_has_label(m, "$j") ? at.stars[1].n : 1);
}

/* Each entry has its series. */
static inline void started_check_series(struct started *s, size_t i, const struct snapshot *shown,
					uint32_t n_entries)
{
	const struct config_map *map = &s->config->maps[i];

	for (size_t k = 0; k < shown->n_sets; k++) {
		size_t n_cpus =
			started_has_label(&map->metrics[k], "$cpu") ? s->infos[i].n_cpus : 1;
		size_t n = n_entries * n_cpus * started_n_series(&map->metrics[k], s->values[i]);

		if (shown->sets[k].n_shown != n) {
			print_error("%s: %zu series of %zu\n", map->metrics[k].name,
				    shown->sets[k].n_shown, n);
			started_fail(s, "entries that differ are one series");
		}
	}
}

static inline void started_check_apart(struct started *s, size_t i, struct plan *plan)
{
	struct config_map *map = &s->config->maps[i];
	_cleanup_(layout_freep) struct layout *own =
		map->key ? explicit_layout_new(map->key, map->packed) : NULL;
	const struct layout *layout = own ? own : s->keys[i];
	_cleanup_(builder_freep) struct builder *b = NULL;
	struct builder_result result;
	struct started_keys keys;
	uint8_t *values;
	size_t n_bytes;

	assert_non_null(layout);
	keys = started_keys_new(&s->infos[i], &layout->root);
	b = builder_new(plan, NULL, NULL, &(struct config_limits){.max_series = 1000000});
	n_bytes = keys.n * (size_t)s->infos[i].n_cpus * s->infos[i].value_stride;
	values = malloc(n_bytes + 1);
	assert_non_null(b);
	assert_non_null(values);
	memset(values, 1, n_bytes); /* no zeros, which may be left out */
	assert_int_equal(builder_add(b, keys.bytes, values, keys.n), 0);
	assert_int_equal(builder_finish(b, &result), 0);
	started_check_series(s, i, result.snapshot, keys.n);
	snapshot_unref(result.snapshot);
	free(keys.bytes);
	free(values);
}

static inline void started_check_map(struct started *s, const struct started_map *m, size_t i)
{
	const struct config_map *map = &s->config->maps[i];
	struct family **families = calloc(map->n_metrics + 1, sizeof(*families));
	struct plan *plan;
	bool has_keys = map->key || s->keys[i];

	assert_non_null(families);
	plan = started_compile(s, i, families);
	if (has_keys && !m->may_merge && map->n_metrics && s->infos[i].max_entries > 1)
		started_check_apart(s, i, plan);
	plan_unref(plan);
	for (size_t k = 0; k < map->n_metrics; k++)
		family_unref(families[k]);
	free(families);
}

static inline void started_check_names(struct started *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->config->maps[i].n_metrics; k++)
			for (size_t i2 = 0; i2 <= i; i2++)
				for (size_t k2 = 0;
				     k2 < (i2 < i ? s->config->maps[i2].n_metrics : k); k2++)
					if (!strcmp(s->config->maps[i].metrics[k].name,
						    s->config->maps[i2].metrics[k2].name))
						started_fail(s, "two metrics of one name");
}

/* All of it. started_done() follows. */
static inline void started_run(struct started *s, const struct started_map *maps, size_t n)
{
	started_init(s, maps, n);
	assert_int_equal(starter_write(s->maps, n, &s->yaml), 0);
	if (config_parse("f", (struct str){s->yaml.data, s->yaml.len}, &s->config, &s->problems) <
	    0)
		started_fail(s, "the parser finds mistakes");
	assert_int_equal(s->config->n_maps, n);
	started_check_names(s);
	for (size_t i = 0; i < n; i++)
		started_check_map(s, &maps[i], i);
}

/* ---- in short ---- */

static inline int started_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static inline void started_put_labels(const struct config_metric *m, struct buf *out)
{
	char *items[64];
	size_t n = 0;

	for (size_t i = 0; i < m->n_labels && n < ARRAY_SIZE(items); i++) {
		const struct config_label *l = &m->labels[i];
		const char *field = l->text ? l->text : l->expr.field;

		assert_true(asprintf(&items[n++], "%s%s", field, l->n_decoders ? "!" : "") > 0);
	}
	qsort(items, n, sizeof(*items), started_compare);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(buf_printf(out, "%s%s", i ? " " : "", items[i]), 0);
		free(items[i]);
	}
}

/*
 * A line for each metric, without the names that it chose:
 * `counter packets {source! dport}`. ! is a decoder, = a scale, @ a clock.
 */
static inline char *started_summary(const struct started *s)
{
	static const char *const types[] = {"counter", "gauge", "histogram", "summary", "info"};
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < s->n; i++) {
		const struct config_map *map = &s->config->maps[i];

		for (size_t k = 0; k < map->n_metrics; k++) {
			const struct config_metric *m = &map->metrics[k];
			const struct config_value *v = m->has_sum ? &m->sum : &m->value;

			buf_printf(&out, "%s", types[m->type]);
			if (m->type == CONFIG_HISTOGRAM)
				buf_printf(&out, " %s",
					   m->buckets.array.field ? m->buckets.array.field
								  : m->buckets.slot.field);
			if (v->expr.field)
				buf_printf(&out, " %s", v->expr.field);
			buf_printf(&out, "%s%s {", v->has_scale ? "=" : "", v->clock ? "@" : "");
			started_put_labels(m, &out);
			assert_int_equal(buf_puts(&out, "}\n"), 0);
		}
	}
	assert_int_equal(buf_reserve(&out, 1), 0);
	return buf_take(&out);
}

#endif
