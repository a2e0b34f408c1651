// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of fields, and what is computed from them.
 *
 * Whether a field exists is for the plan to say; here a path is only a name
 * and, joined by dots, names, element numbers and at most two `*`.
 */
#include <stdlib.h>

#include "schema_internal.h"

#define STARS_MAX 2

static const char *const special_names[] = {"$cpu", "$cpus", "$pin", "$id", "$map", "$i",
					    "$j",   "$1",    "$2",   "$3",  "$4",   "$5",
					    "$6",   "$7",    "$8",   "$9"};
static const struct choices specials = {"field", "", special_names, ARRAY_SIZE(special_names)};

const enum field_use schema_field_any = FIELD_ANY;
const enum field_use schema_field_of_number = FIELD_OF_NUMBER;
const enum field_use schema_field_of_map = FIELD_OF_MAP;
const enum field_use schema_field_one = FIELD_ONE;

const struct number_range schema_shifts = {0, 63, sizeof(uint32_t)};
const struct number_range schema_positives = {1, UINT64_MAX, sizeof(uint64_t)};

/* Elements joined by dots, each a `*` or a word; the first one a name. */
static bool path_is_valid(const char *s, unsigned int *ret_n_stars)
{
	static const char word[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	unsigned int n_stars = 0;

	if (strchr("*0123456789", *s))
		return false;
	for (;;) {
		size_t n = *s == '*' ? 1 : strspn(s, word);

		n_stars += *s == '*';
		s += n;
		*ret_n_stars = n_stars;
		if (n && !*s)
			return true;
		if (!n || *s++ != '.')
			return false;
	}
}

static bool special_is_known(const char *s)
{
	for (size_t i = 0; i < specials.n; i++) {
		if (!strcmp(s, special_names[i]))
			return true;
	}
	return false;
}

/* $pin, $map, $1 … are texts. */
static bool special_is_text(const char *s)
{
	return s[0] == '$' && (s[1] == 'p' || s[1] == 'm' || (s[1] >= '1' && s[1] <= '9'));
}

static bool special_check(struct parser *p, const struct node *n, enum field_use use)
{
	if (!special_is_known(n->text))
		complain_unknown(p, &n->at, n->text, &specials);
	else if (use >= FIELD_OF_MAP)
		complain(p, &n->at, "%s is no field of the key or value", n->text);
	else if (use == FIELD_OF_NUMBER && special_is_text(n->text))
		complain(p, &n->at, "%s is a text, and only labels show texts", n->text);
	else
		return true;
	return false;
}

static bool path_check(struct parser *p, const struct node *n, enum field_use use)
{
	unsigned int n_stars = 0;

	if (!path_is_valid(n->text, &n_stars))
		complain(p, &n->at,
			 "'%s' is not a field: write names and element numbers joined by dots",
			 n->text);
	else if (n_stars > STARS_MAX)
		complain(p, &n->at, "'%s' has more than %d '*'", n->text, STARS_MAX);
	else if (n_stars && use == FIELD_ONE)
		complain(p, &n->at, "'%s' must be one field: write it without '*'", n->text);
	else
		return true;
	return false;
}

void parse_field_path(struct parser *p, const struct node *n, void *out, const void *arg)
{
	const enum field_use *use = arg;
	const char *text = text_of(p, n);

	if (text && (*text == '$' ? special_check(p, n, *use) : path_check(p, n, *use)))
		parse_text(p, n, out, NULL);
}

void expr_settle(struct parser *p, const struct node *n, struct config_expr *e)
{
	e->computed = node_find(n, "shift") || node_find(n, "mask") || node_find(n, "div") ||
		      node_find(n, "mod");
	if (e->computed && e->field && special_is_text(e->field))
		complain(p, &n->at, "shift, mask, div and mod are for numbers, not %s", e->field);
}

/* The name is looked for by itself: what it may be differs. */
static const struct key expr_keys[] = {
	{"field", .required = true},
	{"shift", parse_number, INTO(config_expr, shift), .arg = &schema_shifts},
	{"mask", parse_number, INTO(config_expr, mask), .arg = &schema_positives},
	{"div", parse_number, INTO(config_expr, div), .arg = &schema_positives},
	{"mod", parse_number, INTO(config_expr, mod), .arg = &schema_positives},
	{"scale", .refused = "scale is for values and sums: there is none here"},
	{"offset", .refused = "offset is for values: there is none here"},
	{"clock", .refused = "clock is for values: there is none here"},
};

void parse_expr(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_expr *e = out;
	const struct node *field = n;

	*e = EXPR_INIT(n->at);
	if (n->kind == NODE_MAPPING) {
		parse_mapping(p, n, "a field", expr_keys, ARRAY_SIZE(expr_keys), e);
		field = node_find(n, "field");
	}
	if (field)
		parse_field_path(p, field, &e->field, arg);
	expr_settle(p, n, e);
}
