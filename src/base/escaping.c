// SPDX-License-Identifier: GPL-2.0-only
#include "base/escaping.h"

#include <stdint.h>

#include "base/utf8.h"

const char *escaping_name(enum escaping scheme)
{
	static const char *const names[] = {
		[ESCAPING_UNDERSCORES] = "underscores",
		[ESCAPING_UTF8] = "allow-utf-8",
		[ESCAPING_DOTS] = "dots",
		[ESCAPING_VALUES] = "values",
	};

	return names[scheme];
}

static uint32_t code_point(const unsigned char *p, size_t n)
{
	uint32_t c = n == 1 ? p[0] : p[0] & (0x7fU >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

/* A character of @n bytes. */
static int append_one(struct buf *b, enum escaping scheme, const char *p, size_t n, bool is_first)
{
	if (*p == '_' && scheme != ESCAPING_UNDERSCORES)
		return buf_append(b, "__", 2);
	if (str_may_be_in_name(*p, is_first))
		return buf_append(b, p, 1);
	if (scheme == ESCAPING_VALUES)
		return buf_printf(b, "_%x_", code_point((const unsigned char *)p, n));
	if (scheme == ESCAPING_UNDERSCORES)
		return buf_append(b, "_", 1);
	return buf_puts(b, *p == '.' ? "_dot_" : "__");
}

int escaping_append(struct buf *b, enum escaping scheme, struct str name)
{
	int r = 0;

	if (scheme == ESCAPING_UTF8 || str_is_name(name))
		return buf_append(b, name.p, name.n);
	if (scheme == ESCAPING_VALUES)
		r = buf_puts(b, "U__");
	for (size_t i = 0, n; r == 0 && i < name.n; i += n) {
		n = utf8_length((const unsigned char *)name.p + i, name.n - i);
		if (!n)
			n = 1;
		r = append_one(b, scheme, name.p + i, n, i == 0);
	}
	return r;
}
