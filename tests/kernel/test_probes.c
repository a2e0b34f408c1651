// SPDX-License-Identifier: GPL-2.0-only
/* Loading and removing probes, and who may read their pins, on the running kernel. */
#include "probes/probes.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "source/map_source.h"
#include "support/syscalls_probe.h"

#define TEST_GROUP 4242

static uint32_t program_id(void)
{
	_cleanup_(close_fdp) int fd = bpf_obj_get(PINS "/programs/syscalls_enter");
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	return info.id;
}

static void test_probe_load__again_keeps_counts(void **state)
{
	_cleanup_(close_fdp) int map = -1, again = -1;
	uint32_t first_program;
	uint64_t n;

	(void)state;
	assert_false(probe_is_loaded(probe));
	load(NO_GROUP);
	assert_true(probe_is_loaded(probe));
	map = bpf_obj_get(SYSCALLS);
	first_program = program_id();
	n = drive(FIRST_FREE, 1000, 1);
	load(NO_GROUP);
	assert_true(probe_is_loaded(probe));
	assert_int_not_equal(program_id(), first_program);
	n += drive(FIRST_FREE, 1000, 1);
	again = bpf_obj_get(SYSCALLS);
	assert_int_equal(test_map_info(again).id, test_map_info(map).id);
	assert_counts(again, FIRST_FREE, n, n);
}

static bool exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static void test_probe_load__after_a_kill(void **state)
{
	_cleanup_(close_fdp) int stale = -1;

	(void)state;
	load(NO_GROUP);
	stale = bpf_obj_get(PINS "/programs/syscalls_enter");
	assert_int_equal(bpf_obj_pin(stale, PINS "/programs/syscalls_enter_new"), 0);
	load(NO_GROUP);
	assert_false(exists(PINS "/programs/syscalls_enter_new"));
	assert_false(exists(PINS "/links/syscalls_enter_new"));
}

static void test_probe_load__other_layout(void **state)
{
	static const struct {
		uint32_t type, key_size, value_size, max_entries;
	} others[] = {
		{BPF_MAP_TYPE_HASH, 4, 16, 1024},
		{BPF_MAP_TYPE_PERCPU_HASH, 8, 16, 1024},
		{BPF_MAP_TYPE_PERCPU_HASH, 4, 24, 1024},
		{BPF_MAP_TYPE_PERCPU_HASH, 4, 16, 512},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		_cleanup_(close_fdp) int fd =
			test_map_create(others[i].type, others[i].key_size, others[i].value_size,
					others[i].max_entries, 0);

		load(NO_GROUP);
		assert_int_equal(unlink(SYSCALLS), 0);
		assert_int_equal(bpf_obj_pin(fd, SYSCALLS), 0);
		assert_int_equal(probe_load(probe, NO_GROUP, &probe_err), -EEXIST);
		assert_non_null(strstr(probe_err.text, SYSCALLS));
		assert_non_null(strstr(probe_err.text, "bpfmapctl probes unload syscalls"));
		assert_true(probe_is_loaded(probe)); /* what ran goes on */
		assert_int_equal(probe_unload(probe, &probe_err), 0);
	}
}

static void test_probe_load__program_in_a_maps_place(void **state)
{
	_cleanup_(close_fdp) int program = test_program_load();

	(void)state;
	load(NO_GROUP);
	assert_int_equal(unlink(LOST), 0);
	assert_int_equal(bpf_obj_pin(program, LOST), 0);
	assert_int_equal(probe_load(probe, NO_GROUP, &probe_err), -EEXIST);
}

/* A failure after some pins were made takes those back. */
static void test_probe_load__failure_leaves_nothing(void **state)
{
	(void)state;
	load(NO_GROUP);
	assert_int_equal(probe_unload(probe, &probe_err), 0);
	assert_int_equal(mkdir(PROBES_PIN_ROOT, 0700), 0);
	assert_int_equal(mkdir(PINS, 0700), 0);
	assert_int_equal(mkdir(PINS "/links", 0700), 0);
	assert_int_equal(mkdir(PINS "/links/syscalls_exit_new", 0700), 0);
	assert_true(probe_load(probe, NO_GROUP, &probe_err) < 0);
	assert_non_null(strstr(probe_err.text, "syscalls_exit_new"));
	assert_false(exists(SYSCALLS));
	assert_false(exists(LOST));
	assert_false(exists(PINS "/programs"));
	assert_false(exists(PINS "/links/syscalls_enter"));
	assert_false(exists(PINS "/links/syscalls_enter_new"));
	assert_int_equal(rmdir(PINS "/links/syscalls_exit_new"), 0);
}

static void test_probe_load__folder_of_a_stranger(void **state)
{
	(void)state;
	assert_int_equal(mkdir(PROBES_PIN_ROOT, 0755), 0);
	assert_int_equal(chown(PROBES_PIN_ROOT, 4242, 4242), 0);
	assert_int_equal(probe_load(probe, NO_GROUP, &probe_err), -EPERM);
	assert_int_equal(rmdir(PROBES_PIN_ROOT), 0);
	assert_int_equal(symlink("/tmp", PROBES_PIN_ROOT), 0);
	assert_int_equal(probe_load(probe, NO_GROUP, &probe_err), -EPERM);
	assert_int_equal(unlink(PROBES_PIN_ROOT), 0);
}

static void test_probe_load__busy(void **state)
{
	_cleanup_(close_fdp) int lock = -1;

	(void)state;
	load(NO_GROUP);
	lock = open(PROBES_PIN_ROOT, O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	assert_int_equal(probe_load(probe, NO_GROUP, &probe_err), -EBUSY);
	assert_int_equal(probe_unload(probe, &probe_err), -EBUSY);
	assert_true(probe_is_loaded(probe));
}

static void test_probe_load__no_filesystem(void **state)
{
	(void)state;
	assert_int_equal(mount("none", PROBES_BPFFS, "tmpfs", 0, NULL), 0);
	assert_int_equal(probe_load(probe, NO_GROUP, &probe_err), -ENOENT);
	assert_non_null(strstr(probe_err.text, "mount -t bpf bpf " PROBES_BPFFS));
	assert_false(probe_is_loaded(probe));
	assert_int_equal(probe_unload(probe, &probe_err), 0);
	assert_int_equal(umount(PROBES_BPFFS), 0);
}

static void test_probe_unload__exactly_its_pins(void **state)
{
	_cleanup_(close_fdp) int map = -1, stranger = test_program_load();
	struct syscall_counts before;

	(void)state;
	load(NO_GROUP);
	map = bpf_obj_get(SYSCALLS);
	assert_int_equal(bpf_obj_pin(stranger, PINS "/stranger"), 0);
	assert_int_equal(probe_unload(probe, &probe_err), PROBE_LEFT_FILES);
	assert_non_null(strstr(probe_err.text, PINS "/stranger"));
	assert_true(exists(PINS "/stranger"));
	assert_false(exists(SYSCALLS));
	assert_false(exists(PINS "/links"));
	assert_false(exists(PINS "/programs"));
	assert_false(probe_is_loaded(probe));

	/* It counts no more from here on. */
	before = counts_of(map, FIRST_FREE);
	drive(FIRST_FREE, 100, 1);
	assert_counts(map, FIRST_FREE, before.calls, before.errors);

	assert_int_equal(unlink(PINS "/stranger"), 0);
	assert_int_equal(probe_unload(probe, &probe_err), 0);
	assert_false(exists(PROBES_PIN_ROOT));
	assert_int_equal(probe_unload(probe, &probe_err), 0);
}

/* ---- who may do what ---- */

/* Opens @pin for reading as user 4243 in @group, without capabilities. Return: 0 or -errno. */
static int try_as_group(gid_t group, const char *pin)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = BPF_F_RDONLY);
	int status;
	pid_t pid = fork();

	if (!pid) {
		int fd;

		if (setgroups(0, NULL) || setgid(group) || setuid(4243))
			_exit(255);
		fd = bpf_obj_get_opts(pin, &opts);
		_exit(fd < 0 ? -fd : 0);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void test_probe_load__group(void **state)
{
	static const char *const pins[] = {SYSCALLS, LOST, PINS "/programs/syscalls_enter"};

	(void)state;
	load(TEST_GROUP);
	for (size_t i = 0; i < ARRAY_SIZE(pins); i++) {
		assert_int_equal(try_as_group(TEST_GROUP, pins[i]), 0);
		assert_int_equal(try_as_group(TEST_GROUP + 1, pins[i]), -EACCES);
	}
	assert_int_equal(try_as_group(TEST_GROUP, PINS "/links/syscalls_enter"), -EACCES);
	load(NO_GROUP);
	assert_int_equal(try_as_group(TEST_GROUP, SYSCALLS), -EACCES);
}

static void test_probe_load__opens_bpffs(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(chmod(PROBES_BPFFS, 0700), 0);
	assert_int_equal(probe_load(probe, NO_GROUP, &probe_err), 0);
	assert_int_equal(try_as_group(TEST_GROUP, SYSCALLS), -EACCES);
	assert_int_equal(probe_load(probe, TEST_GROUP, &probe_err), PROBE_OPENED_BPFFS);
	assert_non_null(strstr(probe_err.text, PROBES_BPFFS));
	assert_int_equal(stat(PROBES_BPFFS, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0711);
	assert_int_equal(try_as_group(TEST_GROUP, SYSCALLS), 0);
	assert_int_equal(probe_load(probe, TEST_GROUP, &probe_err), 0);
}

static int check_as_nobody(void *ctx)
{
	struct err why = {0};
	int r = probe_check(ctx, &why);

	return strstr(why.text, "root") ? r : -ENOMSG;
}

static int load_as_nobody(void *ctx)
{
	return probe_load(ctx, NO_GROUP, NULL);
}

static int unload_as_nobody(void *ctx)
{
	return probe_unload(ctx, NULL);
}

static void test_probes__without_privilege(void **state)
{
	(void)state;
	assert_int_equal(test_as_nobody(check_as_nobody, (void *)probe), -EPERM);
	load(NO_GROUP);
	assert_int_equal(test_as_nobody(load_as_nobody, (void *)probe), -EPERM);
	assert_true(test_as_nobody(unload_as_nobody, (void *)probe) < 0);
	assert_true(probe_is_loaded(probe));
}

/* ---- the list ---- */

static void test_probes__list(void **state)
{
	(void)state;
	assert_true(n_probes >= 1);
	for (size_t i = 0; i < n_probes; i++) {
		assert_ptr_equal(probe_find(probes[i]->name), probes[i]);
		assert_true(*probes[i]->summary);
		assert_true(!i || strcmp(probes[i - 1]->name, probes[i]->name) < 0);
		assert_int_equal(probe_check(probes[i], &probe_err), 0);
	}
	assert_null(probe_find("syscall"));
	assert_false(exists(PROBES_PIN_ROOT)); /* probe_check() pins nothing */
}

/* An object that the kernel refuses, with what libbpf says about it. */
static const void *no_object(size_t *ret_size)
{
	static const char text[] = "this is no ELF file";

	*ret_size = sizeof(text);
	return text;
}

static void test_probes__broken_object(void **state)
{
	static const struct probe broken = {"broken", "nothing", no_object};

	(void)state;
	assert_true(probe_check(&broken, &probe_err) < 0);
	assert_non_null(strstr(probe_err.text, "broken"));
	assert_non_null(strstr(probe_err.text, "libbpf"));
	assert_true(probe_load(&broken, NO_GROUP, &probe_err) < 0);
	assert_true(probe_unload(&broken, NULL) <= 0);
	assert_false(probe_is_loaded(&broken));
	assert_false(exists(PROBES_PIN_ROOT));
}

/* One map that is missing does not keep the other's from being saved. */
static void test_probe_save_btf__one_is_gone(void **state)
{
	_cleanup_(close_fdp) int fd = -1;
	char folder[] = "/tmp/bpfmap_probes.XXXXXX", copy[192], command[64];
	char boot_id[40];
	FILE *boot = fopen("/proc/sys/kernel/random/boot_id", "re");

	(void)state;
	assert_non_null(boot);
	assert_int_equal(fscanf(boot, "%39s", boot_id), 1);
	fclose(boot);
	assert_non_null(mkdtemp(folder));
	assert_int_equal(probe_save_btf(probe, folder, &probe_err), MAP_SOURCE_GONE);
	load(NO_GROUP);
	assert_int_equal(probe_save_btf(probe, "/no/such", &probe_err), -ENOENT);
	assert_non_null(strstr(probe_err.text, SYSCALLS ": "));
	assert_int_equal(unlink(SYSCALLS), 0);
	assert_int_equal(probe_save_btf(probe, folder, &probe_err), MAP_SOURCE_GONE);
	assert_non_null(strstr(probe_err.text, SYSCALLS ": nothing is pinned there"));

	fd = bpf_obj_get(LOST);
	snprintf(copy, sizeof(copy), "%s/btf/%s/%u", folder, boot_id, test_map_info(fd).btf_id);
	assert_true(exists(copy));
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE_TEST(test_probe_load__again_keeps_counts),
		PROBE_TEST(test_probe_load__after_a_kill),
		PROBE_TEST(test_probe_load__other_layout),
		PROBE_TEST(test_probe_load__program_in_a_maps_place),
		PROBE_TEST(test_probe_load__failure_leaves_nothing),
		PROBE_TEST(test_probe_load__folder_of_a_stranger),
		PROBE_TEST(test_probe_load__busy),
		PROBE_TEST(test_probe_load__no_filesystem),
		PROBE_TEST(test_probe_unload__exactly_its_pins),
		PROBE_TEST(test_probe_load__group),
		PROBE_TEST(test_probe_load__opens_bpffs),
		PROBE_TEST(test_probe_save_btf__one_is_gone),
		PROBE_TEST(test_probes__without_privilege),
		PROBE_TEST(test_probes__list),
		PROBE_TEST(test_probes__broken_object),
	};
	int r = probe_enter_namespace();

	return r ? r : test_maps_run("test_probes", tests);
}
