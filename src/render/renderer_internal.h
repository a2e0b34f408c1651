/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RENDER_RENDERER_INTERNAL_H
#define RENDER_RENDERER_INTERNAL_H

/*
 * What a format must know how to write. A render walks over families and their
 * parts; its renderer writes what belongs to each. What is appended to
 * `pending` leaves from there in pieces.
 */
#include "base/num.h"
#include "render/render.h"

/* What a media range may say of the format: another value, and it means another format. */
struct media_parameter {
	const char *name, *value;
};

struct renderer {
	const char *media_type;
	struct media_parameter parameters[3]; /* ends with a NULL name */
	const char *content_type;	      /* all but the escaping */
	/* Each returns 0 or -ENOMEM: */
	int (*begin_family)(struct render *r, const struct exposition_family *f);
	int (*begin_part)(struct render *r, const struct exposition_part *p);
	int (*end)(struct render *r); /* NULL: nothing is at the end */
	/*
	 * As many series from `slot` on as fit into @dst; 0 with something pending
	 * where not even one does. Where all are written, render_end_part().
	 *
	 * Return: the bytes written, or -ENOMEM.
	 */
	ssize_t (*write_part)(struct render *r, const struct exposition_part *p, char *dst,
			      size_t size);
};

/* All there are, the simpler first; ends with NULL. */
extern const struct renderer *const renderers[];

extern const struct renderer renderer_text, renderer_text_1_0_0, renderer_openmetrics,
	renderer_protobuf;

/* Lines of a slot that are no value and no bucket. */
enum line_kind { LINE_SUM, LINE_COUNT, LINE_CREATED };

/* A bucket's line: its bound, and which cells are added up to it. */
struct line_bucket {
	size_t end;	 /* the cell after its last */
	size_t le, n_le; /* in `bounds`: `le="0.5"} ` */
};

/* What the formats of lines keep of the part that is written. */
struct lines {
	struct buf prefix; /* `name{constant="labels",` */
	size_t n_base;	   /* bytes of it: the name without _total */
	size_t n_name;	   /* bytes of it: the name */
	struct buf bounds;
	struct line_bucket *buckets;
	size_t n_first;		  /* lines with a value or bucket, a slot */
	enum line_kind others[3]; /* the lines after them */
	size_t n_lines;		  /* all of them */
	size_t line;		  /* of the slot */
	size_t line_max;	  /* bytes of a line without the slot's labels */
	struct buf labels;	  /* the slot's, where they are not written as they are kept */
	uint64_t created_ns;
	bool renames_labels;
	bool in_braces; /* its series have labels, or a name in quotes */
	bool is_plain;	/* one number of 64 bits a slot, as it is: the usual case */
	int128 total;	/* of a histogram's buckets so far */
};

/* What protobuf keeps of the part that is written: encoded fields. */
struct message {
	struct buf constant; /* the labels that its series share */
	struct buf start;    /* the time at which its series began */
	struct buf metric;   /* the series */
	struct buf sample;   /* its numbers */
	size_t sample_max;   /* bytes of both, less the labels */
	struct buf labels;   /* label text, where names are not written as they are kept */
	bool renames_labels;
};

struct render {
	struct format format;
	struct exposition *exposition;
	size_t family, part, slot;
	bool in_family; /* it is begun */
	bool in_part;
	bool has_ended;
	struct buf pending;
	size_t pending_taken;
	struct lines lines;
	struct message message;
};

static inline void render_end_part(struct render *r)
{
	r->part++;
	r->in_part = false;
}

#endif
