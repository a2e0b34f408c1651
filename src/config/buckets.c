// SPDX-License-Identifier: GPL-2.0-only
/*
 * `buckets:` of a histogram: where the slots are, and what each stands for.
 *
 * How many slots an array has only its layout says; then the number is 0
 * here, and what depends on it is for the plan.
 */
#include <errno.h>
#include <stdlib.h>

#include "schema_internal.h"

#define SLOTS_MAX      4096
#define EXP2_SLOTS_MAX 65

static const char *const edge_names[] = {
	[CONFIG_EDGES_UPPER] = "upper", [CONFIG_EDGES_LOWER] = "lower"};
static const struct choices edges = {"edges", "", edge_names, ARRAY_SIZE(edge_names)};

static const struct number_range slots = {1, SLOTS_MAX, sizeof(uint32_t)};
static const struct integer_range slot_offsets = {INT32_MIN, INT32_MAX};
static const struct integer_range integers = {INT64_MIN, INT64_MAX};

static void parse_bound(struct parser *p, const struct node *n, struct config_decimal *d)
{
	const char *text = text_of(p, n);
	int r = text ? num_parse_decimal(str_of(text), &d->mantissa, &d->exp10) : 0;

	if (r == -EINVAL)
		complain(p, &n->at, "'%s' is not a number: write it like 0.25 or 1e-3", text);
	else if (r < 0)
		complain(p, &n->at, "%s is out of range: 18 digits, exponents from -30 to 30",
			 text);
}

static int n_digits(int64_t v)
{
	int n = 1;

	while (v /= 10)
		n++;
	return n;
}

/*
 * Below, equal or above zero. Of one sign, what has the longer whole part is
 * farther from zero; where they are as long, the exponents are near enough to
 * be made the same.
 */
static int decimal_compare(const struct config_decimal *a, const struct config_decimal *b)
{
	int128 x = a->mantissa, y = b->mantissa;
	int length = n_digits(a->mantissa) + a->exp10 - n_digits(b->mantissa) - b->exp10;

	if ((x > 0) != (y > 0) || (x < 0) != (y < 0))
		return x < y ? -1 : x > y;
	if (length)
		return (length < 0) == (x > 0) ? -1 : 1;
	for (int i = b->exp10; i < a->exp10; i++)
		x *= 10;
	for (int i = a->exp10; i < b->exp10; i++)
		y *= 10;
	return x < y ? -1 : x > y;
}

/* Whether it is a list of 1 to SLOTS_MAX items. */
static bool list_is_usable(struct parser *p, const struct node *n, const char *what)
{
	if (n->kind == NODE_LIST && n->n_items && n->n_items <= SLOTS_MAX)
		return true;
	complain(p, &n->at, "%s are a list of 1 to %d, found %s", what, SLOTS_MAX,
		 n->kind != NODE_LIST ? node_kind_name(n)
		 : n->n_items	      ? "more"
				      : "an empty one");
	return false;
}

static void parse_bounds(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_buckets *b = out;

	(void)arg;
	if (!list_is_usable(p, n, "bounds"))
		return;
	b->bounds = array_new(p, n->n_items, sizeof(*b->bounds));
	for (; b->bounds && b->n_bounds < n->n_items; b->n_bounds++) {
		size_t i = b->n_bounds;
		size_t n_before = p->mistakes->n + p->mistakes->n_more;

		parse_bound(p, n->items[i], &b->bounds[i]);
		if (i && p->mistakes->n + p->mistakes->n_more == n_before &&
		    decimal_compare(&b->bounds[i - 1], &b->bounds[i]) >= 0)
			complain(p, &n->items[i]->at, "the bound %s is not above the one before it",
				 n->items[i]->text);
	}
}

struct placed_key {
	int64_t key;
	size_t i;
};

static int key_compare(const void *left, const void *right)
{
	const struct placed_key *a = left, *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->i < b->i ? -1 : 1;
}

static void keys_check(struct parser *p, const struct node *n, const int64_t *keys)
{
	_cleanup_(freep) struct placed_key *sorted = array_new(p, n->n_items, sizeof(*sorted));

	if (!sorted)
		return;
	for (size_t i = 0; i < n->n_items; i++)
		sorted[i] = (struct placed_key){keys[i], i};
	qsort(sorted, n->n_items, sizeof(*sorted), key_compare);
	for (size_t i = 1; i < n->n_items; i++) {
		if (sorted[i].key == sorted[i - 1].key)
			complain(p, &n->items[sorted[i].i]->at, "the key %s is there twice",
				 n->items[sorted[i].i]->text);
	}
}

static void parse_keys(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_buckets *b = out;
	size_t n_before = p->mistakes->n + p->mistakes->n_more;

	(void)arg;
	if (!list_is_usable(p, n, "keys"))
		return;
	b->keys = array_new(p, n->n_items, sizeof(*b->keys));
	for (size_t i = 0; b->keys && i < n->n_items; i++)
		parse_integer(p, n->items[i], &b->keys[i], &integers);
	if (b->keys && p->mistakes->n + p->mistakes->n_more == n_before)
		keys_check(p, n, b->keys);
	if (b->n_bounds && b->n_bounds != n->n_items)
		complain(p, &n->at, "%zu keys for %zu bounds: each bound needs one", n->n_items,
			 b->n_bounds);
}

static const struct key linear_keys[] = {
	{"start", parse_integer, INTO(config_buckets, start), .arg = &integers},
	{"width", parse_number, INTO(config_buckets, width), .arg = &schema_positives,
	 .required = true},
};
static const struct key explicit_keys[] = {
	{"bounds", parse_bounds, .required = true},
	{"keys", parse_keys, .offset = 0},
};

static void parse_linear(struct parser *p, const struct node *n, void *out, const void *arg)
{
	(void)arg;
	((struct config_buckets *)out)->scheme = CONFIG_LINEAR;
	parse_mapping(p, n, "linear", linear_keys, ARRAY_SIZE(linear_keys), out);
}

static void parse_explicit(struct parser *p, const struct node *n, void *out, const void *arg)
{
	(void)arg;
	((struct config_buckets *)out)->scheme = CONFIG_EXPLICIT;
	parse_mapping(p, n, "explicit", explicit_keys, ARRAY_SIZE(explicit_keys), out);
}

static const struct key scheme_keys[] = {
	{"linear", parse_linear, .offset = 0},
	{"explicit", parse_explicit, .offset = 0},
};

static void parse_scheme(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_buckets *b = out;
	bool linear = node_find(n, "linear");

	(void)arg;
	if (n->kind != NODE_MAPPING && text_of(p, n) && !strcmp(n->text, "exp2"))
		b->scheme = CONFIG_EXP2;
	else if (n->kind == NODE_SCALAR)
		complain(p, &n->at,
			 "unknown scheme '%s'; known: exp2, {linear: {start: …, width: …}}, "
			 "{explicit: {bounds: […]}}",
			 n->text);
	else if (linear && node_find(n, "explicit"))
		complain(p, &n->at, "a scheme is either linear or explicit");
	else if (n->kind == NODE_MAPPING &&
		 parse_mapping(p, n, "a scheme", scheme_keys, ARRAY_SIZE(scheme_keys), b) &&
		 !linear && !node_find(n, "explicit"))
		complain(p, &n->at, "a scheme needs the key 'linear' or 'explicit', or is exp2");
}

static const struct key bucket_keys[] = {
	{"field", parse_expr, INTO(config_buckets, array), .arg = &schema_field_of_map},
	{"slot", parse_expr, INTO(config_buckets, slot), .arg = &schema_field_of_number},
	{"scheme", parse_scheme, .required = true},
	{"edges", parse_choice, INTO(config_buckets, edges), .arg = &edges},
	{"slot_offset", parse_integer, INTO(config_buckets, slot_offset), .arg = &slot_offsets},
	{"slots", parse_number, INTO(config_buckets, n_slots), .arg = &slots},
	{"zero", parse_bool, INTO(config_buckets, has_zero)},
	{"overflow", parse_bool, INTO(config_buckets, has_overflow)},
	{"scale", parse_scale, INTO(config_buckets, scale)},
};

static void check_scheme(struct parser *p, const struct node *n, const struct config_buckets *b)
{
	struct place at = place_of_key(n, "edges"), slots_at = place_of_key(n, "slots");
	struct place zero = place_of_key(n, "zero");
	bool explicit = b->scheme == CONFIG_EXPLICIT;

	if (!explicit && !node_find(n, "edges"))
		complain(
			p, &n->at,
			"buckets need the key 'edges': upper (a slot ends with its bound) or lower");
	if (explicit && b->edges == CONFIG_EDGES_LOWER)
		complain(p, &at, "explicit bounds are upper edges");
	if (explicit && node_find(n, "slots"))
		complain(p, &slots_at, "the bounds say how many slots there are");
	if (!explicit && node_find(n, "slot") && !node_find(n, "slots"))
		complain(p, &n->at, "buckets with 'slot' need the key 'slots', how many there are");
	if (b->scheme == CONFIG_EXP2 && b->n_slots > EXP2_SLOTS_MAX)
		complain(p, &slots_at, "exp2 has at most %d slots", EXP2_SLOTS_MAX);
	if (explicit && b->has_zero)
		complain(p, &zero, "explicit bounds have no slot below slot 0: make 0 a bound");
}

static void buckets_check(struct parser *p, const struct node *n, const struct config_buckets *b)
{
	struct place overflow = place_of_key(n, "overflow");
	bool array = node_find(n, "field"), slot = node_find(n, "slot");

	if (array == slot)
		complain(p, &n->at, "buckets need the key 'field', an array, or else 'slot'");
	if (b->scheme != SCHEME_UNKNOWN)
		check_scheme(p, n, b);
	if (b->has_overflow && b->n_slots == 1)
		complain(p, &overflow, "the only slot cannot be the overflow: there is no bound");
	if (b->has_overflow && b->keys)
		complain(
			p, &overflow,
			"with 'keys' each slot has its bound, and others are in +Inf: remove 'overflow'");
}

void parse_buckets(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_buckets *b = out;

	(void)arg;
	b->at = n->at;
	b->scheme = SCHEME_UNKNOWN;
	if (!parse_mapping(p, n, "'buckets'", bucket_keys, ARRAY_SIZE(bucket_keys), b))
		return;
	if (b->scheme == CONFIG_EXPLICIT)
		b->n_slots = (uint32_t)b->n_bounds;
	buckets_check(p, n, b);
}
