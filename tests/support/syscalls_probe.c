// SPDX-License-Identifier: GPL-2.0-only
#include "support/syscalls_probe.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define MAX_CPUS 1024

struct driver {
	int cpu;
	long nr;
	long times;
	pthread_barrier_t *start;
};

const struct probe *probe;
struct err probe_err;

void load(gid_t group)
{
	int r = probe_load(probe, group, &probe_err);

	if (r < 0)
		print_error("%s\n", probe_err.text);
	assert_true(r >= 0);
}

int probe_setup(void **state)
{
	(void)state;
	probe = probe_find("syscalls");
	probe_err.text[0] = '\0';
	return !probe;
}

int probe_teardown(void **state)
{
	(void)state;
	unlink(PINS "/stranger");
	return probe_unload(probe, &probe_err);
}

/*
 * What is mounted here must not spread to other namespaces. The mount it goes
 * on top of is made private; in a chroot, `/` may be no mount.
 */
int probe_enter_namespace(void)
{
	if (!unshare(CLONE_NEWNS) &&
	    (!mount(NULL, PROBES_BPFFS, NULL, MS_PRIVATE, NULL) ||
	     !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) &&
	    !mount("bpf", PROBES_BPFFS, "bpf", 0, NULL))
		return 0;
	print_message("[  SKIPPED ] no mounts of its own: %s\n", strerror(errno));
	return TEST_MAPS_SKIPPED;
}

int usable_cpus(int cpus[MAX_THREADS])
{
	cpu_set_t set;
	int n = 0;

	assert_return_code(sched_getaffinity(0, sizeof(set), &set), errno);
	for (int cpu = 0; cpu < CPU_SETSIZE && n < MAX_THREADS; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[n++] = cpu;
	return n;
}

void pin_to_cpu(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

static void *run_driver(void *ctx)
{
	const struct driver *d = ctx;

	pin_to_cpu(d->cpu);
	pthread_barrier_wait(d->start);
	for (long i = 0; i < d->times; i++)
		syscall(d->nr);
	return NULL;
}

uint64_t drive(long nr, long times, int threads_per_cpu)
{
	struct driver drivers[MAX_THREADS];
	pthread_t threads[MAX_THREADS];
	pthread_barrier_t start;
	int cpus[MAX_THREADS], n = usable_cpus(cpus) * threads_per_cpu;

	if (n > MAX_THREADS)
		n = MAX_THREADS;
	pthread_barrier_init(&start, NULL, (unsigned int)n);
	for (int i = 0; i < n; i++) {
		drivers[i] = (struct driver){cpus[i / threads_per_cpu], nr, times, &start};
		assert_int_equal(pthread_create(&threads[i], NULL, run_driver, &drivers[i]), 0);
	}
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&start);
	return (uint64_t)n * (uint64_t)times;
}

struct syscall_counts counts_of(int map, int32_t nr)
{
	struct syscall_counts each[MAX_CPUS] = {0}, sum = {0};

	if (bpf_map_lookup_elem(map, &nr, each))
		return sum;
	for (size_t i = 0; i < MAX_CPUS; i++) {
		sum.calls += each[i].calls;
		sum.errors += each[i].errors;
	}
	return sum;
}

uint64_t lost_of(int map)
{
	uint64_t each[MAX_CPUS] = {0}, sum = 0;
	uint32_t first = 0;

	assert_int_equal(bpf_map_lookup_elem(map, &first, each), 0);
	for (size_t i = 0; i < MAX_CPUS; i++)
		sum += each[i];
	return sum;
}

void assert_counts(int map, int32_t nr, uint64_t calls, uint64_t errors)
{
	struct syscall_counts c = counts_of(map, nr);

	assert_int_equal(c.calls, calls);
	assert_int_equal(c.errors, errors);
}
