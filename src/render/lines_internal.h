/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RENDER_LINES_INTERNAL_H
#define RENDER_LINES_INTERNAL_H

/* What the formats share that write a sample a line. */
#include "renderer_internal.h"

/* lines_append_help() - the text of a comment, escaped. Return: 0 or -ENOMEM. */
int lines_append_help(struct buf *b, const char *help, bool escapes_quotes);

/*
 * lines_begin_part() - what all lines of the part have.
 * @is_openmetrics: bounds in their canonical form; sums and counts, and times
 *                  of creation, as OpenMetrics wants them.
 */
int lines_begin_part(struct render *r, const struct exposition_part *p, bool is_openmetrics);

/* As in struct renderer. */
ssize_t lines_write_part(struct render *r, const struct exposition_part *p, char *dst, size_t size);

void lines_done(struct lines *l);

#endif
