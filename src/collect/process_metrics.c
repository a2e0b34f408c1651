// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process as the Prometheus client libraries show it, from /proc/self; the
 * exporter's build and configuration; the bundled probes' programs.
 */
#include "self_metrics_internal.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "gauge_writer_internal.h"
#include "source/program_stats.h"

/* Of /proc/self/stat; times in clock ticks. */
struct proc_stat {
	unsigned long long user, system, threads, start, vsize, rss_pages;
};

static int read_stat(struct proc_stat *s)
{
	_cleanup_(fclosep) FILE *f = fopen("/proc/self/stat", "re");
	char text[1024];
	const char *p;
	size_t n;

	if (!f)
		return -1;
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	p = strrchr(text, ')'); /* the name before it may hold anything */
	if (!p ||
	    sscanf(p + 1,
		   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %llu %*d %llu %llu %llu",
		   &s->user, &s->system, &s->threads, &s->start, &s->vsize, &s->rss_pages) != 6)
		return -1;
	return 0;
}

static uint64_t count_open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t n = 0;

	if (!dir)
		return 0;
	for (const struct dirent *d; (d = readdir(dir));)
		n += d->d_name[0] != '.';
	closedir(dir);
	return n - 1; /* the one that lists them */
}

static void write_one(struct gauge_writer *w, const char *name, enum family_type type,
		      const char *help, uint64_t value, const struct scale *scale)
{
	gauge_writer_family(w, name, type, help, scale);
	gauge_writer_series(w, value, NULL);
}

static uint64_t ticks_to_ns(unsigned long long ticks)
{
	return ticks * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void write_limit(struct gauge_writer *w, const char *name, const char *help, int resource)
{
	struct rlimit limit;

	/* "Unlimited" is the largest number there is. */
	if (getrlimit(resource, &limit) == 0)
		write_one(w, name, FAMILY_GAUGE, help, limit.rlim_cur, NULL);
}

static void write_process(struct gauge_writer *w)
{
	struct proc_stat s;

	write_limit(w, "process_max_fds", "Maximum number of open file descriptors.",
		    RLIMIT_NOFILE);
	write_limit(w, "process_virtual_memory_max_bytes",
		    "Maximum amount of virtual memory available in bytes.", RLIMIT_AS);
	write_one(w, "process_open_fds", FAMILY_GAUGE, "Number of open file descriptors.",
		  count_open_fds(), NULL);
	if (read_stat(&s) < 0)
		return;
	write_one(w, "process_cpu_seconds_total", FAMILY_COUNTER,
		  "Total user and system CPU time spent in seconds.",
		  ticks_to_ns(s.user + s.system), &gauge_ns_to_s);
	write_one(w, "process_virtual_memory_bytes", FAMILY_GAUGE, "Virtual memory size in bytes.",
		  s.vsize, NULL);
	write_one(w, "process_resident_memory_bytes", FAMILY_GAUGE,
		  "Resident memory size in bytes.", s.rss_pages * (uint64_t)sysconf(_SC_PAGESIZE),
		  NULL);
	write_one(w, "process_threads", FAMILY_GAUGE, "Number of operating system threads.",
		  s.threads, NULL);
	write_one(w, "process_start_time_seconds", FAMILY_GAUGE,
		  "Start time of the process since the Unix epoch in seconds.",
		  clock_wall_ns() - clock_read_ns(CLOCK_BOOTTIME) + ticks_to_ns(s.start),
		  &gauge_ns_to_s);
}

static void write_exporter(struct gauge_writer *w, const struct exporter_counters *c)
{
	const struct gauge_label build[] = {{"version", BPFMAP_VERSION}, {NULL, NULL}};

	gauge_writer_family(w, "bpfmap_exporter_build_info", FAMILY_INFO, "The version that runs.",
			    NULL);
	gauge_writer_series(w, 1, build);
	write_one(w, "bpfmap_exporter_config_last_reload_successful", FAMILY_GAUGE,
		  "Whether the last attempt to load the configuration succeeded.", 1, NULL);
	write_one(w, "bpfmap_exporter_config_last_reload_success_timestamp_seconds", FAMILY_GAUGE,
		  "When the configuration was last loaded with success.", c->config_loaded_wall_ns,
		  &gauge_ns_to_s);
	write_one(w, "bpfmap_exporter_scrapes_cut_total", FAMILY_COUNTER,
		  "Answers ended early: the client read so slowly that memory was wanted back.",
		  c->n_scrapes_cut, NULL);
}

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

struct snapshot *process_metrics_new(const struct exporter_counters *counters,
				     const struct collector_options *options)
{
	struct program_list programs = {0};
	struct gauge_writer w;

	gauge_writer_init(&w, 20);
	write_exporter(&w, counters);
	write_process(&w);
	find_programs(options, &programs);
	write_programs(&w, &programs);
	free(programs.items);
	return gauge_writer_finish(&w);
}
