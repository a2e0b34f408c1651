// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers become metrics, named after the map, what they are in, and
 * themselves. Texts become labels of all of them. What names something, an
 * address or an id, is not counted: it goes to an info metric, which is all
 * that there is of a map that only looks something up.
 *
 * What goes through an array has its index as a label, and what is in the same
 * element beside it.
 */
#include "propose_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "measure_internal.h"

/* More elements than this are added up: a series each would be too many. */
/* An array of more entries is mostly zeros that nobody looks for. */
#define MANY_ENTRIES	   64
#define MAX_GLOBAL_TEXT	   64
#define MAX_INDEXED	   1024
#define DEFAULT_MAX_SERIES 100000
#define MAX_NAME	   400 /* and a suffix, a number and what its type adds: 512 */

struct proposal {
	struct pool *pool;
	struct draft_map *m;
	const struct sides *sides;
	const char *base;
	struct names *names;
	struct leaves leaves;
	bool *taken; /* of each leaf: it is in a histogram already */
	bool is_per_cpu;
	bool is_globals;  /* the value is a program's variables */
	bool is_constant; /* and they do not change */
};

/* ---- names ---- */

/* Of the words of @base followed by @more, those that do not merely say again what the last ones
 * did. */
static const char *append_words(struct pool *p, const char *base, const struct words *more)
{
	struct words w;
	size_t same = 0;

	words_split(&w, base);
	for (size_t n = 1; n <= more->n && n <= w.n; n++) {
		size_t k = 0;

		while (k < n && !strcmp(w.items[w.n - n + k], more->items[k]))
			k++;
		same = k == n ? n : same;
	}
	for (size_t i = same; i < more->n; i++)
		base = pool_printf(p, "%s%s%s", base, *base ? "_" : "", more->items[i]);
	return base;
}

static const char *append_name(struct pool *p, const char *base, const char *more)
{
	struct words w;

	words_split(&w, more);
	return append_words(p, base, &w);
}

/* What the parser takes for a name, and is not the exporter's own. */
static const char *legal_name(struct pool *p, const char *name)
{
	if (!*name)
		return "ebpf_map";
	if (strlen(name) > MAX_NAME)
		return legal_name(p, pool_printf(p, "%.*s", MAX_NAME, name));
	if (isdigit((unsigned char)*name))
		return pool_printf(p, "ebpf_%s", name);
	if (!strncmp(name, "bpfmap_", 7) || !strncmp(name, "process_", 8) ||
	    !strcmp(name, "bpfmap") || !strcmp(name, "process"))
		return pool_printf(p, "ebpf_%s", name);
	return name;
}

/* @raw: what it is called without what was left out; NULL: nothing was. */
static const char *metric_name(struct proposal *x, const char *name, const char *raw,
			       const char *unit, enum draft_type type)
{
	static const char *const ends[] = {[DRAFT_COUNTER] = "total", [DRAFT_INFO] = "info"};
	struct pool *p = x->pool;

	if (unit && !str_ends_in(str_of(name), str_of(unit)))
		name = pool_printf(p, "%s%s%s", name, *name ? "_" : "", unit);
	name = legal_name(p, name);
	if (type == DRAFT_COUNTER || type == DRAFT_INFO)
		name = pool_printf(p, "%s_%s", name, ends[type]);
	if (raw && names_has(x->names, name, type))
		return metric_name(x, append_name(p, x->base, raw), NULL, unit, type);
	return names_add(p, x->names, name, type);
}

/* ---- help ---- */

static const char *sentence(struct pool *p, const char *words)
{
	const char *text = "";

	for (const char *s = words; *s; s++)
		text = pool_printf(p, "%s%c", text,
				   s == words  ? toupper((unsigned char)*s)
				   : *s == '_' ? ' '
					       : *s);
	return text;
}

/* @what: in a few words; @unit: of the metric, NULL: none. */
static const char *help_of(struct proposal *x, const char *what, const char *unit)
{
	struct pool *p = x->pool;
	bool is_time = unit && !strcmp(unit, "timestamp_seconds");
	const char *in = !unit	   ? ""
			 : is_time ? ", as a Unix time"
				   : pool_printf(p, ", in %s", unit);

	if (unit && !strcmp(unit, "bytes")) {
		what = pool_printf(p, "%s%sbytes", what, *what ? "_" : "");
		in = "";
	}
	if (!*what)
		what = unit ? "time" : "count";
	return pool_printf(p, "%s of %s%s.", sentence(p, what), x->m->title, in);
}

/* ---- one metric ---- */

/* The label of an array's index, and the texts in its elements. */
static void add_array_labels(struct proposal *x, const struct leaf *leaf, struct draft_labels *l)
{
	static const struct draft_label first = {.name = "index", .field = "$i"};
	static const struct draft_label second = {.name = "index", .field = "$j"};

	if (!leaf->n_stars || leaf->n_elements > MAX_INDEXED)
		return;
	draft_add_label(x->pool, l, &x->m->labels, &first);
	if (leaf->n_stars > 1)
		draft_add_label(x->pool, l, &x->m->labels, &second);
	for (size_t i = 0; i < x->leaves.n; i++) {
		const struct leaf *other = &x->leaves.items[i];

		if (other->field->kind == FIELD_CHARS && !strcmp(other->array, leaf->array))
			labels_add_leaf(x->pool, x->m, x->sides, NULL, other, l);
	}
}

static const char *base_of(struct proposal *x, const struct leaf *leaf)
{
	return append_name(x->pool, x->base, leaf->outer);
}

static const char *value_path(struct proposal *x, const struct leaf *leaf)
{
	return *leaf->path ? side_path(x->pool, x->sides, false, leaf->path) : NULL;
}

/*
 * What is now, on all CPUs, is their sum; what is not added up is their largest.
 * Of the least, nobody could tell a CPU that has none: each is shown.
 */
static void set_cpu(struct proposal *x, struct draft_metric *metric, const char *name)
{
	static const char added[] =
		"current cur now active inuse pending inflight outstanding free "
		"users refcnt refcount refs backlog qlen tokens";
	static const struct draft_label cpu = {.name = "cpu", .field = "$cpu"};
	struct words w;

	if (!x->is_per_cpu || metric->type != DRAFT_GAUGE)
		return;
	words_split(&w, name);
	if (words_any(&w, "min first lowest") || (metric->clock && words_any(&w, "start begin"))) {
		metric->cpu = "each";
		metric->skip_zero = true;
		draft_add_label(x->pool, &metric->labels, &x->m->labels, &cpu);
	} else if (metric->clock || (measure_is_state(name) && !words_any(&w, added))) {
		metric->cpu = "max";
	}
}

static void note(struct proposal *x, const char *what, const char *why)
{
	draft_add_note(x->pool, x->m, pool_printf(x->pool, "left out: %s, %s", what, why));
}

/* cilium_metrics, whose metrics else are called cilium_…. */
static bool begins_with_base(struct proposal *x)
{
	struct words title, base;
	size_t n = 0;

	words_split(&title, x->m->title);
	words_split(&base, x->base);
	while (n < base.n && n < title.n && !strcmp(title.items[n], base.items[n]))
		n++;
	return n && n == base.n;
}

static bool is_mostly_zero(const struct proposal *x, const struct leaf *leaf)
{
	const struct map_info *info = x->m->map->info;
	uint64_t n = leaf->n_elements > MAX_INDEXED ? 1 : leaf->n_elements;

	return n * (map_type_is_array(info->type) ? info->max_entries : 1) > MANY_ENTRIES;
}

/* A histogram, an entry a slot: which numbers a slot stands for, only its program knows. */
static bool has_slot_in_key(const struct proposal *x)
{
	uint32_t offset;

	return x->sides->key && (layout_find(x->sides->key, STR("bucket"), &offset) ||
				 layout_find(x->sides->key, STR("slot"), &offset));
}

static void set_slots(struct measure *measure)
{
	measure->is_counter = true;
	measure->is_timestamp = false;
	measure->clock = measure->scale = measure->unit = NULL;
	measure->guess = "slots of a histogram: type histogram, and `buckets` with `slot:`";
	if (measure->name.n < WORDS_MAX)
		measure->name.items[measure->name.n++] = "slots";
}

static void add_number(struct proposal *x, const struct leaf *leaf)
{
	bool is_whole = !*leaf->path;
	struct draft_metric *metric;
	const char *name;
	struct measure measure;

	measure_of(leaf->field,
		   &(struct measured){is_whole ? x->base : leaf->name, is_whole, x->is_per_cpu},
		   &measure);
	if (is_whole && has_slot_in_key(x) && leaf->field->kind == FIELD_UINT)
		set_slots(&measure);
	if (leaf->n_elements > MAX_INDEXED && !measure.is_counter) {
		note(x, leaf->path, "which has too many elements for a series each");
		return;
	}
	metric = draft_add_metric(x->pool, x->m);
	if (!metric)
		return;
	if (x->is_constant) {
		measure.is_counter = false;
		measure.guess = NULL;
	}
	metric->type = measure.is_counter ? DRAFT_COUNTER : DRAFT_GAUGE;
	metric->value = value_path(x, leaf);
	metric->scale = measure.scale;
	metric->clock = measure.clock;
	metric->guess = measure.guess;
	if (leaf->is_of_union && !metric->guess)
		metric->guess = "this member of the union";
	if (leaf->n_elements > MAX_INDEXED)
		metric->guess = pool_printf(x->pool, "the sum of its %llu elements",
					    (unsigned long long)leaf->n_elements);
	add_array_labels(x, leaf, &metric->labels);
	if (is_whole && measure.name.n < 2 && !measure.unit)
		name = x->base;
	else if (!measure.name.n && !*leaf->outer && !measure.unit && !x->is_globals &&
		 begins_with_base(x))
		name = append_name(x->pool, "", x->m->title);
	else
		name = append_words(x->pool, is_whole ? "" : base_of(x, leaf), &measure.name);
	metric->name = metric_name(x, name, is_whole ? x->m->title : leaf->name, measure.unit,
				   metric->type);
	metric->help = is_whole ? pool_printf(x->pool, "Values of %s.", x->m->title)
				: help_of(x, append_words(x->pool, leaf->outer, &measure.name),
					  measure.unit);
	metric->skip_zero = is_mostly_zero(x, leaf);
	set_cpu(x, metric, leaf->name);
}

/* ---- histograms ---- */

/* What the struct of the slots adds up beside them; NULL: nothing. */
static const struct leaf *find_sum(struct proposal *x, const struct leaf *slots, bool *taken)
{
	for (size_t i = 0; i < x->leaves.n; i++) {
		const struct leaf *other = &x->leaves.items[i];
		struct words w;

		words_split(&w, other->name);
		if (slots->parent && other->parent == slots->parent &&
		    !strcmp(other->array, slots->array) && other->field->kind == FIELD_UINT &&
		    other->field->size == 8 && words_any(&w, "sum total") &&
		    !words_any(&w, "count counts cnt num nr events calls")) {
			taken[i] = true;
			return other;
		}
	}
	return NULL;
}

static void add_histogram(struct proposal *x, const struct leaf *leaf)
{
	static const char generic[] = SLOTS_NAMES " map maps";
	const struct leaf *sum = find_sum(x, leaf, x->taken);
	struct draft_metric *metric = draft_add_metric(x->pool, x->m);
	const char *base = "", *own;
	struct measure measure, sum_measure;
	struct words w, kept;

	if (!metric)
		return;
	own = append_name(x->pool, base_of(x, leaf), leaf->name);
	words_split(&w, own);
	words_split(&kept, "");
	for (size_t i = 0; i < w.n; i++) {
		if (!word_is_in(w.items[i], generic))
			kept.items[kept.n++] = w.items[i];
	}
	base = append_words(x->pool, "", kept.n ? &kept : &w);
	/* As of one of the numbers that it counts. */
	measure_of(&(struct field){.kind = FIELD_UINT, .size = 4},
		   &(struct measured){base, true, false}, &measure);
	metric->type = DRAFT_HISTOGRAM;
	if (leaf->is_slots)
		metric->value = side_path(x->pool, x->sides, false, leaf->path);
	else
		metric->n_slots = x->m->map->info->max_entries;
	metric->scale = measure.is_timestamp ? NULL : measure.scale;
	metric->guess =
		"slot i counts 2^i to 2^(i+1)-1, the last one all above; `scale` would be its unit";
	if (sum) {
		measure_of(sum->field, &(struct measured){.name = sum->name}, &sum_measure);
		metric->sum = side_path(x->pool, x->sides, false, sum->path);
		metric->sum_scale = sum_measure.scale;
		if (!measure.unit && sum_measure.unit) {
			measure.unit = sum_measure.unit;
			metric->scale = sum_measure.scale;
		}
	}
	if (metric->scale)
		metric->guess =
			"slot i counts 2^i to 2^(i+1)-1 of this unit, the last one all above";
	add_array_labels(x, leaf, &metric->labels);
	metric->name = metric_name(x, append_words(x->pool, "", &measure.name),
				   *leaf->name ? leaf->name : NULL,
				   measure.is_timestamp ? NULL : measure.unit, DRAFT_HISTOGRAM);
	metric->help = help_of(x, "Distribution", measure.is_timestamp ? NULL : measure.unit);
}

/* ---- all of them ---- */

static bool is_text(const struct leaf *leaf)
{
	return leaf->field->kind == FIELD_CHARS;
}

static bool is_pointer(const struct field *f)
{
	return f->type_name && strchr(f->type_name, '*');
}

static bool is_number(const struct leaf *leaf)
{
	switch (leaf->field->kind) {
	case FIELD_UINT:
	case FIELD_SINT:
	case FIELD_BOOL:
	case FIELD_FLOAT:
		return !is_pointer(leaf->field);
	default:
		return false;
	}
}

/* What names something rather than counting it. 64 bits count, unless they are an id's. */
static bool is_identity(const struct proposal *x, const struct leaf *leaf)
{
	struct words w;

	if (leaf->field->kind == FIELD_ENUM || leaf->field->bit_size == 1)
		return !leaf->n_stars;
	if (leaf->meaning.kind == MEANING_NONE || leaf->meaning.kind == MEANING_STACK)
		return false;
	words_split(&w, leaf->name);
	if (is_number(leaf) && leaf->field->size == 8)
		return !x->is_per_cpu && !leaf->n_stars &&
		       word_is_in(words_last(&w), "id ino inode netns mntns cookie hash handle fd "
						  "cgroup cgid cgrp");
	if (is_number(leaf) && leaf->n_stars && !leaf->field->big_endian)
		return false;
	if (leaf->meaning.is_guess || leaf->meaning.kind == MEANING_ID)
		return !measure_is_counted(leaf->name);
	return true;
}

/* A variable for texts that come and go; and the license, which is one, too. */
static bool is_buffer(const struct proposal *x, const struct leaf *leaf)
{
	return is_text(leaf) && x->is_globals &&
	       (leaf->field->size > MAX_GLOBAL_TEXT ||
		word_is_in(leaf->name, "LICENSE _license license"));
}

static void add_leaf(struct proposal *x, size_t i)
{
	const struct leaf *leaf = &x->leaves.items[i];

	if (is_text(leaf) && (is_buffer(x, leaf) || leaf->n_stars))
		note(x, leaf->path, "a text");
	if (!leaf->is_slots && !is_text(leaf) && leaf->n_stars && is_identity(x, leaf))
		note(x, leaf->path, "an array of names or addresses");
	if (x->taken[i] || is_text(leaf) || (!leaf->is_slots && is_identity(x, leaf)))
		return;
	if (leaf->is_slots || (!*leaf->path && key_is_slot(x->m, x->sides)))
		add_histogram(x, leaf);
	else if (is_number(leaf))
		add_number(x, leaf);
	else
		note(x, *leaf->path ? leaf->path : "the value",
		     is_pointer(leaf->field)		? "a pointer"
		     : leaf->field->kind == FIELD_ARRAY ? "an array in arrays"
							: "bytes without a meaning");
}

static bool is_info(struct proposal *x, const struct leaf *leaf)
{
	bool is_said = is_text(leaf) && (x->is_globals || !x->m->n_metrics);

	return !leaf->n_stars && !leaf->is_slots && !is_buffer(x, leaf) &&
	       (is_identity(x, leaf) || is_said);
}

/* Programs keep parts of the key in the value, too: once is enough. */
static bool is_in_key(struct proposal *x, const struct leaf *leaf)
{
	uint32_t offset;

	return *leaf->path && x->sides->key &&
	       layout_find(x->sides->key, str_of(leaf->path), &offset);
}

/* What the value names, and where it counts nothing, that the key is there. */
static void add_info(struct proposal *x)
{
	struct draft_metric *metric;
	struct draft_labels labels = {0};
	struct leaves identities = {.items = calloc(x->leaves.n + 1, sizeof(struct leaf))};
	bool is_empty = !x->m->n_metrics && x->m->labels.n;

	x->pool->no_memory |= !identities.items;
	for (size_t i = 0; identities.items && i < x->leaves.n; i++) {
		const struct leaf *leaf = &x->leaves.items[i];

		if (x->taken[i] || !is_info(x, leaf))
			continue;
		if (is_in_key(x, leaf))
			note(x, pool_printf(x->pool, "value.%s", leaf->path),
			     "which the key has, too");
		else
			identities.items[identities.n++] = *leaf;
	}
	for (size_t i = 0; i < identities.n; i++)
		labels_add_leaf(x->pool, x->m, x->sides, &identities, &identities.items[i],
				&labels);
	leaves_done(&identities);
	metric = labels.n || is_empty ? draft_add_metric(x->pool, x->m) : NULL;
	if (!metric) {
		free(labels.items);
		return;
	}
	metric->type = DRAFT_INFO;
	metric->labels = labels;
	metric->name = metric_name(x, x->base, NULL, NULL, DRAFT_INFO);
	metric->help = pool_printf(x->pool, "What %s says.", x->m->title);
}

/* Texts are the same for all numbers of an entry. */
static void add_text_labels(struct proposal *x)
{
	size_t n_numbers = 0;

	for (size_t i = 0; i < x->leaves.n; i++)
		n_numbers += x->leaves.items[i].is_slots || (is_number(&x->leaves.items[i]) &&
							     !is_identity(x, &x->leaves.items[i]));
	for (size_t i = 0; n_numbers && !x->is_globals && i < x->leaves.n; i++) {
		if (is_text(&x->leaves.items[i]) && !x->leaves.items[i].n_stars)
			labels_add_leaf(x->pool, x->m, x->sides, NULL, &x->leaves.items[i],
					&x->m->labels);
	}
}

static void note_size(struct proposal *x)
{
	const struct map_info *info = x->m->map->info;
	uint64_t most = 1;

	for (size_t i = 0; i < x->leaves.n; i++) {
		if (x->leaves.items[i].n_elements <= MAX_INDEXED &&
		    x->leaves.items[i].n_elements > most)
			most = x->leaves.items[i].n_elements;
	}
	most *= info->max_entries;
	if (x->m->n_metrics && most > DEFAULT_MAX_SERIES)
		draft_add_note(x->pool, x->m,
			       pool_printf(x->pool,
					   "room for %llu series a metric: shown are `max_series`, "
					   "100000 unless you say more",
					   (unsigned long long)most));
}

void propose_metrics(struct pool *p, struct draft_map *m, const struct sides *s, const char *base,
		     struct names *names)
{
	struct proposal x = {
		.pool = p,
		.m = m,
		.sides = s,
		.base = base,
		.names = names,
		.is_per_cpu = map_type_is_per_cpu(m->map->info->type),
		.is_globals = !s->key && map_type_is_array(m->map->info->type),
		.is_constant = strstr(m->map->info->name, ".rodata"),
	};

	leaves_find(p, s->value, m->title, &x.leaves);
	x.taken = calloc(x.leaves.n + 1, sizeof(*x.taken));
	if (!x.taken) {
		p->no_memory = true;
	} else {
		add_text_labels(&x);
		for (size_t i = 0; i < x.leaves.n; i++) {
			if (x.leaves.items[i].is_slots)
				find_sum(&x, &x.leaves.items[i], x.taken);
		}
		for (size_t i = 0; i < x.leaves.n; i++)
			add_leaf(&x, i);
		add_info(&x);
		if (x.leaves.has_union)
			draft_add_note(p, m, "guess: of the members of a union one is shown");
		note_size(&x);
	}
	free(x.taken);
	leaves_done(&x.leaves);
}
