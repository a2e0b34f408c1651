/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SUPPORT_MAPS_H
#define SUPPORT_MAPS_H

/*
 * Maps for tests: made, filled, pinned in a folder of the test's own, and
 * described by BTF that is put together here. What goes wrong fails the test.
 *
 *	const struct CMUnitTest tests[] = {…};
 *	return test_maps_run("test_thing", tests);	// skips without BPF
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/err.h"
#include "model/map_info.h"

struct btf;

struct test_pin {
	char path[160];
};

/* For cmocka_run_group_tests(): the folder for pins comes and goes; those of the dead go too. */
int test_pins_setup(void **state);
int test_pins_teardown(void **state);

/* Why maps cannot be made and pinned here, or NULL. */
const char *test_maps_missing(void);

#define test_maps_run(name, tests)                                                   \
	({                                                                           \
		const char *missing_ = test_maps_missing();                          \
		if (missing_)                                                        \
			print_message("[  SKIPPED ] " name ": %s\n", missing_);      \
		missing_ ? TEST_MAPS_SKIPPED                                         \
			 : cmocka_run_group_tests_name(name, tests, test_pins_setup, \
						       test_pins_teardown);          \
	})

/* Exit status of a test program that could not run. */
#define TEST_MAPS_SKIPPED 77

/* test_map_create() - a map; LPM tries get the flag they need. Return: its descriptor. */
int test_map_create(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t max_entries,
		    uint32_t flags);

/* test_map_create_btf() - a map whose BTF is loaded first; the sizes are those of the types. */
int test_map_create_btf(struct btf *btf, uint32_t type, int key_type, int value_type,
			uint32_t max_entries);

/* test_map_info() - what the kernel says of it. */
struct map_info test_map_info(int fd);

/* test_fill_stacks() - bpf_get_stackid(ctx, @map, 0) at system calls of this thread. */
void test_fill_stacks(int map);

/* test_pin() - pin it in the test's folder, over what has this name. */
struct test_pin test_pin(int fd, const char *name);
struct test_pin test_pin_path(const char *name);
void test_unpin(const struct test_pin *pin);

/* test_touch() - set a modification time, since the epoch; before it: whole seconds. */
void test_touch(const char *path, int64_t wall_ns);

/*
 * test_entry() - the @i-th pair of a filled map. The key begins with i (an LPM
 * key is a full prefix that ends with it), the value with i * 1000 + the CPU
 * as a u64, cut to its size.
 * @key:    key_size bytes.
 * @values: n_cpus * value_stride bytes.
 */
void test_entry(const struct map_info *info, uint32_t i, void *key, void *values);

/* test_map_fill() - put the first @n of these pairs in. */
void test_map_fill(int fd, uint32_t n);

/*
 * test_btf_flows() - types as a packet counter has them:
 *	struct flow_key { __be32 saddr; __be16 port; __u8 proto; __u8 pad; };
 *	struct flow_stats { __u64 packets; __u64 bytes; char comm[16]; };
 */
struct btf *test_btf_flows(int *ret_key_type, int *ret_value_type);

/*
 * test_program_load() - a socket filter that does nothing. Return: its descriptor.
 */
int test_program_load(void);

/* test_as_nobody() - run @f in a child that is nobody, without capabilities. Return: what it
 * returned. */
int test_as_nobody(int (*f)(void *ctx), void *ctx);

#endif
