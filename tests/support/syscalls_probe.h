/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SUPPORT_SYSCALLS_PROBE_H
#define SUPPORT_SYSCALLS_PROBE_H

/*
 * The syscalls probe in tests, in a mount namespace with a bpf filesystem of
 * its own: pins made there are nobody else's and go with it.
 *
 * The programs see the system calls of the whole machine, so what is counted
 * exactly is numbers that no program uses: they fail with ENOSYS, so each is
 * one call and one error.
 */
#include <stdint.h>
#include <sys/types.h>

#include "probes/probes.h"
#include "support/maps.h"

#define PINS	    PROBES_PIN_ROOT "/syscalls"
#define SYSCALLS    PINS "/syscalls"
#define LOST	    PINS "/syscalls_lost"
#define NO_GROUP    ((gid_t)-1)
#define FIRST_FREE  900 /* a system call number that no kernel has */
#define MAX_THREADS 64

/* The map's value. */
struct syscall_counts {
	uint64_t calls;
	uint64_t errors;
};

/* Set for each test; the error is for its calls. */
extern const struct probe *probe;
extern struct err probe_err;

int probe_setup(void **state);
int probe_teardown(void **state); /* unloads it */

#define PROBE_TEST(name) cmocka_unit_test_setup_teardown(name, probe_setup, probe_teardown)

/* probe_enter_namespace() - before any test. Return: 0 or TEST_MAPS_SKIPPED, having said why. */
int probe_enter_namespace(void);

/* load() - it must work. */
void load(gid_t group);

/* usable_cpus() - the CPUs that threads can be pinned to. Return: how many. */
int usable_cpus(int cpus[MAX_THREADS]);
void pin_to_cpu(int cpu);

/* drive() - make calls from threads pinned to every CPU, all at once. Return: how many calls. */
uint64_t drive(long nr, long times, int threads_per_cpu);

/* Sums over the CPUs. */
struct syscall_counts counts_of(int map, int32_t nr);
uint64_t lost_of(int map);
void assert_counts(int map, int32_t nr, uint64_t calls, uint64_t errors);

#endif
