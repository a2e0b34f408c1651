// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stack traces: the field is the addresses themselves, innermost first and up
 * to the first 0, or the id of a trace in another map. The frames are written
 * root first and joined by semicolons, as flame graphs want them.
 *
 * An id may stand for another trace later, so what it stood for is kept only
 * for the length of a pass or so. Ids that are errors, or not there any more,
 * stay numbers.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "decoder_internal.h"
#include "kallsyms_internal.h"
#include "text_cache_internal.h"

#define MAX_FRAMES 127

struct stack_state {
	struct stack_map *map;
	struct text_cache *texts; /* by id */
};

static int need_addresses(const struct decoder_input *in)
{
	const struct datum_shape *s = in->shape;
	bool is_array = s->kind == DATUM_BYTES && s->n && s->n % sizeof(uint64_t) == 0;

	if (is_array && s->field && s->field->kind == FIELD_ARRAY)
		is_array = s->field->members[0].size == sizeof(uint64_t);
	if (is_array)
		return 0;
	return problems_add(in->problems, &in->config->at,
			    "stack needs an array of 8-byte addresses, or an id and "
			    "{stack: {map: NAME}}");
}

static int open_map(struct stack_state *s, const struct decoder_input *in)
{
	struct err e = {0};
	int r;

	if (in->shape->kind != DATUM_NUMBER)
		return problems_add(in->problems, &in->config->at,
				    "stack with a map needs an integer field, the trace's id");
	if (!in->stacks) /* only checked, never run */
		return 0;
	r = in->stacks->open(in->stacks->ctx, in->config->stack_map, &s->map, &e);
	if (r == 0 || r == -ENOMEM)
		return r;
	return problems_add(in->problems, &in->config->at, "%s", e.text);
}

static int stack_init(struct decoder *d, const struct decoder_input *in)
{
	static const struct text_cache_options options = {.max_entries = 4096,
							  .max_entry_bytes = 8192,
							  .keep_ns = 2 * NS_PER_S,
							  .keep_unknown_ns = NS_PER_S / 2};
	struct stack_state *s = calloc(1, sizeof(*s));
	int r;

	d->is_lossy = d->is_merging = true; /* a function has many addresses */
	d->state = s;
	if (!s)
		return -ENOMEM;
	r = in->config->stack_map ? open_map(s, in) : need_addresses(in);
	if (r < 0)
		return r;
	if (s->map) {
		s->texts = text_cache_new(&options);
		if (!s->texts)
			return -ENOMEM;
	}
	return kallsyms_load(clock_mono_ns());
}

static void stack_done(struct decoder *d)
{
	struct stack_state *s = d->state;

	if (!s)
		return;
	if (s->map)
		s->map->close(s->map);
	text_cache_free(s->texts);
	free(s);
}

static int write_frames(const uint64_t *addresses, size_t n, struct buf *out)
{
	uint64_t now_ns = clock_mono_ns();
	size_t depth = 0;
	int r = 0;

	while (depth < n && addresses[depth])
		depth++;
	for (size_t i = depth; r == 0 && i > 0; i--) {
		r = kallsyms_write(addresses[i - 1], now_ns, out);
		if (r == 0 && i > 1)
			r = buf_puts(out, ";");
	}
	return r;
}

static int find_trace(void *ctx, struct str key, struct buf *out)
{
	struct stack_map *map = ctx;
	uint64_t addresses[MAX_FRAMES];
	uint32_t id;
	size_t n;
	int r;

	memcpy(&id, key.p, sizeof(id));
	r = map->find(map, id, addresses, MAX_FRAMES, &n);
	if (r < 0)
		return r == -ENOMEM ? r : TEXT_CACHE_UNKNOWN;
	return write_frames(addresses, n, out);
}

static int decode_id(const struct stack_state *s, const struct datum *in, struct buf *out)
{
	uint32_t id = (uint32_t)in->number;
	struct str key = {.p = (const char *)&id, .n = sizeof(id)};
	int r = TEXT_CACHE_UNKNOWN;

	if (s->map && in->number <= INT32_MAX) /* others are errors */
		r = text_cache_get(s->texts, key, clock_mono_ns(), find_trace, s->map, out);
	return r == TEXT_CACHE_UNKNOWN ? datum_write_default(in, out) : r;
}

static int stack_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	uint64_t addresses[MAX_FRAMES] = {0};
	size_t n = in->n < sizeof(addresses) ? in->n : sizeof(addresses);

	if (in->kind == DATUM_NUMBER)
		return decode_id(d->state, in, out);
	memcpy(addresses, in->bytes, n);
	return write_frames(addresses, n / sizeof(*addresses), out);
}

const struct decoder_ops decoder_stack = {
	.name = "stack",
	.is_changing = true,
	.init = stack_init,
	.decode = stack_decode,
	.done = stack_done,
};
