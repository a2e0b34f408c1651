/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_PLAN_INTERNAL_H
#define DECODE_PLAN_INTERNAL_H

/*
 * The inside of a plan: metrics and label groups.
 *
 * A metric takes numbers out of each element of an entry: one, or as many as a
 * histogram has slots. An entry has as many elements as the arrays that the
 * metric's paths go through with `*`, for each CPU where CPUs are told apart.
 *
 * Metrics whose labels are the same, but for constant ones, and which look at
 * the same elements of the same entries, share a group: its label text is
 * written once an element, and is one label block of the snapshot.
 */
#include <errno.h>
#include <stdatomic.h>

#include "decode/plan.h"
#include "decoder_internal.h"
#include "model/snapshot.h"
#include "reader_internal.h"
#include "series_internal.h"

/* A field as text: of a label, or of a condition that compares text. */
struct text_step {
	struct operand operand;
	bool is_number;	  /* the operand's; else the bytes at its offset */
	bool is_computed; /* decoders see the computed number's bytes, not the memory's */
	bool has_length;
	uint32_t n_bytes;
	struct operand length; /* what datum.length is */
	struct decoder_chain chain;
};

struct label_step {
	char *lead; /* `name="`, after the first with `",` before it */
	size_t lead_n;
	struct text_step text;
};

/* A number range or a text that a field is compared with. */
struct match {
	int128 first, last;
	double low, high; /* of floating-point fields */
	char *text;	  /* owned; NULL: the range */
};

struct condition {
	struct text_step step;
	bool is_text;
	bool is_decided; /* when compiled: the field is a constant */
	bool decision;
	bool is_negated;
	struct match *matches;
	size_t n_matches;
};

/* How many elements an entry has, for each `*`; 0: no such `*`, and one element. */
struct domain {
	uint32_t n[2];
	bool is_incomplete; /* a path was wrong, as has been said */
};

struct label_group {
	const struct config_metric *config; /* while compiling: its first metric */
	struct domain own_domain;	    /* of its metrics' values */
	struct label_step *steps;
	size_t n_steps;
	struct buf other; /* the label text of what is over the limit; empty without steps */
	struct condition *conditions;
	size_t n_conditions;
	struct domain domain;
	bool each_cpu;
	bool is_unique;	     /* no two elements have the same text: no table is needed */
	bool is_shareable;   /* text follows from the key alone, forever */
	bool may_leave_out;  /* a label says so (keep, drop) at some entries */
	bool is_left_out;    /* a constant label or condition says so: no entry counts */
	bool adds_entries;   /* several entries are one series, so that it outlives each of them */
	bool has_ledger;     /* of counters for which that is so */
	bool has_book;	     /* else, of the counters in its `other`: see builder_other.c */
	bool tells_elements; /* the elements of an entry may have different labels */
	bool skips_zero;     /* of a metric with skip_zero, where entries are added */
	bool hides_zero;     /* some metric has skip_zero */
	bool is_set;	     /* only there with an entry; matters without steps */
	size_t *metrics;     /* indexes into plan.metrics */
	size_t n_metrics;
};

/* One number of an element, or a row of them. */
struct input {
	struct operand operand;
	enum column_kind column;
	uint32_t n;
	uint32_t stride; /* bytes from one of the row to the next */
	bool is_transformed;
	int64_t factor; /* number * factor + offset */
	int64_t offset;
	enum config_clock clock;
	struct scale unit; /* of a time */
};

/* Which bucket a slot of a histogram counts in. */
struct slots {
	int64_t offset; /* subtracted from the number of a slot */
	uint32_t n;	/* cells with an upper bound; cell n is +Inf */
	bool has_zero;	/* cell 0 holds slot -1 */
	int64_t *keys;	/* explicit: the slot of cell i; NULL: i */
	bool has_sum;	/* slot number `sum` is the sum */
	uint32_t sum;
	struct operand slot; /* of slots in the key */
	uint32_t *cells;     /* of slots in an array: one for each, or CELL_SUM */
};

#define CELL_SUM UINT32_MAX

struct plan_metric {
	struct family *family;
	enum config_metric_type type;
	char *const_labels;
	size_t group;
	bool is_set;	/* equal labels do not add: info */
	bool is_simple; /* an entry is one element, with one number: most are */
	bool skip_zero;
	enum config_cpu cpu;
	enum config_aggregate aggregate;
	struct input inputs[2]; /* the value, the counts of the slots, or the count; then the sum */
	size_t n_inputs;
	size_t n_numbers; /* of an element */
	size_t n_elements;
	size_t first;	     /* its first number among those of an entry */
	uint32_t n_index[2]; /* elements of each array, at least 1 */
	size_t width;	     /* values a slot of the snapshot */
	bool has_sum;
	struct slots slots; /* histograms */
	struct bounds *bounds;
	struct scale scale;
};

static inline bool metric_never_falls(enum config_metric_type type)
{
	return type == CONFIG_COUNTER || type == CONFIG_HISTOGRAM || type == CONFIG_SUMMARY;
}

struct plan {
	atomic_uint refs;
	uint32_t key_size, value_size, value_stride, n_cpus;
	uint64_t layout_hash;
	bool is_per_cpu;
	bool is_drained;
	bool is_queue;
	bool looks_at_value; /* labels or conditions do */
	uint8_t *seen;	  /* of a queue: the bits of the value that labels and conditions look at */
	bool needs_carry; /* some group has a ledger or a book */
	bool is_simple;	  /* each entry is one element for each group */
	size_t n_numbers; /* of an entry */
	struct plan_metric *metrics;
	size_t n_metrics;
	struct label_group *groups;
	size_t n_groups;
};

/* Where a configured field lies. */
struct resolved {
	enum { AT_KEY, AT_VALUE, AT_NUMBER, AT_TEXT } where;
	const struct field *field; /* key, value */
	struct layout_place place;
	enum origin origin; /* AT_NUMBER */
	uint64_t constant;  /* its, if it is one */
	const char *text;   /* AT_TEXT; the input's */
};

struct resolver {
	const struct plan_input *in;
	const struct layout *key, *value; /* NULL: not known; a queue has no key */
	struct problems *problems;
};

/* Of two results, what a caller must know: all mistakes in one run, but for lack of memory. */
static inline int plan_worse(int r, int next)
{
	return !r || next == -ENOMEM ? next : r;
}

/* resolve_field() - Return: 0, or -EINVAL or -ENOMEM with a message in the resolver's problems. */
int resolve_field(const struct resolver *r, const struct config_expr *expr, struct resolved *ret);

/*
 * resolve_selector() - the field of a label, a condition or a slot: what tells
 * entries apart. Of a queue's events it is in the key that plan_totals_key()
 * makes of them, at the same place.
 *
 * Return: as resolve_field(), -EINVAL also where a drain adds up the field.
 */
int resolve_selector(const struct resolver *r, const struct config_expr *expr,
		     struct resolved *ret);

/* plan_find_seen() - which bits of a queue's events tell them apart. Return: 0 or -ENOMEM. */
int plan_find_seen(struct plan *p);

/* operand_init() - for a number, or a scalar field of at most 8 bytes. */
void operand_init(struct operand *o, const struct resolved *at, const struct config_expr *expr);

/* field_fits_reader() - whether it is a number of at most 8 bytes. */
bool field_fits_reader(const struct field *f);

/* "a struct: name one of its fields": what a field is that is no number. */
const char *field_refusal(const struct field *f);

/*
 * domain_join() - add the elements that a path goes through.
 *
 * Return: 0, or -EINVAL with a message where another path has other numbers of them.
 */
int domain_join(struct domain *d, const struct resolver *r, const struct config_expr *expr,
		const struct resolved *at);

/* The number of elements: 1 without stars. */
size_t domain_n(const struct domain *d);

/* plan_add_values() - compile what a metric's numbers are; @domain: of their paths. */
int plan_add_values(struct plan *p, const struct resolver *r, size_t metric_index,
		    struct domain *domain);

/* plan_add_slots() - compile a histogram's slots and bounds. */
int plan_add_slots(struct plan_metric *m, const struct resolver *r, const struct config_metric *c,
		   struct domain *domain);

/*
 * plan_add_labels() - compile a metric's labels: its constant text, and the
 * group, new or shared, that it belongs to.
 */
int plan_add_labels(struct plan *p, const struct resolver *r, size_t metric_index,
		    const struct domain *own_domain);

void label_group_done(struct label_group *g);

/* text_step_init() - the field of a label, with what it decodes. */
int text_step_init(struct text_step *s, const struct resolver *r, const struct config_label *l,
		   struct domain *domain);

/* text_step_write() - append its text. Return: 0, DECODER_LEAVE_OUT, -ENOMEM. */
int text_step_write(const struct text_step *s, const struct cursor *at,
		    struct decoder_scratch *scratch, struct buf *out);

/* group_add_conditions() - compile those of the group's first metric. */
int group_add_conditions(struct label_group *g, const struct resolver *r);
void condition_done(struct condition *c);

/* conditions_hold() - Return: 1, 0, or -ENOMEM. */
int conditions_hold(const struct label_group *g, const struct cursor *at,
		    struct decoder_scratch *scratch);

/*
 * Coverage: which bits of the key the labels show. Sets is_unique,
 * is_shareable, adds_entries.
 */
int group_find_coverage(struct label_group *g, const struct plan *p, const struct resolver *r);

/* slots_cell() - the cell that a slot of this number counts in; CELL_SUM. */
uint32_t slots_cell(const struct slots *s, int128 slot);

#endif
