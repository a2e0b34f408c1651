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
#include "config/mistakes.h"
#include "config/yaml_tree.h"

/* Set before parsing, so that a missing or wrong one matches no rule later. */
#define KIND_UNKNOWN	((enum config_kind)(CONFIG_STRUCT + 1))
#define TYPE_UNKNOWN	((enum config_metric_type)(CONFIG_INFO + 1))
#define SCHEME_UNKNOWN	((enum config_scheme)(CONFIG_EXPLICIT + 1))
#define DECODER_UNKNOWN N_CONFIG_DECODERS

/* Of a map, and of a metric: more is a mistake; it also bounds what those of a map cost for all its
 * metrics. The same for conditions. */
#define LABELS_MAX	64

struct parser {
	struct config *config;
	struct mistakes *mistakes;
	uint64_t refresh_ns; /* global, what a map inherits */
	enum config_at_scrape at_scrape;
	struct config_limits limits;
	struct place *names_at;	      /* of config->maps, as many */
	const struct config_map *map; /* being parsed… */
	const struct node *map_node;  /* … from this… */
	const struct node
		*map_labels; /* … with these labels, for each of its metrics; NULL: none */
	const struct node *map_where; /* … and these conditions */
	unsigned int struct_depth;
	size_t shared_weight; /* nodes of labels and conditions: a map's once for each metric */
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
#define KEYS_MAX	   32

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

struct integer_range {
	int64_t min;
	int64_t max;
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
parse_fn parse_integer;	 /* int64_t *, struct integer_range */
parse_fn parse_duration; /* uint64_t * of nanoseconds, struct duration_range */

/*
 * range_of() - "7", "-1", "0x10..0x1f", of -2^63 … 2^64-1.
 *
 * Return: 0 (maybe with the larger number first), -EINVAL where it is no such
 * text, -ERANGE.
 */
int range_of(const char *s, int128 *ret_first, int128 *ret_last);

/* The parts, each in a file of its own. */
parse_fn parse_maps;	 /* struct config * */
parse_fn parse_layout;	 /* struct config_field ** */
parse_fn parse_types;	 /* struct config_map * */
parse_fn parse_value;	 /* struct config_value * */
parse_fn parse_sum;	 /* struct config_metric * */
parse_fn parse_scale;	 /* struct scale * */
parse_fn parse_buckets;	 /* struct config_buckets * */
parse_fn parse_regex;	 /* char **: a regular expression */
parse_fn parse_decoders; /* struct config_label * */

/* parse_metrics() - @n: NULL: none. The labels and conditions of the map are checked all the same.
 */
void parse_metrics(struct parser *p, const struct node *n, struct config_map *map);

/* Which fields there may be. */
enum field_use {
	FIELD_ANY,	 /* of the key or value, or $name */
	FIELD_OF_NUMBER, /* $pin, $map, $1 … are none */
	FIELD_OF_MAP,	 /* no $name */
	FIELD_ONE,	 /* nor any `*` */
};

extern const enum field_use schema_field_any, schema_field_of_number, schema_field_of_map,
	schema_field_one;

parse_fn parse_field_path; /* char **, enum field_use */
parse_fn parse_expr;	   /* struct config_expr *, enum field_use: a field, or a mapping */

/* The keys of an expression, for a larger table; @use: one of those above. */
#define EXPR_KEYS(type, member, use)                                                       \
	{"field", parse_field_path, INTO(type, member.field), .arg = &(use)},              \
		{"shift", parse_number, INTO(type, member.shift), .arg = &schema_shifts},  \
		{"mask", parse_number, INTO(type, member.mask), .arg = &schema_positives}, \
		{"div", parse_number, INTO(type, member.div), .arg = &schema_positives},   \
	{                                                                                  \
		"mod", parse_number, INTO(type, member.mod), .arg = &schema_positives      \
	}

extern const struct number_range schema_shifts, schema_positives;

/* expr_settle() - after its keys in @n. */
void expr_settle(struct parser *p, const struct node *n, struct config_expr *e);

#define EXPR_INIT(place) ((struct config_expr){.at = (place), .mask = UINT64_MAX})
#define VALUE_INIT(place) \
	((struct config_value){.at = (place), .expr = EXPR_INIT(place), .scale = SCALE_ONE})

/* name_check() - whether it can be one that users choose, of what: "metric", "label". */
bool name_check(struct parser *p, const struct node *n, const char *what);

/* What no name begins with, as it is or escaped, and why. */
struct reserved {
	const char *prefix, *why;
};

/* name_check_prefix() - whether the name does not; @what: "metric name", "label". */
bool name_check_prefix(struct parser *p, const struct node *n, const char *what,
		       const struct reserved *reserved);

/* check_label_names() - that they are different ones in each scheme that escapes them. */
void check_label_names(struct parser *p, const struct config_metric *m);

/* parse_labels() - the map's and the metric's own (or NULL), merged, sorted. */
void parse_labels(struct parser *p, const struct node *own, struct config_metric *m);

/* parse_conditions() - the map's, then the metric's own (or NULL). */
void parse_conditions(struct parser *p, const struct node *own, struct config_metric *m);

/* share() - count a node that is parsed for each metric. Whether there may be more of them. */
bool share(struct parser *p, const struct node *name, const struct node *n);

/* regex_n_groups() - of one that was parsed. */
size_t regex_n_groups(const char *regex);

/* What can be said of a map without opening it; and across all maps. */
void check_map(struct parser *p, const struct node *n, const struct config_map *map);
void check_names(struct parser *p);
void check_families(struct parser *p);
void check_stack_maps(struct parser *p);

/* text_of() - a scalar's text, NULL after a complaint. */
const char *text_of(struct parser *p, const struct node *n);

/* complain_unknown() - with what is known, and what was probably meant. */
void complain_unknown(struct parser *p, const struct place *at, const char *word,
		      const struct choices *choices);

/* complain() - shorter. */
#define complain(p, at, ...) ((void)mistakes_add((p)->mistakes, at, __VA_ARGS__))

/* A line to look at, with its file where the mistake is in another one. */
#define LINE		     "line %u%s%s"
#define LINE_OF(place, from)                                     \
	(place).line, (place).file == (from).file ? "" : " of ", \
		(place).file == (from).file ? "" : (place).file

/* array_new() - zeroed; NULL without memory (noted) or if @n is 0. */
void *array_new(struct parser *p, size_t n, size_t size);

/* place_of_key() - where the value of @key stands, or the mapping without it. */
struct place place_of_key(const struct node *mapping, const char *key);

/* complain_twice() - of names that must be unique, each that was there before. Sorts them. */
struct named {
	const char *name;
	struct place at;
	size_t i; /* the order */
};
void complain_twice(struct parser *p, const char *what, struct named *items, size_t n);

/* Both for `global:` and for a map; for a map and a metric. */
extern const struct choices schema_at_scrapes, schema_cpus;
extern const struct duration_range schema_refreshes;
extern const struct number_range schema_max_series, schema_max_label_bytes;

void map_done(struct config_map *map);
void metric_done(struct config_metric *m);
void label_done(struct config_label *l);
void decoder_done(struct config_decoder *d);
void field_free(struct config_field *f);

#endif
