// SPDX-License-Identifier: GPL-2.0-only
/*
 * The labels that tell entries apart. A lone key has no name: its type's may
 * do, or the map's, which often says it (bytes_by_pid, blocked_ips). The key of
 * a trie is a prefix.
 */
#include "labels_internal.h"

#include <string.h>

#include "starter/words.h"

#define XDP_ACTIONS   "{map: {0: aborted, 1: drop, 2: pass, 3: tx, 4: redirect}}"
#define N_XDP_ACTIONS 5

/* ---- a key without a name ---- */

/* What stands after "by" or "per"; NULL: nothing does. */
static const char *noun_after_by(struct pool *p, const struct words *w)
{
	static const char ends[] = "map maps stats table hash array count counts counter counters";
	const char *noun = "";

	for (size_t i = 0; i + 1 < w->n; i++) {
		if (!word_is_in(w->items[i], "by per"))
			continue;
		for (size_t k = i + 1; k < w->n && !word_is_in(w->items[k], ends); k++)
			noun = pool_printf(p, "%s%s%s", noun, *noun ? "_" : "", w->items[k]);
		return *noun ? noun : NULL;
	}
	return NULL;
}

/* One of the words, where the key can be such a thing. */
static const char *noun_among(struct pool *p, const struct field *f, const struct words *w,
			      struct meaning *ret_meaning)
{
	static const char ids[] = "pid tgid tid ppid gid inode ino netns mntns vlan vni zone";

	for (size_t i = 0; i < w->n; i++) {
		size_t n = strlen(w->items[i]);
		bool is_plural = n > 2 && w->items[i][n - 1] == 's';
		const char *one = pool_printf(p, "%.*s", (int)(n - is_plural), w->items[i]);
		struct meaning m = meaning_of(f, one);

		if (m.kind != MEANING_NONE && (m.kind != MEANING_ID || word_is_in(one, ids))) {
			*ret_meaning = m;
			return one;
		}
	}
	return NULL;
}

/* What its type is called, where that says more than its size. */
static const char *type_of_key(const struct field *f)
{
	static const char plain[] =
		"u8 u16 u32 u64 s8 s16 s32 s64 uint8 uint16 uint32 uint64 int8 int16 int32 int64 int "
		"unsigned long short char size be16 be32 be64 bool float double void key u int128 "
		"uint";
	const char *name = f->type_name;
	struct words w;

	if (!name || strchr(name, '*'))
		return NULL;
	if (!strncmp(name, "enum ", 5))
		return name + 5;
	name += !strncmp(name, "struct ", 7) ? 7 : !strncmp(name, "union ", 6) ? 6 : 0;
	words_split(&w, name);
	for (size_t i = 0; i < w.n; i++) {
		if (!word_is_in(w.items[i], plain) && strcmp(w.items[i], "t") != 0)
			return name;
	}
	return NULL;
}

static void name_type(struct pool *p, struct leaf *leaf, const char *type)
{
	size_t n = strlen(type);

	if (n > 2 && !strcmp(type + n - 2, "_t"))
		n -= 2;
	leaf->name = pool_printf(p, "%.*s", (int)n, type);
	leaf->meaning = meaning_of(leaf->field, leaf->name);
}

static void name_by_map(struct pool *p, struct leaf *leaf, const char *title)
{
	const char *noun;
	struct words w;

	words_split(&w, title);
	leaf->name = "key";
	leaf->meaning = meaning_of(leaf->field, NULL);
	noun = noun_after_by(p, &w);
	if (noun) {
		leaf->name = noun;
		leaf->meaning = meaning_of(leaf->field, noun);
	} else if (leaf->meaning.kind == MEANING_IP) {
		leaf->name = "address"; /* by its type: no word of the map's says more */
	} else {
		noun = noun_among(p, leaf->field, &w, &leaf->meaning);
		leaf->name = noun ? noun : leaf->name;
	}
	leaf->meaning.is_guess |= leaf->meaning.kind != MEANING_CPU;
}

static void name_lone_key(struct pool *p, struct leaf *leaf, const char *title)
{
	const char *type = type_of_key(leaf->field);

	if (type)
		name_type(p, leaf, type);
	else
		name_by_map(p, leaf, title);
}

static bool is_for_xdp(const struct draft_map *m)
{
	struct words path, name;

	words_split(&path, m->map->locator);
	words_split(&name, m->map->info->name);
	return words_any(&path, "xdp") || words_any(&name, "xdp");
}

/* The index of an array, which BTF calls a number. */
static void add_index(struct pool *p, struct draft_map *m, const struct sides *s)
{
	static const struct field number = {.kind = FIELD_UINT, .size = 4};
	const struct map_info *info = m->map->info;
	struct draft_label label = {.name = "index", .field = "key"};
	struct leaf leaf = {.field = &number, .path = "", .name = "", .outer = "", .is_key = true};

	name_by_map(p, &leaf, m->title);
	if (info->max_entries == N_XDP_ACTIONS && is_for_xdp(m))
		label = (struct draft_label){"action", "key", XDP_ACTIONS, "the XDP actions"};
	else if (info->max_entries == 256 && leaf.meaning.kind == MEANING_IP_PROTO)
		label = (struct draft_label){"protocol", "key", "ip_proto", "IP protocols"};
	else if (strcmp(leaf.name, "key") != 0 && leaf.meaning.kind != MEANING_IP)
		label.name = NULL;
	if (label.name)
		draft_add_label(p, &m->labels, NULL, &label);
	else
		labels_add_leaf(p, m, s, NULL, &leaf, &m->labels);
}

/* ---- the key of a trie ---- */

static bool is_address_size(uint32_t size)
{
	return size == 4 || size == 16;
}

/* What a trie's keys begin with. */
static bool is_length(const struct field *f)
{
	return f->kind == FIELD_UINT && f->size == 4 && !f->bit_size && !f->big_endian;
}

/* The prefix: the whole key, or an address in it whose length lies at the front. */
static bool add_prefix(struct pool *p, struct draft_map *m, const struct sides *s,
		       const struct leaves *leaves)
{
	const struct leaf *first = leaves->items, *address = NULL;
	struct draft_label label = {.name = "prefix", .field = "key", .decode = "cidr"};

	if (!leaves->n || first->offset || !is_length(first->field))
		return false;
	for (size_t i = 1; i < leaves->n; i++) {
		/* What lies behind it would be in its length, too. */
		if (i + 1 == leaves->n && is_address_size(leaves->items[i].field->size) &&
		    (leaves->items[i].meaning.kind == MEANING_IP || leaves->n == 2))
			address = &leaves->items[i];
	}
	if (!address && !is_address_size(m->map->info->key_size - 4))
		return false;
	if (address && m->map->info->key_size != address->field->size + 4) {
		label.field = side_path(p, s, true, address->path);
		label.decode =
			pool_printf(p, "{cidr: {bits: %s, less: %u}}",
				    side_path(p, s, true, first->path), 8 * (address->offset - 4));
		/* A prefix would be IPv6, also where it is IPv4. */
		if (leaf_may_be_v4(address))
			return false;
	} else if (!address) {
		label.guess = "an IP prefix";
	}
	draft_add_label(p, &m->labels, NULL, &label);
	for (size_t i = 1; address && i < leaves->n; i++) {
		if (&leaves->items[i] != address)
			labels_add_leaf(p, m, s, leaves, &leaves->items[i], &m->labels);
	}
	return true;
}

/* ---- all of them ---- */

bool key_is_slot(const struct draft_map *m, const struct sides *s)
{
	const struct map_info *info = m->map->info;
	struct words w;

	words_split(&w, m->title);
	return map_type_is_array(info->type) && info->max_entries >= MIN_SLOTS &&
	       info->max_entries <= MAX_SLOTS && s->value->root.kind == FIELD_UINT &&
	       s->value->root.size >= 4 && words_any(&w, SLOTS_NAMES);
}

static void add_leaves(struct pool *p, struct draft_map *m, const struct sides *s,
		       struct leaves *leaves)
{
	for (size_t i = 0; i < leaves->n; i++) {
		struct leaf *leaf = &leaves->items[i];

		if (!*leaf->path)
			name_lone_key(p, leaf, m->title);
		labels_add_leaf(p, m, s, leaves, leaf, &m->labels);
	}
}

void labels_of_key(struct pool *p, struct draft_map *m, const struct sides *s)
{
	const struct map_info *info = m->map->info;
	bool is_enum = s->key && s->key->root.kind == FIELD_ENUM;
	struct leaves leaves;

	if (map_type_is_array(info->type) && (info->max_entries == 1 || key_is_slot(m, s)))
		return;
	if (map_type_is_array(info->type) && !is_enum) {
		add_index(p, m, s);
		return;
	}
	leaves_find(p, s->key, NULL, &leaves);
	if (info->type != BPF_MAP_TYPE_LPM_TRIE || !add_prefix(p, m, s, &leaves))
		add_leaves(p, m, s, &leaves);
	leaves_done(&leaves);
}
