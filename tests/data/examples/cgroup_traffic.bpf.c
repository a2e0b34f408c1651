// SPDX-License-Identifier: GPL-2.0-only
/* Counts the traffic of the cgroups below the one that it is attached to. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct traffic {
	__u64 packets;
	__u64 bytes;
};

struct cgroups {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 10000);
	__type(key, __u64);
	__type(value, struct traffic);
};

struct cgroups ingress SEC(".maps"), egress SEC(".maps");

static void count(struct __sk_buff *skb, void *map)
{
	__u64 id = bpf_skb_cgroup_id(skb);
	struct traffic none = {}, *t = bpf_map_lookup_elem(map, &id);

	if (!t) {
		bpf_map_update_elem(map, &id, &none, BPF_NOEXIST);
		t = bpf_map_lookup_elem(map, &id);
	}
	if (!t)
		return;
	__sync_fetch_and_add(&t->packets, 1);
	__sync_fetch_and_add(&t->bytes, skb->len);
}

SEC("cgroup_skb/ingress")
int count_ingress(struct __sk_buff *skb)
{
	count(skb, &ingress);
	return 1;
}

SEC("cgroup_skb/egress")
int count_egress(struct __sk_buff *skb)
{
	count(skb, &egress);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
