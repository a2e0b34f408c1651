// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots come as lists of sets; the formats want all sets of a family
 * together. So the sets are gathered by family name, in the order in which
 * the names are first met, by a small table of name hashes.
 */
#include "exposition_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct name_table {
	size_t *slots; /* family index + 1; 0: empty */
	size_t mask;
};

static size_t count_sets(struct snapshot *const *snapshots, size_t n)
{
	size_t n_sets = 0;

	for (size_t i = 0; i < n; i++)
		n_sets += snapshots[i]->n_sets;
	return n_sets;
}

static size_t *find_slot(const struct exposition *x, const struct name_table *t, const char *name)
{
	size_t i = XXH3_64bits(name, strlen(name)) & t->mask;

	while (t->slots[i] && strcmp(x->families[t->slots[i] - 1].family->name, name) != 0)
		i = (i + 1) & t->mask;
	return &t->slots[i];
}

static int family_add_part(struct exposition_family *f, size_t snapshot,
			   const struct series_set *set)
{
	struct exposition_part *parts;

	/* Grows at powers of two; the count says where it stands. */
	if (!(f->n_parts & (f->n_parts - 1))) {
		parts = realloc(f->parts, (f->n_parts ? f->n_parts * 2 : 1) * sizeof(*parts));
		if (!parts)
			return -ENOMEM;
		f->parts = parts;
	}
	f->parts[f->n_parts++] = (struct exposition_part){.set = set, .snapshot = snapshot};
	return 0;
}

static int gather(struct exposition *x, const struct name_table *t)
{
	for (size_t i = 0; i < x->n_snapshots; i++) {
		for (size_t j = 0; j < x->snapshots[i]->n_sets; j++) {
			const struct series_set *set = &x->snapshots[i]->sets[j];
			size_t *slot = find_slot(x, t, set->family->name);

			if (!*slot) {
				x->families[x->n_families].family = set->family;
				*slot = ++x->n_families;
			}
			if (family_add_part(&x->families[*slot - 1], i, set) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static int gather_families(struct exposition *x)
{
	size_t n_sets = count_sets(x->snapshots, x->n_snapshots), size = 16;
	struct name_table t;
	int r;

	while (size < 2 * n_sets)
		size *= 2;
	x->families = calloc(n_sets ? n_sets : 1, sizeof(*x->families));
	t = (struct name_table){.slots = calloc(size, sizeof(*t.slots)), .mask = size - 1};
	r = x->families && t.slots ? gather(x, &t) : -ENOMEM;
	free(t.slots);
	return r;
}

static size_t count_bits(const uint8_t *bits, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; bits && i < (n + 7) / 8; i++)
		count += (size_t)__builtin_popcount(bits[i]);
	return count;
}

static int hide_duplicates(struct exposition *x)
{
	for (size_t i = 0; i < x->n_families; i++) {
		struct exposition_family *f = &x->families[i];

		if (family_hide_duplicates(f) < 0)
			return -ENOMEM;
		for (size_t j = 0; j < f->n_parts; j++) {
			const struct exposition_part *p = &f->parts[j];

			if (p->hidden)
				x->n_duplicates[p->snapshot] += count_bits(p->hidden, p->set->n);
		}
	}
	return 0;
}

struct exposition *exposition_new(struct snapshot *const *snapshots, size_t n)
{
	_cleanup_(exposition_unrefp) struct exposition *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	atomic_init(&x->refs, 1);
	atomic_init(&x->revoked, false);
	x->snapshots = calloc(n ? n : 1, sizeof(*x->snapshots));
	x->n_duplicates = calloc(n ? n : 1, sizeof(*x->n_duplicates));
	if (!x->snapshots || !x->n_duplicates)
		return NULL;
	for (size_t i = 0; i < n; i++)
		x->snapshots[i] = snapshot_ref(snapshots[i]);
	x->n_snapshots = n;
	if (gather_families(x) < 0 || hide_duplicates(x) < 0)
		return NULL;
	return take_ptr(x);
}

struct exposition *exposition_ref(struct exposition *x)
{
	atomic_fetch_add(&x->refs, 1);
	return x;
}

void exposition_unref(struct exposition *x)
{
	if (!x || atomic_fetch_sub(&x->refs, 1) != 1)
		return;
	for (size_t i = 0; i < x->n_families; i++) {
		for (size_t j = 0; j < x->families[i].n_parts; j++)
			free(x->families[i].parts[j].hidden);
		free(x->families[i].parts);
	}
	for (size_t i = 0; i < x->n_snapshots; i++)
		snapshot_unref(x->snapshots[i]);
	free(x->families);
	free(x->snapshots);
	free(x->n_duplicates);
	free(x);
}
