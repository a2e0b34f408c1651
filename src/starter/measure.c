// SPDX-License-Identifier: GPL-2.0-only
/*
 * Units stand at the end of a name, what is measured before them. A word that
 * says it is the state of something now (max, current, rtt) outweighs one that
 * says it is counted (packets): max_packets is a gauge.
 *
 * Where no word tells, 64 unsigned bits are what programs count with, and a
 * number for each CPU is hardly anything else; the rest is shown as a gauge,
 * which promises nothing.
 */
#include "measure_internal.h"

#include <stdio.h>
#include <string.h>

static const char counted[] =
	"packets pkts pkt packet bytes byte octets drop drops dropped discards discarded err errs "
	"errors error fail fails failed failure failures hit hits miss misses missed count counts "
	"cnt cnts counter counters total totals sum event events evts evt call calls req reqs "
	"request requests resp responses retrans retransmits retransmit retries retry sent received "
	"io rx tx recv xmit forwarded forward fwd allowed allow denied deny blocked passed pass "
	"redirect redirected redirects accept accepted accepts aborted connects connections conns "
	"closes reads writes opens creates unlinks fsyncs syscalls ios faults allocs frees switches "
	"wakeups lost overflow overflows timeouts resets samples ops frames segs segments "
	"msgs msg messages interrupts irqs evictions invocations runs queries replies collisions "
	"good bad ok invalid unknown kills exits forks execs migrations stalls flushes lookups "
	"inserts deletes updates matches matched processed handled seen ingress egress in out";

/* A state, whatever else the name says… */
static const char states[] =
	"max min avg average mean ewma last first latest current cur curr now inuse active free avail "
	"available limit quota threshold rate bps pps users refcnt refs refcount usage util ratio "
	"pct percent pending outstanding inflight highest lowest peak watermark is has enabled "
	"median p50 p75 p90 p95 p99 p999";

/* … and what is one unless it is counted: status, status_count. */
static const char shapes[] =
	"size len length depth level height load weight prio mtu rtt srtt mrtt "
	"rttvar rto cwnd ssthresh window wnd mss backlog qlen tokens credit credits budget interval "
	"timeout ttl lifetime expiry version pressure capacity cap rss temperature num_cpus";

/* What 64 bits are not needed for: then they count such things. */
static const char names[] = "state status mode cause reason code flags flag port";

static const char times[] =
	"time latency lat delay duration elapsed runtime delta wait sleep busy oncpu offcpu walltime";

/* What says only that it counts: n_requests, drop_cnt. */
static const char counts_at_front[] = "count counter total num nr n number of";
static const char counts_at_end[] = "count counts cnt cnts counter counters total totals sum";

struct unit {
	const char *words;
	const char *scale; /* NULL: it is the base unit */
	const char *unit;
};

static const struct unit units[] = {
	{"ns nsec nsecs nanos nanosec nanosecs nanosecond nanoseconds", "ns", "seconds"},
	{"us usec usecs micros microsec microsecs microsecond microseconds", "us", "seconds"},
	{"ms msec msecs millis millisec millisecs millisecond milliseconds", "ms", "seconds"},
	{"s sec secs second seconds", NULL, "seconds"},
	{"bytes byte octets", NULL, "bytes"},
	{"kb kib kbytes kilobytes", "KiB", "bytes"},
	{"mb mib mbytes megabytes", "MiB", "bytes"},
	{"bits", "bits", "bytes"},
};

static void drop(struct words *w, size_t i)
{
	w->n--;
	memmove(&w->items[i], &w->items[i + 1], (w->n - i) * sizeof(w->items[0]));
}

static void drop_all(struct words *w, const char *list)
{
	for (size_t i = 0; i < w->n;) {
		if (word_is_in(w->items[i], list))
			drop(w, i);
		else
			i++;
	}
}

static bool is_rate(const struct words *w)
{
	return words_any(w, "per") &&
	       word_is_in(words_last(w), "second sec s ms us ns minute min hour");
}

/* Whether a short word is a unit here, and no namespace or plural. @is_map: of a map's name. */
static bool is_unit(const struct words *w, size_t i, bool is_map)
{
	const char *before = i ? w->items[i - 1] : "";

	if (strlen(w->items[i]) > 2)
		return true;
	if (word_is_in(before, "net mnt pid user uts ipc cgroup"))
		return false;
	if (!is_map && strcmp(w->items[i], "s") != 0)
		return true;
	return word_is_in(before, times) ||
	       word_is_in(before, "run cpu exec total max min avg sum");
}

/* The unit and its word; bytes may stand anywhere, a time at the end or before "total". */
static void find_unit(struct measure *m, bool is_map)
{
	struct words *w = &m->name;
	size_t end = w->n > 1 && word_is_in(words_last(w), "total totals sum") ? w->n - 1 : w->n;

	if (is_rate(w))
		return;
	for (size_t i = w->n; i-- > 0;) {
		for (size_t k = 0; k < ARRAY_SIZE(units); k++) {
			bool is_time = !strcmp(units[k].unit, "seconds");

			if (!word_is_in(w->items[i], units[k].words) || (is_time && i + 1 != end) ||
			    !is_unit(w, i, is_map))
				continue;
			m->unit = units[k].unit;
			m->scale = units[k].scale;
			drop(w, i);
			return;
		}
	}
}

/* ktime_t, nsec_t: what the name does not say, its type may. */
static void find_unit_of_type(struct measure *m, const struct field *f)
{
	struct words w;

	words_split(&w, f->type_name ? f->type_name : "");
	if (m->unit || !words_any(&w, "ktime nsec nsecs ns nanoseconds"))
		return;
	m->unit = "seconds";
	m->scale = "ns";
}

static bool is_point_in_time(const struct measure *m, bool is_long)
{
	const struct words *w = &m->name;
	bool has_time = (m->unit && !strcmp(m->unit, "seconds")) || words_any(w, "time");

	if ((m->unit && !strcmp(m->unit, "bytes")) || word_is_in(words_last(w), "total count cnt"))
		return false;
	if (words_any(
		    w,
		    "ts timestamp tstamp tstmp stamp created updated accessed birth atime mtime ctime"))
		return true;
	if (w->n > 1 && words_any(w, "seen used access update report") &&
	    word_is_in(w->items[0], "last first"))
		return true;
	if (!m->unit && is_long && word_is_in(words_last(w), "start starts started"))
		return true;
	return has_time && words_any(w, "start end last first begin enter entry since at");
}

static void set_timestamp(struct measure *m, const struct field *f)
{
	m->is_timestamp = true;
	m->clock = "monotonic";
	m->guess = "a time of bpf_ktime_get_ns()";
	if (words_any(&m->name, "boot boottime")) {
		m->clock = "boottime";
		m->guess = "a time of bpf_ktime_get_boot_ns()";
	} else if (words_any(&m->name, "epoch wall real unix utc")) {
		m->clock = NULL;
		m->guess = "a Unix time";
	}
	if (!m->unit && f->size == 8)
		m->scale = "ns";
	else if (!m->unit && m->clock) {
		m->scale = "1";
		m->guess = "seconds since the boot";
	} else if (m->clock && !m->scale) {
		m->scale = "1";
	}
	m->unit = "timestamp_seconds";
	drop_all(&m->name, "ts timestamp tstamp tstmp stamp time mono monotonic boot epoch");
}

/* A time that does not say its unit, which programs convert to whatever they print. */
static void note_unit(struct measure *m, const struct field *f)
{
	const char *last = words_last(&m->name);

	if (m->unit || f->size != 8 || f->kind == FIELD_FLOAT || !word_is_in(last, times))
		return;
	m->guess = "its unit is unknown; `scale: ns` and a name in _seconds if it is nanoseconds";
}

static bool is_counted(const struct words *w)
{
	return words_any(w, counted) || (w->n > 1 && word_is_in(w->items[0], counts_at_front)) ||
	       (w->n == 1 && word_is_in(w->items[0], "num nr n"));
}

static bool is_state(const struct words *w, uint32_t size)
{
	bool has_shape = words_any(w, shapes) || (size < 8 && words_any(w, names));

	return words_any(w, states) || is_rate(w) ||
	       (has_shape && !word_is_in(words_last(w), counts_at_end));
}

static bool is_whole(const struct field *f)
{
	return f->kind == FIELD_UINT || f->kind == FIELD_SINT;
}

static void decide_type(struct measure *m, const struct field *f, const struct words *all,
			bool is_per_cpu)
{
	bool is_small = f->bit_size ? f->bit_size < 32 : f->size < 4;

	if (f->kind == FIELD_BOOL || is_state(all, f->size))
		return;
	/* Small numbers are more often how many there are. */
	if (is_small && !(f->size == 2 && words_any(all, "packets pkts bytes drops errors")))
		return;
	/* What may be below 0 is not only counted up. */
	if (f->kind == FIELD_SINT) {
		m->guess = m->guess ? m->guess : "a gauge";
		return;
	}
	if (is_counted(all)) {
		m->is_counter = true;
		return;
	}
	if (f->kind == FIELD_FLOAT)
		return;
	m->is_counter = f->size == 8 || (is_per_cpu && f->size == 4);
	if (!m->guess)
		m->guess = m->is_counter ? "a counter" : "a gauge";
}

/* What a counter's suffix says already, and words that have a usual form. */
static void tidy_counter(struct words *w)
{
	static const struct {
		const char *words, *usual;
	} forms[] = {
		{"packet", "packets"},
		{"drop", "drops"},
		{"err errs error", "errors"},
		{"hit", "hits"},
		{"miss", "misses"},
		{"evt evts event", "events"},
		{"call", "calls"},
		{"req reqs request", "requests"},
		{"msg msgs message", "messages"},
		{"resp", "responses"},
		{"retrans retransmit", "retransmits"},
	};

	while (w->n && word_is_in(w->items[0], counts_at_front))
		drop(w, 0);
	while (w->n && word_is_in(words_last(w), counts_at_end))
		w->n--;
	for (size_t i = 0; i < w->n; i++) {
		if (word_is_in(w->items[i], "pkt pkts"))
			w->items[i] = "packets";
	}
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (w->n && word_is_in(words_last(w), forms[i].words))
			w->items[w->n - 1] = forms[i].usual;
	}
}

bool measure_is_counted(const char *name)
{
	struct words w;

	words_split(&w, name);
	return is_counted(&w) && !is_state(&w, 0);
}

bool measure_is_state(const char *name)
{
	struct words w;

	words_split(&w, name);
	return is_state(&w, 0);
}

void measure_of(const struct field *f, const struct measured *what, struct measure *ret)
{
	struct words all;

	*ret = (struct measure){0};
	words_split(&ret->name, what->name);
	words_split(&all, what->name);
	if (f->kind != FIELD_BOOL && f->size > 1)
		find_unit(ret, what->is_map);
	if (is_whole(f) && f->size == 8)
		find_unit_of_type(ret, f);
	if (is_whole(f) && f->size >= 4 && !f->bit_size && is_point_in_time(ret, f->size == 8)) {
		set_timestamp(ret, f);
		return;
	}
	note_unit(ret, f);
	decide_type(ret, f, &all, what->is_per_cpu);
	if (ret->is_counter)
		tidy_counter(&ret->name);
}
