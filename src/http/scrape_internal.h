/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HTTP_SCRAPE_INTERNAL_H
#define HTTP_SCRAPE_INTERNAL_H

/* One request for metrics, from its parameters to the last byte of its answer. */
#include "server_internal.h"

struct scrape;

/*
 * scrape_begin() - ask the provider, the connection put to sleep until it
 * answers; or refuse.
 * @ret_scrape: set where scrape_answer() is to be called next; to be freed
 *              when libmicrohttpd is done with the request.
 *
 * Return: as a handler of libmicrohttpd.
 */
enum MHD_Result scrape_begin(struct http_server *s, struct MHD_Connection *c,
			     struct scrape **ret_scrape);

/* scrape_answer() - the connection woke up: send what the provider gave. Return: the same. */
enum MHD_Result scrape_answer(struct scrape *scrape);

/* scrape_describe() - the answer to HEAD: the headers, without reading or rendering anything. */
enum MHD_Result scrape_describe(struct http_server *s, struct MHD_Connection *c);

void scrape_free(struct scrape *scrape);

#endif
