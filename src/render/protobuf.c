// SPDX-License-Identifier: GPL-2.0-only
/*
 * Protobuf: a MetricFamily message a family, each after its length. That
 * length is written before the series, so they are encoded twice: once to be
 * measured, once to be sent. Nothing the size of a family is kept.
 *
 * Numbers are doubles here: the nearest ones.
 */
#include "protobuf_internal.h"

#include <errno.h>

#include "base/clock.h"
#include "names_internal.h"
#include "sample_internal.h"
#include "wire_internal.h"

void message_done(struct message *m)
{
	buf_done(&m->constant);
	buf_done(&m->start);
	buf_done(&m->metric);
	buf_done(&m->sample);
	buf_done(&m->labels);
}

static struct str contents(const struct buf *b)
{
	return (struct str){.p = b->data, .n = b->len};
}

static uint64_t type_number(enum family_type type)
{
	static const uint64_t numbers[] = {
		[FAMILY_COUNTER] = 0,	[FAMILY_GAUGE] = 1, [FAMILY_SUMMARY] = 2,
		[FAMILY_HISTOGRAM] = 4, [FAMILY_INFO] = 1, /* there is no number for it */
	};

	return numbers[type];
}

/* How long it is without the escapes. */
static size_t plain_size(struct str escaped)
{
	size_t n = escaped.n;

	if (!n || !memchr(escaped.p, '\\', n))
		return n;
	for (size_t i = 0; i + 1 < escaped.n; i++) {
		if (escaped.p[i] == '\\') {
			i++;
			n--;
		}
	}
	return n;
}

/* One of the two texts of a LabelPair. */
static char *write_plain(char *p, unsigned int field, struct str escaped, size_t size)
{
	p = wire_write_length(p, field, size);
	return p + label_unescape(p, escaped);
}

static char *write_label(char *p, struct str name, struct str value)
{
	size_t n_name = plain_size(name), n_value = plain_size(value);

	p = wire_write_length(p, METRIC_LABEL,
			      2 + wire_varint_size(n_name) + n_name + wire_varint_size(n_value) +
				      n_value);
	p = write_plain(p, LABEL_NAME, name, n_name);
	return write_plain(p, LABEL_VALUE, value, n_value);
}

static char *write_labels(char *p, struct str labels)
{
	struct str name, value;

	while (label_next(&labels, &name, &value))
		p = write_label(p, name, value);
	return p;
}

/* A label `a=""` is written as 7 bytes; with longer texts, it is less than twice as long. */
static size_t labels_max(struct str labels)
{
	return labels.n * 2;
}

/* What a type's message in a Metric is, and where it says when it began. */
static const struct {
	unsigned int field, start_field;
} samples[] = {
	[FAMILY_COUNTER] = {METRIC_COUNTER, COUNTER_START},
	[FAMILY_GAUGE] = {METRIC_GAUGE, 0},
	[FAMILY_HISTOGRAM] = {METRIC_HISTOGRAM, HISTOGRAM_START},
	[FAMILY_SUMMARY] = {METRIC_SUMMARY, SUMMARY_START},
	[FAMILY_INFO] = {METRIC_GAUGE, 0},
};

static char *write_summary(char *p, const struct series_set *set, size_t slot)
{
	p = wire_write_u64(p, SUMMARY_COUNT, protobuf_count(sample_count(set, slot, 0)));
	return wire_write_double(p, SUMMARY_SUM, sample_sum(set, slot));
}

/* The numbers of a slot, as its type has them. */
static char *write_sample(const struct message *m, char *p, const struct series_set *set,
			  size_t slot)
{
	unsigned int start_field = samples[set->family->type].start_field;

	if (set->family->type == FAMILY_HISTOGRAM)
		p = protobuf_write_histogram(p, set, slot);
	else if (set->family->type == FAMILY_SUMMARY)
		p = write_summary(p, set, slot);
	else
		p = wire_write_double(p, VALUE, sample_value(set, slot));
	return start_field && m->start.len ? wire_write_bytes(p, start_field, contents(&m->start))
					   : p;
}

/* What one series of the part takes at most, less its labels. */
static size_t sample_max(const struct series_set *set)
{
	return (set->bounds ? protobuf_histogram_max(set) : 2 * WIRE_FIELD_MAX) +
	       4 * WIRE_FIELD_MAX;
}

/* Of a slot the whole Metric. */
static int encode_metric(struct render *r, const struct series_set *set, size_t slot)
{
	struct message *m = &r->message;
	struct str labels;
	char *p, *end;

	m->metric.len = 0;
	if (names_slot_labels(&m->labels, &r->format, set, slot, m->renames_labels, &labels) < 0 ||
	    buf_reserve(&m->metric, m->constant.len + labels_max(labels) + m->sample_max) < 0)
		return -ENOMEM;
	p = m->metric.data;
	if (m->constant.len)
		p = mempcpy(p, m->constant.data, m->constant.len);
	p = write_labels(p, labels);
	end = write_sample(m, m->sample.data, set, slot);
	p = wire_write_bytes(p, samples[set->family->type].field,
			     (struct str){m->sample.data, (size_t)(end - m->sample.data)});
	m->metric.len = (size_t)(p - m->metric.data);
	return 0;
}

static int encode_start(struct buf *b, uint64_t start_wall_ns)
{
	char *p;

	b->len = 0;
	if (!start_wall_ns)
		return 0;
	if (buf_reserve(b, 2 * WIRE_FIELD_MAX) < 0)
		return -ENOMEM;
	p = wire_write_u64(b->data, TIMESTAMP_SECONDS, start_wall_ns / NS_PER_S);
	p = wire_write_u64(p, TIMESTAMP_NANOS, start_wall_ns % NS_PER_S);
	b->len = (size_t)(p - b->data);
	return 0;
}

static int encode_constant(struct render *r, struct str labels)
{
	struct message *m = &r->message;

	m->constant.len = m->labels.len = 0;
	if (names_append_labels(&m->labels, &r->format, labels) < 0)
		return -ENOMEM;
	labels = contents(&m->labels);
	if (buf_reserve(&m->constant, labels_max(labels)) < 0)
		return -ENOMEM;
	m->constant.len = (size_t)(write_labels(m->constant.data, labels) - m->constant.data);
	return 0;
}

static int begin_part(struct render *r, const struct exposition_part *p)
{
	struct message *m = &r->message;
	int e = encode_constant(r, str_of(p->set->const_labels));

	m->renames_labels = names_differ(&r->format, p->set->labels);
	m->sample_max = sample_max(p->set);
	if (e == 0)
		e = buf_reserve(&m->sample, m->sample_max);
	return e ? e
		 : encode_start(&m->start,
				series_set_start_ns(r->exposition->snapshots[p->snapshot], p->set));
}

/* How long the family's series are, with what is before each of them. */
static int measure(struct render *r, const struct exposition_family *f, size_t *ret_n)
{
	size_t n = 0;
	int e = 0;

	for (size_t i = 0; e == 0 && i < f->n_parts; i++) {
		const struct exposition_part *p = &f->parts[i];

		e = begin_part(r, p);
		for (size_t slot = 0; e == 0 && slot < p->set->n; slot++) {
			if (!exposition_part_is_shown(p, slot))
				continue;
			e = encode_metric(r, p->set, slot);
			n += 1 + wire_varint_size(r->message.metric.len) + r->message.metric.len;
		}
	}
	*ret_n = n;
	return e;
}

/* A family's message but for its series, after the length of both. */
static int begin_family(struct render *r, const struct exposition_family *x)
{
	const struct family *f = x->family;
	struct str unit, help = str_of(f->help);
	_cleanup_buf_ struct buf name = BUF_INIT, head = BUF_INIT;
	size_t n;
	char *p;

	if (escaping_append(&name, r->format.escaping, str_of(f->name)) < 0)
		return -ENOMEM;
	unit = names_unit(f, (struct str){name.data, name.len - family_base_suffix(f)});
	if (buf_reserve(&head, name.len + help.n + unit.n + 4 * WIRE_FIELD_MAX) < 0 ||
	    measure(r, x, &n) < 0)
		return -ENOMEM;
	p = wire_write_bytes(head.data, FAMILY_NAME, contents(&name));
	p = wire_write_bytes(p, FAMILY_HELP, help);
	p = wire_write_u64(p, FAMILY_TYPE, type_number(f->type));
	if (unit.n)
		p = wire_write_bytes(p, FAMILY_UNIT, unit);
	head.len = (size_t)(p - head.data);
	if (buf_reserve(&r->pending, WIRE_FIELD_MAX + head.len) < 0)
		return -ENOMEM;
	r->pending.len =
		(size_t)(wire_write_varint(r->pending.data, head.len + n) - r->pending.data);
	return buf_append(&r->pending, head.data, head.len);
}

/* The encoded Metric, as a field of its family. */
static size_t write_metric(char *dst, struct str metric)
{
	return (size_t)(wire_write_bytes(dst, FAMILY_METRIC, metric) - dst);
}

static ssize_t write_part(struct render *r, const struct exposition_part *part, char *dst,
			  size_t size)
{
	struct str metric;
	size_t used = 0;

	for (; r->slot < part->set->n; r->slot++) {
		if (!exposition_part_is_shown(part, r->slot))
			continue;
		if (encode_metric(r, part->set, r->slot) < 0)
			return -ENOMEM;
		metric = contents(&r->message.metric);
		if (metric.n + WIRE_FIELD_MAX <= size - used) {
			used += write_metric(dst + used, metric);
			continue;
		}
		if (used)
			return (ssize_t)used;
		if (buf_reserve(&r->pending, metric.n + WIRE_FIELD_MAX) < 0)
			return -ENOMEM;
		r->pending.len = write_metric(r->pending.data, metric);
		r->slot++;
		return 0;
	}
	render_end_part(r);
	return (ssize_t)used;
}

const struct renderer renderer_protobuf = {
	.media_type = "application/vnd.google.protobuf",
	.parameters = {{"proto", "io.prometheus.client.MetricFamily"}, {"encoding", "delimited"}},
	.content_type = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
			"encoding=delimited",
	.begin_family = begin_family,
	.begin_part = begin_part,
	.write_part = write_part,
};
