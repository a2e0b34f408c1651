/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HTTP_QUERY_INTERNAL_H
#define HTTP_QUERY_INTERNAL_H

/* Which maps a request asks for: ?map[]=NAME or ?exclude[]=NAME, each any number of times. */
#include <microhttpd.h>

#include "base/err.h"
#include "model/scrape.h"

#define QUERY_MAX_NAMES 256

struct query {
	const char *names[QUERY_MAX_NAMES]; /* the provider's */
	size_t n;
	bool exclude;
};

/*
 * query_parse() - read the parameters of a request; others are passed over.
 *
 * Return: 0, -EINVAL (both kinds, a name that is no map's, too many names),
 *         -ENOMEM.
 */
int query_parse(struct MHD_Connection *connection, const struct scrape_provider *provider,
		struct query *ret_query, struct err *e);

#endif
