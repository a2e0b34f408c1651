/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BASE_ESCAPING_H
#define BASE_ESCAPING_H

/*
 * Names of metrics and labels are any UTF-8. What a scraper that does not know
 * of that can take is str_is_name(); for it other names are escaped, by one of
 * the schemes that scraper and exporter agree on in their headers. Names that
 * need no escaping are the same in every scheme.
 *
 * Source: https://prometheus.io/docs/instrumenting/escaping_schemes
 */
#include "base/buf.h"

enum escaping {
	ESCAPING_UNDERSCORES, /* my.metric_x: my_metric_x */
	ESCAPING_UTF8,	      /* as it is, in quotes where it must */
	ESCAPING_DOTS,	      /* my_dot_metric__x */
	ESCAPING_VALUES,      /* U__my_2e_metric__x */
	N_ESCAPINGS,
};

/* "underscores", "allow-utf-8", "dots", "values" */
const char *escaping_name(enum escaping scheme);

/*
 * escaping_append() - append @name, valid UTF-8, as the scheme writes it; with
 * ESCAPING_UTF8 that is the name itself, without quotes.
 *
 * Return: 0 or -ENOMEM.
 */
int escaping_append(struct buf *b, enum escaping scheme, struct str name);

#endif
