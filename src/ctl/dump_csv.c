// SPDX-License-Identifier: GPL-2.0-only
/* RFC 4180, with lines that end in \n. */
#include "dump_internal.h"

static void put_cell(struct out *o, struct str cell)
{
	bool quotes = false;

	for (size_t i = 0; i < cell.n && !quotes; i++)
		quotes = cell.p[i] == '"' || cell.p[i] == ',' || cell.p[i] == '\n' ||
			 cell.p[i] == '\r';
	if (!quotes) {
		out_str(o, cell);
		return;
	}
	out_char(o, '"');
	for (size_t i = 0; i < cell.n; i++) {
		if (cell.p[i] == '"')
			out_char(o, '"');
		out_char(o, cell.p[i]);
	}
	out_char(o, '"');
}

static struct str cell_text(const struct dump *d)
{
	return (struct str){d->cell.text.data ? d->cell.text.data : "", d->cell.text.len};
}

static void begin(struct dump *d)
{
	for (size_t i = 0; i < d->n_columns; i++) {
		if (i)
			out_char(&d->out, ',');
		d->cell.text.len = 0;
		out_text(&d->cell, str_of(d->columns[i].name), TEXT_PLAIN);
		put_cell(&d->out, cell_text(d));
	}
	out_char(&d->out, '\n');
}

static void write_row(struct dump *d, const struct row *row)
{
	for (size_t i = 0; i < d->n_columns; i++) {
		if (i)
			out_char(&d->out, ',');
		d->cell.text.len = 0;
		column_write(&d->columns[i], row, TEXT_PLAIN, &d->cell);
		put_cell(&d->out, cell_text(d));
	}
	out_char(&d->out, '\n');
}

static void end(struct dump *d, bool is_whole)
{
	(void)d;
	(void)is_whole;
}

const struct dump_format dump_csv = {begin, write_row, end};
