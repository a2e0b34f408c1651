/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

/*
 * The web server: the metrics, the landing page, health.
 *
 * GET and HEAD of `telemetry_path`, `/`, `/-/healthy`, `/-/ready`. Metrics are
 * streamed, in the format that the client prefers, as gzip where it takes it.
 * An answer that cannot be completed (its source fails, its exposition is
 * revoked, the client is too slow) ends in a reset connection, never in a body
 * that looks whole.
 *
 * The threads inherit the caller's signal mask. SIGPIPE should be ignored by
 * the program; nothing here needs it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "model/scrape.h"

struct http_options {
	const char *const *listen_addresses; /* "HOST:PORT", numeric; ":10435" is every address,
						IPv4 and IPv6 */
	size_t n_listen_addresses;	     /* at least 1 */
	const char *telemetry_path;	     /* "/metrics" */
	const char *version;		     /* shown on the landing page */
	uint32_t max_connections;	     /* to each address; more wait in its queue. 0: 256 */
	uint32_t header_timeout_s; /* from the connection to the end of the first header; 0: 10 */
	uint32_t idle_timeout_s;   /* a connection without progress; 0: 30 */
	uint32_t scrape_timeout_s; /* waiting for reads, where a request does not say how long its
				      client waits: at most 120 s; 0: 10 */
	uint32_t send_timeout_s;   /* one answer, whole; 0: 120 */
	bool has_created_samples;  /* OpenMetrics: also NAME_created */
};

struct http_server;

/*
 * http_server_start() - listen and answer, on threads of its own.
 * @options:  only looked at until it returns.
 * @provider: copied; must work until http_server_stop() returned.
 *
 * Return: 0, -EINVAL (an address that is none), -EADDRINUSE, -EADDRNOTAVAIL,
 *         -EACCES, -ENOMEM, another -errno of the sockets.
 */
int http_server_start(const struct http_options *options, const struct scrape_provider *provider,
		      struct http_server **ret_server, struct err *e);

/* http_server_port() - the port that listening address @i got (where 0 was asked for). */
uint16_t http_server_port(const struct http_server *s, size_t i);

/*
 * http_server_stop() - close everything, answers under way too. Scrapes that
 * wait must have been answered, and acquire must refuse new ones by now.
 */
void http_server_stop(struct http_server *s);
DEFINE_CLEANUP(http_server_stop, struct http_server *)

#endif
