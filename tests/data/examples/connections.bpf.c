// SPDX-License-Identifier: GPL-2.0-only
/* Pushes an event for each connection that is opened in the cgroups below the one that it is
 * attached to. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u32 user;
	__u32 address; /* as it goes over the wire, as the port */
	__u16 port;
	__u8 protocol;
};

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 10000);
	__uint(value_size, sizeof(struct event));
} events SEC(".maps");

__u64 n_lost; /* the queue was full */

SEC("cgroup/connect4")
int note_connect(struct bpf_sock_addr *to)
{
	struct event e = {};

	e.user = bpf_get_current_uid_gid();
	e.address = to->user_ip4;
	e.port = to->user_port;
	e.protocol = to->protocol;
	if (bpf_map_push_elem(&events, &e, BPF_ANY) < 0)
		__sync_fetch_and_add(&n_lost, 1);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
