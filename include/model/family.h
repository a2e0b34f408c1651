/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_FAMILY_H
#define MODEL_FAMILY_H

/* A metric family: one name, one type, one help. Immutable, reference-counted. */
#include <stdatomic.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/str.h"

enum family_type {
	FAMILY_COUNTER,
	FAMILY_GAUGE,
	FAMILY_HISTOGRAM,
	FAMILY_SUMMARY,
	FAMILY_INFO,
};

struct family {
	atomic_uint refs;
	enum family_type type;
	bool is_crowded; /* another family is called as this one would be without the end of its
			    name, or its time of creation */
	char *name;
	char *help; /* unescaped, maybe "" */
};

/*
 * family_base_suffix() - bytes at the end of the name that are the type's and
 * not the family's, where a format tells them apart: `_total`, `_info`, or 0.
 */
size_t family_base_suffix(const struct family *f);

/*
 * family_unit() - what its values are counted in, as the name says before that
 * suffix: seconds, bytes, another base unit, or "".
 */
struct str family_unit(const struct family *f);

/* family_new() - one reference, texts copied. NULL without memory. */
struct family *family_new(const char *name, enum family_type type, const char *help);
struct family *family_ref(struct family *f);
void family_unref(struct family *f);
DEFINE_CLEANUP(family_unref, struct family *)

#endif
