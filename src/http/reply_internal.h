/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HTTP_REPLY_INTERNAL_H
#define HTTP_REPLY_INTERNAL_H

/*
 * Answers that are known as a whole. A HEAD request gets the same headers;
 * libmicrohttpd leaves out the body.
 *
 * Each returns MHD_YES, or MHD_NO without memory: then the connection is closed.
 */
#include <microhttpd.h>

#include "base/buf.h"

enum MHD_Result reply_html(struct MHD_Connection *c, const struct buf *page);

/* @sentence: without the newline that ends it. */
enum MHD_Result reply_text(struct MHD_Connection *c, unsigned int status, const char *sentence);

/* reply_queue() - with the headers that all answers have. Takes @response, NULL for want of memory.
 */
enum MHD_Result reply_queue(struct MHD_Connection *c, unsigned int status, const char *content_type,
			    struct MHD_Response *response);

#endif
