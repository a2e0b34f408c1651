/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

/*
 * The configuration as checked data. Everything is owned by struct config
 * and immutable after config_load(). What can be known without a map is
 * checked here; field names are checked against a layout when a plan is
 * compiled, with the places kept here.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/problems.h"
#include "base/str.h"

#define CONFIG_DEFAULT_REFRESH_NS      (UINT64_C(10) * 1000000000)
#define CONFIG_DEFAULT_READ_TIMEOUT_NS (UINT64_C(5) * 1000000000)
#define CONFIG_DEFAULT_MAX_SERIES      100000
#define CONFIG_DEFAULT_MAX_LABEL_BYTES 262144
#define CONFIG_DEFAULT_STATE_DIR       "/run/bpfmap_exporter"

#define CONFIG_NAME_MAX_BYTES	       512 /* of a metric or label */

enum config_at_scrape { CONFIG_AT_SCRAPE_CHEAP, CONFIG_AT_SCRAPE_ALWAYS, CONFIG_AT_SCRAPE_NEVER };
enum config_read { CONFIG_READ_SNAPSHOT, CONFIG_READ_DRAIN };
enum config_cpu { CONFIG_CPU_SUM, CONFIG_CPU_MAX, CONFIG_CPU_MIN, CONFIG_CPU_AVG, CONFIG_CPU_EACH };
/* What happens to an entry whose series would be one too many. */
enum config_on_limit {
	CONFIG_ON_LIMIT_DROP,
	/* It counts in one series a metric, whose field labels are "other". */
	CONFIG_ON_LIMIT_OTHER,
};

enum config_instances { CONFIG_INSTANCES_EACH, CONFIG_INSTANCES_SUM };
enum config_aggregate {
	CONFIG_AGGREGATE_SUM,
	CONFIG_AGGREGATE_MAX,
	CONFIG_AGGREGATE_MIN,
	CONFIG_AGGREGATE_AVG,
};
enum config_metric_type {
	CONFIG_COUNTER,
	CONFIG_GAUGE,
	CONFIG_HISTOGRAM,
	CONFIG_SUMMARY,
	CONFIG_INFO,
};

/* A type as written under `key:` or `value:`. */
enum config_kind {
	CONFIG_U8,
	CONFIG_U16,
	CONFIG_U32,
	CONFIG_U64,
	CONFIG_S8,
	CONFIG_S16,
	CONFIG_S32,
	CONFIG_S64,
	CONFIG_BE16,
	CONFIG_BE32,
	CONFIG_BE64,
	CONFIG_F32,
	CONFIG_F64,
	CONFIG_BOOL,
	CONFIG_IPV4,
	CONFIG_IPV6,
	CONFIG_MAC,
	CONFIG_CHAR,
	CONFIG_BYTES,
	CONFIG_PAD,
	CONFIG_STRUCT,
};

struct config_field {
	struct place at;
	char *name; /* NULL: the scalar itself, or padding */
	enum config_kind kind;
	uint32_t count; /* array elements; 0: no array. char, bytes, pad: bytes, at least 1 */
	int64_t offset; /* -1: the next one that alignment allows */
	bool is_bits; /* a bit field: the bits bit_first … bit_last of the number, 0 the lowest */
	uint8_t bit_first, bit_last;
	struct config_field *fields; /* struct */
	size_t n_fields;
};

/* An entry of `types:`: what a field of a BTF layout really is. */
struct config_type {
	struct place at;
	char *field; /* as written: "key.saddr" */
	enum config_kind kind;
};

/*
 * `{field, shift, mask, div, mod}`, applied in this order, or the bare name of a
 * field. One element of a path may be `*`, every element of an array, and a
 * second one, too.
 */
struct config_expr {
	struct place at;
	char *field;	/* as written: "key.a", "value.x.3", "x.*", "packets", "$cpu" */
	uint32_t shift; /* bits to the right, below 64 */
	uint64_t mask;	/* all ones: none */
	uint64_t div;	/* 0 or 1: none */
	uint64_t mod;	/* 0: none */
	bool computed;	/* whether one of them was given */
};

/* What a field may be: integers first … last, or this text: an enumerator's name, true, a string.
 */
struct config_match {
	int128 first, last;
	char *text; /* NULL: integers */
};

/* An entry of `where:`. */
struct config_condition {
	struct place at;
	char *field; /* as in config_expr */
	bool is_negated;
	struct config_match *matches; /* one of them holds; negated: none */
	size_t n_matches;
};

struct config_map_entry {
	int128 first; /* integers first … last; or… */
	int128 last;
	char *name; /* … this text, if not NULL */
	char *text;
};

enum config_decoder_kind {
	CONFIG_DECODE_DEC,
	CONFIG_DECODE_HEX,
	CONFIG_DECODE_STRING,
	CONFIG_DECODE_BOOL,
	CONFIG_DECODE_ENUM,
	CONFIG_DECODE_UUID,
	CONFIG_DECODE_IP,
	CONFIG_DECODE_IP_HOST,
	CONFIG_DECODE_CIDR,
	CONFIG_DECODE_MAC,
	CONFIG_DECODE_PORT,
	CONFIG_DECODE_IFNAME,
	CONFIG_DECODE_IP_PROTO,
	CONFIG_DECODE_ETHERTYPE,
	CONFIG_DECODE_TCP_STATE,
	CONFIG_DECODE_SYSCALL,
	CONFIG_DECODE_ERRNO,
	CONFIG_DECODE_SIGNAL,
	CONFIG_DECODE_USER,
	CONFIG_DECODE_DEVICE,
	CONFIG_DECODE_CGROUP,
	CONFIG_DECODE_CONTAINER,
	CONFIG_DECODE_POD,
	CONFIG_DECODE_KSYM,
	CONFIG_DECODE_STACK,
	CONFIG_DECODE_DNS,
	CONFIG_DECODE_PCI_VENDOR,
	CONFIG_DECODE_PCI_DEVICE,
	CONFIG_DECODE_PCI_CLASS,
	CONFIG_DECODE_PCI_SUBCLASS,
	CONFIG_DECODE_MAP,
	CONFIG_DECODE_REGEX,
	CONFIG_DECODE_BITS,
	N_CONFIG_DECODERS,
};

/* A step of a regex decoder. */
struct config_rewrite {
	struct place at;
	char *match;   /* POSIX extended, without the anchors that it gets; it compiles */
	char *replace; /* with \0 … \9; NULL: group 1, else the match */
};

struct config_decoder {
	struct place at;
	enum config_decoder_kind kind;
	/* map: integers, ascending, none twice; then texts. bits: masks, ascending */
	struct config_map_entry *entries;
	size_t n_entries;
	char *fallback; /* map: `default:`, in which $0 is the input; NULL: unchanged */
	struct config_rewrite *rewrites; /* regex */
	size_t n_rewrites;
	bool zero_tail;	  /* ip: 16 bytes whose last 12 are 0 are IPv4 */
	bool is_user_dev; /* device: the number is user space's dev_t, not the kernel's */
	struct config_expr
		length;	 /* cidr: where the prefix length lies; field NULL: before the address */
	uint32_t less;	 /* cidr: bits of that length that are not the address' */
	char *stack_map; /* stack: the name of the entry of `maps` with the traces; NULL: an array
			  */
};

struct config_label {
	struct place at;
	char *name;
	char *text; /* a constant; NULL: from the field */
	struct config_expr expr;
	struct config_decoder *decoders; /* applied in order; none: the field's type decides */
	size_t n_decoders;
	char *keep, *drop; /* POSIX extended, of the whole text; they compile; NULL: none */
};

enum config_clock { CONFIG_CLOCK_NONE, CONFIG_CLOCK_MONOTONIC, CONFIG_CLOCK_BOOTTIME };

/*
 * A metric's value is (number * factor + offset) * scale, the number being the
 * expression's, turned round where is_negative. With a clock the number is a
 * time of the kernel's, `scale` turns it into seconds, and what is shown is
 * that time since the Unix epoch; 0 stays 0, which is never.
 */
struct config_value {
	struct place at;
	bool is_constant; /* `value: 1`; info metrics: always, 1 */
	uint64_t constant;
	struct config_expr expr; /* field NULL: the whole value, a scalar */
	struct scale scale;
	bool has_scale;	  /* it was written */
	bool is_negative; /* the scale is: gauges only */
	uint64_t factor;  /* 0 or 1: none; below 2^32 */
	int64_t offset;
	enum config_clock clock;
};

enum config_scheme { CONFIG_EXP2, CONFIG_LINEAR, CONFIG_EXPLICIT };
enum config_edges { CONFIG_EDGES_UPPER, CONFIG_EDGES_LOWER };

/* mantissa * 10^exp10 */
struct config_decimal {
	int64_t mantissa;
	int exp10; /* -30 … 30 */
};

/*
 * A histogram's slots. Slot numbers are what is left after slot_offset.
 * The buckets are n_slots, and one of exactly 0 before them if has_zero.
 */
struct config_buckets {
	struct place at;
	struct config_expr array; /* an array of counts… */
	struct config_expr
		slot; /* … or the number of the slot, in the key; the other has no field */
	enum config_scheme scheme;
	enum config_edges edges; /* explicit: upper */
	int64_t start;		 /* linear */
	uint64_t width;
	struct config_decimal *bounds; /* explicit: ascending */
	int64_t *keys; /* explicit: the slot that each bound stands for; NULL: its index */
	size_t n_bounds;
	int64_t slot_offset;
	uint32_t n_slots; /* 0: as many as the array has, less slot_offset. explicit: n_bounds */
	bool has_zero;
	bool has_overflow; /* the last slot has no upper bound */
	bool is_native; /* a native histogram, too: exp2, upper edges, scaled by a power of two */
	struct scale scale;
};

struct config_metric {
	struct place at;
	char *name;
	enum config_metric_type type;
	char *help; /* NULL: none given */
	struct config_value
		value; /* histograms of slots in the key: what is counted; summaries: unused */
	struct config_buckets buckets; /* histograms */
	bool has_sum;		       /* histograms: maybe; summaries: always */
	bool sum_is_slot; /* histograms: it lies in slot `sum_slot`, before slot_offset */
	uint32_t sum_slot;
	struct config_value sum;   /* its scale is the buckets' unless written */
	struct config_value count; /* summaries */
	bool skip_zero;
	bool is_crowded; /* another metric is called as OpenMetrics would call this one's family,
			    or the time at which it began */
	enum config_cpu cpu; /* the map's, unless its own */
	struct place cpu_at;
	enum config_aggregate aggregate;     /* gauges: of entries with equal labels */
	struct config_condition *conditions; /* the map's and its own: all hold */
	size_t n_conditions;
	struct config_label *labels; /* the map's, overridden by its own, sorted by name */
	size_t n_labels;
};

/* What a map instance may cost whoever scrapes it. */
struct config_limits {
	uint64_t max_series; /* after aggregation, a histogram as one; at least 1 */
	/* Of what the fields of an entry write into the labels of a series, names and quotes too.
	 * 0: any number. */
	uint32_t max_label_bytes;
	enum config_on_limit on_limit;
};

struct config_map {
	struct place at;
	char *name;
	/* One of three: */
	char *pin;	     /* absolute path, maybe with * ? [ */
	char *map_name;	     /* every loaded map of this name, cut as the kernel cuts it */
	uint32_t map_id;     /* 0: none */
	bool name_is_cut;    /* map_name was longer */
	struct place pin_at; /* of whichever it is */
	enum config_read read;
	uint64_t refresh_ns; /* 0: by scrapes only */
	enum config_at_scrape at_scrape;
	enum config_cpu cpu; /* what metrics inherit */
	enum config_instances instances;
	struct config_limits limits;
	uint64_t evict_idle_ns; /* keys unchanged for so long are deleted from the map; 0: never */
	struct config_type *types;
	size_t n_types;
	struct config_field *key; /* NULL: from BTF. A scalar, or kind struct */
	struct config_field *value;
	bool packed;
	struct config_metric *metrics;
	size_t n_metrics;
};

struct config {
	char **paths; /* the file and what it includes, in order; places point to them */
	size_t n_paths;
	char *state_dir; /* absolute path */
	uint64_t read_timeout_ns;
	struct config_map *maps;
	size_t n_maps;
};

/*
 * config_load() - read and check a file, and those that it includes.
 * @problems: every mistake found, "file:line:column: text (did you mean
 *            '…'?)"; untouched on success.
 *
 * Return: 0, -EINVAL for mistakes, -ENOMEM, or the -errno of opening or
 * reading it. There is a message in @problems for each of them.
 */
int config_load(const char *path, struct config **ret_config, struct problems *problems);

/* config_parse() - the same for text in memory, which includes nothing; @path is what messages call
 * it. */
int config_parse(const char *path, struct str text, struct config **ret_config,
		 struct problems *problems);

void config_free(struct config *c);
DEFINE_CLEANUP(config_free, struct config *)

/* config_map_is_many() - whether it may name several maps: a pattern, or a name. */
bool config_map_is_many(const struct config_map *map);

/* The names that users write. */
const char *config_read_name(enum config_read read);

#endif
