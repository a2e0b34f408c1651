// SPDX-License-Identifier: GPL-2.0-only
/*
 * Labels are called what people call them: saddr is the source, an ifindex an
 * interface. A lone key has no name; its type's may do, or the map's.
 */
#include "labels_internal.h"

#include <stdio.h>
#include <string.h>

#include "starter/words.h"

#define XDP_ACTIONS   "{map: {0: aborted, 1: drop, 2: pass, 3: tx, 4: redirect}}"
#define N_XDP_ACTIONS 5

static const struct {
	const char *words; /* the last of a name, or the last two as one */
	const char *label;
} usual_names[] = {
	{"saddr sip srcip sourceip srcaddr sourceaddr ipsrc", "source"},
	{"daddr dip dstip destip dstaddr destaddr destinationaddr ipdst", "destination"},
	{"laddr localaddr localip lip", "local_address"},
	{"raddr remoteaddr remoteip rip", "remote_address"},
	{"sport srcport", "source_port"},
	{"dport dstport destport", "destination_port"},
	{"lport", "local_port"},
	{"rport", "remote_port"},
	{"ip ipaddr addr address ipv inaddr in6addr", "address"},
	{"ifindex ifidx ifid iface netdev", "interface"},
	{"oif oifindex", "output_interface"},
	{"iif iifindex", "input_interface"},
	{"proto protocol ipproto nexthdr", "protocol"},
	{"ethproto hproto ethtype ethertype", "ethertype"},
	{"cgroupid cgid cgrpid cgrp", "cgroup"},
	{"syscallnr syscallid syscallno sysno sysnr sysid", "syscall"},
	{"uid euid", "user"},
	{"dev devt", "device"},
	{"sig signo signum", "signal"},
	{"smac srcmac hsource", "source_mac"},
	{"dmac dstmac hdest", "destination_mac"},
	{"macaddr hwaddr ethaddr lladdr", "mac"},
	{"dir", "direction"},
	{"src", "source"},
	{"dst dest", "destination"},
};

/* Beside a form of 4 bytes, IPv4 lies in the first of 16. */
static bool may_be_v4(const struct leaf *leaf)
{
	const struct field *f = leaf->field;

	for (uint32_t i = 0; f->kind == FIELD_UNION && i < f->n_members; i++) {
		if (f->members[i].size == 4)
			return f->size == 16;
	}
	return f->size == 16 && leaf->is_of_union;
}

/* What a decoder is written like; NULL: the type decides. */
static const char *decode_of(const struct leaf *leaf)
{
	const struct field *f = leaf->field;

	switch (leaf->meaning.kind) {
	case MEANING_IP:
		return may_be_v4(leaf) ? "{ip: {v4: zero_tail}}" : "ip";
	case MEANING_MAC:
		return "mac";
	case MEANING_IFINDEX:
		return "ifname";
	case MEANING_IP_PROTO:
		return "ip_proto";
	case MEANING_ETHERTYPE:
		return "ethertype";
	case MEANING_FAMILY:
		return "{map: {2: ipv4, 10: ipv6}}";
	case MEANING_TCP_STATE:
		return "tcp_state";
	case MEANING_CGROUP:
		return "cgroup";
	case MEANING_SYSCALL:
		return "syscall";
	case MEANING_ERRNO:
		return "errno";
	case MEANING_SIGNAL:
		return "signal";
	case MEANING_USER:
		return "user";
	case MEANING_DEVICE:
		return "device";
	case MEANING_KSYM:
		return "ksym";
	case MEANING_STACK:
		return "stack";
	case MEANING_UUID:
		return "uuid";
	case MEANING_PORT:
	case MEANING_CPU:
	case MEANING_ID:
	case MEANING_NONE:
		break;
	}
	if (f->kind == FIELD_BYTES || f->kind == FIELD_ARRAY)
		return "hex";
	return f->type_name && strchr(f->type_name, '*') ? "hex" : NULL;
}

static const char *guess_of(const struct leaf *leaf)
{
	static const char *const guesses[] = {
		[MEANING_IP] = "an IP address, in network order",
		[MEANING_MAC] = "a MAC address",
		[MEANING_PORT] = "a port in host order; if not, add `decode: port`",
		[MEANING_IFINDEX] = "the index of an interface",
		[MEANING_IP_PROTO] = "an IP protocol",
		[MEANING_ETHERTYPE] = "an EtherType in host order",
		[MEANING_FAMILY] = "an address family, as of socket()",
		[MEANING_TCP_STATE] = "the state of a TCP socket",
		[MEANING_ERRNO] = "an errno",
		[MEANING_SIGNAL] = "a signal",
		[MEANING_DEVICE] = "a dev_t of the kernel",
		[MEANING_KSYM] = "an address in the kernel",
		[MEANING_STACK] = "a stack trace",
	};
	enum meaning_kind kind = leaf->meaning.kind;

	if (kind == MEANING_IP && may_be_v4(leaf))
		return "IPv4 in the first four bytes, or IPv6";
	if (!leaf->meaning.is_guess || kind >= ARRAY_SIZE(guesses))
		return leaf->is_of_union ? "this member of the union" : NULL;
	return guesses[kind];
}

static const char *usual_name(const struct words *w, size_t *ret_n)
{
	char two[2 * WORDS_TEXT_MAX];

	snprintf(two, sizeof(two), "%s%s", w->n > 1 ? w->items[w->n - 2] : "", words_last(w));
	for (size_t n = w->n > 1 ? 2 : 1; n; n--) {
		for (size_t i = 0; i < ARRAY_SIZE(usual_names); i++) {
			if (word_is_in(n == 2 ? two : words_last(w), usual_names[i].words)) {
				*ret_n = n;
				return usual_names[i].label;
			}
		}
	}
	*ret_n = 0;
	return "";
}

static const char *join(struct pool *p, const struct words *w, size_t n, const char *end)
{
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		text = pool_printf(p, "%s%s%s", text, i ? "_" : "", w->items[i]);
	return pool_printf(p, "%s%s%s", text, n && *end ? "_" : "", end);
}

/* A name that people would give to @name, and a label may have. */
static const char *label_name(struct pool *p, const char *name, bool is_address)
{
	struct words w;
	const char *usual, *text;
	size_t n;

	words_split(&w, name);
	while (w.n > 1 && word_is_in(words_last(&w), is_address ? "v4 v6 raw" : "raw"))
		w.n--;
	if (is_address)
		words_trim_version(&w);
	usual = usual_name(&w, &n);
	text = join(p, &w, w.n - n, usual);
	if (!*text)
		return is_address ? "address" : "value";
	if (*text >= '0' && *text <= '9')
		return pool_printf(p, "_%s", text);
	/* Histograms and summaries have these for themselves. */
	return word_is_in(text, "le quantile") ? pool_printf(p, "%s_", text) : text;
}

const char *side_path(struct pool *p, const struct sides *s, bool is_key, const char *path)
{
	const struct layout *other = is_key ? s->value : s->key;
	const char *side = is_key ? "key" : "value";
	struct layout_place place;
	struct str first = {path, strcspn(path, ".")};

	if (!*path)
		return side;
	if (*path == '*' || (*path >= '0' && *path <= '9'))
		return pool_printf(p, "%s.%s", side, path);
	if (str_equal(first, STR("key")) || str_equal(first, STR("value")) ||
	    word_is_in(path, YAML_WORDS) ||
	    (other && layout_find_each(other, str_of(path), &place)))
		return pool_printf(p, "%s.%s", side, path);
	return path;
}

/* Where two are of a name, what they are in tells them apart. */
static bool is_ambiguous(const struct leaves *all, const struct leaf *leaf)
{
	for (size_t i = 0; all && i < all->n; i++) {
		const struct leaf *other = &all->items[i];

		if (other->path != leaf->path && !strcmp(other->name, leaf->name))
			return true;
	}
	return false;
}

/* @all: the leaves that it is one of; NULL: it is alone. */
static void add(struct pool *p, const struct draft_map *m, const struct sides *s, bool is_key,
		const struct leaves *all, const struct leaf *leaf, struct draft_labels *l)
{
	bool is_address = leaf->meaning.kind == MEANING_IP;
	const char *name = label_name(p, leaf->name, is_address);
	const struct draft_labels *also = l == &m->labels ? NULL : &m->labels;
	struct draft_label label = {
		.name = name,
		.field = side_path(p, s, is_key, leaf->path),
		.decode = decode_of(leaf),
		.guess = guess_of(leaf),
	};

	if (*leaf->outer &&
	    (is_ambiguous(all, leaf) || draft_has_label(l, name) || draft_has_label(also, name)))
		label.name =
			label_name(p, pool_printf(p, "%s_%s", leaf->outer, leaf->name), is_address);
	draft_add_label(p, l, also, &label);
}

void labels_add_leaf(struct pool *p, const struct draft_map *m, const struct sides *s,
		     const struct leaves *all, const struct leaf *leaf, struct draft_labels *l)
{
	add(p, m, s, false, all, leaf, l);
}

/* ---- a key without a name ---- */

/* What the map's name says of its keys: bytes_by_pid, cgroup_stats, blocked_ips. */
static const char *noun_of_key(struct pool *p, const struct field *f, const char *map_words,
			       struct meaning *ret_meaning)
{
	struct words w;
	const char *noun;

	words_split(&w, map_words);
	for (size_t i = 0; i + 1 < w.n; i++) {
		if (word_is_in(w.items[i], "by per")) {
			noun = join(p,
				    &(struct words){.items = {w.items[i + 1],
							      i + 2 < w.n ? w.items[i + 2] : ""},
						    .n = i + 2 < w.n ? 2 : 1},
				    i + 2 < w.n ? 2 : 1, "");
			*ret_meaning = meaning_of(f, noun);
			return noun;
		}
	}
	for (size_t i = 0; i < w.n; i++) {
		size_t n = strlen(w.items[i]);
		bool is_plural = n > 3 && w.items[i][n - 1] == 's';
		const char *one = pool_printf(p, "%.*s", (int)(n - is_plural), w.items[i]);

		*ret_meaning = meaning_of(f, one);
		if (ret_meaning->kind != MEANING_NONE &&
		    !word_is_in(one, "drop type class state flag mark level reason slot hash "
				     "proto tag cluster node"))
			return one;
	}
	*ret_meaning = (struct meaning){MEANING_NONE, false};
	return "key";
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

static void name_lone_key(struct pool *p, struct leaf *leaf, const char *map_words)
{
	const char *type = type_of_key(leaf->field);

	if (type) {
		name_type(p, leaf, type);
		return;
	}
	leaf->name = noun_of_key(p, leaf->field, map_words, &leaf->meaning);
	if (leaf->meaning.kind != MEANING_NONE && leaf->meaning.kind != MEANING_CPU)
		leaf->meaning.is_guess = true;
	if (leaf->meaning.kind == MEANING_NONE) {
		leaf->meaning = meaning_of(leaf->field, NULL);
		if (leaf->meaning.kind == MEANING_IP)
			leaf->name = "address";
	}
}

static void add_lone_key(struct pool *p, struct draft_map *m, const struct sides *s,
			 const struct leaf *found, const char *map_words)
{
	struct leaf leaf = *found;

	name_lone_key(p, &leaf, map_words);
	add(p, m, s, true, NULL, &leaf, &m->labels);
}

/* The index of an array, which BTF calls a number. */
static void add_index(struct pool *p, struct draft_map *m, const struct sides *s,
		      const char *map_words)
{
	static const struct field number = {.kind = FIELD_UINT, .size = 4};
	struct draft_label label = {.name = "index", .field = "key"};
	struct leaf leaf = {.field = &number, .path = "", .name = "", .outer = ""};
	struct words w;

	words_split(&w, map_words);
	if (m->map->info->max_entries == N_XDP_ACTIONS && words_any(&w, "xdp")) {
		label = (struct draft_label){"action", "key", XDP_ACTIONS, "the XDP actions"};
	} else if (m->map->info->max_entries == 256 && words_any(&w, "proto protocol protocols")) {
		label = (struct draft_label){"protocol", "key", "ip_proto", "IP protocols"};
	} else {
		name_lone_key(p, &leaf, map_words);
		if (leaf.meaning.kind == MEANING_PORT || leaf.meaning.kind == MEANING_IFINDEX ||
		    leaf.meaning.kind == MEANING_CPU || leaf.meaning.kind == MEANING_SYSCALL) {
			add(p, m, s, true, NULL, &leaf, &m->labels);
			return;
		}
	}
	draft_add_label(p, &m->labels, NULL, &label);
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
		if (is_address_size(leaves->items[i].field->size) &&
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
		if (may_be_v4(address))
			return false;
	} else if (!address) {
		label.guess = "an IP prefix";
	}
	draft_add_label(p, &m->labels, NULL, &label);
	for (size_t i = 1; address && i < leaves->n; i++) {
		if (&leaves->items[i] != address)
			add(p, m, s, true, leaves, &leaves->items[i], &m->labels);
	}
	return true;
}

void labels_of_key(struct pool *p, struct draft_map *m, const struct sides *s,
		   const char *map_words)
{
	const struct map_info *info = m->map->info;
	struct leaves leaves;

	if (map_type_is_array(info->type)) {
		bool is_enum = s->key && s->key->root.kind == FIELD_ENUM;

		if (info->max_entries > 1 && !is_enum)
			add_index(p, m, s, map_words);
		if (info->max_entries == 1 || !is_enum)
			return;
	}
	leaves_find(p, s->key, true, &leaves);
	if (info->type == BPF_MAP_TYPE_LPM_TRIE && add_prefix(p, m, s, &leaves))
		leaves.n = 0;
	for (size_t i = 0; i < leaves.n; i++) {
		if (!*leaves.items[i].path)
			add_lone_key(p, m, s, &leaves.items[i], map_words);
		else
			add(p, m, s, true, &leaves, &leaves.items[i], &m->labels);
	}
	leaves_done(&leaves);
}
