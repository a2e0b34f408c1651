// SPDX-License-Identifier: GPL-2.0-only
/* The maps in which libbpf-tools' tcpconnect -c counts. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct ipv4_flow_key {
	__u32 saddr;
	__u32 daddr;
	__u16 sport;
	__u16 dport;
};

struct ipv6_flow_key {
	__u8 saddr[16];
	__u8 daddr[16];
	__u16 sport;
	__u16 dport;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct ipv4_flow_key);
	__type(value, __u64);
} ipv4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct ipv6_flow_key);
	__type(value, __u64);
} ipv6 SEC(".maps");

SEC("socket")
int nothing(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
