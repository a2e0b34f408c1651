/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLLECT_PARKING_INTERNAL_H
#define COLLECT_PARKING_INTERNAL_H

/* Instances of a configured map whose pins are gone, and what they had counted. */
#include "decode/merger.h"
#include "instance_internal.h"

#define PARKING_MAX 4096

struct parking {
	struct instance *instances[PARKING_MAX]; /* owned, closed; the oldest first */
	size_t n, max;
	size_t n_accounts; /* of all that wait */
	/* `instances: sum`: what those had counted that had to leave; NULL: nothing yet. */
	struct snapshot *residue;
	struct plan *residue_plan;
	uint64_t n_dropped,
		n_folded; /* series for which the residue had no room; the sum's to tell */
};

void parking_init(struct parking *p);
void parking_done(struct parking *p);

/* parking_add() - takes @i, whose pin is gone. Return: 0, or -ENOMEM: then nothing has changed. */
int parking_add(struct parking *p, struct instance *i);

/* parking_leave() - what @i has counted of a map that its pin does not name any more. Return: as
 * above. */
int parking_leave(struct parking *p, struct instance *i);

/*
 * parking_adopt() - where the map that @i, which has no carry, has open and
 * planned is one of a parked instance, or in a sum of another one, what that
 * one counted becomes @i's. Else nothing changes.
 */
void parking_adopt(struct parking *p, struct instance *i);

/* parking_merge() - all that was counted, to a sum of instances. Return: 0 or -ENOMEM. */
int parking_merge(const struct parking *p, struct merger *m);

#endif
