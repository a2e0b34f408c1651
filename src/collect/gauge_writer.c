// SPDX-License-Identifier: GPL-2.0-only
#include "gauge_writer_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct scale gauge_ns_to_s = {.mantissa = 1, .exp10 = -9};

void gauge_writer_init(struct gauge_writer *w, size_t n_families)
{
	*w = (struct gauge_writer){.snapshot = snapshot_new(n_families)};
	if (!w->snapshot)
		w->error = -ENOMEM;
}

void gauge_writer_family(struct gauge_writer *w, const char *name, enum family_type type,
			 const char *help, const struct scale *scale)
{
	struct series_set *set;

	if (w->error)
		return;
	assert(w->n_families < w->snapshot->n_sets);
	set = &w->snapshot->sets[w->n_families++];
	set->width = 1;
	set->scale = scale ? *scale : SCALE_ONE;
	set->family = family_new(name, type, help);
	set->const_labels = strdup("");
	if (!set->family || !set->const_labels)
		w->error = -ENOMEM;
}

static int append_labels(struct series_set *set, const struct gauge_label *labels)
{
	struct label_block *b = set->labels ? set->labels : label_block_new();
	struct buf text = BUF_INIT;
	size_t start = b && b->n ? b->ends[b->n - 1] : 0;
	uint64_t *ends;
	char *all;
	int r = 0;

	set->labels = b;
	if (!b)
		return -ENOMEM;
	for (; r == 0 && labels->name; labels++)
		r = label_append(&text, str_of(labels->name), str_of(labels->value));
	ends = r ? NULL : realloc(b->ends, (b->n + 1) * sizeof(*ends));
	if (ends)
		b->ends = ends;
	all = ends ? realloc(b->text, start + text.len + 1) : NULL;
	if (all) {
		b->text = all;
		if (text.len)
			memcpy(all + start, text.data, text.len);
		ends[b->n++] = start + text.len;
	}
	buf_done(&text);
	return all ? 0 : -ENOMEM;
}

void gauge_writer_series(struct gauge_writer *w, uint64_t value, const struct gauge_label *labels)
{
	struct series_set *set;
	uint64_t *low;

	if (w->error)
		return;
	set = &w->snapshot->sets[w->n_families - 1];
	low = realloc(set->values.low, (set->n + 1) * sizeof(*low));
	if (low)
		set->values.low = low;
	if (!low || (labels && append_labels(set, labels) < 0)) {
		w->error = -ENOMEM;
		return;
	}
	low[set->n++] = value;
	set->n_shown = set->n;
}

struct snapshot *gauge_writer_finish(struct gauge_writer *w, uint64_t start_wall_ns)
{
	if (w->error) {
		snapshot_unref(w->snapshot);
		return NULL;
	}
	w->snapshot->n_sets = w->n_families;
	w->snapshot->start_wall_ns = start_wall_ns;
	return w->snapshot;
}
