// SPDX-License-Identifier: GPL-2.0-only
/*
 * Columns as wide as the first rows need, which are held back until then. A
 * later cell that is wider pushes the rest of its row.
 */
#include "dump_internal.h"

#define N_HELD 256

/* Characters, not bytes. */
static size_t width_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static void pad(struct out *o, size_t n)
{
	while (n--)
		out_char(o, ' ');
}

/* Numbers to the right, so that they compare; nothing after the last column. */
static void put_cell(struct dump *d, size_t i, struct str cell)
{
	const struct column *c = &d->columns[i];
	size_t width = width_of(cell), n = width < c->width ? c->width - width : 0;
	bool is_last = i + 1 == d->n_columns;

	if (column_is_number(c))
		pad(&d->out, n);
	out_str(&d->out, cell);
	if (!is_last)
		pad(&d->out, column_is_number(c) ? 2 : n + 2);
	else
		out_char(&d->out, '\n');
}

static void widen(struct column *c, struct str cell)
{
	size_t width = width_of(cell);

	if (c->width < width)
		c->width = width;
}

static struct str name_cell(struct dump *d, size_t i)
{
	d->cell.text.len = 0;
	out_text(&d->cell, str_of(d->columns[i].name), TEXT_TABLE);
	return (struct str){d->cell.text.data, d->cell.text.len};
}

static void begin(struct dump *d)
{
	for (size_t i = 0; i < d->n_columns; i++)
		widen(&d->columns[i], name_cell(d, i));
}

static void release(struct dump *d)
{
	const size_t *ends = (const size_t *)(const void *)d->held_ends.data;
	size_t n = d->held_ends.len / sizeof(*ends), start = 0;

	for (size_t i = 0; i < d->n_columns; i++)
		put_cell(d, i, name_cell(d, i));
	for (size_t i = 0, column = 0; i < n; i++) {
		put_cell(d, column, (struct str){d->held.text.data + start, ends[i] - start});
		start = ends[i];
		column = column + 1 < d->n_columns ? column + 1 : 0;
	}
	buf_done(&d->held.text);
	buf_done(&d->held_ends);
}

static void hold(struct dump *d, const struct row *row)
{
	for (size_t i = 0; i < d->n_columns; i++) {
		size_t start = d->held.text.len;

		column_write(&d->columns[i], row, TEXT_TABLE, &d->held);
		if (d->held.no_memory ||
		    buf_append(&d->held_ends, &d->held.text.len, sizeof(size_t)) < 0) {
			d->out.no_memory = true;
			return;
		}
		widen(&d->columns[i],
		      (struct str){d->held.text.data + start, d->held.text.len - start});
	}
}

static void write_row(struct dump *d, const struct row *row)
{
	if (d->n_rows < N_HELD) {
		hold(d, row);
		return;
	}
	if (d->n_rows == N_HELD)
		release(d);
	for (size_t i = 0; i < d->n_columns; i++) {
		d->cell.text.len = 0;
		column_write(&d->columns[i], row, TEXT_TABLE, &d->cell);
		put_cell(d, i, (struct str){d->cell.text.data, d->cell.text.len});
	}
}

static void end(struct dump *d, bool is_whole)
{
	(void)is_whole;
	if (d->n_rows <= N_HELD)
		release(d);
}

const struct dump_format dump_table = {begin, write_row, end};
