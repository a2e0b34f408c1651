// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "model/layout.h"
#include "support/alloc_fault.h"
#include "support/fields.h"

/*
 * struct {
 *	__u32 id;
 *	struct {			anonymous
 *		__u16 port;
 *		union {			anonymous
 *			__u8 low;
 *			__u16 both;
 *		};
 *	};
 *	__u64 counts[4];
 *	struct { __s32 x; char tag[4]; } points[2];
 *	__be16 matrix[2][3];
 *	__u32 first : 3, second : 13;
 *	struct { struct { __u8 deep; } b; } a;
 *	(padding)
 * }
 */
static struct layout *sample(void)
{
	struct layout *l = layout_new();
	struct field *f, *g;

	assert_non_null(l);
	add(&l->root, "id", FIELD_UINT, 0, 4);
	f = add(&l->root, NULL, FIELD_STRUCT, 4, 4);
	add(f, "port", FIELD_UINT, 0, 2);
	f = add(f, NULL, FIELD_UNION, 2, 2);
	add(f, "low", FIELD_UINT, 0, 1);
	add(f, "both", FIELD_UINT, 0, 2);
	add_array(&l->root, "counts", 8, 4, FIELD_UINT, 8);
	f = add_array(&l->root, "points", 40, 2, FIELD_STRUCT, 8);
	add(f, "x", FIELD_SINT, 0, 4);
	add(f, "tag", FIELD_CHARS, 4, 4);
	g = add_array(&l->root, "matrix", 56, 2, FIELD_ARRAY, 6);
	g->n_elems = 3;
	add(g, NULL, FIELD_UINT, 0, 2)->big_endian = true;
	f = add(&l->root, "first", FIELD_UINT, 68, 4);
	f->bit_size = 3;
	f = add(&l->root, "second", FIELD_UINT, 68, 4);
	f->bit_offset = 3;
	f->bit_size = 13;
	f = add(&l->root, "a", FIELD_STRUCT, 72, 1);
	f = add(f, "b", FIELD_STRUCT, 0, 1);
	add(f, "deep", FIELD_UINT, 0, 1);
	add(&l->root, NULL, FIELD_PAD, 73, 7);
	l->root.size = 80;
	return l;
}

static void test_layout__find(void **state)
{
	static const struct {
		const char *path;
		uint32_t offset, size;
		enum field_kind kind;
	} cases[] = {
		{"", 0, 80, FIELD_STRUCT},
		{"id", 0, 4, FIELD_UINT},
		{"port", 4, 2, FIELD_UINT},
		{"low", 6, 1, FIELD_UINT},
		{"both", 6, 2, FIELD_UINT},
		{"counts", 8, 32, FIELD_ARRAY},
		{"counts.0", 8, 8, FIELD_UINT},
		{"counts.3", 32, 8, FIELD_UINT},
		{"points.1", 48, 8, FIELD_STRUCT},
		{"points.1.x", 48, 4, FIELD_SINT},
		{"points.0.tag", 44, 4, FIELD_CHARS},
		{"matrix.0", 56, 6, FIELD_ARRAY},
		{"matrix.1.2", 66, 2, FIELD_UINT},
		{"matrix.0.1", 58, 2, FIELD_UINT},
		{"first", 68, 4, FIELD_UINT},
		{"second", 68, 4, FIELD_UINT},
		{"a.b.deep", 72, 1, FIELD_UINT},
		{"a.b", 72, 1, FIELD_STRUCT},
	};
	_cleanup_(layout_freep) struct layout *l = sample();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t offset = 999;
		const struct field *f = layout_find(l, str_of(cases[i].path), &offset);

		if (!f)
			fail_msg("'%s' is there", cases[i].path);
		assert_int_equal(offset, cases[i].offset);
		assert_int_equal(f->size, cases[i].size);
		assert_int_equal(f->kind, cases[i].kind);
	}
}

static void test_layout__find_nothing(void **state)
{
	static const char *const paths[] = {
		".",
		"id.",
		".id",
		"id.x",
		"ids",
		"i",
		"ID",
		"counts.4",
		"counts.-1",
		"counts.x",
		"counts.",
		"counts.0.",
		"counts.0.0",
		"counts.18446744073709551616",
		"counts.4294967296",
		"points.x",
		"points.1.y",
		"points.2.x",
		"matrix.2.0",
		"matrix.0.3",
		"a.deep",
		"a..b",
		"deep",
		"b",
		"tag",
		"0",
		"counts.0x4",
	};
	_cleanup_(layout_freep) struct layout *l = sample();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		uint32_t offset = 999;

		if (layout_find(l, str_of(paths[i]), &offset))
			fail_msg("'%s' is found", paths[i]);
		assert_int_equal(offset, 999);
	}
}

static void test_layout__find_in_scalars_and_arrays(void **state)
{
	struct layout scalar = {.root = {.kind = FIELD_UINT, .size = 8}};
	struct field element = {.kind = FIELD_UINT, .size = 4};
	struct layout array = {.root = {.kind = FIELD_ARRAY,
					.size = 12,
					.n_elems = 3,
					.members = &element,
					.n_members = 1}};
	struct layout broken = {.root = {.kind = FIELD_ARRAY, .n_elems = 3}};
	uint32_t offset = 9;

	(void)state;
	assert_ptr_equal(layout_find(&scalar, STR(""), &offset), &scalar.root);
	assert_int_equal(offset, 0);
	assert_null(layout_find(&scalar, STR("x"), &offset));
	assert_ptr_equal(layout_find(&array, STR("2"), &offset), &element);
	assert_int_equal(offset, 8);
	assert_null(layout_find(&array, STR("3"), &offset));
	assert_null(layout_find(&broken, STR("0"), &offset));
}

/* BTF has byte arrays as one field; its bytes are found all the same. */
static void test_layout__find_in_bytes(void **state)
{
	struct field raw = {.name = "raw", .kind = FIELD_BYTES, .offset = 4, .size = 3};
	const struct layout l = {
		.root = {.kind = FIELD_STRUCT, .size = 8, .members = &raw, .n_members = 1}};
	const struct field *f;
	uint32_t offset = 0;

	(void)state;
	assert_ptr_equal(layout_find(&l, STR("raw"), &offset), &raw);
	f = layout_find(&l, STR("raw.2"), &offset);
	assert_non_null(f);
	assert_int_equal(f->kind, FIELD_UINT);
	assert_int_equal(f->size, 1);
	assert_int_equal(offset, 6);
	assert_null(layout_find(&l, STR("raw.3"), &offset));
	assert_null(layout_find(&l, STR("raw.2.0"), &offset));
}

/* A copy of each element, and where the second of each star lies. */
static void test_layout__find_each(void **state)
{
	static const struct {
		const char *path;
		struct layout_place place;
		uint32_t size;
	} cases[] = {
		{"id", {0, 0, {{0}}}, 4},
		{"counts.2", {24, 0, {{0}}}, 8},
		{"counts.*", {8, 1, {{4, 8}}}, 8},
		{"points.*", {40, 1, {{2, 8}}}, 8},
		{"points.*.tag", {44, 1, {{2, 8}}}, 4},
		{"matrix.*", {56, 1, {{2, 6}}}, 6},
		{"matrix.*.2", {60, 1, {{2, 6}}}, 2},
		{"matrix.1.*", {62, 1, {{3, 2}}}, 2},
		{"matrix.*.*", {56, 2, {{2, 6}, {3, 2}}}, 2},
	};
	static const char *const none[] = {
		"*",	   "*.id",	 "id.*",    "points.*.*",     "points.*.tag.*",
		"counts.", "counts.*.*", "**",	    "counts.**",      "points.*x",
		"a.*",	   "*counts",	 "tag.*.*", "matrix.*.*.*",   "counts.*.",
		"a.*.b",   "counts.*0",	 "port.*",  "points.*.x.tag", "matrix.*.3",
	};
	_cleanup_(layout_freep) struct layout *l = sample();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct layout_place place;
		const struct field *f = layout_find_each(l, str_of(cases[i].path), &place);
		uint32_t offset = 999;

		if (!f)
			fail_msg("'%s' is there", cases[i].path);
		assert_int_equal(f->size, cases[i].size);
		assert_memory_equal(&place, &cases[i].place, sizeof(place));
		assert_int_equal(layout_find(l, str_of(cases[i].path), &offset) != NULL,
				 !place.n_stars);
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		struct layout_place place = {.offset = 999};

		if (layout_find_each(l, str_of(none[i]), &place))
			fail_msg("'%s' is found", none[i]);
		assert_int_equal(place.offset, 999);
	}
}

/* Three arrays of arrays: only two stars count. */
static void test_layout__find_each_has_two_stars(void **state)
{
	_cleanup_(layout_freep) struct layout *l = layout_new();
	struct layout_place place;
	struct field *f;

	(void)state;
	l->root.size = 24;
	f = add_array(&l->root, "cube", 0, 2, FIELD_ARRAY, 12);
	f->n_elems = 2;
	f = add(f, NULL, FIELD_ARRAY, 0, 6);
	f->n_elems = 3;
	add(f, NULL, FIELD_BYTES, 0, 2);
	assert_null(layout_find_each(l, STR("cube.*.*.*"), &place));
	assert_non_null(layout_find_each(l, STR("cube.*.*"), &place));
	assert_int_equal(place.n_stars, 2);
	assert_non_null(layout_find_each(l, STR("cube.1.*.*"), &place));
	assert_int_equal(place.offset, 12);
	assert_int_equal(place.stars[0].stride, 6);
	assert_int_equal(place.stars[1].stride, 2);
}

static void test_layout__find_each_byte(void **state)
{
	struct field members[] = {
		{.name = (char *)"raw", .kind = FIELD_BYTES, .offset = 4, .size = 3},
		{.name = (char *)"text", .kind = FIELD_CHARS, .offset = 7, .size = 3},
		{.name = (char *)"none", .kind = FIELD_BYTES, .offset = 10, .size = 0},
	};
	const struct layout l = {
		.root = {.kind = FIELD_STRUCT, .size = 10, .members = members, .n_members = 3}};
	const struct layout_place expected = {4, 1, {{3, 1}}};
	struct layout_place place;
	const struct field *f = layout_find_each(&l, STR("raw.*"), &place);

	(void)state;
	assert_non_null(f);
	assert_int_equal(f->kind, FIELD_UINT);
	assert_memory_equal(&place, &expected, sizeof(place));
	assert_null(layout_find_each(&l, STR("raw.*.*"), &place));
	assert_null(layout_find_each(&l, STR("text.*"), &place));
	assert_null(layout_find_each(&l, STR("none.*"), &place));
}

/* Static variables of functions have dots in their names. */
static void test_layout__find_names_with_dots(void **state)
{
	static const struct {
		const char *path;
		int64_t offset; /* -1: not found */
	} cases[] = {
		{"fn.count", 0}, {"fn.count.1", 4}, {"fn.slots.2", 16}, {"fn.slots.1", 12},
		{"fn.at.x", 21}, {"other.x", 24},   {"other.x.y", -1},	{"fn", -1},
		{"fn.cou", -1},	 {"fn.count.", -1}, {"fn.count.2", -1}, {"count", -1},
	};
	_cleanup_(layout_freep) struct layout *l = layout_new();
	struct field *f;

	(void)state;
	add(&l->root, "fn.count", FIELD_UINT, 0, 4);
	add(&l->root, "fn.count.1", FIELD_UINT, 4, 4);
	add_array(&l->root, "fn.slots", 8, 3, FIELD_UINT, 4);
	f = add(&l->root, "fn.at", FIELD_STRUCT, 20, 2);
	add(f, "x", FIELD_UINT, 1, 1);
	f = add(&l->root, "other", FIELD_STRUCT, 24, 1);
	add(f, "x", FIELD_UINT, 0, 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t offset = 999;
		const struct field *found = layout_find(l, str_of(cases[i].path), &offset);

		if ((found ? (int64_t)offset : -1) != cases[i].offset)
			fail_msg("%s: at %u, %p", cases[i].path, offset, (const void *)found);
	}
}

static void test_layout__copy(void **state)
{
	struct enumerator *values = calloc(2, sizeof(*values));
	_cleanup_(layout_freep) struct layout *l = sample(), *copy = NULL, *none = NULL;
	_cleanup_buf_ struct buf a = BUF_INIT, b = BUF_INIT;
	struct field *f = &l->root.members[0];

	(void)state;
	values[0] = (struct enumerator){-1, strdup("OFF")};
	values[1] = (struct enumerator){7, strdup("ON")};
	f->type_name = strdup("enum mode");
	f->enumerators = values;
	f->n_enumerators = 2;
	for (long i = 0;; i++) {
		int r;

		alloc_fault_arm(i);
		r = layout_copy(l, &copy);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			assert_true(i > 20);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(copy);
	}
	assert_int_equal(layout_print(l, "it", &a), 0);
	layout_free(take_ptr(l));
	assert_int_equal(layout_print(copy, "it", &b), 0);
	assert_string_equal(buf_string(&a), buf_string(&b));
	f = &copy->root.members[0];
	assert_int_equal(f->n_enumerators, 2);
	assert_int_equal(f->enumerators[0].value, -1);
	assert_string_equal(f->enumerators[1].name, "ON");
	assert_int_equal(layout_copy(NULL, &none), 0);
	assert_null(none);
}

static void test_layout__find_path_is_no_c_string(void **state)
{
	_cleanup_(layout_freep) struct layout *l = sample();
	uint32_t offset;

	(void)state;
	assert_non_null(layout_find(l, (struct str){"counts.3xyz", 8}, &offset));
	assert_int_equal(offset, 32);
	assert_null(layout_find(l, (struct str){"id\0", 3}, &offset));
}

static void test_layout__is_scalar(void **state)
{
	(void)state;
	for (int kind = FIELD_UINT; kind <= FIELD_PAD; kind++) {
		const struct field f = {.kind = (enum field_kind)kind};

		assert_int_equal(field_is_scalar(&f), kind < FIELD_STRUCT);
	}
}

static void assert_printed(const struct layout *l, const char *name, const char *expected)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	assert_int_equal(layout_print(l, name, &b), 0);
	assert_string_equal(buf_string(&b), expected);
}

static void test_layout__print(void **state)
{
	_cleanup_(layout_freep) struct layout *l = sample();

	(void)state;
	assert_printed(l, "value",
		       "struct {\n"
		       "        __u32 id; /* offset 0, 4 bytes */\n"
		       "        struct {\n"
		       "                __u16 port; /* offset 4, 2 bytes */\n"
		       "                union {\n"
		       "                        __u8 low; /* offset 6, 1 byte */\n"
		       "                        __u16 both; /* offset 6, 2 bytes */\n"
		       "                }; /* offset 6, 2 bytes */\n"
		       "        }; /* offset 4, 4 bytes */\n"
		       "        __u64 counts[4]; /* offset 8, 32 bytes */\n"
		       "        struct {\n"
		       "                __s32 x; /* offset 40, 4 bytes */\n"
		       "                char tag[4]; /* offset 44, 4 bytes */\n"
		       "        } points[2]; /* offset 40, 16 bytes */\n"
		       "        __be16 matrix[2][3]; /* offset 56, 12 bytes */\n"
		       "        __u32 first : 3; /* offset 68, 4 bytes, bits 0-2 */\n"
		       "        __u32 second : 13; /* offset 68, 4 bytes, bits 3-15 */\n"
		       "        struct {\n"
		       "                struct {\n"
		       "                        __u8 deep; /* offset 72, 1 byte */\n"
		       "                } b; /* offset 72, 1 byte */\n"
		       "        } a; /* offset 72, 1 byte */\n"
		       "        unsigned char /* padding */[7]; /* offset 73, 7 bytes */\n"
		       "} value; /* offset 0, 80 bytes */\n");
}

static void test_layout__print_kinds(void **state)
{
	static const struct {
		struct field field;
		const char *expected;
	} cases[] = {
		{{.kind = FIELD_UINT, .size = 1}, "__u8 key;"},
		{{.kind = FIELD_UINT, .size = 2}, "__u16 key;"},
		{{.kind = FIELD_UINT, .size = 8}, "__u64 key;"},
		{{.kind = FIELD_UINT, .size = 4, .big_endian = true}, "__be32 key;"},
		{{.kind = FIELD_UINT, .size = 8, .big_endian = true}, "__be64 key;"},
		{{.kind = FIELD_SINT, .size = 1}, "__s8 key;"},
		{{.kind = FIELD_SINT, .size = 2}, "__s16 key;"},
		{{.kind = FIELD_SINT, .size = 4}, "__s32 key;"},
		{{.kind = FIELD_SINT, .size = 8}, "__s64 key;"},
		{{.kind = FIELD_BOOL, .size = 1}, "bool key;"},
		{{.kind = FIELD_ENUM, .size = 4}, "enum key;"},
		{{.kind = FIELD_ENUM, .size = 4, .type_name = (char *)"enum action"},
		 "enum action key;"},
		{{.kind = FIELD_FLOAT, .size = 4}, "float key;"},
		{{.kind = FIELD_FLOAT, .size = 8}, "double key;"},
		{{.kind = FIELD_CHARS, .size = 16}, "char key[16];"},
		{{.kind = FIELD_BYTES, .size = 16}, "unsigned char key[16];"},
		{{.kind = FIELD_BYTES, .size = 1}, "unsigned char key;"},
		{{.kind = FIELD_IPV4, .size = 4}, "struct in_addr key;"},
		{{.kind = FIELD_IPV6, .size = 16}, "struct in6_addr key;"},
		{{.kind = FIELD_MAC, .size = 6}, "unsigned char key[6];"},
		{{.kind = FIELD_PAD, .size = 4, .type_name = (char *)"struct bpf_spin_lock"},
		 "struct bpf_spin_lock key;"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct layout l = {.root = cases[i].field};
		char expected[128];

		snprintf(expected, sizeof(expected), "%s /* offset 0, %u byte%s */\n",
			 cases[i].expected, l.root.size, l.root.size == 1 ? "" : "s");
		assert_printed(&l, "key", expected);
	}
}

static void test_layout__without_memory(void **state)
{
	_cleanup_(layout_freep) struct layout *l = sample();
	long n_faults = 0;

	(void)state;
	for (long i = 0;; i++, n_faults++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		int r;

		alloc_fault_arm(i);
		r = layout_print(l, "value", &b);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
	}
	assert_true(n_faults >= 4);
	alloc_fault_arm(0);
	assert_null(layout_new());
	alloc_fault_arm(0);
	assert_null(field_add_member(&l->root));
	assert_true(alloc_fault_disarm());
	assert_int_equal(l->root.n_members, 9);
}

static void test_layout__done_leaves_zeros(void **state)
{
	static const struct field zero;
	struct field f = {.kind = FIELD_STRUCT, .size = 4};

	(void)state;
	add(&f, "a", FIELD_ENUM, 0, 4);
	f.members[0].enumerators = calloc(1, sizeof(struct enumerator));
	f.members[0].enumerators[0].name = strdup("NAME");
	f.members[0].n_enumerators = 1;
	field_done(&f);
	assert_memory_equal(&f, &zero, sizeof(f));
	layout_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout__find),
		cmocka_unit_test(test_layout__find_nothing),
		cmocka_unit_test(test_layout__find_in_scalars_and_arrays),
		cmocka_unit_test(test_layout__find_in_bytes),
		cmocka_unit_test(test_layout__find_each),
		cmocka_unit_test(test_layout__find_each_has_two_stars),
		cmocka_unit_test(test_layout__find_each_byte),
		cmocka_unit_test(test_layout__find_names_with_dots),
		cmocka_unit_test(test_layout__copy),
		cmocka_unit_test(test_layout__find_path_is_no_c_string),
		cmocka_unit_test(test_layout__is_scalar),
		cmocka_unit_test(test_layout__print),
		cmocka_unit_test(test_layout__print_kinds),
		cmocka_unit_test(test_layout__without_memory),
		cmocka_unit_test(test_layout__done_leaves_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
