/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HTTP_REQUEST_INTERNAL_H
#define HTTP_REQUEST_INTERNAL_H

/* What the headers of a request for metrics ask for. */
#include "render/format.h"
#include "server_internal.h"

/* How the answer is written. */
struct request_terms {
	struct format format;
	bool gzip;
};

/* request_terms() - Return: 0 or -ENOMEM. */
int request_terms(const struct http_server *s, struct MHD_Connection *c,
		  struct request_terms *ret_terms);

/* request_wait_ns() - how long maps may be read until it is answered. */
uint64_t request_wait_ns(const struct http_server *s, struct MHD_Connection *c);

#endif
