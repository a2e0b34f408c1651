// SPDX-License-Identifier: GPL-2.0-only
#include "support/maps.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "source/map_ops.h"
#include "source/map_source.h"

#define BPF_FOLDER "/sys/fs/bpf"
#define NOBODY	   65534

static const char *folder(void)
{
	static char path[64];

	if (!path[0])
		snprintf(path, sizeof(path), BPF_FOLDER "/bpfmap_test_%d", getpid());
	return path;
}

const char *test_maps_missing(void)
{
	static const struct map_create_opts opts = {
		BPF_MAP_TYPE_HASH, NULL, 4, 4, 1, 0, 0, 0, 0, 0};
	_cleanup_(close_fdp) int fd = map_create(&opts);
	struct statfs fs;

	if (fd < 0)
		return "maps cannot be made: this needs root and a kernel with BPF";
	if (statfs(BPF_FOLDER, &fs) < 0 || fs.f_type != BPF_FS_MAGIC)
		return "no bpf filesystem is mounted at " BPF_FOLDER;
	return NULL;
}

static void remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char inner[512];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
		if (unlink(inner) < 0)
			remove_folder(inner);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

/* Those of tests that were killed. */
static void remove_stale_folders(void)
{
	DIR *dir = opendir(BPF_FOLDER);
	struct dirent *entry;
	char path[512];
	int pid;

	while (dir && (entry = readdir(dir))) {
		if (sscanf(entry->d_name, "bpfmap_test_%d", &pid) != 1 || pid <= 0)
			continue;
		if (kill(pid, 0) == 0 || errno != ESRCH)
			continue;
		snprintf(path, sizeof(path), BPF_FOLDER "/%s", entry->d_name);
		remove_folder(path);
	}
	if (dir)
		closedir(dir);
}

int test_pins_setup(void **state)
{
	(void)state;
	remove_stale_folders();
	return mkdir(folder(), 0755) < 0 && errno != EEXIST ? -1 : 0;
}

int test_pins_teardown(void **state)
{
	(void)state;
	remove_folder(folder());
	return 0;
}

int test_map_create(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t max_entries,
		    uint32_t flags)
{
	struct map_create_opts opts = {
		.type = type,
		.name = "test",
		.key_size = key_size,
		.value_size = value_size,
		.max_entries = max_entries,
		.flags = flags | (type == BPF_MAP_TYPE_LPM_TRIE ? BPF_F_NO_PREALLOC : 0),
	};
	int fd = map_create(&opts);

	if (fd < 0)
		fail_msg("map_create(type %u): %s", type, err_name(fd));
	return fd;
}

int test_map_create_btf(struct btf *btf, uint32_t type, int key_type, int value_type,
			uint32_t max_entries)
{
	struct map_create_opts opts = {
		.type = type,
		.name = "test_btf",
		.key_size = key_type ? (uint32_t)btf__resolve_size(btf, (uint32_t)key_type) : 4,
		.value_size = (uint32_t)btf__resolve_size(btf, (uint32_t)value_type),
		.max_entries = max_entries,
		.btf_key_type_id = (uint32_t)key_type,
		.btf_value_type_id = (uint32_t)value_type,
	};
	int fd;

	if (btf__fd(btf) < 0)
		assert_int_equal(btf__load_into_kernel(btf), 0);
	opts.btf_fd = btf__fd(btf);
	fd = map_create(&opts);
	if (fd < 0)
		fail_msg("map_create(type %u, with BTF): %s", type, err_name(fd));
	return fd;
}

struct map_info test_map_info(int fd)
{
	struct map_info info;

	assert_int_equal(map_fd_info(fd, &info), 0);
	return info;
}

struct test_pin test_pin_path(const char *name)
{
	struct test_pin pin;

	snprintf(pin.path, sizeof(pin.path), "%s/%s", folder(), name);
	return pin;
}

struct test_pin test_pin(int fd, const char *name)
{
	struct test_pin pin = test_pin_path(name);
	int r;

	unlink(pin.path);
	r = map_pin(fd, pin.path);
	if (r < 0)
		fail_msg("map_pin(%s): %s", pin.path, err_name(r));
	return pin;
}

void test_unpin(const struct test_pin *pin)
{
	assert_int_equal(unlink(pin->path), 0);
}

void test_touch(const char *path, int64_t wall_ns)
{
	const struct timespec both[] = {
		{.tv_nsec = UTIME_OMIT},
		{.tv_sec = (time_t)(wall_ns / (int64_t)NS_PER_S),
		 .tv_nsec = (long)(wall_ns % (int64_t)NS_PER_S)},
	};

	assert_int_equal(utimensat(AT_FDCWD, path, both, 0), 0);
}

void test_entry(const struct map_info *info, uint32_t i, void *key, void *values)
{
	size_t size = info->value_size < 8 ? info->value_size : 8;

	memset(key, 0, info->key_size);
	memset(values, 0, (size_t)info->n_cpus * info->value_stride);
	if (info->type == BPF_MAP_TYPE_LPM_TRIE) {
		uint32_t bits = (info->key_size - 4) * 8, last = htonl(i);

		memcpy(key, &bits, 4);
		memcpy((char *)key + info->key_size - 4, &last, 4);
	} else {
		memcpy(key, &i, info->key_size < 4 ? info->key_size : 4);
	}
	for (uint32_t cpu = 0; cpu < info->n_cpus; cpu++) {
		uint64_t value = (uint64_t)i * 1000 + cpu;

		memcpy((char *)values + (size_t)cpu * info->value_stride, &value, size);
	}
}

void test_map_fill(int fd, uint32_t n)
{
	struct map_info info = test_map_info(fd);
	_cleanup_(freep) void *key = malloc(info.key_size);
	_cleanup_(freep) void *values = malloc((size_t)info.n_cpus * info.value_stride);

	for (uint32_t i = 0; i < n; i++) {
		int r;

		test_entry(&info, i, key, values);
		r = map_update(fd, info.key_size ? key : NULL, values, BPF_ANY);
		if (r < 0)
			fail_msg("map_update() of pair %u: %s", i, err_name(r));
	}
}

struct btf *test_btf_flows(int *ret_key_type, int *ret_value_type)
{
	struct btf *btf = btf__new_empty();
	int u8 = btf__add_typedef(btf, "__u8", btf__add_int(btf, "unsigned char", 1, 0));
	int u16 = btf__add_typedef(btf, "__u16", btf__add_int(btf, "unsigned short", 2, 0));
	int u32 = btf__add_typedef(btf, "__u32", btf__add_int(btf, "unsigned int", 4, 0));
	int u64 = btf__add_typedef(btf, "__u64", btf__add_int(btf, "unsigned long long", 8, 0));
	int text = btf__add_int(btf, "char", 1, BTF_INT_SIGNED);
	int be16 = btf__add_typedef(btf, "__be16", u16);
	int be32 = btf__add_typedef(btf, "__be32", u32);
	int comm = btf__add_array(btf, u32, text, 16);

	*ret_key_type = btf__add_struct(btf, "flow_key", 8);
	btf__add_field(btf, "saddr", be32, 0, 0);
	btf__add_field(btf, "port", be16, 32, 0);
	btf__add_field(btf, "proto", u8, 48, 0);
	btf__add_field(btf, "pad", u8, 56, 0);
	*ret_value_type = btf__add_struct(btf, "flow_stats", 32);
	btf__add_field(btf, "packets", u64, 0, 0);
	btf__add_field(btf, "bytes", u64, 64, 0);
	assert_int_equal(btf__add_field(btf, "comm", comm, 128, 0), 0);
	return btf;
}

int test_program_load(void)
{
	static const struct bpf_insn nothing[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "test_program", "GPL", nothing,
			       ARRAY_SIZE(nothing), NULL);

	if (fd < 0)
		fail_msg("bpf_prog_load(): %s", err_name(fd));
	return fd;
}

int test_as_nobody(int (*f)(void *ctx), void *ctx)
{
	int answer[2], result = -EIO, status;
	pid_t pid;

	assert_int_equal(pipe(answer), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		result = -EPERM;
		if (setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0)
			result = f(ctx);
		_exit(write(answer[1], &result, sizeof(result)) != sizeof(result));
	}
	close(answer[1]);
	assert_int_equal(read(answer[0], &result, sizeof(result)), sizeof(result));
	close(answer[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return result;
}

void test_fill_stacks(int map)
{
	const struct bpf_insn program[] = {
		{.code = BPF_LD | BPF_DW | BPF_IMM,
		 .dst_reg = BPF_REG_2,
		 .src_reg = BPF_PSEUDO_MAP_FD,
		 .imm = map},
		{0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = 0},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_stackid},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	_cleanup_(close_fdp) int prog = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "stacks", "GPL",
						      program, ARRAY_SIZE(program), NULL);
	_cleanup_(close_fdp) int link = prog < 0 ? -1 : bpf_raw_tracepoint_open("sys_enter", prog);

	if (link < 0)
		fail_msg("a program that takes stack traces: %s", err_name(prog < 0 ? prog : link));
	for (int i = 0; i < 100; i++)
		syscall(SYS_getppid);
}
