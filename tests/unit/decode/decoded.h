/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_DECODED_H
#define UNIT_DECODED_H

/*
 * From a map's configuration and raw bytes to the lines of the exposition, for
 * tables of cases. The bytes are written in hexadecimal, blanks between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "decode/builder.h"
#include "decode/explicit_layout_internal.h"
#include "decode/plan.h"
#include "model/exposition.h"
#include "render/render.h"

#define PIN "/sys/fs/bpf/p"

struct decoded_case {
	const char *yaml; /* what follows `name: m, pin: PIN,` of the one map */
	uint32_t type;	  /* 0: a hash */
	uint32_t n_cpus;  /* 0: one */
	const char *keys, *values;
	const char *expected;
	uint64_t max_series;		  /* 0: many */
	const struct layout *key, *value; /* as from BTF */
	const char *pin;		  /* NULL: PIN; else its * are decoded_captures */
	const struct stack_provider *stacks;
};

/* A plan and what it was compiled from. */
struct decoded {
	struct config *config;
	const struct config_map *map;
	struct family *families[32];
	struct map_info info;
	struct plan_input input;
	struct plan *plan;
	struct problems problems;
};

static const char *const decoded_captures[] = {"eth0", "a\"b"};

/* A member of a hand-made layout, as BTF would give it. */
static inline struct field *decoded_add(struct field *parent, const char *name,
					enum field_kind kind, uint32_t offset, uint32_t size)
{
	struct field *f = field_add_member(parent);

	assert_non_null(f);
	f->name = name ? strdup(name) : NULL;
	f->kind = kind;
	f->offset = offset;
	f->size = size;
	if (parent->size < offset + size)
		parent->size = offset + size;
	return f;
}

static inline uint32_t decoded_size(const struct config_field *written, bool packed,
				    const struct layout *btf)
{
	_cleanup_(layout_freep) struct layout *l = NULL;

	if (!written)
		return btf ? btf->root.size : 4;
	l = explicit_layout_new(written, packed);
	assert_non_null(l);
	return l->root.size;
}

/* Everything but the plan, from the first map of the configuration, which is there. */
static inline void decoded_prepare_map(struct decoded *d, const struct decoded_case *c)
{
	d->map = &d->config->maps[0];
	assert_in_range(d->map->n_metrics, 0, ARRAY_SIZE(d->families));
	for (size_t i = 0; i < d->map->n_metrics; i++) {
		const struct config_metric *m = &d->map->metrics[i];

		d->families[i] =
			family_new(m->name, (enum family_type)m->type, m->help ? m->help : "Help.");
		assert_non_null(d->families[i]);
		d->families[i]->is_crowded = m->is_crowded;
	}
	d->info.type = c->type ? c->type : BPF_MAP_TYPE_HASH;
	d->info.id = 42;
	d->info.max_entries = 1024;
	if (!map_type_is_queue(d->info.type))
		d->info.key_size = decoded_size(d->map->key, d->map->packed, c->key);
	d->info.value_size = decoded_size(d->map->value, d->map->packed, c->value);
	map_info_set_stride(&d->info, c->n_cpus ? c->n_cpus : 1);
	d->input = (struct plan_input){
		.map = d->map,
		.families = d->families,
		.info = &d->info,
		.key = c->key,
		.value = c->value,
		.pin = PIN,
		.captures = decoded_captures,
		.n_captures = ARRAY_SIZE(decoded_captures),
		.stacks = c->stacks,
	};
}

/* Everything but the plan. */
static inline void decoded_prepare(struct decoded *d, const struct decoded_case *c)
{
	_cleanup_buf_ struct buf yaml = BUF_INIT;

	*d = (struct decoded){.problems = PROBLEMS_INIT};
	buf_printf(&yaml, "maps: [{name: m, pin: %s, %s}]", c->pin ? c->pin : PIN, c->yaml);
	if (config_parse("f", (struct str){yaml.data, yaml.len}, &d->config, &d->problems) < 0)
		fail_msg("%s: %s", c->yaml, d->problems.items[0]);
	decoded_prepare_map(d, c);
}

static inline void decoded_compile_plan(struct decoded *d, const char *what)
{
	if (plan_compile(&d->input, &d->plan, &d->problems) < 0)
		fail_msg("%s: %s", what, d->problems.n ? d->problems.items[0] : "no message");
	assert_false(problems_any(&d->problems));
}

static inline void decoded_compile(struct decoded *d, const struct decoded_case *c)
{
	decoded_prepare(d, c);
	decoded_compile_plan(d, c->yaml);
}

static inline void decoded_done(struct decoded *d)
{
	plan_unref(d->plan);
	for (size_t i = 0; i < ARRAY_SIZE(d->families); i++)
		family_unref(d->families[i]);
	problems_done(&d->problems);
	config_free(d->config);
}

/* The bytes that @hex writes down; @ret_n of them, on the heap, none more allocated. */
static inline uint8_t *decoded_bytes(const char *hex, size_t *ret_n)
{
	size_t n = 0, digits = 0;
	uint8_t *bytes;

	for (const char *p = hex; *p; p++)
		digits += *p != ' ';
	assert_int_equal(digits % 2, 0);
	bytes = malloc(digits / 2 + !digits);
	assert_non_null(bytes);
	while (*hex) {
		char pair[3] = {hex[0], hex[0] == ' ' ? '\0' : hex[1]};

		hex += *hex == ' ' ? 1 : 2;
		if (*pair != ' ')
			bytes[n++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	*ret_n = n;
	return bytes;
}

/* One pass over these entries. */
static inline struct builder_result decoded_pass(struct decoded *d, struct snapshot *previous,
						 uint64_t max_series, const char *keys,
						 const char *values)
{
	_cleanup_(builder_freep) struct builder *b = builder_new(
		d->plan, previous, NULL,
		&(struct config_limits){.max_series = max_series ? max_series : 100000});
	struct builder_result result = {0};
	size_t n_key_bytes, n_value_bytes, n;
	uint8_t *k = decoded_bytes(keys, &n_key_bytes);
	uint8_t *v = decoded_bytes(values, &n_value_bytes);

	assert_non_null(b);
	n = n_key_bytes / d->info.key_size;
	assert_int_equal(n_key_bytes, n * d->info.key_size);
	assert_int_equal(n_value_bytes, n * d->info.n_cpus * d->info.value_stride);
	assert_int_equal(builder_add(b, k, v, (uint32_t)n), 0);
	assert_int_equal(builder_finish(b, &result), 0);
	assert_int_equal(result.n_entries, n);
	free(k);
	free(v);
	return result;
}

static inline char *decoded_render(struct snapshot *const *snapshots, size_t n, size_t chunk)
{
	_cleanup_(exposition_unrefp) struct exposition *x = exposition_new(snapshots, n);
	_cleanup_(render_freep) struct render *r = NULL;
	_cleanup_buf_ struct buf text = BUF_INIT;
	ssize_t got;

	assert_non_null(x);
	r = render_new(x, &format_text);
	assert_non_null(r);
	do {
		assert_int_equal(buf_reserve(&text, chunk), 0);
		got = render_read(r, text.data + text.len, chunk);
		assert_true(got >= 0);
		text.len += (size_t)got;
	} while (got);
	return buf_take(&text);
}

/* Without the lines of HELP and TYPE. */
static inline char *decoded_samples(char *text)
{
	char *to = text;

	for (char *line = text, *next; *line; line = next) {
		next = strchr(line, '\n') + 1;
		if (*line != '#') {
			memmove(to, line, (size_t)(next - line));
			to += next - line;
		}
	}
	*to = '\0';
	return text;
}

static inline size_t decoded_count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static inline char *decoded_text(struct snapshot *s)
{
	return decoded_samples(decoded_render(&s, 1, 4096));
}

/* The lines that the series of a snapshot are written in. */
static inline size_t decoded_n_lines(const struct snapshot *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_sets; i++) {
		const struct series_set *set = &s->sets[i];
		size_t lines = 1;

		if (set->family->type == FAMILY_HISTOGRAM)
			lines = set->width + set->has_sum + 1;
		else if (set->family->type == FAMILY_SUMMARY)
			lines = 2;
		n += set->n_shown * lines;
	}
	return n;
}

/* Whether the text is the expected; the counts must be its. */
static inline bool decoded_check(const struct decoded_case *c, const struct builder_result *result)
{
	_cleanup_(freep) char *text = decoded_text(result->snapshot);
	bool is_right = !strcmp(text, c->expected);
	size_t n_shown = 0;

	if (!is_right)
		print_error("%s\ngives\n%sinstead of\n%s", c->yaml, text, c->expected);
	assert_int_equal(decoded_count_lines(text), decoded_n_lines(result->snapshot));
	for (size_t i = 0; i < result->snapshot->n_sets; i++)
		n_shown += result->snapshot->sets[i].n_shown;
	assert_int_equal(result->n_series, n_shown);
	return is_right;
}

/*
 * One case of a table: the text is the expected, and the counts are its; and it
 * is the same in a second pass, which may have its labels from the first.
 */
static inline bool decoded_run(const struct decoded_case *c)
{
	_cleanup_(decoded_done) struct decoded d = {0};
	struct builder_result first, second;
	bool is_right;

	decoded_compile(&d, c);
	first = decoded_pass(&d, NULL, c->max_series, c->keys, c->values);
	is_right = decoded_check(c, &first);
	second = decoded_pass(&d, first.snapshot, c->max_series, c->keys, c->values);
	snapshot_unref(first.snapshot);
	is_right = is_right && decoded_check(c, &second);
	snapshot_unref(second.snapshot);
	return is_right;
}

static inline void decoded_run_table(const struct decoded_case *cases, size_t n)
{
	size_t n_wrong = 0;

	for (size_t i = 0; i < n; i++)
		n_wrong += !decoded_run(&cases[i]);
	assert_int_equal(n_wrong, 0);
}

#endif
