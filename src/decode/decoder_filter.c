// SPDX-License-Identifier: GPL-2.0-only
/*
 * `keep` and `drop` of a label: the last of its decoders, which passes the
 * text on or leaves the entry out. As patterns cost more than looking up, what
 * was decided is kept, in the one byte of an answer.
 */
#include "decoder_common_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "pattern_internal.h"
#include "text_cache_internal.h"

struct filter_state {
	struct pattern keep, drop;
	struct text_cache *cache;
};

static void filter_done(struct decoder *d)
{
	struct filter_state *s = d->state;

	if (!s)
		return;
	pattern_done(&s->keep);
	pattern_done(&s->drop);
	text_cache_free(s->cache);
	free(s);
}

static int filter_init(struct decoder *d, const struct decoder_input *in)
{
	static const struct text_cache_options options = {
		.max_entries = 4096,
		.keep_ns = 600 * NS_PER_S,
	};
	const struct config_label *l = in->label;
	struct filter_state *s = calloc(1, sizeof(*s));
	int r = 0;

	d->state = s;
	if (!s)
		return -ENOMEM;
	s->cache = text_cache_new(&options);
	if (!s->cache)
		return -ENOMEM;
	if (l->keep)
		r = pattern_compile(&s->keep, l->keep, &l->at, in->problems);
	if (r == 0 && l->drop)
		r = pattern_compile(&s->drop, l->drop, &l->at, in->problems);
	return r;
}

static int decide(void *ctx, struct str text, struct buf *out)
{
	struct filter_state *s = ctx;
	regmatch_t groups[PATTERN_N_GROUPS];
	int keeps = 1, drops = 0;

	if (s->keep.text)
		keeps = pattern_match(&s->keep, text, groups);
	if (keeps > 0 && s->drop.text)
		drops = pattern_match(&s->drop, text, groups);
	if (keeps < 0 || drops < 0)
		return -ENOMEM;
	return buf_append(out, keeps && !drops ? "+" : "-", 1);
}

static int filter_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	struct filter_state *s = d->state;
	struct str text = {.p = (const char *)in->bytes, .n = in->n};
	size_t start = out->len;
	bool keeps;
	int r;

	r = text_cache_get(s->cache, text, clock_mono_ns(), decide, s, out);
	if (r < 0)
		return r;
	keeps = out->data[start] == '+';
	out->len = start;
	return keeps ? buf_append(out, text.p, text.n) : DECODER_LEAVE_OUT;
}

const struct decoder_ops decoder_filter = {
	.name = "keep",
	.init = filter_init,
	.decode = filter_decode,
	.done = filter_done,
};
