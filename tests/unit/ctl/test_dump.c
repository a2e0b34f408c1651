// SPDX-License-Identifier: GPL-2.0-only
/* Layouts made by hand, also those that no compiler makes, and their bytes as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "ctl/dump_internal.h"
#include "support/alloc_fault.h"
#include "support/fields.h"

static void add_enumerator(struct field *f, const char *name, int64_t value)
{
	f->enumerators = realloc(f->enumerators, (f->n_enumerators + 1) * sizeof(*f->enumerators));
	assert_non_null(f->enumerators);
	f->enumerators[f->n_enumerators++] =
		(struct enumerator){.value = value, .name = strdup(name)};
}

static struct out written_json(const struct layout *l, struct reading at, bool cut)
{
	struct shape s = {0};
	struct out o = {0};

	assert_int_equal(shape_init(&s, l), 0);
	value_write_json(&s, at, cut, &o);
	shape_done(&s);
	assert_non_null(buf_string(&o.text));
	return o;
}

static void assert_json(const struct layout *l, const void *bytes, const char *expected)
{
	struct out o = written_json(l, (struct reading){.p = bytes, .n_cpus = 1}, false);

	assert_string_equal(o.text.data, expected);
	buf_done(&o.text);
}

static void test_dump__scalars(void **state)
{
	static const struct {
		struct field field;
		const char *bytes;
		const char *expected;
	} cases[] = {
		{{.kind = FIELD_UINT, .size = 1}, "\xff", "255"},
		{{.kind = FIELD_SINT, .size = 1}, "\xff", "-1"},
		{{.kind = FIELD_UINT, .size = 2, .big_endian = true}, "\x01\xbb", "443"},
		{{.kind = FIELD_UINT, .size = 4, .big_endian = true}, "\1\2\3\4", "\"1.2.3.4\""},
		{{.kind = FIELD_UINT, .size = 8, .big_endian = true}, "\0\0\0\0\0\0\1\0", "256"},
		{{.kind = FIELD_UINT, .size = 8},
		 "\xff\xff\xff\xff\xff\xff\xff\xff",
		 "18446744073709551615"},
		{{.kind = FIELD_SINT, .size = 8}, "\0\0\0\0\0\0\0\x80", "-9223372036854775808"},
		{{.kind = FIELD_UINT, .size = 3, .bit_offset = 3, .bit_size = 18},
		 "\xff\xff\xff",
		 "262143"},
		{{.kind = FIELD_SINT, .size = 3, .bit_offset = 3, .bit_size = 18},
		 "\xf8\xff\x1f",
		 "-1"},
		{{.kind = FIELD_SINT, .size = 1, .bit_offset = 4, .bit_size = 3}, "\x30", "3"},
		{{.kind = FIELD_UINT, .size = 8, .bit_size = 64},
		 "\1\0\0\0\0\0\0\x80",
		 "9223372036854775809"},
		{{.kind = FIELD_BOOL, .size = 1}, "\2", "true"},
		{{.kind = FIELD_BOOL, .size = 1, .bit_offset = 1, .bit_size = 1}, "\1", "false"},
		{{.kind = FIELD_FLOAT, .size = 4}, "\0\0\x80\x3e", "0.25"},
		{{.kind = FIELD_FLOAT, .size = 4}, "\0\0\x80\x7f", "\"+Inf\""},
		{{.kind = FIELD_FLOAT, .size = 8}, "\0\0\0\0\0\0\xf0\xff", "\"-Inf\""},
		{{.kind = FIELD_FLOAT, .size = 8}, "\0\0\0\0\0\0\xf8\x7f", "\"NaN\""},
		{{.kind = FIELD_FLOAT, .size = 2}, "\1\2", "\"0102\""},
		{{.kind = FIELD_UINT, .size = 16},
		 "0123456789abcdef",
		 "\"30313233343536373839616263646566\""},
		{{.kind = FIELD_CHARS, .size = 4}, "ab\0c", "\"ab\""},
		{{.kind = FIELD_CHARS, .size = 4}, "abcd", "\"abcd\""},
		{{.kind = FIELD_BYTES, .size = 3}, "\0\xab\x10", "\"00ab10\""},
		{{.kind = FIELD_IPV4, .size = 4}, "\x0a\0\0\1", "\"10.0.0.1\""},
		{{.kind = FIELD_IPV6, .size = 16},
		 "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1",
		 "\"fe80::1\""},
		{{.kind = FIELD_MAC, .size = 6}, "\0\1\2\xab\xcd\xef", "\"00:01:02:ab:cd:ef\""},
		{{.kind = FIELD_ENUM, .size = 4}, "\7\0\0\0", "7"},
		{{.kind = FIELD_PAD, .size = 4}, "\0\0\0\0", "{}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct layout l = {.root = cases[i].field};

		assert_json(&l, cases[i].bytes, cases[i].expected);
	}
}

static void test_dump__enums(void **state)
{
	static const struct {
		uint8_t byte;
		const char *expected;
	} cases[] = {{0, "\"OFF\""}, {1, "\"a\\\"b\""}, {0xff, "\"BAD\""}, {0xfe, "-2"}, {2, "2"}};
	_cleanup_(layout_freep) struct layout *l = layout_new();

	(void)state;
	l->root.kind = FIELD_ENUM;
	l->root.size = 1;
	add_enumerator(&l->root, "OFF", 0);
	add_enumerator(&l->root, "SAME", 0);
	add_enumerator(&l->root, "a\"b", 1);
	add_enumerator(&l->root, "BAD", -1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_json(l, &cases[i].byte, cases[i].expected);
}

/* Anonymous members inside anonymous ones, padding everywhere, arrays of arrays. */
static struct layout *nested(void)
{
	struct layout *l = layout_new();
	struct field *f, *g;

	assert_non_null(l);
	add(&l->root, "id", FIELD_UINT, 0, 1);
	add(&l->root, NULL, FIELD_PAD, 1, 1);
	f = add(&l->root, NULL, FIELD_STRUCT, 2, 2);
	g = add(f, NULL, FIELD_UNION, 1, 1);
	add(g, "low", FIELD_UINT, 0, 1);
	add(f, "lock", FIELD_PAD, 0, 1);
	add_array(&l->root, "locks", 4, 2, FIELD_PAD, 1);
	g = add_array(&l->root, "grid", 6, 2, FIELD_ARRAY, 2);
	g->n_elems = 2;
	add(g, NULL, FIELD_UINT, 0, 1);
	f = add_array(&l->root, "pairs", 10, 2, FIELD_STRUCT, 2);
	add(f, "x", FIELD_UINT, 0, 1);
	add(f, "y.z", FIELD_SINT, 1, 1);
	f = add(&l->root, "in", FIELD_STRUCT, 14, 2);
	f = add(f, "deep", FIELD_STRUCT, 1, 1);
	add(f, "er", FIELD_UINT, 0, 1);
	l->root.size = 16;
	return l;
}

static const uint8_t nested_bytes[16] = {1, 9, 9, 2, 9, 9, 3, 4, 5, 6, 7, 0xff, 8, 0xfe, 9, 10};

static void test_dump__nested(void **state)
{
	_cleanup_(layout_freep) struct layout *l = nested();

	(void)state;
	assert_json(l, nested_bytes,
		    "{\"id\":1,\"low\":2,\"grid\":[[3,4],[5,6]],"
		    "\"pairs\":[{\"x\":7,\"y.z\":-1},{\"x\":8,\"y.z\":-2}],"
		    "\"in\":{\"deep\":{\"er\":10}}}");
}

static void test_dump__cut(void **state)
{
	_cleanup_(layout_freep) struct layout *l = layout_new();
	uint8_t bytes[57] = {0};
	struct out o;

	(void)state;
	add_array(&l->root, "all", 0, 16, FIELD_UINT, 1);
	add_array(&l->root, "some", 0, 17, FIELD_UINT, 1);
	add(&l->root, "whole", FIELD_BYTES, 0, 32);
	add(&l->root, "part", FIELD_BYTES, 0, 57);
	o = written_json(l, (struct reading){.p = bytes, .n_cpus = 1}, true);
	assert_string_equal(
		o.text.data,
		"{\"all\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],"
		"\"some\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,… 1 more],"
		"\"whole\":\"0000000000000000000000000000000000000000000000000000000000000000\","
		"\"part\":\"0000000000000000000000000000000000000000000000000000000000000000"
		"… 25 more bytes\"}");
	buf_done(&o.text);
}

static void test_dump__texts(void **state)
{
	static const struct {
		struct str text;
		const char *expected[3]; /* by style */
	} cases[] = {
		{STR(""), {"", "", "\"\""}},
		{STR("a\"b\\c"), {"a\"b\\c", "a\"b\\\\c", "\"a\\\"b\\\\c\""}},
		{STR("\n\x1b\x7f"), {"\n\x1b\x7f", "\\n\\u001b\\u007f", "\"\\n\\u001b\\u007f\""}},
		{STR("\xc2\x9f"), {"\xc2\x9f", "\\u009f", "\"\\u009f\""}},
		/* What would turn the line round is only a mark to JSON. */
		{STR("a\xe2\x80\xae"
		     "b\xe2\x81\xa9"),
		 {"a\xe2\x80\xae"
		  "b\xe2\x81\xa9",
		  "a\\u202eb\\u2069",
		  "\"a\xe2\x80\xae"
		  "b\xe2\x81\xa9\""}},
		{STR("\xe2\x80\xa7"), {"\xe2\x80\xa7", "\xe2\x80\xa7", "\"\xe2\x80\xa7\""}},
		{STR("\xc2\x9b\xc2\xa0"),
		 {"\xc2\x9b\xc2\xa0", "\\u009b\xc2\xa0", "\"\\u009b\xc2\xa0\""}},
		{STR("\xc2\x8f"), {"\xc2\x8f", "\\u008f", "\"\\u008f\""}},
		{STR("\xff\xe2\x82"),
		 {"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
		  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}},
		{STR("\xe2\x82\xac"), {"\xe2\x82\xac", "\xe2\x82\xac", "\"\xe2\x82\xac\""}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (int style = TEXT_PLAIN; style <= TEXT_JSON; style++) {
			struct out o = {0};

			out_text(&o, cases[i].text, (enum text_style)style);
			assert_non_null(buf_string(&o.text));
			assert_string_equal(o.text.data, cases[i].expected[style]);
			buf_done(&o.text);
		}
	}
}

/* Three CPUs, the first without anything: numbers are added, the second speaks for the rest. */
static void test_dump__sum(void **state)
{
	struct value {
		uint64_t n;
		double d;
		uint8_t small;
		int8_t below;
		char text[2];
		uint8_t on;
		uint8_t which;
		uint8_t pair[2];
	} values[3] = {
		{0},
		{UINT64_MAX, 0.5, 200, -100, "b", 0, 3, {1, 2}},
		{3, 0.25, 100, -100, "c", 1, 4, {255, 255}},
	};
	_cleanup_(layout_freep) struct layout *l = layout_new();
	struct reading at;
	struct out o;

	(void)state;
	add(&l->root, "n", FIELD_UINT, offsetof(struct value, n), 8);
	add(&l->root, "d", FIELD_FLOAT, offsetof(struct value, d), 8);
	add(&l->root, "small", FIELD_UINT, offsetof(struct value, small), 1);
	add(&l->root, "below", FIELD_SINT, offsetof(struct value, below), 1);
	add(&l->root, "text", FIELD_CHARS, offsetof(struct value, text), 2);
	add(&l->root, "on", FIELD_BOOL, offsetof(struct value, on), 1);
	add(&l->root, "which", FIELD_ENUM, offsetof(struct value, which), 1);
	add_array(&l->root, "pair", offsetof(struct value, pair), 2, FIELD_UINT, 1);

	at = reading_sum((const uint8_t *)values, 3, sizeof(values[0]), sizeof(values[0]));
	o = written_json(l, at, false);
	assert_string_equal(o.text.data, "{\"n\":2,\"d\":0.75,\"small\":300,\"below\":-200,"
					 "\"text\":\"b\",\"on\":false,\"which\":3,"
					 "\"pair\":[256,257]}");
	buf_done(&o.text);

	memset(values, 0, sizeof(values));
	at = reading_sum((const uint8_t *)values, 3, sizeof(values[0]), sizeof(values[0]));
	assert_int_equal(at.speaker, 0);
}

static void test_dump__columns(void **state)
{
	static const char *const expected[] = {
		"key",	      "cpu",	     "value.id",	"value.low",
		"value.grid", "value.pairs", "value.in.deep.er"};
	static const char *const cells[] = {"513",
					    "7",
					    "1",
					    "2",
					    "[[3,4],[5,6]]",
					    "[{\"x\":7,\"y.z\":-1},{\"x\":8,\"y.z\":-2}]",
					    "10"};
	_cleanup_(layout_freep) struct layout *value = nested(), *key = layout_new();
	struct dump d = {.has_key = true, .each_cpu = true};
	const struct row row = {.key = {.p = (const uint8_t *)"\1\2", .n_cpus = 1},
				.value = {.p = nested_bytes, .n_cpus = 1},
				.cpu = 7};

	(void)state;
	key->root.kind = FIELD_UINT;
	key->root.size = 2;
	assert_int_equal(shape_init(&d.key, key), 0);
	assert_int_equal(shape_init(&d.value, value), 0);
	assert_int_equal(columns_init(&d), 0);
	assert_int_equal(d.n_columns, ARRAY_SIZE(expected));
	for (size_t i = 0; i < d.n_columns; i++) {
		struct out o = {0};

		assert_string_equal(d.columns[i].name, expected[i]);
		column_write(&d.columns[i], &row, TEXT_PLAIN, &o);
		assert_non_null(buf_string(&o.text));
		assert_string_equal(o.text.data, cells[i]);
		assert_int_equal(column_is_number(&d.columns[i]), !strchr(cells[i], '['));
		buf_done(&o.text);
	}
	columns_done(&d);
	shape_done(&d.key);
	shape_done(&d.value);
}

static void done(struct dump *d)
{
	columns_done(d);
	shape_done(&d->key);
	shape_done(&d->value);
	buf_done(&d->out.text);
	buf_done(&d->held.text);
	buf_done(&d->held_ends);
	buf_done(&d->cell.text);
}

/* Return: 0, or -ENOMEM as the command finds it. */
static int dump_rows(struct dump *d, const struct dump_format *format, const struct layout *l,
		     uint32_t n)
{
	const struct row row = {.key = {.p = nested_bytes, .n_cpus = 1},
				.value = {.p = nested_bytes, .n_cpus = 1}};

	*d = (struct dump){.has_key = true};
	if (shape_init(&d->key, l) < 0 || shape_init(&d->value, l) < 0 || columns_init(d) < 0)
		return -ENOMEM;
	format->begin(d);
	for (; d->n_rows < n; d->n_rows++)
		format->row(d, &row);
	format->end(d, true);
	return d->out.no_memory || d->cell.no_memory ? -ENOMEM : 0;
}

static void test_dump__no_memory(void **state)
{
	static const struct dump_format *const formats[] = {&dump_table, &dump_json, &dump_csv};
	_cleanup_(layout_freep) struct layout *l = nested();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct dump whole, d;
		int r;

		assert_int_equal(dump_rows(&whole, formats[i], l, 300), 0);
		for (long nth = 0;; nth++) {
			alloc_fault_arm(nth);
			r = dump_rows(&d, formats[i], l, 300);
			if (!alloc_fault_disarm())
				break;
			assert_int_equal(r, -ENOMEM);
			done(&d);
		}
		assert_int_equal(r, 0);
		assert_int_equal(d.out.text.len, whole.out.text.len);
		assert_memory_equal(d.out.text.data, whole.out.text.data, d.out.text.len);
		done(&d);
		done(&whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump__scalars), cmocka_unit_test(test_dump__enums),
		cmocka_unit_test(test_dump__nested),  cmocka_unit_test(test_dump__cut),
		cmocka_unit_test(test_dump__texts),   cmocka_unit_test(test_dump__sum),
		cmocka_unit_test(test_dump__columns), cmocka_unit_test(test_dump__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
