// SPDX-License-Identifier: GPL-2.0-only
/* filetop of libbpf-tools. */
#include "map.h"

struct file_id {
	__u64 inode;
	__u32 dev;
	__u32 rdev;
	__u32 pid;
	__u32 tid;
};

struct file_stat {
	__u64 reads;
	__u64 read_bytes;
	__u64 writes;
	__u64 write_bytes;
	__u32 pid;
	__u32 tid;
	char filename[4096];
	char comm[16];
	char type;
};

MAP(entries, HASH, struct file_id, struct file_stat, 256, 0);
