/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* What stands for bytes that are no text. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * utf8_length() - bytes of the character that @p starts with.
 * @n: bytes that there are, at least 1.
 *
 * Return: 1 to 4, or 0 where it is no UTF-8: overlong, cut, a surrogate, above U+10FFFF.
 */
size_t utf8_length(const unsigned char *p, size_t n);

#endif
