// SPDX-License-Identifier: GPL-2.0-only
#include "support/http_client.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

int http_client_open(struct http_client *c, bool v6, uint16_t port)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
				   .sin6_port = htons(port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in in4 = {.sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct timeval patience = {.tv_sec = HTTP_CLIENT_PATIENCE_S};

	*c = (struct http_client)HTTP_CLIENT_INIT;
	c->fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -errno;
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(c->fd, v6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in4,
		    v6 ? sizeof(in6) : sizeof(in4)))
		return -errno;
	return 0;
}

void http_client_close(struct http_client *c)
{
	close_fdp(&c->fd);
	buf_done(&c->in);
	*c = (struct http_client)HTTP_CLIENT_INIT;
}

int http_client_send(struct http_client *c, const void *data, size_t n)
{
	while (n) {
		ssize_t sent = send(c->fd, data, n, MSG_NOSIGNAL);

		if (sent < 0)
			return -errno;
		data = (const char *)data + sent;
		n -= (size_t)sent;
	}
	return 0;
}

int http_client_puts(struct http_client *c, const char *text)
{
	return http_client_send(c, text, strlen(text));
}

/* More bytes at the end of `in`. -EPIPE at the end of the connection. */
static int receive(struct http_client *c)
{
	ssize_t n;

	if (buf_reserve(&c->in, 65536))
		return -ENOMEM;
	n = recv(c->fd, c->in.data + c->in.len, 65536, 0);
	if (n <= 0)
		return n ? -errno : -EPIPE;
	c->in.len += (size_t)n;
	return 0;
}

/* The text up to and with @mark, which is used up then. */
static int read_until(struct http_client *c, const char *mark, struct str *ret_text)
{
	for (;;) {
		size_t n = c->in.len - c->used;
		char *start = n ? c->in.data + c->used : NULL;
		char *end = n ? memmem(start, n, mark, strlen(mark)) : NULL;
		int r;

		if (end) {
			*ret_text =
				(struct str){.p = start, .n = (size_t)(end - start) + strlen(mark)};
			c->used += ret_text->n;
			return 0;
		}
		r = receive(c);
		if (r)
			return r;
	}
}

/* @n bytes; as many as there are where it fails. */
static int read_bytes(struct http_client *c, size_t n, struct buf *out)
{
	int r = 0;

	while (n && !r) {
		size_t there = c->in.len - c->used;
		size_t take = there < n ? there : n;

		if (!there) {
			r = receive(c);
			continue;
		}
		if (buf_append(out, c->in.data + c->used, take))
			return -ENOMEM;
		c->used += take;
		n -= take;
		if (c->used == c->in.len)
			c->used = c->in.len = 0;
	}
	return r;
}

static int read_chunks(struct http_client *c, struct buf *out)
{
	for (;;) {
		struct buf end = BUF_INIT;
		struct str line;
		size_t n;
		int r = read_until(c, "\r\n", &line);

		if (r)
			return r;
		n = strtoul(line.p, NULL, 16);
		r = read_bytes(c, n, out);
		r = r ? r : read_bytes(c, 2, &end);
		if (!r && memcmp(end.data, "\r\n", 2) != 0)
			r = -EPROTO;
		buf_done(&end);
		if (r || !n)
			return r;
	}
}

static int read_to_close(struct http_client *c, struct buf *out)
{
	int r = 0;

	while (!r)
		r = read_bytes(c, 65536, out);
	return r == -EPIPE ? 0 : r;
}

static int read_body(struct http_client *c, struct http_answer *a)
{
	const char *encoding = http_header(a, "Transfer-Encoding");
	const char *length;

	if (encoding && !strcasecmp(encoding, "chunked"))
		return read_chunks(c, &a->body);
	length = http_header(a, "Content-Length");
	return length ? read_bytes(c, strtoul(length, NULL, 10), &a->body)
		      : read_to_close(c, &a->body);
}

int http_client_read(struct http_client *c, bool has_body, struct http_answer *ret_answer)
{
	struct http_answer *a = ret_answer;
	struct str head;
	int r;

	memset(a, 0, sizeof(*a));
	r = read_until(c, "\r\n\r\n", &head);
	if (r)
		return r == -EPIPE && c->in.len == c->used ? -ENODATA : r;
	a->head = strndup(head.p, head.n);
	if (!a->head)
		return -ENOMEM;
	if (sscanf(a->head, "HTTP/1.%*1[01] %d", &a->status) != 1)
		return -EPROTO;
	if (a->status == 100) {
		http_answer_done(a);
		return http_client_read(c, has_body, a);
	}
	return has_body ? read_body(c, a) : 0;
}

int http_client_wait_close(struct http_client *c)
{
	int r;

	do {
		c->in.len = c->used = 0;
		r = receive(c);
	} while (!r);
	return r == -EPIPE ? 0 : r;
}

int http_request(uint16_t port, const char *method, const char *target, const char *headers,
		 struct http_answer *ret_answer)
{
	_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
	_cleanup_buf_ struct buf request = BUF_INIT;
	int r = http_client_open(&c, false, port);

	memset(ret_answer, 0, sizeof(*ret_answer));
	if (!r)
		r = buf_printf(&request, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method,
			       target, headers);
	r = r ? r : http_client_send(&c, request.data, request.len);
	return r ? r : http_client_read(&c, strcmp(method, "HEAD") != 0, ret_answer);
}

const char *http_header(const struct http_answer *a, const char *name)
{
	static _Thread_local char value[1024];
	const char *line = a->head ? strstr(a->head, "\r\n") : NULL;
	size_t n = strlen(name);

	for (; line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		line += n + 1 + strspn(line + n + 1, " ");
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, "\r"), line);
		return value;
	}
	return NULL;
}

void http_answer_done(struct http_answer *a)
{
	free(a->head);
	buf_done(&a->body);
	memset(a, 0, sizeof(*a));
}
