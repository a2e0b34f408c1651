// SPDX-License-Identifier: GPL-2.0-only
/*
 * One libmicrohttpd daemon, with an epoll thread of its own, for each address
 * that we listen on, and one thread that watches over connections and answers.
 *
 * All sockets are opened before the first daemon runs, so that what can go
 * wrong because of the user goes wrong while nobody is served. libmicrohttpd
 * does not survive being stopped with a suspended connection; therefore
 * scrapes are taken only from when everything runs until http_server_stop(),
 * before which the provider must have answered those who wait.
 */
#include "http/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "listen_internal.h"
#include "routes_internal.h"
#include "server_internal.h"

/* For the headers of a request, and for a piece of its answer. */
#define CONNECTION_BYTES 32768

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
	return value ? value : fallback;
}

static int open_sockets(struct http_server *s, const struct http_options *o, struct err *e)
{
	s->listeners = calloc(o->n_listen_addresses, sizeof(*s->listeners));
	if (!s->listeners)
		return err_set(e, -ENOMEM, "out of memory");
	for (; s->n_listeners < o->n_listen_addresses; s->n_listeners++) {
		struct listener *l = &s->listeners[s->n_listeners];
		int r = listen_open(o->listen_addresses[s->n_listeners], &l->fd, &l->port, e);

		if (r)
			return r;
	}
	return 0;
}

static int start_daemon(struct http_server *s, struct listener *l, const struct http_options *o,
			struct err *e)
{
	errno = 0;
	l->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL,
		NULL, routes_handle, s, MHD_OPTION_LISTEN_SOCKET, l->fd,
		MHD_OPTION_NOTIFY_COMPLETED, routes_completed, s, MHD_OPTION_NOTIFY_CONNECTION,
		routes_connection, s, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned int)or_default(o->max_connections, 256), MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned int)or_default(o->idle_timeout_s, 30), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_BYTES, MHD_OPTION_END);
	/* A daemon that does not start closes the socket too, in all but a few cases. */
	l->fd = -1;
	if (!l->daemon) {
		int r = errno ? -errno : -ENOMEM;

		return err_set(e, r, "cannot start the web server: %s", err_name(r));
	}
	return 0;
}

static int start(struct http_server *s, const struct http_options *o, struct err *e)
{
	int r;

	s->telemetry_path = strdup(o->telemetry_path);
	s->version = strdup(o->version);
	if (!s->telemetry_path || !s->version)
		return err_set(e, -ENOMEM, "out of memory");
	r = open_sockets(s, o, e);
	if (r)
		return r;
	r = watch_start(&s->watch);
	if (r)
		return err_set(e, r, "cannot start a thread: %s", err_name(r));
	s->has_watch = true;
	for (size_t i = 0; !r && i < s->n_listeners; i++)
		r = start_daemon(s, &s->listeners[i], o, e);
	return r;
}

int http_server_start(const struct http_options *options, const struct scrape_provider *provider,
		      struct http_server **ret_server, struct err *e)
{
	_cleanup_(http_server_stopp) struct http_server *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(e, -ENOMEM, "out of memory");
	s->provider = *provider;
	s->header_timeout_ns = or_default(options->header_timeout_s, 10) * NS_PER_S;
	s->idle_timeout_ns = or_default(options->idle_timeout_s, 30) * NS_PER_S;
	s->scrape_timeout_ns = or_default(options->scrape_timeout_s, 10) * NS_PER_S;
	s->send_timeout_ns = or_default(options->send_timeout_s, 120) * NS_PER_S;
	s->has_created_samples = options->has_created_samples;
	r = start(s, options, e);
	if (r)
		return r;
	atomic_store(&s->is_open, true);
	*ret_server = take_ptr(s);
	return 0;
}

uint16_t http_server_port(const struct http_server *s, size_t i)
{
	return s->listeners[i].port;
}

void http_server_stop(struct http_server *s)
{
	if (!s)
		return;
	atomic_store(&s->is_open, false);
	if (s->has_watch)
		watch_cut_all(&s->watch); /* libmicrohttpd would end them politely */
	for (size_t i = 0; i < s->n_listeners; i++) {
		if (s->listeners[i].daemon)
			MHD_stop_daemon(s->listeners[i].daemon);
		close_fdp(&s->listeners[i].fd);
	}
	if (s->has_watch)
		watch_stop(&s->watch);
	free(s->listeners);
	free(s->version);
	free(s->telemetry_path);
	free(s);
}
