/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BASE_YAML_TEXT_H
#define BASE_YAML_TEXT_H

/* Any text in YAML that we write. */
#include "base/buf.h"

/*
 * yaml_quote() - append @s as a scalar that every reader takes for this text,
 * also inside of braces. Bytes that are no UTF-8 become U+FFFD.
 *
 * Return: 0 or -ENOMEM.
 */
int yaml_quote(struct buf *b, const char *s);

/* yaml_comment() - append what a comment may hold; nothing can be escaped there. Return: 0 or
 * -ENOMEM. */
int yaml_comment(struct buf *b, const char *s, size_t n);

#endif
