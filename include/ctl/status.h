/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CTL_STATUS_H
#define CTL_STATUS_H

/* How commands say what went wrong, and open what they look at. */
#include "base/err.h"
#include "ctl/commands.h"
#include "source/map_source.h"

/* ctl_fail() - "bpfmapctl: …" on standard error. Return: @status. */
int ctl_fail(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ctl_fail_with() - the same for what failed with @code. Return: CTL_REFUSED or CTL_FAILED. */
int ctl_fail_with(int code, const struct err *e);

/*
 * ctl_fail_suggest() - that there is no such @what as @word, and what was
 * probably meant. @candidates: may contain NULL. Return: CTL_USAGE.
 */
int ctl_fail_suggest(const char *what, const char *word, const char *const *candidates, size_t n);

/* ctl_worse() - of two statuses. */
int ctl_worse(int a, int b);

/* ctl_require_root() - Return: CTL_OK, or CTL_REFUSED after saying @why. */
int ctl_require_root(const char *why);

/* ctl_require_bpf() - Return: CTL_OK, or CTL_REFUSED after saying that the kernel lacks it. */
int ctl_require_bpf(void);

/* ctl_open() - a pin, or id:N. Return: CTL_OK, or a status after saying why not. */
int ctl_open(const char *locator, struct map_source **ret_source);

#endif
