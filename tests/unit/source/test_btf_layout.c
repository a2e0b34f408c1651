// SPDX-License-Identifier: GPL-2.0-only
/* BTF that is put together here, also such as no kernel would load. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "source/btf_layout_internal.h"
#include "support/alloc_fault.h"

DEFINE_CLEANUP(btf__free, struct btf *)

/* The basic types, under the numbers that the tables below use. */
enum { U8 = 1, U16, U32, U64, S32, CHAR, BOOL, FLOAT, DOUBLE, INT128, SCHAR, N_BASIC = SCHAR };

static struct btf *basic_types(void)
{
	struct btf *btf = btf__new_empty();

	btf__add_int(btf, "unsigned char", 1, 0);
	btf__add_int(btf, "unsigned short", 2, 0);
	btf__add_int(btf, "unsigned int", 4, 0);
	btf__add_int(btf, "unsigned long", 8, 0);
	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	btf__add_int(btf, "char", 1, BTF_INT_SIGNED);
	btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL);
	btf__add_float(btf, "float", 4);
	btf__add_float(btf, "double", 8);
	btf__add_int(btf, "__int128", 16, BTF_INT_SIGNED);
	assert_int_equal(btf__add_int(btf, "signed char", 1, BTF_INT_SIGNED), N_BASIC);
	return btf;
}

static struct layout *layout_of(const struct btf *btf, int id, uint32_t size)
{
	struct layout *l = NULL;
	struct err e = {0};
	int r = layout_from_btf(btf, (uint32_t)id, size, &l, &e);

	if (r)
		fail_msg("layout_from_btf(): %d, %s", r, e.text);
	return l;
}

static void assert_refused(const struct btf *btf, int id, uint32_t size, const char *says)
{
	struct layout *l = NULL;
	struct err e = {0};

	assert_int_equal(layout_from_btf(btf, (uint32_t)id, size, &l, &e), -EINVAL);
	assert_null(l);
	if (!strstr(e.text, says))
		fail_msg("'%s' does not say '%s'", e.text, says);
}

static void test_btf_layout__scalars(void **state)
{
	static const struct {
		int type;
		uint32_t size;
		enum field_kind kind;
		const char *type_name;
	} cases[] = {
		{U8, 1, FIELD_UINT, "unsigned char"}, {U16, 2, FIELD_UINT, "unsigned short"},
		{U32, 4, FIELD_UINT, "unsigned int"}, {U64, 8, FIELD_UINT, "unsigned long"},
		{S32, 4, FIELD_SINT, "int"},	      {CHAR, 1, FIELD_SINT, "char"},
		{BOOL, 1, FIELD_BOOL, "_Bool"},	      {FLOAT, 4, FIELD_FLOAT, "float"},
		{DOUBLE, 8, FIELD_FLOAT, "double"},   {INT128, 16, FIELD_BYTES, "__int128"},
	};
	_cleanup_(btf__freep) struct btf *btf = basic_types();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(layout_freep) struct layout *l =
			layout_of(btf, cases[i].type, cases[i].size);

		assert_int_equal(l->root.kind, cases[i].kind);
		assert_int_equal(l->root.size, cases[i].size);
		assert_string_equal(l->root.type_name, cases[i].type_name);
		assert_null(l->root.name);
	}
}

static void test_btf_layout__typedefs(void **state)
{
	_cleanup_(btf__freep) struct btf *btf = basic_types();
	int u16 = btf__add_typedef(btf, "__u16", U16);
	int be16 = btf__add_typedef(btf, "__be16", btf__add_const(btf, u16));
	int port = btf__add_volatile(btf, btf__add_typedef(btf, "port_t", be16));
	_cleanup_(layout_freep) struct layout *a = layout_of(btf, u16, 2);
	_cleanup_(layout_freep) struct layout *b = layout_of(btf, be16, 2);
	_cleanup_(layout_freep) struct layout *c = layout_of(btf, port, 2);

	(void)state;
	assert_string_equal(a->root.type_name, "__u16");
	assert_false(a->root.big_endian);
	assert_string_equal(b->root.type_name, "__be16");
	assert_true(b->root.big_endian);
	assert_string_equal(c->root.type_name, "port_t");
	assert_true(c->root.big_endian);
}

static void test_btf_layout__arrays(void **state)
{
	_cleanup_(btf__freep) struct btf *btf = basic_types();
	int u8 = btf__add_typedef(btf, "__u8", U8);
	const struct {
		int element;
		uint32_t n, size;
		enum field_kind kind, inner;
		uint32_t n_elems;
	} cases[] = {
		{CHAR, 16, 16, FIELD_CHARS, FIELD_PAD, 16},
		{U8, 6, 6, FIELD_BYTES, FIELD_PAD, 6},
		{u8, 6, 6, FIELD_BYTES, FIELD_PAD, 6},
		{SCHAR, 6, 6, FIELD_BYTES, FIELD_PAD, 6},
		{BOOL, 6, 6, FIELD_ARRAY, FIELD_BOOL, 6},
		{U64, 3, 24, FIELD_ARRAY, FIELD_UINT, 3},
		{btf__add_array(btf, U32, U8, 6), 4, 24, FIELD_ARRAY, FIELD_BYTES, 4},
		{btf__add_array(btf, U32, CHAR, 8), 4, 32, FIELD_ARRAY, FIELD_CHARS, 4},
		{btf__add_array(btf, U32, U64, 2), 5, 80, FIELD_ARRAY, FIELD_ARRAY, 5},
		{U64, 0, 0, FIELD_PAD, FIELD_UINT, 0},
		{btf__add_struct(btf, "empty", 0), 0xffffffff, 0, FIELD_PAD, FIELD_PAD, 0xffffffff},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int id = btf__add_array(btf, U32, cases[i].element, cases[i].n);
		_cleanup_(layout_freep) struct layout *l = layout_of(btf, id, cases[i].size);

		assert_int_equal(l->root.kind, cases[i].kind);
		assert_int_equal(l->root.size, cases[i].size);
		assert_int_equal(l->root.n_elems, cases[i].n_elems);
		if (l->root.kind == FIELD_ARRAY) {
			assert_int_equal(l->root.n_members, 1);
			assert_int_equal(l->root.members[0].kind, cases[i].inner);
		}
	}
}

static void test_btf_layout__enums(void **state)
{
	_cleanup_(btf__freep) struct btf *btf = basic_types();
	_cleanup_(layout_freep) struct layout *small = NULL, *large = NULL;
	int id, id64;

	(void)state;
	id = btf__add_enum(btf, "mode", 4);
	btf__add_enum_value(btf, "OFF", -1);
	btf__add_enum_value(btf, "ON", 1);
	id64 = btf__add_enum64(btf, "mask", 8, false);
	btf__add_enum64_value(btf, "HIGH", UINT64_C(1) << 40);
	small = layout_of(btf, id, 4);
	assert_int_equal(small->root.kind, FIELD_ENUM);
	assert_string_equal(small->root.type_name, "enum mode");
	assert_int_equal(small->root.n_enumerators, 2);
	assert_string_equal(small->root.enumerators[0].name, "OFF");
	assert_int_equal(small->root.enumerators[0].value, -1);
	assert_int_equal(small->root.enumerators[1].value, 1);
	large = layout_of(btf, id64, 8);
	assert_int_equal(large->root.enumerators[0].value, INT64_C(1) << 40);
}

/* What a compiler leaves out that does not know signed and large enums: @size, @value as given. */
static void test_btf_layout__enums_of_older_compilers(void **state)
{
	static const struct {
		uint32_t size;
		uint32_t value;
		int64_t expected;
		uint32_t n;
	} cases[] = {
		{1, 0xffffffff, -1, 2}, {1, 0xffffff80, -128, 2}, {1, 200, 200, 2},
		{2, 0xfffffffe, -2, 2}, {2, 0xffff, 0xffff, 2},	  {4, 0xffffffff, 0xffffffff, 2},
		{8, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(btf__freep) struct btf *btf = basic_types();
		_cleanup_(layout_freep) struct layout *l = NULL;
		int id = btf__add_enum(btf, "old", cases[i].size);

		btf__add_enum_value(btf, "FIRST", 1);
		btf__add_enum_value(btf, "SECOND", cases[i].value);
		l = layout_of(btf, id, cases[i].size);
		assert_int_equal(l->root.kind, FIELD_ENUM);
		assert_int_equal(l->root.n_enumerators, cases[i].n);
		if (!cases[i].n)
			continue;
		assert_int_equal(l->root.enumerators[0].value, 1);
		assert_true(l->root.enumerators[1].value == cases[i].expected);
	}
}

static void test_btf_layout__pointers(void **state)
{
	_cleanup_(btf__freep) struct btf *btf = basic_types();
	int node = btf__add_struct(btf, "node", 8);
	const struct {
		int target;
		enum field_kind kind;
		const char *type_name;
	} cases[] = {
		{node, FIELD_UINT, "struct node *"},
		{0, FIELD_UINT, "void *"},
		{btf__add_const(btf, CHAR), FIELD_UINT, "char *"},
		{btf__add_func_proto(btf, 0), FIELD_UINT, "void *"},
		{btf__add_type_tag(btf, "kptr", node), FIELD_PAD, "struct node *"},
		{btf__add_type_tag(btf, "user", node), FIELD_UINT, "struct node *"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(layout_freep) struct layout *l =
			layout_of(btf, btf__add_ptr(btf, cases[i].target), 8);

		assert_int_equal(l->root.kind, cases[i].kind);
		assert_string_equal(l->root.type_name, cases[i].type_name);
		assert_int_equal(l->root.size, 8);
	}
}

/* A bit of everything: what it prints shows kinds, places and names at once. */
static int add_everything(struct btf *btf)
{
	int bytes = btf__add_array(btf, U32, U8, 16), mac = btf__add_array(btf, U32, U8, 6);
	int ports = btf__add_array(btf, U32, U16, 2), comm = btf__add_array(btf, U32, CHAR, 8);
	int be32 = btf__add_typedef(btf, "__be32", U32);
	int in6, lock, both, inner, list, key;

	in6 = btf__add_struct(btf, "in6_addr", 16);
	btf__add_field(btf, "bytes", bytes, 0, 0);
	lock = btf__add_struct(btf, "bpf_spin_lock", 4);
	btf__add_field(btf, "val", U32, 0, 0);
	both = btf__add_union(btf, NULL, 4);
	btf__add_field(btf, "v4", be32, 0, 0);
	btf__add_field(btf, "ports", ports, 0, 0);
	inner = btf__add_struct(btf, NULL, 8);
	btf__add_field(btf, "first", U32, 0, 0);
	btf__add_field(btf, "second", U32, 32, 0);
	list = btf__add_array(btf, U32, inner, 2);
	key = btf__add_struct(btf, "everything", 64);
	btf__add_field(btf, "addr", in6, 0, 0);
	btf__add_field(btf, "lock", lock, 128, 0);
	btf__add_field(btf, NULL, both, 160, 0);
	btf__add_field(btf, NULL, inner, 192, 0);
	btf__add_field(btf, "list", list, 256, 0);
	btf__add_field(btf, "low", U32, 384, 3);
	btf__add_field(btf, "high", U32, 387, 13);
	btf__add_field(btf, "mac", mac, 400, 0);
	assert_int_equal(btf__add_field(btf, "comm", comm, 448, 0), 0);
	return key;
}

static void test_btf_layout__everything(void **state)
{
	static const struct {
		const char *path;
		enum field_kind kind;
		uint32_t offset, size;
	} cases[] = {
		{"addr", FIELD_BYTES, 0, 16},	 {"lock", FIELD_PAD, 16, 4},
		{"v4", FIELD_UINT, 20, 4},	 {"ports.1", FIELD_UINT, 22, 2},
		{"first", FIELD_UINT, 24, 4},	 {"second", FIELD_UINT, 28, 4},
		{"list.1", FIELD_STRUCT, 40, 8}, {"list.1.second", FIELD_UINT, 44, 4},
		{"low", FIELD_UINT, 48, 1},	 {"high", FIELD_UINT, 48, 2},
		{"mac", FIELD_BYTES, 50, 6},	 {"comm", FIELD_CHARS, 56, 8},
	};
	_cleanup_(btf__freep) struct btf *btf = basic_types();
	_cleanup_(layout_freep) struct layout *l = layout_of(btf, add_everything(btf), 64);
	_cleanup_buf_ struct buf text = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t offset = 99;
		const struct field *f = layout_find(l, str_of(cases[i].path), &offset);

		assert_non_null(f);
		assert_int_equal(f->kind, cases[i].kind);
		assert_int_equal(offset, cases[i].offset);
		assert_int_equal(f->size, cases[i].size);
	}
	assert_int_equal(layout_print(l, "key", &text), 0);
	assert_non_null(strstr(buf_string(&text), "struct in6_addr addr;"));
	assert_non_null(strstr(buf_string(&text), "char comm[8];"));
	assert_non_null(strstr(buf_string(&text), "unsigned char mac[6];"));
	assert_non_null(strstr(buf_string(&text), "__be32 v4;"));
}

/* Where bits are read from: an aligned unit that lies inside, else the bytes they touch. */
static void test_btf_layout__bit_fields(void **state)
{
	static const struct {
		int type;
		uint32_t parent_size, bit, n_bits;
		uint32_t offset, size;
		uint8_t bit_offset;
		enum field_kind kind;
	} cases[] = {
		{U32, 4, 0, 1, 0, 1, 0, FIELD_UINT},   {U32, 4, 31, 1, 3, 1, 7, FIELD_UINT},
		{U32, 4, 3, 13, 0, 2, 3, FIELD_UINT},  {U32, 4, 12, 8, 0, 4, 12, FIELD_UINT},
		{U32, 8, 28, 8, 0, 8, 28, FIELD_UINT}, {U64, 8, 0, 64, 0, 8, 0, FIELD_UINT},
		{U64, 8, 1, 63, 0, 8, 1, FIELD_UINT},  {S32, 8, 40, 9, 4, 4, 8, FIELD_SINT},
		{U32, 3, 4, 18, 0, 3, 4, FIELD_UINT}, /* packed: no unit of 4 fits */
		{U32, 5, 28, 8, 3, 2, 4, FIELD_UINT}, /* packed, across a unit */
		{U64, 9, 7, 60, 0, 9, 7, FIELD_PAD},  /* nine bytes: not read */
		{BOOL, 1, 5, 1, 0, 1, 5, FIELD_BOOL},
	};
	_cleanup_(btf__freep) struct btf *btf = basic_types();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int id = btf__add_struct(btf, "bits", cases[i].parent_size);
		_cleanup_(layout_freep) struct layout *l = NULL;
		const struct field *f;

		btf__add_field(btf, "x", cases[i].type, cases[i].bit, (__u32)cases[i].n_bits);
		l = layout_of(btf, id, cases[i].parent_size);
		f = &l->root.members[0];
		assert_int_equal(f->offset, cases[i].offset);
		assert_int_equal(f->size, cases[i].size);
		assert_int_equal(f->bit_offset, cases[i].bit_offset);
		assert_int_equal(f->bit_size, cases[i].n_bits);
		assert_int_equal(f->kind, cases[i].kind);
	}
}

/* Bits that the integer's type has, and not the member. */
static void test_btf_layout__bit_fields_of_older_compilers(void **state)
{
	_cleanup_(btf__freep) struct btf *btf = basic_types();
	_cleanup_(layout_freep) struct layout *l = NULL;
	int of_3, of_5, alias, id;

	(void)state;
	of_3 = btf__add_int(btf, "of_3", 4, 0);
	of_5 = btf__add_int(btf, "of_5", 4, BTF_INT_SIGNED);
	alias = btf__add_typedef(btf, "alias", of_5);
	id = btf__add_struct(btf, "bits", 4);
	btf__add_field(btf, "a", of_3, 0, 0);
	btf__add_field(btf, "b", alias, 0, 0);
	((uint32_t *)(btf__type_by_id(btf, (uint32_t)of_3) + 1))[0] = 3;
	((uint32_t *)(btf__type_by_id(btf, (uint32_t)of_5) + 1))[0] =
		BTF_INT_SIGNED << 24 | 3 << 16 | 5;
	l = layout_of(btf, id, 4);
	assert_int_equal(l->root.members[0].bit_size, 3);
	assert_int_equal(l->root.members[0].bit_offset, 0);
	assert_int_equal(l->root.members[1].bit_size, 5);
	assert_int_equal(l->root.members[1].bit_offset, 3);
	assert_int_equal(l->root.members[1].kind, FIELD_SINT);
}

static void test_btf_layout__unnamed_bits_are_padding(void **state)
{
	_cleanup_(btf__freep) struct btf *btf = basic_types();
	int id = btf__add_struct(btf, "holes", 4);
	_cleanup_(layout_freep) struct layout *l = NULL;

	(void)state;
	btf__add_field(btf, NULL, U32, 0, 4);
	btf__add_field(btf, "x", U32, 4, 4);
	l = layout_of(btf, id, 4);
	assert_int_equal(l->root.members[0].kind, FIELD_PAD);
	assert_int_equal(l->root.members[1].kind, FIELD_UINT);
}

static int struct_with(struct btf *btf, uint32_t size, int type, uint32_t bit, uint32_t n_bits)
{
	int id = btf__add_struct(btf, "bad", size);

	btf__add_field(btf, "it", type, bit, n_bits);
	return id;
}

/* A struct of two structs of two structs …: small BTF, more fields than anyone has. */
static int add_explosion(struct btf *btf)
{
	int id = U8;

	for (int depth = 0; depth < 20; depth++) {
		int inner = id;

		id = btf__add_struct(btf, "half", 1u << (depth + 1));
		btf__add_field(btf, "a", inner, 0, 0);
		btf__add_field(btf, "b", inner, 8u << depth, 0);
	}
	return id;
}

static int add_nest(struct btf *btf)
{
	int id = U32;

	for (int depth = 0; depth < 100; depth++)
		id = btf__add_array(btf, U32, id, 1);
	return id;
}

/* Many members of an enum with many names, which each of them has copies of. */
static int add_enumerator_explosion(struct btf *btf)
{
	int state = btf__add_enum(btf, "state", 1), id;

	for (int i = 0; i < 256; i++)
		btf__add_enum_value(btf, "same", i);
	id = btf__add_struct(btf, "explosion", 1025);
	for (uint32_t i = 0; i < 1025; i++)
		btf__add_field(btf, "f", state, i * 8, 0);
	return id;
}

static void test_btf_layout__refuses(void **state)
{
	_cleanup_(btf__freep) struct btf *btf = basic_types();
	int proto = btf__add_func_proto(btf, 0), huge = btf__add_array(btf, U32, U64, 0xffffffff);
	int self = btf__add_struct(btf, "self", 8), loop, section;

	(void)state;
	btf__add_field(btf, "again", self, 0, 0);
	loop = btf__type_cnt(btf); /* a typedef of itself */
	assert_int_equal(btf__add_typedef(btf, "loop", loop), loop);
	section = btf__add_datasec(btf, ".data", 8);
	btf__add_datasec_var_info(btf, U32, 0, 4);

	assert_refused(btf, 9999, 4, "does not exist");
	assert_refused(btf, 0, 4, "no size");
	assert_refused(btf, proto, 4, "no size");
	assert_refused(btf, U32, 8, "4 bytes, but the map has 8");
	assert_refused(btf, self, 8, "nested");
	assert_refused(btf, loop, 4, "itself");
	assert_refused(btf, huge, 4, "elements");
	assert_refused(btf, section, 8, "variable");
	assert_refused(btf, add_nest(btf), 4, "nested");
	assert_refused(btf, add_explosion(btf), 1 << 20, "too many");
	assert_refused(btf, add_enumerator_explosion(btf), 1025, "too many");
	assert_refused(btf, btf__add_ptr(btf, 9999), 8, "does not exist");
	assert_refused(btf, struct_with(btf, 4, U64, 0, 0), 4, "it: 8 bytes at offset 0");
	assert_refused(btf, struct_with(btf, 8, U64, 32, 0), 8, "outside");
	assert_refused(btf, struct_with(btf, 4, U32, 30, 4), 4, "outside");
	assert_refused(btf, struct_with(btf, 8, U32, 0, 33), 8, "bit field");
	assert_refused(btf, struct_with(btf, 8, FLOAT, 0, 3), 8, "bit field");
	assert_refused(btf, struct_with(btf, 8, 9999, 0, 0), 8, "does not exist");
}

static void test_btf_layout__without_memory(void **state)
{
	_cleanup_(btf__freep) struct btf *btf = basic_types();
	uint32_t id = (uint32_t)add_everything(btf);
	long nth;

	(void)state;
	for (nth = 0;; nth++) {
		_cleanup_(layout_freep) struct layout *l = NULL;
		struct err e = {0};
		int r;

		alloc_fault_arm(nth);
		r = layout_from_btf(btf, id, 64, &l, &e);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(l);
		assert_string_equal(e.text, "no memory for its layout");
	}
	assert_true(nth > 30);
}

static void test_btf_layout__long_names(void **state)
{
	_cleanup_(btf__freep) struct btf *btf = basic_types();
	char longest[512] = "", too_long[513] = "";
	_cleanup_(layout_freep) struct layout *l = NULL;
	uint32_t offset;
	int id;

	(void)state;
	memset(longest, 'a', 511);
	memset(too_long, 'b', 512);
	id = btf__add_struct(btf, too_long, 8);
	btf__add_field(btf, longest, U32, 0, 0);
	btf__add_field(btf, too_long, U32, 32, 0);
	l = layout_of(btf, id, 8);
	assert_null(l->root.type_name);
	assert_non_null(layout_find(l, str_of(longest), &offset));
	assert_null(layout_find(l, str_of(too_long), &offset));
	assert_int_equal(l->root.members[1].kind, FIELD_PAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_btf_layout__scalars),
		cmocka_unit_test(test_btf_layout__typedefs),
		cmocka_unit_test(test_btf_layout__arrays),
		cmocka_unit_test(test_btf_layout__enums),
		cmocka_unit_test(test_btf_layout__enums_of_older_compilers),
		cmocka_unit_test(test_btf_layout__pointers),
		cmocka_unit_test(test_btf_layout__everything),
		cmocka_unit_test(test_btf_layout__bit_fields),
		cmocka_unit_test(test_btf_layout__bit_fields_of_older_compilers),
		cmocka_unit_test(test_btf_layout__unnamed_bits_are_padding),
		cmocka_unit_test(test_btf_layout__refuses),
		cmocka_unit_test(test_btf_layout__long_names),
		cmocka_unit_test(test_btf_layout__without_memory),
	};

	return cmocka_run_group_tests_name("btf_layout", tests, NULL, NULL);
}
