/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_RANDOM_SNAPSHOT_H
#define FUZZ_RANDOM_SNAPSHOT_H

/*
 * Snapshots out of random bytes: families of all types, numbers of all kinds.
 * Beside each set there is kept what its labels were before they were escaped.
 */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "choices.h"
#include "model/snapshot.h"

#define N_FAMILIES  4
#define N_SNAPSHOTS 3
#define N_SETS	    3
#define N_PARTS	    (N_SNAPSHOTS * N_SETS)
#define N_SLOTS	    4
#define N_NAMES	    3
#define N_BOUNDS    7

struct random_label {
	const char *name;
	struct buf value; /* valid UTF-8 */
};

struct random_part {
	const struct family *family;
	struct random_label constant[N_NAMES];
	struct random_label own[N_SLOTS][N_NAMES];
	size_t n_constant, n_own;
	const struct series_set *set;
	uint64_t start_wall_ns;
};

struct random_snapshots {
	struct family *families[N_FAMILIES];
	size_t n_families;
	struct snapshot *snapshots[N_SNAPSHOTS];
	size_t n_snapshots;
	struct random_part parts[N_PARTS];
	size_t n_parts;
};

static const char *const random_stems[] = {
	"x", "a_b",	  "my.metric",	  "\xc3\xbc", "sp ace",	 "q\"\\",   "9x",   "a{}=,",
	"_", "x_seconds", "my.x_seconds", "#\n",      "x.bytes", "y_bytes", "U__x", "a__b"};
static const char *const random_names[] = {"a",	    "b_c", "_x9",  "my.label", "\xc3\xbc",
					   "q\"\\", "9",   "=\",", "l\nf",     "{}"};
static const char *const random_helps[] = {"", "Help.", "a\\b\nc\"d\\n", "\xc3\xbc \xe2\x82\xac"};
static const char *const random_values[] = {
	"",	    "v",	"\"",		"\\", "\n", "\\n", "\",le=\"1\"} 9\n",
	"\xff\xfe", "\xc3\xbc", "\xed\xa0\x80z"};

/* Each has a name that no other has. */
static inline void make_family(struct choices *in, struct random_snapshots *r)
{
	enum family_type type = (enum family_type)take_below(in, FAMILY_INFO + 1);
	size_t stem = (take_below(in, 4) + 4 * r->n_families) % ARRAY_SIZE(random_stems);
	char name[64];

	snprintf(name, sizeof(name), "%s%s", random_stems[stem],
		 type == FAMILY_COUNTER ? "_total"
		 : type == FAMILY_INFO	? "_info"
					: "");
	r->families[r->n_families] =
		family_new(name, type, take_one_of(in, random_helps, ARRAY_SIZE(random_helps)));
	CHECK(r->families[r->n_families]);
	r->families[r->n_families++]->is_crowded = take_seldom(in, 4);
}

static inline struct str contents(const struct buf *b)
{
	return (struct str){.p = b->data ? b->data : "", .n = b->len};
}

/* What is no character is U+FFFD from here on. */
static inline void make_value(struct choices *in, struct buf *b)
{
	char bytes[8];
	struct str value = {bytes, take_below(in, sizeof(bytes))};

	if (take_below(in, 2))
		value = str_of(take_one_of(in, random_values, ARRAY_SIZE(random_values)));
	for (size_t i = 0; i < value.n && value.p == bytes; i++)
		bytes[i] = (char)take(in);
	for (size_t i = 0, n; i < value.n; i += n ? n : 1) {
		n = value.p[i] ? utf8_length((const unsigned char *)value.p + i, value.n - i) : 0;
		CHECK(buf_append(b, n ? value.p + i : UTF8_REPLACEMENT, n ? n : 3) == 0);
	}
}

static inline bool value_equal(const struct random_label *a, const struct random_label *b)
{
	return str_equal(contents(&a->value), contents(&b->value));
}

/* Whether a slot has the values of an earlier one. */
static inline bool is_repeated(const struct random_part *p, size_t slot)
{
	for (size_t i = 0; i < slot; i++) {
		size_t n_equal = 0;

		for (size_t k = 0; k < p->n_own; k++)
			n_equal += value_equal(&p->own[i][k], &p->own[slot][k]);
		if (n_equal == p->n_own)
			return true;
	}
	return false;
}

static inline void append_label(struct buf *text, const struct random_label *l)
{
	CHECK(label_append(text, str_of(l->name), contents(&l->value)) == 0);
}

/* Labels of each slot, none of which are those of another. */
static inline struct label_block *make_block(struct choices *in, struct random_part *p)
{
	struct label_block *block = label_block_new();
	struct buf text = BUF_INIT;

	CHECK(block);
	block->ends = calloc(N_SLOTS, sizeof(*block->ends));
	CHECK(block->ends);
	for (uint32_t n = take_below(in, N_SLOTS + 1); n; n--) {
		struct buf one = BUF_INIT;

		for (size_t i = 0; i < p->n_own; i++) {
			p->own[block->n][i].value.len = 0;
			make_value(in, &p->own[block->n][i].value);
			append_label(&one, &p->own[block->n][i]);
		}
		if (!is_repeated(p, block->n)) {
			CHECK(buf_append(&text, one.data, one.len) == 0);
			block->ends[block->n++] = text.len;
		}
		buf_done(&one);
	}
	block->text = text.data;
	return block;
}

/* Some names are constant in the set. */
static inline void make_labels(struct choices *in, struct random_part *p, struct series_set *set)
{
	struct buf text = BUF_INIT;
	uint32_t first = take_below(in, ARRAY_SIZE(random_names));

	for (uint32_t n = take_below(in, N_NAMES + 1), i = 0; i < n; i++) {
		const char *name = random_names[(first + i) % ARRAY_SIZE(random_names)];

		if (take_below(in, 2)) {
			p->constant[p->n_constant].name = name;
			make_value(in, &p->constant[p->n_constant].value);
			append_label(&text, &p->constant[p->n_constant++]);
			continue;
		}
		for (size_t slot = 0; slot < N_SLOTS; slot++)
			p->own[slot][p->n_own].name = name;
		p->n_own++;
	}
	set->const_labels = buf_take(&text);
	CHECK(set->const_labels);
	if (p->n_own)
		set->labels = make_block(in, p);
	set->n = p->n_own ? set->labels->n : take_below(in, 4) > 0;
}

static inline void make_scale(struct choices *in, struct scale *scale)
{
	static const uint64_t mantissas[] = {1, 1, 3, 25, 1000, UINT64_MAX};

	*scale = SCALE_ONE;
	if (take_below(in, 2))
		return;
	scale->mantissa = mantissas[take_below(in, ARRAY_SIZE(mantissas))];
	scale->exp10 = take_below(in, 2) ? (int)take_below(in, 61) - 30 : 0;
	scale->exp2 = take_below(in, 2) ? (int)take_below(in, 129) - 64 : 0;
}

static inline char *text_of_bound(int128 v, const struct scale *scale)
{
	char *text = malloc(NUM_TEXT_MAX + 1);

	CHECK(text);
	text[num_write_scaled(text, v, scale)] = '\0';
	return text;
}

/* Powers of two, which are native; or what is as far from each other, maybe less than doubles are.
 */
static inline struct bounds *make_bounds(struct choices *in)
{
	bool is_native = take_below(in, 2), has_zero = take_below(in, 2);
	size_t n = is_native ? 1 + take_below(in, N_BOUNDS) : take_below(in, N_BOUNDS + 1);
	char **le = calloc(N_BOUNDS + 1, sizeof(*le));
	struct scale scale = {.mantissa = 1, .exp2 = (int)take_below(in, 121) - 64};
	int128 start = (int64_t)take_u64(in), width = (int128)take_u64(in) + 1;
	struct bounds *b;

	CHECK(le);
	if (!is_native)
		make_scale(in, &scale);
	for (size_t i = 0; i < n; i++) {
		int128 v = start + (int128)i * width;

		if (is_native)
			v = has_zero ? (i ? (int128)1 << (i - 1) : 0) : (int128)1 << i;
		le[i] = text_of_bound(v, &scale);
	}
	b = bounds_new(le, n, is_native);
	CHECK(b);
	return b;
}

/* A number that some format has trouble with, or any. */
static inline uint64_t take_number(struct choices *in)
{
	static const uint64_t numbers[] = {0,
					   1,
					   (UINT64_C(1) << 53) + 1,
					   UINT64_MAX,
					   UINT64_C(1) << 63,
					   UINT64_C(0x7ff0000000000000),
					   UINT64_C(0xfff8000000000001)};

	return take_below(in, 2) ? numbers[take_below(in, ARRAY_SIZE(numbers))] : take_u64(in);
}

/* @counts: none below 0, and no sum of them passes 127 bits. */
static inline void make_column(struct choices *in, struct column *c, size_t n, bool counts)
{
	c->kind = counts ? COLUMN_U64 : (enum column_kind)take_below(in, COLUMN_DOUBLE + 1);
	c->low = calloc(n + 1, sizeof(*c->low));
	CHECK(c->low);
	for (size_t i = 0; i < n; i++)
		c->low[i] = take_number(in);
	if (c->kind == COLUMN_DOUBLE || !take_seldom(in, 3))
		return;
	c->high = calloc(n + 1, sizeof(*c->high));
	CHECK(c->high);
	for (size_t i = 0; i < n; i++)
		c->high[i] = counts ? take(in) / 64 : (int64_t)take_number(in);
}

static inline void make_set(struct choices *in, struct random_part *p, struct series_set *set)
{
	enum family_type type = p->family->type;

	set->width = 1;
	make_labels(in, p, set);
	make_scale(in, &set->scale);
	if (type == FAMILY_HISTOGRAM) {
		set->bounds = make_bounds(in);
		set->width = set->bounds->n + 1;
	}
	make_column(in, &set->values, set->n * set->width,
		    type == FAMILY_HISTOGRAM || type == FAMILY_SUMMARY);
	set->has_sum = type == FAMILY_SUMMARY || (type == FAMILY_HISTOGRAM && take_below(in, 2));
	if (set->has_sum)
		make_column(in, &set->sums, set->n, false);
	if (type == FAMILY_GAUGE && take_seldom(in, 3)) {
		set->counts = calloc(set->n + 1, sizeof(*set->counts));
		CHECK(set->counts);
		for (size_t i = 0; i < set->n; i++)
			set->counts[i] = take_u64(in) | 1;
	}
	set->skip_zero = take_seldom(in, 3);
	for (size_t i = 0; i < set->n; i++)
		set->n_shown += series_set_is_shown(set, i);
	p->set = set;
}

static inline void make_snapshot(struct choices *in, struct random_snapshots *r)
{
	size_t n = take_below(in, N_SETS + 1);
	struct snapshot *s = snapshot_new(n);

	CHECK(s);
	s->start_wall_ns = take_below(in, 2) ? take_u64(in) : 0;
	r->snapshots[r->n_snapshots++] = s;
	for (size_t i = 0; i < n; i++) {
		struct random_part *p = &r->parts[r->n_parts++];

		p->start_wall_ns = s->start_wall_ns;
		s->sets[i].family =
			family_ref(r->families[take_below(in, (uint32_t)r->n_families)]);
		p->family = s->sets[i].family;
		make_set(in, p, &s->sets[i]);
	}
}

static inline void random_snapshots_make(struct choices *in, struct random_snapshots *r)
{
	for (uint32_t n = 1 + take_below(in, N_FAMILIES); n; n--)
		make_family(in, r);
	for (uint32_t n = take_below(in, N_SNAPSHOTS + 1); n; n--)
		make_snapshot(in, r);
}

static inline void random_snapshots_done(struct random_snapshots *r)
{
	for (size_t i = 0; i < r->n_snapshots; i++)
		snapshot_unref(r->snapshots[i]);
	for (size_t i = 0; i < r->n_families; i++)
		family_unref(r->families[i]);
	for (size_t i = 0; i < N_PARTS; i++) {
		for (size_t k = 0; k < N_NAMES; k++) {
			buf_done(&r->parts[i].constant[k].value);
			for (size_t slot = 0; slot < N_SLOTS; slot++)
				buf_done(&r->parts[i].own[slot][k].value);
		}
	}
}

#endif
