// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a pass: what is over the limit goes, what had no place of its own
 * becomes the last slot of its group, and columns and label text the snapshot's.
 */
#include "builder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An entry that is a sum adds to a histogram, but is none where nothing was counted. */
static void hide_mere_sums(struct builder *b, struct series_set *set)
{
	size_t n_shown = 0;

	set->skip_zero = true;
	for (size_t i = 0; i < set->n; i++)
		n_shown += series_set_is_shown(set, i);
	b->n_series -= set->n_shown - n_shown;
	set->n_shown = n_shown;
}

bool builder_filters_zero(const struct builder *b, size_t metric)
{
	const struct plan_metric *m = &b->plan->metrics[metric];
	const struct label_group *g = &b->plan->groups[m->group];

	return m->skip_zero && g->is_unique && g->n_steps && !ledger_of(b, m->group);
}

bool builder_hides_slot(const struct builder *b, size_t metric, size_t slot)
{
	size_t width = b->plan->metrics[metric].width;

	return builder_filters_zero(b, metric) &&
	       column_is_zero(&b->metrics[metric].rows.values, slot * width, width);
}

static int finish_set(struct builder *b, size_t i, struct label_block *labels,
		      struct series_set *set)
{
	const struct plan_metric *m = &b->plan->metrics[i];
	const struct label_group *g = &b->plan->groups[m->group];
	size_t n = state_of(b, m->group)->n;
	bool filters = builder_filters_zero(b, i);

	set->is_carried = g->has_ledger || g->has_book;
	set->family = family_ref(m->family);
	set->labels = labels ? label_block_ref(labels) : NULL;
	rows_give(&b->metrics[i].rows, m, n, set);
	set->n_shown = filters ? b->metrics[i].n_shown : n;
	set->skip_zero = filters;
	if (m->skip_zero && m->slots.has_sum && !m->slots.cells)
		hide_mere_sums(b, set);
	set->scale = m->scale;
	set->const_labels = strdup(m->const_labels);
	return set->const_labels ? 0 : -ENOMEM;
}

/* The rows of the group's metrics out of the ledger. */
static int commit(struct builder *b, size_t group)
{
	const struct label_group *g = &b->plan->groups[group];
	_cleanup_(freep) struct rows *rows = calloc(g->n_metrics, sizeof(*rows));
	int r = rows ? ledger_commit(ledger_of(b, group), rows) : -ENOMEM;

	for (size_t i = 0; rows && i < g->n_metrics; i++)
		b->metrics[g->metrics[i]].rows = rows[i];
	return r;
}

size_t builder_weigh_slot(const struct builder *b, size_t group, size_t slot)
{
	const struct label_group *g = &b->plan->groups[group];
	size_t n = 0;

	for (size_t i = 0; i < g->n_metrics; i++)
		n += !builder_hides_slot(b, g->metrics[i], slot);
	return n;
}

/* A slot that has to go, as far as its series are counted. */
static int give_up_slot(struct builder *b, size_t group, size_t slot)
{
	const struct label_group *g = &b->plan->groups[group];
	size_t n = builder_weigh_slot(b, group, slot);

	b->n_series -= n;
	for (size_t i = 0; i < g->n_metrics; i++)
		b->metrics[g->metrics[i]].n_shown -= builder_filters_zero(b, g->metrics[i]) &&
						     !builder_hides_slot(b, g->metrics[i], slot);
	if (!group_folds(b, g)) {
		b->n_dropped += n;
		return 0;
	}
	b->n_folded += n;
	return builder_fold_slot(b, group, slot);
}

/* Takes slots of the group away, the last first, until the limit holds. */
static int trim_group(struct builder *b, size_t group, bool only_new)
{
	const struct label_group *g = &b->plan->groups[group];
	struct group_state *s = &b->groups[group];
	_cleanup_(freep) bool *keep = malloc(s->n + 1);
	size_t n = s->n, first = only_new ? b->tenants[group].n_safe : 0;
	int r = keep ? label_writer_diverge(&s->writer) : -ENOMEM;

	if (r < 0)
		return r;
	memset(keep, true, s->n);
	for (size_t slot = s->n; slot-- > first && b->n_series > b->limits.max_series;) {
		if (only_new)
			r = seats_have(&b->seats[group], label_writer_text(&s->writer, slot));
		if (r == 0) {
			r = give_up_slot(b, group, slot);
			keep[slot] = false;
			n--;
		}
		if (r < 0)
			return r;
		r = 0;
	}
	if (n == s->n)
		return 0;
	r = builder_fold_tenants(b, group, keep);
	if (r < 0)
		return r;
	label_writer_keep(&s->writer, keep);
	for (size_t i = 0; i < g->n_metrics; i++)
		rows_keep(&b->metrics[g->metrics[i]].rows, &b->plan->metrics[g->metrics[i]], s->n,
			  keep);
	s->n = n;
	return 0;
}

/*
 * There may be more than the limit, because those who were there before have
 * been let in after others: then these go.
 */
static int trim(struct builder *b, bool only_new)
{
	int r = 0;

	for (size_t i = b->plan->n_groups; r == 0 && i-- && b->n_series > b->limits.max_series;) {
		if (!group_stays(b, i) && !(only_new && b->groups[i].writer.previous))
			r = trim_group(b, i, only_new);
	}
	return r;
}

static int finish_group(struct builder *b, size_t group, struct snapshot *s)
{
	const struct label_group *g = &b->plan->groups[group];
	_cleanup_(label_block_unrefp) struct label_block *labels = NULL;
	struct ledger *l = ledger_of(b, group);
	int r = l ? commit(b, group) : builder_finish_other(b, group);

	if (r == 0 && g->n_steps) {
		labels = l ? ledger_labels(l) : label_writer_finish(&b->groups[group].writer);
		r = labels ? 0 : -ENOMEM;
	}
	for (size_t j = 0; r == 0 && j < g->n_metrics; j++)
		r = finish_set(b, g->metrics[j], labels, &s->sets[g->metrics[j]]);
	return r;
}

int builder_finish(struct builder *b, struct builder_result *ret_result)
{
	_cleanup_(snapshot_unrefp) struct snapshot *s = snapshot_new(b->plan->n_metrics);
	int r = s ? trim(b, true) : -ENOMEM;

	if (r == 0)
		r = trim(b, false);
	for (size_t i = 0; r == 0 && i < b->plan->n_groups; i++)
		r = finish_group(b, i, s);
	if (r < 0)
		return r;
	*ret_result = (struct builder_result){
		.snapshot = take_ptr(s),
		.n_entries = b->n_entries,
		.n_series = b->n_series + b->n_others,
		.n_dropped = b->n_dropped,
		.n_folded = b->n_folded,
		.n_too_long = b->n_too_long,
	};
	return 0;
}
