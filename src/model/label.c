// SPDX-License-Identifier: GPL-2.0-only
/*
 * Label text: name="value" pairs with commas between, values escaped as the
 * text formats want them. Whatever bytes come from a map, what is written is
 * valid UTF-8 without NUL, so that no map can break a scrape.
 */
#include "model/snapshot.h"

#include <errno.h>
#include <string.h>

#include "base/utf8.h"

/* Needs room for three bytes; returns how many input bytes were used. */
static size_t escape_one(char **dst, const unsigned char *p, size_t n)
{
	size_t length = *p ? utf8_length(p, n) : 0;

	if (!length) {
		memcpy(*dst, UTF8_REPLACEMENT, 3);
		*dst += 3;
		return 1;
	}
	if (*p == '"' || *p == '\\' || *p == '\n') {
		*(*dst)++ = '\\';
		*(*dst)++ = (char)(*p == '\n' ? 'n' : *p);
		return 1;
	}
	memcpy(*dst, p, length);
	*dst += length;
	return length;
}

int label_escape(struct buf *text, struct str value)
{
	const unsigned char *p = (const unsigned char *)value.p;
	char *dst;
	int r;

	if (value.n > SIZE_MAX / 4)
		return -ENOMEM;
	r = buf_reserve(text, 3 * value.n + 1);
	if (r < 0)
		return r;
	dst = text->data + text->len;
	for (size_t i = 0; i < value.n;)
		i += escape_one(&dst, p + i, value.n - i);
	text->len = (size_t)(dst - text->data);
	return 0;
}

int label_append_name(struct buf *text, struct str name)
{
	int r;

	if (str_is_name(name))
		return buf_append(text, name.p, name.n);
	r = buf_append(text, "\"", 1);
	if (r == 0)
		r = label_escape(text, name);
	return r ? r : buf_append(text, "\"", 1);
}

int label_append(struct buf *text, struct str name, struct str value)
{
	int r = 0;

	if (text->len)
		r = buf_append(text, ",", 1);
	if (r == 0)
		r = label_append_name(text, name);
	if (r == 0)
		r = buf_append(text, "=\"", 2);
	if (r == 0)
		r = label_escape(text, value);
	if (r == 0)
		r = buf_append(text, "\"", 1);
	return r;
}

/* What is between the quotes from @p on; what follows them. */
static const char *next_quoted(const char *p, const char *end, struct str *ret)
{
	ret->p = ++p;
	while (p < end && *p != '"')
		p += *p == '\\' ? 2 : 1;
	ret->n = (size_t)(p - ret->p);
	return p + 1;
}

bool label_next(struct str *rest, struct str *ret_name, struct str *ret_value)
{
	const char *p = rest->p, *end, *equals;

	if (!rest->n)
		return false;
	end = p + rest->n;
	if (*p == ',')
		p++;
	if (p < end && *p == '"') {
		p = next_quoted(p, end, ret_name);
		equals = p < end && *p == '=' ? p : NULL;
	} else {
		equals = memchr(p, '=', (size_t)(end - p));
		*ret_name = (struct str){.p = p, .n = equals ? (size_t)(equals - p) : 0};
	}
	if (!equals || end - equals < 3)
		return false;
	p = next_quoted(equals + 1, end, ret_value);
	*rest = (struct str){.p = p, .n = p < end ? (size_t)(end - p) : 0};
	return true;
}

size_t label_unescape(char *dst, struct str escaped)
{
	size_t n = 0;

	if (!escaped.n || !memchr(escaped.p, '\\', escaped.n)) {
		memcpy(dst, escaped.p, escaped.n);
		return escaped.n;
	}
	for (size_t i = 0; i < escaped.n; i++) {
		bool is_escape = escaped.p[i] == '\\' && i + 1 < escaped.n;

		i += is_escape;
		dst[n++] = (char)(is_escape && escaped.p[i] == 'n' ? '\n' : escaped.p[i]);
	}
	return n;
}
