// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that become one. A scraper may be shown each name in any of the
 * schemes that escape it, and metrics show more names than their own: the
 * samples of a histogram, the families of OpenMetrics. Each of these is a
 * claim; claims of one text in one scheme clash, unless one metric has both.
 *
 * All claims are sorted once, and of those that are equal each is compared
 * with the first only; those that can be done without come last. What two share
 * in several ways is told once, in the order of the schemes and kinds. Two that
 * show the same suffix share what is before it, too, so that is not looked at.
 */
#include <assert.h>
#include <stdlib.h>

#include "clashes_internal.h"

/* In the order in which they are told. */
static const enum escaping schemes[] = {ESCAPING_UTF8, ESCAPING_UNDERSCORES, ESCAPING_DOTS,
					ESCAPING_VALUES};

const char *name_escape(struct parser *p, struct buf *b, enum escaping scheme, const char *name)
{
	const char *text = NULL;

	b->len = 0;
	if (escaping_append(b, scheme, str_of(name)) == 0)
		text = buf_string(b);
	p->mistakes->no_memory |= !text;
	return text;
}

bool name_begins(struct parser *p, const char *name, const char *prefix, struct buf *b,
		 enum escaping *ret_scheme)
{
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		const char *text = name_escape(p, b, schemes[i], name);

		if (text && !strncmp(text, prefix, strlen(prefix))) {
			*ret_scheme = schemes[i];
			return true;
		}
		if (str_is_name(str_of(name)))
			break;
	}
	return false;
}

/* The texts are one after the other in @texts, which moves as it grows: so each is @at a place. */
struct claim {
	const char *text;
	size_t at;
	size_t owner;
	unsigned int scheme; /* of `schemes` */
	enum claim_kind kind;
};

struct claims {
	struct claim *items;
	size_t n, cap;
	struct buf texts;
	unsigned int scheme;
	bool no_memory;
};

void claims_add(struct claims *c, size_t owner, enum claim_kind kind, struct str name,
		const char *suffix)
{
	if (c->n == c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 64;
		struct claim *items = realloc(c->items, cap * sizeof(*items));

		if (!items) {
			c->no_memory = true;
			return;
		}
		c->items = items;
		c->cap = cap;
	}
	c->items[c->n] = (struct claim){
		.at = c->texts.len, .owner = owner, .scheme = c->scheme, .kind = kind};
	if (buf_append(&c->texts, name.p, name.n) < 0 ||
	    buf_append(&c->texts, suffix, strlen(suffix) + 1) < 0)
		c->no_memory = true;
	else
		c->n++;
}

static bool is_needless(const struct claim *c)
{
	return c->kind >= CLAIM_FAMILY;
}

static int claim_compare(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;
	int r;

	if (a->scheme != b->scheme)
		return a->scheme < b->scheme ? -1 : 1;
	r = strcmp(a->text, b->text);
	if (r == 0 && is_needless(a) != is_needless(b))
		return is_needless(b) ? -1 : 1;
	if (r == 0 && a->owner != b->owner)
		return a->owner < b->owner ? -1 : 1;
	return r ? r : (int)a->kind - (int)b->kind;
}

/* A claim, and the one that was there before. */
struct pair {
	const struct claim *later, *first;
};

static int pair_compare(const void *left, const void *right)
{
	const struct pair *a = left, *b = right;

	if (a->later->owner != b->later->owner)
		return a->later->owner < b->later->owner ? -1 : 1;
	if (a->first->owner != b->first->owner)
		return a->first->owner < b->first->owner ? -1 : 1;
	if (a->later->scheme != b->later->scheme)
		return a->later->scheme < b->later->scheme ? -1 : 1;
	if (a->later->kind != b->later->kind)
		return (int)a->later->kind - (int)b->later->kind;
	return (int)a->first->kind - (int)b->first->kind;
}

static void give_up(const struct claimants *of, const struct claim *c)
{
	if (is_needless(c))
		of->crowd(of->arg, c->owner);
}

static size_t pair_up(const struct claims *c, const struct claimants *of, struct pair *pairs)
{
	const struct claim *first = c->items;
	size_t n = 0;

	for (size_t i = 1; i < c->n; i++) {
		const struct claim *later = &c->items[i];

		if (later->scheme != first->scheme || strcmp(later->text, first->text) != 0) {
			first = later;
			continue;
		}
		/* Where both end so, what is before the suffix clashes, too. */
		if (later->kind == CLAIM_CREATED && first->kind == CLAIM_CREATED)
			continue;
		give_up(of, later);
		give_up(of, first);
		if (!is_needless(later) && (later->kind == CLAIM_NAME || first->kind == CLAIM_NAME))
			pairs[n++] = (struct pair){later, first};
	}
	return n;
}

static void tell_pairs(struct claims *c, struct pair *pairs, const struct claimants *of)
{
	size_t n;

	assert(c->items);
	for (size_t i = 0; i < c->n; i++)
		c->items[i].text = c->texts.data + c->items[i].at;
	qsort(c->items, c->n, sizeof(*c->items), claim_compare);
	n = pair_up(c, of, pairs);
	if (n)
		qsort(pairs, n, sizeof(*pairs), pair_compare);
	for (size_t i = 0; i < n; i++) {
		const struct claim *later = pairs[i].later, *first = pairs[i].first;

		if (i && later->owner == pairs[i - 1].later->owner &&
		    first->owner == pairs[i - 1].first->owner)
			continue;
		of->tell(of->arg, &(struct clash){
					  .later = later->owner,
					  .first = first->owner,
					  .later_kind = later->kind,
					  .first_kind = first->kind,
					  .scheme = schemes[later->scheme],
					  .text = later->text,
				  });
	}
}

void clashes_tell(struct parser *p, const struct claimants *of)
{
	struct claims c = {0};
	_cleanup_buf_ struct buf escaped = BUF_INIT;
	_cleanup_(freep) struct pair *pairs = NULL;
	bool all_are_plain = true;

	for (size_t i = 0; all_are_plain && i < of->n; i++)
		all_are_plain = str_is_name(str_of(of->name(of->arg, i)));
	for (; c.scheme < (all_are_plain ? 1 : ARRAY_SIZE(schemes)); c.scheme++) {
		for (size_t i = 0; i < of->n; i++) {
			const char *name =
				name_escape(p, &escaped, schemes[c.scheme], of->name(of->arg, i));

			if (name)
				of->claim(of->arg, i, str_of(name), &c);
		}
	}
	pairs = c.no_memory ? NULL : array_new(p, c.n, sizeof(*pairs));
	if (pairs)
		tell_pairs(&c, pairs, of);
	p->mistakes->no_memory |= c.no_memory;
	free(c.items);
	buf_done(&c.texts);
}
