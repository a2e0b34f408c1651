/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RENDER_FORMAT_H
#define RENDER_FORMAT_H

/* Which exposition format an answer has, and how it was agreed on. */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/escaping.h"

struct renderer;

struct format {
	const struct renderer *renderer;
	enum escaping escaping;
	bool names_escaping; /* the request named it, so the answer does, too */
	bool has_created;    /* OpenMetrics: a sample with the time at which a counter began */
};

/* What all understand: text 0.0.4 with underscores. */
extern const struct format format_text;

/*
 * format_negotiate() - the best format for an Accept header, NULL: none.
 *
 * Each media range has a quality, 1 where none is given or it is more. Of the
 * ranges that a format matches the most specific one decides how much it is
 * wanted, and the escaping; of those as specific the first. Among formats wanted
 * as much, the one that was named more specifically wins, then the one that was
 * named first, then the simpler one. What is more specific: a type and subtype,
 * then the more parameters of the format; one with another value means another
 * format. Parameters that no format has count for nothing, and so do ranges that
 * are malformed. Where nothing fits it is format_text.
 *
 * Source: RFC 9110, 12.5.1; https://prometheus.io/docs/instrumenting/content_negotiation
 */
struct format format_negotiate(const char *accept);

/* format_content_type() - append what the answer says of itself. Return: 0 or -ENOMEM. */
int format_content_type(const struct format *f, struct buf *b);

/*
 * format_takes_gzip() - whether an Accept-Encoding header, NULL: none, asks for
 * gzip, by name or by `*`, and for plain text no more than for that. What is
 * malformed counts for nothing.
 */
bool format_takes_gzip(const char *accept_encoding);

#endif
