// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process as the Prometheus client libraries show it, from /proc/self; the
 * exporter's build and configuration.
 */
#include "self_metrics_internal.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "gauge_writer_internal.h"

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

/* The same at each call, so that it is one time to whoever compares. */
static uint64_t start_of(const struct proc_stat *s)
{
	int64_t start = clock_epoch_ns(CLOCK_BOOTTIME) + (int64_t)ticks_to_ns(s->start);

	return start > 0 ? (uint64_t)start : 0;
}

uint64_t process_start_wall_ns(void)
{
	struct proc_stat s;

	return read_stat(&s) < 0 ? 0 : start_of(&s);
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
		  "Start time of the process since the Unix epoch in seconds.", start_of(&s),
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

struct snapshot *process_metrics_new(const struct exporter_counters *counters)
{
	struct gauge_writer w;

	gauge_writer_init(&w, 16);
	write_exporter(&w, counters);
	write_process(&w);
	return gauge_writer_finish(&w, process_start_wall_ns());
}
