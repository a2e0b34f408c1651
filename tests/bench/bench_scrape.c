// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cost of one map of N entries, from the map to the client, each step
 * against its floor: the least that anybody could do for the same bytes,
 * measured in the same run, in turn with the step, so that a slow moment of
 * the machine hits both.
 *
 * The key is two __u32, the value a __u64. Prints a row a step: what was
 * measured, its floor, the ratio of each pair (median and range).
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "config/config.h"
#include "decode/builder.h"
#include "render/render.h"
#include "source/map_source.h"

#define PIN_FOLDER "/sys/fs/bpf/bpfmap_bench"
#define PIN	   PIN_FOLDER "/flows"
#define BATCH	   4096
#define CHUNK	   (128 * 1024)
#define N_PAIRS	   9

struct pair_key {
	uint32_t a, b;
};

static uint64_t n_entries = 1000000;
static int map_fd;
static size_t body_bytes; /* of the exposition, as scraped */
static pid_t exporter;
static char folder[] = "/tmp/bpfmap_bench.XXXXXX";

static void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	if (exporter > 0)
		kill(exporter, SIGKILL);
	unlink(PIN);
	rmdir(PIN_FOLDER);
	exit(1);
}

static void *allocate(size_t n)
{
	void *p = calloc(n ? n : 1, 1);

	if (!p)
		die("memory");
	return p;
}

static void make_map(void)
{
	struct pair_key *keys = allocate(BATCH * sizeof(*keys));
	uint64_t *values = allocate(BATCH * sizeof(*values));

	mkdir(PIN_FOLDER, 0700);
	unlink(PIN);
	map_fd = bpf_map_create(BPF_MAP_TYPE_HASH, "bench_flows", 8, 8, (uint32_t)n_entries, NULL);
	if (map_fd < 0 || bpf_obj_pin(map_fd, PIN) < 0)
		die("a map cannot be made and pinned");
	for (uint64_t i = 0; i < n_entries;) {
		uint32_t n = 0;

		for (; n < BATCH && i < n_entries; n++, i++) {
			keys[n] = (struct pair_key){(uint32_t)i, (uint32_t)(i * 2654435761U)};
			values[n] = i * i + 1;
		}
		if (bpf_map_update_batch(map_fd, keys, values, &n, NULL) < 0)
			die("the map cannot be filled");
	}
	free(keys);
	free(values);
}

/* ---- floors ---- */

/* LOOKUP_BATCH to the end; keeps nothing, or all of it in @keys and @values. */
static double floor_read(struct pair_key *keys, uint64_t *values)
{
	struct pair_key *k = allocate(BATCH * sizeof(*k));
	uint64_t *v = allocate(BATCH * sizeof(*v)), start = clock_mono_ns(), n = 0;
	uint64_t token;
	bool first = true;
	int r;

	do {
		uint32_t count = BATCH;

		r = bpf_map_lookup_batch(map_fd, first ? NULL : &token, &token, k, v, &count, NULL);
		if (r < 0 && r != -ENOENT)
			die("LOOKUP_BATCH");
		if (keys) {
			memcpy(keys + n, k, count * sizeof(*k));
			memcpy(values + n, v, count * sizeof(*v));
		}
		n += count;
		first = false;
	} while (r == 0);
	start = clock_mono_ns() - start;
	free(k);
	free(v);
	return (double)start / 1e6;
}

static double floor_format(const struct pair_key *keys, const uint64_t *values)
{
	char *chunk = allocate(CHUNK);
	uint64_t start = clock_mono_ns();
	size_t used = 0;

	for (uint64_t i = 0; i < n_entries; i++) {
		char *p = chunk + used;

		if (used > CHUNK - 256)
			p = chunk;
		p = mempcpy(p, "bench_flow_packets_total{a=\"", 28);
		p += num_write_u64(p, keys[i].a);
		p = mempcpy(p, "\",b=\"", 5);
		p += num_write_u64(p, keys[i].b);
		p = mempcpy(p, "\"} ", 3);
		p += num_write_u64(p, values[i]);
		*p++ = '\n';
		used = (size_t)(p - chunk);
		__asm__ volatile("" : : "r"(chunk) : "memory");
	}
	start = clock_mono_ns() - start;
	free(chunk);
	return (double)start / 1e6;
}

static int loopback_listen(struct sockaddr_in *address)
{
	socklen_t n = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_in){.sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)address, n) < 0 || listen(fd, 8) < 0 ||
	    getsockname(fd, (struct sockaddr *)address, &n) < 0)
		die("a socket");
	return fd;
}

static void *send_bytes(void *arg)
{
	int fd = accept(*(int *)arg, NULL, NULL);
	char *chunk = allocate(CHUNK);

	for (size_t left = body_bytes; left;) {
		ssize_t n = write(fd, chunk, left < CHUNK ? left : CHUNK);

		if (n <= 0)
			break;
		left -= (size_t)n;
	}
	close(fd);
	free(chunk);
	return NULL;
}

/* Reads to the end; the bytes that came. */
static size_t drink(int fd, char *first, size_t first_size)
{
	char *chunk = allocate(CHUNK);
	size_t total = 0;
	ssize_t n;

	while ((n = read(fd, chunk, CHUNK)) > 0) {
		for (size_t i = 0; i < (size_t)n && total + i + 1 < first_size; i++)
			first[total + i] = chunk[i];
		total += (size_t)n;
	}
	free(chunk);
	return total;
}

static double floor_send(void)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), fd;
	uint64_t start;
	pthread_t t;

	if (pthread_create(&t, NULL, send_bytes, &listener))
		die("a thread");
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	start = clock_mono_ns();
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die("connect");
	drink(fd, NULL, 0);
	start = clock_mono_ns() - start;
	pthread_join(t, NULL);
	close(fd);
	close(listener);
	return (double)start / 1e6;
}

/* See src/render/gzip.c: without it the floor would slow down what is measured after it. */
static void restore_speed(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx"))
		__asm__ volatile("vzeroupper" ::: "memory");
#endif
}

/* ISA-L at level 1 over text of the same shape, as one piece. */
static double floor_gzip(const char *text, size_t n)
{
	struct isal_zstream *z = allocate(sizeof(*z));
	uint8_t *level = allocate(ISAL_DEF_LVL1_DEFAULT), *out = allocate(CHUNK);
	uint64_t start = clock_mono_ns();

	isal_deflate_init(z);
	z->level = 1;
	z->level_buf = level;
	z->level_buf_size = ISAL_DEF_LVL1_DEFAULT;
	z->gzip_flag = IGZIP_GZIP;
	z->next_in = (uint8_t *)text;
	z->avail_in = (uint32_t)n;
	z->end_of_stream = 1;
	do {
		z->next_out = out;
		z->avail_out = CHUNK;
		isal_deflate(z);
	} while (z->internal_state.state != ZSTATE_END);
	restore_speed();
	start = clock_mono_ns() - start;
	free(z);
	free(level);
	free(out);
	return (double)start / 1e6;
}

/* ---- the project's steps, in this process ---- */

static int swallow(void *ctx, const struct map_batch *batch)
{
	*(uint64_t *)ctx += batch->n;
	return 0;
}

static double step_read(struct map_source *s)
{
	uint64_t n = 0, start = clock_mono_ns();
	struct map_read read = {.sink = swallow, .ctx = &n};
	struct err e;

	if (map_source_read(s, &read, &e) < 0 || n != n_entries)
		die(e.text);
	return (double)(clock_mono_ns() - start) / 1e6;
}

/* Decode what the floor read, and render it, as one figure: their floor is one loop, too. */
static double step_format(struct plan *plan, struct snapshot **previous,
			  const struct pair_key *keys, const uint64_t *values)
{
	uint64_t start = clock_mono_ns();
	struct builder *b = builder_new(plan, *previous, NULL,
					&(struct config_limits){.max_series = n_entries});
	struct builder_result result;
	struct exposition *x;
	struct render *r;
	char *chunk = allocate(CHUNK);

	for (uint64_t i = 0; i < n_entries; i += BATCH)
		if (builder_add(b, keys + i, values + i,
				(uint32_t)(n_entries - i < BATCH ? n_entries - i : BATCH)) < 0)
			die("decode");
	if (builder_finish(b, &result) < 0)
		die("decode");
	x = exposition_new(&result.snapshot, 1);
	r = render_new(x, &format_text);
	while (render_read(r, chunk, CHUNK) > 0)
		__asm__ volatile("" : : "r"(chunk) : "memory");
	start = clock_mono_ns() - start;
	render_free(r);
	exposition_unref(x);
	builder_free(b);
	snapshot_unref(*previous);
	*previous = result.snapshot;
	free(chunk);
	return (double)start / 1e6;
}

static char *render_all(struct snapshot *s, size_t *ret_n)
{
	struct exposition *x = exposition_new(&s, 1);
	struct render *r = render_new(x, &format_text);
	char *text = NULL;
	size_t n = 0;
	ssize_t got;

	do {
		text = realloc(text, n + CHUNK);
		got = render_read(r, text + n, CHUNK);
		n += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	render_free(r);
	exposition_unref(x);
	*ret_n = n;
	return text;
}

/* ---- the program as it is run ---- */

static const char config_text[] =
	"global: {max_series: 100000000, refresh: %s, at_scrape: %s, read_timeout: 60s}\n"
	"maps:\n"
	"  - name: flows\n"
	"    pin: " PIN "\n"
	"    key: [{name: a, type: u32}, {name: b, type: u32}]\n"
	"    value: u64\n"
	"    metrics:\n"
	"      - {name: bench_flow_packets_total, type: counter, help: Packets., labels: {a: a, b: b}}\n";

static struct config *write_config(const char *name, const char *refresh, const char *at_scrape,
				   char *path, size_t size)
{
	struct problems problems = PROBLEMS_INIT;
	struct config *config = NULL;
	FILE *f;

	snprintf(path, size, "%s/%s", folder, name);
	f = fopen(path, "w");
	if (!f)
		die(path);
	fprintf(f, config_text, refresh, at_scrape);
	fclose(f);
	if (config_load(path, &config, &problems) < 0)
		die(problems.n ? problems.items[0] : "configuration");
	return config;
}

static uint16_t free_port(void)
{
	struct sockaddr_in address;

	close(loopback_listen(&address));
	return ntohs(address.sin_port);
}

static size_t scrape(uint16_t port, const char *extra, double *ret_ms)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char request[256], head[16] = "";
	uint64_t start = clock_mono_ns();
	size_t n;

	snprintf(request, sizeof(request),
		 "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", extra);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    write(fd, request, strlen(request)) < 0) {
		close(fd);
		return 0;
	}
	n = drink(fd, head, sizeof(head));
	*ret_ms = (double)(clock_mono_ns() - start) / 1e6;
	close(fd);
	return strncmp(head, "HTTP/1.1 200", 12) ? 0 : n;
}

static uint16_t start_exporter(const char *program, const char *config_path)
{
	char config_option[128], address[64];
	uint16_t port = free_port();
	double ms;

	snprintf(config_option, sizeof(config_option), "--config.file=%s", config_path);
	snprintf(address, sizeof(address), "--web.listen-address=127.0.0.1:%u", port);
	exporter = fork();
	if (exporter == 0) {
		execl(program, program, config_option, address, "--log.level=error", NULL);
		_exit(127);
	}
	for (int i = 0; i < 500; i++) {
		size_t n = scrape(port, "", &ms);

		if (n > body_bytes / 2)
			return port;
		usleep(20000);
	}
	die("the exporter does not answer");
	return 0;
}

static void stop_exporter(void)
{
	kill(exporter, SIGTERM);
	waitpid(exporter, NULL, 0);
	exporter = 0;
}

/* CPU time of the exporter, all threads, in ms. */
static double exporter_cpu(void)
{
	clockid_t clock;

	if (clock_getcpuclockid(exporter, &clock))
		return 0;
	return (double)clock_read_ns(clock) / 1e6;
}

static double exporter_peak_mb(void)
{
	char path[64], line[256];
	double kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", exporter);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "VmHWM:", 6))
			kb = strtod(line + 6, NULL);
	if (f)
		fclose(f);
	return kb * 1024 / 1e6;
}

/* ---- rows ---- */

struct row {
	const char *name, *floor_name;
	double measured[N_PAIRS], floor[N_PAIRS], ratio[N_PAIRS];
};

enum { READ, FORMAT_NEW, FORMAT_STEADY, SENT, WHOLE, CPU, GZIP, N_ROWS };

static struct row rows[N_ROWS] = {
	[READ] = {.name = "read", .floor_name = "bare LOOKUP_BATCH, one thread"},
	[FORMAT_NEW] = {.name = "decode + format, new keys", .floor_name = "hand-written lines"},
	[FORMAT_STEADY] = {.name = "decode + format, steady keys",
			   .floor_name = "hand-written lines"},
	[SENT] = {.name = "scrape of a taken snapshot", .floor_name = "format + send"},
	[WHOLE] = {.name = "scrape that reads", .floor_name = "read + format + send"},
	[CPU] = {.name = "CPU of the same", .floor_name = "read + format + send"},
	[GZIP] = {.name = "gzip scrape that reads", .floor_name = "read + format + ISA-L level 1"},
};

static void note(int row, int pair, double measured, double floor)
{
	rows[row].measured[pair] = measured;
	rows[row].floor[pair] = floor;
	rows[row].ratio[pair] = measured / floor;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, N_PAIRS, sizeof(*values), compare);
	return values[N_PAIRS / 2];
}

static void print_row(struct row *r)
{
	double m = median(r->measured), f = median(r->floor), ratio = median(r->ratio);

	printf("%-30s %9.1f ms %9.1f ms   %5.2f  (%.2f … %.2f)  %s\n", r->name, m, f, ratio,
	       r->ratio[0], r->ratio[N_PAIRS - 1], r->floor_name);
}

static void print_machine(void)
{
	char line[256], cpu[200] = "?";
	struct utsname u;
	FILE *f = fopen("/proc/cpuinfo", "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "model name", 10)) {
			snprintf(cpu, sizeof(cpu), "%s", strchr(line, ':') + 2);
			cpu[strcspn(cpu, "\n")] = '\0';
			break;
		}
	}
	if (f)
		fclose(f);
	uname(&u);
	printf("%s, %ld CPUs, Linux %s, %lu entries, %d pairs each\n", cpu,
	       sysconf(_SC_NPROCESSORS_ONLN), u.release, (unsigned long)n_entries, N_PAIRS);
}

struct workload {
	struct pair_key *keys;
	uint64_t *values;
	struct map_source *source;
	struct plan *plan;
	struct snapshot *steady;
	char *text;
	size_t text_n;
};

static void measure_steps(struct workload *w, int i, double *ret_read, double *ret_format,
			  double *ret_send)
{
	struct snapshot *none = NULL;

	*ret_read = floor_read(NULL, NULL);
	note(READ, i, step_read(w->source), *ret_read);
	*ret_format = floor_format(w->keys, w->values);
	note(FORMAT_NEW, i, step_format(w->plan, &none, w->keys, w->values), *ret_format);
	snapshot_unref(none);
	note(FORMAT_STEADY, i, step_format(w->plan, &w->steady, w->keys, w->values), *ret_format);
	*ret_send = floor_send();
}

static void measure_reading(struct workload *w, uint16_t port)
{
	for (int i = 0; i < N_PAIRS; i++) {
		double read, format, send, whole, cpu, gzip;

		measure_steps(w, i, &read, &format, &send);
		cpu = exporter_cpu();
		if (!scrape(port, "", &whole))
			die("a scrape failed");
		note(CPU, i, exporter_cpu() - cpu, read + format + send);
		note(WHOLE, i, whole, read + format + send);
		if (!scrape(port, "Accept-Encoding: gzip\r\n", &gzip))
			die("a scrape failed");
		note(GZIP, i, gzip, read + format + floor_gzip(w->text, w->text_n));
	}
}

static void measure_taken(struct workload *w, uint16_t port)
{
	for (int i = 0; i < N_PAIRS; i++) {
		double taken, floor = floor_format(w->keys, w->values) + floor_send();

		if (!scrape(port, "", &taken))
			die("a scrape failed");
		note(SENT, i, taken, floor);
	}
}

static void compile_plan(struct workload *w, const struct config *config)
{
	struct family *family = family_new("bench_flow_packets_total", FAMILY_COUNTER, "Packets.");
	struct problems problems = PROBLEMS_INIT;
	const struct plan_input in = {
		.map = &config->maps[0], .families = &family, .info = &w->source->info, .pin = PIN};

	if (plan_compile(&in, &w->plan, &problems) < 0)
		die(problems.n ? problems.items[0] : "plan");
	family_unref(family);
}

int main(int argc, char **argv)
{
	struct config *config;
	char always[64], never[64];
	struct workload w = {0};
	double peak, ms;
	uint16_t port;
	struct err e;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_scrape EXPORTER [N]\n");
		return 2;
	}
	if (argc > 2)
		n_entries = strtoull(argv[2], NULL, 10);
	signal(SIGPIPE, SIG_IGN);
	if (!n_entries || !mkdtemp(folder))
		die("usage");
	make_map();
	config = write_config("always.yml", "off", "always", always, sizeof(always));
	config_free(write_config("never.yml", "24h", "never", never, sizeof(never)));
	if (map_source_open(PIN, false, &w.source, &e))
		die(e.text);
	compile_plan(&w, config);
	w.keys = allocate(n_entries * sizeof(*w.keys));
	w.values = allocate(n_entries * sizeof(*w.values));
	floor_read(w.keys, w.values);
	step_format(w.plan, &w.steady, w.keys, w.values);
	w.text = render_all(w.steady, &w.text_n);
	body_bytes = w.text_n;
	print_machine();

	port = start_exporter(argv[1], always);
	scrape(port, "", &ms);
	measure_reading(&w, port);
	peak = exporter_peak_mb();
	stop_exporter();
	port = start_exporter(argv[1], never);
	measure_taken(&w, port);
	stop_exporter();

	printf("%-30s %12s %12s   ratio  (range)        floor\n", "step", "measured", "floor");
	for (int i = 0; i < N_ROWS; i++)
		print_row(&rows[i]);
	printf("%-30s %9.1f MB %9.1f MB   %5.2f                  keys, values and label text, once\n",
	       "peak memory, steady keys", peak,
	       ((double)n_entries * 16 + (double)w.steady->sets[0].labels->ends[n_entries - 1]) /
		       1e6,
	       peak / (((double)n_entries * 16 +
			(double)w.steady->sets[0].labels->ends[n_entries - 1]) /
		       1e6));
	printf("body %.1f MB\n", (double)body_bytes / 1e6);

	free(w.text);
	free(w.keys);
	free(w.values);
	snapshot_unref(w.steady);
	plan_unref(w.plan);
	map_source_close(w.source);
	config_free(config);
	unlink(always);
	unlink(never);
	rmdir(folder);
	unlink(PIN);
	rmdir(PIN_FOLDER);
	return 0;
}
