// SPDX-License-Identifier: GPL-2.0-only
/*
 * Series of the same metric with the same label text are one. The order of
 * labels is the configuration's, so that the text of two instances can be
 * compared as it stands: first the constant labels, then the others.
 *
 * What is to be added is only remembered until the end. Where it may be more
 * than the limit, those who had a place in the last sum are added first.
 */
#include "decode/merger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "rows_internal.h"
#include "seats_internal.h"

/* Which series are added. */
enum round { ROUND_ALL, ROUND_OLD, ROUND_NEW };

/* One of the snapshots to be added. */
struct addend {
	struct snapshot *snapshot; /* one reference */
	bool only_counters;
};

/* The sums of a metric. */
struct merged {
	struct label_writer writer;
	struct label_table table;
	struct seats seats;
	struct rows rows;
	size_t n, cap;
	bool has_labels;
};

struct merger {
	struct plan *plan; /* of the first; NULL: none yet */
	struct addend *addends;
	size_t n_addends;
	struct snapshot *before; /* one reference, or NULL */
	struct merged *metrics;
	struct config_limits limits;
	uint64_t n_dropped, n_folded;
	uint64_t n_series; /* under the limit */
	uint64_t n_others; /* series `other`, which are under none */
};

struct merger *merger_new(struct snapshot *before, const struct config_limits *limits)
{
	struct merger *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->limits = *limits;
	m->before = before ? snapshot_ref(before) : NULL;
	return m;
}

void merger_free(struct merger *m)
{
	if (!m)
		return;
	for (size_t i = 0; m->metrics && i < m->plan->n_metrics; i++) {
		label_writer_done(&m->metrics[i].writer);
		label_table_done(&m->metrics[i].table);
		seats_done(&m->metrics[i].seats);
		rows_done(&m->metrics[i].rows);
	}
	for (size_t i = 0; i < m->n_addends; i++)
		snapshot_unref(m->addends[i].snapshot);
	free(m->addends);
	free(m->metrics);
	snapshot_unref(m->before);
	plan_unref(m->plan);
	free(m);
}

int merger_add(struct merger *m, struct plan *plan, struct snapshot *s, bool only_counters)
{
	struct addend *addends = realloc(m->addends, (m->n_addends + 1) * sizeof(*addends));

	if (!addends)
		return -ENOMEM;
	m->addends = addends;
	addends[m->n_addends++] = (struct addend){snapshot_ref(s), only_counters};
	if (!m->plan)
		m->plan = plan_ref(plan);
	return 0;
}

static int start(struct merger *m)
{
	m->metrics = calloc(m->plan->n_metrics + 1, sizeof(*m->metrics));
	if (!m->metrics)
		return -ENOMEM;
	for (size_t i = 0; i < m->plan->n_metrics; i++) {
		rows_init(&m->metrics[i].rows, &m->plan->metrics[i]);
		if (m->before)
			seats_init(&m->metrics[i].seats, &m->before->sets[i], STR(""));
	}
	return 0;
}

static int write_text(struct buf *text, const struct series_set *set, struct str labels)
{
	int r = buf_puts(text, set->const_labels);

	if (r == 0 && *set->const_labels && labels.n)
		r = buf_append(text, ",", 1);
	return r < 0 ? r : buf_append(text, labels.p, labels.n);
}

/* What find_row() says of a text that gets no row. */
enum { NOT_NOW = 1, TOO_MANY };

/* Whether the turn of the writer's last text is in this round. Return: 1, 0, -ENOMEM. */
static int is_due(struct merged *into, enum round round)
{
	int had =
		round == ROUND_ALL ? 1 : seats_have(&into->seats, label_writer_last(&into->writer));

	return had < 0 || round != ROUND_NEW ? had : !had;
}

/* The row of the writer's last text. Return: 0, TOO_MANY, -ENOMEM. */
static int take_row(struct merger *m, struct merged *into, bool is_limited, size_t *ret_row)
{
	int r = label_table_find(&into->table, &into->writer, ret_row);

	if (r <= 0)
		return r;
	if (!is_limited || m->n_series < m->limits.max_series) {
		r = label_writer_commit(&into->writer, NULL);
		m->n_series += r == 0 && is_limited;
		m->n_others += r == 0 && !is_limited;
	} else {
		r = TOO_MANY;
	}
	if (r)
		label_table_forget(&into->table, &into->writer);
	return r;
}

/*
 * The row of a set's constant labels and these.
 * @is_limited: a new one must fit under the limit.
 *
 * Return: 0, NOT_NOW, TOO_MANY, -ENOMEM.
 */
static int find_row(struct merger *m, struct merged *into, const struct series_set *set,
		    struct str labels, enum round round, bool is_limited, size_t *ret_row)
{
	struct buf *text = &into->writer.text;
	size_t start = text->len, n = into->writer.n;
	int r = write_text(text, set, labels), due;

	if (r == 0) {
		due = is_due(into, round);
		r = due < 0 ? due : due ? 0 : NOT_NOW;
	}
	if (r == 0)
		r = take_row(m, into, is_limited, ret_row);
	if (into->writer.n == n)
		text->len = start;
	return r;
}

static int reserve(struct merged *into, const struct plan_metric *metric, size_t n)
{
	size_t cap = into->cap + into->cap / 2 > n ? into->cap + into->cap / 2 : n + 16;

	if (n <= into->cap)
		return 0;
	if (rows_grow(&into->rows, metric, into->cap, cap) < 0)
		return -ENOMEM;
	into->cap = cap;
	return 0;
}

static int add_row(struct merged *into, const struct plan_metric *metric,
		   const struct series_set *set, size_t slot, size_t row)
{
	const struct rows from = {.values = set->values, .sums = set->sums, .counts = set->counts};
	bool is_new = row >= into->n;
	int r = reserve(into, metric, row + 1);

	if (r < 0)
		return r;
	if (is_new)
		into->n = row + 1;
	return rows_add_row(&into->rows, metric, into->cap, row, is_new, &from, slot);
}

/* The row that a series counts in: its own, that of `other`, or none. Return: as find_row(). */
static int choose_row(struct merger *m, size_t metric, const struct series_set *set, size_t slot,
		      enum round round, size_t *ret_row)
{
	const struct buf *text = &m->plan->groups[m->plan->metrics[metric].group].other;
	struct str labels = set->labels ? label_block_text(set->labels, slot) : STR("");
	struct str other = {.p = text->data, .n = text->len};
	bool folds = m->limits.on_limit == CONFIG_ON_LIMIT_OTHER && set->labels && other.n;
	struct merged *into = &m->metrics[metric];
	int r;

	if (folds && str_equal(labels, other))
		return find_row(m, into, set, other, round, false, ret_row);
	r = find_row(m, into, set, labels, round, true, ret_row);
	if (r != TOO_MANY)
		return r;
	m->n_folded += folds;
	m->n_dropped += !folds;
	return folds ? find_row(m, into, set, other, ROUND_ALL, false, ret_row) : r;
}

static int add_set(struct merger *m, size_t metric, const struct series_set *set, enum round round)
{
	struct merged *into = &m->metrics[metric];
	int r = 0;

	if (!bounds_equal(m->plan->metrics[metric].bounds, set->bounds)) {
		m->n_dropped += round == ROUND_OLD ? 0 : set->n_shown;
		return 0;
	}
	for (size_t i = 0; r >= 0 && i < set->n; i++) {
		size_t row = 0;

		if (!series_set_is_shown(set, i))
			continue;
		into->has_labels |= *set->const_labels || set->labels;
		r = choose_row(m, metric, set, i, round, &row);
		if (r == 0)
			r = add_row(into, &m->plan->metrics[metric], set, i, row);
	}
	return r < 0 ? r : 0;
}

static bool is_added(const struct merger *m, const struct addend *a, size_t metric)
{
	return !a->only_counters || metric_never_falls(m->plan->metrics[metric].type);
}

static int add_all(struct merger *m, enum round round)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->n_addends; i++) {
		const struct addend *a = &m->addends[i];

		for (size_t j = 0; r == 0 && j < a->snapshot->n_sets; j++)
			if (is_added(m, a, j))
				r = add_set(m, j, &a->snapshot->sets[j], round);
	}
	return r;
}

/* Whether all of them have room, however different their labels are. */
static bool all_fit(const struct merger *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->n_addends; i++)
		for (size_t j = 0; j < m->addends[i].snapshot->n_sets; j++)
			n += m->addends[i].snapshot->sets[j].n_shown;
	return n <= m->limits.max_series;
}

static int add(struct merger *m)
{
	int r = start(m);

	if (r < 0)
		return r;
	if (!m->before || all_fit(m))
		return add_all(m, ROUND_ALL);
	r = add_all(m, ROUND_OLD);
	return r < 0 ? r : add_all(m, ROUND_NEW);
}

static int finish_set(struct merged *from, const struct plan_metric *metric, struct series_set *set)
{
	set->family = family_ref(metric->family);
	set->scale = metric->scale;
	set->const_labels = strdup("");
	set->n_shown = from->n;
	if (from->has_labels)
		set->labels = label_writer_finish(&from->writer);
	rows_give(&from->rows, metric, from->n, set);
	return set->const_labels && (set->labels || !from->has_labels) ? 0 : -ENOMEM;
}

/* What has gone since the last sum is in this one, too: it began no later. */
static uint64_t find_start(const struct merger *m)
{
	uint64_t start_ns = m->before ? m->before->start_wall_ns : 0;

	for (size_t i = 0; i < m->n_addends; i++) {
		const struct snapshot *s = m->addends[i].snapshot;

		start_ns = clock_earlier_ns(start_ns, s->start_wall_ns);
		start_ns = clock_earlier_ns(start_ns, s->carried_wall_ns);
	}
	return start_ns;
}

int merger_finish(struct merger *m, struct builder_result *ret_result)
{
	_cleanup_(snapshot_unrefp) struct snapshot *s = NULL;
	int r;

	if (!m->plan)
		return -ENOENT;
	s = snapshot_new(m->plan->n_metrics);
	r = s ? add(m) : -ENOMEM;
	for (size_t i = 0; r == 0 && i < s->n_sets; i++)
		r = finish_set(&m->metrics[i], &m->plan->metrics[i], &s->sets[i]);
	if (r == 0)
		s->start_wall_ns = find_start(m);
	if (r == 0)
		*ret_result = (struct builder_result){
			.snapshot = take_ptr(s),
			.n_series = m->n_series + m->n_others,
			.n_dropped = m->n_dropped,
			.n_folded = m->n_folded,
		};
	return r;
}
