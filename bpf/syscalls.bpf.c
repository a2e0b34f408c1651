// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls and their errors, by number.
 *
 * Raw tracepoints see every system call of every process. The values are a
 * CPU's own and a program cannot be preempted while it runs, so plain
 * additions lose nothing. A call whose number finds no room in the map is
 * counted in `syscalls_lost`: the sum of both is always the truth.
 *
 * An error is a return value from -4095 to -1, the range the kernel reserves
 * for them. The two programs see a call at two times: one that blocks is
 * counted as a call long before it is known to fail, and exit, which does not
 * return, never is. 32-bit programs on a 64-bit kernel count under their own
 * numbers.
 */
#include "core_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "map_lookup.bpf.h"

#define MAX_ERRNO 4095

struct syscall_counts {
	__u64 calls;
	__u64 errors;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, __s32);
	__type(value, struct syscall_counts);
} syscalls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} syscalls_lost SEC(".maps");

static __always_inline struct syscall_counts *find_counts(__s32 nr)
{
	struct syscall_counts zero = {0};

	return map_find_or_insert(&syscalls, &nr, &zero);
}

static __always_inline void count_lost(void)
{
	__u32 first = 0;
	__u64 *lost = bpf_map_lookup_elem(&syscalls_lost, &first);

	if (lost)
		(*lost)++;
}

static __always_inline __s32 syscall_nr(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return (__s32)BPF_CORE_READ(regs, orig_ax);
#else
	return BPF_CORE_READ(regs, syscallno);
#endif
}

SEC("raw_tp/sys_enter")
int syscalls_enter(struct bpf_raw_tracepoint_args *ctx)
{
	struct syscall_counts *counts = find_counts((__s32)ctx->args[1]);

	if (counts)
		counts->calls++;
	else
		count_lost();
	return 0;
}

SEC("raw_tp/sys_exit")
int syscalls_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct syscall_counts *counts;
	__s64 ret = (__s64)ctx->args[1];
	__s32 nr;

	if (ret >= 0 || ret < -MAX_ERRNO)
		return 0;
	/* After a signal handler the registers are another call's, and so is its result. */
	nr = syscall_nr((const struct pt_regs *)ctx->args[0]);
	if (nr < 0)
		return 0;
	counts = find_counts(nr);
	if (counts) /* else the call itself was counted as lost */
		counts->errors++;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
