// SPDX-License-Identifier: GPL-2.0-only
/* Loading saved BTF: from where it is taken, and what a damaged file does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <bpf/btf.h>

#include "base/cleanup.h"
#include "source/btf_layout_internal.h"
#include "source/btf_store.h"
#include "support/alloc_fault.h"

#define ID 42

DEFINE_CLEANUP(btf__free, struct btf *)

/* A state folder with one copy in it. */
struct store {
	char state[64];
	char btf[80];
	char boot[128];
	char copy[144];
};

/* One type of each kind, and a struct of them. */
static struct btf *all_kinds(void)
{
	struct btf *btf = btf__new_empty();
	int u32 = btf__add_int(btf, "u32", 4, 0);
	int u64 = btf__add_int(btf, "u64", 8, 0);
	int text = btf__add_int(btf, "char", 1, BTF_INT_SIGNED);
	int be32 = btf__add_typedef(btf, "__be32", btf__add_const(btf, u32));
	int comm = btf__add_array(btf, u32, text, 16);
	int slots = btf__add_array(btf, u32, btf__add_volatile(btf, u64), 3);
	int number = btf__add_float(btf, "double", 8);
	int tag = btf__add_type_tag(btf, "kptr", u32);
	int pointer = btf__add_ptr(btf, btf__add_restrict(btf, tag));
	int state, wide, either, inner, n, outer, function;

	state = btf__add_enum(btf, "state", 4);
	btf__add_enum_value(btf, "IDLE", 0);
	btf__add_enum_value(btf, "BUSY", 1);
	wide = btf__add_enum64(btf, "wide", 8, true);
	btf__add_enum64_value(btf, "FAR", 1ULL << 40);
	either = btf__add_union(btf, "either", 8);
	btf__add_field(btf, "number", number, 0, 0);
	btf__add_field(btf, "pointer", pointer, 0, 0);
	inner = btf__add_struct(btf, "", 8);
	btf__add_field(btf, "low", u32, 0, 3);
	btf__add_field(btf, "high", u32, 3, 12);
	btf__add_field(btf, "state", state, 32, 32);
	outer = btf__add_struct(btf, "outer", 80);
	btf__add_field(btf, "slots", slots, 0, 0);
	btf__add_field(btf, "comm", comm, 192, 0);
	btf__add_field(btf, "wide", wide, 320, 0);
	btf__add_field(btf, "either", either, 384, 0);
	btf__add_field(btf, "", inner, 448, 0);
	btf__add_field(btf, "address", be32, 512, 0);
	btf__add_field(btf, "key", u32, 544, 0);
	btf__add_fwd(btf, "later", BTF_FWD_STRUCT);
	function = btf__add_func(btf, "f", BTF_FUNC_GLOBAL, btf__add_func_proto(btf, u32));
	btf__add_decl_tag(btf, "tag", function, -1);
	n = btf__add_var(btf, "variable", BTF_VAR_STATIC, outer);
	n = btf__add_datasec(btf, ".bss", 80) > 0 ? n : -1;
	assert_int_equal(btf__add_datasec_var_info(btf, n, 0, 80), 0);
	return btf;
}

static void write_at(const char *path, const void *data, size_t n)
{
	_cleanup_(close_fdp) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, n), n);
	assert_int_equal(fchmod(fd, 0644), 0);
}

static void make_folder(const char *path)
{
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static struct store store_new(void)
{
	struct store s = {.state = "/tmp/bpfmap_store.XXXXXX"};
	_cleanup_(btf__freep) struct btf *btf = all_kinds();
	_cleanup_(fclosep) FILE *boot = fopen("/proc/sys/kernel/random/boot_id", "re");
	uint32_t size;
	const void *data = btf__raw_data(btf, &size);
	char id[40];

	assert_non_null(boot);
	assert_int_equal(fscanf(boot, "%39s", id), 1);
	assert_non_null(mkdtemp(s.state));
	snprintf(s.btf, sizeof(s.btf), "%s/btf", s.state);
	snprintf(s.boot, sizeof(s.boot), "%s/%s", s.btf, id);
	snprintf(s.copy, sizeof(s.copy), "%s/%d", s.boot, ID);
	make_folder(s.btf);
	make_folder(s.boot);
	write_at(s.copy, data, size);
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
	assert_int_equal(nftw(s->state, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void test_btf_store__load(void **state)
{
	_cleanup_(store_done) struct store s = store_new();
	_cleanup_(btf__freep) struct btf *btf = NULL, *saved = all_kinds();
	uint32_t n = 0, n_saved = 0;
	const void *data, *data_saved = btf__raw_data(saved, &n_saved);
	struct err e = {""};

	(void)state;
	if (btf_store_load(s.state, ID, &btf, &e))
		fail_msg("%s", e.text);
	data = btf__raw_data(btf, &n);
	assert_int_equal(n, n_saved);
	assert_memory_equal(data, data_saved, n);
	assert_string_equal(e.text, "");
}

/* Each is done to the store, and what is at the path goes away before it. */
static void set_absent(const char *path)
{
	(void)path;
}

static void set_link(const char *path)
{
	char target[160];

	snprintf(target, sizeof(target), "%s.moved", path);
	assert_int_equal(symlink(target, path), 0);
}

static void set_fifo(const char *path)
{
	assert_int_equal(mkfifo(path, 0644), 0);
}

static void set_socket(const char *path)
{
	_cleanup_(close_fdp) int fd = socket(AF_UNIX, SOCK_STREAM, 0), folder = -1;
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char name[160], *slash;

	snprintf(name, sizeof(name), "%s", path); /* longer than an address may be */
	slash = strrchr(name, '/');
	*slash = '\0';
	folder = open(name, O_PATH | O_CLOEXEC);
	snprintf(at.sun_path, sizeof(at.sun_path), "/proc/self/fd/%d/%s", folder, slash + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
}

static void set_file(const char *path)
{
	write_at(path, "x", 1);
}

static void set_nothing_in_it(const char *path)
{
	write_at(path, "", 0);
}

static void set_noise(const char *path)
{
	write_at(path, "This is no BTF, however long you look at it.", 44);
}

static void set_other_byte_order(const char *path)
{
	_cleanup_(btf__freep) struct btf *btf = all_kinds();
	bool little = btf__endianness(btf) == BTF_LITTLE_ENDIAN;
	uint32_t size;
	const void *data;

	btf__set_endianness(btf, little ? BTF_BIG_ENDIAN : BTF_LITTLE_ENDIAN);
	data = btf__raw_data(btf, &size);
	write_at(path, data, size);
}

static void set_too_large(const char *path)
{
	set_noise(path);
	assert_int_equal(truncate(path, (64 << 20) + 1), 0);
}

/* Types that begin between two multiples of four. */
static void set_not_aligned(const char *path)
{
	_cleanup_(btf__freep) struct btf *btf = all_kinds();
	uint32_t size;
	const void *data = btf__raw_data(btf, &size);
	char copy[4096];

	assert_true(size + 1 < sizeof(copy));
	memcpy(copy, data, sizeof(struct btf_header));
	((struct btf_header *)copy)->hdr_len++;
	copy[sizeof(struct btf_header)] = 0;
	memcpy(copy + sizeof(struct btf_header) + 1, (const char *)data + sizeof(struct btf_header),
	       size - sizeof(struct btf_header));
	write_at(path, copy, size + 1);
}

enum { STATE, BTF, BOOT, COPY };

static const char *path_of(const struct store *s, int where)
{
	const char *const paths[] = {s->state, s->btf, s->boot, s->copy};

	return paths[where];
}

static void check_refused(const struct store *s, int r, const char *says)
{
	struct btf *btf = NULL;
	struct err e = {""};
	int got = btf_store_load(s->state, ID, &btf, &e);

	if (got != r || btf || !strstr(e.text, says))
		fail_msg("%d, '%s': not %d, '%s'", got, e.text, r, says);
	assert_int_equal(btf_store_load(s->state, ID, &btf, NULL), r);
}

static void test_btf_store__what_lies_there(void **state)
{
	static const struct {
		int where;
		void (*set)(const char *path);
		int r;
		const char *says;
	} cases[] = {
		{STATE, set_absent, -ENOENT, "BTF 42 is not saved in /tmp/"},
		{BTF, set_absent, -ENOENT, "BTF 42 is not saved in /tmp/"},
		{BOOT, set_absent, -ENOENT, "BTF 42 is not saved in /tmp/"},
		{COPY, set_absent, -ENOENT, "BTF 42 is not saved in /tmp/"},
		{STATE, set_file, -ENOTDIR, ": Not a directory"},
		{BTF, set_file, -EPERM, "/btf: is no folder"},
		{BOOT, set_file, -EPERM, ": is no folder"},
		{COPY, make_folder, -EPERM, "/42: is no regular file"},
		{BTF, set_link, -EPERM, "/btf: is a link"},
		{BOOT, set_link, -EPERM, ": is a link"},
		{COPY, set_link, -EPERM, "/42: is a link"},
		{BTF, set_fifo, -EPERM, "/btf: is no folder"},
		{COPY, set_fifo, -EPERM, "/42: is no regular file"},
		{COPY, set_socket, -EPERM, "/42: is a socket"},
		{COPY, set_nothing_in_it, -EINVAL, "/42: is no BTF, or is damaged"},
		{COPY, set_file, -EINVAL, "/42: is no BTF, or is damaged"},
		{COPY, set_noise, -EINVAL, "/42: is no BTF, or is damaged"},
		{COPY, set_other_byte_order, -EINVAL, "/42: is no BTF, or is damaged"},
		{COPY, set_not_aligned, -EINVAL, "/42: is no BTF, or is damaged"},
		{COPY, set_too_large, -EINVAL, "/42: is no BTF: it is larger than 64 MiB"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(store_done) struct store s = store_new();
		const char *path = path_of(&s, cases[i].where);
		char moved[160];

		/* What was there is good: only the way to it is not. */
		snprintf(moved, sizeof(moved), "%s.moved", path);
		assert_int_equal(rename(path, moved), 0);
		cases[i].set(path);
		check_refused(&s, cases[i].r, cases[i].says);
		assert_int_equal(remove(path), cases[i].set == set_absent ? -1 : 0);
		assert_int_equal(rename(moved, path), 0);
	}
}

static void test_btf_store__modes(void **state)
{
	static const struct {
		int where;
		mode_t mode;
		bool is_good;
	} cases[] = {
		{STATE, 0777, true}, {BTF, 0700, true},	  {BTF, 0775, false},  {BTF, 0757, false},
		{BOOT, 0711, true},  {BOOT, 0775, false}, {BOOT, 0757, false}, {COPY, 0600, true},
		{COPY, 0444, true},  {COPY, 0664, false}, {COPY, 0646, false}, {COPY, 0666, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(store_done) struct store s = store_new();
		_cleanup_(btf__freep) struct btf *btf = NULL;

		assert_int_equal(chmod(path_of(&s, cases[i].where), cases[i].mode), 0);
		if (cases[i].is_good)
			assert_int_equal(btf_store_load(s.state, ID, &btf, NULL), 0);
		else
			check_refused(&s, -EPERM, ": others than its owner may write to it");
	}
}

/* Ids are whole names, and those of another boot are other maps'. */
static void test_btf_store__other_ids(void **state)
{
	static const uint32_t ids[] = {0, 4, 2, 421, 4294967295U};
	_cleanup_(store_done) struct store s = store_new();
	_cleanup_(btf__freep) struct btf *btf = NULL;
	char other[160];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		assert_int_equal(btf_store_load(s.state, ids[i], &btf, NULL), -ENOENT);
	snprintf(other, sizeof(other), "%s/%s", s.btf, "00000000-0000-4000-8000-000000000000");
	assert_int_equal(rename(s.boot, other), 0);
	check_refused(&s, -ENOENT, "is not saved");
}

static void test_btf_store__no_memory(void **state)
{
	_cleanup_(store_done) struct store s = store_new();
	long i;

	(void)state;
	for (i = 0;; i++) {
		_cleanup_(btf__freep) struct btf *btf = NULL;
		struct err e = {""};
		int r;

		alloc_fault_arm(i);
		r = btf_store_load(s.state, ID, &btf, &e);
		if (!alloc_fault_disarm())
			break;
		assert_int_equal(r, -ENOMEM);
		assert_null(btf);
		assert_non_null(strstr(e.text, "no memory"));
	}
	assert_true(i > 0);
}

/* What whoever uses a layout relies on. */
static void check_inside(const struct field *f)
{
	for (uint32_t i = 0; i < f->n_members; i++) {
		const struct field *m = &f->members[i];
		uint64_t n = f->kind == FIELD_ARRAY ? f->n_elems : 1;

		if (f->kind != FIELD_PAD && (uint64_t)m->offset + n * m->size > f->size)
			fail_msg("%u: %u bytes at %u in %u", i, m->size, m->offset, f->size);
		if (f->kind != FIELD_PAD && m->kind != FIELD_PAD &&
		    m->bit_offset + m->bit_size > 8 * m->size)
			fail_msg("%u bits at bit %u in %u bytes", m->bit_size, m->bit_offset,
				 m->size);
		check_inside(m);
	}
}

/* Return: how many types have a layout. */
static unsigned int lay_out_all(const struct btf *btf)
{
	unsigned int n_good = 0;

	for (uint32_t id = 0; id < btf__type_cnt(btf) + 1; id++) {
		_cleanup_(layout_freep) struct layout *l = NULL;
		_cleanup_buf_ struct buf text = BUF_INIT;
		long size = btf__resolve_size(btf, id);
		struct err e = {""};
		int r = layout_from_btf(btf, id, size < 0 ? 4 : (uint32_t)size, &l, &e);

		if (r) {
			assert_int_equal(r, -EINVAL);
			assert_string_not_equal(e.text, "");
			continue;
		}
		n_good++;
		check_inside(&l->root);
		assert_int_equal(layout_print(l, "key", &text), 0);
	}
	return n_good;
}

struct damage {
	struct store store;
	int fd; /* of the copy */
	unsigned char *good, *data;
	uint32_t size;
	unsigned int n_loaded, n_refused;
};

static void damage_init(struct damage *d)
{
	_cleanup_(btf__freep) struct btf *btf = all_kinds();
	const void *data = btf__raw_data(btf, &d->size);

	assert_true(lay_out_all(btf) > 15);
	d->store = store_new();
	d->good = malloc(d->size);
	d->data = malloc(d->size);
	d->fd = open(d->store.copy, O_WRONLY | O_CLOEXEC);
	assert_true(d->good && d->data && d->fd >= 0);
	memcpy(d->good, data, d->size);
	memcpy(d->data, data, d->size);
}

/* Loads and lays out what is in `data` now, its first @n bytes. */
static void try_damage(struct damage *d, uint32_t n)
{
	_cleanup_(btf__freep) struct btf *btf = NULL;
	struct err e = {""};
	int r;

	assert_int_equal(ftruncate(d->fd, n), 0);
	assert_int_equal(pwrite(d->fd, d->data, n, 0), n);
	r = btf_store_load(d->store.state, ID, &btf, &e);
	memcpy(d->data, d->good, d->size);
	if (r) {
		assert_int_equal(r, -EINVAL);
		d->n_refused++;
		return;
	}
	d->n_loaded++;
	lay_out_all(btf);
}

static void damage_done(struct damage *d)
{
	close(d->fd);
	free(d->good);
	free(d->data);
	store_done(&d->store);
}

static void test_btf_store__each_byte_damaged(void **state)
{
	_cleanup_(damage_done) struct damage d = {0};

	(void)state;
	damage_init(&d);
	for (uint32_t i = 0; i < d.size; i++) {
		d.data[i] = 0;
		try_damage(&d, d.size);
		d.data[i] = 0xff;
		try_damage(&d, d.size);
		d.data[i]++;
		try_damage(&d, d.size);
	}
	assert_true(d.n_loaded > d.size && d.n_refused > 50);
}

static void test_btf_store__cut(void **state)
{
	_cleanup_(damage_done) struct damage d = {0};

	(void)state;
	damage_init(&d);
	for (uint32_t n = 0; n < d.size; n++)
		try_damage(&d, n);
	assert_int_equal(d.n_refused, d.size);
}

static void test_btf_store__random_damage(void **state)
{
	_cleanup_(damage_done) struct damage d = {0};
	unsigned int seed = 7;

	(void)state;
	damage_init(&d);
	for (int i = 0; i < 20000; i++) {
		/* Beside the header most of it passes the first look. */
		uint32_t first = i % 4 ? sizeof(struct btf_header) : 0;

		for (int n = 1 + rand_r(&seed) % 8; n; n--) {
			uint32_t at = first + (uint32_t)rand_r(&seed) % (d.size - first);

			d.data[at] = (unsigned char)(rand_r(&seed) % 3 ? rand_r(&seed) % 32
								       : rand_r(&seed));
		}
		try_damage(&d, d.size);
	}
	assert_true(d.n_loaded > 1000 && d.n_refused > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_btf_store__load),
		cmocka_unit_test(test_btf_store__what_lies_there),
		cmocka_unit_test(test_btf_store__modes),
		cmocka_unit_test(test_btf_store__other_ids),
		cmocka_unit_test(test_btf_store__no_memory),
		cmocka_unit_test(test_btf_store__each_byte_damaged),
		cmocka_unit_test(test_btf_store__cut),
		cmocka_unit_test(test_btf_store__random_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
