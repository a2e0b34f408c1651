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

enum config_at_scrape { CONFIG_AT_SCRAPE_CHEAP, CONFIG_AT_SCRAPE_ALWAYS, CONFIG_AT_SCRAPE_NEVER };
enum config_read { CONFIG_READ_SNAPSHOT, CONFIG_READ_DRAIN };
enum config_cpu { CONFIG_CPU_SUM, CONFIG_CPU_MAX, CONFIG_CPU_MIN, CONFIG_CPU_AVG, CONFIG_CPU_EACH };
enum config_metric_type { CONFIG_COUNTER, CONFIG_GAUGE, CONFIG_INFO };

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
	struct config_field *fields; /* struct */
	size_t n_fields;
};

/* `{field, shift, mask}`, or the bare name of a field. */
struct config_expr {
	struct place at;
	char *field;	/* as written: "key.a", "value.x.3", "packets", "$cpu" */
	uint32_t shift; /* bits to the right, below 64 */
	uint64_t mask;	/* applied after the shift; all ones: none */
	bool computed;	/* whether shift or mask was given */
};

struct config_map_entry {
	int64_t first; /* integers first … last; or… */
	int64_t last;
	char *name; /* … this text, if not NULL */
	char *text;
};

enum config_decoder_kind {
	CONFIG_DECODE_DEC,
	CONFIG_DECODE_HEX,
	CONFIG_DECODE_STRING,
	CONFIG_DECODE_IP,
	CONFIG_DECODE_MAC,
	CONFIG_DECODE_PORT,
	CONFIG_DECODE_IFNAME,
	CONFIG_DECODE_MAP,
};

struct config_decoder {
	struct place at;
	enum config_decoder_kind kind;
	struct config_map_entry *entries; /* map: integers, ascending, none twice; then texts */
	size_t n_entries;
	char *fallback; /* map: `default:`, in which $0 is the input; NULL: unchanged */
};

struct config_label {
	struct place at;
	char *name;
	char *text; /* a constant; NULL: from the field */
	struct config_expr expr;
	struct config_decoder *decoders; /* applied in order; none: the field's type decides */
	size_t n_decoders;
};

struct config_value {
	struct place at;
	bool is_constant; /* `value: 1`; info metrics: always, 1 */
	uint64_t constant;
	struct config_expr expr; /* field NULL: the whole value, a scalar */
	struct scale scale;
};

struct config_metric {
	struct place at;
	char *name;
	enum config_metric_type type;
	char *help; /* NULL: none given */
	struct config_value value;
	bool skip_zero;
	struct config_label *labels; /* the map's, overridden by its own, sorted by name */
	size_t n_labels;
};

struct config_map {
	struct place at;
	char *name;
	char *pin; /* absolute path, maybe with * ? [ */
	struct place pin_at;
	enum config_read read;
	uint64_t refresh_ns; /* 0: by scrapes only */
	enum config_at_scrape at_scrape;
	enum config_cpu cpu;
	struct config_field *key; /* NULL: from BTF. A scalar, or kind struct */
	struct config_field *value;
	bool packed;
	struct config_metric *metrics;
	size_t n_metrics;
};

struct config {
	char *path;
	uint64_t max_series; /* per map instance */
	uint64_t read_timeout_ns;
	struct config_map *maps;
	size_t n_maps;
};

/*
 * config_load() - read and check a file.
 * @problems: every mistake found, "file:line:column: text (did you mean
 *            '…'?)"; untouched on success.
 *
 * Return: 0, -EINVAL for mistakes, -ENOMEM, or the -errno of opening or
 * reading it. There is a message in @problems for each of them.
 */
int config_load(const char *path, struct config **ret_config, struct problems *problems);

/* config_parse() - the same for text in memory; @path is what messages call it. */
int config_parse(const char *path, struct str text, struct config **ret_config,
		 struct problems *problems);

void config_free(struct config *c);
DEFINE_CLEANUP(config_free, struct config *)

/* The names that users write. */
const char *config_read_name(enum config_read read);

#endif
