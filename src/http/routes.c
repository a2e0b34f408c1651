// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which path is answered by what.
 *
 * libmicrohttpd calls for one request when its headers are there, for each
 * piece of its body, at its end, and again after it was suspended. An answer
 * given at the first call makes it close the connection, so that is kept for
 * requests with a body that is not worth reading; of others the body is
 * thrown away first, or closing would reset the connection under the answer.
 *
 * A connection has a time to send its first header in, a time for each request
 * from its header to the end of its answer, and a time from there to the next
 * header; the watch ends it where one is over.
 *
 * The request's state is NULL, then `headers_seen`, then maybe its scrape.
 */
#include "routes_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "page_internal.h"
#include "reply_internal.h"
#include "request_internal.h"
#include "scrape_internal.h"
#include "server_internal.h"

#define MAX_BODY_BYTES 65536

static char headers_seen;

static bool is_head(const char *method)
{
	return !strcmp(method, MHD_HTTP_METHOD_HEAD);
}

static enum MHD_Result answer_metrics(struct http_server *s, struct MHD_Connection *c,
				      const char *method, void **state)
{
	struct scrape *scrape = NULL;
	enum MHD_Result r;

	if (is_head(method))
		return scrape_describe(s, c);
	r = scrape_begin(s, c, &scrape);
	if (scrape)
		*state = scrape;
	return r;
}

static enum MHD_Result answer_page(struct http_server *s, struct MHD_Connection *c,
				   const char *method, void **state)
{
	_cleanup_buf_ struct buf page = BUF_INIT;

	(void)method;
	(void)state;
	if (page_render(&page, &s->provider, s->telemetry_path, s->version))
		return reply_text(c, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
	return reply_html(c, &page);
}

static enum MHD_Result answer_healthy(struct http_server *s, struct MHD_Connection *c,
				      const char *method, void **state)
{
	(void)s;
	(void)method;
	(void)state;
	return reply_text(c, MHD_HTTP_OK, "healthy");
}

static enum MHD_Result answer_ready(struct http_server *s, struct MHD_Connection *c,
				    const char *method, void **state)
{
	(void)method;
	(void)state;
	if (s->provider.is_ready(s->provider.self))
		return reply_text(c, MHD_HTTP_OK, "ready");
	return reply_text(c, MHD_HTTP_SERVICE_UNAVAILABLE,
			  "not ready: some maps were not read for the first time yet");
}

typedef enum MHD_Result (*route_fn)(struct http_server *s, struct MHD_Connection *c,
				    const char *method, void **state);

static route_fn find_route(const struct http_server *s, const char *url)
{
	static const struct {
		const char *path;
		route_fn answer;
	} routes[] = {
		{"/", answer_page},
		{"/-/healthy", answer_healthy},
		{"/-/ready", answer_ready},
	};

	if (!strcmp(url, s->telemetry_path))
		return answer_metrics;
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
		if (!strcmp(url, routes[i].path))
			return routes[i].answer;
	return NULL;
}

static enum MHD_Result route(struct http_server *s, struct MHD_Connection *c, const char *url,
			     const char *method, void **state)
{
	route_fn answer = find_route(s, url);

	if (!answer)
		return reply_text(c, MHD_HTTP_NOT_FOUND, "no such page: see /");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && !is_head(method))
		return reply_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD work here");
	return answer(s, c, method, state);
}

static bool has_long_body(struct MHD_Connection *c)
{
	const char *length =
		MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	unsigned long long n;

	if (MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING))
		return true;
	return length && (str_parse_u64(str_of(length), &n) || n > MAX_BODY_BYTES);
}

/* Gives the connection @ns from now. Without memory for its entry it has no such limit. */
static void give_time(struct http_server *s, struct MHD_Connection *c, uint64_t ns)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (info && info->socket_context)
		watch_set_deadline(&s->watch, info->socket_context, clock_mono_ns() + ns);
}

void routes_connection(void *server, struct MHD_Connection *c, void **context,
		       enum MHD_ConnectionNotificationCode what)
{
	struct http_server *s = server;
	struct watch_entry *entry = *context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		entry = calloc(1, sizeof(*entry));
		*context = entry;
		if (!entry)
			return;
		entry->fd =
			MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		entry->deadline_ns = clock_mono_ns() + s->header_timeout_ns;
		watch_add(&s->watch, entry);
	} else if (entry) {
		watch_remove(&s->watch, entry, true);
		free(entry);
	}
}

enum MHD_Result routes_handle(void *server, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *body,
			      size_t *body_size, void **state)
{
	(void)version;
	(void)body;
	if (!*state) {
		struct http_server *s = server;

		*state = &headers_seen;
		give_time(s, c, request_wait_ns(s, c) + s->send_timeout_ns);
		if (!has_long_body(c))
			return MHD_YES;
	}
	if (*body_size) {
		*body_size = 0;
		return MHD_YES;
	}
	if (*state != &headers_seen)
		return scrape_answer(*state);
	return route(server, c, url, method, state);
}

void routes_completed(void *server, struct MHD_Connection *c, void **state,
		      enum MHD_RequestTerminationCode why)
{
	struct http_server *s = server;

	(void)why;
	if (*state != &headers_seen)
		scrape_free(*state);
	*state = NULL;
	give_time(s, c, s->idle_timeout_ns + s->header_timeout_ns);
}
