/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SUPPORT_HTTP_CLIENT_H
#define SUPPORT_HTTP_CLIENT_H

/*
 * A raw HTTP/1.1 client that hides nothing: tests write the bytes of a request
 * and see whether an answer ended as it should. Everything gives up after
 * HTTP_CLIENT_PATIENCE_S seconds without a byte.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define HTTP_CLIENT_PATIENCE_S 20

struct http_client {
	int fd;	       /* -1: not connected */
	struct buf in; /* received… */
	size_t used;   /* … of which so much belongs to earlier answers */
};

#define HTTP_CLIENT_INIT \
	{                \
		.fd = -1 \
	}

struct http_answer {
	int status;
	char *head;	 /* status line and headers, terminated */
	struct buf body; /* without its chunked framing */
};

/* http_client_open() - connect to the loopback address of IPv4 or IPv6. Return: 0 or -errno. */
int http_client_open(struct http_client *c, bool v6, uint16_t port);
void http_client_close(struct http_client *c);
#define _cleanup_http_client_ _cleanup_(http_client_close)

/* http_client_send() - all bytes. Return: 0 or -errno. */
int http_client_send(struct http_client *c, const void *data, size_t n);
int http_client_puts(struct http_client *c, const char *text);

/*
 * http_client_read() - the next answer.
 * @has_body: false for the answer to a HEAD request.
 *
 * Return: 0, -ENODATA (closed before its first byte), -EPIPE (closed inside
 *         it), -EPROTO (no HTTP), -ENOMEM, -ECONNRESET, -EAGAIN (patience lost).
 *         What was read of the body is in @ret_answer even then.
 */
int http_client_read(struct http_client *c, bool has_body, struct http_answer *ret_answer);

/* http_client_wait_close() - pass over what comes. Return: 0 at an orderly end, or -errno. */
int http_client_wait_close(struct http_client *c);

/* http_request() - one request on a connection of its own. @headers: "" or lines that end in \r\n.
 */
int http_request(uint16_t port, const char *method, const char *target, const char *headers,
		 struct http_answer *ret_answer);

/* http_header() - the value of a header, or NULL. Thread-local, until the next call. */
const char *http_header(const struct http_answer *a, const char *name);

void http_answer_done(struct http_answer *a);
#define _cleanup_http_answer_ _cleanup_(http_answer_done)

#endif
