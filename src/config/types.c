// SPDX-License-Identifier: GPL-2.0-only
/*
 * Layouts as written under `key:` and `value:`: a type, or a list of fields;
 * and `types:`, what single fields of another layout are.
 *
 * Here only what is wrong whatever the map is: offsets and padding are worked
 * out, and sizes compared with the kernel's, where the plan is compiled. A
 * field takes at least the bytes of its parts, which bounds a layout to
 * LAYOUT_MAX_BYTES long before anything is allocated for it.
 */
#include <stdlib.h>

#include "schema_internal.h"

#define LAYOUT_MAX_BYTES (UINT64_C(64) << 20)
#define STRUCT_MAX_DEPTH 16

static const char *const kind_names[] = {
	[CONFIG_U8] = "u8",	  [CONFIG_U16] = "u16",	  [CONFIG_U32] = "u32",
	[CONFIG_U64] = "u64",	  [CONFIG_S8] = "s8",	  [CONFIG_S16] = "s16",
	[CONFIG_S32] = "s32",	  [CONFIG_S64] = "s64",	  [CONFIG_BE16] = "be16",
	[CONFIG_BE32] = "be32",	  [CONFIG_BE64] = "be64", [CONFIG_F32] = "f32",
	[CONFIG_F64] = "f64",	  [CONFIG_BOOL] = "bool", [CONFIG_IPV4] = "ipv4",
	[CONFIG_IPV6] = "ipv6",	  [CONFIG_MAC] = "mac",	  [CONFIG_CHAR] = "char",
	[CONFIG_BYTES] = "bytes", [CONFIG_PAD] = "pad",	  [CONFIG_STRUCT] = "struct",
};

static const uint8_t kind_sizes[KIND_UNKNOWN + 1] = {
	[CONFIG_U8] = 1,   [CONFIG_U16] = 2,  [CONFIG_U32] = 4,	  [CONFIG_U64] = 8,
	[CONFIG_S8] = 1,   [CONFIG_S16] = 2,  [CONFIG_S32] = 4,	  [CONFIG_S64] = 8,
	[CONFIG_BE16] = 2, [CONFIG_BE32] = 4, [CONFIG_BE64] = 8,  [CONFIG_F32] = 4,
	[CONFIG_F64] = 8,  [CONFIG_BOOL] = 1, [CONFIG_IPV4] = 4,  [CONFIG_IPV6] = 16,
	[CONFIG_MAC] = 6,  [CONFIG_CHAR] = 1, [CONFIG_BYTES] = 1, [CONFIG_PAD] = 1,
};

static const struct choices kinds = {"type", "", kind_names, ARRAY_SIZE(kind_names)};
static const struct number_range counts = {1, LAYOUT_MAX_BYTES, sizeof(uint32_t)};
static const struct number_range offsets = {0, LAYOUT_MAX_BYTES, sizeof(uint64_t)};

static void parse_field_name(struct parser *p, const struct node *n, void *out, const void *arg)
{
	parse_text(p, n, out, arg);
	if (*(char **)out && !str_is_name(str_of(*(char **)out)))
		complain(p, &n->at,
			 "'%s' is not a field name: letters, digits and _, no digit first",
			 *(char **)out);
}

/* "START-END", or one number. */
static void parse_bits(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_field *f = out;
	const char *text = text_of(p, n);
	unsigned long long first, last;
	const char *dash = text ? strchr(text, '-') : NULL;
	struct str start = {text, dash ? (size_t)(dash - text) : text ? strlen(text) : 0};

	(void)arg;
	f->is_bits = true;
	if (!text)
		return;
	if (str_parse_u64(start, &first) < 0 ||
	    str_parse_u64(dash ? str_of(dash + 1) : start, &last) < 0 || first > last || last > 63)
		complain(p, &n->at,
			 "'%s' are no bits: write 0-3 for the lowest four, or one number", text);
	else {
		f->bit_first = (uint8_t)first;
		f->bit_last = (uint8_t)last;
	}
}

static parse_fn parse_members;

static const struct key field_keys[] = {
	{"name", parse_field_name, INTO(config_field, name)},
	{"type", parse_choice, INTO(config_field, kind), .arg = &kinds, .required = true},
	{"count", parse_number, INTO(config_field, count), .arg = &counts},
	{"offset", parse_number, INTO(config_field, offset), .arg = &offsets},
	{"bits", parse_bits, .offset = 0},
	{"fields", parse_members, .offset = 0},
};

/* At least that many bytes, cut just above the limit, so that nothing overflows. */
static uint64_t field_bytes(const struct config_field *f)
{
	uint64_t end = f->is_bits ? 0 : kind_sizes[f->kind]; /* bit fields may share their bytes */

	for (size_t i = 0; i < f->n_fields; i++) {
		const struct config_field *member = &f->fields[i];
		uint64_t start = member->offset < 0 ? end : (uint64_t)member->offset;
		uint64_t member_end = start + field_bytes(member);

		if (member_end > end)
			end = member_end;
		if (end > LAYOUT_MAX_BYTES)
			break;
	}
	end *= f->count ? f->count : 1;
	return end > LAYOUT_MAX_BYTES ? LAYOUT_MAX_BYTES + 1 : end;
}

static void field_check_bytes(struct parser *p, const struct config_field *f)
{
	/* A member that is too large alone has been told. */
	for (size_t i = 0; i < f->n_fields; i++) {
		if (field_bytes(&f->fields[i]) > LAYOUT_MAX_BYTES)
			return;
	}
	if (field_bytes(f) > LAYOUT_MAX_BYTES)
		complain(p, &f->at, "more than 64 MiB");
}

static void bits_check(struct parser *p, const struct node *n, const struct config_field *f)
{
	struct place at = place_of_key(n, "bits");

	if (f->kind > CONFIG_BE64)
		complain(p, &at, "only integers have bits, %s has not", kind_names[f->kind]);
	else if (f->bit_last >= 8 * kind_sizes[f->kind])
		complain(p, &at, "%s has the bits 0 to %d", kind_names[f->kind],
			 8 * kind_sizes[f->kind] - 1);
	if (node_find(n, "count"))
		complain(p, &at, "a field with 'bits' is no array: it takes no 'count'");
}

static void field_check(struct parser *p, const struct node *n, struct config_field *f)
{
	bool named = node_find(n, "name"), counted = node_find(n, "count");
	bool has_fields = node_find(n, "fields");
	struct place at;

	if (f->kind == KIND_UNKNOWN)
		return;
	at = place_of_key(n, "name");
	if (f->kind == CONFIG_PAD && named)
		complain(p, &at, "padding has no name");
	if (f->kind == CONFIG_PAD && !counted)
		complain(p, &n->at, "padding needs the key 'count', its bytes");
	if (f->kind != CONFIG_PAD && !named)
		complain(p, &n->at, "a field needs the key 'name'");
	at = place_of_key(n, "fields");
	if (f->kind == CONFIG_STRUCT && !has_fields)
		complain(p, &n->at, "a struct needs the key 'fields'");
	if (f->kind != CONFIG_STRUCT && has_fields)
		complain(p, &at, "only a struct has fields");
	if (f->is_bits)
		bits_check(p, n, f);
	if (!f->count && (f->kind == CONFIG_CHAR || f->kind == CONFIG_BYTES))
		f->count = 1;
}

static void parse_field(struct parser *p, const struct node *n, struct config_field *f)
{
	*f = (struct config_field){.at = n->at, .kind = KIND_UNKNOWN, .offset = -1};
	if (!parse_mapping(p, n, "a field", field_keys, ARRAY_SIZE(field_keys), f))
		return;
	field_check(p, n, f);
	field_check_bytes(p, f);
}

static void members_check_names(struct parser *p, const struct config_field *f)
{
	_cleanup_(freep) struct named *names = array_new(p, f->n_fields, sizeof(*names));
	size_t n = 0;

	for (size_t i = 0; names && i < f->n_fields; i++) {
		if (f->fields[i].name)
			names[n++] = (struct named){f->fields[i].name, f->fields[i].at, i};
	}
	complain_twice(p, "field", names, n);
}

static void parse_members(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_field *f = out;

	(void)arg;
	if (n->kind != NODE_LIST || !n->n_items) {
		complain(p, &n->at, "fields are a list of at least one, found %s",
			 n->kind == NODE_LIST ? "an empty one" : node_kind_name(n));
		return;
	}
	if (p->struct_depth == STRUCT_MAX_DEPTH) {
		complain(p, &n->at, "structs nested deeper than %d levels", STRUCT_MAX_DEPTH);
		return;
	}
	f->fields = array_new(p, n->n_items, sizeof(*f->fields));
	if (!f->fields)
		return;
	p->struct_depth++;
	for (; f->n_fields < n->n_items; f->n_fields++)
		parse_field(p, n->items[f->n_fields], &f->fields[f->n_fields]);
	p->struct_depth--;
	members_check_names(p, f);
}

void parse_layout(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_field *f = array_new(p, 1, sizeof(*f));

	(void)arg;
	*(struct config_field **)out = f;
	if (!f)
		return;
	*f = (struct config_field){.at = n->at, .kind = KIND_UNKNOWN, .offset = -1};
	if (n->kind == NODE_LIST) {
		f->kind = CONFIG_STRUCT;
		parse_members(p, n, f, NULL);
		field_check_bytes(p, f);
	} else if (n->kind == NODE_MAPPING) {
		complain(p, &n->at,
			 "expected a type such as u32, or a list of fields; found a mapping");
	} else {
		parse_choice(p, n, &f->kind, &kinds);
		if (f->kind == CONFIG_PAD || f->kind == CONFIG_STRUCT)
			complain(p, &n->at, "a lone '%s' holds nothing: write a list of fields",
				 n->text);
		if (f->kind == CONFIG_CHAR || f->kind == CONFIG_BYTES)
			f->count = 1;
	}
}

void parse_types(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_map *map = out;

	(void)arg;
	if (n->kind != NODE_MAPPING) {
		complain(p, &n->at, "types must be a mapping of fields to types, found %s",
			 node_kind_name(n));
		return;
	}
	map->types = array_new(p, n->n_items / 2, sizeof(*map->types));
	for (; map->types && map->n_types < n->n_items / 2; map->n_types++) {
		const struct node *field = n->items[2 * map->n_types];
		const struct node *kind = n->items[2 * map->n_types + 1];
		struct config_type *t = &map->types[map->n_types];

		*t = (struct config_type){.at = field->at, .kind = KIND_UNKNOWN};
		parse_field_path(p, field, &t->field, &schema_field_one);
		parse_choice(p, kind, &t->kind, &kinds);
		if (t->kind == CONFIG_PAD || t->kind == CONFIG_STRUCT)
			complain(p, &kind->at, "a field cannot become a '%s'", kind->text);
	}
}

static void field_done(struct config_field *f)
{
	for (size_t i = 0; i < f->n_fields; i++)
		field_done(&f->fields[i]);
	free(f->fields);
	free(f->name);
}

void field_free(struct config_field *f)
{
	if (!f)
		return;
	field_done(f);
	free(f);
}
