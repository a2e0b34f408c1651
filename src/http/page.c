// SPDX-License-Identifier: GPL-2.0-only
#include "page_internal.h"

#include <stdio.h>
#include <string.h>

static int put_html(struct buf *out, const char *text)
{
	for (; *text; text++) {
		const char *entity = *text == '&'    ? "&amp;"
				     : *text == '<'  ? "&lt;"
				     : *text == '>'  ? "&gt;"
				     : *text == '"'  ? "&quot;"
				     : *text == '\'' ? "&#39;"
						     : NULL;
		int r = entity ? buf_puts(out, entity) : buf_append(out, text, 1);

		if (r)
			return r;
	}
	return 0;
}

/* All but unreserved characters as %XX, which HTML leaves alone. */
static int put_url(struct buf *out, const char *text)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text; text++) {
		int r = strchr(plain, *text) ? buf_append(out, text, 1)
					     : buf_printf(out, "%%%02X", (unsigned char)*text);

		if (r)
			return r;
	}
	return 0;
}

static int put_map(struct buf *out, const char *telemetry_path, const char *name)
{
	int r = buf_puts(out, "<li><a href=\"");

	r = r ? r : put_html(out, telemetry_path);
	r = r ? r : buf_puts(out, "?map[]=");
	r = r ? r : put_url(out, name);
	r = r ? r : buf_puts(out, "\">");
	r = r ? r : put_html(out, name);
	return r ? r : buf_puts(out, "</a></li>\n");
}

static int put_maps(struct buf *out, const struct scrape_provider *provider,
		    const char *telemetry_path)
{
	size_t n = provider->n_maps(provider->self);
	int r;

	if (!n)
		return buf_puts(out, "<p>No maps are configured.</p>\n");
	r = buf_puts(out, "<h2>Maps</h2>\n<ul>\n");
	for (size_t i = 0; !r && i < n; i++)
		r = put_map(out, telemetry_path, provider->map_name(provider->self, i));
	return r ? r : buf_puts(out, "</ul>\n");
}

int page_render(struct buf *out, const struct scrape_provider *provider, const char *telemetry_path,
		const char *version)
{
	int r = buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
			      "<title>bpfmap_exporter</title></head>\n<body>\n"
			      "<h1>bpfmap_exporter ");

	r = r ? r : put_html(out, version);
	r = r ? r : buf_puts(out, "</h1>\n<p><a href=\"");
	r = r ? r : put_html(out, telemetry_path);
	r = r ? r : buf_puts(out, "\">Metrics</a></p>\n");
	r = r ? r : put_maps(out, provider, telemetry_path);
	return r ? r : buf_puts(out, "</body>\n</html>\n");
}
