// SPDX-License-Identifier: GPL-2.0-only
/* Maps by pin, name and id, and stack traces out of another entry's map. */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/check.h"
#include "collect/locate_internal.h"
#include "source/map_ops.h"
#include "source/map_source.h"
#include "support/alloc_fault.h"
#include "support/maps.h"

static struct config *config_of(const char *text)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	struct config *c = NULL;

	if (config_parse("test.yml", str_of(text), &c, &problems) < 0)
		fail_msg("%s", problems.n ? problems.items[0] : "no memory");
	return c;
}

/* Named, so that nobody else's are found: `name` and the test's own number. */
static int create_named(const char *name, uint32_t value_size)
{
	const struct map_create_opts opts = {.type = BPF_MAP_TYPE_HASH,
					     .name = name,
					     .key_size = 4,
					     .value_size = value_size,
					     .max_entries = 10};
	int fd = map_create(&opts);

	if (fd < 0)
		fail_msg("map_create(%s): %s", name, err_name(fd));
	return fd;
}

static void id_of(int fd, char locator[static 32])
{
	snprintf(locator, 32, "id:%u", test_map_info(fd).id);
}

static void test_locate_maps__name_and_id(void **state)
{
	_cleanup_(pin_matches_done) struct pin_matches found = {0}, one = {0};
	_cleanup_(config_freep) struct config *c = NULL;
	struct collector_options options = {.glob = pin_glob};
	char text[200], locator[32], name[16];
	struct err e = {""};
	int fds[12];

	(void)state;
	snprintf(name, sizeof(name), "xl_%u", (unsigned int)getpid());
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = create_named(name, 8);
	id_of(fds[3], locator);
	snprintf(text, sizeof(text),
		 "maps:\n  - {name: a, map_name: %s}\n  - {name: b, map_id: %s}\n", name,
		 locator + 3);
	c = config_of(text);
	assert_int_equal(locate_maps(&options, &c->maps[0], &found, &e), 0);
	assert_int_equal(found.n, ARRAY_SIZE(fds));
	for (size_t i = 1; i < found.n; i++)
		assert_true(strcmp(found.items[i - 1].path, found.items[i].path) < 0);
	assert_int_equal(locate_maps(&options, &c->maps[1], &one, &e), 0);
	assert_int_equal(one.n, 1);
	assert_string_equal(one.items[0].path, locator);
	assert_string_equal(locate_name(&c->maps[0]), name);
	assert_string_equal(locate_name(&c->maps[1]), "id");
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
}

static int find_by_name(void *ctx)
{
	struct pin_matches found = {0};
	const struct config_map *map = ctx;
	struct collector_options options = {.glob = pin_glob};
	struct err e = {""};

	return locate_maps(&options, map, &found, &e);
}

static void test_locate_maps__without_privilege(void **state)
{
	_cleanup_(config_freep) struct config *c = config_of("maps: [{name: a, map_name: b}]\n");

	(void)state;
	assert_int_equal(test_as_nobody(find_by_name, &c->maps[0]), -EPERM);
}

static void test_locate_maps__pin(void **state)
{
	_cleanup_(close_fdp) int fd = create_named("xl_pin", 8);
	_cleanup_(pin_matches_done) struct pin_matches found = {0};
	_cleanup_(config_freep) struct config *c = NULL;
	struct collector_options options = {.glob = pin_glob};
	struct test_pin pin = test_pin(fd, "p1");
	struct err e = {""};
	char text[200];

	(void)state;
	snprintf(text, sizeof(text), "maps: [{name: a, pin: '%.*s*'}]\n", (int)strlen(pin.path) - 1,
		 pin.path);
	c = config_of(text);
	assert_int_equal(locate_maps(&options, &c->maps[0], &found, &e), 0);
	assert_int_equal(found.n, 1);
	assert_string_equal(found.items[0].path, pin.path);
	assert_string_equal(found.items[0].captures[0], "1");
	assert_string_equal(locate_name(&c->maps[0]), c->maps[0].pin);
	test_unpin(&pin);
}

/* `stacks` is a map of traces, `hash` is none, `gone` is not there, nor is a match of `many`. */
static struct config *stacks_config(int stacks, int hash)
{
	struct test_pin a = test_pin(stacks, "stacks"), b = test_pin(hash, "hash");
	char text[800];

	snprintf(text, sizeof(text),
		 "maps:\n  - {name: stacks, pin: '%s'}\n  - {name: hash, pin: '%s'}\n"
		 "  - {name: gone, pin: '%s-gone'}\n  - {name: many, pin: '%s-*'}\n",
		 a.path, b.path, a.path, a.path);
	return config_of(text);
}

static void test_locate_stacks__refusals(void **state)
{
	static const struct {
		const char *name;
		int code;
		const char *says;
	} cases[] = {
		{"nobody", -ENOENT, "there is no map 'nobody'"},
		{"hash", -EOPNOTSUPP, "is a map of type hash, not of stack traces"},
		{"gone", -ENOENT, "nothing is pinned there"},
		{"many", -ENOENT, "there is no such map"},
	};
	_cleanup_(close_fdp) int map = test_map_create(BPF_MAP_TYPE_STACK_TRACE, 4, 256, 64, 0);
	_cleanup_(close_fdp) int hash = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 1, 0);
	_cleanup_(config_freep) struct config *c = stacks_config(map, hash);
	const struct collector_options options = {.config = c, .glob = pin_glob};
	const struct stack_provider p = locate_stacks(&options);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct stack_map *m = NULL;
		struct err e = {""};

		assert_int_equal(p.open(p.ctx, cases[i].name, &m, &e), cases[i].code);
		assert_null(m);
		if (!strstr(e.text, cases[i].says))
			fail_msg("%s", e.text);
	}
}

static void test_locate_stacks__found(void **state)
{
	_cleanup_(close_fdp) int map = test_map_create(BPF_MAP_TYPE_STACK_TRACE, 4, 256, 64, 0);
	_cleanup_(close_fdp) int hash = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 1, 0);
	_cleanup_(config_freep) struct config *c = stacks_config(map, hash);
	const struct collector_options options = {.config = c, .glob = pin_glob};
	const struct stack_provider p = locate_stacks(&options);
	struct stack_map *m = NULL;
	uint64_t trace[32], raw[32];
	struct err e = {""};
	size_t n = 999;
	uint32_t id;

	(void)state;
	assert_int_equal(p.open(p.ctx, "stacks", &m, &e), 0);
	assert_int_equal(m->find(m, 5, trace, ARRAY_SIZE(trace), &n), -ENOENT);
	test_fill_stacks(map);
	assert_int_equal(map_next_key(map, NULL, &id), 0);
	assert_int_equal(map_lookup(map, &id, raw), 0);
	assert_int_equal(m->find(m, id, trace, ARRAY_SIZE(trace), &n), 0);
	assert_in_range(n, 1, ARRAY_SIZE(trace));
	assert_memory_equal(trace, raw, n * sizeof(*raw));
	m->close(m);
}

static void test_locate_stacks__no_memory(void **state)
{
	_cleanup_(close_fdp) int map = test_map_create(BPF_MAP_TYPE_STACK_TRACE, 4, 256, 64, 0);
	_cleanup_(close_fdp) int hash = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 1, 0);
	_cleanup_(config_freep) struct config *c = stacks_config(map, hash);
	const struct collector_options options = {.config = c, .glob = pin_glob};
	const struct stack_provider p = locate_stacks(&options);
	struct stack_map *m = NULL;
	long nth = 0;

	(void)state;
	for (;; nth++) {
		struct err e = {""};
		int r;

		alloc_fault_arm(nth);
		r = p.open(p.ctx, "stacks", &m, &e);
		if (!alloc_fault_disarm())
			break;
		assert_int_equal(r, -ENOMEM);
		assert_true(e.text[0]);
	}
	assert_true(nth >= 4);
	m->close(m);
}

/* Names are looked for as the kernel cut them; each map of the name is checked. */
static void test_check_config__by_name(void **state)
{
	static const struct {
		uint32_t sizes[2]; /* of the values of the maps that there are; 0: none */
		int expected;
		size_t n_problems;
		const char *notes[2];
	} cases[] = {
		{{8, 8}, 0, 0, {"looked for as 'xl_"}},
		{{8, 0}, 0, 0, {"looked for as 'xl_"}},
		{{8, 4}, -EINVAL, 1, {"looked for as 'xl_"}},
		{{0, 0}, 0, 0, {"looked for as 'xl_", "no map of this name is loaded"}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_problems_ struct problems problems = PROBLEMS_INIT, notes = PROBLEMS_INIT;
		_cleanup_(config_freep) struct config *c = NULL;
		int fds[2] = {-1, -1};
		char name[40], text[300];

		snprintf(name, sizeof(name), "xl_%zu_%010u", i, (unsigned int)getpid());
		for (size_t j = 0; j < 2; j++)
			if (cases[i].sizes[j])
				fds[j] = create_named(name, cases[i].sizes[j]);
		snprintf(
			text, sizeof(text),
			"maps:\n  - {name: m, map_name: %s_and_more, key: u32, value: u64, instances: sum,\n"
			"     metrics: [{name: x_total, type: counter}]}\n",
			name);
		c = config_of(text);
		assert_int_equal(check_config(c, &problems, &notes), cases[i].expected);
		assert_int_equal(problems.n, cases[i].n_problems);
		if (problems.n)
			assert_non_null(strstr(problems.items[0], "4 bytes in the kernel"));
		assert_int_equal(notes.n, 1 + (cases[i].notes[1] != NULL));
		for (size_t j = 0; j < notes.n; j++)
			if (!strstr(notes.items[j], cases[i].notes[j]))
				fail_msg("%s", notes.items[j]);
		for (size_t j = 0; j < 2; j++)
			close_fdp(&fds[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_locate_maps__name_and_id),
		cmocka_unit_test(test_locate_maps__without_privilege),
		cmocka_unit_test(test_locate_maps__pin),
		cmocka_unit_test(test_locate_stacks__refusals),
		cmocka_unit_test(test_locate_stacks__found),
		cmocka_unit_test(test_locate_stacks__no_memory),
		cmocka_unit_test(test_check_config__by_name),
	};

	return test_maps_run("test_locate", tests);
}
