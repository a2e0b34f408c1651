// SPDX-License-Identifier: GPL-2.0-only
/*
 * Series as lines. A slot has one line, but for histograms (a line a bucket,
 * sum, count), summaries (sum, count) and times of creation. A call writes
 * whole lines while they surely fit; a line that does not fit an empty buffer
 * goes through `pending`, from which it leaves in pieces, as family headers do.
 *
 * Buckets are added up on the way: `total` is the sum of those of the slot that
 * are written. So each line is written once, in order, and what comes out does
 * not depend on the sizes of the pieces.
 */
#include "lines_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names_internal.h"
#include "sample_internal.h"

/* A line is prefix, label text, and at most this: suffix, comma, brace, space, value, newline. */
#define LINE_REST_MAX (sizeof("_created,} \n") + NUM_TEXT_MAX)

static const char *const suffixes[] = {
	[LINE_SUM] = "_sum",
	[LINE_COUNT] = "_count",
	[LINE_CREATED] = "_created",
};

void lines_done(struct lines *l)
{
	buf_done(&l->prefix);
	buf_done(&l->bounds);
	buf_done(&l->labels);
	free(l->buckets);
}

int lines_append_help(struct buf *b, const char *help, bool escapes_quotes)
{
	int e = 0;

	for (; e == 0 && *help; help++) {
		if (*help == '\n')
			e = buf_append(b, "\\n", 2);
		else if (*help == '\\' || (*help == '"' && escapes_quotes))
			e = buf_printf(b, "\\%c", *help);
		else
			e = buf_append(b, help, 1);
	}
	return e;
}

/*
 * `name{constant="labels",`, or `{"na.me",constant="labels",`. All that may
 * follow the name, up to the series' own labels, is in it.
 */
static int make_prefix(struct render *r, const struct series_set *set)
{
	struct str name = str_of(set->family->name);
	struct lines *l = &r->lines;
	bool quoted = r->format.escaping == ESCAPING_UTF8 && !str_is_name(name);
	bool has_labels = *set->const_labels || set->labels;
	int e = quoted ? buf_puts(&l->prefix, "{") : 0;

	if (e == 0)
		e = names_append(&l->prefix, &r->format, name);
	if (e < 0)
		return e;
	l->n_name = l->prefix.len - quoted; /* before the quote that ends it */
	l->n_base = l->n_name -
		    (set->family->type == FAMILY_COUNTER ? family_base_suffix(set->family) : 0);
	l->in_braces = quoted || has_labels;
	if (has_labels)
		e = buf_puts(&l->prefix, quoted ? "," : "{");
	if (e == 0)
		e = names_append_labels(&l->prefix, &r->format, str_of(set->const_labels));
	if (e == 0 && *set->const_labels && set->labels)
		e = buf_append(&l->prefix, ",", 1);
	return e;
}

static int append_bound(struct lines *l, const struct bounds *b, size_t i, bool is_canonical)
{
	char text[NUM_TEXT_MAX];
	int e = buf_puts(&l->bounds, "le=\"");

	if (e == 0 && i == b->n)
		e = buf_puts(&l->bounds, "+Inf");
	else if (e == 0 && is_canonical)
		e = buf_append(&l->bounds, text, num_write_canonical(text, b->upper[i]));
	else if (e == 0)
		e = buf_puts(&l->bounds, b->le[i]);
	return e ? e : buf_puts(&l->bounds, "\"} ");
}

/* A line a bucket; canonical bounds that are the same have one. */
static int make_buckets(struct lines *l, const struct bounds *b, bool is_canonical)
{
	l->bounds.len = 0;
	l->n_first = 0;
	free(l->buckets);
	l->buckets = calloc(b->n + 1, sizeof(*l->buckets));
	if (!l->buckets)
		return -ENOMEM;
	for (size_t i = 0; i <= b->n; i++) {
		struct line_bucket *bucket = &l->buckets[l->n_first];
		size_t start = l->bounds.len;
		int e;

		if (is_canonical && !bound_is_told(b, i))
			continue;
		e = append_bound(l, b, i, is_canonical);
		if (e < 0)
			return e;
		*bucket = (struct line_bucket){i + 1, start, l->bounds.len - start};
		l->line_max = bucket->n_le > l->line_max ? bucket->n_le : l->line_max;
		l->n_first++;
	}
	return 0;
}

static void add_other(struct lines *l, enum line_kind kind)
{
	l->others[l->n_lines++ - l->n_first] = kind;
}

/*
 * In OpenMetrics a sum and a count come together or not at all, and what may
 * be below zero has no sum, which could fall.
 */
static void add_others(struct lines *l, const struct series_set *set, bool is_openmetrics)
{
	bool has_sum = set->family->type == FAMILY_SUMMARY || set->has_sum;
	bool has_count = true;

	l->n_lines = l->n_first;
	if (is_openmetrics && set->bounds) {
		has_sum = has_sum && !(set->bounds->n && set->bounds->upper[0] < 0);
		has_count = has_sum;
	}
	if (set->bounds || set->family->type == FAMILY_SUMMARY) {
		if (has_sum)
			add_other(l, LINE_SUM);
		if (has_count)
			add_other(l, LINE_COUNT);
	}
	if (l->created_ns)
		add_other(l, LINE_CREATED);
}

static bool has_beginning(const struct family *f)
{
	return !f->is_crowded && (f->type == FAMILY_COUNTER || f->type == FAMILY_HISTOGRAM ||
				  f->type == FAMILY_SUMMARY);
}

int lines_begin_part(struct render *r, const struct exposition_part *p, bool is_openmetrics)
{
	const struct series_set *set = p->set;
	struct lines *l = &r->lines;
	int e;

	l->prefix.len = 0;
	l->line = 0;
	e = make_prefix(r, set);
	if (e < 0)
		return e;
	l->created_ns = is_openmetrics && r->format.has_created && has_beginning(set->family)
				? series_set_start_ns(r->exposition->snapshots[p->snapshot], set)
				: 0;
	l->renames_labels = names_differ(&r->format, set->labels);
	l->is_plain = set->values.kind == COLUMN_U64 && !set->values.high && !set->counts &&
		      scale_is_one(&set->scale);
	l->line_max = 0;
	l->n_first = set->family->type != FAMILY_SUMMARY;
	if (set->family->type == FAMILY_HISTOGRAM) {
		assert(set->bounds && set->width == set->bounds->n + 1);
		e = make_buckets(l, set->bounds, is_openmetrics);
	}
	l->line_max += l->prefix.len + LINE_REST_MAX;
	add_others(l, set, is_openmetrics);
	return e;
}

static char *write_end(char *p, bool in_braces)
{
	if (in_braces)
		*p++ = '}';
	*p++ = ' ';
	return p;
}

/* A line whose name is the family's. */
static char *write_value(const struct render *r, char *p, const struct series_set *set,
			 struct str labels)
{
	const struct lines *l = &r->lines;

	p = mempcpy(p, l->prefix.data, l->prefix.len);
	p = mempcpy(p, labels.p, labels.n);
	p = write_end(p, l->in_braces);
	if (l->is_plain)
		return p + num_write_u64(p, set->values.low[r->slot]);
	return p + sample_write_value(p, set, r->slot);
}

/* The name's first @n bytes with a suffix, and the labels, the brace left open. */
static char *write_suffixed(const struct lines *l, char *p, size_t n, const char *suffix,
			    struct str labels)
{
	p = mempcpy(p, l->prefix.data, n);
	p = stpcpy(p, suffix);
	p = mempcpy(p, l->prefix.data + l->n_name, l->prefix.len - l->n_name);
	return mempcpy(p, labels.p, labels.n);
}

static char *write_bucket(struct render *r, char *p, const struct series_set *set,
			  struct str labels)
{
	struct lines *l = &r->lines;
	const struct line_bucket *b = &l->buckets[l->line];

	p = write_suffixed(l, p, l->n_name, "_bucket", labels);
	*p++ = l->in_braces ? ',' : '{';
	p = mempcpy(p, l->bounds.data + b->le, b->n_le);
	if (!l->line)
		l->total = 0;
	for (size_t i = l->line ? b[-1].end : 0; i < b->end; i++)
		l->total += sample_count(set, r->slot, i);
	return p + num_write_int128(p, l->total);
}

static char *write_other(const struct render *r, char *p, const struct series_set *set,
			 struct str labels)
{
	static const struct scale ns_to_s = {.mantissa = 1, .exp10 = -9};
	const struct lines *l = &r->lines;
	enum line_kind kind = l->others[l->line - l->n_first];

	p = write_suffixed(l, p, kind == LINE_CREATED ? l->n_base : l->n_name, suffixes[kind],
			   labels);
	p = write_end(p, l->in_braces);
	switch (kind) {
	case LINE_SUM:
		return p + sample_write_sum(p, set, r->slot);
	case LINE_COUNT:
		return p +
		       num_write_int128(p, set->bounds ? l->total : sample_count(set, r->slot, 0));
	default:
		return p + num_write_scaled(p, (int128)l->created_ns, &ns_to_s);
	}
}

/* The line at the cursor. */
static size_t write_line(struct render *r, char *dst, const struct series_set *set,
			 struct str labels)
{
	const struct lines *l = &r->lines;
	char *p;

	if (l->line >= l->n_first)
		p = write_other(r, dst, set, labels);
	else if (set->bounds)
		p = write_bucket(r, dst, set, labels);
	else
		p = write_value(r, dst, set, labels);
	*p++ = '\n';
	return (size_t)(p - dst);
}

ssize_t lines_write_part(struct render *r, const struct exposition_part *part, char *dst,
			 size_t size)
{
	const struct series_set *set = part->set;
	struct lines *l = &r->lines;
	size_t used = 0;

	for (; r->slot < set->n; r->slot++, l->line = 0) {
		struct str labels;
		size_t need;

		if (!exposition_part_is_shown(part, r->slot))
			continue;
		if (names_slot_labels(&l->labels, &r->format, set, r->slot, l->renames_labels,
				      &labels) < 0)
			return -ENOMEM;
		need = l->line_max + labels.n;
		for (; l->line < l->n_lines; l->line++) {
			if (need <= size - used) {
				used += write_line(r, dst + used, set, labels);
				continue;
			}
			if (used)
				return (ssize_t)used;
			if (buf_reserve(&r->pending, need) < 0)
				return -ENOMEM;
			r->pending.len = write_line(r, r->pending.data, set, labels);
			l->line++;
			return 0;
		}
	}
	render_end_part(r);
	return (ssize_t)used;
}
