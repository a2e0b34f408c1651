// SPDX-License-Identifier: GPL-2.0-only
/*
 * How full maps of every type are, as far as the kernel tells: made with known
 * contents, counted through a read-only descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <mntent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "source/map_ops.h"
#include "source/map_source.h"
#include "support/maps.h"
#include "support/source_contract.h"

DEFINE_CLEANUP(btf__free, struct btf *)

/* Newer than the oldest headers. */
#define USER_RINGBUF 31
#define CGRP_STORAGE 32
#define ARENA	     33

#define N_OPEN_MAX   32
#define UNTOUCHED    UINT64_C(0x1234567)

/* What a map's contents need, until the case is over. */
static struct {
	int fds[N_OPEN_MAX];
	size_t n_fds;
	char folders[N_OPEN_MAX][160];
	size_t n_folders;
} kept;

static int keep(int fd)
{
	assert_true(fd >= 0 && kept.n_fds < N_OPEN_MAX);
	kept.fds[kept.n_fds++] = fd;
	return fd;
}

static int let_go(void **state)
{
	(void)state;
	while (kept.n_fds)
		close(kept.fds[--kept.n_fds]);
	while (kept.n_folders)
		rmdir(kept.folders[--kept.n_folders]);
	return 0;
}

static int put(int map, uint32_t key, uint64_t value)
{
	return map_update(map, &key, &value, BPF_ANY);
}

static int keep_inner_map(void)
{
	return keep(test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0));
}

static int put_inner_map(int map, uint32_t key)
{
	return put(map, key, (uint64_t)keep_inner_map());
}

static int put_program(int map, uint32_t key)
{
	return put(map, key, (uint64_t)keep(test_program_load()));
}

static int put_loopback(int map, uint32_t key)
{
	return put(map, key, 1);
}

static int put_queue_size(int map, uint32_t key)
{
	return put(map, key, 64);
}

static int put_element(int map, uint32_t key)
{
	uint64_t value = key;

	return map_update(map, NULL, &value, BPF_ANY);
}

static int keep_socket(void)
{
	const struct sockaddr_in address = {.sin_family = AF_INET,
					    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = keep(socket(AF_INET, SOCK_STREAM, 0)), yes = 1;

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static int put_socket(int map, uint32_t key)
{
	return put(map, key, (uint64_t)keep_socket());
}

static int load(enum bpf_prog_type type, const struct bpf_insn *insns, size_t n)
{
	return keep(bpf_prog_load(type, "test", "GPL", insns, n, NULL));
}

/* A socket filter that puts 8 bytes, a record of 16, into the ring buffer. */
static int put_record(int map, uint32_t key)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ST | BPF_DW | BPF_MEM, .dst_reg = BPF_REG_10, .off = -8, .imm = 7},
		{.code = BPF_LD | BPF_DW | BPF_IMM,
		 .dst_reg = BPF_REG_1,
		 .src_reg = BPF_PSEUDO_MAP_FD,
		 .imm = map},
		{0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_10},
		{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -8},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = 8},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_4, .imm = 0},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_ringbuf_output},
		{.code = BPF_JMP | BPF_EXIT},
	};
	static int program;
	char packet[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet));

	if (!key)
		program = load(BPF_PROG_TYPE_SOCKET_FILTER, insns, ARRAY_SIZE(insns));
	assert_int_equal(bpf_prog_test_run_opts(program, &run), 0);
	return (int)run.retval;
}

/* The producer is a user: its position is the first word of the second page. */
static int put_user_record(int map, uint32_t key)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t *producer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map, (off_t)page);

	(void)key;
	assert_ptr_not_equal(producer, MAP_FAILED);
	*producer += 16;
	munmap(producer, page);
	return 0;
}

/* Where cgroup2 is mounted, or NULL. */
static const char *cgroups(void)
{
	static char path[100];
	FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent *m;

	while (f && !path[0] && (m = getmntent(f)))
		if (!strcmp(m->mnt_type, "cgroup2"))
			snprintf(path, sizeof(path), "%s", m->mnt_dir);
	if (f)
		endmntent(f);
	return path[0] ? path : NULL;
}

/* A program with storage in a cgroup of its own. */
static int put_storage(int map, uint32_t key)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_LD | BPF_DW | BPF_IMM,
		 .dst_reg = BPF_REG_1,
		 .src_reg = BPF_PSEUDO_MAP_FD,
		 .imm = map},
		{0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 0},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_local_storage},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	static int program;
	char *path = kept.folders[kept.n_folders++];
	int folder;

	snprintf(path, sizeof(kept.folders[0]), "%s/bpfmap_test_%d_%u", cgroups(), getpid(), key);
	assert_int_equal(mkdir(path, 0755), 0);
	folder = keep(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!key)
		program = load(BPF_PROG_TYPE_CGROUP_SKB, insns, ARRAY_SIZE(insns));
	return bpf_prog_attach(program, folder, BPF_CGROUP_INET_INGRESS, 0);
}

struct count_case {
	uint32_t type, key_size, value_size, max_entries, flags;
	int (*put)(int map, uint32_t key);
	uint32_t n_full; /* puts that fill it */
	uint32_t unit;	 /* of one put */
	int result;	 /* where there is something in it */
};

static const struct count_case cases[] = {
	{BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 9, 0, put_program, 9, 1, 0},
	{BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 9, 0, put_inner_map, 9, 1, 0},
	{BPF_MAP_TYPE_HASH_OF_MAPS, 4, 4, 9, 0, put_inner_map, 9, 1, 0},
	{BPF_MAP_TYPE_DEVMAP, 4, 4, 9, 0, put_loopback, 9, 1, 0},
	{BPF_MAP_TYPE_DEVMAP, 4, 8, 9, 0, put_loopback, 9, 1, 0},
	{BPF_MAP_TYPE_DEVMAP_HASH, 4, 4, 9, 0, put_loopback, 9, 1, 0},
	{BPF_MAP_TYPE_CPUMAP, 4, 4, 2, 0, put_queue_size, 2, 1, 0},
	{BPF_MAP_TYPE_SOCKMAP, 4, 8, 9, 0, put_socket, 9, 1, 0},
	{BPF_MAP_TYPE_SOCKMAP, 4, 4, 9, 0, put_socket, 9, 1, -EOPNOTSUPP},
	{BPF_MAP_TYPE_SOCKHASH, 4, 8, 9, 0, put_socket, 9, 1, 0},
	{BPF_MAP_TYPE_SOCKHASH, 4, 4, 9, 0, put_socket, 9, 1, 0},
	{BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 4, 8, 9, 0, put_socket, 9, 1, 0},
	{BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 4, 4, 9, 0, put_socket, 9, 1, -EOPNOTSUPP},
	{BPF_MAP_TYPE_CGROUP_STORAGE, 16, 8, 0, 0, put_storage, 9, 1, 0},
	{BPF_MAP_TYPE_CGROUP_STORAGE, 8, 8, 0, 0, put_storage, 9, 1, 0},
	{BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, 16, 12, 0, 0, put_storage, 9, 1, 0},
	{BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0, put_record, 255, 16, 0}, /* never quite full */
	{USER_RINGBUF, 0, 0, 4096, 0, put_user_record, 256, 16, 0},
	{BPF_MAP_TYPE_QUEUE, 0, 8, 9, 0, put_element, 9, 1, -EOPNOTSUPP},
	{BPF_MAP_TYPE_STACK, 0, 8, 9, 0, put_element, 9, 1, -EOPNOTSUPP},
	{BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 9, 0, put_element, 9, 1, -EOPNOTSUPP},
};

static int create(const struct count_case *c)
{
	struct map_create_opts opts = {.type = c->type,
				       .name = "count",
				       .key_size = c->key_size,
				       .value_size = c->value_size,
				       .max_entries = c->max_entries,
				       .flags = c->flags};

	if (c->type == BPF_MAP_TYPE_ARRAY_OF_MAPS || c->type == BPF_MAP_TYPE_HASH_OF_MAPS)
		opts.inner_map_fd = keep_inner_map();
	return map_create(&opts);
}

/* @result: where it cannot be counted, there is a sentence, and no number. */
static void assert_count(int fd, int result, uint64_t expected)
{
	_cleanup_(map_source_closep) struct map_source *s = source_of_pin(fd, "count", false);
	const char *type = map_type_name(s->info.type);
	uint64_t n = UNTOUCHED;
	struct err e = {""};
	int r;

	for (int again = 0; again < 2; again++) {
		r = map_source_count(s, 0, &n, &e);
		if (r != result || n != (r ? UNTOUCHED : expected))
			fail_msg("%s: %d and %llu instead of %d and %llu: %s", type, r,
				 (unsigned long long)n, result, (unsigned long long)expected,
				 e.text);
		assert_int_equal(strstr(e.text, type) != NULL, r != 0);
	}
}

static void assert_late(int fd)
{
	_cleanup_(map_source_closep) struct map_source *s = source_of_pin(fd, "count", false);
	uint64_t n = UNTOUCHED;
	struct err e = {""};

	assert_int_equal(map_source_count(s, 1, &n, &e), -ETIMEDOUT);
	assert_true(n == UNTOUCHED && e.text[0]);
	assert_int_equal(map_source_count(s, clock_mono_ns() + 60 * NS_PER_S, &n, &e), 0);
}

/* The highest index first, so that holes come before what is there. */
static void fill(int fd, const struct count_case *c, uint32_t n)
{
	bool has_indexes = c->key_size == 4;

	for (uint32_t i = 0; i < n; i++) {
		int r = c->put(fd, has_indexes ? c->max_entries - 1 - i : i);

		if (r < 0)
			fail_msg("%s: put %u: %s", map_type_name(c->type), i, err_name(r));
	}
}

static void test_map_source_count__every_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct count_case *c = &cases[i];
		const uint32_t fills[] = {0, 1, c->n_full / 2, c->n_full};

		if (c->put == put_storage && !cgroups()) {
			print_message("[  SKIPPED ] %s: no cgroup2\n", map_type_name(c->type));
			continue;
		}
		for (size_t j = 0; j < ARRAY_SIZE(fills); j++) {
			_cleanup_(close_fdp) int fd = create(c);
			bool is_head =
				c->type == BPF_MAP_TYPE_QUEUE || c->type == BPF_MAP_TYPE_STACK;

			if (fd < 0) {
				print_message("[  SKIPPED ] %s: %s\n", map_type_name(c->type),
					      err_name(fd));
				break;
			}
			fill(fd, c, fills[j]);
			assert_count(fd, is_head && !fills[j] ? 0 : c->result,
				     (uint64_t)fills[j] * c->unit);
			if (!c->result)
				assert_late(fd);
			let_go(NULL);
		}
	}
}

static void test_map_source_count__readable_types(void **state)
{
	static const struct {
		uint32_t type, key_size, n;
	} types[] = {
		{BPF_MAP_TYPE_HASH, 4, 0},
		{BPF_MAP_TYPE_HASH, 4, 5000},
		{BPF_MAP_TYPE_PERCPU_HASH, 4, 17},
		{BPF_MAP_TYPE_LRU_HASH, 4, 17},
		{BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 17},
		{BPF_MAP_TYPE_LPM_TRIE, 8, 5000},
		{BPF_MAP_TYPE_ARRAY, 4, 17},
		{BPF_MAP_TYPE_PERCPU_ARRAY, 4, 17},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_(close_fdp) int fd =
			test_map_create(types[i].type, types[i].key_size, 8, 5000, 0);
		struct map_info info = test_map_info(fd);

		test_map_fill(fd, types[i].n);
		assert_count(fd, 0, map_type_is_array(info.type) ? 5000 : types[i].n);
	}
}

/* Ids that can be looked up are those that are there; there may be more than max_entries. */
static void test_map_source_count__stack_traces(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_STACK_TRACE, 4, 80, 5, 0);
	uint64_t trace[10];
	uint32_t n = 0;

	(void)state;
	assert_count(fd, 0, 0);
	test_fill_stacks(fd);
	for (uint32_t id = 0; id < 8; id++)
		n += map_lookup(fd, &id, trace) == 0;
	assert_true(n > 0);
	assert_count(fd, 0, n);
}

/* What has no entries that a stranger could see. */
static void test_map_source_count__untold_types(void **state)
{
	static const struct count_case untold[] = {
		{BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 4, 0, NULL, 0, 0, 0},
		{BPF_MAP_TYPE_CGROUP_ARRAY, 4, 4, 4, 0, NULL, 0, 0, 0},
		{BPF_MAP_TYPE_XSKMAP, 4, 4, 4, 0, NULL, 0, 0, 0},
		{ARENA, 0, 0, 10, BPF_F_MMAPABLE, NULL, 0, 0, 0},
	};
	static const uint32_t storages[] = {BPF_MAP_TYPE_SK_STORAGE, BPF_MAP_TYPE_INODE_STORAGE,
					    BPF_MAP_TYPE_TASK_STORAGE, CGRP_STORAGE};
	_cleanup_(btf__freep) struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(untold); i++) {
		_cleanup_(close_fdp) int fd = create(&untold[i]);

		if (fd < 0)
			print_message("[  SKIPPED ] %s: %s\n", map_type_name(untold[i].type),
				      err_name(fd));
		else
			assert_count(fd, -EOPNOTSUPP, 0);
	}
	assert_int_equal(btf__load_into_kernel(btf), 0);
	for (size_t i = 0; i < ARRAY_SIZE(storages); i++) {
		const struct map_create_opts opts = {.type = storages[i],
						     .key_size = 4,
						     .value_size = 4,
						     .flags = BPF_F_NO_PREALLOC,
						     .btf_fd = btf__fd(btf),
						     .btf_key_type_id = (uint32_t)number,
						     .btf_value_type_id = (uint32_t)number};
		_cleanup_(close_fdp) int fd = map_create(&opts);

		if (fd < 0)
			print_message("[  SKIPPED ] %s: %s\n", map_type_name(storages[i]),
				      err_name(fd));
		else
			assert_count(fd, -EOPNOTSUPP, 0);
	}
}

/* A congestion control with the three functions that it must have. */
struct congestion_control {
	struct btf *kernel;
	const struct btf_type *ops;
	uint32_t ops_id, value_id, value_size, offset; /* of the ops in the value */
};

static struct congestion_control congestion_control(void)
{
	struct congestion_control c = {.kernel = btf__load_vmlinux_btf()};
	const struct btf_type *value;
	uint16_t last;

	assert_non_null(c.kernel);
	c.ops_id =
		(uint32_t)btf__find_by_name_kind(c.kernel, "tcp_congestion_ops", BTF_KIND_STRUCT);
	c.value_id = (uint32_t)btf__find_by_name_kind(c.kernel, "bpf_struct_ops_tcp_congestion_ops",
						      BTF_KIND_STRUCT);
	c.ops = btf__type_by_id(c.kernel, c.ops_id);
	value = btf__type_by_id(c.kernel, c.value_id);
	c.value_size = value->size;
	last = (uint16_t)(btf_vlen(value) - 1);
	c.offset = btf_member_bit_offset(value, last) / 8;
	return c;
}

/* Whether the programs could be loaded. */
static bool fill_value(const struct congestion_control *c, char *value)
{
	static const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 2},
		{.code = BPF_JMP | BPF_EXIT},
	};

	for (uint16_t i = 0; i < btf_vlen(c->ops); i++) {
		const char *name = btf__name_by_offset(c->kernel, btf_members(c->ops)[i].name_off);
		char *at = value + c->offset + btf_member_bit_offset(c->ops, i) / 8;
		LIBBPF_OPTS(bpf_prog_load_opts, opts,
			    .expected_attach_type = (enum bpf_attach_type)i,
			    .attach_btf_id = c->ops_id);
		int fd;

		if (!strcmp(name, "name"))
			memcpy(at, "bpfmap_test", sizeof("bpfmap_test"));
		if (strcmp(name, "ssthresh") && strcmp(name, "undo_cwnd") &&
		    strcmp(name, "cong_avoid"))
			continue;
		fd = bpf_prog_load(BPF_PROG_TYPE_STRUCT_OPS, "test", "GPL", insns,
				   ARRAY_SIZE(insns), &opts);
		if (fd < 0)
			return false;
		*(uint64_t *)at = (uint64_t)keep(fd);
	}
	return true;
}

static void test_map_source_count__struct_ops(void **state)
{
	struct congestion_control c = congestion_control();
	_cleanup_(btf__freep) struct btf *btf = btf__new_empty();
	LIBBPF_OPTS(bpf_map_create_opts, opts, .btf_vmlinux_value_type_id = c.value_id);
	_cleanup_(freep) char *value = calloc(1, c.value_size);
	_cleanup_(close_fdp) int fd = -1;
	uint32_t key = 0;
	bool is_made;

	(void)state;
	assert_true(btf__add_int(btf, "int", 4, BTF_INT_SIGNED) > 0);
	assert_int_equal(btf__load_into_kernel(btf), 0);
	opts.btf_fd = (uint32_t)btf__fd(btf);
	fd = bpf_map_create(BPF_MAP_TYPE_STRUCT_OPS, "count", 4, c.value_size, 1, &opts);
	is_made = fd >= 0 && fill_value(&c, value);
	btf__free(c.kernel);
	if (!is_made) {
		print_message("[  SKIPPED ] struct_ops: cannot be made here\n");
		return;
	}
	assert_count(fd, 0, 0);
	assert_int_equal(map_update(fd, &key, value, BPF_ANY), 0);
	assert_count(fd, 0, 1);
	assert_int_equal(map_delete(fd, &key), 0);
	assert_count(fd, 0, 0);
}

static int count_as_nobody(void *ctx)
{
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	uint64_t n = 0;
	struct err e = {""};
	int r = map_source_open(ctx, false, &s, &e);

	if (r == 0)
		r = map_source_count(s, 0, &n, &e);
	return r ? r : (int)n;
}

/* Read permission is enough, but for ring buffers. */
static void test_map_source_count__without_privilege(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct count_case *c = &cases[i];
		_cleanup_(close_fdp) int fd = -1;
		struct test_pin pin;
		bool is_ring = c->type == BPF_MAP_TYPE_RINGBUF || c->type == USER_RINGBUF;

		if (c->put == put_storage && !cgroups())
			continue;
		fd = create(c);
		if (fd < 0)
			continue;
		fill(fd, c, 2);
		pin = test_pin(fd, "nobody");
		assert_int_equal(chmod(pin.path, 0644), 0);
		assert_int_equal(test_as_nobody(count_as_nobody, pin.path), is_ring ? -EOPNOTSUPP
									    : c->result ? c->result
											: 2);
		assert_int_equal(chmod(pin.path, 0666), 0);
		if (is_ring)
			assert_int_equal(test_as_nobody(count_as_nobody, pin.path), 2 * 16);
		let_go(NULL);
		test_unpin(&pin);
	}
}

/* The user's own position may be anything. */
static void test_map_source_count__ring_never_over_full(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(USER_RINGBUF, 0, 0, 4096, 0);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t *producer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)page);

	(void)state;
	assert_ptr_not_equal(producer, MAP_FAILED);
	*producer = 4097;
	assert_count(fd, 0, 4096);
	*producer = UINT64_MAX;
	assert_count(fd, 0, 4096);
	munmap(producer, page);
}

static void test_map_source_count__by_id(void **state)
{
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	int fd = create(&cases[1]);
	char locator[32];
	uint64_t n = UNTOUCHED;
	struct err e = {""};

	(void)state;
	fill(fd, &cases[1], 3);
	snprintf(locator, sizeof(locator), "id:%u", test_map_info(fd).id);
	assert_int_equal(map_source_open(locator, false, &s, &e), 0);
	assert_int_equal(map_source_count(s, 0, &n, &e), 0);
	assert_int_equal(n, 3);
	close(fd);
	for (int i = 0; i < 500 && map_source_check(s, NULL) == 0; i++)
		usleep(10000);
	n = UNTOUCHED;
	assert_int_equal(map_source_count(s, 0, &n, &e), -ENOENT);
	assert_true(n == UNTOUCHED && e.text[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_map_source_count__every_type, let_go),
		cmocka_unit_test(test_map_source_count__readable_types),
		cmocka_unit_test(test_map_source_count__stack_traces),
		cmocka_unit_test(test_map_source_count__untold_types),
		cmocka_unit_test_teardown(test_map_source_count__struct_ops, let_go),
		cmocka_unit_test_teardown(test_map_source_count__without_privilege, let_go),
		cmocka_unit_test(test_map_source_count__ring_never_over_full),
		cmocka_unit_test_teardown(test_map_source_count__by_id, let_go),
	};

	return test_maps_run("map_count", tests);
}
