// SPDX-License-Identifier: GPL-2.0-only
/* BTF that root saves of real maps, and nobody loads. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <bpf/btf.h>

#include "base/cleanup.h"
#include "source/btf_store.h"
#include "source/map_source.h"
#include "support/alloc_fault.h"
#include "support/maps.h"

#define NOBODY	   65534
#define OTHER_BOOT "00000000-0000-4000-8000-000000000000"

DEFINE_CLEANUP(btf__free, struct btf *)

/* A state folder that is not there yet, and what will be in it. */
struct store {
	char parent[64];
	char state[80];
	char btf[96];
	char boot[144];
};

static struct store store_new(void)
{
	struct store s = {.parent = "/tmp/bpfmap_store.XXXXXX"};
	_cleanup_(fclosep) FILE *boot = fopen("/proc/sys/kernel/random/boot_id", "re");
	char id[40];

	assert_non_null(boot);
	assert_int_equal(fscanf(boot, "%39s", id), 1);
	assert_non_null(mkdtemp(s.parent));
	assert_int_equal(chmod(s.parent, 0755), 0);
	snprintf(s.state, sizeof(s.state), "%s/state", s.parent);
	snprintf(s.btf, sizeof(s.btf), "%s/btf", s.state);
	snprintf(s.boot, sizeof(s.boot), "%s/%s", s.btf, id);
	return s;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void store_done(const struct store *s)
{
	assert_int_equal(nftw(s->parent, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

struct path {
	char s[192];
};

static struct path copy_of(const struct store *s, uint32_t id)
{
	struct path p;

	snprintf(p.s, sizeof(p.s), "%s/%u", s->boot, id);
	return p;
}

static void write_at(const char *path, const char *text)
{
	_cleanup_(close_fdp) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? -1 : (int)(st.st_mode & 07777);
}

/* A map of flows that nobody may read. */
static struct test_pin make_map(const char *name, struct map_info *ret_info)
{
	int key_type, value_type;
	_cleanup_(btf__freep) struct btf *btf = test_btf_flows(&key_type, &value_type);
	_cleanup_(close_fdp) int fd =
		test_map_create_btf(btf, BPF_MAP_TYPE_HASH, key_type, value_type, 4);
	struct test_pin pin = test_pin(fd, name);

	assert_int_equal(chmod(pin.path, 0644), 0);
	*ret_info = test_map_info(fd);
	return pin;
}

static void save(const struct store *s, const struct map_info *info)
{
	struct err e = {""};

	if (btf_store_save(s->state, info, &e))
		fail_msg("%s", e.text);
}

static void check_save(const struct store *s, const struct map_info *info, int r, const char *says)
{
	struct err e = {""};
	int got = btf_store_save(s->state, info, &e);

	if (got != r || !strstr(e.text, says))
		fail_msg("%d, '%s': not %d, '%s'", got, e.text, r, says);
}

/* What a process without privilege makes of a pin; in a child, which tells by its answer. */
struct reader {
	const char *pin;
	const char *state_dir;
	const char *says;
};

enum { RIGHT = 1000, WRONG_SENTENCE, WRONG_LAYOUT, NOT_OPEN };

static int read_layouts(void *ctx)
{
	const struct reader *r = ctx;
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
	uint32_t offset = 0;
	struct err e = {""};
	int got;

	if (map_source_open(r->pin, false, &s, &e))
		return NOT_OPEN;
	got = map_source_layouts(s, r->state_dir, &key, &value, &e);
	if (got || r->says)
		return r->says && strstr(e.text, r->says) ? got : WRONG_SENTENCE;
	if (!layout_find(key, STR("port"), &offset) || offset != 4 ||
	    !layout_find(value, STR("bytes"), &offset) || offset != 8)
		return WRONG_LAYOUT;
	return RIGHT;
}

static void test_btf_store__for_nobody(void **state)
{
	_cleanup_(store_done) struct store s = store_new();
	struct map_info info, other;
	struct test_pin pin = make_map("flows", &info);
	struct reader reader = {.pin = pin.path, .state_dir = s.state};
	char says[512];

	(void)state;
	snprintf(says, sizeof(says),
		 "(BTF %u is not saved in %s): run `bpfmapctl btf save %s --state-dir %s` as root, "
		 "or write key and value in the configuration",
		 info.btf_id, s.state, pin.path, s.state);
	reader.says = says;
	assert_int_equal(test_as_nobody(read_layouts, &reader), MAP_SOURCE_NO_BTF);

	save(&s, &info);
	reader.says = NULL;
	assert_int_equal(test_as_nobody(read_layouts, &reader), RIGHT);

	reader.state_dir = NULL;
	reader.says = "needs CAP_SYS_ADMIN";
	assert_int_equal(test_as_nobody(read_layouts, &reader), MAP_SOURCE_NO_BTF);

	/* The same types, but not the same BTF: that it would fit is chance. */
	pin = make_map("flows", &other);
	assert_int_not_equal(other.btf_id, info.btf_id);
	reader.state_dir = s.state;
	reader.says = "is not saved in";
	assert_int_equal(test_as_nobody(read_layouts, &reader), MAP_SOURCE_NO_BTF);
	save(&s, &other);
	reader.says = NULL;
	assert_int_equal(test_as_nobody(read_layouts, &reader), RIGHT);
}

/* With privilege, nobody asks for copies. */
static void test_btf_store__not_for_root(void **state)
{
	_cleanup_(store_done) struct store s = store_new();
	struct map_info info;
	struct test_pin pin = make_map("flows", &info);
	struct reader reader = {.pin = pin.path, .state_dir = s.state};

	(void)state;
	save(&s, &info);
	write_at(copy_of(&s, info.btf_id).s, "garbage");
	assert_int_equal(read_layouts(&reader), RIGHT);
}

/* Nobody's layouts, each allocation of them failing in turn. */
static int read_without_memory(void *ctx)
{
	const struct reader *r = ctx;
	_cleanup_(map_source_closep) struct map_source *s = NULL;

	if (map_source_open(r->pin, false, &s, NULL))
		return NOT_OPEN;
	for (long i = 0;; i++) {
		_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
		struct err e = {""};
		int got;

		alloc_fault_arm(i);
		got = map_source_layouts(s, r->state_dir, &key, &value, &e);
		if (!alloc_fault_disarm())
			return i > 10 && got == 0 ? RIGHT : WRONG_LAYOUT;
		if (got != -ENOMEM || !strstr(e.text, "memory"))
			return WRONG_SENTENCE;
	}
}

static void test_btf_store__no_memory(void **state)
{
	_cleanup_(store_done) struct store s = store_new();
	struct map_info info;
	struct test_pin pin = make_map("flows", &info);
	struct reader reader = {.pin = pin.path, .state_dir = s.state};

	(void)state;
	save(&s, &info);
	assert_int_equal(test_as_nobody(read_without_memory, &reader), RIGHT);
}

/* A copy of BTF whose types are others, as a hand may have put it there. */
static void test_btf_store__copy_that_contradicts_the_map(void **state)
{
	_cleanup_(store_done) struct store s = store_new();
	struct map_info info, small;
	struct test_pin pin = make_map("flows", &info);
	_cleanup_(btf__freep) struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "u32", 4, 0);
	_cleanup_(close_fdp) int fd =
		test_map_create_btf(btf, BPF_MAP_TYPE_HASH, number, number, 4);
	struct reader reader = {.pin = pin.path, .state_dir = s.state, .says = "saved BTF of the "};

	(void)state;
	small = test_map_info(fd);
	save(&s, &small);
	assert_int_equal(rename(copy_of(&s, small.btf_id).s, copy_of(&s, info.btf_id).s), 0);
	assert_int_equal(test_as_nobody(read_layouts, &reader), -EINVAL);
}

static void test_btf_store__modes_whatever_the_umask(void **state)
{
	_cleanup_(store_done) struct store s = store_new();
	struct map_info info;
	mode_t old;

	(void)state;
	make_map("flows", &info);
	old = umask(0077);
	save(&s, &info);
	umask(old);
	assert_int_equal(mode_of(s.state), 0755);
	assert_int_equal(mode_of(s.btf), 0755);
	assert_int_equal(mode_of(s.boot), 0755);
	assert_int_equal(mode_of(copy_of(&s, info.btf_id).s), 0644);

	/* What somebody has closed stays closed. */
	assert_int_equal(chmod(s.state, 0750), 0);
	assert_int_equal(chmod(s.btf, 0700), 0);
	save(&s, &info);
	assert_int_equal(mode_of(s.state), 0750);
	assert_int_equal(mode_of(s.btf), 0700);
}

static void test_btf_store__other_boots_go(void **state)
{
	static const char *const files[] = {"7", ".8.99"};
	_cleanup_(store_done) struct store s = store_new();
	struct map_info info, other;
	struct path boot, elsewhere, kept, link;

	(void)state;
	make_map("flows", &info);
	make_map("others", &other);
	save(&s, &other);
	snprintf(boot.s, sizeof(boot.s), "%s/" OTHER_BOOT, s.btf);
	assert_int_equal(mkdir(boot.s, 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct path file;

		snprintf(file.s, sizeof(file.s), "%s/" OTHER_BOOT "/%s", s.btf, files[i]);
		write_at(file.s, "x");
	}
	/* What is not ours, and what a link leads to. */
	snprintf(kept.s, sizeof(kept.s), "%s/cafe", s.btf);
	assert_int_equal(mkdir(kept.s, 0700), 0);
	snprintf(elsewhere.s, sizeof(elsewhere.s), "%s/elsewhere", s.parent);
	assert_int_equal(mkdir(elsewhere.s, 0755), 0);
	snprintf(elsewhere.s, sizeof(elsewhere.s), "%s/elsewhere/file", s.parent);
	write_at(elsewhere.s, "x");
	snprintf(link.s, sizeof(link.s), "%s/10000000-0000-4000-8000-000000000000", s.btf);
	assert_int_equal(symlink("../../elsewhere", link.s), 0);

	save(&s, &info);
	assert_int_equal(mode_of(boot.s), -1);
	assert_int_equal(mode_of(kept.s), 0700);
	assert_int_equal(mode_of(elsewhere.s), 0644);
	assert_int_equal(mode_of(copy_of(&s, other.btf_id).s), 0644);
}

static void set_link(const char *path)
{
	assert_int_equal(symlink("/proc/version", path), 0);
}

static void set_garbage(const char *path)
{
	write_at(path, "garbage");
	assert_int_equal(chmod(path, 0666), 0);
}

static void set_fifo(const char *path)
{
	assert_int_equal(mkfifo(path, 0644), 0);
}

static void set_others(const char *path)
{
	write_at(path, "garbage");
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
}

/* Whatever lies in the place of a copy, saving puts a good one there. */
static void test_btf_store__save_replaces(void **state)
{
	static void (*const sets[])(const char *path) = {set_link, set_garbage, set_fifo,
							 set_others};
	_cleanup_(store_done) struct store s = store_new();
	struct map_info info;
	struct test_pin pin = make_map("flows", &info);
	struct path copy = copy_of(&s, info.btf_id);
	struct reader reader = {.pin = pin.path, .state_dir = s.state};

	(void)state;
	save(&s, &info);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		assert_int_equal(unlink(copy.s), 0);
		sets[i](copy.s);
		save(&s, &info);
		assert_int_equal(mode_of(copy.s), 0644);
		assert_int_equal(test_as_nobody(read_layouts, &reader), RIGHT);
	}
	assert_int_equal(unlink(copy.s), 0);
	assert_int_equal(rmdir(s.boot), 0); /* nothing half-made is left in it */
}

static void test_btf_store__save_refuses(void **state)
{
	_cleanup_(store_done) struct store s = store_new();
	_cleanup_(close_fdp) int plain = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	struct map_info info, none = test_map_info(plain), kernel, gone, untyped;
	struct store deep = s;

	(void)state;
	make_map("flows", &info);
	kernel = gone = untyped = info;
	kernel.btf_id = 1; /* the kernel's own is the first there is */
	gone.btf_id = INT32_MAX;
	untyped.btf_key_type_id = untyped.btf_value_type_id = 0;
	check_save(&s, &none, MAP_SOURCE_NO_BTF, "the map has no BTF");
	check_save(&s, &untyped, MAP_SOURCE_NO_BTF, "the map has no BTF");
	check_save(&s, &kernel, -EOPNOTSUPP, "BTF 1 belongs to the kernel");
	check_save(&s, &gone, -ENOENT, "BTF 2147483647 cannot be read: No such file");
	assert_int_equal(mode_of(s.state), -1); /* nothing was made for these */

	snprintf(deep.state, sizeof(deep.state), "%s/a/b", s.parent);
	check_save(&deep, &info, -ENOENT, "/a/b: cannot be made: No such file");
	write_at(s.state, "x");
	check_save(&s, &info, -ENOTDIR, "/state: Not a directory");
	assert_int_equal(unlink(s.state), 0);

	assert_int_equal(mkdir(s.state, 0755), 0);
	assert_int_equal(symlink("/tmp", s.btf), 0);
	check_save(&s, &info, -EPERM, "/btf: is a link");
	assert_int_equal(unlink(s.btf), 0);
	save(&s, &info);
	assert_int_equal(chmod(s.boot, 0775), 0);
	check_save(&s, &info, -EPERM, "others than its owner may write to it");
	assert_int_equal(chmod(s.boot, 0755), 0);
	assert_int_equal(chown(s.btf, NOBODY, NOBODY), 0);
	check_save(&s, &info, -EPERM, "/btf: belongs to user 65534");
	assert_int_equal(chown(s.btf, 0, 0), 0);
	assert_int_equal(unlink(copy_of(&s, info.btf_id).s), 0);
	assert_int_equal(mkdir(copy_of(&s, info.btf_id).s, 0755), 0);
	check_save(&s, &info, -EISDIR, "cannot be written: Is a directory");
	assert_int_equal(rmdir(copy_of(&s, info.btf_id).s), 0);
	assert_int_equal(rmdir(s.boot), 0); /* nothing half-made is left in it */
}

struct saver {
	const struct store *store;
	const struct map_info *info;
};

static int save_as(void *ctx)
{
	const struct saver *s = ctx;
	struct err e = {""};
	int r = btf_store_save(s->store->state, s->info, &e);

	return r == -EPERM && !strstr(e.text, "needs CAP_SYS_ADMIN") ? WRONG_SENTENCE : r;
}

/* The file is too large for what is left: the old copy stays, and nothing else. */
static void save_without_room(const struct saver *s)
{
	struct rlimit none = {0, 0};
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		signal(SIGXFSZ, SIG_IGN);
		_exit(setrlimit(RLIMIT_FSIZE, &none) < 0 || save_as((void *)s) != -EFBIG);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_btf_store__save_without_privilege_or_room(void **state)
{
	_cleanup_(store_done) struct store s = store_new();
	struct map_info info;
	struct test_pin pin = make_map("flows", &info);
	struct saver saver = {&s, &info};
	struct reader reader = {.pin = pin.path, .state_dir = s.state};

	(void)state;
	assert_int_equal(test_as_nobody(save_as, &saver), -EPERM);
	save(&s, &info);
	save_without_room(&saver);
	assert_int_equal(test_as_nobody(read_layouts, &reader), RIGHT);
	assert_int_equal(unlink(copy_of(&s, info.btf_id).s), 0);
	assert_int_equal(rmdir(s.boot), 0);
}

static void set_owner(const char *path, uid_t owner)
{
	assert_int_equal(chown(path, owner, owner), 0);
}

/* Whose folders and files count: root's, and one's own. */
static void test_btf_store__owners(void **state)
{
	_cleanup_(store_done) struct store s = store_new();
	struct map_info info;
	struct test_pin pin = make_map("flows", &info);
	struct path copy = copy_of(&s, info.btf_id);
	struct reader reader = {.pin = pin.path, .state_dir = s.state};
	const char *const paths[] = {s.btf, s.boot, copy.s};

	(void)state;
	save(&s, &info);
	set_owner(s.state, 1); /* the state folder is the daemon's, or whosever */
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_(btf__freep) struct btf *btf = NULL;
		struct err e = {""};

		set_owner(paths[i], 1);
		reader.says = ": belongs to user 1: only root's and one's own are trusted";
		assert_int_equal(test_as_nobody(read_layouts, &reader), MAP_SOURCE_NO_BTF);
		set_owner(paths[i], NOBODY);
		reader.says = NULL;
		assert_int_equal(test_as_nobody(read_layouts, &reader), RIGHT);
		assert_int_equal(btf_store_load(s.state, info.btf_id, &btf, &e), -EPERM);
		assert_non_null(strstr(e.text, "belongs to user 65534"));
		set_owner(paths[i], 0);
	}
	assert_int_equal(chmod(copy.s, 0600), 0);
	reader.says = ": Permission denied): run `bpfmapctl btf save";
	assert_int_equal(test_as_nobody(read_layouts, &reader), MAP_SOURCE_NO_BTF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_btf_store__for_nobody),
		cmocka_unit_test(test_btf_store__not_for_root),
		cmocka_unit_test(test_btf_store__no_memory),
		cmocka_unit_test(test_btf_store__copy_that_contradicts_the_map),
		cmocka_unit_test(test_btf_store__modes_whatever_the_umask),
		cmocka_unit_test(test_btf_store__other_boots_go),
		cmocka_unit_test(test_btf_store__save_replaces),
		cmocka_unit_test(test_btf_store__save_refuses),
		cmocka_unit_test(test_btf_store__save_without_privilege_or_room),
		cmocka_unit_test(test_btf_store__owners),
	};

	return test_maps_run("btf_store", tests);
}
