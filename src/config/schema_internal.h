/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CONFIG_SCHEMA_INTERNAL_H
#define CONFIG_SCHEMA_INTERNAL_H

/*
 * From tree nodes to values, and what the parts of the configuration share.
 *
 * These functions return nothing that must be passed on: what is wrong goes
 * to the mistakes, the value keeps what it had, and parsing goes on, so that
 * one run finds everything. Whether the result counts is decided once, at
 * the end, by mistakes_tell(). Whatever they leave behind can be freed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "mistakes_internal.h"
#include "yaml_tree_internal.h"

/* Set before parsing, so that a missing or wrong one matches no rule later. */
#define KIND_UNKNOWN ((enum config_kind)(CONFIG_STRUCT + 1))
#define TYPE_UNKNOWN ((enum config_metric_type)(CONFIG_INFO + 1))

struct parser {
	struct config *config;
	struct mistakes *mistakes;
	uint64_t refresh_ns; /* global, what a map inherits */
	enum config_at_scrape at_scrape;
	const struct node *map_labels; /* of the map being parsed; NULL: none */
	unsigned int struct_depth;
	size_t label_weight; /* nodes of labels parsed: a map's once for each of its metrics */
};

typedef void parse_fn(struct parser *p, const struct node *n, void *out, const void *arg);

/* One key of a mapping. Keys are parsed in the order of the table, whatever that of the file. */
struct key {
	const char *name;
	parse_fn *parse; /* NULL: the caller looks for it */
	size_t offset;	 /* of what it fills in, in the target */
	const void *arg; /* what parse takes */
	bool required;
	const char *refused; /* a key that cannot be here: why */
};

#define INTO(type, member) .offset = offsetof(struct type, member)
#define KEYS_MAX	   20

/* parse_mapping() - @what: "a map", for messages. Return: whether it is a mapping at all. */
bool parse_mapping(struct parser *p, const struct node *n, const char *what, const struct key *keys,
		   size_t n_keys, void *target);

/* Arguments of the functions below. */
struct choices {
	const char *what;  /* "type" */
	const char *where; /* " in a map", "" */
	const char *const *names;
	size_t n;
};

struct number_range {
	uint64_t min;
	uint64_t max;
	size_t size; /* of the unsigned integer filled in: 4 or 8 */
};

struct duration_range {
	uint64_t min_ns;
	uint64_t max_ns;
	const char *text;
	bool may_be_off; /* `off` is 0 */
};

parse_fn parse_text;	 /* char **: a copy */
parse_fn parse_bool;	 /* bool * */
parse_fn parse_choice;	 /* enum *, struct choices: the index */
parse_fn parse_number;	 /* uint32_t * or uint64_t *, struct number_range */
parse_fn parse_duration; /* uint64_t * of nanoseconds, struct duration_range */

/* The parts, each in a file of its own. */
parse_fn parse_maps;	   /* struct config * */
parse_fn parse_layout;	   /* struct config_field ** */
parse_fn parse_value;	   /* struct config_value * */
parse_fn parse_expr_field; /* char **: a field of the key or value, or $name */

/* parse_labels() - the map's and the metric's own (or NULL), merged, sorted. */
void parse_labels(struct parser *p, const struct node *own, struct config_metric *m);

/* parse_decoders() - parse_fn for struct config_label *. */
parse_fn parse_decoders;

/* What can be said of a map without opening it; and across all maps. */
void check_map(struct parser *p, const struct node *n, const struct config_map *map);
void check_families(struct parser *p);

/* text_of() - a scalar's text, NULL after a complaint. */
const char *text_of(struct parser *p, const struct node *n);

/* complain_unknown() - with what is known, and what was probably meant. */
void complain_unknown(struct parser *p, const struct place *at, const char *word,
		      const struct choices *choices);

/* complain() - shorter. */
#define complain(p, at, ...) ((void)mistakes_add((p)->mistakes, at, __VA_ARGS__))

/* array_new() - zeroed; NULL without memory (noted) or if @n is 0. */
void *array_new(struct parser *p, size_t n, size_t size);

/* place_of_key() - where the value of @key stands, or the mapping without it. */
struct place place_of_key(const struct node *mapping, const char *key);

/* name_is_valid() - [a-zA-Z_][a-zA-Z0-9_]* */
bool name_is_valid(const char *s);

/* complain_twice() - of names that must be unique, each that was there before. Sorts them. */
struct named {
	const char *name;
	struct place at;
	size_t i; /* the order */
};
void complain_twice(struct parser *p, const char *what, struct named *items, size_t n);

/* Both for `global:` and for a map. */
extern const struct choices schema_at_scrapes;
extern const struct duration_range schema_refreshes;

void map_done(struct config_map *map);
void label_done(struct config_label *l);
void field_free(struct config_field *f);

#endif
