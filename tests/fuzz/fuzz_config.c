// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any text either gives a configuration or problems, never both or neither;
 * every problem is one line that names the file; a second run says the same.
 */
#include <errno.h>
#include <inttypes.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escaping.h"
#include "config/config.h"

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_regex(const char *regex)
{
	char anchored[300];
	regex_t compiled;

	CHECK(!regex || strlen(regex) < 256);
	if (!regex)
		return;
	snprintf(anchored, sizeof(anchored), "^(%s)$", regex);
	CHECK(regcomp(&compiled, anchored, REG_EXTENDED) == 0);
	regfree(&compiled);
}

static void check_decoder(const struct config_decoder *d)
{
	CHECK(d->kind < N_CONFIG_DECODERS);
	CHECK(!d->n_entries == (d->kind != CONFIG_DECODE_MAP && d->kind != CONFIG_DECODE_BITS));
	CHECK(!d->n_rewrites == (d->kind != CONFIG_DECODE_REGEX));
	for (size_t i = 0; i < d->n_entries; i++) {
		const struct config_map_entry *e = &d->entries[i];

		CHECK(e->text && (e->name || e->first <= e->last));
		CHECK(!i || (d->entries[i - 1].name && e->name) || e->name ||
		      d->entries[i - 1].last < e->first);
	}
	for (size_t i = 0; i < d->n_rewrites; i++)
		check_regex(d->rewrites[i].match);
}

static void check_labels(const struct config_metric *m)
{
	for (size_t i = 0; i < m->n_labels; i++) {
		const struct config_label *l = &m->labels[i];

		CHECK(l->name);
		CHECK(!l->text != !l->expr.field);
		CHECK(!i || strcmp(m->labels[i - 1].name, l->name) < 0);
		CHECK(l->n_decoders <= 8);
		for (size_t k = 0; k < l->n_decoders; k++)
			check_decoder(&l->decoders[k]);
		check_regex(l->keep);
		check_regex(l->drop);
	}
}

static void check_conditions(const struct config_metric *m)
{
	CHECK(m->n_conditions <= 128);
	for (size_t i = 0; i < m->n_conditions; i++) {
		const struct config_condition *c = &m->conditions[i];

		CHECK(c->field && c->n_matches);
		for (size_t k = 0; k < c->n_matches; k++)
			CHECK(c->matches[k].text || c->matches[k].first <= c->matches[k].last);
	}
}

static double decimal_double(const struct config_decimal *d)
{
	char text[64];

	snprintf(text, sizeof(text), "%" PRId64 "e%d", d->mantissa, d->exp10);
	return strtod(text, NULL);
}

static void check_buckets(const struct config_metric *m)
{
	const struct config_buckets *b = &m->buckets;

	CHECK(!b->array.field != !b->slot.field);
	CHECK(b->n_slots || (b->array.field && b->scheme != CONFIG_EXPLICIT));
	CHECK(b->n_slots <= (b->scheme == CONFIG_EXP2 ? 65 : 4096));
	CHECK(b->n_slots != 1 || !b->has_overflow);
	CHECK(b->scheme != CONFIG_LINEAR || b->width);
	CHECK(!b->n_bounds == (b->scheme != CONFIG_EXPLICIT));
	CHECK(b->n_bounds || !b->keys);
	CHECK(!b->is_native || (b->scheme == CONFIG_EXP2 && b->edges == CONFIG_EDGES_UPPER &&
				num_scale_is_power_of_two(&b->scale)));
	/* As doubles they may be equal, never descending. */
	for (size_t i = 1; i < b->n_bounds; i++)
		CHECK(decimal_double(&b->bounds[i - 1]) <= decimal_double(&b->bounds[i]));
	CHECK(m->cpu == CONFIG_CPU_SUM || m->cpu == CONFIG_CPU_EACH);
	CHECK(b->slot.field || !m->value.expr.field);
	CHECK(!m->has_sum || m->sum_is_slot == !m->sum.expr.field);
}

static void check_metric(const struct config_map *map, const struct config_metric *m)
{
	CHECK(m->name && m->type <= CONFIG_INFO && m->cpu <= CONFIG_CPU_EACH);
	CHECK(m->value.factor <= UINT32_MAX && m->value.scale.mantissa);
	CHECK(!m->value.offset || m->value.factor);
	CHECK(m->type == CONFIG_GAUGE ||
	      (!m->value.offset && !m->value.clock && m->aggregate == CONFIG_AGGREGATE_SUM));
	CHECK(map->read != CONFIG_READ_DRAIN || m->type == CONFIG_COUNTER ||
	      m->type == CONFIG_HISTOGRAM);
	check_labels(m);
	check_conditions(m);
	if (m->type == CONFIG_HISTOGRAM)
		check_buckets(m);
	if (m->type == CONFIG_SUMMARY)
		CHECK(m->sum.expr.field && m->count.expr.field);
}

static void check_limits(const struct config_map *m)
{
	CHECK(m->limits.max_series);
	CHECK(m->limits.max_label_bytes >= 64 && m->limits.max_label_bytes <= 1 << 20);
	CHECK(m->limits.on_limit == CONFIG_ON_LIMIT_DROP ||
	      (m->limits.on_limit == CONFIG_ON_LIMIT_OTHER && m->n_metrics));
	CHECK(!m->evict_idle_ns || m->read == CONFIG_READ_SNAPSHOT);
}

static const char *escape(struct buf *b, enum escaping scheme, const char *name)
{
	b->len = 0;
	CHECK(escaping_append(b, scheme, str_of(name)) == 0);
	CHECK(scheme == ESCAPING_UTF8 || str_is_name((struct str){b->data, b->len}));
	return buf_string(b);
}

/* Legal in each scheme, and other ones than those before. */
static void check_label_names(const struct config_metric *m, enum escaping scheme)
{
	_cleanup_buf_ struct buf one = BUF_INIT, other = BUF_INIT;

	for (size_t i = 0; i < m->n_labels; i++) {
		const char *name = escape(&one, scheme, m->labels[i].name);

		CHECK(*name && (scheme != ESCAPING_UTF8 || strncmp(name, "__", 2) != 0));
		CHECK(m->type != CONFIG_HISTOGRAM || strcmp(name, "le") != 0);
		CHECK(m->type != CONFIG_SUMMARY || strcmp(name, "quantile") != 0);
		for (size_t k = 0; k < i; k++)
			CHECK(strcmp(name, escape(&other, scheme, m->labels[k].name)) != 0);
	}
}

/* The names that the text formats show of it, as a set of lines. */
static const char *shown_names(struct buf *b, enum escaping scheme, const struct config_metric *m)
{
	static const char *const samples[] = {"_sum", "_count", "_bucket"};
	static const size_t n_samples[] = {[CONFIG_COUNTER] = 0,
					   [CONFIG_GAUGE] = 0,
					   [CONFIG_HISTOGRAM] = 3,
					   [CONFIG_SUMMARY] = 2,
					   [CONFIG_INFO] = 0};
	_cleanup_buf_ struct buf name = BUF_INIT;
	const char *full = escape(&name, scheme, m->name);

	b->len = 0;
	CHECK(strncmp(full, "bpfmap_", 7) != 0 && strncmp(full, "process_", 8) != 0);
	CHECK(!strchr(full, ':') && buf_printf(b, "\n%s\n", full) == 0);
	for (size_t i = 0; i < n_samples[m->type]; i++)
		CHECK(buf_printf(b, "%s%s\n", full, samples[i]) == 0);
	return buf_string(b);
}

/* Whether a line of one is a line of the other. */
static bool is_shared(const char *a, const char *b)
{
	for (const char *line = a, *end; (end = strchr(line + 1, '\n')); line = end) {
		_cleanup_(freep) char *text = strndup(line, (size_t)(end - line) + 1);

		CHECK(text);
		if (strstr(b, text))
			return true;
	}
	return false;
}

/* No two of other names are shown under one. */
static void check_names(const struct config_map *a, const struct config_map *b,
			enum escaping scheme)
{
	_cleanup_buf_ struct buf one = BUF_INIT, other = BUF_INIT;

	for (size_t i = 0; i < a->n_metrics; i++) {
		const char *names = shown_names(&one, scheme, &a->metrics[i]);

		check_label_names(&a->metrics[i], scheme);
		for (size_t k = 0; k < b->n_metrics; k++)
			CHECK(!strcmp(a->metrics[i].name, b->metrics[k].name) ||
			      !is_shared(names, shown_names(&other, scheme, &b->metrics[k])));
	}
}

static void check_config(const struct config *c)
{
	for (size_t i = 0; i < c->n_maps && c->n_maps < 10; i++)
		for (size_t k = 0; k <= i; k++)
			for (enum escaping scheme = 0; scheme < N_ESCAPINGS; scheme++)
				check_names(&c->maps[i], &c->maps[k], scheme);
	CHECK(c->state_dir && *c->state_dir == '/' && !strchr(c->state_dir, '\n'));
	CHECK(c->read_timeout_ns);
	for (size_t i = 0; i < c->n_maps; i++) {
		const struct config_map *m = &c->maps[i];

		CHECK(m->name && !!m->pin + !!m->map_name + !!m->map_id == 1);
		CHECK(!m->pin || m->pin[0] == '/');
		CHECK(!m->map_name || (*m->map_name && strlen(m->map_name) <= 15));
		CHECK(m->refresh_ns || m->at_scrape != CONFIG_AT_SCRAPE_NEVER);
		CHECK(m->instances == CONFIG_INSTANCES_EACH || config_map_is_many(m));
		check_limits(m);
		for (size_t k = 0; k < m->n_types; k++)
			CHECK(m->types[k].field && m->types[k].kind < CONFIG_PAD);
		for (size_t k = 0; k < m->n_metrics; k++)
			check_metric(m, &m->metrics[k]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems runs[2] = {PROBLEMS_INIT, PROBLEMS_INIT};

	for (int i = 0; i < 2; i++) {
		struct config *c = NULL;
		int r = config_parse("f", (struct str){(const char *)data, size}, &c, &runs[i]);

		CHECK(r == 0 || r == -EINVAL || r == -ENOMEM);
		CHECK((r == 0) == !problems_any(&runs[i]));
		CHECK((r == 0) == !!c);
		if (c)
			check_config(c);
		config_free(c);
	}
	CHECK(runs[0].n == runs[1].n);
	for (size_t i = 0; i < runs[0].n; i++) {
		CHECK(!strcmp(runs[0].items[i], runs[1].items[i]));
		CHECK(!strncmp(runs[0].items[i], "f:", 2) && !strchr(runs[0].items[i], '\n'));
	}
	problems_done(&runs[0]);
	problems_done(&runs[1]);
	return 0;
}
