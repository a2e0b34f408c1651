// SPDX-License-Identifier: GPL-2.0-only
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ENOTSUPP_IN_KERNEL 524

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list args;

	if (!e)
		return code;
	va_start(args, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, args);
	va_end(args);
	return code;
}

int err_wrap(struct err *e, int code, const char *fmt, ...)
{
	char context[512];
	va_list args;
	size_t n, room;

	if (!e)
		return code;
	va_start(args, fmt);
	vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);

	n = strlen(context);
	if (e->text[0] && n + 2 < sizeof(context))
		n += (size_t)snprintf(context + n, sizeof(context) - n, ": ");
	room = sizeof(e->text) - n - 1;
	memmove(e->text + n, e->text, strnlen(e->text, room) + 1);
	memcpy(e->text, context, n);
	e->text[sizeof(e->text) - 1] = '\0';
	return code;
}

const char *err_name(int code)
{
	static _Thread_local char text[64];

	if (code < 0)
		code = -code;
	if (code == ENOTSUPP_IN_KERNEL)
		return "Operation not supported by this kind of map";
	return strerror_r(code, text, sizeof(text));
}
