/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BASE_BUF_H
#define BASE_BUF_H

/*
 * A growing byte buffer. `data` is NULL until the first byte; BUF_INIT and
 * zeroed memory are empty buffers. A failed call leaves the contents as they
 * were. Not terminated by NUL unless buf_string() asked for it.
 */
#include <stdarg.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/str.h"

struct buf {
	char *data;
	size_t len;
	size_t cap;
};

#define BUF_INIT  \
	{         \
		0 \
	}

/* buf_reserve() - room for @n more bytes at data + len. Return: 0 or -ENOMEM. */
int buf_reserve(struct buf *b, size_t n);

/* Each returns 0 or -ENOMEM. */
int buf_append(struct buf *b, const void *data, size_t n);
int buf_puts(struct buf *b, const char *s);
int buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *b, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

/* buf_string() - the contents, terminated; NULL without memory. Stays the buffer's. */
const char *buf_string(struct buf *b);

/* buf_take() - the contents as a terminated heap string, the buffer left empty; NULL without
 * memory. */
char *buf_take(struct buf *b);

void buf_done(struct buf *b);

#define _cleanup_buf_ _cleanup_(buf_done)

#endif
