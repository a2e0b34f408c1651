// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Prometheus text format. Version 1.0.0 is the same with any UTF-8 in
 * names, which the escaping decides.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats
 */
#include "lines_internal.h"
#include "names_internal.h"

static const char *type_name(enum family_type type)
{
	static const char *const names[] = {
		[FAMILY_COUNTER] = "counter",	  [FAMILY_GAUGE] = "gauge",
		[FAMILY_HISTOGRAM] = "histogram", [FAMILY_SUMMARY] = "summary",
		[FAMILY_INFO] = "gauge", /* this format has no other for it */
	};

	return names[type];
}

static int begin_family(struct render *r, const struct exposition_family *f)
{
	struct str name = str_of(f->family->name);
	struct buf *b = &r->pending;
	int e = buf_puts(b, "# HELP ");

	if (e == 0)
		e = names_append(b, &r->format, name);
	if (e == 0)
		e = buf_puts(b, " ");
	if (e == 0)
		e = lines_append_help(b, f->family->help, false);
	if (e == 0)
		e = buf_puts(b, "\n# TYPE ");
	if (e == 0)
		e = names_append(b, &r->format, name);
	return e ? e : buf_printf(b, " %s\n", type_name(f->family->type));
}

static int begin_part(struct render *r, const struct exposition_part *p)
{
	return lines_begin_part(r, p, false);
}

const struct renderer renderer_text = {
	.media_type = "text/plain",
	.parameters = {{"version", "0.0.4"}},
	.content_type = "text/plain; version=0.0.4; charset=utf-8",
	.begin_family = begin_family,
	.begin_part = begin_part,
	.write_part = lines_write_part,
};

const struct renderer renderer_text_1_0_0 = {
	.media_type = "text/plain",
	.parameters = {{"version", "1.0.0"}},
	.content_type = "text/plain; version=1.0.0; charset=utf-8",
	.begin_family = begin_family,
	.begin_part = begin_part,
	.write_part = lines_write_part,
};
