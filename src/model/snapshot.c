// SPDX-License-Identifier: GPL-2.0-only
#include "model/snapshot.h"

#include <stdlib.h>
#include <string.h>

struct label_block *label_block_new(void)
{
	struct label_block *b = calloc(1, sizeof(*b));

	if (b)
		atomic_init(&b->refs, 1);
	return b;
}

struct label_block *label_block_ref(struct label_block *b)
{
	atomic_fetch_add(&b->refs, 1);
	return b;
}

void label_block_unref(struct label_block *b)
{
	if (!b || atomic_fetch_sub(&b->refs, 1) != 1)
		return;
	free(b->text);
	free(b->ends);
	buf_done(&b->raw_keys);
	free(b);
}

static void free_texts(char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(texts[i]);
	free(texts);
}

struct bounds *bounds_new(char **le, size_t n, bool is_native)
{
	struct bounds *b = malloc(sizeof(*b));
	double *upper = calloc(n + 1, sizeof(*upper));

	if (!b || !upper) {
		free_texts(le, n);
		free(upper);
		free(b);
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		upper[i] = strtod(le[i], NULL);
	*b = (struct bounds){.n = n, .le = le, .upper = upper, .is_native = is_native};
	atomic_init(&b->refs, 1);
	return b;
}

struct bounds *bounds_ref(struct bounds *b)
{
	atomic_fetch_add(&b->refs, 1);
	return b;
}

void bounds_unref(struct bounds *b)
{
	if (!b || atomic_fetch_sub(&b->refs, 1) != 1)
		return;
	free_texts(b->le, b->n);
	free(b->upper);
	free(b);
}

bool bounds_equal(const struct bounds *a, const struct bounds *b)
{
	if (a == b)
		return true;
	if (!a || !b || a->n != b->n || a->is_native != b->is_native)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->le[i], b->le[i]) != 0)
			return false;
	return true;
}

struct snapshot *snapshot_new(size_t n_sets)
{
	_cleanup_(snapshot_unrefp) struct snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	atomic_init(&s->refs, 1);
	s->sets = calloc(n_sets ? n_sets : 1, sizeof(*s->sets));
	if (!s->sets)
		return NULL;
	s->n_sets = n_sets;
	return take_ptr(s);
}

struct snapshot *snapshot_ref(struct snapshot *s)
{
	atomic_fetch_add(&s->refs, 1);
	return s;
}

static void column_done(struct column *c)
{
	free(c->low);
	free(c->high);
}

void snapshot_unref(struct snapshot *s)
{
	if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	for (size_t i = 0; i < s->n_sets; i++) {
		struct series_set *set = &s->sets[i];

		family_unref(set->family);
		free(set->const_labels);
		label_block_unref(set->labels);
		column_done(&set->values);
		column_done(&set->sums);
		free(set->counts);
		bounds_unref(set->bounds);
	}
	free(s->sets);
	free(s);
}
