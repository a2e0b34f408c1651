/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SUPPORT_GUNZIP_H
#define SUPPORT_GUNZIP_H

#include "base/buf.h"

/* gunzip() - append what @in unpacks to, by gzip(1), which also checks length and sum; asserts that
 * it does. */
void gunzip(const struct buf *in, struct buf *out);

#endif
