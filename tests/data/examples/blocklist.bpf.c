// SPDX-License-Identifier: GPL-2.0-only
/* Drops packets from prefixes in a list, and counts them there. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct key_v4 {
	__u32 prefixlen;
	__u8 address[4];
};

struct key_v6 {
	__u32 prefixlen;
	__u8 address[16];
};

struct hits {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 100000);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct key_v4);
	__type(value, struct hits);
} v4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 100000);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct key_v6);
	__type(value, struct hits);
} v6 SEC(".maps");

static int drop(struct hits *hits, __u64 n_bytes)
{
	if (!hits)
		return XDP_PASS;
	__sync_fetch_and_add(&hits->packets, 1);
	__sync_fetch_and_add(&hits->bytes, n_bytes);
	return XDP_DROP;
}

SEC("xdp")
int block(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	struct ipv6hdr *ip6 = data + sizeof(*eth);

	if ((void *)(eth + 1) > end)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_IP) && (void *)(ip + 1) <= end) {
		struct key_v4 key = {.prefixlen = 32};

		__builtin_memcpy(key.address, &ip->saddr, sizeof(key.address));
		return drop(bpf_map_lookup_elem(&v4, &key), end - data);
	}
	if (eth->h_proto == bpf_htons(ETH_P_IPV6) && (void *)(ip6 + 1) <= end) {
		struct key_v6 key = {.prefixlen = 128};

		__builtin_memcpy(key.address, &ip6->saddr, sizeof(key.address));
		return drop(bpf_map_lookup_elem(&v6, &key), end - data);
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
