// SPDX-License-Identifier: GPL-2.0-only
/*
 * One map, in each format and each scheme, is what tests/data/formats has:
 * files that somebody read. UPDATE_GOLDEN=1 in the environment writes them
 * anew.
 */
#include "decoded.h"

#include <math.h>
#include <stdio.h>

#include "render/renderer_internal.h"

#define FOLDER SOURCE_DIR "/tests/data/formats/"

struct __attribute__((packed)) key {
	uint32_t op;
	char comm[12];
};

struct __attribute__((packed)) value {
	uint64_t packets;
	int64_t level;
	uint64_t ns, ticks;
	double real;
	uint64_t total;
	int64_t moved;
	uint64_t slots[6];
};

#define ABOVE_DOUBLES ((UINT64_C(1) << 53) + 1)

static const struct key keys[] = {
	{1, "a\"b\\c\nd"},
	{2, "\xff\xfeok\xed\xa0\x80"},
	{3, ""},
	{4, "\xc3\xbc{},= #"},
};

static const struct value values[] = {
	{.packets = ABOVE_DOUBLES,
	 .level = INT64_MIN,
	 .ns = 1,
	 .ticks = 1,
	 .real = NAN,
	 .total = UINT64_MAX,
	 .moved = -7,
	 .slots = {1, 0, 85, 0, 10, 5}},
	{.packets = UINT64_MAX,
	 .level = INT64_MAX,
	 .ns = UINT64_MAX,
	 .ticks = ABOVE_DOUBLES,
	 .real = INFINITY,
	 .total = ABOVE_DOUBLES,
	 .slots = {0, ABOVE_DOUBLES, 3, 1, 0, 0}},
	{.packets = 7,
	 .level = -1,
	 .ns = 1500000000,
	 .ticks = UINT64_C(3) << 30,
	 .real = -INFINITY,
	 .total = 12345,
	 .slots = {0, 0, 0, 0, 0, 9}},
	{.level = (int64_t)ABOVE_DOUBLES, .ns = ABOVE_DOUBLES, .ticks = UINT64_MAX, .real = 0.1},
};

/* Pinned half a second after the Unix time 1700000000. */
static struct snapshot *golden_snapshot(struct decoded *d)
{
	_cleanup_(builder_freep) struct builder *b = NULL;
	struct builder_result result = {0};

	d->problems = (struct problems)PROBLEMS_INIT;
	if (config_load(FOLDER "all.yml", &d->config, &d->problems) < 0)
		fail_msg("%s", d->problems.n ? d->problems.items[0] : "no message");
	decoded_prepare_map(d, &(struct decoded_case){0});
	assert_int_equal(d->info.key_size, sizeof(struct key));
	assert_int_equal(d->info.value_size, sizeof(struct value));
	decoded_compile_plan(d, "all.yml");
	b = builder_new(d->plan, NULL, NULL, &(struct config_limits){.max_series = 1000});
	assert_non_null(b);
	assert_int_equal(
		builder_add(b, (const uint8_t *)keys, (const uint8_t *)values, ARRAY_SIZE(keys)),
		0);
	assert_int_equal(builder_finish(b, &result), 0);
	result.snapshot->start_wall_ns = UINT64_C(1700000000500000000);
	result.snapshot->carried_wall_ns = UINT64_C(1700000000500000000);
	return result.snapshot;
}

/* The bytes of a file; none where it is not there. */
static void read_file(const char *path, struct buf *b)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "re");

	for (size_t n = 1; f && n; b->len += n) {
		assert_int_equal(buf_reserve(b, 4096), 0);
		n = fread(b->data + b->len, 1, 4096, f);
	}
}

static void write_file(const char *path, const struct buf *b)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(b->data, 1, b->len, f), b->len);
	assert_int_equal(fclose(f), 0);
}

static void render_to(const struct format *format, struct exposition *x, struct buf *b)
{
	_cleanup_(render_freep) struct render *r = render_new(x, format);
	ssize_t n = 1;

	assert_non_null(r);
	for (; n > 0; b->len += (size_t)n) {
		assert_int_equal(buf_reserve(b, 4096), 0);
		n = render_read(r, b->data + b->len, 4096);
	}
	assert_int_equal(n, 0);
}

static void test_goldens__formats(void **state)
{
	static const struct {
		const struct renderer *renderer;
		bool has_created;
		const char *ending;
	} formats[] = {
		{&renderer_text, false, "txt"},	      {&renderer_text_1_0_0, false, "txt"},
		{&renderer_openmetrics, false, "om"}, {&renderer_openmetrics, true, "created.om"},
		{&renderer_protobuf, false, "pb"},
	};
	_cleanup_(decoded_done) struct decoded d = {0};
	struct snapshot *s = golden_snapshot(&d);
	struct exposition *x = exposition_new(&s, 1);
	size_t n_wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		for (enum escaping e = 0; e < N_ESCAPINGS; e++) {
			const struct format f = {.renderer = formats[i].renderer,
						 .escaping = e,
						 .has_created = formats[i].has_created};
			_cleanup_buf_ struct buf is = BUF_INIT, golden = BUF_INIT;
			char path[4096];

			snprintf(path, sizeof(path), FOLDER "%s.%s", escaping_name(e),
				 formats[i].ending);
			render_to(&f, x, &is);
			if (getenv("UPDATE_GOLDEN"))
				write_file(path, &is);
			read_file(path, &golden);
			if (is.len == golden.len && !memcmp(is.data, golden.data, is.len))
				continue;
			n_wrong++;
			print_error("%s is not what comes out: read it, then UPDATE_GOLDEN=1\n",
				    path);
		}
	}
	assert_int_equal(n_wrong, 0);
	exposition_unref(x);
	snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens__formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
