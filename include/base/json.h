/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>

#define JSON_ESCAPE_MAX 6

/*
 * json_escape() - what stands for a byte in the text of a JSON string: of
 * quotes, backslashes and control characters.
 * @dst: not terminated.
 *
 * Return: how many bytes were written; 0: the byte stands for itself.
 */
size_t json_escape(char dst[static JSON_ESCAPE_MAX], unsigned char c);

#endif
