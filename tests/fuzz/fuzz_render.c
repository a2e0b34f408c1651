// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random snapshots, rendered in every format and every scheme, in pieces of
 * random sizes, say what they hold: read back, they are the lines that follow
 * from the snapshots.
 */
#include <math.h>

#include "../../src/render/renderer_internal.h"
#include "random_snapshot.h"
#include "support/exposition_read.h"

/* What is expected of one format. */
struct expected {
	const struct random_snapshots *from;
	const struct format *format;
	bool is_openmetrics;
	struct buf lines;
};

static void put_text(struct expected *x, struct str text)
{
	CHECK(exposition_put_text(&x->lines, text) == 0);
}

/* A name with so many bytes less, and a suffix. */
static void put_name(struct expected *x, const char *name, size_t n_less, const char *suffix)
{
	struct buf b = BUF_INIT;

	CHECK(escaping_append(&b, x->format->escaping, str_of(name)) == 0);
	b.len -= n_less;
	put(&b, "%s", suffix);
	put_text(x, contents(&b));
	buf_done(&b);
}

/* `{"name"="value","le"="1"}` */
static void put_labels(struct expected *x, const struct random_part *p, size_t slot, const char *le)
{
	const char *comma = "";

	put(&x->lines, "{");
	for (size_t i = 0; i < p->n_constant + p->n_own; i++, comma = ",") {
		const struct random_label *l =
			i < p->n_constant ? &p->constant[i] : &p->own[slot][i - p->n_constant];

		put(&x->lines, "%s", comma);
		put_name(x, l->name, 0, "");
		put(&x->lines, "=");
		put_text(x, contents(&l->value));
	}
	if (le) {
		put(&x->lines, "%s\"le\"=", comma);
		put_text(x, str_of(le));
	}
	put(&x->lines, "}");
}

static const struct random_label *find_label(const struct random_part *p, size_t slot,
					     const char *name)
{
	for (size_t i = 0; i < p->n_constant; i++)
		if (!strcmp(p->constant[i].name, name))
			return &p->constant[i];
	for (size_t i = 0; i < p->n_own; i++)
		if (!strcmp(p->own[slot][i].name, name))
			return &p->own[slot][i];
	return NULL;
}

static bool same_labels(const struct random_part *a, size_t i, const struct random_part *b,
			size_t j)
{
	if (a->n_constant + a->n_own != b->n_constant + b->n_own)
		return false;
	for (size_t k = 0; k < a->n_constant + a->n_own; k++) {
		const struct random_label *l =
			k < a->n_constant ? &a->constant[k] : &a->own[i][k - a->n_constant];
		const struct random_label *other = find_label(b, j, l->name);

		if (!other || !value_equal(l, other))
			return false;
	}
	return true;
}

/* Not where it has nothing, or an earlier series of its family has its labels. */
static bool is_shown(const struct random_snapshots *r, const struct random_part *p, size_t slot)
{
	if (!series_set_is_shown(p->set, slot))
		return false;
	for (const struct random_part *q = r->parts; q < p; q++)
		for (size_t i = 0; q->family == p->family && i < q->set->n; i++)
			if (series_set_is_shown(q->set, i) && same_labels(q, i, p, slot))
				return false;
	return true;
}

static double scaled(const struct column *c, size_t i, const struct scale *scale)
{
	bool is_one = scale->mantissa == 1 && !scale->exp10 && !scale->exp2;
	double v;

	memcpy(&v, &c->low[i], sizeof(v));
	return is_one ? v : num_scale_apply(scale, v);
}

/* Numbers as text, from what writes them one by one. */
static void put_number(struct buf *b, const struct column *c, size_t i, const struct scale *scale)
{
	char text[NUM_TEXT_MAX];
	size_t n = c->kind == COLUMN_DOUBLE ? num_write_double(text, scaled(c, i, scale))
					    : num_write_scaled(text, column_int(c, i), scale);

	CHECK(buf_append(b, text, n) == 0);
}

static void put_int(struct buf *b, int128 v)
{
	char text[NUM_TEXT_MAX];

	CHECK(buf_append(b, text, num_write_int128(text, v)) == 0);
}

/* What that text reads as; of doubles, which may be a zero below zero, what they are. */
static double nearest(const struct column *c, size_t i, const struct scale *scale)
{
	struct buf text = BUF_INIT;
	double v;

	if (c->kind == COLUMN_DOUBLE)
		return scaled(c, i, scale);
	put_number(&text, c, i, scale);
	v = strtod(buf_string(&text), NULL);
	buf_done(&text);
	return v;
}

static double average(const struct series_set *set, size_t slot)
{
	return nearest(&set->values, slot, &set->scale) / (double)set->counts[slot];
}

static void begin_sample(struct expected *x, const struct random_part *p, size_t slot,
			 size_t n_less, const char *suffix, const char *le)
{
	put(&x->lines, "sample ");
	put_name(x, p->family->name, n_less, suffix);
	put_labels(x, p, slot, le);
	put(&x->lines, " ");
}

/* Added up to cell @i. */
static int128 cumulative(const struct series_set *set, size_t slot, size_t i)
{
	int128 n = 0;

	for (size_t k = 0; k <= i; k++)
		n += column_int(&set->values, slot * set->width + k);
	return n;
}

/* Bounds that are one double are one bucket where doubles are what counts: the last. */
static bool is_told(const struct bounds *b, size_t i)
{
	return i + 1 >= b->n || strtod(b->le[i], NULL) != strtod(b->le[i + 1], NULL);
}

static void put_bucket_lines(struct expected *x, const struct random_part *p, size_t slot)
{
	const struct bounds *b = p->set->bounds;

	for (size_t i = 0; i <= b->n; i++) {
		char canonical[NUM_TEXT_MAX + 1];

		if (x->is_openmetrics && !is_told(b, i))
			continue;
		if (i < b->n)
			canonical[num_write_canonical(canonical, strtod(b->le[i], NULL))] = '\0';
		begin_sample(x, p, slot, 0, "_bucket",
			     i == b->n		 ? "+Inf"
			     : x->is_openmetrics ? canonical
						 : b->le[i]);
		put_int(&x->lines, cumulative(p->set, slot, i));
		put(&x->lines, "\n");
	}
}

static void put_sum_lines(struct expected *x, const struct random_part *p, size_t slot)
{
	const struct series_set *set = p->set;
	bool can_fall = set->bounds && set->bounds->n && strtod(set->bounds->le[0], NULL) < 0;
	bool has_sum = set->has_sum && !(x->is_openmetrics && can_fall);

	if (has_sum) {
		begin_sample(x, p, slot, 0, "_sum", NULL);
		put_number(&x->lines, &set->sums, slot, &set->scale);
		put(&x->lines, "\n");
	}
	if (x->is_openmetrics && !has_sum)
		return;
	begin_sample(x, p, slot, 0, "_count", NULL);
	put_int(&x->lines, cumulative(set, slot, set->width - 1));
	put(&x->lines, "\n");
}

static bool counts_up(enum family_type type)
{
	return type == FAMILY_COUNTER || type == FAMILY_HISTOGRAM || type == FAMILY_SUMMARY;
}

static void put_lines_of_slot(struct expected *x, const struct random_part *p, size_t slot)
{
	const struct scale ns = {.mantissa = 1, .exp10 = -9};
	enum family_type type = p->family->type;
	char text[NUM_TEXT_MAX];

	if (type == FAMILY_HISTOGRAM)
		put_bucket_lines(x, p, slot);
	if (type == FAMILY_HISTOGRAM || type == FAMILY_SUMMARY) {
		put_sum_lines(x, p, slot);
	} else {
		begin_sample(x, p, slot, 0, "", NULL);
		if (p->set->counts)
			CHECK(buf_append(&x->lines, text,
					 num_write_double(text, average(p->set, slot))) == 0);
		else
			put_number(&x->lines, &p->set->values, slot, &p->set->scale);
		put(&x->lines, "\n");
	}
	if (!x->is_openmetrics || !x->format->has_created || !p->start_wall_ns ||
	    !counts_up(type) || p->family->is_crowded)
		return;
	begin_sample(x, p, slot, type == FAMILY_COUNTER ? strlen("_total") : 0, "_created", NULL);
	CHECK(buf_append(&x->lines, text, num_write_scaled(text, (int128)p->start_wall_ns, &ns)) ==
	      0);
	put(&x->lines, "\n");
}

static const char *type_name(const struct family *f, bool is_openmetrics)
{
	enum family_type type = f->type;

	if (is_openmetrics && f->is_crowded && (type == FAMILY_COUNTER || type == FAMILY_INFO))
		return "unknown";
	if (type == FAMILY_INFO)
		return is_openmetrics ? "info" : "gauge";
	return type == FAMILY_COUNTER	  ? "counter"
	       : type == FAMILY_GAUGE	  ? "gauge"
	       : type == FAMILY_HISTOGRAM ? "histogram"
					  : "summary";
}

static void put_head_line(struct expected *x, const char *what, const struct family *f)
{
	put(&x->lines, "%s ", what);
	put_name(x, f->name, x->is_openmetrics ? family_base_suffix(f) : 0, "");
	put(&x->lines, " ");
}

static void put_type(struct expected *x, const struct family *f)
{
	put_head_line(x, "type", f);
	put(&x->lines, "%s\n", type_name(f, x->is_openmetrics));
}

static void put_help(struct expected *x, const struct family *f)
{
	put_head_line(x, "help", f);
	put_text(x, str_of(f->help));
	put(&x->lines, "\n");
}

/* The unit, if the escaped name still ends in it. */
static struct str shown_unit(const struct expected *x, const struct family *f)
{
	_cleanup_buf_ struct buf name = BUF_INIT, end = BUF_INIT;
	struct str unit = family_unit(f);

	CHECK(escaping_append(&name, x->format->escaping, str_of(f->name)) == 0);
	CHECK(buf_printf(&end, "_%.*s", (int)unit.n, unit.p) == 0);
	name.len -= family_base_suffix(f);
	return name.len > end.len && !memcmp(name.data + name.len - end.len, end.data, end.len)
		       ? unit
		       : STR("");
}

static void put_head(struct expected *x, const struct family *f)
{
	struct str unit = shown_unit(x, f);

	if (!x->is_openmetrics) {
		put_help(x, f);
		put_type(x, f);
		return;
	}
	put_type(x, f);
	if (unit.n) {
		put_head_line(x, "unit", f);
		put(&x->lines, "%.*s\n", (int)unit.n, unit.p);
	}
	if (*f->help)
		put_help(x, f);
}

/* A count in protobuf, where there is none below 0 or above 64 bits. */
static void put_count(struct expected *x, const char *before, int128 n)
{
	n = n < 0 ? 0 : n > UINT64_MAX ? UINT64_MAX : n;
	put(&x->lines, "%s%llu", before, (unsigned long long)n);
}

static void put_double(struct expected *x, const char *before, double v)
{
	CHECK(exposition_put_double(&x->lines, before, v) == 0);
}

/* What is between the bound of a cell and the one before, as far as a native bucket goes. */
static int128 in_native(const struct series_set *set, size_t slot, size_t i)
{
	int128 n = cumulative(set, slot, i) - (i ? cumulative(set, slot, i - 1) : 0);

	return i && n > INT64_MAX ? INT64_MAX : n;
}

static int128 in_all(const struct series_set *set, size_t slot)
{
	int128 n = 0;

	if (!set->bounds->is_native)
		return cumulative(set, slot, set->bounds->n);
	for (size_t i = 0; i <= set->bounds->n; i++)
		n += in_native(set, slot, i);
	return n;
}

/* Each bucket above zero has what is between its bound and the one before. */
static void put_native(struct expected *x, const struct series_set *set, size_t slot)
{
	const struct bounds *b = set->bounds;
	double zero = strtod(b->le[0], NULL);

	put_double(x, "zero ", zero > 0 ? zero : 0x1p-128);
	put_count(x, " ", cumulative(set, slot, 0));
	put(&x->lines, "\nnative\n");
	for (size_t i = 1; i <= b->n; i++) {
		int128 n = in_native(set, slot, i);
		int exponent = 1026;

		if (i < b->n)
			CHECK(frexp(strtod(b->le[i], NULL), &exponent) == 0.5);
		if (!n)
			continue;
		put(&x->lines, "native %d", exponent - 1);
		put_count(x, " ", n);
		put(&x->lines, "\n");
	}
}

static void put_protobuf_histogram(struct expected *x, const struct series_set *set, size_t slot)
{
	const struct bounds *b = set->bounds;

	put_count(x, "count ", in_all(set, slot));
	put_double(x, "\nsum ",
		   set->has_sum ? nearest(&set->sums, slot, &set->scale) : (double)NAN);
	put(&x->lines, "\n");
	for (size_t i = 0; i <= b->n; i++) {
		if (!is_told(b, i))
			continue;
		put_double(x, "bucket ", i < b->n ? strtod(b->le[i], NULL) : (double)INFINITY);
		put_count(x, " ", cumulative(set, slot, i));
		put(&x->lines, "\n");
	}
	if (b->is_native)
		put_native(x, set, slot);
}

static void put_metric(struct expected *x, const struct random_part *p, size_t slot)
{
	const struct series_set *set = p->set;
	enum family_type type = p->family->type;

	put(&x->lines, "metric");
	put_labels(x, p, slot, NULL);
	if (type == FAMILY_HISTOGRAM) {
		put(&x->lines, "\n");
		put_protobuf_histogram(x, set, slot);
	} else if (type == FAMILY_SUMMARY) {
		put_count(x, "\ncount ", column_int(&set->values, slot));
		put_double(x, "\nsum ", nearest(&set->sums, slot, &set->scale));
		put(&x->lines, "\n");
	} else {
		put_double(x, " ",
			   set->counts ? average(set, slot)
				       : nearest(&set->values, slot, &set->scale));
		put(&x->lines, "\n");
	}
	if (p->start_wall_ns && counts_up(type))
		put(&x->lines, "start %llu.%09llu\n",
		    (unsigned long long)(p->start_wall_ns / 1000000000),
		    (unsigned long long)(p->start_wall_ns % 1000000000));
}

static void put_protobuf_head(struct expected *x, const struct family *f)
{
	static const int types[] = {0, 1, 4, 2, 1};

	put(&x->lines, "family ");
	put_name(x, f->name, 0, "");
	put(&x->lines, " %d ", types[f->type]);
	put_text(x, str_of(f->help));
	put(&x->lines, " ");
	put_text(x, shown_unit(x, f));
	put(&x->lines, "\n");
}

/* All of the family that the part is the first of. */
static void put_family(struct expected *x, const struct random_part *first)
{
	const struct random_snapshots *r = x->from;
	bool is_protobuf = x->format->renderer == &renderer_protobuf, has_head = false;

	for (const struct random_part *p = first; p < r->parts + r->n_parts; p++) {
		for (size_t slot = 0; p->family == first->family && slot < p->set->n; slot++) {
			if (!is_shown(r, p, slot))
				continue;
			if (!has_head)
				(is_protobuf ? put_protobuf_head : put_head)(x, p->family);
			has_head = true;
			(is_protobuf ? put_metric : put_lines_of_slot)(x, p, slot);
		}
	}
}

static bool is_first(const struct random_snapshots *r, const struct random_part *p)
{
	for (const struct random_part *q = r->parts; q < p; q++)
		if (q->family == p->family)
			return false;
	return true;
}

/* Mostly of some hundred bytes, of few sometimes. */
static size_t next_size(uint32_t *random)
{
	*random = *random * 1103515245 + 12345;
	return 1 + (*random >> 16) % (*random >> 28 ? 700 : 7);
}

static void render_in_pieces(struct exposition *x, const struct format *format, uint32_t random,
			     struct buf *b)
{
	struct render *r = render_new(x, format);
	ssize_t n = 1;

	CHECK(r);
	while (n) {
		size_t size = next_size(&random);
		char *piece = malloc(size); /* none more, so that a write past the end is seen */

		CHECK(piece);
		n = render_read(r, piece, size);
		CHECK(n >= 0 && (size_t)n <= size);
		CHECK(buf_append(b, piece, (size_t)n) == 0);
		free(piece);
	}
	render_free(r);
}

static void compare(struct exposition *exposition, uint32_t random, struct expected *x)
{
	const struct random_snapshots *r = x->from;
	struct buf bytes = BUF_INIT, lines = BUF_INIT;
	int e;

	render_in_pieces(exposition, x->format, random, &bytes);
	e = (x->format->renderer == &renderer_protobuf
		     ? exposition_read_protobuf
		     : exposition_read_text)(contents(&bytes), &lines);
	for (const struct random_part *p = r->parts; p < r->parts + r->n_parts; p++)
		if (is_first(r, p))
			put_family(x, p);
	if (x->is_openmetrics)
		put(&x->lines, "eof\n");
	if (e < 0 || !str_equal(contents(&lines), contents(&x->lines))) {
		fprintf(stderr, "%s, %s: %d\n%.*s\nreads as\n%sinstead of\n%s",
			x->format->renderer->content_type, escaping_name(x->format->escaping), e,
			(int)bytes.len, bytes.data, buf_string(&lines), buf_string(&x->lines));
		abort();
	}
	buf_done(&bytes);
	buf_done(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices in = {data, data + size};
	_cleanup_(random_snapshots_done) struct random_snapshots r = {0};
	uint32_t random = (uint32_t)take(&in) << 24;
	struct exposition *exposition;

	random_snapshots_make(&in, &r);
	exposition = exposition_new(r.snapshots, r.n_snapshots);
	CHECK(exposition);
	for (size_t i = 0; renderers[i]; i++) {
		for (enum escaping e = 0; e < N_ESCAPINGS; e++) {
			const struct format format = {.renderer = renderers[i],
						      .escaping = e,
						      .has_created = random >> 24 & 1};
			struct expected x = {.from = &r,
					     .format = &format,
					     .is_openmetrics =
						     renderers[i] == &renderer_openmetrics};

			compare(exposition, random++, &x);
			buf_done(&x.lines);
		}
	}
	exposition_unref(exposition);
	return 0;
}
