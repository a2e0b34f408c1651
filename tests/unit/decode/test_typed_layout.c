// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "decode/typed_layout_internal.h"
#include "support/alloc_fault.h"
#include "support/fields.h"

/* struct { __u32 saddr; __u32 id; } */
static struct layout *key_layout(void)
{
	struct layout *l = layout_new();

	l->root.size = 8;
	add(&l->root, "saddr", FIELD_UINT, 0, 4)->type_name = strdup("__u32");
	add(&l->root, "id", FIELD_UINT, 4, 4);
	return l;
}

/*
 * struct {
 *	__u64 id, total;
 *	__u8 raw[16];
 *	__u32 words[4];
 *	struct { __u32 at; __u8 mac[6], pad[2]; } peers[2];
 *	__u8 macs[2][6];
 *	struct { __u8 a, b, c, d; } four;
 *	char text[4];
 *	enum mode { ON } mode;
 *	__u32 low : 3;
 *	struct bpf_spin_lock lock;
 *	struct { __u64 inner; };
 * }
 */
static struct layout *value_layout(void)
{
	struct layout *l = layout_new();
	struct field *f;

	l->root.size = 120;
	add(&l->root, "id", FIELD_UINT, 0, 8);
	add(&l->root, "total", FIELD_UINT, 8, 8);
	add(&l->root, "raw", FIELD_BYTES, 16, 16);
	add_array(&l->root, "words", 32, 4, FIELD_UINT, 4);
	f = add_array(&l->root, "peers", 48, 2, FIELD_STRUCT, 12);
	add(f, "at", FIELD_UINT, 0, 4);
	add(f, "mac", FIELD_BYTES, 4, 6);
	add_array(&l->root, "macs", 72, 2, FIELD_BYTES, 6);
	f = add(&l->root, "four", FIELD_STRUCT, 84, 4);
	add(f, "a", FIELD_UINT, 0, 1);
	add(&l->root, "text", FIELD_CHARS, 88, 4);
	f = add(&l->root, "mode", FIELD_ENUM, 92, 4);
	f->enumerators = calloc(1, sizeof(*f->enumerators));
	f->enumerators[0].name = strdup("ON");
	f->n_enumerators = 1;
	add(&l->root, "low", FIELD_UINT, 96, 4)->bit_size = 3;
	add(&l->root, "lock", FIELD_PAD, 100, 4);
	f = add(&l->root, NULL, FIELD_STRUCT, 104, 8);
	add(f, "inner", FIELD_UINT, 0, 8);
	return l;
}

static struct config_map one_type(struct config_type *type, const char *field,
				  enum config_kind kind)
{
	*type = (struct config_type){
		.at = {"f", 3, 9}, .field = (char *)(uintptr_t)field, .kind = kind};
	return (struct config_map){.name = (char *)"m", .types = type, .n_types = 1};
}

/* What is found at `path` afterwards. */
static void test_typed_layout__types(void **state)
{
	static const struct {
		const char *field;
		enum config_kind type;
		const char *path;
		enum field_kind kind;
		uint32_t offset, size;
		bool big_endian;
	} cases[] = {
		{"key.saddr", CONFIG_IPV4, "key.saddr", FIELD_IPV4, 0, 4, false},
		{"saddr", CONFIG_BE32, "key.saddr", FIELD_UINT, 0, 4, true},
		{"key.id", CONFIG_S32, "key.id", FIELD_SINT, 4, 4, false},
		{"key", CONFIG_U64, "key", FIELD_UINT, 0, 8, false},
		{"key", CONFIG_CHAR, "key", FIELD_CHARS, 0, 8, false},
		{"value.id", CONFIG_F64, "value.id", FIELD_FLOAT, 0, 8, false},
		{"total", CONFIG_BYTES, "value.total", FIELD_BYTES, 8, 8, false},
		{"inner", CONFIG_S64, "value.inner", FIELD_SINT, 104, 8, false},
		{"raw", CONFIG_IPV6, "value.raw", FIELD_IPV6, 16, 16, false},
		{"raw", CONFIG_CHAR, "value.raw", FIELD_CHARS, 16, 16, false},
		{"raw", CONFIG_S8, "value.raw", FIELD_ARRAY, 16, 16, false},
		{"raw", CONFIG_S8, "value.raw.3", FIELD_SINT, 19, 1, false},
		{"text", CONFIG_BOOL, "value.text.3", FIELD_BOOL, 91, 1, false},
		{"text", CONFIG_U32, "value.text", FIELD_UINT, 88, 4, false},
		{"words", CONFIG_S32, "value.words", FIELD_ARRAY, 32, 16, false},
		{"words", CONFIG_S32, "value.words.1", FIELD_SINT, 36, 4, false},
		{"words", CONFIG_IPV6, "value.words", FIELD_IPV6, 32, 16, false},
		{"words", CONFIG_BYTES, "value.words", FIELD_BYTES, 32, 16, false},
		{"macs", CONFIG_MAC, "value.macs", FIELD_ARRAY, 72, 12, false},
		{"macs", CONFIG_MAC, "value.macs.1", FIELD_MAC, 78, 6, false},
		{"macs", CONFIG_S8, "value.macs.1.2", FIELD_SINT, 80, 1, false},
		{"peers.*.at", CONFIG_IPV4, "value.peers.1.at", FIELD_IPV4, 60, 4, false},
		{"value.peers.0.mac", CONFIG_MAC, "value.peers.1.mac", FIELD_MAC, 64, 6, false},
		{"four", CONFIG_IPV4, "value.four", FIELD_IPV4, 84, 4, false},
		{"mode", CONFIG_U32, "value.mode", FIELD_UINT, 92, 4, false},
		{"mode", CONFIG_PAD, "value.mode", FIELD_PAD, 92, 4, false},
		{"value", CONFIG_BYTES, "value", FIELD_BYTES, 0, 120, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(layout_freep) struct layout *key = key_layout(), *value = value_layout();
		_cleanup_(layout_freep) struct layout *new_key = NULL, *new_value = NULL;
		_cleanup_problems_ struct problems p = PROBLEMS_INIT;
		bool in_key = cases[i].path[0] == 'k';
		const char *path = cases[i].path + (in_key ? 3 : 5);
		struct config_type type;
		struct config_map map = one_type(&type, cases[i].field, cases[i].type);
		uint32_t offset = 999;
		const struct field *f;

		if (typed_layouts_new(&map, key, value, &new_key, &new_value, &p))
			fail_msg("%s", p.items[0]);
		f = layout_find(in_key ? new_key : new_value, str_of(path + (*path == '.')),
				&offset);
		assert_non_null(f);
		if (f->kind != cases[i].kind || f->size != cases[i].size ||
		    offset != cases[i].offset || f->big_endian != cases[i].big_endian)
			fail_msg("%s: %s is of kind %d, %u bytes at %u", cases[i].field,
				 cases[i].path, f->kind, f->size, offset);
		if (*path && f->name)
			assert_string_equal(f->name, strrchr(path, '.') + 1);
		assert_null(f->type_name);
		assert_int_equal(f->n_enumerators, 0);
		assert_int_equal(new_key->root.size, 8);
		assert_int_equal(new_value->root.size, 120);
	}
}

/* The layouts that it was given stay what they were. */
static void test_typed_layout__copies(void **state)
{
	_cleanup_(layout_freep) struct layout *key = key_layout(), *new_key = NULL, *none = NULL;
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	struct config_type type;
	struct config_map map = one_type(&type, "key.saddr", CONFIG_IPV4);

	(void)state;
	assert_int_equal(typed_layouts_new(&map, key, NULL, &new_key, &none, &p), 0);
	assert_null(none);
	assert_int_equal(key->root.members[0].kind, FIELD_UINT);
	assert_int_equal(new_key->root.members[0].kind, FIELD_IPV4);
	assert_int_equal(new_key->root.members[1].kind, FIELD_UINT);
}

/* Of a part without BTF nothing can be said; where it is written, it can. */
static void test_typed_layout__parts(void **state)
{
	static struct config_field written = {.kind = CONFIG_U64, .offset = -1};
	static const char says[] = "f:3:9: 'key.saddr': the key of map 'm' is written under "
				   "'key:': write the type there";
	static const struct {
		const char *field;
		bool has_key, has_value, is_written; /* the key, from BTF or not */
		int expected;
	} cases[] = {
		{"key.saddr", false, true, false, 0},	   {"key.saddr", false, false, false, 0},
		{"value.nothing", true, false, false, 0},  {"nothing", false, true, false, 0},
		{"nothing", true, false, false, 0},	   {"nothing", true, true, false, -EINVAL},
		{"key.saddr", false, true, true, -EINVAL}, {"key.saddr", true, true, true, -EINVAL},
		{"saddr", true, true, true, -EINVAL},	   {"id", true, true, true, 0},
		{"id", true, true, false, -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(layout_freep) struct layout *key = key_layout(), *value = value_layout();
		_cleanup_(layout_freep) struct layout *new_key = NULL, *new_value = NULL;
		_cleanup_problems_ struct problems p = PROBLEMS_INIT;
		struct config_type type;
		struct config_map map = one_type(&type, cases[i].field, CONFIG_S64);
		int r;

		map.key = cases[i].is_written ? &written : NULL;
		r = typed_layouts_new(&map, cases[i].has_key ? key : NULL,
				      cases[i].has_value ? value : NULL, &new_key, &new_value, &p);
		if (r != cases[i].expected)
			fail_msg("case %zu, %s: %d", i, cases[i].field, r);
		assert_int_equal(p.n, r ? 1 : 0);
		if (cases[i].is_written && cases[i].field[0] == 'k')
			assert_string_equal(p.items[0], says);
		if (r == 0)
			assert_int_equal(new_key != NULL, cases[i].has_key);
		else
			assert_null(new_key);
	}
}

static void test_typed_layout__refuses(void **state)
{
	static const char unknown[] =
		"map 'm' has no field '%s' that could get a type: its fields are key.saddr, "
		"key.id, value.id, value.total, value.raw, value.words, value.peers, value.macs, "
		"value.four, value.text, value.mode, value.low, value.lock, value.inner";
	static const struct {
		const char *field;
		enum config_kind type;
		const char *says; /* NULL: unknown */
	} cases[] = {
		{"key.sadr", CONFIG_IPV4, NULL},
		{"sadr", CONFIG_IPV4, NULL},
		{"key.", CONFIG_IPV4, NULL},
		{"keys", CONFIG_IPV4, NULL},
		{"peers.at", CONFIG_IPV4, NULL},
		{"peers.2.at", CONFIG_IPV4, NULL},
		{"$cpu", CONFIG_IPV4, NULL},
		{"id", CONFIG_S64,
		 "'id' is in the key and in the value of map 'm': write key.id or value.id"},
		{"key.saddr", CONFIG_U64,
		 "'key.saddr' of map 'm' has 4 bytes, and this type 8: only a type of the same "
		 "size fits"},
		{"value.total", CONFIG_IPV4,
		 "'value.total' of map 'm' has 8 bytes, and this type 4: only a type of the same "
		 "size fits"},
		{"words", CONFIG_U64,
		 "'words' of map 'm' has 16 bytes, 4 elements of 4, and this type 8: only a type "
		 "of the same size fits"},
		{"raw", CONFIG_MAC,
		 "'raw' of map 'm' has 16 bytes, and this type 6: only a type of the same size "
		 "fits"},
		{"raw.1", CONFIG_S8, "'raw.1' is an element: give the type to the whole array"},
		{"words.*", CONFIG_S32,
		 "'words.*' is an element: give the type to the whole array"},
		{"macs.0", CONFIG_MAC, "'macs.0' is an element: give the type to the whole array"},
		{"low", CONFIG_S32, "'low' of map 'm' is a bit field, which has no other type"},
		{"lock", CONFIG_U32,
		 "'lock' of map 'm' is the kernel's own, which has no other type"},
	};
	_cleanup_(layout_freep) struct layout *key = key_layout(), *value = value_layout();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_problems_ struct problems p = PROBLEMS_INIT;
		struct layout *new_key = NULL, *new_value = NULL;
		struct config_type type;
		struct config_map map = one_type(&type, cases[i].field, cases[i].type);
		char says[512], expected[600];

		snprintf(says, sizeof(says), unknown, cases[i].field);
		snprintf(expected, sizeof(expected), "f:3:9: %s",
			 cases[i].says ? cases[i].says : says);
		assert_int_equal(typed_layouts_new(&map, key, value, &new_key, &new_value, &p),
				 -EINVAL);
		assert_int_equal(p.n, 1);
		assert_string_equal(p.items[0], expected);
		assert_null(new_key);
		assert_null(new_value);
	}
}

/* All mistakes are told in one run; a scalar is called by its side. */
static void test_typed_layout__tells_all(void **state)
{
	struct config_type types[] = {
		{{"f", 1, 1}, (char *)"nothing", CONFIG_U8},
		{{"f", 2, 1}, (char *)"key", CONFIG_S32},
		{{"f", 3, 1}, (char *)"value", CONFIG_U8},
	};
	struct config_map map = {.name = (char *)"m", .types = types, .n_types = 3};
	const struct layout key = {.root = {.kind = FIELD_UINT, .size = 4}};
	const struct layout value = {.root = {.kind = FIELD_UINT, .size = 8}};
	struct layout *new_key = NULL, *new_value = NULL;
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;

	(void)state;
	assert_int_equal(typed_layouts_new(&map, &key, &value, &new_key, &new_value, &p), -EINVAL);
	assert_int_equal(p.n, 2);
	assert_string_equal(p.items[0], "f:1:1: map 'm' has no field 'nothing' that could get a "
					"type: its fields are key, value");
	assert_string_equal(p.items[1], "f:3:1: 'value' of map 'm' has 8 bytes, and this type 1: "
					"only a type of the same size fits");
}

/* A program may have very many variables: some are named. */
static void test_typed_layout__long_list(void **state)
{
	_cleanup_(layout_freep) struct layout *value = layout_new();
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	struct layout *new_key = NULL, *new_value = NULL;
	struct config_type type;
	struct config_map map = one_type(&type, "x", CONFIG_U8);
	struct config_field key = {.kind = CONFIG_U32, .offset = -1};
	char name[16];

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "v%u", i);
		add(&value->root, name, FIELD_UINT, i, 1);
	}
	value->root.size = 100;
	map.key = &key;
	assert_int_equal(typed_layouts_new(&map, NULL, value, &new_key, &new_value, &p), -EINVAL);
	assert_non_null(strstr(p.items[0], "value.v62, value.v63 …"));
	assert_null(strstr(p.items[0], "v64"));
}

static void test_typed_layout__without_memory(void **state)
{
	static const char *const fields[] = {"raw", "nothing"};
	_cleanup_(layout_freep) struct layout *key = key_layout(), *value = value_layout();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		struct config_type type;
		struct config_map map = one_type(&type, fields[i], CONFIG_S8);

		for (long nth = 0;; nth++) {
			_cleanup_(layout_freep) struct layout *new_key = NULL, *new_value = NULL;
			_cleanup_problems_ struct problems p = PROBLEMS_INIT;
			int r;

			alloc_fault_arm(nth);
			r = typed_layouts_new(&map, key, value, &new_key, &new_value, &p);
			if (!alloc_fault_disarm()) {
				assert_int_equal(r, i ? -EINVAL : 0);
				assert_true(nth > 20);
				break;
			}
			assert_int_equal(r, -ENOMEM);
			assert_null(new_key);
			assert_null(new_value);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_typed_layout__types),
		cmocka_unit_test(test_typed_layout__copies),
		cmocka_unit_test(test_typed_layout__parts),
		cmocka_unit_test(test_typed_layout__refuses),
		cmocka_unit_test(test_typed_layout__tells_all),
		cmocka_unit_test(test_typed_layout__long_list),
		cmocka_unit_test(test_typed_layout__without_memory),
	};

	return cmocka_run_group_tests_name("typed_layout", tests, NULL, NULL);
}
