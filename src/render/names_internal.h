/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RENDER_NAMES_INTERNAL_H
#define RENDER_NAMES_INTERNAL_H

/* Names as a format's escaping has them. Functions return 0 or -ENOMEM. */
#include "model/snapshot.h"
#include "render/format.h"

/* names_append() - append a name, escaped, or in quotes where it needs them. */
int names_append(struct buf *b, const struct format *f, struct str name);

/*
 * names_unit() - a family's unit, if that is still how its name ends; else "".
 * @base: the name, escaped, less family_base_suffix().
 */
struct str names_unit(const struct family *family, struct str base);

/* names_append_labels() - append label text with its names written so. */
int names_append_labels(struct buf *b, const struct format *f, struct str labels);

/* names_differ() - whether names_append_labels() would change the names of these. */
bool names_differ(const struct format *f, const struct label_block *labels);

/*
 * names_slot_labels() - the text of a slot's own labels.
 * @differ: what names_differ() said.
 * @b:      where it is written if so.
 */
static inline int names_slot_labels(struct buf *b, const struct format *f,
				    const struct series_set *set, size_t slot, bool differ,
				    struct str *ret)
{
	int e = 0;

	*ret = set->labels ? label_block_text(set->labels, slot) : STR("");
	if (differ) {
		b->len = 0;
		e = names_append_labels(b, f, *ret);
		*ret = (struct str){b->data, b->len};
	}
	return e;
}

#endif
