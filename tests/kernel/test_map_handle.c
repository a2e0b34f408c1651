// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening and checking maps: what passes is tried again (the calls fail when
 * told to, --wrap), what changes is noticed, and the last descriptors are left
 * to others.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/map_ops.h"
#include "source/map_source.h"
#include "source/passing_internal.h"
#include "support/maps.h"
#include "support/source_contract.h"

enum call { GET, GET_BY_ID, INFO, N_CALLS };

/* The next @n_times times, @call returns @code. */
static struct {
	enum call call;
	unsigned int n_times;
	int code;
	unsigned int n_calls[N_CALLS];
} fault;

/* At the next map_get(): before and after it. */
static void (*before_get)(void), (*after_get)(void);

int __real_map_get(const char *path, uint32_t file_flags);
int __real_map_get_by_id(uint32_t id, uint32_t file_flags);
int __real_map_fd_info(int fd, struct map_info *ret_info);
int __wrap_map_get(const char *path, uint32_t file_flags);
int __wrap_map_get_by_id(uint32_t id, uint32_t file_flags);
int __wrap_map_fd_info(int fd, struct map_info *ret_info);

static int fault_of(enum call call)
{
	fault.n_calls[call]++;
	if (call != fault.call || !fault.n_times)
		return 0;
	fault.n_times--;
	return fault.code;
}

int __wrap_map_get(const char *path, uint32_t file_flags)
{
	int code = fault_of(GET);

	if (before_get)
		before_get();
	if (code == 0)
		code = __real_map_get(path, file_flags);
	if (after_get)
		after_get();
	before_get = after_get = NULL;
	return code;
}

int __wrap_map_get_by_id(uint32_t id, uint32_t file_flags)
{
	int code = fault_of(GET_BY_ID);

	return code ? code : __real_map_get_by_id(id, file_flags);
}

int __wrap_map_fd_info(int fd, struct map_info *ret_info)
{
	int code = fault_of(INFO);

	return code ? code : __real_map_fd_info(fd, ret_info);
}

static void arm(enum call call, unsigned int n_times, int code)
{
	memset(&fault, 0, sizeof(fault));
	fault.call = call;
	fault.n_times = n_times;
	fault.code = code;
}

static int count_pairs(void *ctx, const struct map_batch *batch)
{
	*(uint32_t *)ctx += batch->n;
	return 0;
}

struct locator {
	char text[160];
};

static struct locator id_of(int fd)
{
	struct locator l;

	snprintf(l.text, sizeof(l.text), "id:%u", test_map_info(fd).id);
	return l;
}

/* Each step of a source's life that opens the map: with one fault in it, whatever the step. */
static int use(const char *locator, int faulty_step, enum call call, unsigned int n_times, int code,
	       struct err *e)
{
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	uint32_t n = 0;
	struct map_read r = {.sink = count_pairs, .ctx = &n};
	int result;

	arm(call, faulty_step == 0 ? n_times : 0, code);
	result = map_source_open(locator, false, &s, e);
	if (result)
		return result;
	if (faulty_step == 1)
		arm(call, n_times, code);
	result = map_source_check(s, e);
	if (result)
		return result;
	if (faulty_step == 2)
		arm(call, n_times, code);
	result = map_source_read(s, &r, e);
	if (result == 0)
		assert_int_equal(n, 4);
	return result;
}

static void test_map_handle__passing(void **state)
{
	static const struct {
		int code;
		bool passes;
	} errors[] = {
		{-EINTR, true},	  {-EBUSY, true},  {-EMFILE, false},
		{-ENFILE, false}, {-EPERM, false}, {-ENOMEM, false},
	};
	static const struct {
		bool by_id;
		int step;
		enum call call;
	} calls[] = {
		{false, 0, GET},      {false, 0, INFO},	    {false, 1, GET},
		{false, 1, INFO},     {true, 0, GET_BY_ID}, {true, 0, INFO},
		{true, 1, GET_BY_ID}, {true, 2, GET_BY_ID}, {true, 2, INFO},
	};
	static const unsigned int times[] = {1, PASSING_TRIES, PASSING_TRIES + 1};
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	struct test_pin pin = test_pin(fd, "passing");
	struct locator id = id_of(fd);

	(void)state;
	test_map_fill(fd, 4);
	for (size_t i = 0; i < ARRAY_SIZE(errors) * ARRAY_SIZE(calls) * ARRAY_SIZE(times); i++) {
		size_t error = i % ARRAY_SIZE(errors), left = i / ARRAY_SIZE(errors);
		size_t call = left % ARRAY_SIZE(calls);
		unsigned int n = times[left / ARRAY_SIZE(calls)];
		bool passes = errors[error].passes, ends = passes && n <= PASSING_TRIES;
		int expected = ends ? 0 : passes ? -EBUSY : errors[error].code;
		struct err e = {""};
		int r = use(calls[call].by_id ? id.text : pin.path, calls[call].step,
			    calls[call].call, n, errors[error].code, &e);

		if (r != expected || (r && !strstr(e.text, calls[call].by_id ? "id:" : pin.path)))
			fail_msg("%s in call %d of step %d, %u times: %d, '%s'",
				 err_name(errors[error].code), calls[call].call, calls[call].step,
				 n, r, e.text);
		if (!passes)
			assert_int_equal(fault.n_times, n - 1);
	}
	arm(GET, 0, 0);
	test_unpin(&pin);
}

/* A map that is not allocated beforehand grows; who asks whether it is there gets to know. */
static void test_map_source_check__memory(void **state)
{
	_cleanup_(close_fdp) int fd =
		test_map_create(BPF_MAP_TYPE_HASH, 4, 4000, 10000, BPF_F_NO_PREALLOC);
	_cleanup_(map_source_closep) struct map_source *s = source_of_pin(fd, "memory", false);
	uint64_t before = s->info.memory_bytes;
	struct test_pin pin = test_pin_path("memory");

	(void)state;
	assert_true(before > 0);
	test_map_fill(fd, 5000);
	assert_true(s->info.memory_bytes == before);
	assert_int_equal(map_source_check(s, NULL), 0);
	assert_true(s->info.memory_bytes > before + 5000 * 4000);
	assert_true(s->info.memory_bytes == test_map_info(fd).memory_bytes);
	before = s->info.memory_bytes;
	test_unpin(&pin);
	assert_int_equal(map_source_check(s, NULL), MAP_SOURCE_GONE);
	assert_true(s->info.memory_bytes == before);
}

static uint64_t modified_ns(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_mtim.tv_sec * NS_PER_S + (uint64_t)st.st_mtim.tv_nsec;
}

/* A pin's time; there is none where no pin is. */
static void test_map_source_open__pinned(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	uint64_t before = clock_wall_ns();
	struct test_pin pin = test_pin(fd, "pinned"), link = test_pin_path("pinned_link");
	const char *const paths[] = {pin.path, link.path};
	struct locator id = id_of(fd);
	struct map_source *s;

	(void)state;
	/* The kernel's clock of files goes by ticks. */
	assert_true(modified_ns(pin.path) + 20 * NS_PER_MS >= before);
	assert_true(modified_ns(pin.path) <= clock_wall_ns());
	assert_int_equal(symlink(pin.path, link.path), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		for (int writable = 0; writable <= 1; writable++) {
			assert_int_equal(map_source_open(paths[i], writable, &s, NULL), 0);
			assert_int_equal(s->info.pinned_wall_ns, modified_ns(pin.path));
			map_source_close(s);
		}
	}
	assert_int_equal(map_source_open(id.text, false, &s, NULL), 0);
	assert_int_equal(s->info.pinned_wall_ns, 0);
	assert_int_equal(map_source_check(s, NULL), 0);
	assert_int_equal(s->info.pinned_wall_ns, 0);
	map_source_close(s);
	test_unpin(&link);
	test_unpin(&pin);
}

/* Touched, or pinned once more. */
static void test_map_source_check__pinned(void **state)
{
	static const uint64_t early = 5 * NS_PER_S + 7;
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	_cleanup_(close_fdp) int other = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	_cleanup_(map_source_closep) struct map_source *s = source_of_pin(fd, "again", false);
	struct test_pin pin = test_pin_path("again");

	(void)state;
	test_touch(pin.path, early);
	assert_int_equal(map_source_check(s, NULL), 0);
	assert_int_equal(s->info.pinned_wall_ns, early);
	test_touch(pin.path, -(int64_t)NS_PER_S); /* before the epoch */
	assert_int_equal(map_source_check(s, NULL), 0);
	assert_int_equal(s->info.pinned_wall_ns, 0);
	test_unpin(&pin);
	assert_int_equal(map_source_check(s, NULL), MAP_SOURCE_GONE);
	test_pin(fd, "again");
	assert_int_equal(map_source_check(s, NULL), 0);
	assert_int_equal(s->info.pinned_wall_ns, modified_ns(pin.path));
	test_touch(pin.path, early);
	assert_int_equal(map_source_check(s, NULL), 0);
	test_pin(other, "again");
	assert_int_equal(map_source_check(s, NULL), MAP_SOURCE_REPLACED);
	assert_int_equal(s->info.pinned_wall_ns, early);
	test_unpin(&pin);
}

static int exchanged_fd;

static void exchange(void)
{
	test_touch(test_pin(exchanged_fd, "exchanged").path, 5 * NS_PER_S);
}

/* Nobody can tell which of two pins was opened: the next check can. */
static void test_map_source_open__exchanged_meanwhile(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	struct test_pin pin = test_pin(fd, "exchanged");

	(void)state;
	exchanged_fd = fd;
	for (int is_after = 0; is_after <= 1; is_after++) {
		_cleanup_(map_source_closep) struct map_source *s = NULL;

		*(is_after ? &after_get : &before_get) = exchange;
		assert_int_equal(map_source_open(pin.path, false, &s, NULL), 0);
		assert_int_equal(s->info.pinned_wall_ns, 0);
		assert_int_equal(map_source_check(s, NULL), 0);
		assert_int_equal(s->info.pinned_wall_ns, 5 * NS_PER_S);
	}
	test_unpin(&pin);
}

struct scarce {
	const char *pin, *id;
	rlim_t limit;
	unsigned int n_free; /* that are left */
};

static unsigned int count_free(rlim_t limit)
{
	unsigned int n = 0;

	for (rlim_t fd = 0; fd < limit; fd++)
		n += fcntl((int)fd, F_GETFD) < 0;
	return n;
}

/* In a child. Return: 0, or the number of what is not as it should be. */
static int use_scarce(const struct scarce *c)
{
	const struct rlimit limit = {.rlim_cur = c->limit, .rlim_max = c->limit};
	struct map_source *s = NULL, *last = NULL;
	struct err e = {""};
	char number[32];
	int r;

	snprintf(number, sizeof(number), "limit of %llu ", (unsigned long long)c->limit);
	if (close_range(3, ~0U, 0) < 0 || setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1;
	while ((r = map_source_open(c->pin, false, &s, &e)) == 0)
		last = s;
	if (r != -EMFILE || !strstr(e.text, c->pin) || !strstr(e.text, number) ||
	    !strstr(e.text, "LimitNOFILE="))
		return 2;
	if (count_free(c->limit) != c->n_free)
		return 3;
	if (map_source_check(last, &e)) /* which opens it once more */
		return 4;
	if (map_source_open(c->id, false, &s, &e)) /* and so is this only open while it is read */
		return 5;
	map_source_close(last);
	return map_source_open(c->pin, false, &s, &e) ? 6 : 0;
}

static void test_map_source_open__leaves_descriptors(void **state)
{
	static const struct {
		rlim_t limit;
		unsigned int n_free;
	} cases[] = {{2000, 128}, {513, 128}, {512, 128}, {511, 127}, {256, 64}, {41, 10}};
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	struct test_pin pin = test_pin(fd, "scarce");
	struct locator id = id_of(fd);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct scarce c = {pin.path, id.text, cases[i].limit, cases[i].n_free};
		int status;
		pid_t pid = fork();

		if (!pid)
			_exit(use_scarce(&c));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (status)
			fail_msg("of %llu: %#x", (unsigned long long)c.limit, status);
	}
	test_unpin(&pin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_handle__passing),
		cmocka_unit_test(test_map_source_check__memory),
		cmocka_unit_test(test_map_source_open__pinned),
		cmocka_unit_test(test_map_source_check__pinned),
		cmocka_unit_test(test_map_source_open__exchanged_meanwhile),
		cmocka_unit_test(test_map_source_open__leaves_descriptors),
	};

	return test_maps_run("map_handle", tests);
}
