// SPDX-License-Identifier: GPL-2.0-only
/*
 * Series with the same labels in two parts of one family: the first wins.
 *
 * Mostly there can be none: the parts differ in a label that is constant in
 * each of them (the pin, the direction). So parts are first grouped by the
 * labels that are constant in all parts; only parts of one group are compared
 * series by series, in a table keyed by a hash that does not depend on the
 * order of the labels, since parts may have them in another order.
 */
#include "exposition_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct series_ref {
	uint32_t part; /* + 1; 0: empty */
	size_t slot;
	uint64_t hash;
};

struct series_table {
	struct series_ref *refs;
	size_t mask;
};

static bool find_label(struct str text, struct str name, struct str *ret_value)
{
	struct str n;

	while (label_next(&text, &n, ret_value))
		if (str_equal(n, name))
			return true;
	return false;
}

static uint64_t hash_label(struct str name, struct str value)
{
	return XXH3_64bits_withSeed(value.p, value.n, XXH3_64bits(name.p, name.n));
}

static uint64_t hash_labels(struct str text)
{
	struct str name, value;
	uint64_t hash = 0;

	while (label_next(&text, &name, &value))
		hash += hash_label(name, value);
	return hash;
}

static struct str const_text(const struct exposition_part *p)
{
	return str_of(p->set->const_labels);
}

static struct str slot_text(const struct exposition_part *p, size_t slot)
{
	return p->set->labels ? label_block_text(p->set->labels, slot) : STR("");
}

static bool is_const_everywhere(const struct exposition_family *f, struct str name)
{
	struct str value;

	for (size_t i = 0; i < f->n_parts; i++)
		if (!find_label(const_text(&f->parts[i]), name, &value))
			return false;
	return true;
}

/* For each part the hash of its labels that are constant in all parts. */
static void sign_parts(const struct exposition_family *f, uint64_t *signatures)
{
	struct str rest = const_text(&f->parts[0]), name, value;

	while (label_next(&rest, &name, &value)) {
		if (!is_const_everywhere(f, name))
			continue;
		for (size_t i = 0; i < f->n_parts; i++) {
			find_label(const_text(&f->parts[i]), name, &value);
			signatures[i] += hash_label(name, value);
		}
	}
}

static bool contains(const struct exposition_part *p, size_t slot, struct str labels)
{
	struct str name, value, other;

	while (label_next(&labels, &name, &value)) {
		if (!find_label(const_text(p), name, &other) &&
		    !find_label(slot_text(p, slot), name, &other))
			return false;
		if (!str_equal(value, other))
			return false;
	}
	return true;
}

static bool same_labels(const struct exposition_part *a, size_t i, const struct exposition_part *b,
			size_t j)
{
	return contains(a, i, const_text(b)) && contains(a, i, slot_text(b, j)) &&
	       contains(b, j, const_text(a)) && contains(b, j, slot_text(a, i));
}

static int hide(struct exposition_part *p, size_t slot)
{
	if (!p->hidden)
		p->hidden = calloc((p->set->n + 7) / 8, 1);
	if (!p->hidden)
		return -ENOMEM;
	p->hidden[slot / 8] |= (uint8_t)(1U << (slot % 8));
	return 0;
}

/* Put a series into the table, or hide it where an equal one is there. */
static int enter(struct exposition_family *f, struct series_table *t, uint32_t part, size_t slot,
		 uint64_t hash)
{
	size_t i = hash & t->mask;

	for (; t->refs[i].part; i = (i + 1) & t->mask) {
		struct series_ref *r = &t->refs[i];

		if (r->hash == hash && r->part - 1 != part &&
		    same_labels(&f->parts[r->part - 1], r->slot, &f->parts[part], slot))
			return hide(&f->parts[part], slot);
	}
	t->refs[i] = (struct series_ref){.part = part + 1, .slot = slot, .hash = hash};
	return 0;
}

static int enter_part(struct exposition_family *f, struct series_table *t, uint32_t part)
{
	const struct exposition_part *p = &f->parts[part];
	uint64_t base = hash_labels(const_text(p));

	for (size_t i = 0; i < p->set->n; i++) {
		int r;

		if (!series_set_is_shown(p->set, i))
			continue;
		r = enter(f, t, part, i, base + hash_labels(slot_text(p, i)));
		if (r < 0)
			return r;
	}
	return 0;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Whether two parts have the same signature, and how many series such parts have. */
static int find_shared(const struct exposition_family *f, const uint64_t *signatures, bool *shared,
		       size_t *ret_n_series)
{
	uint64_t *sorted = malloc(f->n_parts * sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, signatures, f->n_parts * sizeof(*sorted));
	qsort(sorted, f->n_parts, sizeof(*sorted), compare_u64);
	*ret_n_series = 0;
	for (size_t i = 0; i < f->n_parts; i++) {
		uint64_t *found =
			bsearch(&signatures[i], sorted, f->n_parts, sizeof(*sorted), compare_u64);

		shared[i] = (found > sorted && found[-1] == *found) ||
			    (found + 1 < sorted + f->n_parts && found[1] == *found);
		if (shared[i])
			*ret_n_series += f->parts[i].set->n;
	}
	free(sorted);
	return 0;
}

static int compare_series(struct exposition_family *f, const bool *shared, size_t n_series)
{
	struct series_table t;
	size_t size = 16;
	int r = 0;

	while (size < 2 * n_series)
		size *= 2;
	t = (struct series_table){.refs = calloc(size, sizeof(*t.refs)), .mask = size - 1};
	if (!t.refs)
		return -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < f->n_parts; i++)
		if (shared[i])
			r = enter_part(f, &t, i);
	free(t.refs);
	return r;
}

int family_hide_duplicates(struct exposition_family *f)
{
	_cleanup_(freep) uint64_t *signatures = NULL;
	_cleanup_(freep) bool *shared = NULL;
	size_t n_series;
	int r;

	if (f->n_parts < 2)
		return 0;
	signatures = calloc(f->n_parts, sizeof(*signatures));
	shared = calloc(f->n_parts, sizeof(*shared));
	if (!signatures || !shared)
		return -ENOMEM;
	sign_parts(f, signatures);
	r = find_shared(f, signatures, shared, &n_series);
	if (r < 0 || !n_series)
		return r;
	return compare_series(f, shared, n_series);
}
