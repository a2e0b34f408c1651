// SPDX-License-Identifier: GPL-2.0-only
#include "leaves_internal.h"

#include <stdlib.h>
#include <string.h>

#include "starter/words.h"

#define MAX_STARS	 2
#define MAX_LEAVES	 4096
#define MAX_KEY_ELEMENTS 8

/* What the only part of a struct is called that has no name of its own. */
static const char wrappers[] = "s_addr addr val value v raw in6_u u6_addr8";

struct walk {
	struct pool *pool;
	struct leaves *leaves;
	const char *map; /* of a value; NULL: of a key */
};

void leaves_done(struct leaves *l)
{
	free(l->items);
}

static void add_leaf(struct walk *w, const struct leaf *leaf)
{
	struct leaf *items;

	if (w->leaves->n == MAX_LEAVES)
		return;
	items = pool_grow(w->pool, w->leaves->items, w->leaves->n, sizeof(*items));
	if (!items)
		return;
	w->leaves->items = items;
	items[w->leaves->n++] = *leaf;
}

static bool is_padding(const struct field *f)
{
	struct words w;

	if (f->kind == FIELD_PAD)
		return true;
	if (!f->name)
		return false;
	words_split(&w, f->name);
	words_trim_version(&w);
	return w.n && word_is_in(words_last(&w), "pad padding unused reserved rsvd resv pads");
}

/* Whether the struct of an array also has how many there were, or their sum. */
static bool has_totals(const struct field *parent)
{
	for (uint32_t i = 0; parent && i < parent->n_members; i++) {
		struct words w;

		words_split(&w, parent->members[i].name ? parent->members[i].name : "");
		if (field_is_scalar(&parent->members[i]) && words_any(&w, "count cnt sum total"))
			return true;
	}
	return false;
}

static bool is_histogram(const struct field *f, const struct leaf *at, const char *name)
{
	struct words w;

	if (f->kind != FIELD_ARRAY || f->n_elems < MIN_SLOTS || f->n_elems > MAX_SLOTS ||
	    f->members[0].kind != FIELD_UINT || f->members[0].size < 4)
		return false;
	words_split(&w, name);
	return words_any(&w, SLOTS_NAMES) ||
	       (words_any(&w, "latency lat delay duration rtt") && has_totals(at->parent));
}

static size_t n_shown_members(const struct field *f)
{
	size_t n = 0;

	for (uint32_t i = 0; i < f->n_members; i++)
		n += !is_padding(&f->members[i]);
	return n;
}

static void walk_field(struct walk *w, const struct field *f, struct leaf at);

/* @f: a member of at->field, or of one without a name in it. */
static void walk_member(struct walk *w, const struct field *f, const struct leaf *at)
{
	const struct field *parent = at->field;
	bool is_only = n_shown_members(parent) == 1 && *at->name && f->name &&
		       word_is_in(f->name, wrappers);
	struct leaf next = *at;

	if (is_padding(f))
		return;
	/* Of an address in several forms, the form is no name. */
	is_only |= parent->kind == FIELD_UNION && parent->name && *at->name &&
		   meaning_of(f, f->name).kind == MEANING_IP;
	next.offset += f->offset;
	next.is_nameless = !f->name && (at->is_nameless || f->size != parent->size);
	if (f->name) {
		next.parent = parent;
		next.path = pool_printf(w->pool, "%s%s%s", at->path, *at->path ? "." : "", f->name);
		if (!is_only) {
			next.outer = pool_printf(w->pool, "%s%s%s", at->outer,
						 *at->outer && *at->name ? "_" : "", at->name);
			next.name = f->name;
		}
		next.meaning = meaning_of(f, f->name);
	}
	walk_field(w, f, next);
}

/* Of members that share their bytes, the address that has room for all, or else the largest. */
static const struct field *pick_member(const struct field *f, bool is_key)
{
	const struct field *best = NULL;

	for (uint32_t i = 0; i < f->n_members; i++) {
		const struct field *m = &f->members[i];

		if (is_padding(m))
			continue;
		if (m->size == 16 && meaning_of(m, m->name).kind == MEANING_IP)
			return m;
		/* Of a key, the parts say more than one number. */
		if (!best || m->size > best->size ||
		    (is_key && m->size == best->size && field_is_scalar(best) &&
		     !field_is_scalar(m)))
			best = m;
	}
	return best;
}

static void walk_union(struct walk *w, const struct leaf *at)
{
	const struct field *member = pick_member(at->field, !w->map);
	struct leaf next = *at;

	next.is_of_union = n_shown_members(at->field) > 1;
	w->leaves->has_union |= next.is_of_union;
	if (member)
		walk_member(w, member, &next);
}

static void walk_element(struct walk *w, const struct leaf *at, const char *step)
{
	struct leaf next = *at;

	next.path = pool_printf(w->pool, "%s%s%s", at->path, *at->path ? "." : "", step);
	walk_field(w, &at->field->members[0], next);
}

/* Of two ports, the first is the source. */
static const char *element_name(struct walk *w, const struct leaf *at, uint32_t i)
{
	const struct field *f = at->field;
	struct words words;

	if (f->n_elems == 1)
		return at->name;
	words_split(&words, at->name);
	words_trim_version(&words);
	if (f->n_elems == 2 && f->members[0].size == 2 &&
	    word_is_in(words_last(&words), "port ports"))
		return i ? "destination_port" : "source_port";
	return pool_printf(w->pool, "%s_%u", at->name, i);
}

static void walk_elements(struct walk *w, const struct leaf *at)
{
	const struct field *f = at->field;
	struct leaf next = *at;

	for (uint32_t i = 0; i < f->n_elems; i++) {
		const char *number = pool_printf(w->pool, "%u", i);

		next.name = element_name(w, at, i);
		next.offset = at->offset + i * f->members[0].size;
		walk_element(w, &next, number);
	}
}

static void walk_array(struct walk *w, const struct leaf *at)
{
	const struct field *f = at->field;
	struct leaf next = *at;

	if (f->n_elems == 1 || (!w->map && f->n_elems <= MAX_KEY_ELEMENTS)) {
		walk_elements(w, at);
	} else if (!w->map || at->n_stars == MAX_STARS) {
		add_leaf(w, at);
	} else {
		next.n_stars++;
		next.n_elements *= f->n_elems;
		next.array = pool_printf(w->pool, "%s%s*", at->path, *at->path ? "." : "");
		walk_element(w, &next, "*");
	}
}

static void walk_field(struct walk *w, const struct field *f, struct leaf at)
{
	struct words words;

	at.field = f;
	if (at.meaning.kind == MEANING_NONE && !at.is_nameless)
		at.meaning = meaning_of(f, at.name);
	words_split(&words, at.name);
	at.is_family = word_is_in(words_last(&words), "family af");
	at.is_slots = w->map && (is_histogram(f, &at, at.name) || is_histogram(f, &at, at.path) ||
				 (!*at.path && is_histogram(f, &at, w->map)));
	if (at.meaning.kind != MEANING_NONE || at.is_slots) {
		add_leaf(w, &at);
		return;
	}
	switch (f->kind) {
	case FIELD_STRUCT:
		at.is_of_union = false;
		for (uint32_t i = 0; i < f->n_members; i++)
			walk_member(w, &f->members[i], &at);
		break;
	case FIELD_UNION:
		walk_union(w, &at);
		break;
	case FIELD_ARRAY:
		walk_array(w, &at);
		break;
	case FIELD_PAD:
		break;
	default:
		add_leaf(w, &at);
	}
}

/* Beside an address family, 16 bytes have room for either kind. */
static void mark_either(struct leaves *l)
{
	bool has_family = false;

	for (size_t i = 0; i < l->n; i++)
		has_family |= l->items[i].is_family;
	for (size_t i = 0; has_family && i < l->n; i++) {
		if (l->items[i].meaning.kind == MEANING_IP && l->items[i].field->size == 16)
			l->items[i].is_of_union = true;
	}
}

void leaves_find(struct pool *p, const struct layout *layout, const char *map, struct leaves *ret)
{
	struct walk w = {.pool = p, .leaves = ret, .map = map};
	struct leaf root = {
		.path = "", .name = "", .outer = "", .array = "", .n_elements = 1, .is_key = !map};

	*ret = (struct leaves){0};
	if (layout)
		walk_field(&w, &layout->root, root);
	mark_either(ret);
}
