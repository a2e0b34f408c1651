// SPDX-License-Identifier: GPL-2.0-only
/*
 * OpenMetrics 1.0.0. A family is called what its samples are without the
 * _total of counters and the _info of info metrics. Where another family is
 * called so, that type cannot be said.
 *
 * Source: https://prometheus.io/docs/specs/om/open_metrics_spec
 */
#include "lines_internal.h"

#include <errno.h>

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

/* The suffix goes after the name was escaped: samples have that name, and it. */
static int append_base_name(const struct render *r, struct buf *b, const struct family *f,
			    struct str *ret_unit)
{
	int e = names_append(b, &r->format, str_of(f->name));
	bool is_quoted = e == 0 && b->data[b->len - 1] == '"';

	if (e < 0)
		return e;
	b->len -= family_base_suffix(f) + is_quoted;
	*ret_unit = names_unit(f, (struct str){b->data, b->len});
	return is_quoted ? buf_append(b, "\"", 1) : 0;
}

static int begin_family(struct render *r, const struct exposition_family *x)
{
	_cleanup_buf_ struct buf name = BUF_INIT;
	const struct family *f = x->family;
	struct buf *b = &r->pending;
	struct str unit;
	int e = append_base_name(r, &name, f, &unit);
	const char *text = e ? NULL : buf_string(&name);

	if (!text)
		return -ENOMEM;
	e = buf_printf(b, "# TYPE %s %s\n", text, type_name(f));
	if (e == 0 && unit.n)
		e = buf_printf(b, "# UNIT %s %.*s\n", text, (int)unit.n, unit.p);
	if (e || !*f->help)
		return e;
	e = buf_printf(b, "# HELP %s ", text);
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
