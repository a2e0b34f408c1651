// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peer's histograms: the last part of the key is the slot, the sum lies in
 * the slot behind the last one, in the unit of the slots.
 *
 *	exp2      slot i ends with 2^i, the last one holds all above, too
 *	exp2zero  slot 0 holds 0, slot i ends with 2^(i - 1)
 *	linear    slot i is shown as i
 *	fixed     the slot is the bound itself
 *
 * Slots that begin above 0 are shifted down; what that changes of their bounds
 * is made up for by the scale, which stays exact. The peer looks at no other
 * slots than its own and the sum's, ours would count them: `where` leaves them
 * out.
 */
#include <stdlib.h>

#include "base/num.h"
#include "import_internal.h"

#define MAX_EXPONENT 64
#define MAX_SLOTS    4096
#define MAX_KEY	     (INT64_MAX - 1)

static const char *const types[] = {"exp2", "exp2zero", "linear", "fixed"};
enum bucket_type { EXP2, EXP2ZERO, LINEAR, FIXED, UNKNOWN };

struct unit {
	const char *text; /* NULL: 1 */
	struct scale scale;
};

static enum bucket_type type_of(struct import *im, const struct node *n)
{
	const struct place at = member_at(n, "bucket_type");
	const char *text = text_at(im, n, "bucket_type"), *meant;

	for (size_t i = 0; text && i < ARRAY_SIZE(types); i++)
		if (!strcmp(text, types[i]))
			return (enum bucket_type)i;
	if (!text)
		return UNKNOWN;
	meant = str_suggest(text, types, ARRAY_SIZE(types));
	if (*text)
		mistake(im, &at, "unknown bucket_type '%s': exp2, exp2zero, linear or fixed%s%s%s",
			text, meant ? " (did you mean '" : "", meant ? meant : "",
			meant ? "'?)" : "");
	else
		mistake(im, &at,
			"a histogram needs 'bucket_type': exp2, exp2zero, linear or fixed");
	return UNKNOWN;
}

static bool unit_of(struct import *im, const struct node *n, struct unit *u)
{
	const struct place at = member_at(n, "bucket_multiplier");
	const char *text = text_at(im, n, "bucket_multiplier");
	int64_t mantissa = 0;
	int exp10, r;

	*u = (struct unit){.scale = SCALE_ONE};
	if (!text || !*text)
		return text;
	r = num_parse_decimal(str_of(text), &mantissa, &exp10);
	if (r == 0 && mantissa == 0)
		return true; /* as the peer has it: 1 */
	if (r == 0 && mantissa > 0)
		r = num_parse_scale(str_of(text), &u->scale);
	if (r < 0 || mantissa < 0) {
		mistake(im, &at,
			"'bucket_multiplier' is '%s': write a number above 0, of at most 18 digits",
			text);
		return false;
	}
	if (mantissa != 1 || exp10)
		u->text = text;
	return true;
}

static bool range_of(struct import *im, const struct node *n, uint64_t *ret_min, uint64_t *ret_max)
{
	if (!number_at(im, n, "bucket_min", 0, UINT32_MAX - 2, ret_min) ||
	    !number_at(im, n, "bucket_max", 0, UINT32_MAX - 2, ret_max))
		return false;
	if (*ret_min < *ret_max)
		return true;
	mistake(im, &n->at, "a histogram needs a 'bucket_max' above its 'bucket_min' (%llu)",
		(unsigned long long)*ret_min);
	return false;
}

/* 2^@exponent times the unit; whether that is a scale. */
static bool put_scale(struct import *im, const struct unit *u, unsigned int exponent)
{
	char text[NUM_TEXT_MAX + 1];
	struct scale scale;
	size_t n;

	if (!exponent) {
		if (u->text)
			put(im, &im->entry, ", scale: %s", u->text);
		return true;
	}
	n = num_write_scaled(text, (int128)1 << exponent, &u->scale);
	text[n] = '\0';
	put(im, &im->entry, ", scale: %s", text);
	return num_parse_scale((struct str){text, n}, &scale) == 0;
}

/* The sum has the unit of the slots, even where their scale was changed. */
static void put_sum(struct import *im, const struct unit *u, uint64_t slot, bool other_scale)
{
	put(im, &im->entry, "        sum: {slot: %llu", (unsigned long long)slot);
	if (other_scale)
		put(im, &im->entry, ", scale: %s", u->text ? u->text : "1");
	put(im, &im->entry, "}\n");
}

/* The slots up to @max, and the sum's. */
static void put_where(struct import *im, const char *field, uint64_t min, uint64_t max)
{
	put(im, &im->entry, "        where: {%s: %llu..%llu}\n", field, (unsigned long long)min,
	    (unsigned long long)max + 1);
}

static void write_exp2(struct import *im, const struct node *n, const char *field, bool has_zero)
{
	const struct place at = member_at(n, "bucket_max");
	uint64_t min, max, first;
	unsigned int exponent;
	struct unit u;

	if (!unit_of(im, n, &u) || !range_of(im, n, &min, &max))
		return;
	first = has_zero && !min ? 1 : min; /* the slot that is ours of number 0 */
	exponent = (unsigned int)(has_zero ? first - 1 : first);
	if (max - has_zero > MAX_EXPONENT) {
		mistake(im, &at, "'bucket_max' is above %d: no 64-bit number needs such a slot",
			MAX_EXPONENT + has_zero);
		return;
	}
	put(im, &im->entry, "        buckets: {slot: %s, scheme: exp2, edges: upper", field);
	if (first)
		put(im, &im->entry, ", slot_offset: %llu", (unsigned long long)first);
	put(im, &im->entry, ", slots: %llu", (unsigned long long)max - first + 1);
	if (has_zero && !min)
		put(im, &im->entry, ", zero: true");
	if (max > first) {
		put(im, &im->entry, ", overflow: true");
		note(im,
		     "The last slot, %llu, also holds all that is larger, so it is le=\"+Inf\" here "
		     "and nothing else.",
		     (unsigned long long)max);
	}
	if (!put_scale(im, &u, exponent))
		mistake(im, &at, "2^%u times 'bucket_multiplier' is out of range", exponent);
	put(im, &im->entry, "}\n");
	put_sum(im, &u, max + 1, exponent);
	put_where(im, field, min, max);
}

static void write_linear(struct import *im, const struct node *n, const char *field)
{
	const struct place at = member_at(n, "bucket_max");
	uint64_t min, max;
	struct unit u;

	if (!unit_of(im, n, &u) || !range_of(im, n, &min, &max))
		return;
	if (max - min + 1 > MAX_SLOTS) {
		mistake(im, &at, "more than %d slots from 'bucket_min' to 'bucket_max'", MAX_SLOTS);
		return;
	}
	put(im, &im->entry,
	    "        buckets: {slot: %s, scheme: {linear: {start: %llu, width: 1}}, edges: upper",
	    field, (unsigned long long)min);
	if (min)
		put(im, &im->entry, ", slot_offset: %llu", (unsigned long long)min);
	put(im, &im->entry, ", slots: %llu", (unsigned long long)max - min + 1);
	(void)put_scale(im, &u, 0);
	put(im, &im->entry, "}\n");
	put_sum(im, &u, max + 1, false);
	put_where(im, field, min, max);
}

/* A slot's number, -1 after a complaint. */
static int64_t key_of(struct import *im, const struct node *n, int64_t before)
{
	int64_t v = -1;
	int exp10 = 0;

	if (n->kind == NODE_SCALAR && num_parse_decimal(str_of(n->text), &v, &exp10) == 0) {
		for (; exp10 > 0 && v <= MAX_KEY / 10; exp10--)
			v *= 10;
	}
	if (v < 0 || exp10 || v > MAX_KEY) {
		mistake(im, &n->at, "'%s' is no slot: write a whole number up to 2^63-2",
			n->kind == NODE_SCALAR ? n->text : node_kind_name(n));
		return -1;
	}
	if (v <= before)
		mistake(im, &n->at, "the slot %s is not above the one before it", n->text);
	return v;
}

/* All @keys into @list, as text. Return: the last one. */
static int64_t put_keys(struct import *im, struct buf *list, const struct node *keys)
{
	int64_t last = -1;

	for (size_t i = 0; i < keys->n_items; i++) {
		last = key_of(im, keys->items[i], last);
		put(im, list, "%s%lld", i ? ", " : "", (long long)last);
	}
	return last;
}

static void write_fixed(struct import *im, const struct node *n, const char *field)
{
	const struct node *keys = list_of(im, n, "bucket_keys");
	const struct place at = member_at(n, "bucket_keys");
	_cleanup_buf_ struct buf list = BUF_INIT;
	int64_t last;
	struct unit u;

	if (!keys || !keys->n_items || keys->n_items > MAX_SLOTS) {
		mistake(im, &at, "a fixed histogram needs 'bucket_keys', a list of 1 to %d slots",
			MAX_SLOTS);
		return;
	}
	if (!unit_of(im, n, &u))
		return;
	last = put_keys(im, &list, keys);
	if (!buf_string(&list)) {
		im->mistakes.no_memory = true;
		return;
	}
	put(im, &im->entry,
	    "        buckets: {slot: %s, scheme: {explicit: {bounds: [%s], keys: [%s]}}", field,
	    list.data, list.data);
	(void)put_scale(im, &u, 0);
	put(im, &im->entry, "}\n");
	if (last < UINT32_MAX) {
		put_sum(im, &u, (uint64_t)last + 1, false);
		/* In one range, as the field may have no bits for the sum's slot alone. */
		put(im, &list, "..%lld", (long long)last + 1);
	} else {
		warn(im, &at, "the sum is left out: its slot, %lld, is above 2^32-1",
		     (long long)last + 1);
	}
	put(im, &im->entry, "        where: {%s: [%.*s]}\n", field, (int)list.len, list.data);
}

void buckets_write(struct import *im, const struct node *n, const char *field)
{
	switch (type_of(im, n)) {
	case EXP2:
		write_exp2(im, n, field, false);
		break;
	case EXP2ZERO:
		write_exp2(im, n, field, true);
		break;
	case LINEAR:
		write_linear(im, n, field);
		break;
	case FIXED:
		write_fixed(im, n, field);
		break;
	case UNKNOWN:
		break;
	}
}
