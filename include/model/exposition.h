/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_EXPOSITION_H
#define MODEL_EXPOSITION_H

/*
 * All that one scrape shows: snapshots, ordered by family. Immutable once
 * built, reference-counted; holds a reference to each of its snapshots.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "model/snapshot.h"

/* A set in an exposition. */
struct exposition_part {
	const struct series_set *set;
	size_t snapshot; /* whose it is: index into the exposition's */
	uint8_t *hidden; /* bit i: slot i has the labels of an earlier series; NULL: none */
};

struct exposition_family {
	const struct family *family; /* of the first part */
	struct exposition_part *parts;
	size_t n_parts;
};

struct exposition {
	atomic_uint refs;
	struct snapshot **snapshots;
	size_t n_snapshots;
	struct exposition_family *families; /* in the order of their first set */
	size_t n_families;
	uint64_t *n_duplicates; /* for each snapshot: series hidden */
	atomic_bool revoked;	/* readers shall stop: its memory is wanted back */
};

/*
 * exposition_new() - merge snapshots.
 * @snapshots: in order of precedence; referenced, not taken.
 *
 * Of series of one family with the same labels, the first is shown.
 *
 * Return: one reference, or NULL without memory.
 */
struct exposition *exposition_new(struct snapshot *const *snapshots, size_t n);
struct exposition *exposition_ref(struct exposition *x);
void exposition_unref(struct exposition *x);
DEFINE_CLEANUP(exposition_unref, struct exposition *)

/* exposition_part_is_shown() - whether slot @i of the part is a series. */
static inline bool exposition_part_is_shown(const struct exposition_part *p, size_t i)
{
	return series_set_is_shown(p->set, i) &&
	       !(p->hidden && (p->hidden[i / 8] & (1U << (i % 8))));
}

#endif
