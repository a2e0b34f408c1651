// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"
#include "source/map_ops.h"

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

int ctl_require_bpf(void)
{
	uint32_t id;

	/* Whatever else it says: the system call is there. */
	if (map_next_id(0, &id) != -ENOSYS)
		return CTL_OK;
	return ctl_fail(CTL_REFUSED, "this kernel has no bpf() system call: it takes one with "
				     "CONFIG_BPF_SYSCALL=y, or a container whose seccomp profile "
				     "allows it");
}

/* What to do where the locator is wrong; "" where the message says it, or nobody knows. */
static const char *advice(const char *locator, int r)
{
	bool is_wrong = r == MAP_SOURCE_GONE || r == -EMEDIUMTYPE || r == -EISDIR || r == -EINVAL ||
			r == -ENOTDIR;

	if (!is_wrong)
		return "";
	return strncmp(locator, "id:", 3) ? "; `find /sys/fs/bpf -type f` lists what is pinned"
					  : "; `bpftool map show` lists the maps and their ids";
}

int ctl_open(const char *locator, struct map_source **ret_source)
{
	struct err e = {0};
	int r = map_source_open(locator, false, ret_source, &e);
	size_t n = strlen(e.text);

	if (!r)
		return CTL_OK;
	snprintf(e.text + n, sizeof(e.text) - n, "%s", advice(locator, r));
	return ctl_fail_with(r, &e);
}
