// SPDX-License-Identifier: GPL-2.0-only
#include "source/program_stats.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "pinned_internal.h"

int program_stats_read(const char *pin, struct program_stats *ret_stats, struct err *e)
{
	_cleanup_(close_fdp) int fd = -1;
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	int r;

	fd = pinned_open(pin, PINNED_PROGRAM, BPF_F_RDONLY, e);
	if (fd < 0)
		return fd;
	r = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (r < 0)
		return err_set(e, r, "%s: no information about the program: %s", pin, err_name(r));

	*ret_stats = (struct program_stats){
		.run_time_ns = info.run_time_ns,
		.n_runs = info.run_cnt,
		.n_missed = info.recursion_misses,
	};
	memcpy(ret_stats->name, info.name, sizeof(ret_stats->name) - 1);
	return 0;
}
