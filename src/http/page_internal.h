/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HTTP_PAGE_INTERNAL_H
#define HTTP_PAGE_INTERNAL_H

#include "base/buf.h"
#include "model/scrape.h"

/* page_render() - the landing page, as HTML. Return: 0 or -ENOMEM. */
int page_render(struct buf *out, const struct scrape_provider *provider, const char *telemetry_path,
		const char *version);

#endif
