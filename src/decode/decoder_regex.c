// SPDX-License-Identifier: GPL-2.0-only
/*
 * Texts rewritten by patterns: the first that matches the whole text decides;
 * what none matches stays. Fields without a decoder before have the text that
 * their type gives them.
 *
 * Matching costs far more than looking up, so answers are kept; they never
 * change, but a map's keys may: those not seen for long make room.
 */
#include "decoder_common_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pattern_internal.h"
#include "text_cache_internal.h"

struct rewrite {
	struct pattern pattern;
	char *replace;
};

struct regex_state {
	struct rewrite *rewrites;
	size_t n_rewrites;
	struct text_cache *cache;
	struct decoder plain; /* what the input is without this decoder */
};

static void regex_done(struct decoder *d)
{
	struct regex_state *s = d->state;

	if (!s)
		return;
	for (size_t i = 0; i < s->n_rewrites; i++) {
		pattern_done(&s->rewrites[i].pattern);
		free(s->rewrites[i].replace);
	}
	free(s->rewrites);
	text_cache_free(s->cache);
	if (s->plain.ops && s->plain.ops->done)
		s->plain.ops->done(&s->plain);
	free(s);
}

static int compile(struct regex_state *s, const struct config_rewrite *c, struct problems *problems)
{
	struct rewrite *w = &s->rewrites[s->n_rewrites];
	int r = pattern_compile(&w->pattern, c->match, &c->at, problems);

	if (r < 0)
		return r;
	s->n_rewrites++;
	/* The pattern's own groups come after the one around it. */
	w->replace = strdup(c->replace			      ? c->replace
			    : pattern_has_groups(&w->pattern) ? "\\1"
							      : "\\0");
	return w->replace ? 0 : -ENOMEM;
}

static int regex_init(struct decoder *d, const struct decoder_input *in)
{
	static const struct text_cache_options options = {
		.max_entries = 4096,
		.keep_ns = 600 * NS_PER_S,
		.keep_unknown_ns = 60 * NS_PER_S,
	};
	const struct config_decoder *c = in->config;
	struct regex_state *s = calloc(1, sizeof(*s));
	int r = 0;

	d->is_lossy = d->is_merging = true;
	d->state = s;
	if (!s)
		return -ENOMEM;
	s->rewrites = calloc(c->n_rewrites + 1, sizeof(*s->rewrites));
	s->cache = text_cache_new(&options);
	if (!s->rewrites || !s->cache)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < c->n_rewrites; i++)
		r = compile(s, &c->rewrites[i], in->problems);
	return r < 0 ? r : decoder_plain_init(&s->plain, in);
}

/* Where a group took no part, it is empty. */
static int append_group(struct buf *out, struct str text, const regmatch_t *group)
{
	if (group->rm_so < 0)
		return 0;
	return buf_append(out, text.p + group->rm_so, (size_t)(group->rm_eo - group->rm_so));
}

static int append_replaced(struct buf *out, const char *replace, struct str text,
			   const regmatch_t *groups)
{
	int r = 0;

	for (const char *p = replace; r == 0 && *p; p++) {
		if (*p == '\\' && p[1] >= '0' && p[1] <= '9')
			r = append_group(out, text, &groups[*++p - '0' + 1]);
		else if (*p == '\\' && p[1])
			r = buf_append(out, ++p, 1);
		else
			r = buf_append(out, p, 1);
	}
	return r;
}

static int rewrite(void *ctx, struct str text, struct buf *out)
{
	const struct regex_state *s = ctx;
	regmatch_t groups[PATTERN_N_GROUPS];

	for (size_t i = 0; i < s->n_rewrites; i++) {
		int r = pattern_match(&s->rewrites[i].pattern, text, groups);

		if (r)
			return r < 0 ? r
				     : append_replaced(out, s->rewrites[i].replace, text, groups);
	}
	return TEXT_CACHE_UNKNOWN;
}

static int regex_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	struct regex_state *s = d->state;
	_cleanup_buf_ struct buf plain = BUF_INIT;
	struct str text;
	int r = decoder_plain_text(&s->plain, in, &plain, &text);

	if (r == 0)
		r = text_cache_get(s->cache, text, clock_mono_ns(), rewrite, s, out);
	return r == TEXT_CACHE_UNKNOWN ? buf_append(out, text.p, text.n) : r;
}

const struct decoder_ops decoder_regex = {
	.name = "regex",
	.init = regex_init,
	.decode = regex_decode,
	.done = regex_done,
};
