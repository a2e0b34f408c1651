// SPDX-License-Identifier: GPL-2.0-only
#include "base/problems.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/buf.h"

static int problems_keep(struct problems *p, char *text)
{
	char **items = realloc(p->items, (p->n + 1) * sizeof(*items));

	if (!items)
		return -ENOMEM;
	p->items = items;
	p->items[p->n++] = text;
	return 0;
}

int problems_add(struct problems *p, const struct place *at, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_(freep) char *text = NULL;
	va_list args;
	int r = 0;

	if (at && at->file && at->line)
		r = buf_printf(&b, "%s:%u:%u: ", at->file, at->line, at->column);
	else if (at && at->file)
		r = buf_printf(&b, "%s: ", at->file);
	if (r == 0) {
		va_start(args, fmt);
		r = buf_vprintf(&b, fmt, args);
		va_end(args);
	}
	if (r == 0)
		text = buf_take(&b);
	if (!text || problems_keep(p, text) < 0) {
		p->incomplete = true;
		return -ENOMEM;
	}
	take_ptr(text);
	return -EINVAL;
}

bool problems_any(const struct problems *p)
{
	return p->n || p->incomplete;
}

void problems_done(struct problems *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->items[i]);
	free(p->items);
	*p = (struct problems)PROBLEMS_INIT;
}
