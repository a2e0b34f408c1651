/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HTTP_SERVER_INTERNAL_H
#define HTTP_SERVER_INTERNAL_H

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/server.h"
#include "watch_internal.h"

struct listener {
	struct MHD_Daemon *daemon; /* owns the socket once it runs */
	int fd;			   /* -1 once the daemon has it */
	uint16_t port;
};

/* Read by every thread; only `is_open` and the watch change while they run. */
struct http_server {
	struct scrape_provider provider;
	char *telemetry_path;
	char *version;
	uint64_t header_timeout_ns;
	uint64_t idle_timeout_ns;
	uint64_t scrape_timeout_ns;
	uint64_t send_timeout_ns;
	bool has_created_samples;
	atomic_bool is_open; /* scrapes are taken */
	bool has_watch;
	struct watch watch;
	struct listener *listeners;
	size_t n_listeners;
};

#endif
