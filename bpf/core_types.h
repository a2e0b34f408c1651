/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_TYPES_H
#define CORE_TYPES_H

/*
 * The kernel's types, as far as the probes here look at them.
 *
 * What the kernel promises to user space (the first half) has one layout
 * forever. Its inner structs (the second half) name only the members we read:
 * libbpf finds their true offsets in the running kernel's BTF when it loads
 * the program. A member that is missing there is a member to ask for with
 * bpf_core_field_exists().
 */

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;

/* Only because libbpf's declarations of the helpers mention them. */
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

enum bpf_map_type {
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
};

enum { BPF_NOEXIST = 1 };

struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
#if defined(__TARGET_ARCH_x86)
	unsigned long orig_ax; /* system call number; -1: none, or its frame was restored */
#elif defined(__TARGET_ARCH_arm64)
	__s32 syscallno;
#else
#error "say here where this architecture keeps the system call number"
#endif
};

#pragma clang attribute pop

#endif
