/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_PLAN_INTERNAL_H
#define DECODE_PLAN_INTERNAL_H

/*
 * The inside of a plan: label groups and metrics.
 *
 * Metrics whose labels are the same, but for constant ones, share a group: its
 * label text is written once an entry, and is one label block of the snapshot.
 */
#include <stdatomic.h>

#include "decode/plan.h"
#include "decoder_internal.h"
#include "model/snapshot.h"
#include "reader_internal.h"

enum label_origin { LABEL_FROM_KEY, LABEL_FROM_VALUE, LABEL_FROM_CPU };

/* One label: its name and, at each entry, the decoded field. */
struct label_step {
	char *lead; /* `name="`, after the first with `",` before it */
	size_t lead_n;
	enum label_origin origin;
	bool is_number;	  /* taken by the reader; else the bytes at its offset */
	bool is_computed; /* decoders see the computed number's bytes, not the memory's */
	uint32_t n_bytes;
	struct reader reader;
	struct decoder_chain chain;
};

struct label_group {
	const struct config_label *labels; /* while compiling: of its first metric */
	size_t n_labels;
	struct label_step *steps;
	size_t n_steps;
	bool is_unique;	   /* no two entries have the same text: no table is needed */
	bool is_shareable; /* text follows from the key alone, forever */
	bool skips_zero;   /* of a metric with skip_zero, where entries are added */
	bool is_set;	   /* of info metrics: only there with an entry; matters without steps */
	size_t *metrics;   /* indexes into plan.metrics */
	size_t n_metrics;
};

struct plan_metric {
	struct family *family;
	char *const_labels;
	size_t group;
	bool is_constant; /* `constant`, instead of what the reader finds */
	bool is_set;	  /* equal labels do not add: info */
	bool is_from_key; /* the reader reads the key */
	bool skip_zero;
	enum config_cpu cpu;
	enum column_kind column;
	uint64_t constant;
	struct reader reader;
	struct scale scale;
};

struct plan {
	atomic_uint refs;
	uint32_t key_size, value_size, value_stride, n_cpus;
	uint64_t layout_hash;
	bool is_per_cpu;
	bool each_cpu;
	bool labels_from_value; /* of some group */
	struct plan_metric *metrics;
	size_t n_metrics;
	struct label_group *groups;
	size_t n_groups;
};

/* Where a configured field lies. */
struct resolved {
	enum { AT_KEY, AT_VALUE, AT_CPU, AT_CONSTANT } where;
	const struct field *field; /* key, value */
	uint32_t offset;
	const char *text; /* constants; in `scratch` or the input's */
	char scratch[16];
};

struct resolver {
	const struct plan_input *in;
	const struct layout *key, *value; /* NULL: not known */
	struct problems *problems;
};

/* resolve_field() - Return: 0, or -EINVAL or -ENOMEM with a message in the resolver's problems. */
int resolve_field(const struct resolver *r, const struct config_expr *expr, struct resolved *ret);

/* reader_init() - for a scalar field of at most 8 bytes. */
void reader_init(struct reader *reader, const struct resolved *at, const struct config_expr *expr);

/* field_fits_reader() - whether it is a number of at most 8 bytes. */
bool field_fits_reader(const struct field *f);

/*
 * plan_add_labels() - compile a metric's labels: its constant text, and the
 * group, new or shared, that it belongs to.
 */
int plan_add_labels(struct plan *p, const struct resolver *r, const struct config_metric *metric,
		    size_t metric_index);

void label_group_done(struct label_group *g);

#endif
