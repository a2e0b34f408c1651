// SPDX-License-Identifier: GPL-2.0-only
/*
 * A layout, metrics and entries out of random bytes, through the plan, the
 * builder (several passes, entries changing in between) and the text format.
 *
 * Whatever they are:
 *  - the text is what samples.h reads; no two lines are the same series;
 *  - there are as many series as the builder counted, and no more than the limit;
 *  - two passes over the same entries show the same;
 *  - a builder that shares label text and takes all entries at once shows the
 *    same as one that does neither, and one that was abandoned leaves no trace;
 *  - counters and counts that outlive their entries never fall;
 *  - adding up one instance changes nothing, and the order of two does not matter;
 *  - what is drained once is what a snapshot shows;
 *  - what is over a limit is counted, or adds to `other`, and who was shown stays: limits.h.
 *
 * Keys and values lie in allocations of their exact size, so that the address
 * sanitizer sees a read past their end.
 */
#include <errno.h>

#include "../../src/decode/plan_internal.h"
#include "decode/builder.h"
#include "decode/merger.h"
#include "limits.h"
#include "machine.h"
#include "random_config.h"
#include "render/render.h"
#include "samples.h"

#define N_ENTRIES 48
#define N_PASSES  4
#define UNLIMITED 1000000

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A map and what is known of it. */
struct bed {
	struct random_map random;
	struct config *config;
	struct family *families[N_METRICS];
	struct map_info info;
	struct plan *plan;
	struct config_limits limits;
	bool is_limited;
};

struct entries {
	uint8_t *keys, *values;
	uint32_t n;
};

/* Two ways to do the same. */
struct way {
	struct carry *carry;
	struct snapshot *previous;
	bool one_by_one; /* and sharing nothing with the pass before */
};

static size_t value_bytes(const struct bed *b)
{
	return (size_t)b->info.n_cpus * b->info.value_stride;
}

static int compile(const struct bed *b, struct plan **ret_plan)
{
	static const char *const captures[] = {"a\"b"};
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	const struct random_map *m = &b->random;
	const struct plan_input input = {.map = &b->config->maps[0],
					 .families = b->families,
					 .info = &b->info,
					 .key = m->key_is_written ? NULL : m->key,
					 .value = m->value_is_written ? NULL : m->value,
					 .pin = "/p/a\"b",
					 .captures = captures,
					 .n_captures = 1,
					 .stacks = &machine_stacks};
	int r = plan_compile(&input, ret_plan, &problems);

	CHECK(r == 0 || r == -EINVAL);
	CHECK((r == 0) == !problems_any(&problems));
	return r;
}

static int bed_init(struct bed *b, struct choices *in)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	struct config_map *map;
	int r;

	*b = (struct bed){.info = {.type = BPF_MAP_TYPE_HASH, .id = 7}};
	random_map_init(&b->random, in);
	r = config_parse("f", (struct str){b->random.yaml.data, b->random.yaml.len}, &b->config,
			 &problems);
	if (r < 0)
		return r;
	map = &b->config->maps[0];
	for (size_t i = 0; i < map->n_metrics; i++) {
		b->families[i] = family_new(map->metrics[i].name,
					    (enum family_type)map->metrics[i].type, "h\n\\");
		CHECK(b->families[i]);
	}
	if (b->random.is_per_cpu)
		b->info.type = BPF_MAP_TYPE_PERCPU_HASH;
	b->info.key_size = b->random.key->root.size;
	b->info.value_size = b->random.value->root.size;
	map_info_set_stride(&b->info, 3);
	b->limits.max_series = UNLIMITED;
	b->is_limited = take_seldom(in, 2);
	if (b->is_limited) {
		b->limits.max_series = 1 + take_below(in, take_seldom(in, 2) ? 256 : 16);
		b->limits.max_label_bytes = take_seldom(in, 4) ? 4 + take_below(in, 28) : 0;
		b->limits.on_limit = take_below(in, 2);
	}
	map->limits = b->limits;
	return compile(b, &b->plan);
}

static void bed_done(struct bed *b)
{
	plan_unref(b->plan);
	for (size_t i = 0; i < N_METRICS; i++)
		family_unref(b->families[i]);
	config_free(b->config);
	random_map_done(&b->random);
}

static char *render(struct snapshot *s, size_t chunk)
{
	_cleanup_(exposition_unrefp) struct exposition *x = exposition_new(&s, 1);
	_cleanup_(render_freep) struct render *r = x ? render_new(x, &format_text) : NULL;
	_cleanup_buf_ struct buf text = BUF_INIT;
	ssize_t n;

	CHECK(r);
	do {
		CHECK(buf_reserve(&text, chunk) == 0);
		n = render_read(r, text.data + text.len, chunk);
		CHECK(n >= 0);
		text.len += (size_t)n;
	} while (n);
	CHECK(text.len == strlen(buf_string(&text)));
	return buf_take(&text);
}

/* What any text must be. */
static void check_text(const struct bed *b, const struct builder_result *r, const char *text)
{
	const struct config_map *map = &b->config->maps[0];
	_cleanup_(samples_done) struct samples s = {0};

	samples_read(&s, text, map);
	samples_check_histograms(&s);
	CHECK(samples_count_series(&s, map) == r->n_series);
	CHECK(r->n_series <= b->limits.max_series + count_others(b->plan, r->snapshot, &b->limits));
	samples_check_unique(&s);
}

static void add_entries(const struct bed *b, struct builder *builder, const struct entries *e,
			uint32_t n, bool one_by_one)
{
	size_t key_size = b->info.key_size, value_size = value_bytes(b);

	if (!one_by_one) {
		CHECK(builder_add(builder, e->keys, e->values, n) == 0);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		_cleanup_(freep) uint8_t *key = copy_bytes(e->keys + i * key_size, key_size);
		_cleanup_(freep) uint8_t *value =
			copy_bytes(e->values + i * value_size, value_size);

		CHECK(builder_add(builder, key, value, 1) == 0);
	}
}

static struct builder_result run_pass(const struct bed *b, struct way *w, const struct entries *e)
{
	_cleanup_(builder_freep) struct builder *builder =
		builder_new(b->plan, w->one_by_one && !b->is_limited ? NULL : w->previous, w->carry,
			    &b->limits);
	struct builder_result r = {0};

	CHECK(builder);
	add_entries(b, builder, e, e->n, w->one_by_one);
	CHECK(builder_finish(builder, &r) == 0);
	CHECK(r.n_entries == e->n);
	snapshot_unref(w->previous);
	w->previous = snapshot_ref(r.snapshot);
	return r;
}

/* Runs a pass and shows it. */
static char *show_pass(const struct bed *b, struct way *w, const struct entries *e, size_t chunk,
		       struct builder_result *ret_result)
{
	struct builder_result r = run_pass(b, w, e);
	char *text = render(r.snapshot, chunk);

	check_text(b, &r, text);
	snapshot_unref(r.snapshot);
	*ret_result = r;
	return text;
}

static void abandon(const struct bed *b, const struct way *w, const struct entries *e, uint32_t n)
{
	_cleanup_(builder_freep) struct builder *builder =
		builder_new(b->plan, w->previous, w->carry, &b->limits);

	CHECK(builder);
	add_entries(b, builder, e, n, true);
}

/* Whether what this metric shows outlives its entries, and cannot be negative. */
static bool never_falls(const struct bed *b, size_t metric)
{
	const struct plan_metric *m = &b->plan->metrics[metric];
	bool is_unsigned = true;

	for (size_t i = 0; i < m->n_inputs; i++)
		is_unsigned &= m->inputs[i].column == COLUMN_U64;
	return is_unsigned && b->plan->groups[m->group].has_ledger;
}

static void check_rise(const struct bed *b, const char *before, const char *after)
{
	const struct config_map *map = &b->config->maps[0];
	_cleanup_(samples_done) struct samples was = {0}, is = {0};

	samples_read(&was, before, map);
	samples_read(&is, after, map);
	samples_check_unique(&is); /* sorts */
	for (size_t i = 0; i < was.n; i++) {
		const struct sample *now;

		if (!never_falls(b, was.items[i].metric))
			continue;
		now = samples_find(&is, &was.items[i]);
		CHECK(now);
		/* a sum may fall though no count does */
		CHECK(now->value >= was.items[i].value || has_suffix(now, "_sum"));
	}
}

/* A map has no key twice. */
static void make_keys_unique(const struct bed *b, struct entries *e)
{
	size_t key_size = b->info.key_size, value_size = value_bytes(b);
	uint8_t *keys = e->keys, *values = e->values;
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->n; i++) {
		uint32_t k = 0;

		while (k < n && memcmp(keys + k * key_size, keys + i * key_size, key_size) != 0)
			k++;
		if (k < n)
			continue;
		memmove(keys + n * key_size, keys + i * key_size, key_size);
		memmove(values + n * value_size, values + i * value_size, value_size);
		n++;
	}
	e->n = n;
	e->keys = copy_bytes(keys, n * key_size);
	e->values = copy_bytes(values, n * value_size);
	free(keys);
	free(values);
}

/* Small numbers as often as large ones, and few different bytes in keys. */
static void entries_init(const struct bed *b, struct entries *e, struct choices *in)
{
	uint8_t mask = take_seldom(in, 3) ? 0xff : 3;

	e->n = take_below(in, N_ENTRIES);
	e->keys = take_bytes(in, e->n * b->info.key_size);
	e->values = take_bytes(in, e->n * value_bytes(b));
	for (size_t i = 0; i < e->n * b->info.key_size; i++)
		e->keys[i] &= mask;
	make_keys_unique(b, e);
}

static void entries_done(struct entries *e)
{
	free(e->keys);
	free(e->values);
}

/* Some go, some come, some change. */
static void change(const struct bed *b, struct entries *e, struct choices *in)
{
	size_t n_keys = e->n * b->info.key_size, n_values = e->n * value_bytes(b);
	uint32_t kinds = take(in);

	if (!e->n)
		return;
	if (kinds & 1)
		e->keys[take_u64(in) % n_keys] ^= 1 + take_below(in, 3);
	for (uint32_t i = 0; kinds & 2 && i < 8; i++)
		e->values[take_u64(in) % n_values] = take(in);
	if ((kinds & 12) == 12) { /* the first one goes */
		memset(e->keys, 0xee, b->info.key_size);
		memset(e->values, 0, value_bytes(b));
	}
	if ((kinds & 48) == 48)
		e->n -= take_below(in, e->n + 1);
	make_keys_unique(b, e);
}

/* The plan anew, as after a reload. */
static void recompile(struct bed *b, struct way *ways, struct carry *all, bool same_map)
{
	struct plan *plan;

	CHECK(compile(b, &plan) == 0);
	CHECK(plan_layout_hash(plan) == plan_layout_hash(b->plan));
	for (size_t i = 0; i < 2; i++) {
		CHECK(carry_move(ways[i].carry, plan, same_map) == 0);
		snapshot_unref(take_ptr(ways[i].previous));
	}
	CHECK(carry_move(all, plan, same_map) == 0);
	plan_unref(b->plan);
	b->plan = plan;
}

/* Instances: both orders give the same series, one alone what it was. */
static char *merge(const struct bed *b, struct snapshot *one, struct snapshot *other,
		   uint64_t *ret_n_left_out)
{
	_cleanup_(merger_freep) struct merger *m = merger_new(NULL, &b->limits);
	struct builder_result r;
	char *text;

	CHECK(m && merger_add(m, b->plan, one, false) == 0);
	CHECK(!other || merger_add(m, b->plan, other, false) == 0);
	CHECK(merger_finish(m, &r) == 0);
	text = render(r.snapshot, 512);
	check_text(b, &r, text);
	snapshot_unref(r.snapshot);
	*ret_n_left_out = r.n_dropped + r.n_folded;
	return text;
}

/* Doubles are added in another order. */
static bool is_exact(const struct bed *b)
{
	for (size_t i = 0; i < b->plan->n_metrics; i++)
		for (size_t j = 0; j < b->plan->metrics[i].n_inputs; j++)
			if (b->plan->metrics[i].inputs[j].column == COLUMN_DOUBLE)
				return false;
	return true;
}

static void check_same_samples(const struct bed *b, const char *left, const char *right)
{
	const struct config_map *map = &b->config->maps[0];
	_cleanup_(samples_done) struct samples one = {0}, other = {0};

	samples_read(&one, left, map);
	samples_read(&other, right, map);
	samples_check_unique(&one);
	samples_check_unique(&other);
	CHECK(one.n == other.n);
	for (size_t i = 0; i < one.n; i++)
		CHECK(!sample_compare(&one.items[i], &other.items[i]) &&
		      (one.items[i].value == other.items[i].value ||
		       (__builtin_isnan(one.items[i].value) &&
			__builtin_isnan(other.items[i].value))));
}

static void check_merger(const struct bed *b, struct snapshot *one, struct snapshot *other)
{
	_cleanup_(freep) char *was = render(one, 512), *alone = NULL, *ab = NULL, *ba = NULL;
	uint64_t n_left_out, n_left_out_ba;

	alone = merge(b, one, NULL, &n_left_out);
	CHECK(!strcmp(was, alone) && !n_left_out);
	ab = merge(b, one, other, &n_left_out);
	ba = merge(b, other, one, &n_left_out_ba);
	if (!n_left_out && !n_left_out_ba && is_exact(b))
		check_same_samples(b, ab, ba);
}

/*
 * A pass under limits beside the same without any.
 * @before: of the limited pass before, or NULL.
 * @all:    the way without limits; its previous one is @before, if that was of this plan.
 */
static void check_against_all(const struct bed *b, const struct builder_result *limited,
			      struct snapshot *s, struct snapshot *before, const struct way *all,
			      const struct entries *e)
{
	_cleanup_(builder_freep) struct builder *builder = builder_new(
		b->plan, NULL, all->carry, &(struct config_limits){.max_series = UNLIMITED});
	struct builder_result r = {0};

	CHECK(builder);
	add_entries(b, builder, e, e->n, false);
	CHECK(builder_finish(builder, &r) == 0 && !r.n_dropped);
	if (b->limits.on_limit == CONFIG_ON_LIMIT_OTHER)
		limits_check_folded(b->plan, s, r.snapshot, !before);
	else
		limits_check_dropped(b->plan, limited, s, &r);
	if (before)
		limits_check_other(b->plan, before, s);
	if (all->previous)
		limits_check_seats(b->plan, &b->limits, all->previous, s, r.snapshot);
	snapshot_unref(r.snapshot);
}

static void run_passes(struct bed *b, struct choices *in)
{
	struct way ways[] = {{.carry = carry_new(b->plan)},
			     {.carry = carry_new(b->plan), .one_by_one = true}};
	_cleanup_(snapshot_unrefp) struct snapshot *first = NULL, *shown = NULL;
	_cleanup_(entries_done) struct entries e = {0};
	_cleanup_(freep) char *before = NULL;
	struct builder_result r[2];

	struct way all = {.carry = carry_new(b->plan)};

	CHECK(ways[0].carry && ways[1].carry && all.carry);
	entries_init(b, &e, in);
	for (int pass = 0; pass < N_PASSES; pass++) {
		_cleanup_(freep) char *fresh = NULL, *again = NULL;
		char *text;

		if (pass && take_seldom(in, 4)) {
			recompile(b, ways, all.carry, take_below(in, 2));
			all.previous = NULL;
		}
		if (take_seldom(in, 3))
			abandon(b, &ways[0], &e, take_below(in, e.n + 1));
		text = show_pass(b, &ways[0], &e, 64 + b->limits.max_series % 64, &r[0]);
		fresh = show_pass(b, &ways[1], &e, 4096, &r[1]);
		CHECK(!strcmp(text, fresh));
		CHECK(r[0].n_series == r[1].n_series && r[0].n_dropped == r[1].n_dropped &&
		      r[0].n_folded == r[1].n_folded && r[0].n_too_long == r[1].n_too_long);
		check_against_all(b, &r[1], ways[1].previous, shown, &all, &e);
		snapshot_unref(shown);
		all.previous = shown = snapshot_ref(ways[1].previous);
		again = show_pass(b, &ways[0], &e, 1, &r[1]);
		if (!b->is_limited || limits_settle_at_once(b->plan))
			CHECK(!strcmp(text, again) && r[0].n_series == r[1].n_series);
		if (before)
			check_rise(b, before, text);
		else
			first = snapshot_ref(ways[0].previous);
		free(before);
		before = text;
		change(b, &e, in);
	}
	check_merger(b, first, ways[0].previous);
	carry_free(all.carry);
	for (size_t i = 0; i < 2; i++) {
		carry_free(ways[i].carry);
		snapshot_unref(ways[i].previous);
	}
}

static char *show_totals(const struct bed *b, const struct entries *e, const uint64_t *totals)
{
	_cleanup_(builder_freep) struct builder *builder =
		builder_new(b->plan, NULL, NULL, &b->limits);
	struct builder_result r;
	char *text;

	CHECK(builder);
	for (uint32_t i = 0; i < e->n; i++)
		CHECK(builder_add_totals(builder, e->keys + i * b->info.key_size,
					 totals + i * plan_n_totals(b->plan)) == 0);
	CHECK(builder_finish(builder, &r) == 0 && r.n_entries == e->n);
	text = render(r.snapshot, 4096);
	check_text(b, &r, text);
	snapshot_unref(r.snapshot);
	return text;
}

/* The same entries not drained but looked at. */
static char *show_looked_at(struct bed *b, const struct entries *e)
{
	struct plan *drained = b->plan;
	struct way w = {.one_by_one = true};
	struct builder_result r;
	char *text = NULL;

	b->config->maps[0].read = CONFIG_READ_SNAPSHOT;
	CHECK(compile(b, &b->plan) == 0);
	text = show_pass(b, &w, e, 4096, &r);
	snapshot_unref(w.previous);
	plan_unref(b->plan);
	b->plan = drained;
	return text;
}

/* Totals wrap at 2^64, so CPUs that are added may show less than what is looked at. */
static void run_drained(struct bed *b, struct choices *in)
{
	_cleanup_(entries_done) struct entries e = {0};
	_cleanup_(freep) char *text = NULL, *again = NULL, *looked_at = NULL;
	_cleanup_(freep) uint64_t *totals = NULL;
	size_t n = plan_n_totals(b->plan);
	bool is_added = false;

	entries_init(b, &e, in);
	totals = calloc(e.n * n + 1, sizeof(*totals));
	CHECK(totals);
	for (uint32_t i = 0; i < e.n; i++)
		plan_add_totals(b->plan, e.values + i * value_bytes(b), totals + i * n);
	text = show_totals(b, &e, totals);
	again = show_totals(b, &e, totals);
	CHECK(!strcmp(text, again));
	for (size_t i = 0; i < b->plan->n_metrics; i++)
		is_added |= b->plan->is_per_cpu && b->plan->metrics[i].cpu != CONFIG_CPU_EACH;
	looked_at = show_looked_at(b, &e);
	if (!is_added && !b->is_limited)
		CHECK(!strcmp(text, looked_at));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	machine_init();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices in = {data, data + size};
	_cleanup_(bed_done) struct bed b = {0};

	if (bed_init(&b, &in) == 0) {
		if (b.random.is_drained)
			run_drained(&b, &in);
		else
			run_passes(&b, &in);
	}
	return 0;
}
