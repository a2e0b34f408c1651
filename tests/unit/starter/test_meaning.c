// SPDX-License-Identifier: GPL-2.0-only
#include "notation.h"
#include "starter/meaning.h"

struct meaning_case {
	const char *field; /* in notation.h's way, with its name */
	enum meaning_kind kind;
	bool is_guess;
};

static void check(const struct meaning_case *cases, size_t n)
{
	size_t n_wrong = 0;

	for (size_t i = 0; i < n; i++) {
		const char *text = cases[i].field;
		struct field f = {0};
		struct meaning m;
		uint32_t align;

		notation_field(&text, &f, &align);
		m = meaning_of(&f, f.name);
		if (m.kind != cases[i].kind || m.is_guess != cases[i].is_guess) {
			print_error("%s: kind %d instead of %d, guess %d instead of %d\n",
				    cases[i].field, (int)m.kind, (int)cases[i].kind, m.is_guess,
				    cases[i].is_guess);
			n_wrong++;
		}
		field_done(&f);
	}
	assert_int_equal(n_wrong, 0);
}

static void test_meaning_of__sure(void **state)
{
	static const struct meaning_case cases[] = {
		{"be32:saddr", MEANING_IP, false},
		{"be32:daddr_v4", MEANING_IP, false},
		{"ipv4", MEANING_IP, false},
		{"ipv6:anything", MEANING_IP, false},
		{"bytes16:saddr", MEANING_IP, false},
		{"bytes16=in6_addr:x", MEANING_IP, false},
		{"u32[4]:daddr6", MEANING_IP, false},
		{"mac:whatever", MEANING_MAC, false},
		{"bytes6:smac", MEANING_MAC, false},
		{"be16:dport", MEANING_PORT, false},
		{"be16:h_proto", MEANING_ETHERTYPE, false},
		{"u32:ifindex", MEANING_IFINDEX, false},
		{"s32:ifindex", MEANING_IFINDEX, false},
		{"u32:egress_ifindex", MEANING_IFINDEX, false},
		{"u8:proto", MEANING_IP_PROTO, false},
		{"u8:nexthdr", MEANING_IP_PROTO, false},
		{"u64:cgroup_id", MEANING_CGROUP, false},
		{"u64:cgroupid", MEANING_CGROUP, false},
		{"u64:cgroupId", MEANING_CGROUP, false},
		{"u32:syscall_nr", MEANING_SYSCALL, false},
		{"s32:errno", MEANING_ERRNO, false},
		{"u32:uid", MEANING_USER, false},
		{"u32=dev_t:anything", MEANING_DEVICE, false},
		{"bytes16:uuid", MEANING_UUID, false},
		{"u32:cpu", MEANING_CPU, false},
		{"u32:pid", MEANING_ID, false},
		{"u64:socket_cookie", MEANING_ID, false},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_meaning_of__guesses(void **state)
{
	static const struct meaning_case cases[] = {
		{"be32:whatever", MEANING_IP, true}, {"u32:saddr", MEANING_IP, true},
		{"u16:dport", MEANING_PORT, true},   {"u32:tcp_state", MEANING_TCP_STATE, true},
		{"s32:ret", MEANING_ERRNO, true},    {"u32:sig", MEANING_SIGNAL, true},
		{"u32:dev", MEANING_DEVICE, true},   {"u64:ip", MEANING_KSYM, true},
		{"u32:af", MEANING_FAMILY, true},    {"u64[20]:stack", MEANING_STACK, true},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_meaning_of__near_misses(void **state)
{
	static const struct meaning_case cases[] = {
		{"u64:packets", MEANING_NONE, false},
		{"u64", MEANING_NONE, false},
		{"be32", MEANING_IP, true},
		{"be32:seq", MEANING_NONE, false},
		{"be32:vni", MEANING_NONE, false},
		{"be64:saddr", MEANING_NONE, false},
		{"be16:saddr", MEANING_NONE, false},
		{"u8:port_count", MEANING_NONE, false},
		{"u64:port_drops", MEANING_NONE, false},
		{"u32:ifindex_errors", MEANING_NONE, false},
		{"u8:ifindex", MEANING_NONE, false},
		{"u16:cgroup_id", MEANING_ID, false},
		{"u16:uid", MEANING_NONE, false},
		{"u32:uuid", MEANING_NONE, false},
		{"bytes5:mac", MEANING_NONE, false},
		{"bytes7:smac", MEANING_NONE, false},
		{"bytes15:saddr", MEANING_NONE, false},
		{"bytes16:blob", MEANING_NONE, false},
		{"char16:saddr", MEANING_NONE, false},
		{"char6:mac", MEANING_NONE, false},
		{"f64:port", MEANING_NONE, false},
		{"bool:proto", MEANING_NONE, false},
		{"enum4:state", MEANING_NONE, false},
		{"u32/3:proto", MEANING_NONE, false},
		{"u64[8]:counters", MEANING_NONE, false},
		{"u64[4]:stack", MEANING_NONE, false},
		{"{u64:a u64:b}:addr", MEANING_NONE, false},
		{"pad4:saddr", MEANING_NONE, false},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_meaning_of__no_name(void **state)
{
	struct field f = {.kind = FIELD_UINT, .size = 4};

	(void)state;
	assert_int_equal(meaning_of(&f, NULL).kind, MEANING_NONE);
	assert_int_equal(meaning_of(&f, "").kind, MEANING_NONE);
	assert_int_equal(meaning_of(&f, "_").kind, MEANING_NONE);
	assert_int_equal(meaning_of(&f, "4").kind, MEANING_NONE);
	f.size = 0;
	assert_int_equal(meaning_of(&f, "port").kind, MEANING_NONE);
	f.size = 1 << 20;
	assert_int_equal(meaning_of(&f, "port").kind, MEANING_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meaning_of__sure),
		cmocka_unit_test(test_meaning_of__guesses),
		cmocka_unit_test(test_meaning_of__near_misses),
		cmocka_unit_test(test_meaning_of__no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
