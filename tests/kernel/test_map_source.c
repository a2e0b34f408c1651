// SPDX-License-Identifier: GPL-2.0-only
#include "source/map_source.h"

#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "source/map_ops.h"
#include "source/program_stats.h"
#include "support/alloc_fault.h"
#include "support/maps.h"
#include "support/source_contract.h"

static struct map_source *make_kernel_source(const struct map_info *info, uint32_t n)
{
	_cleanup_(close_fdp) int fd = test_map_create(info->type, info->key_size, info->value_size,
						      info->max_entries, info->flags);

	if (n)
		test_map_fill(fd, n);
	return source_of_pin(fd, "contract", true);
}

static void touch(struct map_source *s, uint64_t wall_ns)
{
	(void)s; /* the one that was made last */
	test_touch(test_pin_path("contract").path, (int64_t)wall_ns);
}

static void test_map_source__contract(void **state)
{
	struct source_maker maker = {
		.make = make_kernel_source,
		.touch = touch,
		.n_cpus = (uint32_t)libbpf_num_possible_cpus(),
	};

	(void)state;
	source_contract_run(&maker);
}

static void test_map_source_open__info(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_PERCPU_HASH, 4, 12, 100, 0);
	_cleanup_(map_source_closep) struct map_source *s = source_of_pin(fd, "info", false);

	(void)state;
	assert_int_equal(s->info.type, BPF_MAP_TYPE_PERCPU_HASH);
	assert_int_equal(s->info.id, test_map_info(fd).id);
	assert_int_equal(s->info.key_size, 4);
	assert_int_equal(s->info.value_size, 12);
	assert_int_equal(s->info.value_stride, 16);
	assert_int_equal(s->info.max_entries, 100);
	assert_int_equal(s->info.n_cpus, libbpf_num_possible_cpus());
	assert_string_equal(s->info.name, "test");
	assert_true(s->info.memory_bytes > 100 * 16);
	assert_int_equal(map_fd_info(-1, &s->info), -EBADFD);
}

static void test_map_source_open__what_is_no_map(void **state)
{
	_cleanup_(close_fdp) int program = test_program_load();
	struct test_pin pin = test_pin(program, "program");
	struct test_pin folder = test_pin_path("folder");
	const struct {
		const char *path;
		int expected;
		const char *says;
	} cases[] = {
		{pin.path, -EMEDIUMTYPE, "bpf-prog"},
		{test_pin_path("nothing").path, MAP_SOURCE_GONE, "nothing is pinned"},
		{test_pin_path("no/folder").path, MAP_SOURCE_GONE, "nothing is pinned"},
		{"/proc/self/status", -EINVAL, "bpf filesystem"},
		{folder.path, -EISDIR, "folder"},
	};

	(void)state;
	assert_int_equal(mkdir(folder.path, 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (int writable = 0; writable <= 1; writable++) {
			struct map_source *s = NULL;
			struct err e = {0};

			assert_int_equal(map_source_open(cases[i].path, writable, &s, &e),
					 cases[i].expected);
			assert_null(s);
			assert_non_null(strstr(e.text, cases[i].says));
			assert_non_null(strstr(e.text, cases[i].path));
		}
	}
	test_unpin(&pin);
}

/* A link is refused by the kernel when it is opened read-only, and by us otherwise. */
static void test_map_source_open__link(void **state)
{
	static const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	_cleanup_(close_fdp) int program = -1, link = -1;
	struct map_source *s = NULL;
	struct test_pin pin;
	struct err e = {0};

	(void)state;
	program = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "test", "GPL", pass, ARRAY_SIZE(pass),
				NULL);
	assert_true(program >= 0);
	link = bpf_raw_tracepoint_open("sys_enter", program);
	assert_true(link >= 0);
	pin = test_pin(link, "link");
	for (int writable = 0; writable <= 1; writable++)
		assert_int_equal(map_source_open(pin.path, writable, &s, &e), -EMEDIUMTYPE);
	assert_non_null(strstr(e.text, "link"));
	test_unpin(&pin);
}

struct attempt {
	const char *path;
	bool writable;
	bool drains;
};

static int open_and_read(void *ctx)
{
	const struct attempt *a = ctx;
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	struct source_pairs p = {0};
	struct map_read r = {.sink = source_pairs_sink, .ctx = &p};
	struct layout *key, *value;
	struct err e = {0};
	int q = map_source_open(a->path, a->writable, &s, &e);

	if (q)
		return q;
	p.info = &s->info;
	q = a->drains ? map_source_drain(s, &r, &e) : map_source_read(s, &r, &e);
	if (q)
		return q;
	if (map_source_layouts(s, NULL, &key, &value, &e) != MAP_SOURCE_NO_BTF ||
	    !strstr(e.text, "CAP_SYS_ADMIN"))
		return -EPROTO;
	source_pairs_assert(&p, 4);
	return 0;
}

/* Somebody with read permission and nothing else: values yes, BTF no, drains no. */
static void test_map_source_open__without_privilege(void **state)
{
	int key_type, value_type;
	_cleanup_(close_fdp) int fd = -1;
	struct btf *btf = test_btf_flows(&key_type, &value_type);
	struct test_pin pin;
	struct attempt reading, writing, draining;

	(void)state;
	fd = test_map_create_btf(btf, BPF_MAP_TYPE_HASH, key_type, value_type, 4);
	btf__free(btf);
	test_map_fill(fd, 4);
	pin = test_pin(fd, "unprivileged");
	reading = (struct attempt){.path = pin.path};
	writing = (struct attempt){.path = pin.path, .writable = true};
	draining = (struct attempt){.path = pin.path, .drains = true};
	assert_int_equal(chmod(pin.path, 0600), 0);
	assert_int_equal(test_as_nobody(open_and_read, &reading), -EACCES);
	assert_int_equal(chmod(pin.path, 0644), 0);
	assert_int_equal(test_as_nobody(open_and_read, &reading), 0);
	assert_int_equal(test_as_nobody(open_and_read, &writing), -EACCES);
	assert_int_equal(test_as_nobody(open_and_read, &draining), -EPERM);
	test_unpin(&pin);
}

static void test_map_source_check__conditions(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	_cleanup_(close_fdp) int other = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	_cleanup_(close_fdp) int program = test_program_load();
	_cleanup_(map_source_closep) struct map_source *s = source_of_pin(fd, "check", false);
	struct test_pin pin = test_pin_path("check");
	struct err e = {0};

	(void)state;
	assert_int_equal(map_source_check(s, &e), 0);
	assert_string_equal(e.text, "");
	test_unpin(&pin);
	assert_int_equal(map_source_check(s, &e), MAP_SOURCE_GONE);
	test_pin(other, "check");
	assert_int_equal(map_source_check(s, &e), MAP_SOURCE_REPLACED);
	assert_non_null(strstr(e.text, pin.path));
	test_pin(program, "check");
	assert_int_equal(map_source_check(s, &e), -EMEDIUMTYPE);
	test_pin(fd, "check");
	assert_int_equal(map_source_check(s, &e), 0);
	test_unpin(&pin);
}

static int count_pairs(void *ctx, const struct map_batch *batch)
{
	*(uint32_t *)ctx += batch->n;
	return 0;
}

static int use_everything(const char *path)
{
	static const enum map_read_method methods[] = {MAP_READ_BATCH, MAP_READ_NEXT_KEY};
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
	int r = map_source_open(path, false, &s, NULL);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(methods); i++) {
		uint32_t n = 0;
		struct map_read read = {.sink = count_pairs, .ctx = &n, .method = methods[i]};

		r = map_source_read(s, &read, NULL);
		if (r == 0)
			assert_int_equal(n, 200);
	}
	return r ? r : map_source_layouts(s, NULL, &key, &value, NULL);
}

static void test_map_source__without_memory(void **state)
{
	int key_type, value_type;
	struct btf *btf = test_btf_flows(&key_type, &value_type);
	int fds[] = {
		test_map_create_btf(btf, BPF_MAP_TYPE_HASH, key_type, value_type, 200),
		test_map_create(BPF_MAP_TYPE_LPM_TRIE, 8, 8, 200, 0),
	};

	(void)state;
	btf__free(btf);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		struct test_pin pin = test_pin(fds[i], "no_memory");
		long nth;
		int r;

		test_map_fill(fds[i], 200);
		for (nth = 0;; nth++) {
			alloc_fault_arm(nth);
			r = use_everything(pin.path);
			if (!alloc_fault_disarm())
				break;
			assert_int_equal(r, -ENOMEM);
		}
		assert_int_equal(r, i ? MAP_SOURCE_NO_BTF : 0);
		assert_true(nth > 8);
		test_unpin(&pin);
		close(fds[i]);
	}
}

static void test_program_stats_read__result(void **state)
{
	_cleanup_(close_fdp) int program = test_program_load();
	_cleanup_(close_fdp) int map = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	_cleanup_(close_fdp) int enabled = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct test_pin pin = test_pin(program, "program_stats");
	char packet[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = 100);
	struct program_stats stats;
	struct err e = {0};

	(void)state;
	assert_true(enabled >= 0);
	assert_int_equal(bpf_prog_test_run_opts(program, &run), 0);
	assert_int_equal(program_stats_read(pin.path, &stats, &e), 0);
	assert_string_equal(stats.name, "test_program");
	assert_int_equal(stats.n_runs, 100);
	assert_true(stats.run_time_ns > 0);
	assert_int_equal(stats.n_missed, 0);
	test_unpin(&pin);
	assert_int_equal(program_stats_read(pin.path, &stats, &e), -ENOENT);
	pin = test_pin(map, "program_stats");
	assert_int_equal(program_stats_read(pin.path, &stats, &e), -EMEDIUMTYPE);
	assert_non_null(strstr(e.text, "bpf-map"));
	test_unpin(&pin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_source__contract),
		cmocka_unit_test(test_map_source_open__info),
		cmocka_unit_test(test_map_source_open__what_is_no_map),
		cmocka_unit_test(test_map_source_open__link),
		cmocka_unit_test(test_map_source_open__without_privilege),
		cmocka_unit_test(test_map_source_check__conditions),
		cmocka_unit_test(test_map_source__without_memory),
		cmocka_unit_test(test_program_stats_read__result),
	};

	return test_maps_run("map_source", tests);
}
