/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CONFIG_CLASHES_INTERNAL_H
#define CONFIG_CLASHES_INTERNAL_H

/* Names as the schemes write them, and those that are one in some scheme. */
#include "base/escaping.h"
#include "schema_internal.h"

/* name_escape() - @name in @b, emptied first. NULL without memory (noted). */
const char *name_escape(struct parser *p, struct buf *b, enum escaping scheme, const char *name);

/*
 * name_begins() - whether @name, as it is or escaped, begins with @prefix.
 * @b:          what it is then.
 * @ret_scheme: the scheme.
 */
bool name_begins(struct parser *p, const char *name, const char *prefix, struct buf *b,
		 enum escaping *ret_scheme);

/* What of a metric is called so. The first of all is its name, the last two it can do without. */
enum claim_kind {
	CLAIM_NAME,
	CLAIM_COUNT,
	CLAIM_SUM,
	CLAIM_BUCKET,
	CLAIM_FAMILY, /* in OpenMetrics, where it is not the name */
	CLAIM_CREATED,
};

struct claims;

/* claims_add() - the owner shows what is called @name and then @suffix. */
void claims_add(struct claims *c, size_t owner, enum claim_kind kind, struct str name,
		const char *suffix);

/* Two owners that show one name. */
struct clash {
	size_t later, first;
	enum claim_kind later_kind, first_kind;
	enum escaping scheme;
	const char *text;
};

/* Owners of names, each another one, numbered as they come in the files. */
struct claimants {
	size_t n;
	const char *(*name)(const void *arg, size_t i);
	/* Of owner @i, whose name the scheme writes @name. */
	void (*claim)(const void *arg, size_t i, struct str name, struct claims *c);
	void (*tell)(void *arg, const struct clash *clash);
	/* What owner @i can do without is what another one shows. NULL: there is no such claim. */
	void (*crowd)(void *arg, size_t i);
	void *arg;
};

/* clashes_tell() - of each two owners once, unless one of them can do without. */
void clashes_tell(struct parser *p, const struct claimants *of);

#endif
