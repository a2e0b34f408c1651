// SPDX-License-Identifier: GPL-2.0-only
#include "dump_internal.h"

#include <stdio.h>

#include "base/json.h"
#include "base/utf8.h"

/* Printable ASCII that no style writes otherwise. */
static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* The control characters that have two bytes: terminals obey them, too. */
static bool is_c1(const unsigned char *p, size_t length)
{
	return length == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

/* Marks that turn the direction of what follows, on the whole line: U+200E, U+200F, U+202A to
 * U+202E, U+2066 to U+2069. */
static bool is_bidi(const unsigned char *p, size_t length)
{
	return length == 3 && p[0] == 0xe2 &&
	       ((p[1] == 0x80 &&
		 (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xaa && p[2] <= 0xae))) ||
		(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

static void put_code_point(struct out *o, unsigned int v)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "\\u%04x", v & 0xffff);
	out_str(o, str_of(text));
}

static size_t put_special(struct out *o, const unsigned char *p, size_t n, enum text_style style)
{
	size_t length = utf8_length(p, n);
	char escape[JSON_ESCAPE_MAX];

	if (!length) {
		out_str(o, STR(UTF8_REPLACEMENT));
		return 1;
	}
	if (style != TEXT_PLAIN && is_c1(p, length)) {
		put_code_point(o, p[1]);
		return length;
	}
	if (style == TEXT_TABLE && is_bidi(p, length)) {
		put_code_point(o, 0x2000 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU));
		return length;
	}
	if (style == TEXT_PLAIN || length > 1 || (style == TEXT_TABLE && *p == '"'))
		out_put(o, (const char *)p, length);
	else
		out_put(o, escape, json_escape(escape, *p));
	return length;
}

void out_text(struct out *o, struct str s, enum text_style style)
{
	const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;

	if (style == TEXT_JSON)
		out_char(o, '"');
	while (p < end) {
		const unsigned char *from = p;

		while (p < end && is_plain(*p))
			p++;
		out_put(o, (const char *)from, (size_t)(p - from));
		if (p < end)
			p += put_special(o, p, (size_t)(end - p), style);
	}
	if (style == TEXT_JSON)
		out_char(o, '"');
}
