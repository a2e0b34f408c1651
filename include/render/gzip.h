/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RENDER_GZIP_H
#define RENDER_GZIP_H

/* A gzip stream over anything that can be pulled, by ISA-L at level 1. */
#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* Where the bytes come from: as render_read(). */
typedef ssize_t (*gzip_pull_fn)(void *ctx, char *dst, size_t size);

struct gzip_stream;

/* gzip_stream_new() - NULL without memory. @ctx must live as long. */
struct gzip_stream *gzip_stream_new(gzip_pull_fn pull, void *ctx);
void gzip_stream_free(struct gzip_stream *g);
DEFINE_CLEANUP(gzip_stream_free, struct gzip_stream *)

/* gzip_stream_read() - Return: bytes written, 0 at the end, or the source's -errno, from then on
 * always. */
ssize_t gzip_stream_read(struct gzip_stream *g, char *dst, size_t size);

#endif
