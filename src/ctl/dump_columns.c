// SPDX-License-Identifier: GPL-2.0-only
#include "dump_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/num.h"

static int add_column(struct dump *d, const char *name, const struct column *like)
{
	struct column *columns = realloc(d->columns, (d->n_columns + 1) * sizeof(*columns));

	if (!columns)
		return -ENOMEM;
	d->columns = columns;
	columns[d->n_columns] = *like;
	columns[d->n_columns].name = strdup(name);
	if (!columns[d->n_columns].name)
		return -ENOMEM;
	d->n_columns++;
	return 0;
}

/* The leaves of a shape; what it is called so far is in @name. */
static int add_leaves(struct dump *d, enum part part, const struct shape *s, uint32_t offset,
		      struct buf *name)
{
	const struct column leaf = {.part = part, .shape = s, .offset = offset};
	size_t n = name->len;
	int r = 0;

	if (s->kind != SHAPE_STRUCT)
		return buf_string(name) ? add_column(d, name->data, &leaf) : -ENOMEM;
	for (size_t i = 0; r == 0 && i < s->n_members; i++) {
		const struct shape *m = &s->members[i];

		r = buf_printf(name, ".%s", m->field->name);
		if (r == 0)
			r = add_leaves(d, part, m, offset + m->offset, name);
		name->len = n;
	}
	return r;
}

static int add_part(struct dump *d, enum part part, const char *called, const struct shape *s)
{
	_cleanup_buf_ struct buf name = BUF_INIT;

	return buf_puts(&name, called) < 0 ? -ENOMEM : add_leaves(d, part, s, 0, &name);
}

int columns_init(struct dump *d)
{
	int r = d->has_key ? add_part(d, PART_KEY, "key", &d->key) : 0;

	if (r == 0 && d->each_cpu)
		r = add_column(d, "cpu", &(struct column){.part = PART_CPU});
	return r < 0 ? r : add_part(d, PART_VALUE, "value", &d->value);
}

void columns_done(struct dump *d)
{
	for (size_t i = 0; i < d->n_columns; i++)
		free(d->columns[i].name);
	free(d->columns);
}

bool column_is_number(const struct column *c)
{
	return !c->shape || shape_is_number(c->shape);
}

void column_write(const struct column *c, const struct row *row, enum text_style style,
		  struct out *o)
{
	struct reading at = c->part == PART_KEY ? row->key : row->value;
	char text[NUM_TEXT_MAX];

	if (c->part == PART_CPU) {
		out_put(o, text, num_write_u64(text, row->cpu));
		return;
	}
	at.p += c->offset;
	value_write_cell(c->shape, at, style, o);
}
