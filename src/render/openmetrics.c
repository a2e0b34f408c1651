// SPDX-License-Identifier: GPL-2.0-only
/*
 * OpenMetrics 1.0.0. A family is called what its samples are without the
 * _total of counters and the _info of info metrics. Where another family is
 * called so, that type cannot be said.
 *
 * Source: https://prometheus.io/docs/specs/om/open_metrics_spec
 */
#include "lines_internal.h"
#include "names_internal.h"

static const char *type_name(const struct family *f)
{
	static const char *const names[] = {
		[FAMILY_COUNTER] = "counter",	  [FAMILY_GAUGE] = "gauge",
		[FAMILY_HISTOGRAM] = "histogram", [FAMILY_SUMMARY] = "summary",
		[FAMILY_INFO] = "info",
	};

	if (f->is_crowded && (f->type == FAMILY_COUNTER || f->type == FAMILY_INFO))
		return "unknown";
	return names[f->type];
}

/* The name, escaped with the suffix that then goes. */
static int append_base_name(const struct render *r, struct buf *b, const struct family *f)
{
	size_t n_suffix = family_base_suffix(f);
	int e = names_append(b, &r->format, str_of(f->name));

	if (e < 0 || !n_suffix)
		return e;
	if (b->data[b->len - 1] != '"') {
		b->len -= n_suffix;
		return 0;
	}
	b->len -= n_suffix + 1;
	return buf_append(b, "\"", 1);
}

/* `# WHAT name ` */
static int append_comment(const struct render *r, struct buf *b, const char *what,
			  const struct family *f)
{
	int e = buf_printf(b, "# %s ", what);

	if (e == 0)
		e = append_base_name(r, b, f);
	return e ? e : buf_append(b, " ", 1);
}

static int begin_family(struct render *r, const struct exposition_family *x)
{
	const struct family *f = x->family;
	struct str unit = family_unit(f);
	struct buf *b = &r->pending;
	int e = append_comment(r, b, "TYPE", f);

	if (e == 0)
		e = buf_printf(b, "%s\n", type_name(f));
	if (e == 0 && unit.n)
		e = append_comment(r, b, "UNIT", f);
	if (e == 0 && unit.n)
		e = buf_printf(b, "%.*s\n", (int)unit.n, unit.p);
	if (e || !*f->help)
		return e;
	e = append_comment(r, b, "HELP", f);
	if (e == 0)
		e = lines_append_help(b, f->help, true);
	return e ? e : buf_append(b, "\n", 1);
}

static int begin_part(struct render *r, const struct exposition_part *p)
{
	return lines_begin_part(r, p, true);
}

static int end(struct render *r)
{
	return buf_puts(&r->pending, "# EOF\n");
}

const struct renderer renderer_openmetrics = {
	.media_type = "application/openmetrics-text",
	.parameters = {{"version", "1.0.0"}},
	.content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8",
	.begin_family = begin_family,
	.begin_part = begin_part,
	.write_part = lines_write_part,
	.end = end,
};
