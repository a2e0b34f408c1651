/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CONFIG_YAML_TREE_H
#define CONFIG_YAML_TREE_H

/*
 * A YAML document as a tree whose nodes know where they stand. An alias is
 * the same node again, so the tree may be a graph, but never a cycle; merged
 * mappings (`<<`) are already merged, keys are scalars and unique.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/problems.h"
#include "base/str.h"
#include "config/mistakes.h"

/* Nodes as if each alias were written out: no blow-up by aliases of aliases. Of all files together.
 */
#define TREE_MAX_NODES	 1000000
#define TREE_MAX_DEPTH	 64
#define TREE_MAX_ANCHORS 1000

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAPPING };

struct node {
	struct place at;
	enum node_kind kind;
	bool is_plain;	     /* a scalar without quotes */
	char *text;	     /* a scalar's, without NUL inside */
	struct node **items; /* a list's; a mapping's keys and values in turn */
	size_t n_items;
	size_t cap;
	size_t weight; /* nodes below it and itself, aliases written out; 0: still open */
	struct node *next;
};

struct tree {
	struct node *root;
	struct node *nodes; /* all of them */
	size_t weight;	    /* nodes, aliases written out; at first those of the trees before */
};

/*
 * tree_parse() - one document; an empty file is an empty mapping.
 * @path: what messages call it; borrowed by the nodes.
 *
 * Return: 0 with a root (though @mistakes may have some), -EINVAL with a mistake, -ENOMEM.
 */
int tree_parse(struct tree *t, const char *path, struct str text, struct mistakes *mistakes);
void tree_done(struct tree *t);

/* node_find() - a mapping's value by key, NULL: absent. */
const struct node *node_find(const struct node *mapping, const char *key);

/* Whether it is an unquoted nothing, `~` or `null`. */
bool node_is_null(const struct node *n);

/* "a list", … for messages. */
const char *node_kind_name(const struct node *n);

#endif
