// SPDX-License-Identifier: GPL-2.0-only
#include "reply_internal.h"

#include <string.h>

enum MHD_Result reply_queue(struct MHD_Connection *c, unsigned int status, const char *content_type,
			    struct MHD_Response *response)
{
	enum MHD_Result r;

	if (!response)
		return MHD_NO;
	r = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	if (r == MHD_YES)
		r = MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (r == MHD_YES && status == MHD_HTTP_METHOD_NOT_ALLOWED)
		r = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	if (r == MHD_YES)
		r = MHD_queue_response(c, status, response);
	MHD_destroy_response(response);
	return r;
}

enum MHD_Result reply_html(struct MHD_Connection *c, const struct buf *page)
{
	return reply_queue(
		c, MHD_HTTP_OK, "text/html; charset=utf-8",
		MHD_create_response_from_buffer(page->len, page->data, MHD_RESPMEM_MUST_COPY));
}

enum MHD_Result reply_text(struct MHD_Connection *c, unsigned int status, const char *sentence)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (buf_puts(&text, sentence) || buf_puts(&text, "\n"))
		return MHD_NO;
	return reply_queue(
		c, status, "text/plain; charset=utf-8",
		MHD_create_response_from_buffer(text.len, text.data, MHD_RESPMEM_MUST_COPY));
}
