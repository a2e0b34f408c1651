/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SUPPORT_FIELDS_H
#define SUPPORT_FIELDS_H

/* Layouts made by hand, field by field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/layout.h"

static inline struct field *add(struct field *parent, const char *name, enum field_kind kind,
				uint32_t offset, uint32_t size)
{
	struct field *f = field_add_member(parent);

	assert_non_null(f);
	f->name = name ? strdup(name) : NULL;
	f->kind = kind;
	f->offset = offset;
	f->size = size;
	return f;
}

/* Return: its element. */
static inline struct field *add_array(struct field *parent, const char *name, uint32_t offset,
				      uint32_t n, enum field_kind kind, uint32_t size)
{
	struct field *f = add(parent, name, FIELD_ARRAY, offset, n * size);

	f->n_elems = n;
	return add(f, NULL, kind, 0, size);
}

#endif
