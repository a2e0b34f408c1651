// SPDX-License-Identifier: GPL-2.0-only
/* The global variables of a program that a compiler made, read as its BTF says. */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "source/map_find.h"
#include "source/map_source.h"
#include "support/maps.h"

#define BUILD "clang -target bpf -mcpu=v3 -g -O2 -c " SOURCE_DIR "/tests/data/globals.bpf.c -o %s"

struct part {
	struct layout *layout;
	uint8_t *value;
	uint32_t n; /* entries that came */
	struct map_info info;
};

static struct bpf_object *object;
static struct part bss, data, rodata;

static int keep(void *ctx, const struct map_batch *batch)
{
	struct part *p = ctx;

	p->n += batch->n;
	memcpy(p->value, batch->values, p->info.value_size);
	return 0;
}

static struct map_source *open_part(const char *section, const char *pin_name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, section);
	struct map_source *s = NULL;
	struct err e = {0};
	struct test_pin pin;

	assert_non_null(map);
	pin = test_pin(bpf_map__fd(map), pin_name);
	if (map_source_open(pin.path, false, &s, &e))
		fail_msg("%s", e.text);
	return s;
}

/* By each way that there is: all give the same. */
static void read_part(struct map_source *s, struct part *p)
{
	static const enum map_read_method methods[] = {MAP_READ_BATCH, MAP_READ_NEXT_KEY,
						       MAP_READ_MAPPED, MAP_READ_AUTO};
	_cleanup_(freep) uint8_t *first = NULL;

	p->info = s->info;
	p->value = calloc(1, s->info.value_size);
	first = calloc(1, s->info.value_size);
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		const struct map_read r = {.sink = keep, .ctx = p, .method = methods[i]};
		struct err e = {0};

		p->n = 0;
		memset(p->value, 0xee, s->info.value_size);
		if (map_source_read(s, &r, &e))
			fail_msg("method %d: %s", methods[i], e.text);
		assert_int_equal(p->n, 1);
		if (!i)
			memcpy(first, p->value, s->info.value_size);
		assert_memory_equal(p->value, first, s->info.value_size);
	}
}

static void load_part(const char *section, const char *pin_name, struct part *p)
{
	_cleanup_(map_source_closep) struct map_source *s = open_part(section, pin_name);
	struct layout *key = NULL;
	struct err e = {0};

	if (map_source_layouts(s, NULL, &key, &p->layout, &e))
		fail_msg("%s", e.text);
	assert_null(key);
	assert_int_equal(s->info.key_size, 4);
	read_part(s, p);
}

static int setup(void **state)
{
	char path[] = "/tmp/globals.XXXXXX", command[sizeof(BUILD) + sizeof(path)];
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "globals");
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int fd = mkstemp(path), r;

	if (fd < 0 || test_pins_setup(state) < 0)
		return -1;
	close(fd);
	snprintf(command, sizeof(command), BUILD, path);
	if (system(command))
		return -1;
	object = bpf_object__open_file(path, &opts);
	unlink(path);
	r = object ? bpf_object__load(object) : -1;
	if (r == 0)
		r = bpf_prog_test_run_opts(
			bpf_program__fd(bpf_object__find_program_by_name(object, "fill")), &run);
	return r;
}

static void part_done(struct part *p)
{
	layout_free(p->layout);
	free(p->value);
}

static int teardown(void **state)
{
	part_done(&bss);
	part_done(&data);
	part_done(&rodata);
	bpf_object__close(object);
	return test_pins_teardown(state);
}

static void test_globals__load(void **state)
{
	(void)state;
	load_part(".bss", "bss", &bss);
	load_part(".data", "data", &data);
	load_part(".rodata", "rodata", &rodata);
}

/* The field's bits; signed ones extended. */
static int64_t number_at(const struct part *p, const struct field *f, uint32_t offset)
{
	unsigned int bits = f->bit_size ? f->bit_size : f->size * 8;
	uint64_t raw = 0;

	assert_true(offset + f->size <= p->info.value_size && f->size <= 8);
	memcpy(&raw, p->value + offset, f->size);
	raw >>= f->bit_offset;
	return f->kind == FIELD_SINT ? (int64_t)(raw << (64 - bits)) >> (64 - bits)
				     : (int64_t)(raw << (64 - bits) >> (64 - bits));
}

struct expected {
	const char *path;
	enum field_kind kind;
	uint32_t size;
	int64_t number; /* of at most 8 bytes */
};

static void assert_fields(const struct part *p, const struct expected *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t offset = 0;
		const struct field *f = layout_find(p->layout, str_of(cases[i].path), &offset);
		int64_t number;

		if (!f)
			fail_msg("%s is not found", cases[i].path);
		number = f->size <= 8 ? number_at(p, f, offset) : cases[i].number;
		if (f->kind != cases[i].kind || f->size != cases[i].size ||
		    number != cases[i].number)
			fail_msg("%s is of kind %d, %u bytes, %lld", cases[i].path, f->kind,
				 f->size, (long long)number);
	}
}

static void test_globals__bss(void **state)
{
	static const struct expected cases[] = {
		{"total", FIELD_UINT, 8, 3},
		{"hists", FIELD_ARRAY, 432, 0},
		{"hists.1.slots.26", FIELD_UINT, 4, 12},
		{"hists.3.slots.0", FIELD_UINT, 4, 9},
		{"hists.3.slots.1", FIELD_UINT, 4, 0},
		{"points.2.y", FIELD_UINT, 8, 13},
		{"points.2.x", FIELD_UINT, 2, 0},
		{"bits.low", FIELD_UINT, 1, 5},
		{"bits.middle", FIELD_UINT, 2, 0x1234},
		{"bits.negative", FIELD_SINT, 2, -4},
		{"bits.large", FIELD_UINT, 8, 0xabcdef0123},
		{"bits.flag", FIELD_UINT, 1, 1},
		{"bits.mode", FIELD_ENUM, 1, 7},
		{"nest.number", FIELD_SINT, 4, -1},
		{"nest.address", FIELD_UINT, 4, 0x0100007f},
		{"nest.port", FIELD_UINT, 2, 0x5000},
		{"nest.word", FIELD_UINT, 8, 0x50000100007f},
		{"nest.raw", FIELD_BYTES, 16, 0},
		{"matrix.1.2", FIELD_UINT, 4, 14},
		{"names.2", FIELD_CHARS, 16, 0},
		{"mode", FIELD_ENUM, 4, 7},
		{"fall", FIELD_ENUM, 4, 0xfffffffe},
		{"small", FIELD_ENUM, 1, 0xff},
		{"byte", FIELD_ENUM, 1, 200},
		{"wide", FIELD_ENUM, 8, 0x100000000},
		{"flag", FIELD_BOOL, 1, 1},
		{"fraction", FIELD_FLOAT, 8, 0},
		{"half", FIELD_FLOAT, 4, 0},
		{"fill.calls", FIELD_UINT, 4, 1},
		{"fill.slots", FIELD_ARRAY, 16, 0},
		{"fill.slots.1", FIELD_UINT, 4, 11},
		{"fill.slots.2", FIELD_UINT, 4, 0},
		{"count.calls", FIELD_UINT, 4, 1},
	};
	uint32_t offset;

	(void)state;
	assert_fields(&bss, cases, ARRAY_SIZE(cases));
	assert_int_equal(layout_find(bss.layout, STR("pointer"), &offset)->kind, FIELD_UINT);
	assert_string_equal(layout_find(bss.layout, STR("link"), &offset)->type_name,
			    "struct nest *");
	assert_true(layout_find(bss.layout, STR("nest.port"), &offset)->big_endian);
	assert_null(layout_find(bss.layout, STR("calls"), &offset));
	layout_find(bss.layout, STR("names.2"), &offset);
	assert_int_equal(bss.value[offset], 't');
}

/* Variables that begin with a value; two of a function have one name, and the compiler a number. */
static void test_globals__data(void **state)
{
	static const struct expected cases[] = {
		{"started", FIELD_UINT, 4, 5},
		{"negative", FIELD_SINT, 4, -3},
		{"fill.calls.1", FIELD_UINT, 4, 41},
	};

	(void)state;
	assert_fields(&data, cases, ARRAY_SIZE(cases));
}

/* Constants, in a map that is frozen. */
static void test_globals__rodata(void **state)
{
	static const struct expected cases[] = {
		{"limit", FIELD_UINT, 4, 9},
		{"label", FIELD_CHARS, 8, 0x74786574},
	};

	(void)state;
	assert_fields(&rodata, cases, ARRAY_SIZE(cases));
	assert_true(rodata.info.flags & BPF_F_RDONLY_PROG);
}

static void test_globals__each_slot(void **state)
{
	struct layout_place place;
	const struct field *f = layout_find_each(bss.layout, STR("hists.*.slots.*"), &place);

	(void)state;
	assert_non_null(f);
	assert_int_equal(place.n_stars, 2);
	assert_int_equal(place.stars[0].n, 4);
	assert_int_equal(place.stars[0].stride, 108);
	assert_int_equal(place.stars[1].n, 27);
	assert_int_equal(place.stars[1].stride, 4);
	assert_int_equal(number_at(&bss, f, place.offset + 1 * 108 + 26 * 4), 12);
}

/* The enumerators that go with what was read above. */
static void test_globals__enumerators(void **state)
{
	static const struct {
		const char *path;
		uint32_t i, n;
		int64_t value;
		const char *name;
	} cases[] = {
		{"mode", 1, 2, 7, "ON"},
		{"bits.mode", 1, 2, 7, "ON"},
		{"small", 0, 2, -1, "BEFORE"},
		{"byte", 1, 2, 200, "MANY"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t offset;
		const struct field *f = layout_find(bss.layout, str_of(cases[i].path), &offset);

		assert_int_equal(f->n_enumerators, cases[i].n);
		assert_true(f->enumerators[cases[i].i].value == cases[i].value);
		assert_string_equal(f->enumerators[cases[i].i].name, cases[i].name);
	}
}

/* The name that such maps have, by which users find them. */
static void test_globals__by_name(void **state)
{
	_cleanup_(pin_matches_done) struct pin_matches found = {0};
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	struct part again = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(map_find_name("globals.bss", &found, &e), 0);
	assert_int_equal(found.n, 1);
	assert_int_equal(map_source_open(found.items[0].path, false, &s, &e), 0);
	read_part(s, &again);
	assert_memory_equal(again.value, bss.value, bss.info.value_size);
	part_done(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_globals__load),
		cmocka_unit_test(test_globals__bss),
		cmocka_unit_test(test_globals__data),
		cmocka_unit_test(test_globals__rodata),
		cmocka_unit_test(test_globals__each_slot),
		cmocka_unit_test(test_globals__enumerators),
		cmocka_unit_test(test_globals__by_name),
	};
	const char *missing = test_maps_missing();

	if (missing) {
		print_message("[  SKIPPED ] globals: %s\n", missing);
		return TEST_MAPS_SKIPPED;
	}
	return cmocka_run_group_tests_name("globals", tests, setup, teardown);
}
