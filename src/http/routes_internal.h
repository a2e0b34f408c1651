/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HTTP_ROUTES_INTERNAL_H
#define HTTP_ROUTES_INTERNAL_H

#include <microhttpd.h>

/* What libmicrohttpd calls: for a request (maybe several times), and when it is done with one. */
enum MHD_Result routes_handle(void *server, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *body,
			      size_t *body_size, void **state);
void routes_completed(void *server, struct MHD_Connection *c, void **state,
		      enum MHD_RequestTerminationCode why);

/* The same: when a connection begins and ends. */
void routes_connection(void *server, struct MHD_Connection *c, void **context,
		       enum MHD_ConnectionNotificationCode what);

#endif
