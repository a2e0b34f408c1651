// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors in the middle of things: those that pass are tried again, the others
 * end it at once, and what was handed over is never wrong. The kernel's calls
 * are replaced by a map in memory that fails when it is told to (--wrap).
 */
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "source/kernel_source_internal.h"
#include "source/map_ops.h"
#include "source/passing_internal.h"

#define N_KEYS	   10
#define BATCH	   3 /* pairs a call; the last has one */
#define N_BATCHES  4
#define FOR_EVER   1000000
#define VALUE(key) ((key)*UINT64_C(1000) + 7)

enum call { BATCH_READ, BATCH_DRAIN, NEXT_KEY, LOOKUP, TAKE, DELETE, N_CALLS };

/* From its @at-th time on, @n_times in a row, @call returns @code; a batch with @n_pairs. */
struct fault {
	enum call call;
	uint32_t at, n_times, n_pairs;
	int code;
};

static struct {
	bool is_there[N_KEYS];
	uint32_t hidden_until[N_KEYS]; /* the pass in which a walk first comes by, from 1 */
	bool is_ghost[N_KEYS];	       /* a walk comes by, but a lookup does not find it */
	bool ghosts_end; /* a walk that stands on one has no next key, the first time */
	uint32_t n_ids;	 /* if not 0, there are these keys instead, from 0 on */
	uint32_t n_passes;
	bool is_amid; /* a walk from key to key is */
	struct fault fault;
	uint32_t n_calls[N_CALLS];
} map;

int __wrap_map_lookup_batch(int fd, const void *in_token, void *out_token, void *keys, void *values,
			    uint32_t *count);
int __wrap_map_lookup_and_delete_batch(int fd, const void *in_token, void *out_token, void *keys,
				       void *values, uint32_t *count);
int __wrap_map_next_key(int fd, const void *key, void *next_key);
int __wrap_map_lookup(int fd, const void *key, void *value);
int __wrap_map_lookup_and_delete(int fd, const void *key, void *value);
int __wrap_map_delete(int fd, const void *key);

/* A trie's are prefixes, in the order of its walk. */
static uint32_t key_size;

static void put_key(void *to, uint32_t key)
{
	const uint32_t prefix[] = {32, htobe32(key)};

	memcpy(to, key_size == 4 ? &key : prefix, key_size);
}

static uint32_t get_key(const void *from, size_t i)
{
	uint32_t key;

	memcpy(&key, (const char *)from + (i + 1) * key_size - sizeof(key), sizeof(key));
	return key_size == 4 ? key : be32toh(key);
}

/* Return: 0 or what the call is to fail with. */
static int fault_of(enum call call)
{
	const struct fault *f = &map.fault;
	uint32_t n = map.n_calls[call]++;

	return f->call == call && n >= f->at && n - f->at < f->n_times ? f->code : 0;
}

static bool is_seen(uint32_t key)
{
	return (map.is_there[key] && map.n_passes >= map.hidden_until[key]) || map.is_ghost[key];
}

/* Where a walk goes on from @key, or N_KEYS. */
static uint32_t next_seen(uint32_t key)
{
	while (key < N_KEYS && !is_seen(key))
		key++;
	return key;
}

static int batch(enum call call, const void *in_token, void *out_token, void *keys, void *values,
		 uint32_t *count)
{
	int code = fault_of(call);
	uint32_t most = code ? map.fault.n_pairs : BATCH, at = 0, n;

	assert_true(*count >= N_KEYS);
	map.is_amid = true;
	if (in_token)
		memcpy(&at, in_token, sizeof(at));
	else
		map.n_passes++;
	for (n = 0, at = next_seen(at); n < most && at < N_KEYS; n++, at = next_seen(at + 1)) {
		uint64_t value = VALUE(at);

		put_key((char *)keys + n * key_size, at);
		memcpy((char *)values + n * sizeof(value), &value, sizeof(value));
		if (call == BATCH_DRAIN)
			map.is_there[at] = false;
	}
	*count = n;
	memcpy(out_token, &at, sizeof(at));
	if (code)
		return code;
	return at == N_KEYS ? -ENOENT : 0;
}

int __wrap_map_lookup_batch(int fd, const void *in_token, void *out_token, void *keys, void *values,
			    uint32_t *count)
{
	(void)fd;
	return batch(BATCH_READ, in_token, out_token, keys, values, count);
}

int __wrap_map_lookup_and_delete_batch(int fd, const void *in_token, void *out_token, void *keys,
				       void *values, uint32_t *count)
{
	(void)fd;
	return batch(BATCH_DRAIN, in_token, out_token, keys, values, count);
}

int __wrap_map_next_key(int fd, const void *key, void *next_key)
{
	int code = fault_of(NEXT_KEY);
	uint32_t at = 0;

	(void)fd;
	if (code)
		return code;
	if (key) {
		at = get_key(key, 0);
		if (map.ghosts_end && map.is_ghost[at]) {
			map.is_ghost[at] = false;
			map.is_amid = false;
			return -ENOENT;
		}
		at++;
	} else {
		map.n_passes +=
			!map.is_amid; /* else it only asks whether that is the first still */
	}
	at = map.n_ids ? at : next_seen(at);
	put_key(next_key, at);
	map.is_amid = at != (map.n_ids ? map.n_ids : N_KEYS);
	return map.is_amid ? 0 : -ENOENT;
}

static int find(enum call call, const void *key, void *value, bool deletes)
{
	int code = fault_of(call);
	uint32_t at;
	uint64_t found;

	if (code)
		return code;
	at = key ? get_key(key, 0) : next_seen(0); /* of a queue */
	if (!key && at == N_KEYS)
		return -ENOENT;
	if (!map.n_ids && !map.is_there[at])
		return -ENOENT;
	found = VALUE(at);
	if (value)
		memcpy(value, &found, sizeof(found));
	if (deletes)
		map.is_there[at] = false;
	return 0;
}

int __wrap_map_lookup(int fd, const void *key, void *value)
{
	(void)fd;
	return find(LOOKUP, key, value, false);
}

int __wrap_map_lookup_and_delete(int fd, const void *key, void *value)
{
	(void)fd;
	return find(TAKE, key, value, true);
}

int __wrap_map_delete(int fd, const void *key)
{
	(void)fd;
	return find(DELETE, key, NULL, true);
}

static struct kernel_source source_of(uint32_t type)
{
	key_size = type == BPF_MAP_TYPE_LPM_TRIE ? 8 : map_type_is_queue(type) ? 0 : 4;
	return (struct kernel_source){
		.base.info = {.type = type,
			      .key_size = key_size,
			      .value_size = 8,
			      .value_stride = 8,
			      .max_entries = N_KEYS,
			      .n_cpus = 1},
		.map = {.locator = (char *)"/pins/m", .fd = -1},
		.seen.key_size = key_size,
	};
}

static void fill_map(const struct fault *fault)
{
	memset(&map, 0, sizeof(map));
	for (uint32_t key = 0; key < N_KEYS; key++)
		map.is_there[key] = true;
	if (fault)
		map.fault = *fault;
}

static int note(void *ctx, const struct map_batch *b)
{
	uint32_t *n_handed = ctx;

	assert_true(b->n >= 1);
	for (uint32_t i = 0; i < b->n; i++) {
		uint64_t value = ((const uint64_t *)b->values)[i];
		uint32_t key = key_size ? get_key(b->keys, i) : (uint32_t)(value / 1000);

		assert_true(key < N_KEYS);
		assert_int_equal(((const uint64_t *)b->values)[i], VALUE(key));
		n_handed[key]++;
	}
	return 0;
}

static const struct {
	int code;
	bool passes;
	const char *says;
} errors[] = {
	{-EINTR, true, "faster"},     {-EBUSY, true, "faster"},	 {-EDEADLK, true, "faster"},
	{-ETIMEDOUT, true, "faster"}, {-EFAULT, false, "lost"},	 {-ENOMEM, false, "no memory"},
	{-EPERM, false, "permitted"}, {-EMFILE, false, "files"}, {-EIO, false, "error"},
};

/* Every call of a read or drain, and its first, middle and last time. */
static const struct {
	const char *name;
	enum call call;
	uint32_t type;
	enum map_read_method method;
	uint32_t at[3];
	bool may_have_pairs;
} reads[] = {
	{"batch", BATCH_READ, BPF_MAP_TYPE_HASH, MAP_READ_BATCH, {0, 1, N_BATCHES - 1}, true},
	{"auto", BATCH_READ, BPF_MAP_TYPE_HASH, MAP_READ_AUTO, {0, 1, N_BATCHES - 1}, true},
	{"trie", BATCH_READ, BPF_MAP_TYPE_LPM_TRIE, MAP_READ_BATCH, {0, 3, 7}, true},
	{"drain", BATCH_DRAIN, BPF_MAP_TYPE_HASH, MAP_READ_AUTO, {0, 1, N_BATCHES - 1}, true},
	{"pop", TAKE, BPF_MAP_TYPE_QUEUE, MAP_READ_AUTO, {0, 5, N_KEYS - 1}, false},
	{"next key", NEXT_KEY, BPF_MAP_TYPE_HASH, MAP_READ_NEXT_KEY, {0, 5, 2 * N_KEYS + 1}, false},
	{"end", NEXT_KEY, BPF_MAP_TYPE_HASH, MAP_READ_NEXT_KEY, {1, N_KEYS, N_KEYS + 1}, false},
	{"lookup", LOOKUP, BPF_MAP_TYPE_HASH, MAP_READ_NEXT_KEY, {0, 5, N_KEYS - 1}, false},
	{"array", LOOKUP, BPF_MAP_TYPE_ARRAY, MAP_READ_NEXT_KEY, {0, 5, N_KEYS - 1}, false},
	{"index", NEXT_KEY, BPF_MAP_TYPE_ARRAY, MAP_READ_NEXT_KEY, {0, 5, N_KEYS}, false},
};

static void check_read(size_t read, size_t error, const struct fault *fault)
{
	struct kernel_source s = source_of(reads[read].type);
	uint32_t n_handed[N_KEYS] = {0}, n_lost = 0;
	struct map_read r = {.sink = note, .ctx = n_handed, .method = reads[read].method};
	bool drains = fault->call == BATCH_DRAIN || fault->call == TAKE;
	/* With pairs in every call that fails it gets to the end all the same. */
	bool ends = errors[error].passes && (fault->n_times <= PASSING_TRIES || fault->n_pairs);
	int expected = ends ? 0 : errors[error].passes ? -EBUSY : errors[error].code;
	struct err e = {""};
	int result;

	fill_map(fault);
	result =
		drains ? kernel_source_drain(&s.base, &r, &e) : kernel_source_read(&s.base, &r, &e);
	kernel_source_read_done(&s);
	for (uint32_t key = 0; key < N_KEYS; key++) {
		assert_true(n_handed[key] <= 1);
		n_lost += n_handed[key] + (drains && map.is_there[key]) != 1;
	}
	if (result != expected || ((ends || drains) && n_lost))
		fail_msg("%s: %s in call %u, %u times with %u pairs: %d, %u lost", reads[read].name,
			 err_name(errors[error].code), fault->at, fault->n_times, fault->n_pairs,
			 result, n_lost);
	if (expected ? !strcasestr(e.text, errors[error].says) : e.text[0])
		fail_msg("%s: %s: '%s'", reads[read].name, err_name(errors[error].code), e.text);
}

static void test_passing__in_any_call(void **state)
{
	static const uint32_t times[] = {1, 2, PASSING_TRIES, FOR_EVER};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reads) * ARRAY_SIZE(errors) * ARRAY_SIZE(times) * 3 * 2;
	     i++) {
		size_t read = i % ARRAY_SIZE(reads), left = i / ARRAY_SIZE(reads);
		size_t error = left % ARRAY_SIZE(errors);
		struct fault f = {.call = reads[read].call, .code = errors[error].code};

		left /= ARRAY_SIZE(errors);
		f.n_times = times[left % ARRAY_SIZE(times)];
		left /= ARRAY_SIZE(times);
		f.at = reads[read].at[left % 3];
		f.n_pairs = (uint32_t)(left / 3) * 2;
		if (f.n_pairs && (!reads[read].may_have_pairs || f.n_times > 2))
			continue;
		check_read(read, error, &f);
	}
}

/* A kernel that says "passing" with every single pair never stands still. */
static void test_passing__while_it_moves(void **state)
{
	(void)state;
	for (size_t read = 0; read < ARRAY_SIZE(reads); read++) {
		struct fault f = {.call = reads[read].call, .n_times = N_KEYS, .n_pairs = 1};

		for (size_t error = 0; error < ARRAY_SIZE(errors); error++) {
			f.code = errors[error].code;
			if (reads[read].may_have_pairs && errors[error].passes)
				check_read(read, error, &f);
		}
	}
}

/* What one pass misses, another finds; but not for ever. */
static void test_passing__passes(void **state)
{
	static const struct {
		const char *name;
		uint32_t type;
		enum map_read_method method;
		uint32_t hidden_until, n_passes, n_found;
	} cases[] = {
		{"hash, all there", BPF_MAP_TYPE_HASH, MAP_READ_NEXT_KEY, 0, 2, N_KEYS},
		{"hash, one late", BPF_MAP_TYPE_HASH, MAP_READ_NEXT_KEY, 2, 2, N_KEYS},
		{"hash, later", BPF_MAP_TYPE_HASH, MAP_READ_NEXT_KEY, 3, 2, N_KEYS - 1},
		{"trie, all there", BPF_MAP_TYPE_LPM_TRIE, MAP_READ_BATCH, 0, 2, N_KEYS},
		{"trie, one late", BPF_MAP_TYPE_LPM_TRIE, MAP_READ_BATCH, 2, 2, N_KEYS},
		{"trie, by keys", BPF_MAP_TYPE_LPM_TRIE, MAP_READ_NEXT_KEY, 2, 2, N_KEYS},
		{"hash batches are exact", BPF_MAP_TYPE_HASH, MAP_READ_BATCH, 0, 1, N_KEYS},
		{"an array is", BPF_MAP_TYPE_ARRAY, MAP_READ_NEXT_KEY, 0, 1, N_KEYS},
		{"so is it in batches", BPF_MAP_TYPE_ARRAY, MAP_READ_BATCH, 0, 1, N_KEYS},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kernel_source s = source_of(cases[i].type);
		uint32_t n_handed[N_KEYS] = {0}, n = 0;
		struct map_read r = {.sink = note, .ctx = n_handed, .method = cases[i].method};

		fill_map(NULL);
		map.hidden_until[4] = cases[i].hidden_until;
		assert_int_equal(kernel_source_read(&s.base, &r, NULL), 0);
		kernel_source_read_done(&s);
		for (uint32_t key = 0; key < N_KEYS; key++)
			n += n_handed[key];
		if (map.n_passes != cases[i].n_passes || n != cases[i].n_found)
			fail_msg("%s: %u pairs in %u passes", cases[i].name, n, map.n_passes);
	}
}

/* A map in which each pass finds something new is read all the same. */
static void test_passing__always_something_new(void **state)
{
	static const enum map_read_method methods[] = {MAP_READ_BATCH, MAP_READ_NEXT_KEY};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		struct kernel_source s = source_of(BPF_MAP_TYPE_LPM_TRIE);
		uint32_t n_handed[N_KEYS] = {0};
		struct map_read r = {.sink = note, .ctx = n_handed, .method = methods[i]};

		fill_map(NULL);
		for (uint32_t key = 0; key < N_KEYS; key++)
			map.hidden_until[key] = key + 1;
		assert_int_equal(kernel_source_read(&s.base, &r, NULL), 0);
		kernel_source_read_done(&s);
		assert_int_equal(map.n_passes, 2);
		for (uint32_t key = 0; key < N_KEYS; key++)
			assert_int_equal(n_handed[key], key < 2);
	}
}

static void test_passing__take(void **state)
{
	static const struct {
		const char *name;
		struct fault fault;
		bool lacks_take, is_there;
		int result;
		bool is_left;
		uint32_t n_takes, n_lookups, n_deletes;
	} cases[] = {
		{"there", {0}, false, true, 0, false, 1, 0, 0},
		{"not there", {0}, false, false, -ENOENT, false, 1, 0, 0},
		{"busy", {TAKE, 0, 100, 0, -EBUSY}, false, true, 0, false, 101, 0, 0},
		{"interrupted", {TAKE, 0, 1, 0, -EINTR}, false, true, 0, false, 2, 0, 0},
		{"deadlock", {TAKE, 0, 1, 0, -EDEADLK}, false, true, 0, false, 2, 0, 0},
		{"timed out", {TAKE, 0, 1, 0, -ETIMEDOUT}, false, true, 0, false, 2, 0, 0},
		{"too busy", {TAKE, 0, 101, 0, -EINTR}, false, true, -EBUSY, true, 101, 0, 0},
		{"forbidden", {TAKE, 0, 9, 0, -EPERM}, false, true, -EPERM, true, 1, 0, 0},
		{"broken", {TAKE, 0, 9, 0, -EFAULT}, false, true, -EFAULT, true, 1, 0, 0},
		{"no memory", {TAKE, 0, 9, 0, -ENOMEM}, false, true, -ENOMEM, true, 1, 0, 0},
		{"before 5.14", {TAKE, 0, 9, 0, -MAP_ENOTSUPP}, false, true, 0, false, 1, 1, 1},
		{"before 4.20", {TAKE, 0, 9, 0, -EINVAL}, false, true, 0, false, 1, 1, 1},
		{"as known", {0}, true, true, 0, false, 0, 1, 1},
		{"gone", {0}, true, false, -ENOENT, false, 0, 1, 0},
		{"gone in between", {DELETE, 0, 1, 0, -ENOENT}, true, true, -ENOENT, true, 0, 1, 1},
		{"not looked up", {LOOKUP, 0, 9, 0, -EPERM}, true, true, -EPERM, true, 0, 1, 0},
		{"busy to look up", {LOOKUP, 0, 2, 0, -EINTR}, true, true, 0, false, 0, 3, 1},
		{"busy to delete", {DELETE, 0, 2, 0, -EBUSY}, true, true, 0, false, 0, 1, 3},
		{"frozen", {DELETE, 0, 9, 0, -EPERM}, true, true, -EPERM, true, 0, 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kernel_source s = source_of(BPF_MAP_TYPE_HASH);
		uint32_t key = 3;
		uint64_t value = 0;
		struct err e = {""};
		int r;

		fill_map(&cases[i].fault);
		s.lacks_take = cases[i].lacks_take;
		map.is_there[key] = cases[i].is_there;
		r = kernel_source_take(&s, &key, &value, &e);
		if (r != cases[i].result || map.is_there[key] != cases[i].is_left ||
		    map.n_calls[TAKE] != cases[i].n_takes ||
		    map.n_calls[LOOKUP] != cases[i].n_lookups ||
		    map.n_calls[DELETE] != cases[i].n_deletes)
			fail_msg("%s: %d, %s", cases[i].name, r, e.text);
		assert_int_equal(e.text[0] != '\0', r < 0);
		if (r == 0)
			assert_true(value == VALUE(key));
	}
}

/* The kernel is asked once whether it has the call. */
static void test_passing__take_remembers(void **state)
{
	const struct fault none = {TAKE, 0, FOR_EVER, 0, -MAP_ENOTSUPP};
	struct kernel_source s = source_of(BPF_MAP_TYPE_HASH);
	uint64_t value;

	(void)state;
	fill_map(&none);
	for (uint32_t key = 0; key < N_KEYS; key++)
		assert_int_equal(kernel_source_take(&s, &key, &value, NULL), 0);
	assert_int_equal(map.n_calls[TAKE], 1);
	assert_int_equal(map.n_calls[DELETE], N_KEYS);
}

/* The same for what is only counted: index by index, key by key, and a peek. */
static void test_passing__count(void **state)
{
	static const struct {
		uint32_t type;
		enum call call;
	} counts[] = {
		{BPF_MAP_TYPE_PROG_ARRAY, LOOKUP},	 {BPF_MAP_TYPE_SOCKHASH, NEXT_KEY},
		{BPF_MAP_TYPE_STACK_TRACE, NEXT_KEY},	 {BPF_MAP_TYPE_CGROUP_STORAGE, LOOKUP},
		{BPF_MAP_TYPE_HASH_OF_MAPS, BATCH_READ}, {99, NEXT_KEY},
	};
	static const uint32_t times[] = {1, PASSING_TRIES, FOR_EVER};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts) * ARRAY_SIZE(errors) * ARRAY_SIZE(times); i++) {
		size_t count = i % ARRAY_SIZE(counts), left = i / ARRAY_SIZE(counts);
		size_t error = left % ARRAY_SIZE(errors);
		struct fault f = {.call = counts[count].call,
				  .at = 1,
				  .n_times = times[left / ARRAY_SIZE(errors)],
				  .code = errors[error].code};
		struct kernel_source s = source_of(counts[count].type);
		bool ends = errors[error].passes && f.n_times < FOR_EVER;
		int expected = ends ? 0 : errors[error].passes ? -EBUSY : errors[error].code;
		uint64_t n = 77;
		int r;

		fill_map(&f);
		map.is_there[0] = map.is_there[N_KEYS - 1] = false;
		r = kernel_source_count(&s, 0, &n, NULL);
		kernel_source_read_done(&s);
		if (r != expected || n != (ends ? N_KEYS - 2 : 77))
			fail_msg("%s, %s: %d, %llu", map_type_name(counts[count].type),
				 err_name(errors[error].code), r, (unsigned long long)n);
	}
}

/* Cgroup storages: what comes after the last may be anything, and after one that is gone nothing.
 */
static void test_passing__count_ghosts(void **state)
{
	static const struct {
		uint32_t type, ghost;
		bool ends;
		uint64_t n;
	} cases[] = {
		{BPF_MAP_TYPE_CGROUP_STORAGE, N_KEYS - 1, false, N_KEYS - 1},
		{BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, N_KEYS - 1, false, N_KEYS - 1},
		{BPF_MAP_TYPE_CGROUP_STORAGE, 0, true, N_KEYS - 1},
		{BPF_MAP_TYPE_CGROUP_STORAGE, 5, true, N_KEYS - 1},
		{BPF_MAP_TYPE_SOCKHASH, 0, false, N_KEYS}, /* was there when it came by */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kernel_source s = source_of(cases[i].type);
		uint64_t n = 77;

		fill_map(NULL);
		map.is_there[cases[i].ghost] = false;
		map.is_ghost[cases[i].ghost] = true;
		map.ghosts_end = cases[i].ends;
		assert_int_equal(kernel_source_count(&s, 0, &n, NULL), 0);
		kernel_source_read_done(&s);
		assert_int_equal(n, cases[i].n);
	}
}

/* They have no max_entries, and may be as many as there are cgroups. */
static void test_passing__count_without_max_entries(void **state)
{
	struct kernel_source s = source_of(BPF_MAP_TYPE_CGROUP_STORAGE);
	uint64_t n = 77;

	(void)state;
	fill_map(NULL);
	map.n_ids = 5000;
	s.base.info.max_entries = 0;
	assert_int_equal(kernel_source_count(&s, 0, &n, NULL), 0);
	kernel_source_read_done(&s);
	assert_int_equal(n, 5000);
}

/* A type of the future, without keys or with what the kernel refuses. */
static void test_passing__count_refused(void **state)
{
	static const struct {
		uint32_t type, key_size;
		struct fault fault;
	} cases[] = {
		{99, 0, {0}},
		{99, 4, {NEXT_KEY, 0, 1, 0, -MAP_ENOTSUPP}},
		{99, 4, {NEXT_KEY, 0, 1, 0, -EOPNOTSUPP}},
		{99, 4, {NEXT_KEY, 0, 1, 0, -EINVAL}},
		{BPF_MAP_TYPE_SOCKMAP, 4, {LOOKUP, 0, 1, 0, -ENOSPC}},
		{BPF_MAP_TYPE_PROG_ARRAY, 4, {LOOKUP, 0, 1, 0, -MAP_ENOTSUPP}},
		{BPF_MAP_TYPE_QUEUE, 4, {LOOKUP, 0, 1, 0, -MAP_ENOTSUPP}},
		{BPF_MAP_TYPE_STRUCT_OPS, 4, {LOOKUP, 0, 1, 0, -EOPNOTSUPP}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kernel_source s = source_of(cases[i].type);
		uint64_t n = 77;
		struct err e = {""};

		fill_map(&cases[i].fault);
		s.base.info.key_size = cases[i].key_size;
		assert_int_equal(kernel_source_count(&s, 0, &n, &e), -EOPNOTSUPP);
		kernel_source_read_done(&s);
		assert_int_equal(n, 77);
		assert_non_null(strstr(e.text, map_type_name(cases[i].type)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passing__in_any_call),
		cmocka_unit_test(test_passing__while_it_moves),
		cmocka_unit_test(test_passing__passes),
		cmocka_unit_test(test_passing__always_something_new),
		cmocka_unit_test(test_passing__take),
		cmocka_unit_test(test_passing__take_remembers),
		cmocka_unit_test(test_passing__count),
		cmocka_unit_test(test_passing__count_ghosts),
		cmocka_unit_test(test_passing__count_without_max_entries),
		cmocka_unit_test(test_passing__count_refused),
	};

	return cmocka_run_group_tests_name("passing", tests, NULL, NULL);
}
