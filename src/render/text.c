// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cursor over families, parts, slots and the lines of a slot: one, but for
 * histograms (a line a bucket, sum, count) and summaries (sum, count). A call
 * writes whole lines while they surely fit; a line that does not fit an empty
 * buffer goes through `pending`, from which it leaves in pieces, as family
 * headers do.
 *
 * Buckets are added up on the way: `total` is the sum of those of the slot that
 * are written. So each line is written once, in order, and what comes out does
 * not depend on the sizes of the pieces.
 */
#include "render/text.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"

struct text_render {
	struct exposition *exposition;
	size_t family, part, slot, line;
	bool in_family;	   /* its header is written */
	bool in_part;	   /* the next five are the part's */
	bool in_braces;	   /* its series have labels */
	bool is_plain;	   /* one number of 64 bits a slot, written as it is: the usual case */
	struct buf prefix; /* `name{constant="labels",` */
	size_t n_lines;	   /* a slot */
	size_t line_max;   /* bytes of a line without the slot's labels */
	unsigned __int128 total; /* of a histogram's buckets so far */
	struct buf pending;
	size_t pending_taken;
};

/* A line is prefix, label text, and at most this: brace, space, value, newline. */
#define LINE_REST_MAX (NUM_TEXT_MAX + 3)

/* Around the bound of a bucket. */
#define BUCKET_MAX    (sizeof("_bucket,le=\"\"") - 1)

struct text_render *text_render_new(struct exposition *x)
{
	struct text_render *r = calloc(1, sizeof(*r));

	if (r)
		r->exposition = exposition_ref(x);
	return r;
}

void text_render_free(struct text_render *r)
{
	if (!r)
		return;
	exposition_unref(r->exposition);
	buf_done(&r->prefix);
	buf_done(&r->pending);
	free(r);
}

static const char *type_name(enum family_type type)
{
	static const char *const names[] = {
		[FAMILY_COUNTER] = "counter",	  [FAMILY_GAUGE] = "gauge",
		[FAMILY_HISTOGRAM] = "histogram", [FAMILY_SUMMARY] = "summary",
		[FAMILY_INFO] = "gauge", /* this format has no other for it */
	};

	return names[type];
}

static int append_help(struct buf *b, const char *help)
{
	int r = 0;

	for (; r == 0 && *help; help++) {
		if (*help == '\\')
			r = buf_append(b, "\\\\", 2);
		else if (*help == '\n')
			r = buf_append(b, "\\n", 2);
		else
			r = buf_append(b, help, 1);
	}
	return r;
}

static int append_header(struct buf *b, const struct family *f)
{
	int r = buf_printf(b, "# HELP %s ", f->name);

	if (r == 0)
		r = append_help(b, f->help);
	if (r == 0)
		r = buf_printf(b, "\n# TYPE %s %s\n", f->name, type_name(f->type));
	return r;
}

static bool family_is_shown(const struct exposition_family *f)
{
	for (size_t i = 0; i < f->n_parts; i++)
		if (f->parts[i].set->n_shown)
			return true;
	return false;
}

/* The text of the bound of bucket @i. */
static const char *bound_text(const struct series_set *set, size_t i)
{
	return i < set->bounds->n ? set->bounds->le[i] : "+Inf";
}

static bool changes_nothing(const struct scale *scale)
{
	return scale->mantissa == 1 && !scale->exp10 && !scale->exp2;
}

static size_t longest_bound(const struct series_set *set)
{
	size_t longest = 0;

	for (size_t i = 0; i < set->width; i++) {
		size_t n = strlen(bound_text(set, i));

		longest = n > longest ? n : longest;
	}
	return longest;
}

/* How many lines a slot has, and how long they may be. */
static void measure_lines(struct text_render *r, const struct series_set *set)
{
	r->is_plain = set->values.kind == COLUMN_U64 && !set->values.high && !set->counts &&
		      changes_nothing(&set->scale);
	r->n_lines = 1;
	r->line_max = r->prefix.len + LINE_REST_MAX;
	if (set->family->type == FAMILY_SUMMARY) {
		r->n_lines = 2;
		r->line_max += BUCKET_MAX;
	} else if (set->family->type == FAMILY_HISTOGRAM) {
		assert(set->bounds && set->width == set->bounds->n + 1);
		r->n_lines = set->width + set->has_sum + 1;
		r->line_max += BUCKET_MAX + longest_bound(set);
	}
}

static int prepare_part(struct text_render *r, const struct series_set *set)
{
	int e;

	r->slot = 0;
	r->in_braces = *set->const_labels || set->labels;
	r->prefix.len = 0;
	e = buf_puts(&r->prefix, set->family->name);
	if (e == 0 && r->in_braces)
		e = buf_printf(&r->prefix, "{%s", set->const_labels);
	if (e == 0 && *set->const_labels && set->labels)
		e = buf_append(&r->prefix, ",", 1);
	measure_lines(r, set);
	return e;
}

static size_t write_number(char *dst, const struct column *c, size_t i, const struct scale *scale)
{
	bool plain = changes_nothing(scale);

	if (c->kind == COLUMN_DOUBLE) {
		double v;

		memcpy(&v, &c->low[i], sizeof(v));
		return num_write_double(dst, plain ? v : num_scale_apply(scale, v));
	}
	if (!plain)
		return num_write_scaled(dst, column_int(c, i), scale);
	if (c->high)
		return num_write_int128(dst, column_int(c, i));
	if (c->kind == COLUMN_S64)
		return num_write_s64(dst, (int64_t)c->low[i]);
	return num_write_u64(dst, c->low[i]);
}

/* By way of the scaled sum's text, so that only the division rounds. */
static size_t write_average(char *dst, const struct series_set *set, size_t i)
{
	char sum[NUM_TEXT_MAX + 1];

	sum[write_number(sum, &set->values, i, &set->scale)] = '\0';
	return num_write_double(dst, strtod(sum, NULL) / (double)set->counts[i]);
}

static char *write_end(char *p, bool in_braces)
{
	if (in_braces)
		*p++ = '}';
	*p++ = ' ';
	return p;
}

/* The only line of a slot. */
static char *write_single(const struct text_render *r, char *p, const struct series_set *set,
			  struct str labels)
{
	p = mempcpy(p, r->prefix.data, r->prefix.len);
	p = mempcpy(p, labels.p, labels.n);
	p = write_end(p, r->in_braces);
	if (r->is_plain)
		return p + num_write_u64(p, set->values.low[r->slot]);
	if (set->counts)
		return p + write_average(p, set, r->slot);
	return p + write_number(p, &set->values, r->slot, &set->scale);
}

/* The name with its suffix, and the labels, the brace left open. */
static char *write_suffixed(const struct text_render *r, char *p, const struct series_set *set,
			    const char *suffix, struct str labels)
{
	size_t n_name = strlen(set->family->name);

	p = mempcpy(p, r->prefix.data, n_name);
	p = stpcpy(p, suffix);
	p = mempcpy(p, r->prefix.data + n_name, r->prefix.len - n_name);
	return mempcpy(p, labels.p, labels.n);
}

static char *write_bucket(struct text_render *r, char *p, const struct series_set *set,
			  struct str labels)
{
	p = write_suffixed(r, p, set, "_bucket", labels);
	*p++ = r->in_braces ? ',' : '{';
	p = stpcpy(p, "le=\"");
	p = stpcpy(p, bound_text(set, r->line));
	*p++ = '"';
	p = write_end(p, true);
	if (!r->line)
		r->total = 0;
	r->total += (unsigned __int128)column_int(&set->values, r->slot * set->width + r->line);
	return p + num_write_int128(p, (int128)r->total);
}

static char *write_total(const struct text_render *r, char *p, const struct series_set *set)
{
	if (set->bounds)
		return p + num_write_int128(p, (int128)r->total);
	return p + write_number(p, &set->values, r->slot, &SCALE_ONE);
}

/* A line of a histogram or summary. */
static char *write_compound(struct text_render *r, char *p, const struct series_set *set,
			    struct str labels)
{
	bool is_count = r->line + 1 == r->n_lines;

	if (set->bounds && r->line < set->width)
		return write_bucket(r, p, set, labels);
	p = write_suffixed(r, p, set, is_count ? "_count" : "_sum", labels);
	p = write_end(p, r->in_braces);
	if (is_count)
		return write_total(r, p, set);
	return p + write_number(p, &set->sums, r->slot, &set->scale);
}

/* The line at the cursor. */
static size_t write_line(struct text_render *r, char *dst, const struct series_set *set,
			 struct str labels)
{
	char *p;

	if (r->n_lines == 1)
		p = write_single(r, dst, set, labels);
	else
		p = write_compound(r, dst, set, labels);
	*p++ = '\n';
	return (size_t)(p - dst);
}

/* As many lines of the part as fit; moves on when it is done. */
static ssize_t write_part(struct text_render *r, const struct exposition_part *part, char *dst,
			  size_t size)
{
	const struct series_set *set = part->set;
	size_t used = 0;

	for (; r->slot < set->n; r->slot++, r->line = 0) {
		struct str labels = {.p = "", .n = 0};
		size_t need;

		if (!exposition_part_is_shown(part, r->slot))
			continue;
		if (set->labels)
			labels = label_block_text(set->labels, r->slot);
		need = r->line_max + labels.n;
		for (; r->line < r->n_lines; r->line++) {
			if (need <= size - used) {
				used += write_line(r, dst + used, set, labels);
				continue;
			}
			if (used)
				return (ssize_t)used;
			if (buf_reserve(&r->pending, need) < 0)
				return -ENOMEM;
			r->pending.len = write_line(r, r->pending.data, set, labels);
			r->line++;
			return 0;
		}
	}
	r->part++;
	r->in_part = false;
	return (ssize_t)used;
}

static void next_family(struct text_render *r)
{
	r->family++;
	r->part = 0;
	r->in_family = false;
}

/* One step: a header, a part's prefix or some of its lines. Returns what went directly to @dst. */
static ssize_t step(struct text_render *r, char *dst, size_t size)
{
	const struct exposition_family *f = &r->exposition->families[r->family];

	if (!r->in_family) {
		if (!family_is_shown(f)) {
			next_family(r);
			return 0;
		}
		r->in_family = true;
		return append_header(&r->pending, f->family);
	}
	if (r->part == f->n_parts) {
		next_family(r);
		return 0;
	}
	if (!r->in_part) {
		r->in_part = true;
		return prepare_part(r, f->parts[r->part].set);
	}
	return write_part(r, &f->parts[r->part], dst, size);
}

static size_t take_pending(struct text_render *r, char *dst, size_t size)
{
	size_t n = r->pending.len - r->pending_taken;

	if (!n)
		return 0;
	if (n > size)
		n = size;
	memcpy(dst, r->pending.data + r->pending_taken, n);
	r->pending_taken += n;
	if (r->pending_taken == r->pending.len)
		r->pending.len = r->pending_taken = 0;
	return n;
}

ssize_t text_render_read(struct text_render *r, char *dst, size_t size)
{
	size_t used = 0;

	if (atomic_load(&r->exposition->revoked))
		return -ESTALE;
	for (;;) {
		ssize_t n;

		used += take_pending(r, dst + used, size - used);
		if (r->pending.len || used == size || r->family == r->exposition->n_families)
			return (ssize_t)used;
		n = step(r, dst + used, size - used);
		if (n < 0)
			return n;
		used += (size_t)n;
	}
}
