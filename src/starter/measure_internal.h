/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STARTER_MEASURE_INTERNAL_H
#define STARTER_MEASURE_INTERNAL_H

/* What a number counts or measures, and in what unit, from its name and type. */
#include <stdbool.h>

#include "model/layout.h"
#include "starter/words.h"

struct measure {
	bool is_counter;   /* else a gauge */
	bool is_timestamp; /* of a clock that the kernel has */
	const char *clock; /* timestamps: as the configuration names it; NULL: the Unix one */
	const char *scale; /* as the configuration writes it; NULL: none */
	const char *unit;  /* "seconds", "bytes", "timestamp_seconds"; NULL: none */
	const char *guess; /* what is only guessed; NULL: nothing */
	struct words name; /* without what says the unit, and that it counts */
};

struct measured {
	const char *name; /* of the field, or for a lone number of its map */
	bool is_map;	  /* the latter */
	bool is_per_cpu;  /* each CPU has one */
};

/* measure_of() - of a field that is a number. */
void measure_of(const struct field *f, const struct measured *what, struct measure *ret);

/* measure_is_counted() - whether the name is one of things that are counted. */
bool measure_is_counted(const char *name);

/* measure_is_state() - whether it is one of how things are. */
bool measure_is_state(const char *name);

#endif
