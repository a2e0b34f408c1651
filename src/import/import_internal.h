/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IMPORT_INTERNAL_H
#define IMPORT_INTERNAL_H

/*
 * The parts of an import. Each adds what it finds wrong and goes on, so that
 * one run tells everything; where memory runs out, mistakes.no_memory is set
 * and nothing that was written counts.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/mistakes.h"
#include "config/yaml_tree.h"

struct import {
	const char *prefix;
	struct mistakes mistakes;
	struct mistakes warnings;
	struct buf notes; /* comments for the entry that is being written… */
	struct buf entry; /* … and itself */
	struct buf out;
};

/* mistake() - @im cannot be imported. warn() - it can, but… : also a comment of the entry. */
#define mistake(im, at, ...) ((void)mistakes_add(&(im)->mistakes, at, __VA_ARGS__))
void warn(struct import *im, const struct place *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* note() - a comment alone, for what is right but looks different. */
void note(struct import *im, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* put() - append to @b; put_yaml() - as a scalar that reads back as @s. */
void put(struct import *im, struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void put_yaml(struct import *im, struct buf *b, const char *s);

/* put_comment() - lines of a sensible length, each after @indent and "# ". */
void put_comment(struct import *im, struct buf *b, const char *indent, const char *text);

/* Reading the peer's files. A key whose value is null is absent. */
const struct node *member(const struct node *n, const char *key);
struct place member_at(const struct node *n, const char *key);

/* check_keys() - whether @n is a mapping; warns of unknown keys. */
bool check_keys(struct import *im, const struct node *n, const char *what, const char *const *keys,
		size_t n_keys);

/* list_of() - the list at @key, NULL: absent or none. */
const struct node *list_of(struct import *im, const struct node *n, const char *key);

/* text_at() - a scalar's text, "" is absent; NULL after a complaint. */
const char *text_at(struct import *im, const struct node *n, const char *key);
bool bool_at(struct import *im, const struct node *n, const char *key);

/* number_at() - Return: whether there is one from 0 to @max, else complains. @absent: without the
 * key. */
bool number_at(struct import *im, const struct node *n, const char *key, uint64_t absent,
	       uint64_t max, uint64_t *ret_value);

#define NAME_MAX_BYTES 256

struct label {
	const struct node *n;
	struct place at;
	char name[NAME_MAX_BYTES]; /* as ours takes it, also the name of the field */
	uint64_t size, padding;
	const struct node *decoders;
	bool is_cpu;	/* the number of the CPU, which is not in the key */
	bool is_bucket; /* the slot of a histogram, which is no label of ours */
};

/* What a label's bytes are in our layout, and how they become text. */
struct chain {
	struct import *im;
	const struct label *label;
	enum { CHAIN_RAW, CHAIN_NUMBER, CHAIN_TEXT } state;
	const char *type;  /* of the field */
	uint64_t count;	   /* of its elements, 0: no array */
	uint64_t unused;   /* bytes after it that no decoder looks at */
	const char *plain; /* what the type does without a decoder */
	struct buf steps;  /* the items of a YAML list */
	size_t n_steps;
	struct buf keep;
	bool is_marked; /* what is left out became CHAIN_MARK */
	bool is_last;	/* the decoder that is being translated */
	bool is_wrong;
};

/* What no pattern takes, until `drop`. */
#define CHAIN_MARK   "__dropped__"
#define CHAIN_INDENT "              "
#define CHAIN_ITEM   CHAIN_INDENT "- "

/* chain_translate() - all decoders of @label. */
void chain_translate(struct chain *c, struct import *im, const struct label *label);
void chain_done(struct chain *c);

/* chain_step() - one more, its text after "- ". */
void chain_step(struct chain *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* chain_rewrite() - a step of a `regex` that was begun with chain_step(c, "regex:"). */
void chain_rewrite(struct chain *c, const char *match, const char *replace);

/* The two decoders with parameters. */
void chain_static_map(struct chain *c, const struct node *n);
void chain_regexp(struct chain *c, const struct node *n);

/* regex_is_taken() - whether our configuration takes it. */
bool regex_is_taken(const char *regex);

/* One pattern of the peer's, or an alternative of it. */
struct pattern_part {
	struct buf match;
	struct buf replace;
	bool has_replace;
	bool takes_all; /* whatever the text is */
	bool is_exact;	/* the whole text or nothing, and unchanged */
	bool is_unsure; /* of several places it may take another one */
};

struct pattern_text {
	const char *p;
	const char *end;
	size_t n_groups;
	bool ignores_case;
	bool has_alternatives;
};

/*
 * pattern_begin() - flags, and how many groups there are.
 * pattern_next() - the next alternative of it. Return: NULL, or why it has no
 * equivalent. @part may be freed in any case.
 */
struct pattern_text pattern_begin(const char *text);
const char *pattern_next(struct import *im, struct pattern_text *t, struct pattern_part *part);
void pattern_part_done(struct pattern_part *part);

/* buckets_write() - `buckets`, `sum` and `where` of a histogram; @field: where the slot lies. */
void buckets_write(struct import *im, const struct node *n, const char *field);

struct metric {
	const struct node *n;
	struct place at;
	const char *name;
	bool is_histogram;
	bool is_ambiguous;	    /* the kernel's 15 bytes are another one's, too */
	const struct metric *first; /* of the same name */
	size_t start, end;	    /* its entry in what was written */
};

/* metric_read() - its name, or a mistake. */
void metric_read(struct import *im, const struct node *n, struct metric *m);

/* metric_write() - into im->entry and im->notes. */
void metric_write(struct import *im, const struct metric *m);

#endif
