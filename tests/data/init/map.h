/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MAP_H
#define MAP_H

/*
 * What the layouts here need of the kernel's and libbpf's headers. Each layout
 * has the names, types and offsets of the program that is named with it; only
 * the maps' sizes are smaller where the program's would cost much memory.
 */
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef unsigned long size_t;

struct bpf_spin_lock {
	__u32 val;
};

struct bpf_lpm_trie_key {
	__u32 prefixlen;
	__u8 data[0];
};

struct in6_addr {
	union {
		__u8 u6_addr8[16];
		__be16 u6_addr16[8];
		__be32 u6_addr32[4];
	} in6_u;
};

enum {
	HASH = 1,
	ARRAY = 2,
	PERCPU_HASH = 5,
	PERCPU_ARRAY = 6,
	STACK_TRACE = 7,
	LRU_HASH = 9,
	LRU_PERCPU_HASH = 10,
	LPM_TRIE = 11,
	ARRAY_OF_MAPS = 12,
	HASH_OF_MAPS = 13,
	DEVMAP = 14,
	CPUMAP = 16,
	QUEUE = 22,
	STACK = 23,
	RINGBUF = 27,
	BLOOM_FILTER = 30,
};

#define NO_PREALLOC	   1
#define MMAPABLE	   (1 << 10)

#define SEC(name)	   __attribute__((section(name), used))
#define __uint(name, val)  int(*name)[val]
#define __type(name, val)  typeof(val) *name
#define __array(name, val) typeof(val) *name[]

#define MAP(map, map_type, key_type, value_type, n, map_flags_) \
	struct {                                                \
		__uint(type, map_type);                         \
		__uint(max_entries, n);                         \
		__uint(map_flags, map_flags_);                  \
		__type(key, key_type);                          \
		__type(value, value_type);                      \
	} map SEC(".maps")

/* Maps are loaded with a program. */
SEC("socket")
int program(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

#endif
