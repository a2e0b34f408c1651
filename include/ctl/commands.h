/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

/*
 * The commands of bpfmapctl. Each takes its parsed command line, writes its
 * result to standard output and everything else, a sentence each, to standard
 * error, and returns the exit status.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum ctl_status {
	CTL_OK = 0,
	CTL_FAILED = 1, /* what was asked for did not work */
	CTL_USAGE = 2,
	CTL_REFUSED = 3, /* the system did not let us */
};

enum ctl_format { CTL_TABLE, CTL_JSON, CTL_CSV };

struct ctl_arguments {
	char **operands;
	size_t n;
	gid_t group; /* (gid_t)-1: not given */
	const char *state_dir;
	enum ctl_format format;
	uint64_t limit; /* entries; 0: all */
	bool each_cpu;	/* instead of their sum */
	const char *prefix;
};

int ctl_probes_list(const struct ctl_arguments *args);
int ctl_probes_load(const struct ctl_arguments *args);
int ctl_probes_unload(const struct ctl_arguments *args);
int ctl_show(const struct ctl_arguments *args);
int ctl_dump(const struct ctl_arguments *args);
int ctl_init(const struct ctl_arguments *args);
int ctl_check(const struct ctl_arguments *args);
int ctl_import_ebpf_exporter(const struct ctl_arguments *args);
int ctl_btf_save(const struct ctl_arguments *args);

#endif
