// SPDX-License-Identifier: GPL-2.0-only
/* What the peer's parser would read, with a complaint where it would fail or guess. */
#include <stdarg.h>
#include <stdlib.h>

#include "import_internal.h"

#include "base/yaml_text.h"

void put(struct import *im, struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (buf_vprintf(b, fmt, args) < 0)
		im->mistakes.no_memory = true;
	va_end(args);
}

void put_yaml(struct import *im, struct buf *b, const char *s)
{
	if (yaml_quote(b, s) < 0)
		im->mistakes.no_memory = true;
}

void put_comment(struct import *im, struct buf *b, const char *indent, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (column && column + n > 100) {
			put(im, b, "\n");
			column = 0;
		}
		put(im, b, "%s%s", column ? "" : indent, column ? " " : "# ");
		column += column ? n + 1 : strlen(indent) + 2 + n;
		if (yaml_comment(b, text, n) < 0)
			im->mistakes.no_memory = true;
		text += n;
		text += strspn(text, " ");
	}
	put(im, b, "\n");
}

void note(struct import *im, const char *fmt, ...)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	va_list args;
	int r;

	va_start(args, fmt);
	r = buf_vprintf(&text, fmt, args);
	va_end(args);
	if (r < 0 || !buf_string(&text))
		im->mistakes.no_memory = true;
	else
		put_comment(im, &im->notes, "  ", text.data);
}

void warn(struct import *im, const struct place *at, const char *fmt, ...)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	va_list args;
	int r;

	va_start(args, fmt);
	r = buf_vprintf(&text, fmt, args);
	va_end(args);
	if (r < 0 || !buf_string(&text)) {
		im->mistakes.no_memory = true;
		return;
	}
	(void)mistakes_add(&im->warnings, at, "%s", text.data);
	put_comment(im, &im->notes, "  ", text.data);
}

const struct node *member(const struct node *n, const char *key)
{
	const struct node *found = node_find(n, key);

	return found && !node_is_null(found) ? found : NULL;
}

struct place member_at(const struct node *n, const char *key)
{
	const struct node *found = node_find(n, key);

	return found ? found->at : n->at;
}

static bool is_known(const char *key, const char *const *keys, size_t n_keys)
{
	for (size_t i = 0; i < n_keys; i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

bool check_keys(struct import *im, const struct node *n, const char *what, const char *const *keys,
		size_t n_keys)
{
	if (n->kind != NODE_MAPPING) {
		mistake(im, &n->at, "%s must be a mapping, found %s", what, node_kind_name(n));
		return false;
	}
	for (size_t i = 0; i < n->n_items; i += 2) {
		const char *key = n->items[i]->text;
		const char *meant;

		if (is_known(key, keys, n_keys))
			continue;
		meant = str_suggest(key, keys, n_keys);
		warn(im, &n->items[i]->at, "the key '%s' of %s is unknown and was left out%s%s%s",
		     key, what, meant ? " (did you mean '" : "", meant ? meant : "",
		     meant ? "'?)" : "");
	}
	return true;
}

const struct node *list_of(struct import *im, const struct node *n, const char *key)
{
	const struct node *list = member(n, key);

	if (!list || list->kind == NODE_LIST)
		return list;
	mistake(im, &list->at, "'%s' must be a list, found %s", key, node_kind_name(list));
	return NULL;
}

const char *text_at(struct import *im, const struct node *n, const char *key)
{
	const struct node *text = member(n, key);

	if (!text)
		return "";
	if (text->kind == NODE_SCALAR)
		return text->text;
	mistake(im, &text->at, "'%s' must be text, found %s", key, node_kind_name(text));
	return NULL;
}

bool bool_at(struct import *im, const struct node *n, const char *key)
{
	static const char *const yes[] = {"true", "True", "TRUE", "yes", "Yes", "YES",
					  "on",	  "On",	  "ON",	  "y",	 "Y"};
	static const char *const no[] = {"false", "False", "FALSE", "no", "No", "NO",
					 "off",	  "Off",   "OFF",   "n",  "N",	""};
	const struct place at = member_at(n, key);
	const char *text = text_at(im, n, key);

	if (!text || is_known(text, no, ARRAY_SIZE(no)))
		return false;
	if (!is_known(text, yes, ARRAY_SIZE(yes)))
		mistake(im, &at, "'%s' is not a truth value: write true or false", text);
	return true;
}

bool number_at(struct import *im, const struct node *n, const char *key, uint64_t absent,
	       uint64_t max, uint64_t *ret_value)
{
	const struct place at = member_at(n, key);
	const char *text = text_at(im, n, key);
	unsigned long long v = absent;
	int r = text && *text ? str_parse_u64(str_of(text), &v) : 0;

	if (!text)
		return false;
	if (r < 0 || v > max) {
		mistake(im, &at, "'%s' is '%s': write a whole number from 0 to %llu", key, text,
			(unsigned long long)max);
		return false;
	}
	*ret_value = v;
	return true;
}
