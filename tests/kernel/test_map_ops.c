// SPDX-License-Identifier: GPL-2.0-only
/* Each operation on a real map, with each result that its comment names and that can be had here.
 */
#include "source/map_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "support/maps.h"

static int make_hash(uint32_t max_entries)
{
	return test_map_create(BPF_MAP_TYPE_HASH, 4, 4, max_entries, 0);
}

static int put(int fd, uint32_t key, uint32_t value, uint64_t flags)
{
	return map_update(fd, &key, &value, flags);
}

static int get(int fd, uint32_t key, uint32_t *value)
{
	*value = 0;
	return map_lookup(fd, &key, value);
}

static void test_map_create__result(void **state)
{
	static const struct {
		struct map_create_opts opts;
		int expected; /* 0: a descriptor */
	} cases[] = {
		{{.type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 1}, 0},
		{{.type = BPF_MAP_TYPE_QUEUE, .value_size = 8, .max_entries = 1}, 0},
		{{.type = BPF_MAP_TYPE_HASH, .value_size = 8, .max_entries = 1}, -EINVAL},
		{{.type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8}, -EINVAL},
		{{.type = BPF_MAP_TYPE_ARRAY, .key_size = 8, .value_size = 8, .max_entries = 1},
		 -EINVAL},
		{{.type = 9999, .key_size = 4, .value_size = 8, .max_entries = 1}, -EINVAL},
		{{.type = BPF_MAP_TYPE_LPM_TRIE, .key_size = 8, .value_size = 8, .max_entries = 1},
		 -EINVAL},
		{{.type = BPF_MAP_TYPE_ARRAY,
		  .key_size = 4,
		  .value_size = 0x80000000,
		  .max_entries = 1},
		 -E2BIG},
		{{.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
		  .inner_map_fd = -1,
		  .key_size = 4,
		  .value_size = 4,
		  .max_entries = 1},
		 -EBADF},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(close_fdp) int fd = map_create(&cases[i].opts);

		if (cases[i].expected)
			assert_int_equal(fd, cases[i].expected);
		else
			assert_true(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	}
}

static int create_as_nobody(void *ctx)
{
	static const struct map_create_opts opts = {
		.type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 4, .max_entries = 1};

	(void)ctx;
	return map_create(&opts);
}

static void test_map_create__needs_privilege(void **state)
{
	(void)state;
	assert_int_equal(test_as_nobody(create_as_nobody, NULL), -EPERM);
}

static void test_map_update__flags(void **state)
{
	_cleanup_(close_fdp) int fd = make_hash(2);
	uint32_t value;

	(void)state;
	assert_int_equal(put(fd, 5, 100, BPF_NOEXIST), 0);
	assert_int_equal(put(fd, 5, 101, BPF_NOEXIST), -EEXIST);
	assert_int_equal(get(fd, 5, &value), 0);
	assert_int_equal(value, 100);
	assert_int_equal(put(fd, 5, 200, BPF_EXIST), 0);
	assert_int_equal(put(fd, 4, 300, BPF_EXIST), -ENOENT);
	assert_int_equal(get(fd, 4, &value), -ENOENT);
	assert_int_equal(put(fd, 4, 300, BPF_ANY), 0);
	assert_int_equal(put(fd, 6, 1, BPF_ANY), -E2BIG);
	assert_int_equal(put(fd, 4, 301, BPF_ANY), 0);
	assert_int_equal(put(fd, 4, 1, 1 << 10), -EINVAL);
	assert_int_equal(get(fd, 5, &value), 0);
	assert_int_equal(value, 200);
}

static void test_map_update__array(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_ARRAY, 4, 4, 3, 0);

	(void)state;
	assert_int_equal(put(fd, 2, 1, BPF_ANY), 0);
	assert_int_equal(put(fd, 2, 1, BPF_EXIST), 0);
	assert_int_equal(put(fd, 2, 1, BPF_NOEXIST), -EEXIST);
	assert_int_equal(put(fd, 3, 1, BPF_ANY), -E2BIG);
}

static void test_map_update__trie(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_LPM_TRIE, 8, 4, 1, 0);
	uint32_t key[2] = {32, 1}, too_long[2] = {33, 1}, another[2] = {32, 2}, value = 1;

	(void)state;
	assert_int_equal(map_update(fd, key, &value, BPF_ANY), 0);
	assert_int_equal(map_update(fd, too_long, &value, BPF_ANY), -EINVAL);
	assert_int_equal(map_update(fd, another, &value, BPF_ANY), -ENOSPC);
}

static void test_map_lookup__result(void **state)
{
	_cleanup_(close_fdp) int fd = make_hash(2);
	_cleanup_(close_fdp) int ring = test_map_create(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0);
	_cleanup_(close_fdp) int closed = test_map_create(BPF_MAP_TYPE_HASH, 4, 4, 1, BPF_F_WRONLY);
	uint32_t value;

	(void)state;
	assert_int_equal(put(fd, 10, 100, BPF_ANY), 0);
	assert_int_equal(get(fd, 10, &value), 0);
	assert_int_equal(value, 100);
	assert_int_equal(get(fd, 11, &value), -ENOENT);
	assert_int_equal(map_lookup(ring, NULL, &value), -MAP_ENOTSUPP);
	assert_int_equal(get(closed, 0, &value), -EPERM);
	assert_int_equal(get(-1, 0, &value), -EBADF);
	assert_int_equal(map_lookup(fd, NULL, &value), -EFAULT);
}

static void test_map_delete__result(void **state)
{
	_cleanup_(close_fdp) int fd = make_hash(2);
	_cleanup_(close_fdp) int array = test_map_create(BPF_MAP_TYPE_ARRAY, 4, 4, 3, 0);
	uint32_t key = 20, value;

	(void)state;
	assert_int_equal(put(fd, 20, 250, BPF_ANY), 0);
	assert_int_equal(map_delete(fd, &key), 0);
	assert_int_equal(get(fd, 20, &value), -ENOENT);
	assert_int_equal(map_delete(fd, &key), -ENOENT);
	key = 0;
	assert_int_equal(map_delete(array, &key), -EINVAL);
}

static void test_map_lookup_and_delete__result(void **state)
{
	_cleanup_(close_fdp) int fd = make_hash(2);
	_cleanup_(close_fdp) int array = test_map_create(BPF_MAP_TYPE_ARRAY, 4, 4, 3, 0);
	_cleanup_(close_fdp) int trie = test_map_create(BPF_MAP_TYPE_LPM_TRIE, 8, 4, 3, 0);
	uint64_t key = 10;
	uint32_t value;

	(void)state;
	assert_int_equal(put(fd, 10, 100, BPF_ANY), 0);
	assert_int_equal(map_lookup_and_delete(fd, &key, &value), 0);
	assert_int_equal(value, 100);
	assert_int_equal(map_lookup_and_delete(fd, &key, &value), -ENOENT);
	assert_int_equal(map_lookup_and_delete(array, &key, &value), -MAP_ENOTSUPP);
	assert_int_equal(map_lookup_and_delete(trie, &key, &value), -MAP_ENOTSUPP);
}

static void test_map_lookup_and_delete__pops(void **state)
{
	static const struct {
		uint32_t type;
		uint32_t order[3];
	} cases[] = {
		{BPF_MAP_TYPE_QUEUE, {1, 2, 3}},
		{BPF_MAP_TYPE_STACK, {3, 2, 1}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(close_fdp) int fd = test_map_create(cases[i].type, 0, 4, 3, 0);
		uint32_t value;

		for (value = 1; value <= 3; value++)
			assert_int_equal(map_update(fd, NULL, &value, BPF_ANY), 0);
		assert_int_equal(map_update(fd, NULL, &value, BPF_ANY), -E2BIG);
		for (size_t j = 0; j < 3; j++) {
			assert_int_equal(map_lookup_and_delete(fd, NULL, &value), 0);
			assert_int_equal(value, cases[i].order[j]);
		}
		assert_int_equal(map_lookup_and_delete(fd, NULL, &value), -ENOENT);
		assert_int_equal(map_lookup(fd, NULL, &value), -ENOENT);
	}
}

static void test_map_next_key__walks(void **state)
{
	_cleanup_(close_fdp) int fd = make_hash(4);
	_cleanup_(close_fdp) int queue = test_map_create(BPF_MAP_TYPE_QUEUE, 0, 4, 3, 0);
	uint32_t key, first, gone = 99, seen = 0;
	int n = 0;

	(void)state;
	assert_int_equal(map_next_key(fd, NULL, &key), -ENOENT);
	for (key = 1; key <= 3; key++)
		assert_int_equal(put(fd, key, key * 10, BPF_ANY), 0);
	for (int r = map_next_key(fd, NULL, &key); r == 0; r = map_next_key(fd, &key, &key), n++)
		seen |= 1u << key;
	assert_int_equal(n, 3);
	assert_int_equal(seen, 0xe);

	/* One that is not there gives the first again. */
	assert_int_equal(map_next_key(fd, NULL, &first), 0);
	assert_int_equal(map_next_key(fd, &gone, &key), 0);
	assert_int_equal(key, first);
	assert_int_equal(map_next_key(queue, NULL, &key), -EINVAL);
}

static void test_map_update_batch__partial(void **state)
{
	_cleanup_(close_fdp) int fd = make_hash(4);
	_cleanup_(close_fdp) int queue = test_map_create(BPF_MAP_TYPE_QUEUE, 0, 4, 3, 0);
	uint32_t keys[] = {40, 50, 60, 70, 80}, values[] = {400, 500, 600, 700, 800};
	uint32_t fifty = 50, n, value;

	(void)state;
	n = 3;
	assert_int_equal(map_update_batch(fd, keys, values, &n, BPF_ANY), 0);
	assert_int_equal(n, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(get(fd, keys[i], &value), 0);
		assert_int_equal(value, values[i]);
	}
	n = 5; /* the fifth has no room */
	assert_int_equal(map_update_batch(fd, keys, values, &n, BPF_ANY), -E2BIG);
	assert_int_equal(n, 4);
	n = 4;
	assert_int_equal(map_delete(fd, &fifty), 0);
	assert_int_equal(map_update_batch(fd, keys, values, &n, BPF_ANY), 0);
	/* Only single updates can say whether the key must be there. */
	n = 4;
	assert_int_equal(map_update_batch(fd, keys, values, &n, BPF_NOEXIST), -EINVAL);
	assert_int_equal(n, 0);
	n = 4;
	assert_int_equal(map_update_batch(fd, keys, values, &n, BPF_EXIST), -EINVAL);
	assert_int_equal(n, 0);
	n = 2;
	assert_int_equal(map_update_batch(fd, keys, NULL, &n, BPF_ANY), -EFAULT);
	assert_int_equal(n, 0);
	n = 2;
	assert_int_equal(map_update_batch(queue, keys, values, &n, BPF_ANY), -MAP_ENOTSUPP);
	assert_int_equal(n, 0);
}

static void test_map_delete_batch__partial(void **state)
{
	_cleanup_(close_fdp) int fd = make_hash(8);
	_cleanup_(close_fdp) int array = test_map_create(BPF_MAP_TYPE_ARRAY, 4, 4, 3, 0);
	uint32_t keys[] = {10, 20, 99, 30}, n, value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_int_equal(keys[i] == 99 ? 0 : put(fd, keys[i], 1, BPF_ANY), 0);
	n = 4; /* 99 is not there */
	assert_int_equal(map_delete_batch(fd, keys, &n), -ENOENT);
	assert_int_equal(n, 2);
	assert_int_equal(get(fd, 20, &value), -ENOENT);
	assert_int_equal(get(fd, 30, &value), 0);
	n = 1;
	assert_int_equal(map_delete_batch(fd, &keys[3], &n), 0);
	assert_int_equal(n, 1);
	n = 3;
	assert_int_equal(map_delete_batch(array, keys, &n), -MAP_ENOTSUPP);
	assert_int_equal(n, 0);
}

static void test_map_freeze__forbids_writes(void **state)
{
	_cleanup_(close_fdp) int fd = make_hash(4);
	_cleanup_(close_fdp) int mapped =
		test_map_create(BPF_MAP_TYPE_ARRAY, 4, 4, 3, BPF_F_MMAPABLE);
	uint32_t key = 10, token, out, value, n;
	int again;
	void *p;

	(void)state;
	assert_int_equal(put(fd, key, 100, BPF_ANY), 0);
	assert_int_equal(map_freeze(fd), 0);
	again = map_freeze(fd);
	assert_true(again == -EPERM || again == -EBUSY); /* by kernel */
	assert_int_equal(put(fd, key, 200, BPF_ANY), -EPERM);
	assert_int_equal(map_delete(fd, &key), -EPERM);
	assert_int_equal(map_lookup_and_delete(fd, &key, &value), -EPERM);
	n = 1;
	assert_int_equal(map_update_batch(fd, &key, &value, &n, BPF_ANY), -EPERM);
	assert_int_equal(n, 0);
	n = 1;
	assert_int_equal(map_delete_batch(fd, &key, &n), -EPERM);
	assert_int_equal(n, 0);
	n = 4;
	assert_int_equal(map_lookup_and_delete_batch(fd, NULL, &token, &out, &value, &n), -EPERM);
	assert_int_equal(n, 0);
	assert_int_equal(get(fd, key, &value), 0);
	assert_int_equal(value, 100);

	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, mapped, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(map_freeze(mapped), -EBUSY);
	munmap(p, 4096);
	assert_int_equal(map_freeze(mapped), 0);
}

static void test_map_pin__result(void **state)
{
	_cleanup_(close_fdp) int fd = make_hash(4);
	struct test_pin pin = test_pin(fd, "pinned");
	struct stat st;

	(void)state;
	assert_int_equal(stat(pin.path, &st), 0);
	assert_int_equal(map_pin(fd, pin.path), -EEXIST);
	assert_int_equal(map_pin(fd, test_pin_path("no/folder").path), -ENOENT);
	assert_int_equal(map_pin(fd, test_pin_path("with.dot").path), -EPERM);
	assert_int_equal(map_pin(fd, "/tmp/no_bpf_filesystem"), -EPERM);
	assert_int_equal(map_pin(-1, test_pin_path("nothing").path), -EINVAL);
	test_unpin(&pin);
}

/* The parent's descriptors are closed: only the pin leads to the map. */
static int use_from_another_process(const char *path)
{
	uint32_t value;
	int fd;

	close_range(3, ~0u, 0);
	fd = map_get(path, 0);
	if (fd < 0 || get(fd, 50, &value) || value != 500)
		return 1;
	return put(fd, 60, 600, BPF_NOEXIST) ? 2 : 0;
}

static void test_map_get__from_another_process(void **state)
{
	_cleanup_(close_fdp) int fd = make_hash(4);
	struct test_pin pin = test_pin(fd, "shared");
	uint32_t value;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(put(fd, 50, 500, BPF_ANY), 0);
	close(take_fd(&fd)); /* the pin alone keeps it */
	pid = fork();
	if (!pid)
		_exit(use_from_another_process(pin.path));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	fd = map_get(pin.path, 0);
	assert_true(fd >= 0);
	assert_int_equal(get(fd, 60, &value), 0);
	assert_int_equal(value, 600);
	test_unpin(&pin);
	assert_int_equal(map_get(pin.path, 0), -ENOENT);
}

static void test_map_get__read_only(void **state)
{
	_cleanup_(close_fdp) int fd = make_hash(4);
	struct test_pin pin = test_pin(fd, "read_only");
	_cleanup_(close_fdp) int reader = map_get(pin.path, BPF_F_RDONLY);
	_cleanup_(close_fdp) int writer = map_get(pin.path, BPF_F_WRONLY);
	uint32_t key = 1, token, out, value, n = 4;

	(void)state;
	assert_true(reader >= 0 && writer >= 0);
	assert_int_equal(put(writer, key, 10, BPF_ANY), 0);
	assert_int_equal(get(writer, key, &value), -EPERM);
	assert_int_equal(map_next_key(writer, NULL, &out), -EPERM);
	assert_int_equal(map_lookup_batch(writer, NULL, &token, &out, &value, &n), -EPERM);
	assert_int_equal(n, 0);

	assert_int_equal(get(reader, key, &value), 0);
	assert_int_equal(value, 10);
	assert_int_equal(put(reader, key, 11, BPF_ANY), -EPERM);
	assert_int_equal(map_delete(reader, &key), -EPERM);
	assert_int_equal(map_lookup_and_delete(reader, &key, &value), -EPERM);
	assert_int_equal(map_freeze(reader), -EPERM);
	n = 4;
	assert_int_equal(map_lookup_and_delete_batch(reader, NULL, &token, &out, &value, &n),
			 -EPERM);
	assert_int_equal(n, 0);
	test_unpin(&pin);
}

static int get_as_nobody(void *ctx)
{
	_cleanup_(close_fdp) int fd = map_get(ctx, BPF_F_RDONLY);
	uint32_t value;

	if (fd < 0)
		return fd;
	return get(fd, 1, &value) == 0 && value == 10 ? 0 : -EIO;
}

/* Reading needs the pin's permission and no capability. */
static void test_map_get__permission(void **state)
{
	_cleanup_(close_fdp) int fd = make_hash(4);
	struct test_pin pin = test_pin(fd, "permission");

	(void)state;
	assert_int_equal(put(fd, 1, 10, BPF_ANY), 0);
	assert_int_equal(chmod(pin.path, 0600), 0);
	assert_int_equal(test_as_nobody(get_as_nobody, pin.path), -EACCES);
	assert_int_equal(chmod(pin.path, 0644), 0);
	assert_int_equal(test_as_nobody(get_as_nobody, pin.path), 0);
	assert_int_equal(map_get("/proc/self/status", 0), -EACCES);
	assert_int_equal(map_get(pin.path, 1 << 20), -EINVAL);
	test_unpin(&pin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_create__result),
		cmocka_unit_test(test_map_create__needs_privilege),
		cmocka_unit_test(test_map_update__flags),
		cmocka_unit_test(test_map_update__array),
		cmocka_unit_test(test_map_update__trie),
		cmocka_unit_test(test_map_lookup__result),
		cmocka_unit_test(test_map_delete__result),
		cmocka_unit_test(test_map_lookup_and_delete__result),
		cmocka_unit_test(test_map_lookup_and_delete__pops),
		cmocka_unit_test(test_map_next_key__walks),
		cmocka_unit_test(test_map_update_batch__partial),
		cmocka_unit_test(test_map_delete_batch__partial),
		cmocka_unit_test(test_map_freeze__forbids_writes),
		cmocka_unit_test(test_map_pin__result),
		cmocka_unit_test(test_map_get__from_another_process),
		cmocka_unit_test(test_map_get__read_only),
		cmocka_unit_test(test_map_get__permission),
	};

	return test_maps_run("map_ops", tests);
}
