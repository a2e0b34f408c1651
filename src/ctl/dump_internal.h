/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CTL_DUMP_INTERNAL_H
#define CTL_DUMP_INTERNAL_H

/*
 * Entries as text. A layout becomes a tree of shapes once: without padding,
 * with anonymous members looked through, each field's meaning decided. JSON
 * follows the tree; a table and CSV have a column for each of its leaves.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "ctl/commands.h"
#include "model/layout.h"
#include "model/map_info.h"

/* Text that grows. Running out of memory is looked at once a row, not after each word. */
struct out {
	struct buf text;
	bool no_memory;
};

static inline void out_put(struct out *o, const char *p, size_t n)
{
	if (buf_append(&o->text, p, n) < 0)
		o->no_memory = true;
}

static inline void out_str(struct out *o, struct str s)
{
	out_put(o, s.p, s.n);
}

static inline void out_char(struct out *o, char c)
{
	out_put(o, &c, 1);
}

enum text_style {
	TEXT_PLAIN, /* as it is; what is no UTF-8 is replaced, here as below */
	TEXT_TABLE, /* nothing that a terminal would obey */
	TEXT_JSON,  /* a JSON string, with its quotes */
};

void out_text(struct out *o, struct str s, enum text_style style);

enum shape_kind {
	SHAPE_UINT,
	SHAPE_SINT,
	SHAPE_FLOAT,
	SHAPE_BOOL,
	SHAPE_ENUM,
	SHAPE_TEXT,
	SHAPE_HEX,
	SHAPE_IP,
	SHAPE_MAC,
	SHAPE_STRUCT, /* and unions: all members */
	SHAPE_ARRAY,
};

struct shape {
	enum shape_kind kind;
	const struct field *field; /* of the layout, which must live as long */
	uint32_t offset;	   /* from the start of the shape that it is in */
	bool is_name;		   /* a number that names something, and is not added up */
	struct shape *members;	   /* structs: all, named; arrays: one, of element 0 */
	size_t n_members;
};

/* shape_init() - of a whole key or value. Return: 0 or -ENOMEM. */
int shape_init(struct shape *s, const struct layout *l);
void shape_done(struct shape *s);

static inline bool shape_is_number(const struct shape *s)
{
	return s->kind == SHAPE_UINT || s->kind == SHAPE_SINT || s->kind == SHAPE_FLOAT;
}

/* Where a value is read: of one CPU, or of all. */
struct reading {
	const uint8_t *p;
	uint32_t n_cpus; /* whose numbers are added, modulo 2^64 */
	uint32_t stride; /* bytes from one CPU's to the next */
	size_t speaker;	 /* bytes to the CPU that has what cannot be added */
};

/* reading_sum() - all CPUs of an entry; the first whose @size bytes are not all zero speaks. */
struct reading reading_sum(const uint8_t *values, uint32_t n_cpus, uint32_t stride, uint32_t size);

/* value_write_json() - @cut: long arrays and bytes are, with a mark that says how much is missing.
 */
void value_write_json(const struct shape *s, struct reading at, bool cut, struct out *o);

/* value_write_cell() - the same for a cell; @style is not TEXT_JSON. Arrays are JSON there too. */
void value_write_cell(const struct shape *s, struct reading at, enum text_style style,
		      struct out *o);

/* What is written: an entry, or one CPU of it. */
struct row {
	struct reading key, value;
	uint32_t cpu;
};

enum part { PART_KEY, PART_CPU, PART_VALUE };

struct column {
	char *name; /* "key", "key.a.b", "cpu", "value.x" */
	enum part part;
	const struct shape *shape; /* NULL: of the CPU */
	uint32_t offset;	   /* from the start of the part */
	size_t width;		   /* of the table's, in characters */
};

struct dump {
	struct shape key, value;
	bool has_key;  /* a program's globals have none that says anything */
	bool each_cpu; /* a row each */
	struct column *columns;
	size_t n_columns;
	struct out out;
	uint64_t n_rows;
	struct out held; /* cells of a table's first rows, whose ends are in held_ends (size_t) */
	struct buf held_ends;
	struct out cell; /* scratch */
};

/* columns_init() - of has_key, each_cpu and the shapes. Return: 0 or -ENOMEM. */
int columns_init(struct dump *d);
void columns_done(struct dump *d);

bool column_is_number(const struct column *c);

/* column_write() - the cell of this column. */
void column_write(const struct column *c, const struct row *row, enum text_style style,
		  struct out *o);

struct dump_format {
	void (*begin)(struct dump *d);
	void (*row)(struct dump *d, const struct row *row);
	void (*end)(struct dump *d, bool is_whole);
};

extern const struct dump_format dump_table, dump_json, dump_csv;

#endif
