// SPDX-License-Identifier: GPL-2.0-only
/*
 * A scrape sleeps until the provider has the exposition, then streams it.
 *
 * The connection is suspended before the provider is asked, and every way
 * from there ends in exactly one resume: by the call back, from whatever
 * thread and maybe before acquire returned, or by us where acquire failed.
 * libmicrohttpd takes up a resumed connection only on its own thread, after
 * the handler has returned, and its lock orders what the call back stored
 * before what scrape_answer() reads. So the scrape needs no lock of its own.
 *
 * An answer that ends early must not look whole, not even in HTTP/1.0, where
 * the end of the connection is the end of the body. Whatever ends one (the
 * source fails, the client is too slow, the server stops), libmicrohttpd says
 * so before it closes the socket: a body that did not reach its end is then reset.
 */
#include "scrape_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "query_internal.h"
#include "render/gzip.h"
#include "render/render.h"
#include "reply_internal.h"
#include "request_internal.h"

/* What libmicrohttpd asks for at once where the answer is not chunked. */
#define BLOCK_BYTES (128 * 1024)

struct scrape {
	struct http_server *server;
	struct MHD_Connection *connection;
	int failed;		       /* what acquire said */
	struct exposition *exposition; /* NULL: the provider had no memory */
	struct render *render;
	struct gzip_stream *gzip; /* NULL: plain */
	bool is_sent;		  /* the body's last byte was handed over */
	struct watch_entry watched;
};

static ssize_t pull(void *ctx, char *dst, size_t size)
{
	return render_read(ctx, dst, size);
}

static ssize_t read_body(void *cls, uint64_t position, char *dst, size_t size)
{
	struct scrape *scrape = cls;
	ssize_t n;

	(void)position;
	if (watch_is_due(&scrape->watched))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	n = scrape->gzip ? gzip_stream_read(scrape->gzip, dst, size)
			 : render_read(scrape->render, dst, size);
	if (n < 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n)
		return n;
	scrape->is_sent = true;
	return MHD_CONTENT_READER_END_OF_STREAM;
}

static bool add_header(struct MHD_Response *response, const char *name, const char *value)
{
	return MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool add_headers(struct MHD_Response *response, bool gzip, bool is_last)
{
	return add_header(response, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding") &&
	       (!gzip || add_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip")) &&
	       (!is_last || add_header(response, MHD_HTTP_HEADER_CONNECTION, "close"));
}

/*
 * @scrape: NULL for HEAD. After such an answer libmicrohttpd 0.9.75 sends the
 * end of a chunked body that was never begun, which would be taken for the
 * start of the next answer: there must be none.
 */
static enum MHD_Result queue_body(struct MHD_Connection *c, struct scrape *scrape,
				  const struct request_terms *terms)
{
	_cleanup_buf_ struct buf content_type = BUF_INIT;
	struct MHD_Response *response;

	if (format_content_type(&terms->format, &content_type) || !buf_string(&content_type))
		return MHD_NO;
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_body,
						     scrape, NULL);
	if (!response)
		return MHD_NO;
	if (!add_headers(response, terms->gzip, !scrape)) {
		MHD_destroy_response(response);
		return MHD_NO;
	}
	return reply_queue(c, MHD_HTTP_OK, content_type.data, response);
}

static enum MHD_Result refuse(struct MHD_Connection *c, int code)
{
	if (code == -ENOENT)
		return reply_text(c, MHD_HTTP_BAD_REQUEST,
				  "a map that was named does not exist: the page at / lists them");
	if (code == -ESHUTDOWN)
		return reply_text(c, MHD_HTTP_SERVICE_UNAVAILABLE,
				  "no scrapes are taken now: the exporter is starting or stopping");
	return reply_text(c, MHD_HTTP_SERVICE_UNAVAILABLE,
			  "the maps could not be read: the exporter is out of memory");
}

static enum MHD_Result refuse_query(struct MHD_Connection *c, int code, const struct err *e)
{
	return code == -EINVAL ? reply_text(c, MHD_HTTP_BAD_REQUEST, e->text) : refuse(c, code);
}

static void scrape_ready(void *ctx, struct exposition *x)
{
	struct scrape *scrape = ctx;

	scrape->exposition = x;
	MHD_resume_connection(scrape->connection);
}

static void ask(struct scrape *scrape, const struct query *query)
{
	const struct scrape_provider *p = &scrape->server->provider;
	struct scrape_selection selection = {
		.names = query->names, .n = query->n, .exclude = query->exclude};
	uint64_t deadline_ns =
		clock_mono_ns() + request_wait_ns(scrape->server, scrape->connection);
	int r;

	MHD_suspend_connection(scrape->connection);
	r = p->acquire(p->self, &selection, deadline_ns, scrape_ready, scrape);
	if (r) {
		scrape->failed = r;
		MHD_resume_connection(scrape->connection);
	}
}

enum MHD_Result scrape_begin(struct http_server *s, struct MHD_Connection *c,
			     struct scrape **ret_scrape)
{
	struct scrape *scrape;
	struct query query;
	struct err e = {0};
	int r = query_parse(c, &s->provider, &query, &e);

	if (r)
		return refuse_query(c, r, &e);
	if (!atomic_load(&s->is_open))
		return refuse(c, -ESHUTDOWN);
	scrape = calloc(1, sizeof(*scrape));
	if (!scrape)
		return refuse(c, -ENOMEM);
	scrape->server = s;
	scrape->connection = c;
	*ret_scrape = scrape;
	ask(scrape, &query);
	return MHD_YES;
}

static int prepare(struct scrape *scrape, const struct request_terms *terms)
{
	scrape->render = render_new(scrape->exposition, &terms->format);
	if (!scrape->render)
		return -ENOMEM;
	if (terms->gzip) {
		scrape->gzip = gzip_stream_new(pull, scrape->render);
		if (!scrape->gzip)
			return -ENOMEM;
	}
	return 0;
}

static void watch(struct scrape *scrape)
{
	struct watch_entry *w = &scrape->watched;

	w->fd = MHD_get_connection_info(scrape->connection, MHD_CONNECTION_INFO_CONNECTION_FD)
			->connect_fd;
	w->exposition = scrape->exposition;
	w->deadline_ns = clock_mono_ns() + scrape->server->send_timeout_ns;
	watch_add(&scrape->server->watch, w);
}

enum MHD_Result scrape_answer(struct scrape *scrape)
{
	struct request_terms terms;
	int r = scrape->failed;

	/* libmicrohttpd drops what is queued while it is being stopped, and may ask again. */
	if (scrape->render)
		return MHD_NO;
	if (!r && !scrape->exposition)
		r = -ENOMEM;
	if (!r)
		r = request_terms(scrape->server, scrape->connection, &terms);
	if (!r)
		r = prepare(scrape, &terms);
	if (r)
		return refuse(scrape->connection, r);
	watch(scrape);
	return queue_body(scrape->connection, scrape, &terms);
}

enum MHD_Result scrape_describe(struct http_server *s, struct MHD_Connection *c)
{
	struct request_terms terms;
	struct query query;
	struct err e = {0};
	int r = query_parse(c, &s->provider, &query, &e);

	if (r)
		return refuse_query(c, r, &e);
	r = request_terms(s, c, &terms);
	return r ? refuse(c, r) : queue_body(c, NULL, &terms);
}

void scrape_free(struct scrape *scrape)
{
	if (!scrape)
		return;
	watch_remove(&scrape->server->watch, &scrape->watched, scrape->is_sent);
	gzip_stream_free(scrape->gzip);
	render_free(scrape->render);
	exposition_unref(scrape->exposition);
	free(scrape);
}
