// SPDX-License-Identifier: GPL-2.0-only
/*
 * From libyaml's events to a tree.
 *
 * Nodes hang in one list, in whatever shape the document is, so freeing needs
 * no recursion and no reference counts, and an alias costs one pointer.
 *
 * Whoever walks the tree meets an aliased node once for each alias, so nine
 * lines of aliases of aliases could mean a billion visits. Therefore every
 * alias adds the weight of what it names to one running total, which is
 * bounded. A node has no weight until it is closed: an alias to such a node
 * lies inside of it, a cycle, and is refused.
 *
 * Scalars stay text as written: only the schema knows what it wants to see.
 */
#include "config/yaml_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct anchor {
	char *name;
	struct node *node;
};

struct builder {
	yaml_parser_t parser;
	struct tree *tree;
	struct mistakes *mistakes;
	const char *path;
	struct str text;
	struct anchor anchors[TREE_MAX_ANCHORS];
	size_t n_anchors;
	unsigned int depth;
};

static int build_node(struct builder *b, yaml_event_t *event, struct node **ret_node);

static int out_of_memory(struct builder *b)
{
	b->mistakes->no_memory = true;
	return -ENOMEM;
}

static struct place place_of(const struct builder *b, yaml_mark_t mark)
{
	return (struct place){
		.file = b->path,
		.line = (unsigned int)mark.line + 1,
		.column = (unsigned int)mark.column + 1,
	};
}

/* The reader knows only the byte where its text stops being UTF-8. */
static struct place place_of_byte(const struct builder *b, size_t offset)
{
	struct place at = {.file = b->path, .line = 1, .column = 1};

	for (size_t i = 0; i < offset && i < b->text.n; i++) {
		if (b->text.p[i] == '\n') {
			at.line++;
			at.column = 1;
		} else if (((unsigned char)b->text.p[i] & 0xc0) != 0x80) {
			at.column++;
		}
	}
	return at;
}

static int syntax_error(struct builder *b)
{
	const yaml_parser_t *p = &b->parser;
	struct place at = place_of(b, p->problem_mark);

	switch (p->error) {
	case YAML_MEMORY_ERROR:
		return out_of_memory(b);
	case YAML_READER_ERROR:
		at = place_of_byte(b, p->problem_offset);
		return mistakes_add(b->mistakes, &at, "not readable as text: %s", p->problem);
	default:
		break;
	}
	if (!p->context)
		return mistakes_add(b->mistakes, &at, "not valid YAML: %s", p->problem);
	return mistakes_add(b->mistakes, &at, "not valid YAML: %s (%s that starts in line %zu)",
			    p->problem, p->context, p->context_mark.line + 1);
}

static int next_event(struct builder *b, yaml_event_t *ret_event)
{
	return yaml_parser_parse(&b->parser, ret_event) ? 0 : syntax_error(b);
}

static int weight_add(struct builder *b, const struct place *at, size_t weight)
{
	b->tree->weight += weight;
	if (b->tree->weight <= TREE_MAX_NODES)
		return 0;
	return mistakes_add(b->mistakes, at, "more than %d nodes, aliases written out",
			    TREE_MAX_NODES);
}

static int node_append(struct builder *b, struct node *parent, struct node *child)
{
	if (parent->n_items == parent->cap) {
		size_t cap = parent->cap ? 2 * parent->cap : 4;
		struct node **items = realloc(parent->items, cap * sizeof(struct node *));

		if (!items)
			return out_of_memory(b);
		parent->items = items;
		parent->cap = cap;
	}
	parent->items[parent->n_items++] = child;
	return 0;
}

static int anchor_add(struct builder *b, const char *name, struct node *n)
{
	char *copy;

	if (b->n_anchors == TREE_MAX_ANCHORS)
		return mistakes_add(b->mistakes, &n->at, "more than %d anchors", TREE_MAX_ANCHORS);
	copy = strdup(name);
	if (!copy)
		return out_of_memory(b);
	b->anchors[b->n_anchors++] = (struct anchor){.name = copy, .node = n};
	return 0;
}

/* A name may be given again; the last one before the alias counts. */
static struct node *anchor_find(const struct builder *b, const char *name)
{
	for (size_t i = b->n_anchors; i-- > 0;) {
		if (!strcmp(b->anchors[i].name, name))
			return b->anchors[i].node;
	}
	return NULL;
}

static int build_alias(struct builder *b, const yaml_event_t *event, struct node **ret_node)
{
	const char *name = (const char *)event->data.alias.anchor;
	struct place at = place_of(b, event->start_mark);
	struct node *n = anchor_find(b, name);
	int r;

	if (!n)
		return mistakes_add(b->mistakes, &at, "there is no anchor '&%s' before this alias",
				    name);
	if (!n->weight)
		return mistakes_add(b->mistakes, &at, "the alias '*%s' is inside of what it names",
				    name);
	r = weight_add(b, &at, n->weight);
	if (r < 0)
		return r;
	*ret_node = n;
	return 0;
}

static int node_new(struct builder *b, const yaml_event_t *event, enum node_kind kind,
		    const yaml_char_t *anchor, const yaml_char_t *tag, struct node **ret_node)
{
	struct node *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return out_of_memory(b);
	n->next = b->tree->nodes;
	b->tree->nodes = n;
	n->at = place_of(b, event->start_mark);
	n->kind = kind;
	r = weight_add(b, &n->at, 1);
	if (r == 0 && anchor)
		r = anchor_add(b, (const char *)anchor, n);
	if (r < 0)
		return r;
	*ret_node = n;
	if (tag)
		mistakes_add(b->mistakes, &n->at, "the tag '%s' has no meaning here: remove it",
			     (const char *)tag);
	return b->mistakes->no_memory ? -ENOMEM : 0;
}

static int build_scalar(struct builder *b, const yaml_event_t *event, struct node **ret_node)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	int r = node_new(b, event, NODE_SCALAR, event->data.scalar.anchor, event->data.scalar.tag,
			 ret_node);

	if (r < 0)
		return r;
	(*ret_node)->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	(*ret_node)->weight = 1;
	(*ret_node)->text = strndup(value, length);
	if (!(*ret_node)->text)
		return out_of_memory(b);
	if (memchr(value, '\0', length))
		mistakes_add(b->mistakes, &(*ret_node)->at, "text with a NUL byte");
	return b->mistakes->no_memory ? -ENOMEM : 0;
}

/* Children up to the end of the list or mapping @n, whose first event was @start. */
static int build_children(struct builder *b, const yaml_event_t *start, struct node *n)
{
	yaml_event_type_t end = start->type == YAML_SEQUENCE_START_EVENT ? YAML_SEQUENCE_END_EVENT
									 : YAML_MAPPING_END_EVENT;
	size_t before = b->tree->weight;

	if (b->depth == TREE_MAX_DEPTH)
		return mistakes_add(b->mistakes, &n->at, "nested deeper than %d levels",
				    TREE_MAX_DEPTH);
	b->depth++;
	for (;;) {
		_cleanup_(yaml_event_delete) yaml_event_t event = {0};
		struct node *child = NULL;
		int r = next_event(b, &event);

		if (r == 0 && event.type == end)
			break;
		if (r == 0)
			r = build_node(b, &event, &child);
		if (r == 0)
			r = node_append(b, n, child);
		if (r < 0)
			return r;
	}
	b->depth--;
	n->weight = b->tree->weight - before + 1;
	return 0;
}

/* Appends the pairs of @from; those whose key is already there fall away as duplicates later. */
static int merge_pairs(struct builder *b, struct node *to, const struct node *from)
{
	int r = 0;

	if (from->kind == NODE_LIST) {
		for (size_t i = 0; i < from->n_items && r == 0; i++) {
			if (from->items[i]->kind != NODE_MAPPING)
				return mistakes_add(b->mistakes, &from->items[i]->at,
						    "'<<' takes mappings, found %s",
						    node_kind_name(from->items[i]));
			r = merge_pairs(b, to, from->items[i]);
		}
		return r;
	}
	if (from->kind != NODE_MAPPING)
		return mistakes_add(b->mistakes, &from->at,
				    "'<<' takes a mapping or a list of them, found %s",
				    node_kind_name(from));
	for (size_t i = 0; i < from->n_items && r == 0; i++)
		r = node_append(b, to, from->items[i]);
	return r;
}

/* Merges, and marks what is no usable key by NULL in its place. */
static int keys_check(struct builder *b, struct node *m, size_t n_own)
{
	int r = 0;

	for (size_t i = 0; i < n_own && r != -ENOMEM; i += 2) {
		const struct node *key = m->items[i];

		if (key->kind != NODE_SCALAR) {
			r = mistakes_add(b->mistakes, &key->at, "a key must be a word, found %s",
					 node_kind_name(key));
			m->items[i] = NULL;
		} else if (key->is_plain && !strcmp(key->text, "<<")) {
			m->items[i] = NULL;
			r = merge_pairs(b, m, m->items[i + 1]);
		}
	}
	return r == -ENOMEM ? r : 0;
}

struct key_at {
	const struct node *key;
	size_t i;
};

static int key_compare(const void *left, const void *right)
{
	const struct key_at *a = left, *b = right;
	int r = strcmp(a->key->text, b->key->text);

	return r ? r : a->i < b->i ? -1 : 1;
}

/* Of equal keys the first stays: one of the mapping's own before any merged one. */
static int duplicates_drop(struct builder *b, struct node *m, size_t n_own)
{
	_cleanup_(freep) struct key_at *keys = calloc(m->n_items / 2 + 1, sizeof(*keys));
	size_t n = 0, first = 0;

	if (!keys)
		return out_of_memory(b);
	for (size_t i = 0; i < m->n_items; i += 2) {
		if (m->items[i])
			keys[n++] = (struct key_at){.key = m->items[i], .i = i};
	}
	qsort(keys, n, sizeof(*keys), key_compare);
	for (size_t k = 1; k < n; k++) {
		if (strcmp(keys[k].key->text, keys[first].key->text) != 0) {
			first = k;
			continue;
		}
		m->items[keys[k].i] = NULL;
		if (keys[k].i < n_own &&
		    mistakes_add(b->mistakes, &keys[k].key->at,
				 "the key '%s' is already in line %u", keys[k].key->text,
				 keys[first].key->at.line) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

static int mapping_settle(struct builder *b, struct node *m)
{
	size_t n_own = m->n_items, n = 0;
	int r = keys_check(b, m, n_own);

	if (r == 0)
		r = duplicates_drop(b, m, n_own);
	if (r < 0)
		return r;
	for (size_t i = 0; i < m->n_items; i += 2) {
		if (m->items[i]) {
			m->items[n] = m->items[i];
			m->items[n + 1] = m->items[i + 1];
			n += 2;
		}
	}
	m->n_items = n;
	return 0;
}

static int build_list(struct builder *b, const yaml_event_t *event, struct node **ret_node)
{
	int r = node_new(b, event, NODE_LIST, event->data.sequence_start.anchor,
			 event->data.sequence_start.tag, ret_node);

	return r < 0 ? r : build_children(b, event, *ret_node);
}

static int build_mapping(struct builder *b, const yaml_event_t *event, struct node **ret_node)
{
	int r = node_new(b, event, NODE_MAPPING, event->data.mapping_start.anchor,
			 event->data.mapping_start.tag, ret_node);

	if (r == 0)
		r = build_children(b, event, *ret_node);
	return r < 0 ? r : mapping_settle(b, *ret_node);
}

/* Bounded recursion: build_children() counts the levels. */
static int build_node(struct builder *b, yaml_event_t *event, struct node **ret_node)
{
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return build_alias(b, event, ret_node);
	case YAML_SEQUENCE_START_EVENT:
		return build_list(b, event, ret_node);
	case YAML_MAPPING_START_EVENT:
		return build_mapping(b, event, ret_node);
	default:
		return build_scalar(b, event, ret_node);
	}
}

/* The start of the stream or document, and what follows the only document. */
static int skip_event(struct builder *b, yaml_event_type_t expected, const char *otherwise)
{
	_cleanup_(yaml_event_delete) yaml_event_t event = {0};
	struct place at;
	int r = next_event(b, &event);

	if (r < 0 || event.type == expected)
		return r;
	at = place_of(b, event.start_mark);
	return mistakes_add(b->mistakes, &at, "%s", otherwise);
}

static int build_document(struct builder *b)
{
	_cleanup_(yaml_event_delete) yaml_event_t start = {0}, event = {0};
	int r = skip_event(b, YAML_STREAM_START_EVENT, "not a YAML stream");

	if (r == 0)
		r = next_event(b, &start);
	if (r == 0 && start.type == YAML_STREAM_END_EVENT)
		return node_new(b, &start, NODE_MAPPING, NULL, NULL, &b->tree->root);
	if (r == 0)
		r = next_event(b, &event);
	if (r == 0)
		r = build_node(b, &event, &b->tree->root);
	if (r == 0)
		r = skip_event(b, YAML_DOCUMENT_END_EVENT, "the document does not end here");
	if (r == 0)
		r = skip_event(b, YAML_STREAM_END_EVENT, "only one document is allowed in a file");
	return r;
}

static void builder_free(struct builder *b)
{
	for (size_t i = 0; i < b->n_anchors; i++)
		free(b->anchors[i].name);
	yaml_parser_delete(&b->parser);
	free(b);
}
DEFINE_CLEANUP(builder_free, struct builder *)

int tree_parse(struct tree *t, const char *path, struct str text, struct mistakes *mistakes)
{
	_cleanup_(builder_freep) struct builder *b = calloc(1, sizeof(*b));

	if (!b) {
		mistakes->no_memory = true;
		return -ENOMEM;
	}
	*b = (struct builder){.tree = t, .mistakes = mistakes, .path = path, .text = text};
	if (!yaml_parser_initialize(&b->parser))
		return out_of_memory(b);
	yaml_parser_set_input_string(&b->parser, (const unsigned char *)(text.p ? text.p : ""),
				     text.n);
	return build_document(b);
}

void tree_done(struct tree *t)
{
	struct node *next;

	for (struct node *n = t->nodes; n; n = next) {
		next = n->next;
		free(n->text);
		free(n->items);
		free(n);
	}
	*t = (struct tree){0};
}

const struct node *node_find(const struct node *mapping, const char *key)
{
	if (mapping->kind != NODE_MAPPING)
		return NULL;
	for (size_t i = 0; i < mapping->n_items; i += 2) {
		if (!strcmp(mapping->items[i]->text, key))
			return mapping->items[i + 1];
	}
	return NULL;
}

bool node_is_null(const struct node *n)
{
	static const char *const nothings[] = {"", "~", "null", "Null", "NULL"};

	for (size_t i = 0; n->kind == NODE_SCALAR && n->is_plain && i < ARRAY_SIZE(nothings); i++) {
		if (!strcmp(n->text, nothings[i]))
			return true;
	}
	return false;
}

const char *node_kind_name(const struct node *n)
{
	switch (n->kind) {
	case NODE_LIST:
		return "a list";
	case NODE_MAPPING:
		return "a mapping";
	default:
		return node_is_null(n) ? "nothing" : "text";
	}
}
