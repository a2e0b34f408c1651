/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_FAMILY_H
#define MODEL_FAMILY_H

/* A metric family: one name, one type, one help. Immutable, reference-counted. */
#include <stdatomic.h>

#include "base/cleanup.h"

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
	char *name;
	char *help; /* unescaped, maybe "" */
};

/* family_new() - one reference, texts copied. NULL without memory. */
struct family *family_new(const char *name, enum family_type type, const char *help);
struct family *family_ref(struct family *f);
void family_unref(struct family *f);
DEFINE_CLEANUP(family_unref, struct family *)

#endif
