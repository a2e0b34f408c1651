/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_LAYOUT_H
#define MODEL_LAYOUT_H

/*
 * The layout of a key or a value: a tree of fields with offsets, whether it
 * came from BTF or from a configuration. Plain data, owned by its root.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum field_kind {
	FIELD_UINT,
	FIELD_SINT,
	FIELD_BOOL,
	FIELD_ENUM,
	FIELD_FLOAT,
	FIELD_CHARS, /* char[n]: text up to the first NUL */
	FIELD_BYTES, /* bytes without a meaning of their own */
	FIELD_IPV4,  /* 4 bytes in network order */
	FIELD_IPV6,  /* 16 bytes */
	FIELD_MAC,   /* 6 bytes */
	FIELD_STRUCT,
	FIELD_UNION,
	FIELD_ARRAY, /* its one member is element 0 */
	FIELD_PAD,   /* in the layout, but no value: padding, locks, timers, kernel pointers */
};

struct enumerator {
	int64_t value;
	char *name;
};

struct field {
	char *name;	 /* NULL: anonymous, looked through; an array's element: NULL */
	char *type_name; /* as C writes it, without what follows the name; NULL: from the kind */
	enum field_kind kind;
	bool big_endian;
	uint8_t bit_offset;    /* bit fields: from the lowest bit of the number at `offset` */
	uint8_t bit_size;      /* 0: no bit field */
	uint32_t offset;       /* bytes from the start of the parent */
	uint32_t size;	       /* bytes, of the whole array if it is one */
	uint32_t n_elems;      /* arrays */
	struct field *members; /* structs, unions: all; arrays: one */
	uint32_t n_members;
	struct enumerator *enumerators; /* enums */
	uint32_t n_enumerators;
};

struct layout {
	struct field root; /* name NULL */
};

/* layout_new() - an empty struct. NULL without memory. */
struct layout *layout_new(void);
void layout_free(struct layout *l);
DEFINE_CLEANUP(layout_free, struct layout *)

/* field_add_member() - append a zeroed member; NULL without memory. Earlier member pointers become
 * invalid. */
struct field *field_add_member(struct field *parent);

/* field_done() - free what the field owns, recursively; leaves it zeroed. */
void field_done(struct field *f);

/* field_copy() - into @to, which owns nothing yet; half of it without memory. Return: 0 or -ENOMEM.
 */
int field_copy(const struct field *from, struct field *to);

/* layout_copy() - the copy of NULL is NULL. Return: 0 or -ENOMEM. */
int layout_copy(const struct layout *from, struct layout **ret_layout);

bool field_is_scalar(const struct field *f);

/*
 * field_element() - what the elements of an array are, or of bytes, each of
 * which is a number. NULL: it is neither.
 */
const struct field *field_element(const struct field *f, uint32_t *ret_n);

#define LAYOUT_MAX_STARS 2

/* Where a path leads: to one field, or with stars to all elements of arrays. */
struct layout_place {
	uint32_t offset; /* bytes from the start of the layout, of element 0 */
	uint32_t n_stars;
	struct {
		uint32_t n;	   /* elements, at least 1 */
		uint32_t stride;   /* bytes from one to the next */
	} stars[LAYOUT_MAX_STARS]; /* the outermost first */
};

/*
 * layout_find_each() - the field that a dotted path names.
 * @path:      "a.b", "counts.3", "counts.*"; "" is the root. Anonymous members
 *             are looked through. A `*` is each element of an array or of
 *             bytes, but not of text.
 * @ret_place: of an element i of the first star and j of the second:
 *             offset + i * stars[0].stride + j * stars[1].stride.
 *
 * A name with dots, as a function's static variable has, is one step of the
 * path; where names begin alike, the longest that fits counts.
 *
 * Return: the field, valid as long as the layout, or NULL: there is none, or
 *         there are more than LAYOUT_MAX_STARS stars.
 */
const struct field *layout_find_each(const struct layout *l, struct str path,
				     struct layout_place *ret_place);

/* layout_find() - the same for a path without stars. */
const struct field *layout_find(const struct layout *l, struct str path, uint32_t *ret_offset);

/*
 * layout_print() - append the layout as a C struct, offsets in comments.
 * @name: of the struct, "key" or "value".
 *
 * Return: 0 or -ENOMEM.
 */
int layout_print(const struct layout *l, const char *name, struct buf *out);

#endif
