// SPDX-License-Identifier: GPL-2.0-only
/*
 * Labels are called what people call them: saddr is the source, an ifindex an
 * interface.
 */
#include "labels_internal.h"

#include <stdio.h>
#include <string.h>

#include "starter/words.h"

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
bool leaf_may_be_v4(const struct leaf *leaf)
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
		return leaf_may_be_v4(leaf) ? "{ip: {v4: zero_tail}}" : "ip";
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

	if (kind == MEANING_IP && leaf_may_be_v4(leaf))
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

void labels_add_leaf(struct pool *p, const struct draft_map *m, const struct sides *s,
		     const struct leaves *all, const struct leaf *leaf, struct draft_labels *l)
{
	bool is_address = leaf->meaning.kind == MEANING_IP;
	const char *name = label_name(p, leaf->name, is_address);
	const struct draft_labels *also = l == &m->labels ? NULL : &m->labels;
	struct draft_label label = {
		.name = name,
		.field = side_path(p, s, leaf->is_key, leaf->path),
		.decode = decode_of(leaf),
		.guess = guess_of(leaf),
	};

	if (*leaf->outer &&
	    (is_ambiguous(all, leaf) || draft_has_label(l, name) || draft_has_label(also, name)))
		label.name =
			label_name(p, pool_printf(p, "%s_%s", leaf->outer, leaf->name), is_address);
	draft_add_label(p, l, also, &label);
}
