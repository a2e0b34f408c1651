// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "base/cleanup.h"
#include "render/wire_internal.h"
#include "support/protobuf_read.h"

/* From here on nothing may be written. */
#define ASSERT_WRITTEN(expression, expected)                                 \
	do {                                                                 \
		char p[64];                                                  \
		const char *end;                                             \
		memset(p, 0x5a, sizeof(p));                                  \
		end = (expression);                                          \
		assert_int_equal(end - p, sizeof(expected) - 1);             \
		assert_memory_equal(p, expected, sizeof(expected) - 1);      \
		for (size_t i_ = sizeof(expected) - 1; i_ < sizeof(p); i_++) \
			assert_int_equal(p[i_], 0x5a);                       \
	} while (0)

/* The examples of the encoding's description, and the ends of the ranges. */
static void test_wire__bytes(void **state)
{
	(void)state;
	ASSERT_WRITTEN(wire_write_varint(p, 0), "\x00");
	ASSERT_WRITTEN(wire_write_varint(p, 127), "\x7f");
	ASSERT_WRITTEN(wire_write_varint(p, 128), "\x80\x01");
	ASSERT_WRITTEN(wire_write_varint(p, 150), "\x96\x01");
	ASSERT_WRITTEN(wire_write_varint(p, UINT64_MAX),
		       "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	ASSERT_WRITTEN(wire_write_u64(p, 1, 150), "\x08\x96\x01");
	ASSERT_WRITTEN(wire_write_u64(p, 15, 0), "\x78\x00");
	ASSERT_WRITTEN(wire_write_s64(p, 1, 0), "\x08\x00");
	ASSERT_WRITTEN(wire_write_s64(p, 1, -1), "\x08\x01");
	ASSERT_WRITTEN(wire_write_s64(p, 1, 1), "\x08\x02");
	ASSERT_WRITTEN(wire_write_s64(p, 1, -2), "\x08\x03");
	ASSERT_WRITTEN(wire_write_s64(p, 13, -64), "\x68\x7f");
	ASSERT_WRITTEN(wire_write_s64(p, 13, 64), "\x68\x80\x01");
	ASSERT_WRITTEN(wire_write_s64(p, 1, INT64_MAX),
		       "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	ASSERT_WRITTEN(wire_write_s64(p, 1, INT64_MIN),
		       "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	ASSERT_WRITTEN(wire_write_double(p, 1, 1.5), "\x09\x00\x00\x00\x00\x00\x00\xf8\x3f");
	ASSERT_WRITTEN(wire_write_double(p, 2, -(double)INFINITY),
		       "\x11\x00\x00\x00\x00\x00\x00\xf0\xff");
	ASSERT_WRITTEN(wire_write_length(p, 4, 300), "\x22\xac\x02");
	ASSERT_WRITTEN(wire_write_bytes(p, 2, STR("testing")), "\x12\x07testing");
	ASSERT_WRITTEN(wire_write_bytes(p, 2, STR("")), "\x12\x00");
}

/* Around each power of two: as long as was said, and no longer than a field, and read as it was. */
static void test_wire__varints(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		const uint64_t around[] = {(UINT64_C(1) << bit) - 1, UINT64_C(1) << bit,
					   (UINT64_C(1) << bit) + 1};

		for (size_t i = 0; i < ARRAY_SIZE(around); i++) {
			char bytes[WIRE_FIELD_MAX];
			size_t n = (size_t)(wire_write_u64(bytes, 15, around[i]) - bytes);
			struct str rest = {bytes, n};
			struct protobuf_field f;

			assert_in_range(n, 2, WIRE_FIELD_MAX);
			assert_int_equal(n, 1 + wire_varint_size(around[i]));
			assert_int_equal(protobuf_next(&rest, &f), 1);
			assert_int_equal(f.number, 15);
			assert_int_equal(f.wire, PROTOBUF_VARINT);
			assert_true(f.varint == around[i]);
			assert_int_equal(rest.n, 0);
		}
	}
}

/* The reader of the tests refuses what is none. */
static void test_wire__reader(void **state)
{
	static const struct str bad[] = {
		STR("\x01"),			 /* longer than there is */
		STR("\x02\x0a\x05"),		 /* so is what is in it */
		STR("\x03\x0a\x82\x00"),	 /* a length with a digit too many */
		STR("\x01\x02"),		 /* a field without a number */
		STR("\x02\x08\x01"),		 /* a name that is no text */
		STR("\x03\x32\x01x"),		 /* a field that is not known */
		STR("\x05\x0d\x00\x00\x00\x00"), /* of a type that nothing has */
		STR("\x04\x22\x02\x12\x01"),	 /* cut off, inside */
		STR("\x80"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_buf_ struct buf out = BUF_INIT;

		if (protobuf_print(bad[i], &out) >= 0)
			fail_msg("case %zu is read as %s", i, buf_string(&out));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wire__bytes),
		cmocka_unit_test(test_wire__varints),
		cmocka_unit_test(test_wire__reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
