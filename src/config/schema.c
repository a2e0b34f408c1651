// SPDX-License-Identifier: GPL-2.0-only
/* Getters of typed values, each with its complaint. The parts built on them are tables of keys. */
#include "schema_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"

void *array_new(struct parser *p, size_t n, size_t size)
{
	void *array = n ? calloc(n, size) : NULL;

	if (n && !array)
		p->mistakes->no_memory = true;
	return array;
}

struct place place_of_key(const struct node *mapping, const char *key)
{
	const struct node *n = node_find(mapping, key);

	return n ? n->at : mapping->at;
}

void complain_unknown(struct parser *p, const struct place *at, const char *word,
		      const struct choices *choices)
{
	_cleanup_buf_ struct buf known = BUF_INIT;
	const char *meant = str_suggest(word, choices->names, choices->n);
	const char *list;
	int r = 0;

	for (size_t i = 0; i < choices->n && r == 0; i++) {
		if (choices->names[i])
			r = buf_printf(&known, "%s%s", known.len ? ", " : "", choices->names[i]);
	}
	if (r == 0 && meant)
		r = buf_printf(&known, " (did you mean '%s'?)", meant);
	list = r == 0 ? buf_string(&known) : NULL;
	if (list)
		complain(p, at, "unknown %s '%s'%s; known: %s", choices->what, word, choices->where,
			 list);
	else
		p->mistakes->no_memory = true;
}

static void complain_unknown_key(struct parser *p, const struct node *key, const char *what,
				 const struct key *keys, size_t n_keys)
{
	const char *names[KEYS_MAX] = {0};
	char where[64];

	assert(n_keys <= KEYS_MAX);
	for (size_t i = 0; i < n_keys; i++)
		names[i] = keys[i].refused ? NULL : keys[i].name;
	snprintf(where, sizeof(where), " in %s", what);
	complain_unknown(p, &key->at, key->text, &(struct choices){"key", where, names, n_keys});
}

static const struct key *key_find(const struct key *keys, size_t n_keys, const char *name)
{
	for (size_t i = 0; i < n_keys; i++) {
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	}
	return NULL;
}

bool parse_mapping(struct parser *p, const struct node *n, const char *what, const struct key *keys,
		   size_t n_keys, void *target)
{
	if (n->kind != NODE_MAPPING) {
		complain(p, &n->at, "%s must be a mapping, found %s", what, node_kind_name(n));
		return false;
	}
	for (size_t i = 0; i < n->n_items; i += 2) {
		const struct key *key = key_find(keys, n_keys, n->items[i]->text);

		if (!key)
			complain_unknown_key(p, n->items[i], what, keys, n_keys);
		else if (key->refused)
			complain(p, &n->items[i]->at, "%s", key->refused);
	}
	for (size_t i = 0; i < n_keys; i++) {
		const struct node *value = node_find(n, keys[i].name);

		if (!value && keys[i].required)
			complain(p, &n->at, "%s needs the key '%s'", what, keys[i].name);
		else if (value && keys[i].parse)
			keys[i].parse(p, value, (char *)target + keys[i].offset, keys[i].arg);
	}
	return true;
}

const char *text_of(struct parser *p, const struct node *n)
{
	if (n->kind == NODE_SCALAR && (*n->text || !n->is_plain))
		return n->text;
	complain(p, &n->at, "expected text, found %s", node_kind_name(n));
	return NULL;
}

void parse_text(struct parser *p, const struct node *n, void *out, const void *arg)
{
	const char *text = text_of(p, n);
	char *copy = text ? strdup(text) : NULL;

	(void)arg;
	if (text && !copy)
		p->mistakes->no_memory = true;
	free(*(char **)out);
	*(char **)out = copy;
}

void parse_bool(struct parser *p, const struct node *n, void *out, const void *arg)
{
	const char *text = text_of(p, n);

	(void)arg;
	if (!text)
		return;
	if (!strcmp(text, "true"))
		*(bool *)out = true;
	else if (!strcmp(text, "false"))
		*(bool *)out = false;
	else
		complain(p, &n->at, "'%s' is not a truth value: write true or false", text);
}

void parse_choice(struct parser *p, const struct node *n, void *out, const void *arg)
{
	const struct choices *choices = arg;
	const char *text = text_of(p, n);

	if (!text)
		return;
	for (unsigned int i = 0; i < choices->n; i++) {
		if (choices->names[i] && !strcmp(text, choices->names[i])) {
			*(unsigned int *)out = i;
			return;
		}
	}
	complain_unknown(p, &n->at, text, choices);
}

void parse_number(struct parser *p, const struct node *n, void *out, const void *arg)
{
	const struct number_range *range = arg;
	const char *text = text_of(p, n);
	unsigned long long v = 0;
	int r;

	if (!text)
		return;
	r = str_parse_u64(str_of(text), &v);
	if (r == -EINVAL)
		complain(p, &n->at, "'%s' is not a whole number, decimal or 0x", text);
	else if (r < 0 || v < range->min || v > range->max)
		complain(p, &n->at, "%s is out of range: %llu to %llu", text,
			 (unsigned long long)range->min, (unsigned long long)range->max);
	else if (range->size == sizeof(uint32_t))
		*(uint32_t *)out = (uint32_t)v;
	else
		*(uint64_t *)out = v;
}

/* Of either sign. Return: 0, -EINVAL where it is no integer, -ERANGE outside of -2^63 … 2^64-1. */
static int integer_of(struct str s, int128 *ret_value)
{
	bool negative = s.n && *s.p == '-';
	unsigned long long v = 0;
	int r;

	if (negative)
		s = (struct str){.p = s.p + 1, .n = s.n - 1};
	r = str_parse_u64(s, &v);
	if (r < 0)
		return r;
	if (negative && v > (unsigned long long)INT64_MAX + 1)
		return -ERANGE;
	*ret_value = negative ? -(int128)v : (int128)v;
	return 0;
}

int range_of(const char *s, int128 *ret_first, int128 *ret_last)
{
	const char *dots = strstr(s, "..");
	int r, last;

	if (!dots) {
		r = integer_of(str_of(s), ret_first);
		if (r == 0)
			*ret_last = *ret_first;
		return r;
	}
	r = integer_of((struct str){.p = s, .n = (size_t)(dots - s)}, ret_first);
	last = integer_of(str_of(dots + 2), ret_last);
	return r == -EINVAL || last == -EINVAL ? -EINVAL : r < 0 ? r : last;
}

void parse_integer(struct parser *p, const struct node *n, void *out, const void *arg)
{
	const struct integer_range *range = arg;
	const char *text = text_of(p, n);
	int128 v = 0;
	int r;

	if (!text)
		return;
	r = integer_of(str_of(text), &v);
	if (r == -EINVAL)
		complain(p, &n->at, "'%s' is not a whole number, decimal or 0x", text);
	else if (r < 0 || v < range->min || v > range->max)
		complain(p, &n->at, "%s is out of range: %lld to %lld", text, (long long)range->min,
			 (long long)range->max);
	else
		*(int64_t *)out = (int64_t)v;
}

/* "1h30m": numbers with units, each smaller than the one before. Return: 0, -EINVAL, -ERANGE. */
static int duration_of(const char *s, uint64_t *ret_ns)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = {
		{"d", 86400 * NS_PER_S}, {"h", 3600 * NS_PER_S}, {"m", 60 * NS_PER_S},
		{"s", NS_PER_S},	 {"ms", NS_PER_MS},
	};
	uint64_t sum = 0;
	size_t u = 0;

	do {
		size_t digits = strspn(s, "0123456789"), letters;
		unsigned long long v;
		int r = str_parse_u64((struct str){.p = s, .n = digits}, &v);

		if (r < 0)
			return r;
		s += digits;
		letters = strcspn(s, "0123456789");
		while (u < ARRAY_SIZE(units) &&
		       !str_equal(str_of(units[u].unit), (struct str){s, letters}))
			u++;
		if (u == ARRAY_SIZE(units))
			return -EINVAL;
		if (__builtin_mul_overflow(v, units[u].ns, &v) ||
		    __builtin_add_overflow(sum, v, &sum))
			return -ERANGE;
		s += letters;
		u++;
	} while (*s);
	*ret_ns = sum;
	return 0;
}

void parse_duration(struct parser *p, const struct node *n, void *out, const void *arg)
{
	const struct duration_range *range = arg;
	const char *text = text_of(p, n);
	const char *or_off = range->may_be_off ? ", or off" : "";
	uint64_t ns = 0;
	int r;

	if (!text)
		return;
	if (range->may_be_off && !strcmp(text, "off")) {
		*(uint64_t *)out = 0;
		return;
	}
	r = duration_of(text, &ns);
	if (r == -EINVAL)
		complain(p, &n->at, "'%s' is not a duration: write 500ms, 10s, 1m30s, 1h or 1d%s",
			 text, or_off);
	else if (r < 0 || ns < range->min_ns || ns > range->max_ns)
		complain(p, &n->at, "%s is out of range: %s%s", text, range->text, or_off);
	else
		*(uint64_t *)out = ns;
}

static int named_compare(const void *left, const void *right)
{
	const struct named *a = left, *b = right;
	int r = strcmp(a->name, b->name);

	return r ? r : a->i < b->i ? -1 : 1;
}

void complain_twice(struct parser *p, const char *what, struct named *items, size_t n)
{
	size_t first = 0;

	if (n)
		qsort(items, n, sizeof(*items), named_compare);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(items[i].name, items[first].name) != 0)
			first = i;
		else
			complain(p, &items[i].at, "the %s '%s' is already in " LINE, what,
				 items[i].name, LINE_OF(items[first].at, items[i].at));
	}
}
