// SPDX-License-Identifier: GPL-2.0-only
/* A cursor over families and parts. What is written is the renderer's. */
#include "render/render.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lines_internal.h"
#include "protobuf_internal.h"

const struct renderer *const renderers[] = {
	&renderer_text, &renderer_openmetrics, &renderer_text_1_0_0, &renderer_protobuf, NULL,
};

const struct format format_text = {.renderer = &renderer_text};

struct render *render_new(struct exposition *x, const struct format *format)
{
	struct render *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->exposition = exposition_ref(x);
	r->format = *format;
	return r;
}

void render_free(struct render *r)
{
	if (!r)
		return;
	exposition_unref(r->exposition);
	lines_done(&r->lines);
	message_done(&r->message);
	buf_done(&r->pending);
	free(r);
}

static bool family_is_shown(const struct exposition_family *f)
{
	for (size_t i = 0; i < f->n_parts; i++)
		if (f->parts[i].set->n_shown)
			return true;
	return false;
}

static void next_family(struct render *r)
{
	r->family++;
	r->part = 0;
	r->in_family = false;
}

/* The next thing to write. Returns what went directly to @dst. */
static ssize_t step(struct render *r, char *dst, size_t size)
{
	const struct renderer *renderer = r->format.renderer;
	const struct exposition_family *f = &r->exposition->families[r->family];

	if (!r->in_family) {
		if (!family_is_shown(f)) {
			next_family(r);
			return 0;
		}
		r->in_family = true;
		return renderer->begin_family(r, f);
	}
	if (r->part == f->n_parts) {
		next_family(r);
		return 0;
	}
	if (!r->in_part) {
		r->in_part = true;
		r->slot = 0;
		return renderer->begin_part(r, &f->parts[r->part]);
	}
	return renderer->write_part(r, &f->parts[r->part], dst, size);
}

static int end(struct render *r)
{
	r->has_ended = true;
	return r->format.renderer->end ? r->format.renderer->end(r) : 0;
}

static size_t take_pending(struct render *r, char *dst, size_t size)
{
	size_t n = r->pending.len - r->pending_taken;

	if (!n)
		return 0;
	if (n > size)
		n = size;
	memcpy(dst, r->pending.data + r->pending_taken, n);
	r->pending_taken += n;
	if (r->pending_taken == r->pending.len)
		r->pending.len = r->pending_taken = 0;
	return n;
}

ssize_t render_read(struct render *r, char *dst, size_t size)
{
	size_t used = 0;

	if (atomic_load(&r->exposition->revoked))
		return -ESTALE;
	for (;;) {
		ssize_t n;

		used += take_pending(r, dst + used, size - used);
		if (r->pending.len || used == size || r->has_ended)
			return (ssize_t)used;
		if (r->family == r->exposition->n_families)
			n = end(r);
		else
			n = step(r, dst + used, size - used);
		if (n < 0)
			return n;
		used += (size_t)n;
	}
}
