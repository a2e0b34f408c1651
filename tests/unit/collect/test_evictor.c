// SPDX-License-Identifier: GPL-2.0-only
/* Which keys are idle, and what becomes of them, over a map that is a script. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "collect/evictor_internal.h"
#include "support/alloc_fault.h"

#define IDLE_NS	    10
#define MAX_WAITING 65536 /* as in evictor.c */

/* What taking a key answers, and who was handed over. */
struct world {
	struct map_source base;
	struct evictor *evictor;
	int code;	    /* of takes… */
	unsigned int after; /* … that come after so many */
	uint32_t gone;	    /* this key is; UINT32_MAX: none */
	uint64_t taken;	    /* the value that is found then */
	int sink_code;
	unsigned int n_takes, n_shown;
	struct {
		uint32_t key;
		uint64_t value; /* of the last CPU */
	} shown[8];
	uint64_t n_evicted;
	struct err refusal;
};

static int world_take(struct map_source *s, const void *key, void *values, struct err *e)
{
	struct world *w = (struct world *)s; /* base is its first member */
	uint32_t k;

	memcpy(&k, key, sizeof(k));
	if (w->code && w->n_takes++ >= w->after)
		return err_set(e, w->code, "told so: %s", err_name(w->code));
	if (k == w->gone)
		return err_set(e, -ENOENT, "it is gone");
	for (uint32_t cpu = 0; cpu < s->info.n_cpus; cpu++)
		memcpy((char *)values + cpu * s->info.value_stride, &w->taken, sizeof(w->taken));
	return 0;
}

static void world_init(struct world *w, uint32_t n_cpus, uint32_t value_size)
{
	static const struct map_source_ops ops = {.take = world_take};

	*w = (struct world){.gone = UINT32_MAX,
			    .base = {.ops = &ops,
				     .info = {.key_size = 4,
					      .value_size = value_size,
					      .value_stride = value_size,
					      .n_cpus = n_cpus,
					      .max_entries = 1 << 20}}};
	w->evictor = evictor_new(&w->base.info, IDLE_NS);
	assert_non_null(w->evictor);
}

static void world_done(struct world *w)
{
	evictor_free(w->evictor);
}

#define _cleanup_world_ _cleanup_(world_done)

static int show(void *ctx, const struct map_batch *batch)
{
	struct world *w = ctx;
	size_t last = (size_t)(w->base.info.n_cpus - 1) * w->base.info.value_stride;

	assert_int_equal(batch->n, 1);
	if (w->n_shown < ARRAY_SIZE(w->shown)) {
		memcpy(&w->shown[w->n_shown].key, batch->keys, 4);
		memcpy(&w->shown[w->n_shown].value, (const char *)batch->values + last, 8);
	}
	w->n_shown++;
	return w->sink_code;
}

static int see(struct world *w, uint32_t key, uint64_t value)
{
	return evictor_see(w->evictor, &key, &value);
}

/* The end of a pass. */
static int run_until(struct world *w, uint64_t deadline_ns)
{
	const struct map_read read = {.sink = show, .ctx = w, .deadline_ns = deadline_ns};

	w->n_takes = w->n_shown = 0;
	w->n_evicted = 0;
	w->refusal.text[0] = '\0';
	return evictor_run(w->evictor, &w->base, &read, read.sink, &w->n_evicted, &w->refusal);
}

static void run(struct world *w)
{
	assert_int_equal(run_until(w, UINT64_MAX), 0);
}

/* A pass over one entry. Return: whether it was idle. */
static int pass(struct world *w, uint64_t now_ns, uint32_t key, uint64_t value)
{
	int r;

	evictor_begin(w->evictor, now_ns);
	r = see(w, key, value);
	run(w);
	return r;
}

/* Keys 1 to @n, seen for the first time at 100, and again when they are idle; not run. */
static void make_idle(struct world *w, uint32_t n)
{
	for (uint64_t now_ns = 100; now_ns <= 100 + IDLE_NS; now_ns += IDLE_NS) {
		if (now_ns > 100)
			run(w);
		evictor_begin(w->evictor, now_ns);
		for (uint32_t key = 1; key <= n; key++)
			assert_int_equal(see(w, key, key), now_ns > 100);
	}
}

static void test_evictor__idle(void **state)
{
	static const struct {
		const char *name;
		struct {
			uint64_t at_ns, value;
		} passes[5];
		int idle; /* at the last of them */
	} cases[] = {
		{"new", {{100, 1}}, 0},
		{"new, long after the start", {{UINT64_MAX / 2, 1}}, 0},
		{"one less", {{100, 1}, {109, 1}}, 0},
		{"exactly", {{100, 1}, {110, 1}}, 1},
		{"more", {{100, 1}, {500, 1}}, 1},
		{"in small steps", {{100, 1}, {105, 1}, {109, 1}, {110, 1}}, 1},
		{"changed", {{100, 1}, {109, 2}, {118, 2}}, 0},
		{"changed, and idle since", {{100, 1}, {109, 2}, {119, 2}}, 1},
		{"changed at last", {{100, 1}, {120, 2}}, 0},
		{"changed and back", {{100, 1}, {105, 2}, {110, 1}}, 0},
		{"zero is a value", {{100, 0}, {110, 0}}, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_world_ struct world w;
		int idle = 0;

		world_init(&w, 1, 8);
		for (size_t j = 0; j < 5 && cases[i].passes[j].at_ns; j++)
			idle = pass(&w, cases[i].passes[j].at_ns, 1, cases[i].passes[j].value);
		if (idle != cases[i].idle)
			fail_msg("%s: %d", cases[i].name, idle);
		assert_int_equal(w.n_evicted, cases[i].idle);
	}
}

/* Each has its own time. */
static void test_evictor__one_of_many(void **state)
{
	_cleanup_world_ struct world w;

	(void)state;
	world_init(&w, 1, 8);
	w.taken = 7;
	for (uint64_t now_ns = 100; now_ns <= 110; now_ns += 5) {
		evictor_begin(w.evictor, now_ns);
		for (uint32_t key = 1; key <= 1000; key++)
			assert_int_equal(see(&w, key, key == 500 ? 7 : now_ns),
					 key == 500 && now_ns == 110);
		run(&w);
	}
	assert_int_equal(w.n_shown, 1);
	assert_int_equal(w.shown[0].key, 500);
}

/* A change on any CPU is one, in any byte. */
static void test_evictor__per_cpu(void **state)
{
	_cleanup_world_ struct world w;
	uint64_t values[4] = {0};
	uint32_t key = 1;

	(void)state;
	world_init(&w, ARRAY_SIZE(values), 8);
	w.taken = 99;
	for (size_t i = 0; i < sizeof(values); i++) {
		evictor_begin(w.evictor, 100 + IDLE_NS * i);
		((uint8_t *)values)[i] = 1;
		assert_int_equal(evictor_see(w.evictor, &key, values), 0);
		run(&w);
		assert_int_equal(w.n_shown, 0);
	}
	evictor_begin(w.evictor, 1000);
	assert_int_equal(evictor_see(w.evictor, &key, values), 1);
	run(&w);
	assert_int_equal(w.shown[0].value, 99);
	assert_int_equal(w.n_evicted, 1);
}

static void test_evictor__gone_and_back(void **state)
{
	_cleanup_world_ struct world w;

	(void)state;
	world_init(&w, 1, 8);
	assert_int_equal(pass(&w, 100, 1, 5), 0);
	assert_int_equal(pass(&w, 105, 2, 5), 0);
	assert_int_equal(pass(&w, 110, 1, 5), 0);
	assert_int_equal(pass(&w, 119, 1, 5), 0);
	assert_int_equal(pass(&w, 120, 1, 5), 1);
	/* It was deleted: the same value again is another key's. */
	assert_int_equal(pass(&w, 125, 1, 5), 0);
	assert_int_equal(pass(&w, 134, 1, 5), 0);
	assert_int_equal(pass(&w, 135, 1, 5), 1);
}

/* It tells of what it saw, but not that anything is gone. */
static void test_evictor__failed_pass(void **state)
{
	_cleanup_world_ struct world w;

	(void)state;
	world_init(&w, 1, 8);
	assert_int_equal(pass(&w, 100, 1, 5), 0);
	evictor_begin(w.evictor, 105);
	assert_int_equal(pass(&w, 110, 1, 5), 1);

	assert_int_equal(pass(&w, 200, 1, 5), 0);
	evictor_begin(w.evictor, 205);
	assert_int_equal(see(&w, 1, 6), 0);
	assert_int_equal(pass(&w, 214, 1, 6), 0);
	assert_int_equal(pass(&w, 215, 1, 6), 1);

	/* Idle in a pass that fails: nothing happens before one that does not. */
	assert_int_equal(pass(&w, 300, 1, 5), 0);
	evictor_begin(w.evictor, 310);
	assert_int_equal(see(&w, 1, 5), 1);
	evictor_begin(w.evictor, 311);
	run(&w);
	assert_int_equal(w.n_shown, 0);
	assert_int_equal(w.n_evicted, 0);
}

/* Keys that come and go while no pass ends are not remembered for ever. */
static void test_evictor__passes_that_always_fail(void **state)
{
	static const struct {
		uint32_t n_others;
		int idle;
	} cases[] = {{7, 1}, {8, 0}, {1000, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_world_ struct world w;

		world_init(&w, 1, 8);
		evictor_free(w.evictor);
		w.base.info.max_entries = 4;
		w.evictor = evictor_new(&w.base.info, IDLE_NS);
		assert_int_equal(pass(&w, 100, 1, 5), 0);
		for (uint32_t n = 0; n < cases[i].n_others; n++) {
			evictor_begin(w.evictor, 101);
			assert_int_equal(see(&w, 100 + n, 5), 0);
		}
		evictor_begin(w.evictor, 102);
		assert_int_equal(see(&w, 100, 5), 0);
		assert_int_equal(pass(&w, 110, 1, 5), cases[i].idle);
	}
}

/* What programs counted between the read and the deletion is in what is handed over. */
static void test_evictor__last_value(void **state)
{
	_cleanup_world_ struct world w;

	(void)state;
	world_init(&w, 1, 8);
	make_idle(&w, 2);
	w.taken = 12;
	w.n_evicted = 40;
	run(&w);
	assert_int_equal(w.n_shown, 2);
	assert_int_equal(w.shown[0].key, 1);
	assert_int_equal(w.shown[0].value, 12);
	assert_int_equal(w.shown[1].key, 2);
	assert_int_equal(w.shown[1].value, 12);
	assert_int_equal(w.n_evicted, 2);
	assert_string_equal(w.refusal.text, "");
}

static void test_evictor__gone_meanwhile(void **state)
{
	_cleanup_world_ struct world w;

	(void)state;
	world_init(&w, 1, 8);
	make_idle(&w, 3);
	w.taken = 12;
	w.gone = 2;
	run(&w);
	assert_int_equal(w.n_shown, 2);
	assert_int_equal(w.shown[0].key, 1);
	assert_int_equal(w.shown[1].key, 3);
	assert_int_equal(w.n_evicted, 2);
	assert_string_equal(w.refusal.text, "");
	/* Back with the same value, it is another one. */
	assert_int_equal(pass(&w, 111, 2, 2), 0);
}

/* Those that stay are handed over as they were read, and are idle still. */
static void test_evictor__refused(void **state)
{
	static const int codes[] = {-EPERM, -EBUSY, -EOPNOTSUPP, -EIO};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		_cleanup_world_ struct world w;

		world_init(&w, 1, 8);
		make_idle(&w, 4);
		w.taken = 12;
		w.code = codes[i];
		w.after = 1;
		run(&w);
		assert_int_equal(w.n_takes, 2);
		assert_int_equal(w.n_shown, 4);
		assert_int_equal(w.n_evicted, 1);
		assert_int_equal(w.shown[0].value, 12);
		for (uint32_t n = 1; n < 4; n++) {
			assert_int_equal(w.shown[n].key, n + 1);
			assert_int_equal(w.shown[n].value, n + 1);
		}
		assert_non_null(strstr(w.refusal.text, err_name(codes[i])));
		assert_int_equal(pass(&w, 111, 2, 2), 1);
	}
}

static void test_evictor__deadline(void **state)
{
	_cleanup_world_ struct world w;

	(void)state;
	world_init(&w, 1, 8);
	make_idle(&w, 3);
	w.code = -EIO; /* nobody asks */
	assert_int_equal(run_until(&w, clock_mono_ns()), 0);
	assert_int_equal(w.n_takes, 0);
	assert_int_equal(w.n_shown, 3);
	assert_int_equal(w.shown[2].value, 3);
	assert_int_equal(w.n_evicted, 0);
	assert_string_equal(w.refusal.text, "");
	w.code = 0;
	evictor_begin(w.evictor, 111);
	for (uint32_t key = 1; key <= 3; key++)
		assert_int_equal(see(&w, key, key), 1);
	assert_int_equal(run_until(&w, clock_mono_ns() + NS_PER_S), 0);
	assert_int_equal(w.n_evicted, 3);
}

/* What the sink says ends it. */
static void test_evictor__sink_fails(void **state)
{
	_cleanup_world_ struct world w;

	(void)state;
	world_init(&w, 1, 8);
	make_idle(&w, 3);
	w.sink_code = -ENOMEM;
	assert_int_equal(run_until(&w, UINT64_MAX), -ENOMEM);
	assert_int_equal(w.n_shown, 1);
	assert_int_equal(w.n_evicted, 1);
}

/* More than can wait: the rest is shown with the others, and goes in the next pass. */
static void test_evictor__very_many(void **state)
{
	const uint32_t n = MAX_WAITING + 10;
	_cleanup_world_ struct world w;
	uint32_t key;

	(void)state;
	world_init(&w, 1, 8);
	for (uint64_t now_ns = 100; now_ns <= 110; now_ns += 10) {
		evictor_begin(w.evictor, now_ns);
		for (key = 0; key < n; key++)
			assert_int_equal(see(&w, key, 1), now_ns == 110 && key < MAX_WAITING);
		run(&w);
		assert_int_equal(w.n_evicted, now_ns == 110 ? MAX_WAITING : 0);
	}
	evictor_begin(w.evictor, 111);
	for (key = MAX_WAITING; key < n; key++)
		assert_int_equal(see(&w, key, 1), 1);
	run(&w);
	assert_int_equal(w.n_evicted, 10);
	assert_int_equal(w.shown[0].key, MAX_WAITING);
}

/* Their keys and values are 64 MiB at most. */
static void test_evictor__large_values(void **state)
{
	const uint32_t size = 1 << 20, fit = 63;
	_cleanup_(freep) void *value = calloc(1, size);
	_cleanup_world_ struct world w;

	(void)state;
	assert_non_null(value);
	world_init(&w, 1, size);
	for (uint64_t now_ns = 100; now_ns <= 120; now_ns += 10) {
		evictor_begin(w.evictor, now_ns);
		for (uint32_t key = now_ns == 120 ? fit : 0; key < fit + 2; key++)
			assert_int_equal(evictor_see(w.evictor, &key, value),
					 now_ns == 120 || (now_ns == 110 && key < fit));
		run(&w);
	}
	assert_int_equal(w.n_evicted, 2);
}

static void test_evictor__without_memory_to_begin(void **state)
{
	const struct map_info info = {
		.key_size = 4, .value_size = 8, .value_stride = 8, .n_cpus = 1};
	struct evictor *v;
	long nth = 0;

	(void)state;
	for (bool struck = true; struck; nth++) {
		alloc_fault_arm(nth);
		v = evictor_new(&info, IDLE_NS);
		struck = alloc_fault_disarm();
		assert_true(struck == !v);
		evictor_free(v);
	}
	assert_int_equal(nth, 4);
}

/* Whatever fails, a later pass mends it; a table that is about to grow is one of the points. */
static void test_evictor__without_memory(void **state)
{
	static const uint32_t sizes[] = {1, 31, 32, 33, 64, 100};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		bool struck = true;

		for (long nth = 0; struck; nth++) {
			_cleanup_world_ struct world w;
			int r = 0;

			world_init(&w, 1, 8);
			w.taken = 12;
			alloc_fault_arm(nth);
			evictor_begin(w.evictor, 100);
			for (uint32_t key = 1; r >= 0 && key <= sizes[i]; key++)
				r = see(&w, key, key);
			if (r >= 0)
				run(&w);
			struck = alloc_fault_disarm();
			assert_true(r == 0 || (r == -ENOMEM && struck));

			alloc_fault_arm(nth);
			evictor_begin(w.evictor, 105);
			for (uint32_t key = 1; key <= sizes[i]; key++)
				see(&w, key, key);
			run(&w);
			struck |= alloc_fault_disarm();
			evictor_begin(w.evictor, 200);
			for (uint32_t key = 1; key <= sizes[i]; key++)
				assert_in_range(see(&w, key, key), 0, 1);
			alloc_fault_arm(0); /* deletions need none, or are put off */
			run(&w);
			alloc_fault_disarm();
			assert_true(w.n_evicted == 0 || w.n_evicted == w.n_shown);
			evictor_begin(w.evictor, 300);
			for (uint32_t key = 1; key <= sizes[i]; key++)
				see(&w, key, key);
			run(&w);
			evictor_begin(w.evictor, 400);
			for (uint32_t key = 1; key <= sizes[i]; key++)
				assert_in_range(see(&w, key, key), 0, 1);
			run(&w);
			assert_int_equal(w.n_evicted, w.n_shown);
		}
	}
}

/* Without memory to find a key again it is left for later. */
static void test_evictor__without_memory_to_delete(void **state)
{
	_cleanup_world_ struct world w;

	(void)state;
	world_init(&w, 1, 8);
	make_idle(&w, 31);
	assert_int_equal(see(&w, 32, 1), 0); /* the next look makes the table larger */
	alloc_fault_arm(0);
	run(&w);
	assert_true(alloc_fault_disarm());
	assert_int_equal(w.n_evicted, 0);
	assert_int_equal(w.n_shown, 31);
	assert_int_equal(w.shown[0].value, 1);
	assert_string_equal(w.refusal.text, "");
	assert_int_equal(pass(&w, 112, 1, 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_evictor__idle),
		cmocka_unit_test(test_evictor__one_of_many),
		cmocka_unit_test(test_evictor__per_cpu),
		cmocka_unit_test(test_evictor__gone_and_back),
		cmocka_unit_test(test_evictor__failed_pass),
		cmocka_unit_test(test_evictor__passes_that_always_fail),
		cmocka_unit_test(test_evictor__last_value),
		cmocka_unit_test(test_evictor__gone_meanwhile),
		cmocka_unit_test(test_evictor__refused),
		cmocka_unit_test(test_evictor__deadline),
		cmocka_unit_test(test_evictor__sink_fails),
		cmocka_unit_test(test_evictor__very_many),
		cmocka_unit_test(test_evictor__large_values),
		cmocka_unit_test(test_evictor__without_memory_to_begin),
		cmocka_unit_test(test_evictor__without_memory),
		cmocka_unit_test(test_evictor__without_memory_to_delete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
