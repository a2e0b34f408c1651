// SPDX-License-Identifier: GPL-2.0-only
/* Layouts of maps whose BTF went through the kernel. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include <bpf/btf.h>

#include "source/map_source.h"
#include "support/maps.h"

static int layouts_of(int fd, struct layout **key, struct layout **value, struct err *e)
{
	struct test_pin pin = test_pin(fd, "layouts");
	_cleanup_(map_source_closep) struct map_source *s = NULL;

	assert_int_equal(map_source_open(pin.path, false, &s, e), 0);
	return map_source_layouts(s, NULL, key, value, e);
}

static void test_btf_layout__flows(void **state)
{
	static const struct {
		bool is_value;
		const char *path;
		enum field_kind kind;
		uint32_t offset, size;
		bool big_endian;
		const char *type_name;
	} cases[] = {
		{false, "", FIELD_STRUCT, 0, 8, false, "struct flow_key"},
		{false, "saddr", FIELD_UINT, 0, 4, true, "__be32"},
		{false, "port", FIELD_UINT, 4, 2, true, "__be16"},
		{false, "proto", FIELD_UINT, 6, 1, false, "__u8"},
		{true, "", FIELD_STRUCT, 0, 32, false, "struct flow_stats"},
		{true, "packets", FIELD_UINT, 0, 8, false, "__u64"},
		{true, "bytes", FIELD_UINT, 8, 8, false, "__u64"},
		{true, "comm", FIELD_CHARS, 16, 16, false, NULL},
	};
	static const uint32_t types[] = {BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_PERCPU_HASH};

	(void)state;
	for (size_t t = 0; t < ARRAY_SIZE(types); t++) {
		int key_type, value_type;
		struct btf *btf = test_btf_flows(&key_type, &value_type);
		_cleanup_(close_fdp) int fd =
			test_map_create_btf(btf, types[t], key_type, value_type, 4);
		_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
		struct err e = {0};

		btf__free(btf);
		assert_int_equal(layouts_of(fd, &key, &value, &e), 0);
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			const struct layout *l = cases[i].is_value ? value : key;
			uint32_t offset = 99;
			const struct field *f = layout_find(l, str_of(cases[i].path), &offset);

			assert_non_null(f);
			assert_int_equal(f->kind, cases[i].kind);
			assert_int_equal(f->size, cases[i].size);
			assert_int_equal(offset, cases[i].offset);
			assert_int_equal(f->big_endian, cases[i].big_endian);
			if (cases[i].type_name)
				assert_string_equal(f->type_name, cases[i].type_name);
			else
				assert_null(f->type_name);
		}
	}
}

/* A program's global variables: an array of one, whose key has no type. */
static void test_btf_layout__section(void **state)
{
	struct btf *btf = btf__new_empty();
	int u64 = btf__add_int(btf, "long", 8, BTF_INT_SIGNED);
	int u32 = btf__add_int(btf, "unsigned int", 4, 0);
	int a = btf__add_var(btf, "n_packets", BTF_VAR_GLOBAL_ALLOCATED, u64);
	int b = btf__add_var(btf, "mode", BTF_VAR_STATIC, u32);
	int section = btf__add_datasec(btf, ".bss", 16);
	_cleanup_(close_fdp) int fd = -1;
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
	const struct field *f;
	uint32_t offset;
	struct err e = {0};

	(void)state;
	assert_int_equal(btf__add_datasec_var_info(btf, a, 0, 8), 0);
	assert_int_equal(btf__add_datasec_var_info(btf, b, 8, 4), 0);
	fd = test_map_create_btf(btf, BPF_MAP_TYPE_ARRAY, 0, section, 1);
	btf__free(btf);
	assert_int_equal(layouts_of(fd, &key, &value, &e), 0);
	assert_null(key);
	assert_int_equal(value->root.size, 16);
	f = layout_find(value, STR("mode"), &offset);
	assert_non_null(f);
	assert_int_equal(offset, 8);
	assert_int_equal(f->kind, FIELD_UINT);
	f = layout_find(value, STR("n_packets"), &offset);
	assert_non_null(f);
	assert_int_equal(f->kind, FIELD_SINT);
}

/* A value with a lock in it can be read, and mapped memory is not tried. */
static void test_btf_layout__spin_lock(void **state)
{
	struct btf *btf = btf__new_empty();
	int u32 = btf__add_int(btf, "unsigned int", 4, 0);
	int lock = btf__add_struct(btf, "bpf_spin_lock", 4);
	int value_type;
	_cleanup_(close_fdp) int fd = -1;
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
	uint32_t offset;
	struct err e = {0};

	(void)state;
	btf__add_field(btf, "val", u32, 0, 0);
	value_type = btf__add_struct(btf, "guarded", 8);
	btf__add_field(btf, "lock", lock, 0, 0);
	btf__add_field(btf, "count", u32, 32, 0);
	fd = test_map_create_btf(btf, BPF_MAP_TYPE_ARRAY, u32, value_type, 4);
	btf__free(btf);
	assert_int_equal(layouts_of(fd, &key, &value, &e), 0);
	assert_int_equal(key->root.kind, FIELD_UINT);
	assert_int_equal(layout_find(value, STR("lock"), &offset)->kind, FIELD_PAD);
	assert_int_equal(layout_find(value, STR("count"), &offset)->kind, FIELD_UINT);
	assert_int_equal(offset, 4);
}

static void test_btf_layout__none(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	struct layout *key = NULL, *value = NULL;
	struct err e = {0};

	(void)state;
	assert_int_equal(layouts_of(fd, &key, &value, &e), MAP_SOURCE_NO_BTF);
	assert_non_null(strstr(e.text, "no BTF"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_btf_layout__flows),
		cmocka_unit_test(test_btf_layout__section),
		cmocka_unit_test(test_btf_layout__spin_lock),
		cmocka_unit_test(test_btf_layout__none),
	};

	return test_maps_run("btf_layout", tests);
}
