// SPDX-License-Identifier: GPL-2.0-only
#include "support/exposition_read.h"

#include <errno.h>
#include <math.h>

#include "support/protobuf_read.h"

int exposition_put_text(struct buf *out, struct str text)
{
	int r = buf_puts(out, "\"");

	for (size_t i = 0; r == 0 && i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		r = c < 0x20 || c >= 0x7f || c == '"' || c == '\\' ? buf_printf(out, "\\%02x", c)
								   : buf_append(out, &c, 1);
	}
	return r ? r : buf_puts(out, "\"");
}

int exposition_put_double(struct buf *out, const char *before, double v)
{
	return isnan(v) ? buf_printf(out, "%snan", before) : buf_printf(out, "%s%a", before, v);
}

static bool skip(struct str *s, const char *text)
{
	size_t n = strlen(text);

	if (s->n < n || memcmp(s->p, text, n) != 0)
		return false;
	*s = (struct str){s->p + n, s->n - n};
	return true;
}

/* What is before @end, which there must be; it is passed over, too. */
static int take_until(struct str *s, char end, struct str *ret)
{
	const char *p = s->n ? memchr(s->p, end, s->n) : NULL;

	if (!p)
		return -EINVAL;
	*ret = (struct str){s->p, (size_t)(p - s->p)};
	*s = (struct str){p + 1, s->n - ret->n - 1};
	return 0;
}

/* Text with escapes up to its end, or to the quote that ends it. */
static int put_escaped(struct str *s, bool in_quotes, struct buf *out)
{
	_cleanup_buf_ struct buf plain = BUF_INIT;
	int r = 0;

	for (; r == 0 && s->n; s->p++, s->n--) {
		char c = *s->p;

		if (in_quotes && c == '"')
			break;
		if (c == '\\') {
			if (s->n < 2 || !memchr("\\\"n", s->p[1], 3))
				return -EINVAL;
			s->p++;
			s->n--;
			c = (char)(*s->p == 'n' ? '\n' : *s->p);
		}
		r = buf_append(&plain, &c, 1);
	}
	if (r == 0 && in_quotes && !skip(s, "\""))
		r = -EINVAL;
	return r ? r : exposition_put_text(out, (struct str){plain.data, plain.len});
}

/* One in quotes, or [a-zA-Z0-9_]. */
static int put_name(struct str *s, struct buf *out)
{
	struct str name = {s->p, 0};

	if (skip(s, "\""))
		return put_escaped(s, true, out);
	while (s->n && str_may_be_in_name(*s->p, name.n == 0)) {
		s->p++;
		s->n--;
		name.n++;
	}
	return name.n ? exposition_put_text(out, name) : -EINVAL;
}

/* `name="value"`, more of them after commas, and the brace. */
static int put_labels(struct str *s, struct buf *out)
{
	int r = buf_puts(out, "{");

	for (bool first = true; r == 0 && !skip(s, "}"); first = false) {
		if (!first && !skip(s, ","))
			return -EINVAL;
		r = first ? 0 : buf_puts(out, ",");
		if (r == 0)
			r = put_name(s, out);
		if (r == 0)
			r = skip(s, "=\"") ? buf_puts(out, "=") : -EINVAL;
		if (r == 0)
			r = put_escaped(s, true, out);
	}
	return r ? r : buf_puts(out, "}");
}

/* A number, and nothing after it. */
static int put_number(struct str s, struct buf *out)
{
	size_t start = out->len;
	const char *text;
	char *end;
	int r = buf_append(out, s.p, s.n);

	text = buf_string(out);
	if (r < 0 || !text || !s.n || *s.p == ' ')
		return -EINVAL;
	strtod(text + start, &end);
	return end == text + out->len ? 0 : -EINVAL;
}

static int put_sample(struct str s, struct buf *out)
{
	int r = buf_puts(out, "sample ");
	bool is_inside = skip(&s, "{");

	if (r == 0)
		r = put_name(&s, out);
	if (r == 0 && (is_inside ? skip(&s, ",") : skip(&s, "{")))
		r = put_labels(&s, out);
	else if (r == 0)
		r = is_inside && !skip(&s, "}") ? -EINVAL : buf_puts(out, "{}");
	if (r == 0)
		r = skip(&s, " ") ? buf_puts(out, " ") : -EINVAL;
	return r ? r : put_number(s, out);
}

/* `NAME text`: the text of a HELP is escaped. */
static int put_comment(struct str s, const char *what, bool is_escaped, struct buf *out)
{
	int r = buf_printf(out, "%s ", what);

	if (r == 0)
		r = put_name(&s, out);
	if (r == 0)
		r = skip(&s, " ") ? buf_puts(out, " ") : -EINVAL;
	if (r < 0)
		return r;
	return is_escaped ? put_escaped(&s, false, out) : buf_append(out, s.p, s.n);
}

static int put_line(struct str line, struct buf *out)
{
	if (skip(&line, "# TYPE "))
		return put_comment(line, "type", false, out);
	if (skip(&line, "# UNIT "))
		return put_comment(line, "unit", false, out);
	if (skip(&line, "# HELP "))
		return put_comment(line, "help", true, out);
	if (str_equal(line, STR("# EOF")))
		return buf_puts(out, "eof");
	return put_sample(line, out);
}

int exposition_read_text(struct str text, struct buf *out)
{
	struct str line;
	int r = 0;

	while (r == 0 && text.n) {
		r = take_until(&text, '\n', &line);
		if (r == 0)
			r = put_line(line, out);
		if (r == 0)
			r = buf_puts(out, "\n");
	}
	return r;
}

/* One of @wire with this number, or none. */
static int find_field(struct str message, uint64_t number, enum protobuf_wire wire,
		      struct protobuf_field *ret)
{
	struct protobuf_field f;
	int r, n = 0;

	while ((r = protobuf_next(&message, &f)) == 1) {
		if (f.number != number)
			continue;
		if (f.wire != wire || n++)
			return -EINVAL;
		*ret = f;
	}
	return r ? r : n;
}

/* As an old Prometheus, which takes what is not there for 0. */
static int find_number(struct str message, uint64_t number, uint64_t *ret)
{
	struct protobuf_field f = {0};
	int r = find_field(message, number, PROTOBUF_VARINT, &f);

	*ret = f.varint;
	return r < 0 ? r : 0;
}

static int put_real(struct buf *out, const char *before, struct str message, uint64_t number)
{
	struct protobuf_field f = {0};
	int r = find_field(message, number, PROTOBUF_DOUBLE, &f);

	return r < 0 ? r : exposition_put_double(out, before, f.real);
}

static int put_field_text(struct buf *out, struct str message, uint64_t number)
{
	struct protobuf_field f = {0};
	int r = find_field(message, number, PROTOBUF_BYTES, &f);

	return r < 0 ? r : exposition_put_text(out, f.bytes);
}

static int put_count(struct buf *out, const char *before, struct str message, uint64_t number)
{
	uint64_t n;
	int r = find_number(message, number, &n);

	return r ? r : buf_printf(out, "%s%llu", before, (unsigned long long)n);
}

static int put_start(struct buf *out, struct str message, uint64_t number)
{
	struct protobuf_field f;
	uint64_t seconds, nanos;
	int r = find_field(message, number, PROTOBUF_BYTES, &f);

	if (r <= 0)
		return r;
	r = find_number(f.bytes, 1, &seconds);
	if (r == 0)
		r = find_number(f.bytes, 2, &nanos);
	return r ? r
		 : buf_printf(out, "start %llu.%09llu\n", (unsigned long long)seconds,
			      (unsigned long long)nanos);
}

/* A bucket of each span in turn gets the next difference. */
struct deltas {
	struct str message; /* the histogram, what is left of it */
	uint64_t count;
	int64_t index;
};

static int put_native_bucket(struct deltas *d, struct buf *out)
{
	struct protobuf_field f;
	int r;

	while ((r = protobuf_next(&d->message, &f)) == 1 && f.number != 13)
		continue;
	if (r != 1 || f.wire != PROTOBUF_VARINT)
		return -EINVAL;
	d->count += (uint64_t)protobuf_signed(f.varint);
	return buf_printf(out, "native %lld %llu\n", (long long)d->index++,
			  (unsigned long long)d->count);
}

static int put_span(struct deltas *d, struct str span, struct buf *out)
{
	uint64_t offset, length;
	int r = find_number(span, 1, &offset);

	if (r == 0)
		r = find_number(span, 2, &length);
	if (r < 0)
		return r;
	d->index += protobuf_signed(offset);
	for (; r == 0 && length; length--)
		r = put_native_bucket(d, out);
	return r;
}

/* Each bucket or span of a histogram. */
static int put_all(struct str message, uint64_t number, struct deltas *d, struct buf *out)
{
	struct protobuf_field f;
	int r;

	while ((r = protobuf_next(&message, &f)) == 1) {
		if (f.number != number)
			continue;
		if (d) {
			r = put_span(d, f.bytes, out);
		} else {
			r = put_real(out, "bucket ", f.bytes, 2);
			if (r == 0)
				r = put_count(out, " ", f.bytes, 1);
			if (r == 0)
				r = buf_puts(out, "\n");
		}
		if (r < 0)
			return r;
	}
	return r;
}

/* It is one where there is a span; all buckets must have had their difference. */
static int put_native(struct str message, struct buf *out)
{
	struct deltas d = {.message = message};
	struct protobuf_field f = {0};
	uint64_t schema;
	int r = find_number(message, 5, &schema);

	if (r < 0 || schema)
		return -EINVAL;
	r = put_real(out, "zero ", message, 6);
	if (r == 0)
		r = put_count(out, " ", message, 7);
	if (r == 0)
		r = buf_puts(out, "\nnative\n");
	if (r == 0)
		r = put_all(message, 12, &d, out);
	while (r == 0 && protobuf_next(&d.message, &f) == 1)
		r = f.number == 13 ? -EINVAL : 0;
	return r;
}

static bool has_span(struct str message)
{
	struct protobuf_field f;

	while (protobuf_next(&message, &f) == 1)
		if (f.number == 12)
			return true;
	return false;
}

static int put_histogram(struct str message, struct buf *out)
{
	int r = put_count(out, "count ", message, 1);

	if (r == 0)
		r = put_real(out, "\nsum ", message, 2);
	if (r == 0)
		r = buf_puts(out, "\n");
	if (r == 0)
		r = put_all(message, 3, NULL, out);
	if (r == 0 && has_span(message))
		r = put_native(message, out);
	return r ? r : put_start(out, message, 15);
}

static int put_summary(struct str message, struct buf *out)
{
	int r = put_count(out, "count ", message, 1);

	if (r == 0)
		r = put_real(out, "\nsum ", message, 2);
	if (r == 0)
		r = buf_puts(out, "\n");
	return r ? r : put_start(out, message, 4);
}

/* What is in a Metric beside labels: one message, which one the type says. */
static int put_value(uint64_t type, const struct protobuf_field *f, struct buf *out)
{
	static const uint64_t numbers[] = {3, 2, 4, 5, 7};
	int r;

	if (type >= sizeof(numbers) / sizeof(numbers[0]) || f->number != numbers[type])
		return -EINVAL;
	r = buf_puts(out, type < 2 ? "}" : "}\n");
	if (r < 0)
		return r;
	if (type == 4)
		return put_histogram(f->bytes, out);
	if (type == 2)
		return put_summary(f->bytes, out);
	r = put_real(out, " ", f->bytes, 1);
	if (r == 0)
		r = buf_puts(out, "\n");
	return r == 0 && type == 0 ? put_start(out, f->bytes, 3) : r;
}

static int put_metric(struct str metric, uint64_t type, struct buf *out)
{
	int r = buf_puts(out, "metric{"), n_values = 0;
	struct protobuf_field f;

	for (bool first = true; r == 0 && (r = protobuf_next(&metric, &f)) == 1; first = false) {
		if (f.wire != PROTOBUF_BYTES || n_values)
			return -EINVAL;
		if (f.number != 1) {
			n_values++;
			r = put_value(type, &f, out);
			continue;
		}
		r = first ? 0 : buf_puts(out, ",");
		if (r == 0)
			r = put_field_text(out, f.bytes, 1);
		if (r == 0)
			r = buf_puts(out, "=");
		if (r == 0)
			r = put_field_text(out, f.bytes, 2);
	}
	return r == 0 && n_values != 1 ? -EINVAL : r;
}

static int put_family(struct str family, struct buf *out)
{
	struct protobuf_field f;
	uint64_t type;
	int r = buf_puts(out, "family ");

	if (r == 0)
		r = put_field_text(out, family, 1);
	if (r == 0)
		r = put_count(out, " ", family, 3);
	if (r == 0)
		r = buf_puts(out, " ");
	if (r == 0)
		r = put_field_text(out, family, 2);
	if (r == 0)
		r = buf_puts(out, " ");
	if (r == 0)
		r = put_field_text(out, family, 5);
	if (r == 0)
		r = buf_puts(out, "\n");
	if (r == 0)
		r = find_number(family, 3, &type);
	while (r == 0 && (r = protobuf_next(&family, &f)) == 1)
		r = f.number == 4 ? put_metric(f.bytes, type, out) : 0;
	return r;
}

int exposition_read_protobuf(struct str messages, struct buf *out)
{
	struct str family;
	int r;

	while ((r = protobuf_next_delimited(&messages, &family)) == 1) {
		r = put_family(family, out);
		if (r < 0)
			return r;
	}
	return r;
}
