// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text as a YAML scalar that every reader takes for text: plain where it looks
 * like nothing else, in single quotes where a backslash would need escapes,
 * else in double quotes, in which anything can be written.
 */
#include "base/yaml_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

static bool is_word_of_yaml(const char *s)
{
	static const char *const words[] = {"true", "false", "yes", "no",  "on",
					    "off",  "y",     "n",   "null"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcasecmp(s, words[i]))
			return true;
	return false;
}

/* It begins with a letter and has nothing that means something anywhere, also inside of braces. */
static bool is_plain(const char *s)
{
	size_t n = strlen(s);

	if (!n || !(isalpha((unsigned char)*s) || strchr("_/", *s)) || s[n - 1] == ' ')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("_ ./()+-=;", s[i]))
			return false;
	return !is_word_of_yaml(s);
}

static bool is_printable_ascii(const char *s)
{
	for (; *s; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

/* The code point at @s and its length; 0 where it is no UTF-8, which only paths may have. */
static unsigned int decode(const char *s, size_t *ret_n)
{
	unsigned char c = (unsigned char)*s;
	size_t n = utf8_length((const unsigned char *)s, strlen(s));
	unsigned int v = n == 1 ? c : c & (0x7f >> n);

	*ret_n = n ? n : 1;
	for (size_t i = 1; i < n; i++)
		v = v << 6 | ((unsigned char)s[i] & 0x3f);
	return n ? v : 0;
}

/* Controls, line ends, marks of byte order and what is no character. */
static bool must_escape(unsigned int v)
{
	return v < 0x20 || (v >= 0x7f && v < 0xa0) || v == 0x2028 || v == 0x2029 || v == 0xfeff ||
	       (v & 0xfffe) == 0xfffe;
}

static int quote_double(struct buf *b, const char *s)
{
	int r = buf_puts(b, "\"");

	while (r == 0 && *s) {
		size_t n;
		unsigned int v = decode(s, &n);

		if (*s == '"' || *s == '\\')
			r = buf_printf(b, "\\%c", *s);
		else if (v == '\n')
			r = buf_puts(b, "\\n");
		else if (!v)
			r = buf_puts(b, UTF8_REPLACEMENT);
		else if (must_escape(v))
			r = buf_printf(b, v > 0xffff ? "\\U%08X" : "\\u%04X", v);
		else
			r = buf_append(b, s, n);
		s += n;
	}
	return r < 0 ? r : buf_puts(b, "\"");
}

static int quote_single(struct buf *b, const char *s)
{
	int r = buf_puts(b, "'");

	for (; r == 0 && *s; s++)
		r = buf_append(b, *s == '\'' ? "''" : s, *s == '\'' ? 2 : 1);
	return r < 0 ? r : buf_puts(b, "'");
}

int yaml_quote(struct buf *b, const char *s)
{
	if (is_plain(s))
		return buf_puts(b, s);
	if (is_printable_ascii(s) && strpbrk(s, "\\\""))
		return quote_single(b, s);
	return quote_double(b, s);
}

int yaml_comment(struct buf *b, const char *s, size_t n)
{
	int r = 0;

	for (size_t i = 0, length; r == 0 && i < n; i += length) {
		bool bad = must_escape(decode(s + i, &length));

		r = buf_append(b, bad ? "?" : s + i, bad ? 1 : length);
	}
	return r;
}
