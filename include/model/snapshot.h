/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

/*
 * What one pass over a map produced: columns, not objects.
 *
 * A snapshot is a list of series sets, one a metric. A set names its family,
 * carries the label text that all of its series share, and points to a label
 * block (one text a series) and a column of values. Sets with the same labels
 * share one block; so do successive snapshots while the keys stay the same.
 *
 * A snapshot owns everything it points to and is immutable once published:
 * any number of threads may read it, each holding a reference.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/num.h"
#include "model/family.h"

/*
 * The label text of n series: `a="1",b="2"`, escaped, without braces. A name
 * that is no str_is_name() is in quotes, too: `"my.a"="1"`.
 */
struct label_block {
	atomic_uint refs;
	size_t n;
	char *text;
	uint64_t *ends; /* n: series i is text[i ? ends[i-1] : 0 … ends[i]) */
	struct buf
		raw_keys; /* n raw map keys, while the text follows from them alone; else empty */
};

struct label_block *label_block_new(void);
struct label_block *label_block_ref(struct label_block *b);
void label_block_unref(struct label_block *b);
DEFINE_CLEANUP(label_block_unref, struct label_block *)

static inline struct str label_block_text(const struct label_block *b, size_t i)
{
	uint64_t start = i ? b->ends[i - 1] : 0;

	return (struct str){.p = b->text + start, .n = b->ends[i] - start};
}

enum column_kind { COLUMN_U64, COLUMN_S64, COLUMN_DOUBLE };

/*
 * n values, each 64 bits as its kind says. Sums may need more: then `high`
 * holds the upper halves of 128-bit two's complement numbers, else it is NULL.
 */
struct column {
	enum column_kind kind;
	uint64_t *low;
	int64_t *high;
};

/*
 * The upper bounds of a histogram's buckets, the last one, +Inf, left out.
 * Immutable.
 *
 * A native histogram can be made of them where is_native: the first bucket is
 * its zero bucket, whose width the first bound is, and the others end with
 * powers of two that follow each other.
 */
struct bounds {
	atomic_uint refs;
	size_t n;
	char **le;     /* n numbers as text, exactly, ascending */
	double *upper; /* the doubles nearest to them */
	bool is_native;
};

/* bounds_new() - takes @le and its @n texts, also on failure. NULL without memory. */
struct bounds *bounds_new(char **le, size_t n, bool is_native);
struct bounds *bounds_ref(struct bounds *b);
void bounds_unref(struct bounds *b);
DEFINE_CLEANUP(bounds_unref, struct bounds *)

/* bounds_equal() - whether both are the same numbers and as native, or both are NULL. */
bool bounds_equal(const struct bounds *a, const struct bounds *b);

/*
 * The series of one metric, a slot each, and what their values are:
 *
 *	counter, gauge, info  values: 1 a slot
 *	  as an average       also counts: 1 a slot; the value is their quotient
 *	histogram             values: bounds->n + 1 a slot, how many fell into each
 *	                      bucket, not added up; sums: 1 a slot, where has_sum
 *	summary               values: 1 a slot, the count; sums: 1 a slot
 */
struct series_set {
	struct family *family;	    /* one reference */
	char *const_labels;	    /* label text all series share, "" if none */
	struct label_block *labels; /* one reference; NULL: no label of its own, n is 0 or 1 */
	struct column values;
	struct column sums;
	uint64_t *counts;      /* NULL: no averages */
	struct bounds *bounds; /* histograms: one reference */
	size_t width;	       /* values a slot */
	bool has_sum;
	size_t n;	    /* slots */
	size_t n_shown;	    /* series: n less those that skip_zero hides */
	bool skip_zero;	    /* a slot whose values are all 0 is no series */
	bool is_carried;    /* what entries counted that are gone, and maps, goes on in it */
	struct scale scale; /* of the value; of a histogram or summary: of its sum */
};

struct snapshot {
	atomic_uint refs;
	uint64_t start_wall_ns;	  /* what it counts was 0 then, since the Unix epoch; 0: unknown */
	uint64_t carried_wall_ns; /* the same of sets that are carried */
	struct series_set *sets;
	size_t n_sets;
};

/* snapshot_new() - @n_sets zeroed sets, one reference. NULL without memory. */
struct snapshot *snapshot_new(size_t n_sets);
struct snapshot *snapshot_ref(struct snapshot *s);
void snapshot_unref(struct snapshot *s);
DEFINE_CLEANUP(snapshot_unref, struct snapshot *)

/* column_is_zero() - whether @n values from @first on are all 0. */
static inline bool column_is_zero(const struct column *c, size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		if (c->low[i] || (c->high && c->high[i]))
			return false;
	return true;
}

/* series_set_start_ns() - when what it counts was 0, since the Unix epoch; 0: unknown. */
static inline uint64_t series_set_start_ns(const struct snapshot *s, const struct series_set *set)
{
	return set->is_carried ? s->carried_wall_ns : s->start_wall_ns;
}

/* series_set_is_shown() - whether slot @i is a series. */
static inline bool series_set_is_shown(const struct series_set *set, size_t i)
{
	return !set->skip_zero || !column_is_zero(&set->values, i * set->width, set->width);
}

/* A value that is no double, in full. */
static inline int128 column_int(const struct column *c, size_t i)
{
	if (c->high)
		return (int128)(((unsigned __int128)(uint64_t)c->high[i] << 64) | c->low[i]);
	return c->kind == COLUMN_S64 ? (int128)(int64_t)c->low[i] : (int128)c->low[i];
}

/*
 * label_append() - append `name="value"` to label text, after a comma if
 * there is text already. Escapes; a byte that is no valid UTF-8 becomes
 * U+FFFD.
 *
 * Return: 0 or -ENOMEM.
 */
int label_append(struct buf *text, struct str name, struct str value);

/* label_escape() - append only the escaped value. Return: 0 or -ENOMEM. */
int label_escape(struct buf *text, struct str value);

/* label_append_name() - append only the name, in quotes where it needs them. Return: the same. */
int label_append_name(struct buf *text, struct str name);

/*
 * label_next() - walk over label text.
 * @rest:      what is left; starts as the whole text.
 * @ret_name:  the label's name, without its quotes, still escaped.
 * @ret_value: its value, still escaped.
 *
 * Return: whether there was one.
 */
bool label_next(struct str *rest, struct str *ret_name, struct str *ret_value);

/* label_unescape() - write at @dst what label_escape() was given. Return: bytes, at most escaped.n.
 */
size_t label_unescape(char *dst, struct str escaped);

#endif
