// SPDX-License-Identifier: GPL-2.0-only
/*
 * A counter or histogram of the peer as an entry of `maps`. Its map has the
 * metric's name and is not pinned. The labels, with what is between them, are
 * the key, byte by byte; the value is a u64.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"
#include "import_internal.h"

#define MAX_KEY_BYTES 512 /* the kernel's */
#define MAX_LABELS    64

static const char *const counter_keys[] = {"name", "help", "perf_event_array", "flush_interval",
					   "labels"};
static const char *const histogram_keys[] = {"name",	    "help",	  "bucket_type",
					     "bucket_min",  "bucket_max", "bucket_multiplier",
					     "bucket_keys", "labels"};

struct labels {
	struct label *items;
	size_t n;
	struct label *cpu;    /* NULL: none */
	struct label *bucket; /* NULL: none */
};

void metric_read(struct import *im, const struct node *n, struct metric *m)
{
	const char *what = m->is_histogram ? "a histogram" : "a counter";
	const char *name = n->kind == NODE_MAPPING ? text_at(im, n, "name") : NULL;

	m->n = n;
	m->at = member_at(n, "name");
	m->name = name ? name : "";
	if (n->kind != NODE_MAPPING)
		mistake(im, &n->at, "%s must be a mapping, found %s", what, node_kind_name(n));
	else if (name && !*name)
		mistake(im, &m->at, "%s needs the key 'name'", what);
}

static const char *full_name(struct import *im, const struct metric *m, struct buf *b)
{
	put(im, b, "%s%s%s", im->prefix, *im->prefix ? "_" : "", m->name);
	if (!buf_string(b))
		im->mistakes.no_memory = true;
	return b->data ? b->data : "";
}

static void check_name(struct import *im, const struct metric *m)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	const char *full = full_name(im, m, &b);

	if (!str_is_name(str_of(m->name)))
		mistake(im, &m->at, "'%s' is not the name of a metric: letters, digits and _",
			m->name);
	else if (!str_is_name(str_of(full)))
		mistake(im, &m->at, "'%s' is not the name of a metric: choose another prefix",
			full);
	else if (strlen(full) > CONFIG_NAME_MAX_BYTES)
		mistake(im, &m->at, "the name of a metric has at most %d bytes, '%s' has %zu",
			CONFIG_NAME_MAX_BYTES, full, strlen(full));
	else if (!strncmp(full, "bpfmap_", 7) || !strncmp(full, "process_", 8))
		mistake(im, &m->at,
			"'%s': bpfmap_ and process_ are the exporter's own: choose another prefix",
			full);
}

static bool name_is_taken(const struct labels *labels, const struct label *l, const char *name)
{
	for (const struct label *other = labels->items; other < l; other++)
		if (!strcmp(other->name, name))
			return true;
	return false;
}

/* A name that Prometheus lets us have, and that no label before has. */
static void set_name(struct import *im, const struct labels *labels, struct label *l,
		     const char *text, bool le_is_taken)
{
	char plain[NAME_MAX_BYTES / 2], name[NAME_MAX_BYTES / 2 + 4];
	const char *s = plain;

	(void)snprintf(plain, sizeof(plain), "%s", text);
	for (char *c = plain; *c; c++)
		*c = isalnum((unsigned char)*c) ? *c : '_';
	while (s[0] == '_' && s[1] == '_')
		s++;
	(void)snprintf(name, sizeof(name), "%s%s%s", isdigit((unsigned char)*s) ? "_" : "", s,
		       le_is_taken && !strcmp(s, "le") ? "_" : "");
	(void)snprintf(l->name, sizeof(l->name), "%s", name);
	for (unsigned int i = 2; name_is_taken(labels, l, l->name); i++)
		(void)snprintf(l->name, sizeof(l->name), "%s_%u", name, i);
	if (strcmp(l->name, text) != 0)
		warn(im, &l->at,
		     "the label '%s' was renamed '%s': its own name cannot be a label's", text,
		     l->name);
}

static bool is_plain_uint(const struct label *l)
{
	const struct node *first = l->decoders->n_items ? l->decoders->items[0] : NULL;
	const struct node *name = first ? member(first, "name") : NULL;

	return name && name->kind == NODE_SCALAR && !strcmp(name->text, "uint");
}

static bool label_read(struct import *im, const struct node *n, const struct labels *labels,
		       struct label *l, bool le_is_taken)
{
	static const char *const keys[] = {"name", "size", "padding", "decoders"};
	const char *name;
	struct place size_at;

	*l = (struct label){.n = n, .at = n->at};
	if (!check_keys(im, n, "a label", keys, ARRAY_SIZE(keys)))
		return false;
	l->at = member_at(n, "name");
	size_at = member_at(n, "size");
	name = text_at(im, n, "name");
	l->decoders = list_of(im, n, "decoders");
	if (!name || !number_at(im, n, "size", 0, MAX_KEY_BYTES, &l->size) ||
	    !number_at(im, n, "padding", 0, MAX_KEY_BYTES, &l->padding))
		return false;
	if (!*name)
		mistake(im, &l->at, "a label needs the key 'name'");
	else if (!l->size)
		mistake(im, &size_at, "the label '%s' needs the key 'size', its bytes", name);
	else if (!l->decoders || !l->decoders->n_items)
		mistake(im, &l->at, "the label '%s' needs the key 'decoders', a list", name);
	else
		set_name(im, labels, l, name, le_is_taken);
	return *l->name;
}

/* Labels of a name twice are the peer's mistake, not only of what they are renamed to. */
static void check_twice(struct import *im, const struct node *list)
{
	for (size_t i = 0; i < list->n_items; i++) {
		const struct node *a = member(list->items[i], "name");

		for (size_t k = 0; a && a->kind == NODE_SCALAR && k < i; k++) {
			const struct node *b = member(list->items[k], "name");

			if (b && b->kind == NODE_SCALAR && !strcmp(a->text, b->text))
				mistake(im, &a->at, "the label '%s' is already in line %u", a->text,
					b->at.line);
		}
	}
}

/* The bucket must be a number and nothing else. */
static void check_bucket(struct import *im, struct labels *labels, const struct metric *m)
{
	struct label *last = labels->n ? &labels->items[labels->n - 1] : NULL;

	if (!last) {
		mistake(im, &m->n->at, "a histogram needs a last label, the bucket");
		return;
	}
	last->is_bucket = true;
	labels->bucket = last;
	if (!is_plain_uint(last) || last->decoders->n_items != 1)
		mistake(im, &last->at,
			"the last label of a histogram is the bucket: its only decoder must be 'uint'");
}

/* The peer appends the CPU's number to the key of a per-CPU map, in two bytes. */
static void check_cpu(struct import *im, struct labels *labels)
{
	struct label *last = labels->n ? &labels->items[labels->n - 1] : NULL;

	if (!last || strcmp(last->name, "cpu") != 0 || last->size != 2 || last->padding ||
	    !is_plain_uint(last))
		return;
	last->is_cpu = true;
	labels->cpu = last;
	warn(im, &last->at,
	     "the label 'cpu' of 2 bytes is taken for the number of the CPU of a per-CPU map. If it "
	     "lies in the key, add {name: cpu, type: u16} there and remove 'cpu: each' and the $");
}

/* What is in the key; whether all of it is right. */
static bool labels_read(struct import *im, const struct metric *m, struct labels *ret)
{
	const struct node *list = list_of(im, m->n, "labels");
	size_t n = list ? list->n_items : 0;
	size_t n_before = im->mistakes.n + im->mistakes.n_more;
	uint64_t n_bytes = 0;

	if (n > (size_t)MAX_LABELS + m->is_histogram) {
		mistake(im, &list->at, "%zu labels: at most %d can be shown", n, MAX_LABELS);
		return false;
	}
	ret->items = calloc(n + 1, sizeof(*ret->items));
	if (!ret->items) {
		im->mistakes.no_memory = true;
		return false;
	}
	for (; ret->n < n; ret->n++) {
		struct label *l = &ret->items[ret->n];

		if (!label_read(im, list->items[ret->n], ret, l, m->is_histogram && ret->n + 1 < n))
			return false;
		n_bytes += l->size + l->padding;
	}
	if (n)
		check_twice(im, list);
	if (n_bytes > MAX_KEY_BYTES)
		mistake(im, &list->at, "the labels take %llu bytes: a key has at most %d",
			(unsigned long long)n_bytes, MAX_KEY_BYTES);
	if (m->is_histogram)
		check_bucket(im, ret, m);
	else
		check_cpu(im, ret);
	return im->mistakes.n + im->mistakes.n_more == n_before;
}

static void put_padding(struct import *im, uint64_t n)
{
	if (n)
		put(im, &im->entry, "      - {type: pad, count: %llu}\n", (unsigned long long)n);
}

static void put_field(struct import *im, const struct label *l, const struct chain *c)
{
	put(im, &im->entry, "      - {name: %s, type: %s", l->name, c->type ? c->type : "bytes");
	if (c->count)
		put(im, &im->entry, ", count: %llu", (unsigned long long)c->count);
	put(im, &im->entry, "}\n");
	put_padding(im, l->padding + c->unused);
}

/* Where a field's name means something else, the path. */
static void put_path(struct import *im, struct buf *b, const struct label *l)
{
	bool special = !strcmp(l->name, "key") || !strcmp(l->name, "value");

	put(im, b, "%s%s", l->is_cpu ? "$" : special ? "key." : "", l->name);
}

static void put_filter(struct import *im, const char *key, const char *text)
{
	put(im, &im->entry, "            %s: ", key);
	put_yaml(im, &im->entry, text);
	put(im, &im->entry, "\n");
}

static void put_label(struct import *im, const struct label *l, struct chain *c)
{
	const size_t n_indent = strlen(CHAIN_ITEM);

	put(im, &im->entry, "          %s:", l->name);
	if (!c->n_steps && !c->keep.len) {
		put(im, &im->entry, " ");
		put_path(im, &im->entry, l);
		put(im, &im->entry, "\n");
		return;
	}
	put(im, &im->entry, "\n            field: ");
	put_path(im, &im->entry, l);
	put(im, &im->entry, "\n");
	if (c->n_steps == 1 && c->steps.len > n_indent &&
	    !memchr(c->steps.data, '\n', c->steps.len - 1))
		put(im, &im->entry, "            decode: %.*s", (int)(c->steps.len - n_indent),
		    c->steps.data + n_indent);
	else if (c->n_steps)
		put(im, &im->entry, "            decode:\n%.*s", (int)c->steps.len, c->steps.data);
	if (c->keep.len && buf_string(&c->keep))
		put_filter(im, "keep", c->keep.data);
	if (c->is_marked)
		put_filter(im, "drop", CHAIN_MARK);
}

static void put_map(struct import *im, const struct metric *m, const struct labels *labels)
{
	put(im, &im->entry, "  - name: %s\n", m->name);
	if (m->is_ambiguous) {
		put(im, &im->entry, "    pin: /sys/fs/bpf/%s\n", m->name);
		warn(im, &m->at,
		     "the kernel keeps 15 bytes of a map's name, so '%s' cannot be told from another "
		     "metric's: pin it as /sys/fs/bpf/%s, or change the path",
		     m->name, m->name);
	} else {
		put(im, &im->entry, "    map_name: %s\n    instances: sum\n", m->name);
	}
	if (labels->cpu)
		put(im, &im->entry, "    cpu: each\n");
}

static void put_metric(struct import *im, const struct metric *m)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	const char *full = full_name(im, m, &b), *help = text_at(im, m->n, "help");
	const struct place at = member_at(m->n, "help");
	bool is_counter = !m->is_histogram && str_ends_in(str_of(full), STR("_total"));

	if (help && !*help)
		mistake(im, &at, "the metric '%s' needs the key 'help'", m->name);
	put(im, &im->entry,
	    "    value: u64\n    packed: true\n    metrics:\n      - name: %s\n        type: %s\n"
	    "        help: ",
	    full,
	    m->is_histogram ? "histogram"
	    : is_counter    ? "counter"
			    : "gauge");
	put_yaml(im, &im->entry, help ? help : "");
	put(im, &im->entry, "\n");
	if (!m->is_histogram && !is_counter)
		warn(im, &m->at,
		     "a counter's name ends in _total: to keep its name, '%s' became a gauge. If it "
		     "only rises, name it '%s_total' and make it a counter",
		     full, full);
}

static void put_buckets(struct import *im, const struct metric *m, const struct labels *labels)
{
	_cleanup_buf_ struct buf field = BUF_INIT;

	if (!labels->bucket)
		return;
	put_path(im, &field, labels->bucket);
	if (buf_string(&field))
		buckets_write(im, m->n, field.data);
	else
		im->mistakes.no_memory = true;
}

/* The key, and each label of it. */
static void put_chains(struct import *im, const struct metric *m, const struct labels *labels)
{
	struct chain *chains = calloc(labels->n + 1, sizeof(*chains));
	bool any = false;

	if (!chains) {
		im->mistakes.no_memory = true;
		return;
	}
	for (size_t i = 0; i < labels->n; i++)
		chain_translate(&chains[i], im, &labels->items[i]);
	if (labels->n - !!labels->cpu)
		put(im, &im->entry, "    key:\n");
	else
		put(im, &im->entry, "    key: u32\n");
	for (size_t i = 0; i < labels->n; i++)
		if (!labels->items[i].is_cpu)
			put_field(im, &labels->items[i], &chains[i]);
	put_metric(im, m);
	put_buckets(im, m, labels);
	for (size_t i = 0; i < labels->n; i++) {
		if (labels->items[i].is_bucket)
			continue;
		put(im, &im->entry, "%s", any ? "" : "        labels:\n");
		any = true;
		put_label(im, &labels->items[i], &chains[i]);
	}
	for (size_t i = 0; i < labels->n; i++)
		chain_done(&chains[i]);
	free(chains);
}

/* Events that are counted as they come, not kept in a map. */
static bool is_perf(struct import *im, const struct metric *m)
{
	if (m->is_histogram || !bool_at(im, m->n, "perf_event_array"))
		return false;
	warn(im, &m->at,
	     "the counter '%s' has no equivalent: its events go through a perf event array and are kept "
	     "in no map. Count them in a hash map in the program instead",
	     m->name);
	return true;
}

void metric_write(struct import *im, const struct metric *m)
{
	const char *const *keys = m->is_histogram ? histogram_keys : counter_keys;
	size_t n_keys = m->is_histogram ? ARRAY_SIZE(histogram_keys) : ARRAY_SIZE(counter_keys);
	const struct node *interval;
	struct labels labels = {0};

	if (!*m->name)
		return;
	check_name(im, m);
	(void)check_keys(im, m->n, m->is_histogram ? "a histogram" : "a counter", keys, n_keys);
	if (is_perf(im, m))
		return;
	interval = m->is_histogram ? NULL : member(m->n, "flush_interval");
	if (interval)
		warn(im, &interval->at,
		     "'flush_interval' was left out: what is in a map is never forgotten");
	if (labels_read(im, m, &labels)) {
		put_map(im, m, &labels);
		put_chains(im, m, &labels);
	}
	free(labels.items);
}
