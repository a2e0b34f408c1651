// SPDX-License-Identifier: GPL-2.0-only
/*
 * `decode:`, one decoder or a list of them, each a name or a mapping.
 *
 * The entries of a map come out sorted, integers before texts, and integer
 * ranges never overlap: whoever looks one up may bisect.
 */
#include <errno.h>
#include <stdlib.h>

#include "schema_internal.h"

static const char *const decoder_names[] = {
	[CONFIG_DECODE_DEC] = "dec",
	[CONFIG_DECODE_HEX] = "hex",
	[CONFIG_DECODE_STRING] = "string",
	[CONFIG_DECODE_BOOL] = "bool",
	[CONFIG_DECODE_ENUM] = "enum",
	[CONFIG_DECODE_UUID] = "uuid",
	[CONFIG_DECODE_IP] = "ip",
	[CONFIG_DECODE_IP_HOST] = "ip_host",
	[CONFIG_DECODE_CIDR] = "cidr",
	[CONFIG_DECODE_MAC] = "mac",
	[CONFIG_DECODE_PORT] = "port",
	[CONFIG_DECODE_IFNAME] = "ifname",
	[CONFIG_DECODE_IP_PROTO] = "ip_proto",
	[CONFIG_DECODE_ETHERTYPE] = "ethertype",
	[CONFIG_DECODE_TCP_STATE] = "tcp_state",
	[CONFIG_DECODE_SYSCALL] = "syscall",
	[CONFIG_DECODE_ERRNO] = "errno",
	[CONFIG_DECODE_SIGNAL] = "signal",
	[CONFIG_DECODE_USER] = "user",
	[CONFIG_DECODE_DEVICE] = "device",
	[CONFIG_DECODE_CGROUP] = "cgroup",
	[CONFIG_DECODE_CONTAINER] = "container",
	[CONFIG_DECODE_POD] = "pod",
	[CONFIG_DECODE_KSYM] = "ksym",
	[CONFIG_DECODE_STACK] = "stack",
	[CONFIG_DECODE_DNS] = "dns",
	[CONFIG_DECODE_PCI_VENDOR] = "pci_vendor",
	[CONFIG_DECODE_PCI_DEVICE] = "pci_device",
	[CONFIG_DECODE_PCI_CLASS] = "pci_class",
	[CONFIG_DECODE_PCI_SUBCLASS] = "pci_subclass",
	[CONFIG_DECODE_MAP] = "map",
	[CONFIG_DECODE_REGEX] = "regex",
	[CONFIG_DECODE_BITS] = "bits",
};
static const struct choices decoders = {"decoder", "", decoder_names, ARRAY_SIZE(decoder_names)};

#define DECODERS_MAX	8
#define REWRITES_MAX	64
#define PREFIX_MAX_BITS 2048 /* of the kernel's LPM tries */

/* An entry while its key's place is still of interest. */
struct placed_entry {
	struct config_map_entry entry;
	const struct node *key;
};

/* What map and bits differ in. */
struct entries {
	void (*parse)(struct parser *p, const struct node *key, const struct node *value,
		      struct placed_entry *placed);
	const char *expected;
};

/* What is below a decoder's name. */
struct parameters {
	const char *what;
	const struct key *keys;
	size_t n_keys;
};

static void parse_entry(struct parser *p, const struct node *key, const struct node *value,
			struct placed_entry *placed)
{
	struct config_map_entry *e = &placed->entry;
	int r = range_of(key->text, &e->first, &e->last);

	placed->key = key;
	if (r == -ERANGE)
		complain(p, &key->at, "%s is out of range: -2^63 to 2^64-1", key->text);
	else if (r == 0 && e->first > e->last)
		complain(p, &key->at, "the range %s is empty: write the smaller number first",
			 key->text);
	/* A wrong number goes with the texts, where it overlaps with nothing. */
	if (r < 0 || e->first > e->last)
		parse_text(p, key, &e->name, NULL);
	parse_text(p, value, &e->text, NULL);
}

static int entry_compare(const void *left, const void *right)
{
	const struct placed_entry *a = left, *b = right;

	if (!a->entry.name != !b->entry.name)
		return a->entry.name ? 1 : -1;
	if (a->entry.name)
		return strcmp(a->entry.name, b->entry.name);
	if (a->entry.first != b->entry.first)
		return a->entry.first < b->entry.first ? -1 : 1;
	if (a->key->at.line != b->key->at.line)
		return a->key->at.line < b->key->at.line ? -1 : 1;
	return a->key->at.column < b->key->at.column ? -1 : 1;
}

static void entries_check(struct parser *p, const struct placed_entry *placed, size_t n)
{
	const struct placed_entry *farthest = &placed[0];

	for (size_t i = 1; i < n && !placed[i].entry.name; i++) {
		if (placed[i].entry.first <= farthest->entry.last)
			complain(p, &placed[i].key->at, "%s is already in %s", placed[i].key->text,
				 farthest->key->text);
		if (placed[i].entry.last > farthest->entry.last)
			farthest = &placed[i];
	}
}

static void parse_mask(struct parser *p, const struct node *key, const struct node *value,
		       struct placed_entry *placed)
{
	static const struct number_range masks = {0, UINT64_MAX, sizeof(uint64_t)};
	uint64_t mask = 0;

	placed->key = key;
	parse_number(p, key, &mask, &masks);
	placed->entry.first = placed->entry.last = mask;
	parse_text(p, value, &placed->entry.text, NULL);
}

static void parse_entries(struct parser *p, const struct node *n, void *out, const void *arg)
{
	const struct entries *kind = arg;
	_cleanup_(freep) struct placed_entry *placed = NULL;
	struct config_decoder *d = out;
	size_t n_entries = n->n_items / 2;

	if (n->kind != NODE_MAPPING || !n_entries) {
		complain(p, &n->at, "%s, found %s", kind->expected,
			 n->kind == NODE_MAPPING ? "none" : node_kind_name(n));
		return;
	}
	placed = array_new(p, n_entries, sizeof(*placed));
	d->entries = array_new(p, n_entries, sizeof(*d->entries));
	if (!placed || !d->entries)
		return;
	for (size_t i = 0; i < n_entries; i++)
		kind->parse(p, n->items[2 * i], n->items[2 * i + 1], &placed[i]);
	qsort(placed, n_entries, sizeof(*placed), entry_compare);
	entries_check(p, placed, n_entries);
	for (; d->n_entries < n_entries; d->n_entries++)
		d->entries[d->n_entries] = placed[d->n_entries].entry;
}

static const struct entries map_entries = {parse_entry,
					   "map takes entries such as {0: off, 1..9: on}"};
static const struct entries mask_entries = {
	parse_mask, "bits takes masks and their names such as {1: read, 0x2: write}"};

static const struct key rewrite_keys[] = {
	{"match", parse_regex, INTO(config_rewrite, match), .required = true},
	{"replace", parse_text, INTO(config_rewrite, replace)},
};

static void rewrite_check(struct parser *p, const struct node *n, const struct config_rewrite *w)
{
	struct place at = place_of_key(n, "replace");
	size_t n_groups = regex_n_groups(w->match);

	for (const char *s = w->replace; (s = strchr(s, '\\')) && s[1]; s += 2) {
		if (s[1] >= '0' && s[1] <= '9' && (size_t)(s[1] - '0') > n_groups)
			complain(p, &at, "there is no group \\%c: the match has %zu", s[1],
				 n_groups);
	}
}

static void parse_rewrites(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_decoder *d = out;

	(void)arg;
	if (n->kind != NODE_LIST || !n->n_items || n->n_items > REWRITES_MAX) {
		complain(p, &n->at,
			 "regex takes a list of 1 to %d steps {match: …, replace: …}, found %s",
			 REWRITES_MAX,
			 n->kind != NODE_LIST ? node_kind_name(n)
			 : n->n_items	      ? "more"
					      : "none");
		return;
	}
	d->rewrites = array_new(p, n->n_items, sizeof(*d->rewrites));
	for (; d->rewrites && d->n_rewrites < n->n_items; d->n_rewrites++) {
		const struct node *item = n->items[d->n_rewrites];
		struct config_rewrite *w = &d->rewrites[d->n_rewrites];

		w->at = item->at;
		parse_mapping(p, item, "a step of regex", rewrite_keys, ARRAY_SIZE(rewrite_keys),
			      w);
		if (w->match && w->replace)
			rewrite_check(p, item, w);
	}
}

static void parse_v4(struct parser *p, const struct node *n, void *out, const void *arg)
{
	static const char *const names[] = {"zero_tail"};
	static const struct choices choices = {"form of IPv4", "", names, ARRAY_SIZE(names)};
	unsigned int choice = 1;

	(void)arg;
	parse_choice(p, n, &choice, &choices);
	*(bool *)out = choice == 0;
}

static void parse_dev(struct parser *p, const struct node *n, void *out, const void *arg)
{
	static const char *const names[] = {"kernel", "user"};
	static const struct choices choices = {"form of dev_t", "", names, ARRAY_SIZE(names)};
	unsigned int choice = 0;

	(void)arg;
	parse_choice(p, n, &choice, &choices);
	*(bool *)out = choice == 1;
}

static const struct number_range lesses = {0, PREFIX_MAX_BITS, sizeof(uint32_t)};

static const struct key ip_keys[] = {
	{"v4", parse_v4, INTO(config_decoder, zero_tail), .required = true},
};
static const struct key cidr_keys[] = {
	{"bits", parse_expr, INTO(config_decoder, length), .arg = &schema_field_of_number,
	 .required = true},
	{"less", parse_number, INTO(config_decoder, less), .arg = &lesses},
};
static const struct key device_keys[] = {
	{"dev", parse_dev, INTO(config_decoder, is_user_dev), .required = true},
};
static const struct key stack_keys[] = {
	{"map", parse_text, INTO(config_decoder, stack_map), .required = true},
};
static const struct parameters ip_parameters = {"ip", ip_keys, ARRAY_SIZE(ip_keys)};
static const struct parameters cidr_parameters = {"cidr", cidr_keys, ARRAY_SIZE(cidr_keys)};
static const struct parameters device_parameters = {"device", device_keys, ARRAY_SIZE(device_keys)};
static const struct parameters stack_parameters = {"stack", stack_keys, ARRAY_SIZE(stack_keys)};

static void parse_parameters(struct parser *p, const struct node *n, void *out, const void *arg)
{
	const struct parameters *of = arg;

	parse_mapping(p, n, of->what, of->keys, of->n_keys, out);
}

/* Each is a decoder, but for `default`, which comes last. */
static const struct key decoder_keys[] = {
	{"map", parse_entries, .arg = &map_entries},
	{"regex", parse_rewrites, .offset = 0},
	{"bits", parse_entries, .arg = &mask_entries},
	{"ip", parse_parameters, .arg = &ip_parameters},
	{"cidr", parse_parameters, .arg = &cidr_parameters},
	{"device", parse_parameters, .arg = &device_parameters},
	{"stack", parse_parameters, .arg = &stack_parameters},
	{"default", parse_text, INTO(config_decoder, fallback)},
};
#define N_DECODER_KEYS (ARRAY_SIZE(decoder_keys) - 1)

static const enum config_decoder_kind decoder_keys_kinds[N_DECODER_KEYS] = {
	CONFIG_DECODE_MAP,  CONFIG_DECODE_REGEX,  CONFIG_DECODE_BITS,  CONFIG_DECODE_IP,
	CONFIG_DECODE_CIDR, CONFIG_DECODE_DEVICE, CONFIG_DECODE_STACK,
};

/* A decoder with what it takes: one key, its name. */
static void parse_decoder_mapping(struct parser *p, const struct node *n, struct config_decoder *d)
{
	struct place at = place_of_key(n, "default");
	size_t n_found = 0;

	for (size_t i = 0; i < N_DECODER_KEYS; i++) {
		if (node_find(n, decoder_keys[i].name)) {
			d->kind = decoder_keys_kinds[i];
			n_found++;
		}
	}
	if (n_found > 1) {
		complain(p, &n->at, "several decoders: write a list, [{%s: …}, …]",
			 decoder_names[d->kind]);
		return;
	}
	parse_mapping(p, n, "a decoder", decoder_keys, ARRAY_SIZE(decoder_keys), d);
	if (!n_found)
		complain(p, &n->at,
			 "a decoder with parameters is one of map, regex, bits, ip, "
			 "cidr, device and stack");
	else if (d->kind != CONFIG_DECODE_MAP && node_find(n, "default"))
		complain(p, &at, "only map has a default");
}

static void parse_decoder(struct parser *p, const struct node *n, struct config_decoder *d)
{
	*d = (struct config_decoder){
		.at = n->at, .kind = DECODER_UNKNOWN, .length = EXPR_INIT(n->at)};
	if (n->kind == NODE_MAPPING) {
		parse_decoder_mapping(p, n, d);
		return;
	}
	parse_choice(p, n, &d->kind, &decoders);
	if (d->kind == CONFIG_DECODE_MAP)
		complain(p, &n->at, "map needs its entries: {map: {0: off, 1: on}}");
	if (d->kind == CONFIG_DECODE_BITS)
		complain(p, &n->at, "bits needs its masks: {bits: {1: read, 2: write}}");
	if (d->kind == CONFIG_DECODE_REGEX)
		complain(p, &n->at, "regex needs its steps: {regex: [{match: …, replace: …}]}");
}

void parse_decoders(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_label *l = out;
	size_t n_decoders = n->kind == NODE_LIST ? n->n_items : 1;

	(void)arg;
	if (!n_decoders)
		complain(p, &n->at, "an empty list of decoders");
	if (n_decoders > DECODERS_MAX) {
		complain(p, &n->at, "more than %d decoders", DECODERS_MAX);
		return;
	}
	l->decoders = array_new(p, n_decoders, sizeof(*l->decoders));
	for (; l->decoders && l->n_decoders < n_decoders; l->n_decoders++)
		parse_decoder(p, n->kind == NODE_LIST ? n->items[l->n_decoders] : n,
			      &l->decoders[l->n_decoders]);
}

void decoder_done(struct config_decoder *d)
{
	for (size_t i = 0; i < d->n_entries; i++) {
		free(d->entries[i].name);
		free(d->entries[i].text);
	}
	free(d->entries);
	for (size_t i = 0; i < d->n_rewrites; i++) {
		free(d->rewrites[i].match);
		free(d->rewrites[i].replace);
	}
	free(d->rewrites);
	free(d->length.field);
	free(d->fallback);
	free(d->stack_map);
}
