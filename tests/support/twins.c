// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a collector opens is a handle: it may close it at any time, while the
 * maps stay the world's until the end. One lock guards all maps, also during a
 * read, so that a read sees a map as it was between two changes.
 */
#include "support/twins.h"

#include <errno.h>
#include <fnmatch.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "base/clock.h"

#define N_TWINS_MAX 16

struct twin {
	char pin[64];
	struct map_source *map;
	bool pinned;
	bool was_opened_writable;
	bool is_held;
	unsigned int n_waiting;
	unsigned int n_reads;
	int open_error;
};

struct handle {
	struct map_source base;
	struct twin *twin;
	struct map_source *map;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct twin *twins[N_TWINS_MAX];
static size_t n_twins;
static struct map_source *replaced[N_TWINS_MAX];
static size_t n_replaced;
static int glob_error;

struct map_info twin_info(void)
{
	static uint32_t last_id;

	return (struct map_info){
		.type = BPF_MAP_TYPE_HASH,
		.id = ++last_id,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 100,
		.name = "twin",
		.n_cpus = 1,
	};
}

static struct map_source *new_map(const struct map_info *info)
{
	struct map_source *s = memory_source_new(info);

	assert_non_null(s);
	return s;
}

struct twin *twins_add(const char *pin, const struct map_info *info)
{
	struct twin *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	assert_true(n_twins < N_TWINS_MAX && strlen(pin) < sizeof(t->pin));
	memcpy(t->pin, pin, strlen(pin) + 1);
	t->map = new_map(info);
	t->pinned = true;
	pthread_mutex_lock(&lock);
	twins[n_twins++] = t;
	pthread_mutex_unlock(&lock);
	return t;
}

void twins_done(void)
{
	while (n_twins) {
		map_source_close(twins[--n_twins]->map);
		free(twins[n_twins]);
	}
	while (n_replaced)
		map_source_close(replaced[--n_replaced]);
	glob_error = 0;
}

void twins_release(void)
{
	for (size_t i = 0; i < n_twins; i++)
		twin_release(twins[i]);
}

static struct handle *handle(struct map_source *s)
{
	return (struct handle *)s; /* base is its first member */
}

static int handle_check(struct map_source *s, struct err *e)
{
	struct handle *h = handle(s);
	int r;

	pthread_mutex_lock(&lock);
	if (!h->twin->pinned)
		r = err_set(e, MAP_SOURCE_GONE, "%s: nothing is pinned there", h->twin->pin);
	else if (h->twin->map != h->map)
		r = err_set(e, MAP_SOURCE_REPLACED, "%s: another map", h->twin->pin);
	else
		r = map_source_check(h->map, e);
	if (r == 0) {
		s->info.memory_bytes = h->map->info.memory_bytes;
		s->info.pinned_wall_ns = h->map->info.pinned_wall_ns;
	}
	pthread_mutex_unlock(&lock);
	return r;
}

/* Under the lock. */
static void enter(struct twin *t)
{
	t->n_reads++;
	t->n_waiting++;
	pthread_cond_broadcast(&changed);
	while (t->is_held)
		pthread_cond_wait(&changed, &lock);
	t->n_waiting--;
}

static int handle_read(struct map_source *s, const struct map_read *r, struct err *e)
{
	const struct handle *h = handle(s);
	int result;

	pthread_mutex_lock(&lock);
	enter(h->twin);
	result = map_source_read(h->map, r, e);
	pthread_mutex_unlock(&lock);
	return result;
}

static int handle_drain(struct map_source *s, const struct map_read *r, struct err *e)
{
	const struct handle *h = handle(s);
	int result;

	pthread_mutex_lock(&lock);
	enter(h->twin);
	result = map_source_drain(h->map, r, e);
	pthread_mutex_unlock(&lock);
	return result;
}

static int handle_count(struct map_source *s, uint64_t deadline_ns, uint64_t *ret_n, struct err *e)
{
	int r;

	pthread_mutex_lock(&lock);
	r = map_source_count(handle(s)->map, deadline_ns, ret_n, e);
	pthread_mutex_unlock(&lock);
	return r;
}

static int handle_take(struct map_source *s, const void *key, void *values, struct err *e)
{
	int r;

	pthread_mutex_lock(&lock);
	r = map_source_take(handle(s)->map, key, values, e);
	pthread_mutex_unlock(&lock);
	return r;
}

static int handle_layouts(struct map_source *s, const char *state_dir, struct layout **ret_key,
			  struct layout **ret_value, struct err *e)
{
	int r;

	pthread_mutex_lock(&lock);
	r = map_source_layouts(handle(s)->map, state_dir, ret_key, ret_value, e);
	pthread_mutex_unlock(&lock);
	return r;
}

static void handle_close(struct map_source *s)
{
	free(handle(s));
}

static const struct map_source_ops handle_ops = {
	.check = handle_check,
	.read = handle_read,
	.drain = handle_drain,
	.count = handle_count,
	.take = handle_take,
	.layouts = handle_layouts,
	.close = handle_close,
};

/* Under the lock. */
static struct twin *find(const char *pin)
{
	for (size_t i = 0; i < n_twins; i++)
		if (!strcmp(twins[i]->pin, pin))
			return twins[i];
	return NULL;
}

/* Under the lock. */
static int open_locked(const char *pin, bool writable, struct map_source **ret_source,
		       struct err *e)
{
	struct twin *t = find(pin);
	struct handle *h;

	if (!t || !t->pinned)
		return err_set(e, MAP_SOURCE_GONE, "%s: nothing is pinned there", pin);
	if (t->open_error)
		return err_set(e, t->open_error, "%s: told not to open: %s", pin,
			       err_name(t->open_error));
	h = malloc(sizeof(*h));
	if (!h)
		return err_set(e, -ENOMEM, "%s: no memory", pin);
	*h = (struct handle){
		.base = {.ops = &handle_ops, .info = t->map->info}, .twin = t, .map = t->map};
	t->was_opened_writable = writable;
	*ret_source = &h->base;
	return 0;
}

int twins_open(const char *pin, bool writable, struct map_source **ret_source, struct err *e)
{
	int r;

	pthread_mutex_lock(&lock);
	r = open_locked(pin, writable, ret_source, e);
	pthread_mutex_unlock(&lock);
	return r;
}

static int add_match(struct pin_matches *m, const char *pattern, const char *pin)
{
	const char *star = strchr(pattern, '*');
	size_t lead = (size_t)(star - pattern), tail = strlen(star + 1);
	struct pin_match *match = &m->items[m->n++];

	match->path = strdup(pin);
	match->captures = calloc(1, sizeof(char *));
	if (!match->path || !match->captures)
		return -ENOMEM;
	match->captures[0] = strndup(pin + lead, strlen(pin) - lead - tail);
	match->n_captures = match->captures[0] ? 1 : 0;
	return match->captures[0] ? 0 : -ENOMEM;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct pin_match *)a)->path, ((const struct pin_match *)b)->path);
}

/* Under the lock. */
static int glob_locked(const char *pattern, struct pin_matches *m)
{
	int r = 0;

	m->items = calloc(N_TWINS_MAX, sizeof(*m->items));
	if (!m->items)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < n_twins; i++)
		if (twins[i]->pinned && !fnmatch(pattern, twins[i]->pin, FNM_PATHNAME))
			r = add_match(m, pattern, twins[i]->pin);
	if (r)
		return r;
	qsort(m->items, m->n, sizeof(*m->items), compare);
	return glob_error;
}

int twins_glob(const char *pattern, struct pin_matches *ret_matches, struct err *e)
{
	struct pin_matches m = {0};
	int r;

	if (!pin_pattern_is_glob(pattern))
		return pin_glob(pattern, ret_matches, e);
	pthread_mutex_lock(&lock);
	r = glob_locked(pattern, &m);
	pthread_mutex_unlock(&lock);
	if (r == -ENOMEM)
		pin_matches_done(&m);
	else
		*ret_matches = m;
	return r ? err_set(e, r, "%s: cannot be searched: %s", pattern, err_name(r)) : 0;
}

void twins_set_glob_error(int code)
{
	pthread_mutex_lock(&lock);
	glob_error = code;
	pthread_mutex_unlock(&lock);
}

void twin_put(struct twin *t, uint32_t key, uint64_t value)
{
	uint64_t values[8] = {0};

	assert_true(t->map->info.n_cpus <= ARRAY_SIZE(values) && t->map->info.value_stride == 8);
	for (uint32_t cpu = 0; cpu < t->map->info.n_cpus; cpu++)
		values[cpu] = value;
	twin_put_pair(t, &key, values);
}

void twin_put_pair(struct twin *t, const void *key, const void *values)
{
	int r;

	pthread_mutex_lock(&lock);
	r = memory_source_put(t->map, key, values);
	pthread_mutex_unlock(&lock);
	assert_int_equal(r, 0);
}

void twin_remove(struct twin *t, uint32_t key)
{
	int r;

	pthread_mutex_lock(&lock);
	r = memory_source_remove(t->map, &key);
	pthread_mutex_unlock(&lock);
	assert_int_equal(r, 0);
}

void twin_set_pinned(struct twin *t, bool pinned)
{
	pthread_mutex_lock(&lock);
	t->pinned = pinned;
	pthread_mutex_unlock(&lock);
}

void twin_set_open_error(struct twin *t, int code)
{
	pthread_mutex_lock(&lock);
	t->open_error = code;
	pthread_mutex_unlock(&lock);
}

void twin_set_faults(struct twin *t, const struct memory_source_faults *faults)
{
	pthread_mutex_lock(&lock);
	memory_source_set_faults(t->map, faults);
	pthread_mutex_unlock(&lock);
}

void twin_touch(struct twin *t, uint64_t pinned_wall_ns)
{
	pthread_mutex_lock(&lock);
	memory_source_touch(t->map, pinned_wall_ns);
	pthread_mutex_unlock(&lock);
}

void twin_set_memory_bytes(struct twin *t, uint64_t bytes)
{
	pthread_mutex_lock(&lock);
	t->map->info.memory_bytes = bytes;
	pthread_mutex_unlock(&lock);
}

void twin_set_layouts(struct twin *t, struct layout *key, struct layout *value)
{
	pthread_mutex_lock(&lock);
	memory_source_set_layouts(t->map, key, value);
	pthread_mutex_unlock(&lock);
}

void twin_replace(struct twin *t, const struct map_info *info)
{
	struct map_source *map = new_map(info);

	pthread_mutex_lock(&lock);
	assert_true(n_replaced < N_TWINS_MAX);
	replaced[n_replaced++] = t->map;
	t->map = map;
	pthread_mutex_unlock(&lock);
}

void twin_hold(struct twin *t)
{
	pthread_mutex_lock(&lock);
	t->is_held = true;
	pthread_mutex_unlock(&lock);
}

void twin_wait_held(struct twin *t)
{
	pthread_mutex_lock(&lock);
	while (!t->n_waiting)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

void twin_release(struct twin *t)
{
	pthread_mutex_lock(&lock);
	t->is_held = false;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static int count_entries(void *ctx, const struct map_batch *batch)
{
	*(unsigned int *)ctx += batch->n;
	return 0;
}

unsigned int twin_n_entries(struct twin *t)
{
	unsigned int n = 0;
	struct map_read r = {.sink = count_entries, .ctx = &n};

	pthread_mutex_lock(&lock);
	map_source_read(t->map, &r, NULL);
	pthread_mutex_unlock(&lock);
	return n;
}

unsigned int twin_n_reads(struct twin *t)
{
	unsigned int n;

	pthread_mutex_lock(&lock);
	n = t->n_reads;
	pthread_mutex_unlock(&lock);
	return n;
}

bool twin_was_opened_writable(struct twin *t)
{
	bool writable;

	pthread_mutex_lock(&lock);
	writable = t->was_opened_writable;
	pthread_mutex_unlock(&lock);
	return writable;
}

static int captured = -1, standard_error = -1;

void log_capture_begin(void)
{
	fflush(stderr);
	standard_error = dup(STDERR_FILENO);
	captured = memfd_create("log", MFD_CLOEXEC);
	assert_true(standard_error >= 0 && captured >= 0);
	assert_true(dup2(captured, STDERR_FILENO) >= 0);
}

char *log_capture_end(void)
{
	off_t n = lseek(captured, 0, SEEK_END);
	char *text = calloc(1, (size_t)n + 1);

	assert_non_null(text);
	assert_int_equal(pread(captured, text, (size_t)n, 0), n);
	dup2(standard_error, STDERR_FILENO);
	close(captured);
	close(standard_error);
	captured = standard_error = -1;
	return text;
}

void log_capture_drop(void)
{
	if (captured >= 0) {
		_cleanup_(freep) char *text = log_capture_end();

		fputs(text, stderr);
	}
}

unsigned int text_count(const char *text, const char *part)
{
	unsigned int n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}
