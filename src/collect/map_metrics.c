// SPDX-License-Identifier: GPL-2.0-only
/* One table: a row a family, with the function that takes its value from a status. */
#include "self_metrics_internal.h"

#include <stdio.h>

#include "gauge_writer_internal.h"

/* Whether the instance has this series, and its value. */
typedef bool (*status_value_fn)(const struct map_status *s, uint64_t *ret_value);

#define STATUS_VALUE(name, condition, value)                              \
	static bool name(const struct map_status *s, uint64_t *ret_value) \
	{                                                                 \
		*ret_value = (value);                                     \
		return (condition);                                       \
	}

STATUS_VALUE(up, true, s->is_up)
STATUS_VALUE(entries, s->is_counted, s->n_entries)
STATUS_VALUE(max_entries, s->is_open, s->info.max_entries)
STATUS_VALUE(memory, s->is_open && s->info.memory_bytes, s->info.memory_bytes)
STATUS_VALUE(duration, true, s->read_duration_ns)
STATUS_VALUE(last_read, s->last_read_wall_ns != 0, s->last_read_wall_ns)
STATUS_VALUE(reads, true, s->n_reads)
STATUS_VALUE(series, true, s->n_series)
STATUS_VALUE(reopens, true, s->n_reopens)
STATUS_VALUE(drained, true, s->n_drained)
STATUS_VALUE(evicted, true, s->n_evicted)

static bool is_drained(const struct config_map *map)
{
	return map->read == CONFIG_READ_DRAIN;
}

static bool is_evicting(const struct config_map *map)
{
	return map->evict_idle_ns != 0;
}

static const struct {
	const char *name;
	enum family_type type;
	const char *help;
	status_value_fn value;
	bool in_seconds;
	bool (*concerns)(const struct config_map *map); /* NULL: every one */
} table[] = {
	{"bpfmap_up", FAMILY_GAUGE, "Whether the last read of the map succeeded.", up, false, NULL},
	{"bpfmap_entries", FAMILY_GAUGE, "Entries found by the last read.", entries, false, NULL},
	{"bpfmap_max_entries", FAMILY_GAUGE, "Entries that the map has room for.", max_entries,
	 false, NULL},
	{"bpfmap_memory_bytes", FAMILY_GAUGE, "Memory that the kernel charges for the map.", memory,
	 false, NULL},
	{"bpfmap_read_duration_seconds", FAMILY_GAUGE,
	 "How long the last read took, with decoding.", duration, true, NULL},
	{"bpfmap_last_read_timestamp_seconds", FAMILY_GAUGE,
	 "When the map was last read with success.", last_read, true, NULL},
	{"bpfmap_reads_total", FAMILY_COUNTER, "Reads tried.", reads, false, NULL},
	{"bpfmap_series", FAMILY_GAUGE, "Series that the last read made.", series, false, NULL},
	{"bpfmap_reopens_total", FAMILY_COUNTER, "How often the pin was found to name another map.",
	 reopens, false, NULL},
	{"bpfmap_drained_entries_total", FAMILY_COUNTER, "Entries taken out of the map.", drained,
	 false, is_drained},
	{"bpfmap_evicted_keys_total", FAMILY_COUNTER, "Idle keys deleted from the map.", evicted,
	 false, is_evicting},
};

static void write_row(struct gauge_writer *w, size_t row, const struct map_view *views, size_t n)
{
	gauge_writer_family(w, table[row].name, table[row].type, table[row].help,
			    table[row].in_seconds ? &gauge_ns_to_s : NULL);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; views[i].published && j < views[i].published->n; j++) {
			const struct map_status *s = &views[i].published->instances[j].status;
			const struct gauge_label labels[] = {
				{"map", s->map}, {"pin", s->pin}, {NULL, NULL}};
			uint64_t value;

			if (table[row].concerns && !table[row].concerns(views[i].map))
				continue;
			if (table[row].value(s, &value))
				gauge_writer_series(w, value, labels);
		}
	}
}

static void write_instances(struct gauge_writer *w, const struct map_view *views, size_t n)
{
	gauge_writer_family(w, "bpfmap_instances", FAMILY_GAUGE,
			    "Pins, or loaded maps, that belong to the map.", NULL);
	for (size_t i = 0; i < n; i++) {
		const struct gauge_label labels[] = {{"map", views[i].map->name}, {NULL, NULL}};

		if (views[i].published)
			gauge_writer_series(w, views[i].published->n_matches, labels);
	}
}

static void write_timeouts(struct gauge_writer *w, const struct map_view *views, size_t n)
{
	gauge_writer_family(
		w, "bpfmap_scrape_timeouts_total", FAMILY_COUNTER,
		"Scrapes that were answered with what was read before, or without the map, because "
		"it could not be read in time.",
		NULL);
	for (size_t i = 0; i < n; i++) {
		const struct gauge_label labels[] = {{"map", views[i].map->name}, {NULL, NULL}};

		gauge_writer_series(w, views[i].n_timeouts, labels);
	}
}

static void write_info(struct gauge_writer *w, const struct map_status *s)
{
	char id[16], key_size[16], value_size[16];
	const struct gauge_label labels[] = {
		{"id", id},
		{"key_size", key_size},
		{"map", s->map},
		{"map_name", s->info.name},
		{"map_type", map_type_name(s->info.type)},
		{"pin", s->pin},
		{"read", s->read},
		{"value_size", value_size},
		{NULL, NULL},
	};

	snprintf(id, sizeof(id), "%u", s->info.id);
	snprintf(key_size, sizeof(key_size), "%u", s->info.key_size);
	snprintf(value_size, sizeof(value_size), "%u", s->info.value_size);
	gauge_writer_series(w, 1, labels);
}

static void write_reason(struct gauge_writer *w, const struct map_status *s, const char *reason,
			 uint64_t value)
{
	const struct gauge_label labels[] = {
		{"map", s->map}, {"pin", s->pin}, {"reason", reason}, {NULL, NULL}};

	gauge_writer_series(w, value, labels);
}

static void write_failures(struct gauge_writer *w, const struct map_status *s)
{
	for (unsigned int i = 0; i < N_MAP_FAILURES; i++)
		write_reason(w, s, map_failure_name(i), s->n_failures[i]);
}

static void write_dropped(struct gauge_writer *w, const struct map_status *s)
{
	write_reason(w, s, "duplicate", s->n_dropped_duplicate);
	write_reason(w, s, "label_bytes", s->n_dropped_label_bytes);
	write_reason(w, s, "max_series", s->n_dropped_limit);
	write_reason(w, s, "other", s->n_dropped_other);
}

static void for_each_status(struct gauge_writer *w, const struct map_view *views, size_t n,
			    void (*write)(struct gauge_writer *w, const struct map_status *s))
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; views[i].published && j < views[i].published->n; j++)
			write(w, &views[i].published->instances[j].status);
}

static void write_info_if_open(struct gauge_writer *w, const struct map_status *s)
{
	if (s->is_open)
		write_info(w, s);
}

struct snapshot *map_metrics_new(const struct map_view *views, size_t n)
{
	struct gauge_writer w;

	gauge_writer_init(&w, ARRAY_SIZE(table) + 5);
	for (size_t row = 0; row < ARRAY_SIZE(table); row++)
		write_row(&w, row, views, n);
	write_instances(&w, views, n);
	write_timeouts(&w, views, n);
	gauge_writer_family(&w, "bpfmap_info", FAMILY_INFO, "What the kernel says of the map.",
			    NULL);
	for_each_status(&w, views, n, write_info_if_open);
	gauge_writer_family(&w, "bpfmap_read_errors_total", FAMILY_COUNTER,
			    "Reads that failed, and evictions.", NULL);
	for_each_status(&w, views, n, write_failures);
	gauge_writer_family(
		&w, "bpfmap_series_dropped_total", FAMILY_COUNTER,
		"Series left out at a read: over max_series or max_label_bytes, these counted in "
		"other, or with the labels of another one.",
		NULL);
	for_each_status(&w, views, n, write_dropped);
	return gauge_writer_finish(&w, process_start_wall_ns());
}
