// SPDX-License-Identifier: GPL-2.0-only
/* The examples of Cloudflare's ebpf_exporter: slots in the key, functions, stacks, modules,
 * devices. */
#include "map.h"

struct disk_latency_key_t {
	u32 dev;
	u8 op;
	u64 bucket;
};

struct throttling_key_t {
	u32 cgroup;
	u32 bucket;
};

enum unix_addr { JOURNALD_STDOUT_ADDR, JOURNALD_SOCKET_ADDR, DOCKER_SOCK_ADDR, MAX_PATHS };

struct backlog_key_t {
	enum unix_addr addr;
	u64 bucket;
};

struct stack_key_t {
	u64 kstack[20];
};

struct pci_key_t {
	u32 vendor;
	u32 device;
	u8 class;
	u16 subclass;
};

struct call_t {
	char module[128];
};

MAP(bio_latency_seconds, HASH, struct disk_latency_key_t, u64, 10000, NO_PREALLOC);
MAP(timer_starts_total, HASH, u64, u64, 1024, 0);
MAP(page_cache_ops_total, HASH, u8, u64, 4, 0);
MAP(softirq_raised_total, PERCPU_ARRAY, u32, u64, 10, 0);
MAP(softirq_raise_timestamp, PERCPU_ARRAY, u32, u64, 10, 0);
MAP(cfs_throttling_seconds, LRU_HASH, struct throttling_key_t, u64, 21504, 0);
MAP(unix_socket_backlog, HASH, struct backlog_key_t, u64, 100, 0);
MAP(mark_page_accessed_total, LRU_HASH, struct stack_key_t, u64, 128, 0);
MAP(pci_user_read_config_ops_total, LRU_HASH, struct pci_key_t, u64, 128, 0);
MAP(python_module_imports_total, LRU_HASH, struct call_t, u64, 1024, 0);
MAP(llc_misses_total, HASH, u32, u64, 512, 0);
