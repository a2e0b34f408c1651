/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RENDER_TEXT_H
#define RENDER_TEXT_H

/*
 * The text exposition format 0.0.4, pulled in pieces of any size: no body the
 * size of the output is ever built.
 */
#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "model/exposition.h"

#define TEXT_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct text_render;

/* text_render_new() - takes a reference to @x. NULL without memory. */
struct text_render *text_render_new(struct exposition *x);
void text_render_free(struct text_render *r);
DEFINE_CLEANUP(text_render_free, struct text_render *)

/*
 * text_render_read() - the next bytes.
 * @size: of @dst, at least 1.
 *
 * Return: how many were written, 0 at the end, -ENOMEM, or -ESTALE where the
 *         exposition was revoked.
 */
ssize_t text_render_read(struct text_render *r, char *dst, size_t size);

#endif
