// SPDX-License-Identifier: GPL-2.0-only
/*
 * For each entry: the metrics' numbers are taken; then, for each element of it
 * that a label group looks at, the group finds the element's slot, and the
 * rows of its metrics take the numbers.
 *
 * A slot is a new one where the group's labels are unique, the one with the
 * same text where they may be equal, and slot 0 where there are none. Where a
 * series outlives its entries, slots and rows are the ledger's. The limit
 * counts series: an element whose new slot would pass it is left out of that
 * group whole, so that a metric is never there without its sibling.
 */
#include "builder_internal.h"

#include <stdlib.h>
#include <string.h>

/* Why an element has no slot of its own; the first is the decoders'. */
enum {
	LEFT_OUT = DECODER_LEAVE_OUT, /* by a label */
	TOO_LONG,		      /* its labels are */
	TOO_MANY,		      /* it is over max_series */
	IS_OTHER,		      /* its labels are those of what is over a limit */
};

/* Appends the element's label text. Return: 0, LEFT_OUT, TOO_LONG, IS_OTHER, -ENOMEM. */
static int write_labels(struct builder *b, const struct label_group *g, const struct cursor *at,
			struct buf *text)
{
	size_t start = text->len;
	struct str written;
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->n_steps; i++) {
		r = buf_append(text, g->steps[i].lead, g->steps[i].lead_n);
		if (r == 0)
			r = text_step_write(&g->steps[i].text, at, &b->scratch, text);
	}
	r = r ? r : buf_append(text, "\"", 1);
	if (r)
		return r;
	written = (struct str){.p = text->data + start, .n = text->len - start};
	if (b->limits.max_label_bytes && written.n > b->limits.max_label_bytes)
		return TOO_LONG;
	return group_folds(b, g) && str_equal(written, group_other(g)) ? IS_OTHER : 0;
}

/* How many series of the group this element is, or 0 where its metrics leave it out. */
static size_t count_shown(const struct builder *b, const struct label_group *g,
			  const struct element *e)
{
	size_t n = 0;

	if (!g->hides_zero)
		return g->n_metrics;
	for (size_t i = 0; i < g->n_metrics; i++)
		n += !is_hidden(b, g->metrics[i], e);
	return n;
}

/*
 * Writes the text of a slot that is not in the previous block, after the
 * writer's last one. Return: 0, as write_labels(), -ENOMEM.
 */
static int write_slot(struct builder *b, size_t group, const struct element *e)
{
	struct label_writer *w = &b->groups[group].writer;
	size_t start = w->text.len;
	int r;

	if (!w->previous) {
		r = write_labels(b, &b->plan->groups[group], &e->at, &w->text);
		if (r)
			w->text.len = start;
		return r;
	}
	/* What is left out does not end the sharing. */
	b->text.len = 0;
	r = write_labels(b, &b->plan->groups[group], &e->at, &b->text);
	if (r == 0)
		r = label_writer_diverge(w);
	return r ? r : buf_append(&w->text, b->text.data, b->text.len);
}

/* Return: 0, as write_labels(), -ENOMEM. */
static int take_slot(struct builder *b, size_t group, const struct element *e, size_t *ret_slot)
{
	struct label_writer *w = &b->groups[group].writer;
	int r;

	*ret_slot = label_writer_n(w);
	if (label_writer_match(w, e->at.key))
		return 0;
	r = write_slot(b, group, e);
	return r ? r : label_writer_commit(w, e->at.key);
}

/* Whether an element, for which there is no room, had its series in the last pass. Return: 0, as
 * write_labels(), TOO_MANY, -ENOMEM. */
static int claim_seat(struct builder *b, size_t group, const struct element *e)
{
	const struct label_group *g = &b->plan->groups[group];
	struct seats *s = &b->seats[group];
	int r = seats_open(s, &b->groups[group].writer);

	if (r < 0)
		return r;
	if (!s->n_left && !g->may_leave_out)
		return TOO_MANY;
	b->text.len = 0;
	r = write_labels(b, g, &e->at, &b->text);
	if (r)
		return r;
	r = seats_take(s, (struct str){.p = b->text.data, .n = b->text.len});
	return r > 0 ? 0 : r < 0 ? r : TOO_MANY;
}

/* The row of a new slot. */
static int set_row(struct builder *b, size_t metric, size_t cap, size_t slot,
		   const struct element *e)
{
	const struct plan_metric *m = &b->plan->metrics[metric];
	const union number *numbers = numbers_of(b, metric, e);
	struct rows *rows = &b->metrics[metric].rows;

	if (m->is_simple && !rows->counts)
		return column_put(&rows->values, slot, cap, *numbers);
	return rows_add(rows, m, cap, slot, true, &e->at, numbers);
}

static int add_to_rows(struct builder *b, size_t group, const struct element *e, size_t slot,
		       bool is_new)
{
	const struct label_group *g = &b->plan->groups[group];
	int r = builder_add_slots(b, group, slot + 1);

	for (size_t i = 0; r == 0 && i < g->n_metrics; i++) {
		size_t m = g->metrics[i];

		r = rows_add(&b->metrics[m].rows, &b->plan->metrics[m], b->groups[group].cap, slot,
			     is_new, &e->at, numbers_of(b, m, e));
	}
	return r < 0 ? r : builder_remember(b, group, e, slot);
}

/* An element that is there, though no series takes it at the moment. */
static void leave_out(struct builder *b, size_t group, const struct element *e)
{
	struct ledger *l = b->carry ? b->carry->ledgers[group] : NULL;

	if (l)
		ledger_keep(l, e->at.key, account_of(&b->plan->groups[group], e));
}

/* An element of @n series that gets no slot of its own. Return: 0 or -ENOMEM. */
static int refuse(struct builder *b, size_t group, const struct element *e, size_t n, int why)
{
	bool folds = group_folds(b, &b->plan->groups[group]);

	if (why == IS_OTHER)
		return builder_add_to_other(b, group, e);
	if (why != LEFT_OUT && folds) {
		b->n_folded += n;
		return builder_add_to_other(b, group, e);
	}
	b->n_too_long += why == TOO_LONG ? n : 0;
	b->n_dropped += why == TOO_MANY ? n : 0;
	leave_out(b, group, e);
	return 0;
}

static int add_unique(struct builder *b, size_t group, const struct element *e, size_t n_shown)
{
	const struct label_group *g = &b->plan->groups[group];
	size_t slot;
	int r = builder_is_full(b, n_shown) ? claim_seat(b, group, e) : 0;

	if (r == 0)
		r = take_slot(b, group, e, &slot);
	if (r)
		return r < 0 ? r : refuse(b, group, e, n_shown, r);
	b->n_series += n_shown;
	b->n_new += b->groups[group].writer.previous ? 0 : n_shown;
	if (slot >= b->groups[group].cap)
		r = builder_add_slots(b, group, slot + 1);
	for (size_t i = 0; r == 0 && i < g->n_metrics; i++)
		r = set_row(b, g->metrics[i], b->groups[group].cap, slot, e);
	for (size_t i = 0; g->hides_zero && i < g->n_metrics; i++)
		b->metrics[g->metrics[i]].n_shown += !is_hidden(b, g->metrics[i], e);
	b->groups[group].n = slot + 1;
	return r < 0 ? r : builder_remember(b, group, e, slot);
}

/* Whether the writer's last text, a new one, may become a slot. Return: 0, TOO_MANY, -ENOMEM. */
static int admit(struct builder *b, size_t group, const struct label_writer *w)
{
	struct seats *s = &b->seats[group];
	int r;

	if (!builder_is_full_for(b, group))
		return 0;
	r = seats_open(s, w);
	if (r == 0 && s->n_left)
		r = seats_take(s, label_writer_last(w));
	return r > 0 ? 0 : r < 0 ? r : TOO_MANY;
}

/* The slot of equal label text, maybe a new one. Return: 0, as write_labels(), TOO_MANY, -ENOMEM.
 */
static int find_slot(struct builder *b, size_t group, const struct element *e, size_t *ret_slot)
{
	const struct label_group *g = &b->plan->groups[group];
	struct group_state *s = state_of(b, group);
	size_t start = s->writer.text.len;
	bool is_new = false;
	int r;

	r = write_labels(b, g, &e->at, &s->writer.text);
	if (r == 0) {
		r = label_table_find(&s->table, &s->writer, ret_slot);
		is_new = r > 0;
	}
	if (is_new) {
		r = admit(b, group, &s->writer);
		if (r == 0)
			r = label_writer_commit(&s->writer, e->at.key);
		if (r == 0) {
			builder_count_new(b, group);
			return 0;
		}
		/* a ledger's are there in the next pass, too */
		label_table_forget(&s->table, &s->writer);
	}
	s->writer.text.len = start;
	return r;
}

static int add_to_sum(struct builder *b, size_t group, const struct element *e)
{
	const struct label_group *g = &b->plan->groups[group];
	struct group_state *s = state_of(b, group);
	size_t slot = 0;
	bool is_new;
	int r = 0;

	if (g->n_steps)
		r = find_slot(b, group, e, &slot);
	else if (!s->n && builder_is_full_for(b, group) && !b->seats[group].n)
		r = TOO_MANY;
	else if (!s->n)
		builder_count_new(b, group);
	if (r)
		return r < 0 ? r : refuse(b, group, e, g->n_metrics, r);
	is_new = slot >= s->n;
	if (is_new)
		s->n = slot + 1;
	return ledger_of(b, group) ? builder_add_to_ledger(b, group, e, slot)
				   : add_to_rows(b, group, e, slot, is_new);
}

static int add_element(struct builder *b, size_t group, const struct element *e)
{
	const struct label_group *g = &b->plan->groups[group];
	size_t n_shown;

	if (g->n_conditions) {
		int holds = conditions_hold(g, &e->at, &b->scratch);

		if (!holds)
			leave_out(b, group, e);
		if (holds <= 0)
			return holds;
	}
	n_shown = count_shown(b, g, e);
	if (!n_shown)
		return 0;
	if (g->is_unique && g->n_steps && !ledger_of(b, group))
		return add_unique(b, group, e, n_shown);
	return add_to_sum(b, group, e);
}

/* Elements of one CPU's value, or of all CPUs', in the order of the numbers. */
static int add_elements(struct builder *b, size_t group, struct element *e)
{
	const struct plan_metric *m = &b->plan->metrics[b->plan->groups[group].metrics[0]];
	uint32_t *index = e->at.index;
	int r = 0;

	for (index[0] = 0; r == 0 && index[0] < m->n_index[0]; index[0]++)
		for (index[1] = 0; r == 0 && index[1] < m->n_index[1]; index[1]++) {
			r = add_element(b, group, e);
			e->i++;
		}
	return r;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	return !n || (!p[0] && !memcmp(p, p + 1, n - 1));
}

/* The value of the first CPU whose value is not all zero: labels are taken from it. */
static const uint8_t *labelled_value(const struct plan *p, const uint8_t *values)
{
	for (uint32_t cpu = 0; cpu < p->n_cpus; cpu++)
		if (!all_zero(values + (size_t)cpu * p->value_stride, p->value_size))
			return values + (size_t)cpu * p->value_stride;
	return values;
}

/* All elements of an entry that a group looks at. @whole: the entry, labelled by one CPU's value.
 */
static int emit_to_group(struct builder *b, size_t group, const struct element *whole,
			 const uint8_t *values)
{
	const struct plan *p = b->plan;
	const struct label_group *g = &p->groups[group];
	struct element e = *whole;
	int r = 0;

	if (g->is_left_out)
		return 0;
	if (!g->each_cpu)
		return add_elements(b, group, &e);
	for (uint32_t cpu = 0; r == 0 && cpu < p->n_cpus; cpu++) {
		e.at.cpu = cpu;
		if (values)
			e.at.value = values + (size_t)cpu * p->value_stride;
		r = add_elements(b, group, &e);
	}
	return r;
}

/* An entry whose numbers are taken. @values: NULL: drained. */
static int emit(struct builder *b, const uint8_t *key, const uint8_t *values)
{
	const struct plan *p = b->plan;
	struct element e = {.at = {.key = key, .value = values}};
	int r = 0;

	b->n_entries++;
	if (p->looks_at_value && p->is_per_cpu && values)
		e.at.value = labelled_value(p, values);
	for (size_t i = 0; r == 0 && i < p->n_groups; i++)
		r = p->is_simple ? add_element(b, i, &e) : emit_to_group(b, i, &e, values);
	return r;
}

int builder_add(struct builder *b, const void *keys, const void *values, uint32_t n)
{
	size_t value_size = (size_t)b->plan->n_cpus * b->plan->value_stride;
	const uint8_t *key = keys, *value = values;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < n; i++) {
		numbers_read(b->plan, key, value, b->numbers);
		r = emit(b, key, value);
		key += b->plan->key_size;
		value += value_size;
	}
	return r;
}

static void expect_last(struct builder *b, bool is_last)
{
	for (size_t i = 0; b->carry && i < b->plan->n_groups; i++)
		if (b->carry->ledgers[i])
			ledger_expect_last(b->carry->ledgers[i], is_last);
}

int builder_add_last(struct builder *b, const void *key, const void *values)
{
	int r;

	expect_last(b, true);
	r = builder_add(b, key, values, 1);
	expect_last(b, false);
	return r;
}

static const uint64_t *take_totals(const struct plan_metric *m, const uint64_t *totals,
				   union number *numbers)
{
	for (size_t e = 0; e < m->n_elements; e++)
		for (size_t i = 0; i < m->n_inputs; i++)
			for (uint32_t k = 0; k < m->inputs[i].n; k++, totals++, numbers++)
				numbers->i = m->inputs[i].column == COLUMN_S64
						     ? (int128)(int64_t)*totals
						     : (int128)*totals;
	return totals;
}

int builder_add_totals(struct builder *b, const void *key, const uint64_t *totals)
{
	for (size_t i = 0; i < b->plan->n_metrics; i++)
		totals = take_totals(&b->plan->metrics[i], totals,
				     b->numbers + b->plan->metrics[i].first);
	return emit(b, key, NULL);
}
