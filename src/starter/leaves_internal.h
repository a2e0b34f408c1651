/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STARTER_LEAVES_INTERNAL_H
#define STARTER_LEAVES_INTERNAL_H

/*
 * The fields of a key or value that are shown, one by one: the leaves of the
 * tree, and what is an address or a histogram as a whole.
 */
#include "draft_internal.h"
#include "starter/meaning.h"

/* Slots of powers of two: fewer are something else, more there cannot be. */
#define MIN_SLOTS   8
#define MAX_SLOTS   65
#define SLOTS_NAMES "slots slot hist hists histogram histograms buckets bucket dist"

struct leaf {
	const struct field *field;
	const struct field *parent; /* the struct that has it; NULL: it is the root */
	const char *path;	    /* below the key or value; "" is the root */
	const char *name;	    /* its own, or of the struct that it is the only part of; "" */
	const char *outer;	    /* the names of the structs around it, with _ between; "" */
	const char *array;	    /* the path up to its last `*`; "" */
	uint32_t offset;	    /* in the key or value, of the first element */
	unsigned int n_stars;
	uint64_t n_elements; /* 1 without a star */
	bool is_key;
	bool is_slots;	  /* an array that is a histogram */
	bool is_nameless; /* its path is that of the larger struct that it is in */
	bool is_of_union; /* the same bytes may mean something else */
	bool is_family;	  /* of addresses */
	struct meaning meaning;
};

struct leaves {
	struct leaf *items;
	size_t n;
	bool has_union; /* of its members one is shown */
};

/*
 * leaves_find() - all of them; padding is none.
 * @map: the name of the map, if it is a value; NULL: it is a key, whose arrays
 *       are not gone through, but their elements named.
 *
 * Memory that runs out is noted in the pool.
 */
void leaves_find(struct pool *p, const struct layout *layout, const char *map, struct leaves *ret);
void leaves_done(struct leaves *l);

#endif
