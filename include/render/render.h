/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

/*
 * An exposition in any format, pulled in pieces of any size: no body the size
 * of the output is ever built.
 */
#include <sys/types.h>

#include "base/cleanup.h"
#include "model/exposition.h"
#include "render/format.h"

struct render;

/* render_new() - takes a reference to @x. NULL without memory. */
struct render *render_new(struct exposition *x, const struct format *format);
void render_free(struct render *r);
DEFINE_CLEANUP(render_free, struct render *)

/*
 * render_read() - the next bytes.
 * @size: of @dst, at least 1.
 *
 * Return: how many were written, 0 at the end, -ENOMEM, or -ESTALE where the
 *         exposition was revoked.
 */
ssize_t render_read(struct render *r, char *dst, size_t size);

#endif
