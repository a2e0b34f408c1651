// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"

int ctl_fail(int status, const char *fmt, ...)
{
	va_list args;

	fputs("bpfmapctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

int ctl_fail_suggest(const char *what, const char *word, const char *const *candidates, size_t n)
{
	const char *meant = str_suggest(word, candidates, n);

	if (meant)
		return ctl_fail(CTL_USAGE, "%s '%s' (did you mean '%s'?)", what, word, meant);
	return ctl_fail(CTL_USAGE, "%s '%s'; `bpfmapctl --help` shows what there is", what, word);
}

/* What a failed operation makes of the exit status; its message is printed. */
int ctl_fail_with(int code, const struct err *e)
{
	bool refused = code == -EPERM || code == -EACCES || code == -ENOSYS || code == -ENOENT;

	return ctl_fail(refused ? CTL_REFUSED : CTL_FAILED, "%s", e->text);
}

int ctl_worse(int a, int b)
{
	return a > b ? a : b;
}

int ctl_require_root(const char *why)
{
	return geteuid() ? ctl_fail(CTL_REFUSED, "%s: run this as root", why) : CTL_OK;
}

/* Return: the exit status. */
int ctl_open(const char *pin, struct map_source **ret_source)
{
	struct err e = {0};
	int r = map_source_open(pin, false, ret_source, &e);

	return r ? ctl_fail_with(r, &e) : CTL_OK;
}
