// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's samples: sockex1's bytes by protocol, and hbm, which limits the bandwidth of
 * cgroups. */
#include "map.h"

struct hbm_queue_stats {
	unsigned long rate;
	unsigned long stats : 1, loopback : 1, no_cn : 1;
	unsigned long long pkts_marked;
	unsigned long long bytes_marked;
	unsigned long long pkts_dropped;
	unsigned long long bytes_dropped;
	unsigned long long pkts_total;
	unsigned long long bytes_total;
	unsigned long long firstPacketTime;
	unsigned long long lastPacketTime;
	unsigned long long pkts_ecn_ce;
	unsigned long long returnValCount[4];
	unsigned long long sum_cwnd;
	unsigned long long sum_rtt;
	unsigned long long sum_cwnd_cnt;
	long long sum_credit;
};

MAP(my_map, ARRAY, u32, long, 256, 0);
MAP(queue_stats, ARRAY, int, struct hbm_queue_stats, 1, 0);
