// SPDX-License-Identifier: GPL-2.0-only
/*
 * The global variables of libbpf-tools' vfsstat, whose object has this file's
 * name. A run counts 1 call to 5 calls.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum stat_types { S_READ, S_WRITE, S_FSYNC, S_OPEN, S_CREATE, S_MAXSTAT };

__u64 stats[S_MAXSTAT];

SEC("socket")
int count(void *ctx)
{
	for (int i = 0; i < S_MAXSTAT; i++)
		stats[i] += i + 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
