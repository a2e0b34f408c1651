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

int label_append(struct buf *text, struct str name, struct str value)
{
	int r = 0;

	if (text->len)
		r = buf_append(text, ",", 1);
	if (r == 0)
		r = buf_append(text, name.p, name.n);
	if (r == 0)
		r = buf_append(text, "=\"", 2);
	if (r == 0)
		r = label_escape(text, value);
	if (r == 0)
		r = buf_append(text, "\"", 1);
	return r;
}

bool label_next(struct str *rest, struct str *ret_name, struct str *ret_value)
{
	const char *p = rest->p, *end = rest->p + rest->n, *equals;

	if (!rest->n)
		return false;
	if (*p == ',')
		p++;
	equals = memchr(p, '=', (size_t)(end - p));
	if (!equals || end - equals < 3)
		return false;
	*ret_name = (struct str){.p = p, .n = (size_t)(equals - p)};
	p = equals + 2;
	ret_value->p = p;
	while (p < end && *p != '"')
		p += *p == '\\' ? 2 : 1;
	ret_value->n = (size_t)(p - ret_value->p);
	*rest = (struct str){.p = p + 1, .n = p + 1 < end ? (size_t)(end - p - 1) : 0};
	return true;
}
