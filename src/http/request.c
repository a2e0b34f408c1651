// SPDX-License-Identifier: GPL-2.0-only
#include "request_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"

/* What of the time that Prometheus waits is left for sending, but no more than half of it. */
#define SEND_MARGIN_S 0.5

/* A client may say that it waits longer than others do, but not how long we wait. */
#define WAIT_MAX_S    120

struct list {
	const char *name;
	struct buf text;
	int result;
};

static enum MHD_Result join_line(void *cls, enum MHD_ValueKind kind, const char *name,
				 const char *value)
{
	struct list *list = cls;

	(void)kind;
	if (strcasecmp(name, list->name) != 0)
		return MHD_YES;
	list->result = buf_puts(&list->text, value ? value : "");
	if (!list->result)
		list->result = buf_puts(&list->text, ",");
	return list->result ? MHD_NO : MHD_YES;
}

/* All lines of a header are one list. */
static int read_list(struct MHD_Connection *c, const char *name, struct buf *ret_text)
{
	struct list list = {.name = name};

	MHD_get_connection_values(c, MHD_HEADER_KIND, join_line, &list);
	*ret_text = list.text;
	if (list.result)
		return list.result;
	return buf_string(ret_text) ? 0 : -ENOMEM;
}

int request_terms(const struct http_server *s, struct MHD_Connection *c,
		  struct request_terms *ret_terms)
{
	_cleanup_buf_ struct buf accept = BUF_INIT, encodings = BUF_INIT;
	int r = read_list(c, MHD_HTTP_HEADER_ACCEPT, &accept);

	r = r ? r : read_list(c, MHD_HTTP_HEADER_ACCEPT_ENCODING, &encodings);
	if (r)
		return r;
	ret_terms->format = format_negotiate(accept.data);
	ret_terms->format.has_created = s->has_created_samples;
	ret_terms->gzip = format_takes_gzip(encodings.data);
	return 0;
}

/*
 * Digits, with a point after the first at the earliest. libmicrohttpd leaves
 * blanks at the end. Return: 0 where it is no such number.
 */
static double parse_seconds(const char *text)
{
	size_t n = strspn(text, "0123456789.");
	char *end;
	double seconds;

	if (!isdigit((unsigned char)text[0]) || text[n + strspn(text + n, " \t")])
		return 0;
	seconds = strtod(text, &end);
	return end == text + n ? seconds : 0;
}

uint64_t request_wait_ns(const struct http_server *s, struct MHD_Connection *c)
{
	const char *text = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
						       "X-Prometheus-Scrape-Timeout-Seconds");
	double seconds = text ? parse_seconds(text) : 0, wait_s;

	if (seconds <= 0)
		return s->scrape_timeout_ns;
	wait_s = seconds < 2 * SEND_MARGIN_S ? seconds / 2 : seconds - SEND_MARGIN_S;
	if (wait_s > WAIT_MAX_S)
		wait_s = WAIT_MAX_S;
	return (uint64_t)(wait_s * (double)NS_PER_S);
}
