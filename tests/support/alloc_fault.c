// SPDX-License-Identifier: GPL-2.0-only
#include "support/alloc_fault.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static _Thread_local long countdown = -1;
static _Thread_local bool has_struck;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

void alloc_fault_arm(long nth)
{
	countdown = nth;
	has_struck = false;
}

bool alloc_fault_disarm(void)
{
	countdown = -1;
	return has_struck;
}

static bool strikes(void)
{
	if (countdown < 0 || countdown--)
		return false;
	has_struck = true;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return strikes() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return strikes() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return strikes() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
	return strikes() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
	return strikes() ? NULL : __real_strndup(s, n);
}
