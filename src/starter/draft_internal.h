/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STARTER_DRAFT_INTERNAL_H
#define STARTER_DRAFT_INTERNAL_H

/*
 * A configuration before it is text. All strings are in one pool, which also
 * remembers that memory ran out: nothing in between has to.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "starter/starter.h"

/* What YAML takes for something else than text. */
#define YAML_WORDS                                                                           \
	"null Null NULL true True TRUE false False FALSE yes Yes YES no No NO on On ON off " \
	"Off OFF y Y n N"

struct pool {
	char **strings;
	size_t n, cap;
	bool no_memory;
};

/* pool_printf() - a string of the pool; "" without memory. */
const char *pool_printf(struct pool *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* pool_grow() - @array of @n items grown by a zeroed one; NULL without memory. */
void *pool_grow(struct pool *p, void *array, size_t n, size_t size);
void pool_done(struct pool *p);

struct draft_label {
	const char *name;
	const char *field;
	const char *decode; /* as YAML; NULL: none */
	const char *guess;  /* a sentence without its end; NULL: none */
};

#define DRAFT_MAX_LABELS 64 /* that a metric may have, the map's with them */

struct draft_labels {
	struct draft_label *items;
	size_t n;
	size_t n_left_out; /* that were too many */
};

enum draft_type { DRAFT_COUNTER, DRAFT_GAUGE, DRAFT_HISTOGRAM, DRAFT_INFO };

struct draft_metric {
	const char *name;
	enum draft_type type;
	const char *help;
	const char *value; /* a field, of a histogram its slots; NULL: the whole value */
	const char *scale; /* NULL: none */
	const char *clock;
	const char *cpu;
	bool skip_zero;
	uint32_t n_slots;	     /* histograms whose key is the slot; 0: none */
	const char *sum, *sum_scale; /* histograms; NULL: none */
	const char *guess;
	struct draft_labels labels; /* beside those of the map */
};

struct draft_map {
	const struct starter_map *map;
	const char *name;
	const char *title;	 /* the same, for people */
	const char *locator;	 /* as YAML, "pin: …" */
	const char *key, *value; /* a layout as YAML; NULL: from BTF */
	bool adds_instances;
	struct draft_labels labels;
	struct draft_metric *metrics;
	size_t n_metrics;
	const char **notes; /* comments above it */
	size_t n_notes;
};

/* draft_has_label() - @l: NULL: no. */
bool draft_has_label(const struct draft_labels *l, const char *name);

/* draft_add_label() - add one, if there is room, under a name that is not taken in @l or @also
 * (NULL: none). */
void draft_add_label(struct pool *p, struct draft_labels *l, const struct draft_labels *also,
		     const struct draft_label *label);
struct draft_metric *draft_add_metric(struct pool *p, struct draft_map *m);
void draft_add_note(struct pool *p, struct draft_map *m, const char *note);
void draft_map_done(struct draft_map *m);

/* draft_write() - append a map as an item of the list `maps`. Return: 0 or -ENOMEM. */
int draft_write(const struct draft_map *m, struct buf *out);

#endif
