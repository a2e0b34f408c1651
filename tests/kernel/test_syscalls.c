// SPDX-License-Identifier: GPL-2.0-only
/* What the syscalls probe counts, on the running kernel. */
#include "support/syscalls_probe.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "source/map_source.h"
#include "source/program_stats.h"

#include "syscalls.skel.h"

#define N_RACES 500

static void test_syscalls__counts_exact(void **state)
{
	_cleanup_(close_fdp) int map = -1;
	uint64_t n;

	(void)state;
	load(NO_GROUP);
	map = bpf_obj_get(SYSCALLS);
	n = drive(FIRST_FREE, 50000, 2);
	assert_counts(map, FIRST_FREE, n, n);
	assert_counts(map, FIRST_FREE + 1, 0, 0);
}

static void test_syscalls__calls_without_error(void **state)
{
	_cleanup_(close_fdp) int map = -1;
	struct syscall_counts before, after;

	(void)state;
	load(NO_GROUP);
	map = bpf_obj_get(SYSCALLS);
	before = counts_of(map, SYS_get_mempolicy);
	for (int i = 0; i < 1000; i++) /* rarely used by others, and never fails so */
		assert_int_equal(syscall(SYS_get_mempolicy, NULL, NULL, 0, NULL, 0), 0);
	after = counts_of(map, SYS_get_mempolicy);
	assert_int_equal(after.calls - before.calls, 1000);
	assert_int_equal(after.errors - before.errors, 0);
}

/* The range of errors, by a file whose offsets are addresses: lseek() returns what it is given. */
static void test_syscalls__range_of_errors(void **state)
{
	enum { N = 20000 };
	static const struct {
		off_t result;
		bool is_error;
	} cases[] = {{0, false}, {-8192, false}, {-4096, false}, {-4095, true}, {-1, true}};
	_cleanup_(close_fdp) int map = -1, mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(mem >= 0);
	load(NO_GROUP);
	map = bpf_obj_get(SYSCALLS);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct syscall_counts before = counts_of(map, SYS_lseek), after;
		uint64_t n_errors;

		for (int j = 0; j < N; j++)
			syscall(SYS_lseek, mem, cases[i].result, SEEK_SET);
		after = counts_of(map, SYS_lseek);
		n_errors = after.errors - before.errors;
		assert_true(after.calls - before.calls >= N);
		/* Others may fail meanwhile, but not so often. */
		if ((n_errors >= N) != cases[i].is_error)
			fail_msg("%ld: %lu errors", (long)cases[i].result, n_errors);
	}
}

static void do_nothing(int signal)
{
	(void)signal;
}

/* What ends with a handler's return is no call: it has no number, and its result was counted. */
static void test_syscalls__after_signal_handlers(void **state)
{
	const struct sigaction act = {.sa_handler = do_nothing};
	_cleanup_(close_fdp) int map = -1;
	struct sigaction old_act;
	sigset_t none, blocked, old;

	(void)state;
	load(NO_GROUP);
	map = bpf_obj_get(SYSCALLS);
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	assert_int_equal(sigaction(SIGUSR1, &act, &old_act), 0);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &old), 0);
	for (int i = 0; i < 100; i++) {
		raise(SIGUSR1);
		assert_int_equal(sigsuspend(&none), -1);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	sigaction(SIGUSR1, &old_act, NULL);
	assert_counts(map, -1, 0, 0);
}

struct race {
	atomic_int arrived;
	int n;
	int cpu;
	struct race *shared;
};

/* Numbers nobody used before, one after the other, each by all threads in the same moment. */
static void *race(void *ctx)
{
	struct race *r = ctx, *shared = r->shared;

	pin_to_cpu(r->cpu);
	for (int nr = 0; nr < N_RACES; nr++) {
		atomic_fetch_add(&shared->arrived, 1);
		while (atomic_load(&shared->arrived) < (nr + 1) * shared->n)
			;
		syscall(FIRST_FREE + nr);
	}
	return NULL;
}

static void test_syscalls__insert_race(void **state)
{
	_cleanup_(close_fdp) int map = -1, lost_map = -1;
	struct race racers[MAX_THREADS] = {0};
	pthread_t threads[MAX_THREADS];
	int cpus[MAX_THREADS], n = usable_cpus(cpus);

	(void)state;
	load(NO_GROUP);
	map = bpf_obj_get(SYSCALLS);
	lost_map = bpf_obj_get(LOST);
	racers[0].n = n;
	for (int i = 0; i < n; i++) {
		racers[i].cpu = cpus[i];
		racers[i].shared = &racers[0];
		assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
	}
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	for (int nr = 0; nr < N_RACES; nr++)
		assert_counts(map, FIRST_FREE + nr, (uint64_t)n, (uint64_t)n);
	assert_int_equal(lost_of(lost_map), 0);
}

/* The calls of every number but @n from @first; @ret_entries: how many numbers there are in all. */
static uint64_t calls_of_others(int map, int32_t first, int32_t n, uint32_t *ret_entries)
{
	int32_t key, *previous = NULL;
	uint64_t sum = 0;

	*ret_entries = 0;
	for (; !bpf_map_get_next_key(map, previous, &key); previous = &key) {
		(*ret_entries)++;
		if (key < first || key >= first + n)
			sum += counts_of(map, key).calls;
	}
	return sum;
}

/*
 * A map that is filled by numbers of ours: every further one is lost, and
 * nothing else is. What the machine does besides is lost as well, so a second
 * instance with room for it bounds the truth from both sides.
 */
static void test_syscalls__full_map(void **state)
{
	const int32_t room = 64;
	_cleanup_(close_fdp) int all = -1;
	struct syscall_counts zero[1024] = {0};
	struct syscalls *small = syscalls__open();
	uint64_t n, lost, others;
	uint32_t n_entries;
	int map, lost_map;

	(void)state;
	load(NO_GROUP);
	all = bpf_obj_get(SYSCALLS);
	assert_non_null(small);
	assert_int_equal(bpf_map__set_max_entries(small->maps.syscalls, (uint32_t)room), 0);
	assert_int_equal(syscalls__load(small), 0);
	map = bpf_map__fd(small->maps.syscalls);
	lost_map = bpf_map__fd(small->maps.syscalls_lost);
	for (int32_t key = FIRST_FREE; key < FIRST_FREE + room; key++)
		assert_int_equal(bpf_map_update_elem(map, &key, zero, BPF_NOEXIST), 0);
	assert_int_equal(syscalls__attach(small), 0);

	others = calls_of_others(all, FIRST_FREE, room, &n_entries);
	lost = lost_of(lost_map);
	n = drive(FIRST_FREE + room, 20000, 1);
	drive(FIRST_FREE, 20000, 1);
	lost = lost_of(lost_map) - lost;
	others = calls_of_others(all, FIRST_FREE, room, &n_entries) - others;
	assert_true(lost >= n);
	assert_true(lost <= others);

	assert_counts(map, FIRST_FREE, n, n);
	assert_counts(map, FIRST_FREE + room, 0, 0);
	calls_of_others(map, 0, 0, &n_entries);
	assert_int_equal(n_entries, room);
	syscalls__destroy(small);
}

/* What the exporter makes of it: names from BTF, statistics of the programs. */
static void test_syscalls__described(void **state)
{
	_cleanup_(map_source_closep) struct map_source *source = NULL;
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
	struct program_stats stats;
	uint32_t offset;

	(void)state;
	load(NO_GROUP);
	assert_int_equal(map_source_open(SYSCALLS, false, &source, &probe_err), 0);
	assert_int_equal(map_source_layouts(source, NULL, &key, &value, &probe_err), 0);
	assert_int_equal(key->root.kind, FIELD_SINT);
	assert_non_null(layout_find(value, STR("calls"), &offset));
	assert_int_equal(offset, offsetof(struct syscall_counts, calls));
	assert_non_null(layout_find(value, STR("errors"), &offset));
	assert_int_equal(offset, offsetof(struct syscall_counts, errors));
	assert_int_equal(program_stats_read(PINS "/programs/syscalls_exit", &stats, &probe_err), 0);
	assert_string_equal(stats.name, "syscalls_exit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE_TEST(test_syscalls__counts_exact),
		PROBE_TEST(test_syscalls__calls_without_error),
		PROBE_TEST(test_syscalls__range_of_errors),
		PROBE_TEST(test_syscalls__after_signal_handlers),
		PROBE_TEST(test_syscalls__insert_race),
		PROBE_TEST(test_syscalls__full_map),
		PROBE_TEST(test_syscalls__described),
	};
	int r = probe_enter_namespace();

	return r ? r : test_maps_run("test_syscalls", tests);
}
