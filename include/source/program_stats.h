/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_PROGRAM_STATS_H
#define SOURCE_PROGRAM_STATS_H

/* Run statistics of a pinned program. */
#include <linux/bpf.h>
#include <stdint.h>

#include "base/err.h"

struct program_stats {
	char name[BPF_OBJ_NAME_LEN]; /* terminated */
	uint64_t run_time_ns;	     /* counted only while kernel.bpf_stats_enabled is on */
	uint64_t n_runs;	     /* the same */
	uint64_t n_missed;	     /* runs the kernel skipped to avoid recursion */
};

/* program_stats_read() - Return: 0, -ENOENT, -EMEDIUMTYPE (no program), another -errno. */
int program_stats_read(const char *pin, struct program_stats *ret_stats, struct err *e);

#endif
