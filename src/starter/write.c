// SPDX-License-Identifier: GPL-2.0-only
/* A draft as YAML, as a person would lay it out. */
#include "draft_internal.h"

#include "base/yaml_text.h"

static const char *const type_names[] = {
	[DRAFT_COUNTER] = "counter",
	[DRAFT_GAUGE] = "gauge",
	[DRAFT_HISTOGRAM] = "histogram",
	[DRAFT_INFO] = "info",
};

static int end_line(struct buf *out, const char *guess)
{
	return guess ? buf_printf(out, " # guess: %s\n", guess) : buf_puts(out, "\n");
}

static int write_label(const struct draft_label *l, const char *indent, struct buf *out)
{
	int r;

	if (l->decode)
		r = buf_printf(out, "%s%s: {field: %s, decode: %s}", indent, l->name, l->field,
			       l->decode);
	else
		r = buf_printf(out, "%s%s: %s", indent, l->name, l->field);
	return r < 0 ? r : end_line(out, l->guess);
}

static int write_labels(const struct draft_labels *l, const char *indent, struct buf *out)
{
	int r = l->n ? buf_printf(out, "%slabels:\n", indent) : 0;

	for (size_t i = 0; r == 0 && i < l->n; i++) {
		r = buf_puts(out, "  ");
		if (r == 0)
			r = write_label(&l->items[i], indent, out);
	}
	if (r == 0 && l->n_left_out)
		r = buf_printf(out, "%s  # left out: %zu more; a metric has at most %d labels\n",
			       indent, l->n_left_out, DRAFT_MAX_LABELS);
	return r;
}

/* A field, or a mapping where more is said of it. */
static int write_value(const struct draft_metric *m, struct buf *out)
{
	const char *field = m->value ? m->value : "value";
	int r;

	if (!m->scale && !m->clock)
		return m->value ? buf_printf(out, "        value: %s\n", m->value) : 0;
	r = buf_printf(out, "        value: {field: %s", field);
	if (r == 0 && m->scale)
		r = buf_printf(out, ", scale: %s", m->scale);
	if (r == 0 && m->clock)
		r = buf_printf(out, ", clock: %s", m->clock);
	return r < 0 ? r : buf_puts(out, "}\n");
}

static int write_buckets(const struct draft_metric *m, struct buf *out)
{
	int r = m->n_slots ? buf_printf(out, "        buckets: {slot: key, slots: %u", m->n_slots)
			   : buf_printf(out, "        buckets: {field: %s", m->value);

	if (r == 0)
		r = buf_printf(out, ", scheme: exp2, edges: lower, overflow: true%s%s}\n",
			       m->scale ? ", scale: " : "", m->scale ? m->scale : "");
	if (r == 0 && m->sum && m->sum_scale)
		r = buf_printf(out, "        sum: {field: %s, scale: %s}\n", m->sum, m->sum_scale);
	else if (r == 0 && m->sum)
		r = buf_printf(out, "        sum: %s\n", m->sum);
	return r;
}

static int write_metric(const struct draft_metric *m, struct buf *out)
{
	int r = buf_printf(out, "      - name: %s\n        type: %s", m->name, type_names[m->type]);

	if (r == 0)
		r = end_line(out, m->guess);
	if (r == 0)
		r = buf_puts(out, "        help: ");
	if (r == 0)
		r = yaml_quote(out, m->help);
	if (r == 0)
		r = buf_puts(out, "\n");
	if (r == 0 && m->cpu)
		r = buf_printf(out, "        cpu: %s\n", m->cpu);
	if (r == 0 && m->skip_zero)
		r = buf_puts(out, "        skip_zero: true\n");
	if (r == 0 && m->type == DRAFT_HISTOGRAM)
		r = write_buckets(m, out);
	else if (r == 0 && m->type != DRAFT_INFO)
		r = write_value(m, out);
	return r < 0 ? r : write_labels(&m->labels, "        ", out);
}

static int write_head(const struct draft_map *m, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->n_notes; i++)
		r = buf_printf(out, "  # %s\n", m->notes[i]);
	if (r == 0)
		r = buf_printf(out, "  - name: %s\n    %s\n", m->name, m->locator);
	if (r == 0 && m->adds_instances)
		r = buf_puts(out, "    instances: sum\n");
	if (r == 0 && m->key)
		r = buf_printf(out, "    key: %s\n", m->key);
	if (r == 0 && m->value)
		r = buf_printf(out, "    value: %s\n", m->value);
	return r;
}

int draft_write(const struct draft_map *m, struct buf *out)
{
	int r = write_head(m, out);

	/* Without metrics there is nobody to have them. */
	if (r == 0 && m->n_metrics)
		r = write_labels(&m->labels, "    ", out);
	if (r == 0 && m->n_metrics)
		r = buf_puts(out, "    metrics:\n");
	for (size_t i = 0; r == 0 && i < m->n_metrics; i++)
		r = write_metric(&m->metrics[i], out);
	return r;
}
