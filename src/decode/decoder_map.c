// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names from the configuration. The input is a number, an enumerator, or text;
 * text that reads as a number also matches numbers. Numbers are tried before
 * names. What none matches becomes the default, in
 * which $0 stands for the input, or stays as it is.
 *
 * Names for single numbers only translate. What is there to merge is a range,
 * a text that several entries have, and a default that leaves the input out.
 */
#include "decoder_common_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct map_state {
	struct decoder_entries entries;
	char *fallback;
	struct decoder plain; /* what the input is without this decoder */
};

static void map_done(struct decoder *d)
{
	struct map_state *s = d->state;

	if (!s)
		return;
	decoder_entries_done(&s->entries);
	if (s->plain.ops && s->plain.ops->done)
		s->plain.ops->done(&s->plain);
	free(s->fallback);
	free(s);
}

static bool is_merging(const struct map_state *s)
{
	bool merges = s->entries.has_twins || (s->fallback && !strstr(s->fallback, "$0"));

	for (size_t i = 0; i < s->entries.n; i++)
		merges |= !s->entries.items[i].name &&
			  s->entries.items[i].first != s->entries.items[i].last;
	return merges;
}

/* Whether what stays a number may look like the name of another one. */
static bool has_false_numbers(const struct map_state *s)
{
	for (size_t i = 0; i < s->entries.n; i++)
		if (strspn(s->entries.items[i].text, "-0123456789"))
			return true;
	return false;
}

static int map_init(struct decoder *d, const struct decoder_input *in)
{
	struct map_state *s = calloc(1, sizeof(*s));
	int r;

	d->state = s;
	if (!s)
		return -ENOMEM;
	r = decoder_entries_copy(in->config, &s->entries);
	if (r < 0)
		return r;
	s->fallback = in->config->fallback ? strdup(in->config->fallback) : NULL;
	if (in->config->fallback && !s->fallback)
		return -ENOMEM;
	d->is_merging = is_merging(s);
	r = decoder_plain_init(&s->plain, in);
	d->is_lossy = d->is_merging || s->fallback || in->shape->kind != DATUM_NUMBER ||
		      s->plain.ops != &decoder_dec || has_false_numbers(s);
	return r;
}

/* An integer, from a number or from text that reads as one. */
static bool as_integer(const struct datum *in, int128 *ret_value)
{
	struct str s = {.p = (const char *)in->bytes, .n = in->n};
	unsigned long long v;
	bool negative;

	if (in->kind == DATUM_NUMBER) {
		*ret_value = in->is_signed ? (int128)(int64_t)in->number : (int128)in->number;
		return true;
	}
	negative = s.n && *s.p == '-';
	s.p += negative;
	s.n -= negative;
	if (in->kind != DATUM_TEXT || str_parse_u64(s, &v) < 0)
		return false;
	*ret_value = negative ? -(int128)v : (int128)v;
	return true;
}

static const char *find_number(const struct map_state *s, const struct datum *in)
{
	int128 v;

	if (!as_integer(in, &v))
		return NULL;
	for (size_t i = 0; i < s->entries.n; i++) {
		const struct config_map_entry *e = &s->entries.items[i];

		if (!e->name && e->first <= v && v <= e->last)
			return e->text;
	}
	return NULL;
}

static const char *find_name(const struct map_state *s, struct str name)
{
	for (size_t i = 0; i < s->entries.n; i++)
		if (s->entries.items[i].name && str_equal(str_of(s->entries.items[i].name), name))
			return s->entries.items[i].text;
	return NULL;
}

static int write_fallback(const char *fallback, struct str text, struct buf *out)
{
	const char *mark;
	int r = 0;

	for (; r == 0 && (mark = strstr(fallback, "$0")); fallback = mark + 2) {
		r = buf_append(out, fallback, (size_t)(mark - fallback));
		if (r == 0)
			r = buf_append(out, text.p, text.n);
	}
	return r < 0 ? r : buf_puts(out, fallback);
}

static int map_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	const struct map_state *s = d->state;
	_cleanup_buf_ struct buf plain = BUF_INIT;
	const char *found = find_number(s, in);
	struct str text;
	int r;

	if (found)
		return buf_puts(out, found);
	r = decoder_plain_text(&s->plain, in, &plain, &text);
	if (r < 0)
		return r;
	found = find_name(s, text);
	if (found)
		return buf_puts(out, found);
	return s->fallback ? write_fallback(s->fallback, text, out)
			   : buf_append(out, text.p, text.n);
}

const struct decoder_ops decoder_map = {
	.name = "map",
	.init = map_init,
	.decode = map_decode,
	.done = map_done,
};
