// SPDX-License-Identifier: GPL-2.0-only
/* Configured layouts are what the compiler of this test makes of the same fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/types.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>

#include "decode/explicit_layout_internal.h"
#include "support/alloc_fault.h"

struct inner {
	__u8 x;
	__u32 y;
};

/* Every type after a byte, so that each must be aligned. */
struct natural {
	__u8 a8;
	__u16 a16;
	__u8 b8;
	__u32 a32;
	__u8 c8;
	__u64 a64;
	__s8 s8;
	__s16 s16;
	__s8 t8;
	__s32 s32;
	__s8 r8;
	__s64 s64;
	bool flag;
	__be16 port;
	__u8 d8;
	struct in_addr v4;
	__u8 e8;
	struct in6_addr v6;
	unsigned char mac[6];
	char comm[3];
	unsigned char raw[5];
	__be64 big;
	struct inner one;
	__u8 f8;
	struct inner many[3];
	__u16 numbers[3];
	__u8 last;
};

struct __attribute__((packed)) packed_inner {
	__u8 x;
	__u32 y;
};

struct __attribute__((packed)) packed {
	__u8 a8;
	__u16 a16;
	__u64 a64;
	struct in_addr v4;
	bool flag;
	struct packed_inner many[3];
	__u16 numbers[3];
	char comm[3];
	__be32 big;
	__u8 last;
};

struct padded {
	__u32 a;
	__u8 b;
	/* 3 bytes */
	__u64 c;
	__u8 d;
	/* 7 bytes */
};

#define NATURAL                                                                                                  \
	"key: [{name: a8, type: u8}, {name: a16, type: u16}, {name: b8, type: u8}, {name: a32, type: u32}, "     \
	"{name: c8, type: u8}, {name: a64, type: u64}, {name: s8, type: s8}, {name: s16, type: s16}, "           \
	"{name: t8, type: s8}, {name: s32, type: s32}, {name: r8, type: s8}, {name: s64, type: s64}, "           \
	"{name: flag, type: bool}, {name: port, type: be16}, {name: d8, type: u8}, {name: v4, type: ipv4}, "     \
	"{name: e8, type: u8}, {name: v6, type: ipv6}, {name: mac, type: mac}, "                                 \
	"{name: comm, type: char, count: 3}, {name: raw, type: bytes, count: 5}, {name: big, type: be64}, "      \
	"{name: one, type: struct, fields: [{name: x, type: u8}, {name: y, type: u32}]}, {name: f8, type: u8}, " \
	"{name: many, type: struct, count: 3, fields: [{name: x, type: u8}, {name: y, type: u32}]}, "            \
	"{name: numbers, type: u16, count: 3}, {name: last, type: u8}]"
#define PACKED                                                                                                \
	"packed: true, key: [{name: a8, type: u8}, {name: a16, type: u16}, {name: a64, type: u64}, "          \
	"{name: v4, type: ipv4}, {name: flag, type: bool}, "                                                  \
	"{name: many, type: struct, count: 3, fields: [{name: x, type: u8}, {name: y, type: u32}]}, "         \
	"{name: numbers, type: u16, count: 3}, {name: comm, type: char, count: 3}, {name: big, type: be32}, " \
	"{name: last, type: u8}]"
#define PADDED                                                                                           \
	"key: [{name: a, type: u32}, {name: b, type: u8}, {type: pad, count: 3}, {name: c, type: u64}, " \
	"{name: d, type: u8}]"

struct expected_field {
	const char *path;
	size_t offset, size;
	enum field_kind kind;
};

#define FIELD(type, field, field_kind)                                                   \
	{                                                                                \
#field, offsetof(type, field), sizeof(((type *)NULL)->field), field_kind \
	}
#define ELEMENT(type, path, field, field_kind)                                         \
	{                                                                              \
		path, offsetof(type, field), sizeof(((type *)NULL)->field), field_kind \
	}

static struct layout *layout_of(const char *yaml)
{
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	char text[4096];
	struct layout *l;

	snprintf(text, sizeof(text), "maps: [{name: m, pin: /p, %s}]", yaml);
	if (config_parse("f", str_of(text), &c, &p) < 0)
		fail_msg("%s", p.items[0]);
	l = explicit_layout_new(c->maps[0].key, c->maps[0].packed);
	assert_non_null(l);
	return l;
}

static void assert_fields(const char *yaml, size_t size, const struct expected_field *fields,
			  size_t n)
{
	_cleanup_(layout_freep) struct layout *l = layout_of(yaml);

	assert_int_equal(l->root.size, size);
	for (size_t i = 0; i < n; i++) {
		uint32_t offset = 9999;
		const struct field *f = layout_find(l, str_of(fields[i].path), &offset);

		assert_non_null(f);
		if (offset != fields[i].offset || f->size != fields[i].size)
			fail_msg("%s is at %u, %u bytes, not at %zu, %zu", fields[i].path, offset,
				 f->size, fields[i].offset, fields[i].size);
		assert_int_equal(f->kind, fields[i].kind);
	}
}

static void test_explicit_layout__natural(void **state)
{
	static const struct expected_field fields[] = {
		FIELD(struct natural, a8, FIELD_UINT),
		FIELD(struct natural, a16, FIELD_UINT),
		FIELD(struct natural, b8, FIELD_UINT),
		FIELD(struct natural, a32, FIELD_UINT),
		FIELD(struct natural, c8, FIELD_UINT),
		FIELD(struct natural, a64, FIELD_UINT),
		FIELD(struct natural, s8, FIELD_SINT),
		FIELD(struct natural, s16, FIELD_SINT),
		FIELD(struct natural, t8, FIELD_SINT),
		FIELD(struct natural, s32, FIELD_SINT),
		FIELD(struct natural, r8, FIELD_SINT),
		FIELD(struct natural, s64, FIELD_SINT),
		FIELD(struct natural, flag, FIELD_BOOL),
		FIELD(struct natural, port, FIELD_UINT),
		FIELD(struct natural, d8, FIELD_UINT),
		FIELD(struct natural, v4, FIELD_IPV4),
		FIELD(struct natural, e8, FIELD_UINT),
		FIELD(struct natural, v6, FIELD_IPV6),
		FIELD(struct natural, mac, FIELD_MAC),
		FIELD(struct natural, comm, FIELD_CHARS),
		FIELD(struct natural, raw, FIELD_BYTES),
		FIELD(struct natural, big, FIELD_UINT),
		FIELD(struct natural, one, FIELD_STRUCT),
		FIELD(struct natural, one.y, FIELD_UINT),
		FIELD(struct natural, f8, FIELD_UINT),
		FIELD(struct natural, many, FIELD_ARRAY),
		FIELD(struct natural, numbers, FIELD_ARRAY),
		FIELD(struct natural, last, FIELD_UINT),
		ELEMENT(struct natural, "many.0.x", many[0].x, FIELD_UINT),
		ELEMENT(struct natural, "many.2.y", many[2].y, FIELD_UINT),
		ELEMENT(struct natural, "numbers.1", numbers[1], FIELD_UINT),
	};

	(void)state;
	assert_fields(NATURAL, sizeof(struct natural), fields, ARRAY_SIZE(fields));
}

static void test_explicit_layout__packed(void **state)
{
	static const struct expected_field fields[] = {
		FIELD(struct packed, a8, FIELD_UINT),
		FIELD(struct packed, a16, FIELD_UINT),
		FIELD(struct packed, a64, FIELD_UINT),
		FIELD(struct packed, v4, FIELD_IPV4),
		FIELD(struct packed, flag, FIELD_BOOL),
		FIELD(struct packed, many, FIELD_ARRAY),
		FIELD(struct packed, numbers, FIELD_ARRAY),
		FIELD(struct packed, comm, FIELD_CHARS),
		FIELD(struct packed, big, FIELD_UINT),
		FIELD(struct packed, last, FIELD_UINT),
		ELEMENT(struct packed, "many.1.y", many[1].y, FIELD_UINT),
		ELEMENT(struct packed, "numbers.2", numbers[2], FIELD_UINT),
	};

	(void)state;
	assert_fields(PACKED, sizeof(struct packed), fields, ARRAY_SIZE(fields));
}

static void test_explicit_layout__padding(void **state)
{
	static const struct expected_field fields[] = {
		FIELD(struct padded, a, FIELD_UINT),
		FIELD(struct padded, b, FIELD_UINT),
		FIELD(struct padded, c, FIELD_UINT),
		FIELD(struct padded, d, FIELD_UINT),
	};

	(void)state;
	assert_fields(PADDED, sizeof(struct padded), fields, ARRAY_SIZE(fields));
}

static void test_explicit_layout__offsets(void **state)
{
	static const struct expected_field fields[] = {
		{"a", 4, 4, FIELD_UINT},  {"b", 1, 1, FIELD_UINT},    {"c", 2, 2, FIELD_UINT},
		{"d", 16, 8, FIELD_UINT}, {"same", 4, 4, FIELD_IPV4}, {"e", 8, 1, FIELD_UINT},
	};
	static const char all[] =
		"[{name: a, type: u32, offset: 4}, {name: b, type: u8, offset: 1}, {name: c, type: u16}, "
		"{name: d, type: u64, offset: 16}, {name: same, type: ipv4, offset: 4}, {name: e, type: u8}]";
	char yaml[512];

	(void)state;
	snprintf(yaml, sizeof(yaml), "key: %s", all);
	assert_fields(yaml, 24, fields, ARRAY_SIZE(fields));
	snprintf(yaml, sizeof(yaml), "packed: true, key: %s", all);
	assert_fields(yaml, 24, fields, ARRAY_SIZE(fields));
}

static void test_explicit_layout__scalars(void **state)
{
	static const struct {
		const char *yaml;
		uint32_t size;
		enum field_kind kind;
		bool big_endian;
	} cases[] = {
		{"key: u8", 1, FIELD_UINT, false},     {"key: s64", 8, FIELD_SINT, false},
		{"key: be16", 2, FIELD_UINT, true},    {"key: be32", 4, FIELD_UINT, true},
		{"key: be64", 8, FIELD_UINT, true},    {"key: bool", 1, FIELD_BOOL, false},
		{"key: ipv4", 4, FIELD_IPV4, false},   {"key: ipv6", 16, FIELD_IPV6, false},
		{"key: mac", 6, FIELD_MAC, false},     {"key: char", 1, FIELD_CHARS, false},
		{"key: bytes", 1, FIELD_BYTES, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(layout_freep) struct layout *l = layout_of(cases[i].yaml);

		assert_int_equal(l->root.size, cases[i].size);
		assert_int_equal(l->root.kind, cases[i].kind);
		assert_int_equal(l->root.big_endian, cases[i].big_endian);
	}
}

static void test_explicit_layout__floats(void **state)
{
	struct config_field fields[] = {
		{.name = (char *)"half", .kind = CONFIG_F32, .offset = -1},
		{.name = (char *)"whole", .kind = CONFIG_F64, .offset = -1},
		{.name = (char *)"many", .kind = CONFIG_F32, .count = 3, .offset = -1},
	};
	const struct config_field c = {
		.kind = CONFIG_STRUCT, .offset = -1, .fields = fields, .n_fields = 3};
	_cleanup_(layout_freep) struct layout *l = explicit_layout_new(&c, false);
	uint32_t offset = 0;

	(void)state;
	assert_non_null(l);
	assert_int_equal(l->root.size, 32);
	assert_int_equal(l->root.members[0].kind, FIELD_FLOAT);
	assert_int_equal(l->root.members[0].size, 4);
	assert_int_equal(l->root.members[1].kind, FIELD_FLOAT);
	assert_int_equal(l->root.members[1].size, 8);
	assert_int_equal(l->root.members[1].offset, 8);
	assert_int_equal(layout_find(l, STR("many.2"), &offset)->kind, FIELD_FLOAT);
	assert_int_equal(offset, 24);
}

/* A field of a list; is_bits where last is not negative. */
struct written_bits {
	enum config_kind kind;
	int64_t offset; /* -1: none */
	int first, last;
};

struct expected_bits {
	uint32_t offset, size;
	uint8_t bit_offset, bit_size;
};

static struct layout *layout_of_bits(const struct written_bits *written, size_t n, bool packed)
{
	struct config_field fields[8] = {0};
	const struct config_field c = {
		.kind = CONFIG_STRUCT, .offset = -1, .fields = fields, .n_fields = n};
	struct layout *l;

	assert_true(n <= ARRAY_SIZE(fields));
	for (size_t i = 0; i < n; i++)
		fields[i] = (struct config_field){
			.name = (char *)"x",
			.kind = written[i].kind,
			.offset = written[i].offset,
			.is_bits = written[i].last >= 0,
			.bit_first = (uint8_t)(written[i].last >= 0 ? written[i].first : 0),
			.bit_last = (uint8_t)(written[i].last >= 0 ? written[i].last : 0),
		};
	l = explicit_layout_new(&c, packed);
	assert_non_null(l);
	return l;
}

static void test_explicit_layout__bits(void **state)
{
	static const struct {
		bool packed;
		struct written_bits written[5];
		struct expected_bits expected[5];
		size_t n;
		uint32_t size;
	} cases[] = {
		/* Ascending ones of a type share a number. */
		{false,
		 {{CONFIG_U32, -1, 0, 2}, {CONFIG_U32, -1, 3, 15}, {CONFIG_U32, -1, 31, 31}},
		 {{0, 4, 0, 3}, {0, 4, 3, 13}, {0, 4, 31, 1}},
		 3,
		 4},
		/* One that starts at or below the end of the last does not. */
		{false,
		 {{CONFIG_U8, -1, 0, 3}, {CONFIG_U8, -1, 3, 7}, {CONFIG_U8, -1, 0, 7}},
		 {{0, 1, 0, 4}, {1, 1, 3, 5}, {2, 1, 0, 8}},
		 3,
		 3},
		/* Nor does one of another type, or after an ordinary field. */
		{false,
		 {{CONFIG_U8, -1, 0, 3},
		  {CONFIG_U16, -1, 4, 15},
		  {CONFIG_U16, -1, 0, -1},
		  {CONFIG_U16, -1, 9, 9}},
		 {{0, 1, 0, 4}, {2, 2, 4, 12}, {4, 2, 0, 0}, {6, 2, 9, 1}},
		 4,
		 8},
		{true,
		 {{CONFIG_U8, -1, 0, 3}, {CONFIG_U32, -1, 4, 15}, {CONFIG_U32, -1, 16, 31}},
		 {{0, 1, 0, 4}, {1, 4, 4, 12}, {1, 4, 16, 16}},
		 3,
		 5},
		/* An offset overrides, and the next one goes on there. */
		{false,
		 {{CONFIG_U32, -1, 0, 3},
		  {CONFIG_U32, 8, 4, 5},
		  {CONFIG_U32, -1, 6, 7},
		  {CONFIG_U32, 0, 8, 9},
		  {CONFIG_U8, -1, 0, -1}},
		 {{0, 4, 0, 4}, {8, 4, 4, 2}, {8, 4, 6, 2}, {0, 4, 8, 2}, {4, 1, 0, 0}},
		 5,
		 12},
		{false,
		 {{CONFIG_U64, -1, 0, 63}, {CONFIG_U64, -1, 1, 63}},
		 {{0, 8, 0, 64}, {8, 8, 1, 63}},
		 2,
		 16},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(layout_freep) struct layout *l =
			layout_of_bits(cases[i].written, cases[i].n, cases[i].packed);

		assert_int_equal(l->root.size, cases[i].size);
		for (size_t j = 0; j < cases[i].n; j++) {
			const struct expected_bits *b = &cases[i].expected[j];
			const struct field *f = &l->root.members[j];

			if (f->offset != b->offset || f->size != b->size ||
			    f->bit_offset != b->bit_offset || f->bit_size != b->bit_size)
				fail_msg("case %zu, field %zu: bits %u + %u at %u, %u bytes", i, j,
					 f->bit_offset, f->bit_size, f->offset, f->size);
		}
	}
}

/* What the type says of sign and byte order stays so for its bits. */
static void test_explicit_layout__bits_of_types(void **state)
{
	static const struct written_bits written[] = {
		{CONFIG_S16, -1, 0, 3}, {CONFIG_BE16, -1, 4, 15}, {CONFIG_U16, -1, 1, 1}};
	_cleanup_(layout_freep) struct layout *l = layout_of_bits(written, 3, false);
	_cleanup_buf_ struct buf text = BUF_INIT;

	(void)state;
	assert_int_equal(l->root.members[0].kind, FIELD_SINT);
	assert_false(l->root.members[0].big_endian);
	assert_int_equal(l->root.members[1].kind, FIELD_UINT);
	assert_true(l->root.members[1].big_endian);
	assert_int_equal(l->root.members[2].kind, FIELD_UINT);
	assert_int_equal(layout_print(l, "key", &text), 0);
	assert_string_equal(buf_string(&text),
			    "struct {\n"
			    "        __s16 x : 4; /* offset 0, 2 bytes, bits 0-3 */\n"
			    "        __be16 x : 12; /* offset 2, 2 bytes, bits 4-15 */\n"
			    "        __u16 x : 1; /* offset 4, 2 bytes, bits 1-1 */\n"
			    "} key; /* offset 0, 6 bytes */\n");
}

static void test_explicit_layout__without_memory(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	static const char yaml[] = "maps: [{name: m, pin: /p, " NATURAL "}]";
	long n_faults = 0;

	(void)state;
	assert_int_equal(config_parse("f", STR(yaml), &c, &p), 0);
	for (;; n_faults++) {
		struct layout *l;

		alloc_fault_arm(n_faults);
		l = explicit_layout_new(c->maps[0].key, false);
		if (!alloc_fault_disarm()) {
			assert_non_null(l);
			layout_free(l);
			break;
		}
		assert_null(l);
	}
	assert_true(n_faults > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_explicit_layout__natural),
		cmocka_unit_test(test_explicit_layout__packed),
		cmocka_unit_test(test_explicit_layout__padding),
		cmocka_unit_test(test_explicit_layout__offsets),
		cmocka_unit_test(test_explicit_layout__scalars),
		cmocka_unit_test(test_explicit_layout__floats),
		cmocka_unit_test(test_explicit_layout__bits),
		cmocka_unit_test(test_explicit_layout__bits_of_types),
		cmocka_unit_test(test_explicit_layout__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
