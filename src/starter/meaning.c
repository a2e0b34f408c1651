// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs call the same things by much the same names. The last word of a
 * name says what it is (a src_port is a port), or the last two taken as one
 * (tcp_state, cgroup_id); the size then decides whether it can be that.
 *
 * Rules are tried in their order, so the sure ones stand before the guesses.
 */
#include "starter/meaning.h"

#include <stdio.h>
#include <string.h>

#include "starter/words.h"

#define SIZE(n)	    (1U << (n))
#define NUMBER	    (SIZE(1) | SIZE(2) | SIZE(4) | SIZE(8))
#define WIDE_NUMBER (SIZE(4) | SIZE(8))

struct rule {
	enum meaning_kind kind;
	bool is_guess;
	uint32_t sizes;
	const char *names;
};

/* What address-like bytes are called. */
#define ADDRESSES                                                                                 \
	"ip addr address saddr daddr laddr raddr sip dip vip rip lip ipaddr ipaddress ipv4 ipv6 " \
	"ip4 ip6 srcip dstip sourceip destip saddrv6 daddrv6 nexthop gateway gw natip inaddr "    \
	"in6addr"
/* The same, where only the type makes it sure. */
#define ENDS \
	"src dst source dest destination remote local peer client server backend host tip network"

static const struct rule big_endian_rules[] = {
	{MEANING_PORT, false, SIZE(2), "port sport dport lport rport srcport dstport"},
	{MEANING_ETHERTYPE, false, SIZE(2),
	 "proto protocol ethertype ethtype ethproto hproto type"},
	{MEANING_IP, false, SIZE(4), ADDRESSES " " ENDS},
};

static const struct rule bytes_rules[] = {
	{MEANING_IP, false, SIZE(16), ADDRESSES " " ENDS " v"}, /* v6 */
	{MEANING_IP, true, SIZE(4), ADDRESSES " " ENDS},
	{MEANING_MAC, false, SIZE(6),
	 "mac smac dmac srcmac dstmac macaddr ethaddr hwaddr lladdr hsource hdest eth ether addr address "
	 "source dest src dst destination"},
	{MEANING_UUID, false, SIZE(16), "uuid guid"},
};

static const struct rule number_rules[] = {
	{MEANING_PORT, true, SIZE(2) | SIZE(4),
	 "port sport dport lport rport srcport dstport sourceport destport"},
	{MEANING_IFINDEX, false, SIZE(2) | WIDE_NUMBER, "ifindex ifidx"},
	{MEANING_IFINDEX, true, NUMBER, "iface oif iif netdev dev_idx ifid oifindex iifindex"},
	{MEANING_CGROUP, false, WIDE_NUMBER, "cgroupid cgid cgrpid cgroup cgrp"},
	{MEANING_SYSCALL, false, NUMBER, "syscall syscallnr syscallid syscallno sysno sysnr sysid"},
	{MEANING_IP_PROTO, false, SIZE(1),
	 "proto protocol l4proto l4protocol ipproto nexthdr nexthd transportprotocol trproto"},
	{MEANING_IP_PROTO, true, SIZE(2) | SIZE(4) | SIZE(8),
	 "l4proto l4protocol ipproto nexthdr transportprotocol proto protocol"},
	{MEANING_ETHERTYPE, true, SIZE(2) | SIZE(4),
	 "ethertype ethtype ethproto hproto ethprotocol"},
	{MEANING_FAMILY, true, SIZE(2) | SIZE(4), "family safamily addrfamily ipfamily"},
	{MEANING_FAMILY, true, SIZE(1) | SIZE(2) | SIZE(4), "af"},
	{MEANING_TCP_STATE, true, NUMBER, "tcpstate"},
	{MEANING_ERRNO, false, NUMBER, "errno"},
	{MEANING_ERRNO, true, NUMBER, "err ret retval errcode"},
	{MEANING_SIGNAL, true, NUMBER, "sig signal signo signum exitsignal"},
	{MEANING_USER, false, SIZE(4), "uid euid loginuid"},
	{MEANING_DEVICE, true, SIZE(4) | SIZE(8), "dev devt sdev bdev"},
	{MEANING_IP, true, SIZE(4), ADDRESSES " src dst dest"},
	{MEANING_KSYM, true, SIZE(8), "ip caller kaddr ksym func callerip funcip"},
	{MEANING_CPU, false, NUMBER, "cpu cpuid processor cpunum"},
	{MEANING_ID, false, NUMBER,
	 "pid tgid tid ppid gid id ino inode netns mntns pidns mark fwmark vni vlan vlanid vid spi "
	 "identity seclabel secid zone index idx handle cookie hash fd type kind version flags flag "
	 "mask mode family proto protocol port state status verdict reason index key magic seq ack "
	 "num nr no offset slot revnat priority prio class action opcode code tos dscp pad reserved nr ns_id "
	 "tag level gen generation label netnsid cluster node zoneid"},
};

static const struct rule *find_rule(const struct rule *rules, size_t n, uint32_t size,
				    const struct words *w)
{
	char two[2 * WORDS_TEXT_MAX];

	if (size > 16 || !w->n)
		return NULL;
	snprintf(two, sizeof(two), "%s%s", w->n > 1 ? w->items[w->n - 2] : "", words_last(w));
	for (size_t i = 0; w->n > 1 && i < n; i++) {
		if ((rules[i].sizes & SIZE(size)) && word_is_in(two, rules[i].names))
			return &rules[i];
	}
	for (size_t i = 0; i < n; i++) {
		if ((rules[i].sizes & SIZE(size)) && word_is_in(words_last(w), rules[i].names))
			return &rules[i];
	}
	return NULL;
}

static struct meaning meaning_by(const struct rule *rules, size_t n, const struct field *f,
				 const struct words *w)
{
	const struct rule *rule = find_rule(rules, n, f->size, w);

	return rule ? (struct meaning){rule->kind, rule->is_guess}
		    : (struct meaning){MEANING_NONE, false};
}

/* The version, and which of several it is, say nothing of what it is: daddr_v6, srcv6, pad1. */
static void drop_versions(struct words *w)
{
	while (w->n > 1 && (word_is_in(words_last(w), "v4 v6 be nbo n raw") ||
			    words_last(w)[strspn(words_last(w), "0123456789")] == '\0'))
		w->n--;
	words_trim_version(w);
}

static bool type_says(const struct field *f, const char *part)
{
	return f->type_name && strstr(f->type_name, part);
}

/* An address under another name than ours: 32 bits in network order are hardly anything else. */
static struct meaning of_big_endian(const struct field *f, const struct words *w)
{
	struct meaning m = meaning_by(big_endian_rules, ARRAY_SIZE(big_endian_rules), f, w);

	if (m.kind == MEANING_NONE && f->size == 4 &&
	    !words_any(w, "seq ack spi vni mark label hash cookie id teid key flowlabel"))
		m = (struct meaning){MEANING_IP, true};
	return m;
}

static struct meaning of_bytes(const struct field *f, const struct words *w)
{
	struct meaning m = meaning_by(bytes_rules, ARRAY_SIZE(bytes_rules), f, w);

	if (f->size == 16 && (type_says(f, "in6_addr") || type_says(f, "v6addr")))
		return (struct meaning){MEANING_IP, false};

	return m;
}

/* Several words for one address: four of 32 bits, two of 64, or a union of such. */
static struct meaning of_parts(const struct field *f, const struct words *w)
{
	struct meaning m = {MEANING_NONE, false};

	if (f->kind == FIELD_ARRAY && f->members[0].size == 8 && f->n_elems >= 8 &&
	    words_any(w, "stack kstack stackaddr trace bt backtrace ips frames"))
		return (struct meaning){MEANING_STACK, true};
	if (f->size == 16)
		m = of_bytes(f, w);
	if (f->kind == FIELD_STRUCT && !type_says(f, "addr"))
		m.kind = MEANING_NONE;
	return m;
}

struct meaning meaning_of(const struct field *f, const char *name)
{
	struct words w;

	words_split(&w, name ? name : "");
	drop_versions(&w);
	switch (f->kind) {
	case FIELD_IPV4:
	case FIELD_IPV6:
		return (struct meaning){MEANING_IP, false};
	case FIELD_MAC:
		return (struct meaning){MEANING_MAC, false};
	case FIELD_BYTES:
		return of_bytes(f, &w);
	case FIELD_ARRAY:
	case FIELD_UNION:
	case FIELD_STRUCT:
		return of_parts(f, &w);
	case FIELD_UINT:
	case FIELD_SINT:
		if (f->bit_size)
			break;
		if (type_says(f, "dev_t"))
			return (struct meaning){MEANING_DEVICE, false};
		if (f->big_endian)
			return of_big_endian(f, &w);
		return meaning_by(number_rules, ARRAY_SIZE(number_rules), f, &w);
	case FIELD_BOOL:
	case FIELD_ENUM:
	case FIELD_FLOAT:
	case FIELD_CHARS:
	case FIELD_PAD:
		break;
	}
	return (struct meaning){MEANING_NONE, false};
}
