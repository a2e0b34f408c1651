// SPDX-License-Identifier: GPL-2.0-only
/* What the maps of programs become: of each metric its type, its field, and the fields of its
 * labels. */
#include "started.h"

#include <errno.h>

#include "support/alloc_fault.h"

struct starter_case {
	struct started_map map;
	const char *summary;
};

static void check(const struct starter_case *cases, size_t n)
{
	size_t n_wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct started s;
		char *summary;

		started_run(&s, &cases[i].map, 1);
		summary = started_summary(&s);
		if (strcmp(summary, cases[i].summary) != 0) {
			print_error("%s -> %s:\n%.*s\nis\n%sinstead of\n%s",
				    cases[i].map.key ? cases[i].map.key : "-",
				    cases[i].map.value ? cases[i].map.value : "-", (int)s.yaml.len,
				    s.yaml.data, summary, cases[i].summary);
			n_wrong++;
		}
		free(summary);
		started_done(&s);
	}
	assert_int_equal(n_wrong, 0);
}

static void test_starter__scalars(void **state)
{
	static const struct starter_case cases[] = {
		{{.key = "u32:pid", .value = "u64"}, "counter {key}\n"},
		{{.key = "u32", .value = "u64"}, "counter {key}\n"},
		{{.key = "be32", .value = "u64"}, "counter {key!}\n"},
		{{.key = "bytes16=in6_addr", .value = "u64"}, "counter {key!}\n"},
		{{.key = "char16", .value = "u64"}, "counter {key}\n"},
		{{.key = "u8", .value = "s64"}, "gauge {key}\n"},
		{{.key = "u8", .value = "u8"}, "gauge {key}\n"},
		{{.key = "enum4", .value = "f64"}, "gauge {key}\n"},
		{{.key = "u64", .value = "bool"}, "gauge {key}\n"},
		{{.key = "u32", .value = "u32", .type = BPF_MAP_TYPE_PERCPU_HASH},
		 "counter {key}\n"},
		{{.key = "u32", .value = "u32", .type = BPF_MAP_TYPE_LRU_HASH}, "gauge {key}\n"},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

#define FLOW "{be32:saddr be32:daddr be16:sport be16:dport u8:proto pad3}"

static void test_starter__structs(void **state)
{
	static const struct starter_case cases[] = {
		{{.key = FLOW, .value = "{u64:packets u64:bytes}"},
		 "counter packets {daddr! dport proto! saddr! sport}\n"
		 "counter bytes {daddr! dport proto! saddr! sport}\n"},
		{{.key = "{u32:pid char16:comm}",
		  .value = "{u64:total_ns u32:max_ns u64:last_seen}"},
		 "counter total_ns= {comm pid}\n"
		 "gauge max_ns= {comm pid}\n"
		 "gauge last_seen=@ {comm pid}\n"},
		{{.key = "u32:pid", .value = "{char16:comm u64:reads}"},
		 "counter reads {comm key}\n"},
		/* On both sides the same name. */
		{{.key = "{u32:id u32:packets}", .value = "{u64:packets}"},
		 "counter value.packets {id key.packets}\n"},
		{{.key = "u32", .value = "{{u64:packets u64:bytes}:rx {u64:packets u64:bytes}:tx}"},
		 "counter rx.packets {key}\ncounter rx.bytes {key}\n"
		 "counter tx.packets {key}\ncounter tx.bytes {key}\n"},
		/* Nothing is counted: that the entry is there. */
		{{.key = "be32:addr", .value = "{u32:ifindex bytes6:dmac pad2}"},
		 "info {dmac! ifindex! key!}\n"},
		{{.key = "u32", .value = "{pad4}"}, "info {key}\n"},
		/* An address in a struct of its own. */
		{{.key = "{{be32:s_addr}:src {be32:s_addr}:dst}", .value = "u64"},
		 "counter {dst.s_addr! src.s_addr!}\n"},
		/* Parts without a name are looked through. */
		{{.key = "{u16:a {u16:b u16:c}}", .value = "{{u64:packets} ({u64:bytes})}"},
		 "counter packets {a b c}\ncounter bytes {a b c}\n"},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

/* Arrays are counted by index, whatever their name says that one of them would be. */
static void test_starter__names_in_numbers(void **state)
{
	static const struct starter_case cases[] = {
		{{.key = "u32", .value = "{u64[5]:by_action u64[4]:per_reason u64:total_pkts}"},
		 "counter by_action.* {$i key}\ncounter per_reason.* {$i key}\n"
		 "counter total_pkts {key}\n"},
		{{.key = "u32", .value = "{u64:packets be32[2]:last_ip}"},
		 "counter packets {key}\n"},
		/* 64 bits count; an id has fewer, or is called one. */
		{{.key = "u32",
		  .value = "{u64:wrong_proto u64:no_port u64:tcp_flags}",
		  .type = BPF_MAP_TYPE_PERCPU_HASH},
		 "counter wrong_proto {key}\ncounter no_port {key}\ncounter tcp_flags {key}\n"},
		{{.key = "u32", .value = "{u64:packets u32:mark u64:cgroup_id}"},
		 "counter packets {key}\ninfo {cgroup_id! key mark}\n"},
		/* In the key already. */
		{{.key = "{u32:pid u32:dev}", .value = "{u64:reads u32:pid}"},
		 "counter reads {dev! key.pid}\n"},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_starter__cpus(void **state)
{
	static const struct starter_case cases[] = {
		{{.key = "u32",
		  .value = "{u32:max_ns u32:min_ns u32:limit u32:active}",
		  .type = BPF_MAP_TYPE_PERCPU_HASH},
		 "gauge max_ns= {key}\ngauge min_ns= {$cpu key}\ngauge limit {key}\n"
		 "gauge active {key}\n"},
		{{.key = "u32", .value = "{u64:first_seen}", .type = BPF_MAP_TYPE_PERCPU_HASH},
		 "gauge first_seen=@ {$cpu key}\n"},
	};
	struct started s;

	(void)state;
	check(cases, ARRAY_SIZE(cases));
	started_run(&s, &cases[0].map, 1);
	assert_int_equal(s.config->maps[0].metrics[0].cpu, CONFIG_CPU_MAX);
	assert_int_equal(s.config->maps[0].metrics[1].cpu, CONFIG_CPU_EACH);
	assert_true(s.config->maps[0].metrics[1].skip_zero);
	assert_int_equal(s.config->maps[0].metrics[2].cpu, CONFIG_CPU_MAX);
	assert_int_equal(s.config->maps[0].metrics[3].cpu, CONFIG_CPU_SUM);
	started_done(&s);
}

/* A key without a name is called after its map. */
static void test_starter__keys_by_map(void **state)
{
	static const struct {
		const char *pin, *key, *label;
		uint32_t type;
		enum config_decoder_kind decoder; /* N_CONFIG_DECODERS: none */
	} cases[] = {
		{"/sys/fs/bpf/x/bytes_by_pid", "u32", "pid", 0, N_CONFIG_DECODERS},
		{"/sys/fs/bpf/x/bytes_by_pid_map", "u32", "pid", 0, N_CONFIG_DECODERS},
		{"/sys/fs/bpf/x/syscalls_by_cgroup", "u64", "cgroup", 0, CONFIG_DECODE_CGROUP},
		{"/sys/fs/bpf/x/drops_per_src_ip", "u32", "source", 0, CONFIG_DECODE_IP},
		{"/sys/fs/bpf/x/blocked_ips", "u32", "address", 0, CONFIG_DECODE_IP},
		{"/sys/fs/bpf/ip/rtts", "be32", "address", 0, CONFIG_DECODE_IP},
		{"/sys/fs/bpf/x/versions", "u32", "key", 0, N_CONFIG_DECODERS},
		{"/sys/fs/bpf/xdp/stats", "u32", "index", BPF_MAP_TYPE_ARRAY, N_CONFIG_DECODERS},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct started_map map = {.locator = cases[i].pin,
						.key = cases[i].key,
						.value = "u64",
						.type = cases[i].type};
		const struct config_label *l;
		struct started s;

		started_run(&s, &map, 1);
		assert_int_equal(s.config->maps[0].metrics[0].n_labels, 1);
		l = &s.config->maps[0].metrics[0].labels[0];
		assert_string_equal(l->name, cases[i].label);
		assert_int_equal(l->n_decoders ? l->decoders[0].kind : N_CONFIG_DECODERS,
				 cases[i].decoder);
		started_done(&s);
	}
}

/* The last two words of a map's name are no unit: pod_ns are namespaces. */
static void test_starter__units_of_maps(void **state)
{
	static const struct {
		const char *pin;
		bool is_scaled;
	} cases[] = {
		{"/sys/fs/bpf/x/pod_ns", false},     {"/sys/fs/bpf/x/vm_s", false},
		{"/sys/fs/bpf/x/hits_by_ns", false}, {"/sys/fs/bpf/x/wait_time_ns", true},
		{"/sys/fs/bpf/x/wait_nsecs", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct started_map map = {
			.locator = cases[i].pin, .key = "u32", .value = "u64"};
		struct started s;

		started_run(&s, &map, 1);
		assert_int_equal(s.config->maps[0].metrics[0].value.has_scale, cases[i].is_scaled);
		started_done(&s);
	}
}

static void test_starter__unions(void **state)
{
	static const struct starter_case cases[] = {
		{{.key = "{(be32:v4 bytes16:v6):addr u32:port}", .value = "u64", .may_merge = true},
		 "counter {addr! port}\n"},
		{{.key = "{(be32:ip4 u32[4]:ip6)}", .value = "u64", .may_merge = true},
		 "counter {ip6!}\n"},
		/* One without a name has no path, and may not take that of what it is in. */
		{{.key = "{{(be32:v4 bytes16:v6) u8:family pad3}:addr}",
		  .value = "u64",
		  .may_merge = true},
		 "counter {addr.family addr.v6!}\n"},
		{{.key = "({u16:major u16:minor} u32:whole)", .value = "u64"},
		 "counter {major minor}\n"},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_starter__arrays(void **state)
{
	static const struct starter_case cases[] = {
		{{.key = "u32", .value = "{u64[4]:drops}"}, "counter drops.* {$i key}\n"},
		{{.key = "u32", .value = "u64[4]"}, "counter value.* {$i key}\n"},
		{{.key = "u32", .value = "{u64[4][3]:drops}"}, "counter drops.*.* {$i $j key}\n"},
		{{.key = "u32", .value = "{{u64:rx_packets u64:rx_bytes}[4]:ports}"},
		 "counter ports.*.rx_packets {$i key}\ncounter ports.*.rx_bytes {$i key}\n"},
		/* A single element is no array. */
		{{.key = "u32", .value = "{u64[1]:drops}"}, "counter drops.0 {key}\n"},
		/* Too many for a series each. */
		{{.key = "u32", .value = "{u64[4096]:drops}"}, "counter drops.* {key}\n"},
		{{.key = "u32", .value = "{u64[100][100]:drops}"}, "counter drops.*.* {key}\n"},
		{{.key = "u32", .value = "{u64:packets u32[4096]:queue_len}"},
		 "counter packets {key}\n"},
		/* Deeper than a path goes. */
		{{.key = "u32", .value = "{u64:packets u64[2][2][2]:x}"},
		 "counter packets {key}\n"},
		/* The elements of a key each have a label. */
		{{.key = "{u16[3]:tags}", .value = "u64"}, "counter {tags.0 tags.1 tags.2}\n"},
		{{.key = "u32", .value = "u64", .type = BPF_MAP_TYPE_ARRAY}, "counter {key}\n"},
		{{.key = "u32", .value = "u64", .type = BPF_MAP_TYPE_ARRAY, .max_entries = 1},
		 "counter {}\n"},
		{{.key = "enum4", .value = "u64", .type = BPF_MAP_TYPE_PERCPU_ARRAY},
		 "counter {key}\n"},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_starter__tries(void **state)
{
	static const struct starter_case cases[] = {
		{{.key = "{u32:prefixlen be32:addr}",
		  .value = "u64",
		  .type = BPF_MAP_TYPE_LPM_TRIE},
		 "counter {key!}\n"},
		{{.key = "{u32:prefixlen bytes16:data}",
		  .value = "u64",
		  .type = BPF_MAP_TYPE_LPM_TRIE},
		 "counter {key!}\n"},
		{{.key = "{u32:prefixlen bytes4:data}",
		  .value = "u64",
		  .type = BPF_MAP_TYPE_LPM_TRIE},
		 "counter {key!}\n"},
		{{.key = "{u32:prefixlen u32:identity be32:addr}",
		  .value = "u64",
		  .type = BPF_MAP_TYPE_LPM_TRIE,
		  .may_merge = true},
		 "counter {addr! identity}\n"},
		{{.key = "{{u32:prefixlen} u16:cluster u8:pad1 u8:family (be32:ip4 bytes16:ip6)}",
		  .value = "{u32:sec_identity}",
		  .type = BPF_MAP_TYPE_LPM_TRIE,
		  .may_merge = true},
		 "info {cluster family ip6! prefixlen sec_identity}\n"},
		/* What it begins with is no length. */
		{{.key = "{f32:share be32:addr u32:id}",
		  .value = "u64",
		  .type = BPF_MAP_TYPE_LPM_TRIE},
		 "counter {addr! id share}\n"},
		{{.key = "{pad4 pad4}", .value = "u64", .type = BPF_MAP_TYPE_LPM_TRIE},
		 "counter {}\n"},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_starter__histograms(void **state)
{
	static const struct starter_case cases[] = {
		{{.key = "u32:pid", .value = "{u32[27]:slots}"}, "histogram slots {key}\n"},
		{{.key = "{u32:pid}", .value = "{u32[27]:slots char16:comm}"},
		 "histogram slots {comm pid}\n"},
		{{.key = "{u32:pid}", .value = "{u64:latency u64:cnt u32[27]:slots}"},
		 "counter latency {pid}\ncounter cnt {pid}\nhistogram slots {pid}\n"},
		{{.key = "u32", .value = "{u64:total_us u64[16]:hist}"},
		 "histogram hist total_us= {key}\n"},
		{{.key = "u32", .value = "{{u64:sum_ns u32[20]:slots}[2]:dirs}"},
		 "histogram dirs.*.slots dirs.*.sum_ns= {$i key}\n"},
		/* By what is beside it, and in the unit of that. */
		{{.key = "u32", .value = "{u64[20]:latency u64:count u64:sum_ns}"},
		 "histogram latency sum_ns= {key}\ncounter count {key}\n"},
		{{.key = "u32", .value = "{u64[20]:latency}"}, "counter latency.* {$i key}\n"},
		/* By the map's name: one value, or an entry a slot. */
		{{.locator = "/sys/fs/bpf/x/len_hist",
		  .key = "u32",
		  .value = "u64[16]",
		  .type = BPF_MAP_TYPE_PERCPU_ARRAY,
		  .max_entries = 1},
		 "histogram value {}\n"},
		{{.locator = "/sys/fs/bpf/x/len_hist",
		  .key = "u32",
		  .value = "u64",
		  .type = BPF_MAP_TYPE_ARRAY,
		  .max_entries = 16,
		  .may_merge = true},
		 "histogram key {}\n"},
		/* Too few to be one, and not numbers. */
		{{.key = "u32", .value = "{u32[4]:slots}"}, "gauge slots.* {$i key}\n"},
		{{.key = "u32", .value = "{s64[16]:slots}"}, "gauge slots.* {$i key}\n"},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_starter__globals(void **state)
{
	static const struct starter_case cases[] = {
		{{.locator = "/sys/fs/bpf/x/prog.bss",
		  .name = "prog.bss",
		  .value = "{u64:hits u64:misses pad8}",
		  .type = BPF_MAP_TYPE_ARRAY,
		  .max_entries = 1},
		 "counter hits {}\ncounter misses {}\n"},
		{{.locator = "/sys/fs/bpf/x/prog.rodata",
		  .name = "prog.rodata",
		  .value = "{u64:max_entries bool:enabled}",
		  .type = BPF_MAP_TYPE_ARRAY,
		  .max_entries = 1},
		 "gauge max_entries {}\ngauge enabled {}\n"},
		/* A static variable of a function has a dot in its name. */
		{{.locator = "id:7",
		  .name = "prog.bss",
		  .value = "{u64:on_packet.drops u32[16]:hist}",
		  .type = BPF_MAP_TYPE_ARRAY,
		  .max_entries = 1},
		 "counter on_packet.drops {}\nhistogram hist {}\n"},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_starter__guesses_are_marked(void **state)
{
	static const struct {
		struct started_map map;
		bool has_guess;
	} cases[] = {
		{{.key = FLOW, .value = "{u64:packets u64:bytes}"}, false},
		{{.key = "u32", .value = "{u64:something}"}, true},
		{{.key = "u32:pid", .value = "{u64:packets u32:saddr}"}, true},
		{{.key = "u32", .value = "{u32[27]:slots}"}, true},
		{{.key = "{(be32:v4 bytes16:v6):addr}",
		  .value = "{u64:packets}",
		  .may_merge = true},
		 true},
		{{.key_size = 4, .value_size = 8}, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct started s;

		started_run(&s, &cases[i].map, 1);
		assert_non_null(buf_string(&s.yaml));
		if (!strstr(s.yaml.data, "# guess") == cases[i].has_guess)
			started_fail(&s, "guesses are not marked as such");
		started_done(&s);
	}
}

/* ---- without BTF ---- */

static void test_starter__sizes_without_btf(void **state)
{
	static const uint32_t types[] = {
		BPF_MAP_TYPE_HASH,	   BPF_MAP_TYPE_ARRAY,	  BPF_MAP_TYPE_PERCPU_HASH,
		BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_LRU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH,
		BPF_MAP_TYPE_LPM_TRIE,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		for (uint32_t size = 1; size <= 40; size++) {
			struct started_map map = {
				.type = types[i], .key_size = 8, .value_size = size};
			struct started s;

			started_run(&s, &map, 1);
			assert_true(s.config->maps[0].n_metrics);
			started_done(&s);
			if (map_type_is_array(types[i]) ||
			    (types[i] == BPF_MAP_TYPE_LPM_TRIE && size < 5))
				continue;
			map.key_size = size;
			map.value_size = 8;
			started_run(&s, &map, 1);
			assert_true(s.config->maps[0].n_metrics);
			started_done(&s);
		}
	}
}

static void test_starter__large_without_btf(void **state)
{
	static const struct started_map maps[] = {
		{.key_size = 512, .value_size = 4096},
		{.key_size = 8, .value_size = 65536, .type = BPF_MAP_TYPE_ARRAY, .max_entries = 1},
		{.key_size = 260, .value_size = 1, .type = BPF_MAP_TYPE_LPM_TRIE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		struct started s;

		started_run(&s, &maps[i], 1);
		started_done(&s);
	}
}

/* Their entries cannot be listed: they have no metrics, and nothing is wrong with them. */
static void test_starter__not_readable(void **state)
{
	static const struct started_map maps[] = {
		{.type = BPF_MAP_TYPE_QUEUE, .value_size = 8},
		{.type = BPF_MAP_TYPE_QUEUE, .value = "{u64:packets}"},
		{.type = BPF_MAP_TYPE_STACK, .value = "u64"},
		{.type = BPF_MAP_TYPE_RINGBUF},
		{.type = BPF_MAP_TYPE_PERF_EVENT_ARRAY, .key_size = 4, .value_size = 4},
		{.type = BPF_MAP_TYPE_PROG_ARRAY, .key_size = 4, .value_size = 4},
		{.type = BPF_MAP_TYPE_STACK_TRACE, .key = "u32", .value = "u64[127]"},
		{.type = BPF_MAP_TYPE_DEVMAP, .key_size = 4, .value_size = 4},
		{.type = BPF_MAP_TYPE_ARRAY_OF_MAPS, .key_size = 4, .value_size = 4},
		{.type = BPF_MAP_TYPE_BLOOM_FILTER, .value_size = 8},
		{.type = 99, .key_size = 4, .value_size = 4},
		{.type = BPF_MAP_TYPE_QUEUE, .value_size = 8, .locator = "/sys/fs/bpf/*/q*"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		struct started s;

		started_run(&s, &maps[i], 1);
		assert_int_equal(s.config->maps[0].n_metrics, 0);
		started_done(&s);
	}
}

/* ---- where maps are ---- */

static void test_starter__locators(void **state)
{
	static const struct {
		const char *locator, *name;
		const char *pin, *map_name;
		uint32_t map_id;
		size_t n_labels; /* beside that of the key */
	} cases[] = {
		{"/sys/fs/bpf/a", "m", "/sys/fs/bpf/a", NULL, 0, 0},
		{"/sys/fs/bpf/*/a", "m", "/sys/fs/bpf/*/a", NULL, 0, 1},
		{"/sys/fs/bpf/*/a_*", "m", "/sys/fs/bpf/*/a_*", NULL, 0, 2},
		{"/sys/fs/bpf/a?", "m", "/sys/fs/bpf/a?", NULL, 0, 1},
		{"/sys/fs/bpf/[ab]", "m", "/sys/fs/bpf/[ab]", NULL, 0, 1},
		{"id:42", "AT_reads", NULL, "AT_reads", 0, 0},
		{"id:42", "", NULL, NULL, 42, 0},
		{"id:42", "null", NULL, "null", 0, 0},
		{"id:42", "0x10", NULL, "0x10", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct started_map map = {.locator = cases[i].locator,
					  .name = cases[i].name,
					  .key = "u32",
					  .value = "u64"};
		const struct config_map *is;
		struct started s;

		started_run(&s, &map, 1);
		is = &s.config->maps[0];
		assert_int_equal(!is->pin, !cases[i].pin);
		assert_int_equal(!is->map_name, !cases[i].map_name);
		if (is->pin)
			assert_string_equal(is->pin, cases[i].pin);
		if (is->map_name)
			assert_string_equal(is->map_name, cases[i].map_name);
		assert_int_equal(is->map_id, cases[i].map_id);
		assert_int_equal(is->n_metrics, 1);
		assert_int_equal(is->metrics[0].n_labels, 1 + cases[i].n_labels);
		started_done(&s);
	}
}

static void test_starter__several_maps(void **state)
{
	static const struct started_map maps[] = {
		{.locator = "/sys/fs/bpf/one/stats", .key = "u32", .value = "{u64:packets}"},
		{.locator = "/sys/fs/bpf/two/stats", .key = "u32", .value = "{u64:packets}"},
		{.locator = "/sys/fs/bpf/one/stats", .key = "u32", .value = "{u32[27]:slots}"},
		{.locator = "/sys/fs/bpf/one/stats_bucket", .key = "u32", .value = "{u64:packets}"},
	};
	struct started s;

	(void)state;
	started_run(&s, maps, ARRAY_SIZE(maps));
	started_done(&s);
	started_run(&s, NULL, 0);
	started_done(&s);
}

/* ---- memory ---- */

static void test_starter__no_memory(void **state)
{
	static const struct started_map maps[] = {
		{.locator = "/sys/fs/bpf/*/a b",
		 .key = "{u32:prefixlen u32:id (be32:v4 bytes16:v6)}",
		 .value =
			 "{u64:packets u64[3]:drops u64:sum_ns u32[16]:slots char16:comm u32:ifindex}",
		 .type = BPF_MAP_TYPE_LPM_TRIE},
		{.key_size = 12, .value_size = 40},
	};
	struct started s;
	long i;

	(void)state;
	started_init(&s, maps, ARRAY_SIZE(maps));
	for (i = 0;; i++) {
		struct buf out = BUF_INIT;
		int r;

		assert_int_equal(buf_puts(&out, "before\n"), 0);
		alloc_fault_arm(i);
		r = starter_write(s.maps, s.n, &out);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			buf_done(&out);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		if (out.len != 7 || memcmp(out.data, "before\n", 7) != 0)
			fail_msg("allocation %ld: what is appended stays, %zu bytes", i, out.len);
		buf_done(&out);
	}
	assert_true(i > 50);
	started_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starter__scalars),
		cmocka_unit_test(test_starter__structs),
		cmocka_unit_test(test_starter__names_in_numbers),
		cmocka_unit_test(test_starter__cpus),
		cmocka_unit_test(test_starter__keys_by_map),
		cmocka_unit_test(test_starter__units_of_maps),
		cmocka_unit_test(test_starter__unions),
		cmocka_unit_test(test_starter__arrays),
		cmocka_unit_test(test_starter__tries),
		cmocka_unit_test(test_starter__histograms),
		cmocka_unit_test(test_starter__globals),
		cmocka_unit_test(test_starter__guesses_are_marked),
		cmocka_unit_test(test_starter__sizes_without_btf),
		cmocka_unit_test(test_starter__large_without_btf),
		cmocka_unit_test(test_starter__not_readable),
		cmocka_unit_test(test_starter__locators),
		cmocka_unit_test(test_starter__several_maps),
		cmocka_unit_test(test_starter__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
