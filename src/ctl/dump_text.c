// SPDX-License-Identifier: GPL-2.0-only
#include "dump_internal.h"

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

static size_t put_special(struct out *o, const unsigned char *p, size_t n, enum text_style style)
{
	size_t length = utf8_length(p, n);
	char escape[JSON_ESCAPE_MAX];

	if (!length) {
		out_str(o, STR(UTF8_REPLACEMENT));
		return 1;
	}
	if (style != TEXT_PLAIN && is_c1(p, length)) {
		out_str(o, STR("\\u00"));
		out_char(o, p[1] < 0x90 ? '8' : '9');
		out_char(o, "0123456789abcdef"[p[1] & 15]);
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
