// SPDX-License-Identifier: GPL-2.0-only
#include "model/snapshot.h"

#include <stdlib.h>

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

void snapshot_unref(struct snapshot *s)
{
	if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	for (size_t i = 0; i < s->n_sets; i++) {
		struct series_set *set = &s->sets[i];

		family_unref(set->family);
		free(set->const_labels);
		label_block_unref(set->labels);
		free(set->values.low);
		free(set->values.high);
	}
	free(s->sets);
	free(s);
}
