// SPDX-License-Identifier: GPL-2.0-only
/* The bundled probes' programs, most of them older than this process. */
#include "self_metrics_internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gauge_writer_internal.h"
#include "source/program_stats.h"

static const struct {
	const char *name, *help;
	size_t offset;
	bool in_seconds;
} table[] = {
	{"bpfmap_program_run_time_seconds_total",
	 "Time that the bundled probe's program ran; counts while kernel.bpf_stats_enabled is 1.",
	 offsetof(struct program_stats, run_time_ns), true},
	{"bpfmap_program_runs_total",
	 "Runs of the bundled probe's program; counts while kernel.bpf_stats_enabled is 1.",
	 offsetof(struct program_stats, n_runs), false},
	{"bpfmap_program_missed_total", "Runs that the kernel skipped.",
	 offsetof(struct program_stats, n_missed), false},
};

struct program_list {
	struct program_stats *items;
	size_t n;
};

static int compare_programs(const void *a, const void *b)
{
	return strcmp(((const struct program_stats *)a)->name,
		      ((const struct program_stats *)b)->name);
}

static void find_programs(const struct collector_options *options, struct program_list *list)
{
	struct pin_matches pins = {0};

	if (!options->program_pins)
		return;
	options->glob(options->program_pins, &pins, NULL); /* what may be seen of them */
	list->items = calloc(pins.n + 1, sizeof(*list->items));
	for (size_t i = 0; list->items && i < pins.n; i++)
		if (program_stats_read(pins.items[i].path, &list->items[list->n], NULL) == 0)
			list->n++;
	pin_matches_done(&pins);
	if (list->items)
		qsort(list->items, list->n, sizeof(*list->items), compare_programs);
}

static void write_programs(struct gauge_writer *w, const struct program_list *list)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		gauge_writer_family(w, table[i].name, FAMILY_COUNTER, table[i].help,
				    table[i].in_seconds ? &gauge_ns_to_s : NULL);
		for (size_t j = 0; j < list->n; j++) {
			const struct gauge_label labels[] = {{"program", list->items[j].name},
							     {NULL, NULL}};
			uint64_t value;

			memcpy(&value, (const char *)&list->items[j] + table[i].offset,
			       sizeof(value));
			gauge_writer_series(w, value, labels);
		}
	}
}

struct snapshot *program_metrics_new(const struct collector_options *options)
{
	struct program_list programs = {0};
	struct gauge_writer w;

	find_programs(options, &programs);
	gauge_writer_init(&w, ARRAY_SIZE(table));
	write_programs(&w, &programs);
	free(programs.items);
	return gauge_writer_finish(&w, 0);
}
