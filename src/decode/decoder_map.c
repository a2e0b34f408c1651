// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names from the configuration. The input is a number, an enumerator, or text;
 * text that reads as a number also matches numbers. Numbers are tried before
 * names. What none matches becomes the default, in
 * which $0 stands for the input, or stays as it is.
 */
#include "decoder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct map_state {
	struct config_map_entry *entries; /* texts owned */
	size_t n_entries;
	char *fallback;
	struct decoder plain; /* what the input is without this decoder */
};

static void map_done(struct decoder *d)
{
	struct map_state *s = d->state;

	if (!s)
		return;
	for (size_t i = 0; i < s->n_entries; i++) {
		free(s->entries[i].name);
		free(s->entries[i].text);
	}
	if (s->plain.ops && s->plain.ops->done)
		s->plain.ops->done(&s->plain);
	free(s->entries);
	free(s->fallback);
	free(s);
}

static int copy_entries(struct map_state *s, const struct config_decoder *c)
{
	s->entries = calloc(c->n_entries + 1, sizeof(*s->entries));
	if (!s->entries)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_entries; i++) {
		struct config_map_entry *e = &s->entries[s->n_entries++];

		*e = c->entries[i];
		e->name = e->name ? strdup(e->name) : NULL;
		e->text = strdup(e->text);
		if (!e->text || (c->entries[i].name && !e->name))
			return -ENOMEM;
	}
	if (c->fallback)
		s->fallback = strdup(c->fallback);
	return c->fallback && !s->fallback ? -ENOMEM : 0;
}

static int map_init(struct decoder *d, const struct config_decoder *c, const struct datum_shape *in,
		    struct problems *problems)
{
	struct map_state *s = calloc(1, sizeof(*s));
	int r;

	d->is_lossy = true;
	d->state = s;
	if (!s)
		return -ENOMEM;
	r = copy_entries(s, c);
	if (r < 0)
		return r;
	s->plain.ops = decoder_default(in);
	return s->plain.ops->init ? s->plain.ops->init(&s->plain, c, in, problems) : 0;
}

/* An integer, from a number or from text that reads as one. */
static bool as_integer(const struct datum *in, int64_t *ret_value)
{
	struct str s = {.p = (const char *)in->bytes, .n = in->n};
	unsigned long long v;
	bool negative;

	if (in->kind == DATUM_NUMBER) {
		*ret_value = (int64_t)in->number;
		return in->is_signed || in->number <= INT64_MAX;
	}
	negative = s.n && *s.p == '-';
	s.p += negative;
	s.n -= negative;
	if (in->kind != DATUM_TEXT || str_parse_u64(s, &v) < 0 ||
	    v > (unsigned long long)INT64_MAX + negative)
		return false;
	*ret_value = (int64_t)(negative ? 0 - v : v);
	return true;
}

static const char *find_number(const struct map_state *s, const struct datum *in)
{
	int64_t v;

	if (!as_integer(in, &v))
		return NULL;
	for (size_t i = 0; i < s->n_entries; i++) {
		const struct config_map_entry *e = &s->entries[i];

		if (!e->name && e->first <= v && v <= e->last)
			return e->text;
	}
	return NULL;
}

static const char *find_name(const struct map_state *s, struct str name)
{
	for (size_t i = 0; i < s->n_entries; i++)
		if (s->entries[i].name && str_equal(str_of(s->entries[i].name), name))
			return s->entries[i].text;
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
	r = s->plain.ops->decode(&s->plain, in, &plain);
	if (r < 0)
		return r;
	text = (struct str){.p = plain.data ? plain.data : "", .n = plain.len};
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
