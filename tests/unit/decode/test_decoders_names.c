// SPDX-License-Identifier: GPL-2.0-only
/* Decoders from numbers to names that do not change. */
#include "decoder_bed.h"

#include <asm/unistd.h>
#include <pthread.h>
#include <unistd.h>

#include "decode/pci_names_internal.h"

/* Of one decoder; every one of these refuses what is no integer. */
static void refuses(struct decoder_case c, const char *message)
{
	c.message = message;
	c.expected = NULL;
	c.bytes = "00000000";
	c.field = FIELD_BYTES;
	bed_run_case(&c);
	c.field = FIELD_FLOAT;
	bed_run_case(&c);
	c.text = "1";
	bed_run_case(&c);
}

static void test_decoders_names__ip_proto(void **state)
{
#define PROTO DECODER(IP_PROTO)
	static const struct decoder_case cases[] = {
		{PROTO, .bytes = "06", .expected = "tcp"},
		{PROTO, .bytes = "11", .expected = "udp"},
		{PROTO, .bytes = "01", .expected = "icmp"},
		{PROTO, .bytes = "02", .expected = "igmp"},
		{PROTO, .bytes = "3a", .expected = "ipv6-icmp"},
		{PROTO, .bytes = "2f000000", .expected = "gre"},
		{PROTO, .bytes = "3200", .expected = "esp"},
		{PROTO, .bytes = "33", .expected = "ah"},
		{PROTO, .bytes = "84", .expected = "sctp"},
		{PROTO, .bytes = "59", .expected = "ospf"},
		{PROTO, .bytes = "00", .expected = "ip"},
		{PROTO, .bytes = "0601", .expected = "mptcp"},
		{PROTO, .bytes = "07", .expected = "7"},
		{PROTO, .bytes = "ff", .expected = "255"},
		{PROTO, .bytes = "0701", .expected = "263"},
		{PROTO, .bytes = "ffffffffffffffff", .expected = "18446744073709551615"},
		{PROTO, FIELD_SINT, .bytes = "ff", .expected = "-1"},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
	refuses(cases[0], AT("ip_proto needs an integer field"));
}

static void test_decoders_names__ethertype(void **state)
{
#define ETHERTYPE DECODER(ETHERTYPE)
	static const struct decoder_case cases[] = {
		{ETHERTYPE, .bytes = "0008", .expected = "ipv4"},
		{ETHERTYPE, .bytes = "0608", .expected = "arp"},
		{ETHERTYPE, .bytes = "dd86", .expected = "ipv6"},
		{ETHERTYPE, .bytes = "0081", .expected = "vlan"},
		{ETHERTYPE, .bytes = "cc880000", .expected = "lldp"},
		{ETHERTYPE, .bytes = "0000", .expected = "0"},
		{ETHERTYPE, .bytes = "ffff", .expected = "65535"},
		{ETHERTYPE, .bytes = "00080100", .expected = "67584"},
		{ETHERTYPE, FIELD_SINT, .bytes = "dd86", .expected = "-31011"},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
	refuses(cases[0], AT("ethertype needs an integer field"));
}

static void test_decoders_names__tcp_state(void **state)
{
#define TCP DECODER(TCP_STATE)
	static const struct decoder_case cases[] = {
		{TCP, .bytes = "01", .expected = "ESTABLISHED"},
		{TCP, .bytes = "02", .expected = "SYN_SENT"},
		{TCP, .bytes = "03", .expected = "SYN_RECV"},
		{TCP, .bytes = "04", .expected = "FIN_WAIT1"},
		{TCP, .bytes = "05", .expected = "FIN_WAIT2"},
		{TCP, .bytes = "06", .expected = "TIME_WAIT"},
		{TCP, .bytes = "07", .expected = "CLOSE"},
		{TCP, .bytes = "08", .expected = "CLOSE_WAIT"},
		{TCP, .bytes = "09", .expected = "LAST_ACK"},
		{TCP, .bytes = "0a000000", .expected = "LISTEN"},
		{TCP, .bytes = "0b", .expected = "CLOSING"},
		{TCP, FIELD_SINT, .bytes = "0c000000", .expected = "NEW_SYN_RECV"},
		{TCP, .bytes = "00", .expected = "0"},
		{TCP, .bytes = "0e", .expected = "14"},
		{TCP, FIELD_SINT, .bytes = "ffffffff", .expected = "-1"},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
	refuses(cases[0], AT("tcp_state needs an integer field"));
}

/* The numbers differ between architectures: what is asked for is this one's. */
static void test_decoders_names__syscall(void **state)
{
	static const struct {
		uint32_t number;
		const char *name;
	} known[] = {
		{__NR_read, "read"},
		{__NR_write, "write"},
		{__NR_bpf, "bpf"},
		{__NR_openat, "openat"},
		{__NR_futex, "futex"},
		{__NR_exit_group, "exit_group"},
		{__NR_io_uring_enter, "io_uring_enter"},
		{__NR_clone3, "clone3"},
		{0xffff, "65535"},
		{UINT32_MAX, "4294967295"},
	};
	static const struct decoder_case negative = {DECODER(SYSCALL), FIELD_SINT,
						     .bytes = "ffffffffffffffff", .expected = "-1"};
	struct decoder_case c = {DECODER(SYSCALL)};
	char hex[9];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		snprintf(hex, sizeof(hex), "%08x", __builtin_bswap32(known[i].number));
		c.bytes = hex;
		c.expected = known[i].name;
		bed_run_case(&c);
	}
	bed_run_case(&negative);
	refuses(c, AT("syscall needs an integer field"));
}

#define EITHER .is_lossy = true, .is_merging = true, .field = FIELD_SINT

static void test_decoders_names__errno(void **state)
{
#define ERRNO DECODER(ERRNO)
	static const struct decoder_case cases[] = {
		{ERRNO, .bytes = "02000000", .expected = "ENOENT"},
		{ERRNO, EITHER, .bytes = "02000000", .expected = "ENOENT"},
		{ERRNO, EITHER, .bytes = "feffffff", .expected = "ENOENT"},
		{ERRNO, EITHER, .bytes = "feffffffffffffff", .expected = "ENOENT"},
		{ERRNO, EITHER, .bytes = "f5", .expected = "EAGAIN"},
		{ERRNO, EITHER, .bytes = "00000000", .expected = "0"},
		{ERRNO, EITHER, .bytes = "00fe", .expected = "-512"},
		{ERRNO, .bytes = "feffffff", .expected = "4294967294"},
		{ERRNO, .bytes = "0200000001000000", .expected = "4294967298"},
		{ERRNO, EITHER, .bytes = "0000000000000080", .expected = "-9223372036854775808"},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
	refuses(cases[0], AT("errno needs an integer field"));
}

static void test_decoders_names__signal(void **state)
{
#define SIGNAL DECODER(SIGNAL)
	static const struct decoder_case cases[] = {
		{SIGNAL, .bytes = "02", .expected = "SIGINT"},
		{SIGNAL, EITHER, .bytes = "02", .expected = "SIGINT"},
		{SIGNAL, EITHER, .bytes = "f7ffffff", .expected = "SIGKILL"},
		{SIGNAL, .bytes = "1f000000", .expected = "SIGSYS"},
		{SIGNAL, .bytes = "00", .expected = "0"},
		{SIGNAL, .bytes = "22", .expected = "34"},
		{SIGNAL, EITHER, .bytes = "80", .expected = "-128"},
		{SIGNAL, .bytes = "feffffff", .expected = "4294967294"},
		{SIGNAL, EITHER, .bytes = "0000000000000080", .expected = "-9223372036854775808"},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
	refuses(cases[0], AT("signal needs an integer field"));
}

#define PCI(what) DECODER(PCI_##what), .is_lossy = true

/* With the numbers that no edition of pci.ids has ever changed. */
static void test_decoders_names__pci(void **state)
{
	static const struct decoder_case cases[] = {
		{PCI(VENDOR), .bytes = "8680", .expected = "Intel Corporation"},
		{PCI(VENDOR), .bytes = "86800000", .expected = "Intel Corporation"},
		{PCI(VENDOR), .bytes = "fcff", .expected = "65532"},
		{PCI(VENDOR), .bytes = "86800100", .expected = "98438"},
		{PCI(VENDOR), .field = FIELD_SINT, .bytes = "ffffffff", .expected = "-1"},
		{PCI(DEVICE), .bytes = "0010f41a", .expected = "Virtio network device"},
		{PCI(DEVICE), .bytes = "feff8680", .expected = "2156331006"},
		{PCI(DEVICE), .bytes = "0010f41a01000000", .expected = "4747169792"},
		{PCI(CLASS), .bytes = "02", .expected = "Network controller"},
		{PCI(CLASS), .bytes = "0c000000", .expected = "Serial bus controller"},
		{PCI(CLASS), .bytes = "fe", .expected = "254"},
		{PCI(CLASS), .bytes = "0002", .expected = "512"},
		{PCI(SUBCLASS), .bytes = "0002", .expected = "Ethernet controller"},
		{PCI(SUBCLASS), .bytes = "7002", .expected = "624"},
		{PCI(SUBCLASS), .bytes = "00fe", .expected = "65024"},
		{PCI(SUBCLASS), .bytes = "00020100", .expected = "66048"},
	};

	(void)state;
	if (access("/usr/share/misc/pci.ids", R_OK) < 0) {
		print_message("skipped: there is no pci.ids here\n");
		skip();
	}
	bed_run_table(cases, ARRAY_SIZE(cases));
	refuses(cases[0], AT("pci_vendor needs an integer field"));
	refuses(cases[5], AT("pci_device needs an integer field"));
	refuses(cases[8], AT("pci_class needs an integer field"));
	refuses(cases[12], AT("pci_subclass needs an integer field"));
}

/* Runs the cases with a file of this content; NULL: with none. */
static void run_with_ids(const char *content, const struct decoder_case *cases, size_t n)
{
	char path[] = "/tmp/test_pci_XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	if (content)
		assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	else
		unlink(path);
	close(fd);
	pci_names_set_path(path);
	bed_run_table(cases, n);
	pci_names_set_path(NULL);
	if (content)
		unlink(path);
}

static void test_decoders_names__pci_of_other_files(void **state)
{
	static const struct decoder_case none[] = {
		{PCI(VENDOR), .bytes = "8680", .expected = "32902"},
		{PCI(DEVICE), .bytes = "0010f41a", .expected = "452202496"},
		{PCI(CLASS), .bytes = "02", .expected = "2"},
		{PCI(SUBCLASS), .bytes = "0002", .expected = "512"},
	};
	static const struct decoder_case odd[] = {
		{PCI(VENDOR), .bytes = "0100", .expected = "One \\\"and\\\" \\\\ \xef\xbf\xbd"},
		{PCI(DEVICE), .bytes = "02000100", .expected = "2"},
		{PCI(VENDOR), .bytes = "0200", .expected = "2"},
		{PCI(CLASS), .bytes = "02", .expected = "Network"},
		{PCI(SUBCLASS), .bytes = "ff02", .expected = "Last"},
	};

	(void)state;
	run_with_ids(NULL, none, ARRAY_SIZE(none));
	run_with_ids("", none, ARRAY_SIZE(none));
	/* What comes before the line that is wrong is known. */
	run_with_ids("0001  One \"and\" \\ \xff\n\t0002  2\nC 02  Network\n\tff  Last\nnot this\n"
		     "0002  Two\n",
		     odd, ARRAY_SIZE(odd));
}

static void *use_pci(void *arg)
{
	static const struct decoder_case c = {PCI(SUBCLASS), .bytes = "0002",
					      .expected = "Ethernet controller"};

	for (int i = 0; i < 50; i++) {
		_cleanup_(bed_done) struct bed b;
		_cleanup_buf_ struct buf out = BUF_INIT;
		struct decoder_scratch scratch = {0};

		bed_init(&b, &c);
		if (bed_compile(&b) < 0 ||
		    decoder_chain_run(&b.chain, &b.datum, &scratch, &out) < 0 ||
		    out.len != strlen(c.expected) || memcmp(out.data, c.expected, out.len) != 0)
			*(bool *)arg = false;
		decoder_scratch_done(&scratch);
	}
	return NULL;
}

static void test_decoders_names__pci_of_several_threads(void **state)
{
	char path[] = "/tmp/test_pci_XXXXXX";
	static const char ids[] = "C 02  Network controller\n\t00  Ethernet controller\n";
	pthread_t threads[4];
	bool went_well[4];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, ids, sizeof(ids) - 1), sizeof(ids) - 1);
	close(fd);
	pci_names_set_path(path);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		went_well[i] = true;
		assert_int_equal(pthread_create(&threads[i], NULL, use_pci, &went_well[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		pthread_join(threads[i], NULL);
		assert_true(went_well[i]);
	}
	pci_names_set_path(NULL);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decoders_names__ip_proto),
		cmocka_unit_test(test_decoders_names__ethertype),
		cmocka_unit_test(test_decoders_names__tcp_state),
		cmocka_unit_test(test_decoders_names__syscall),
		cmocka_unit_test(test_decoders_names__errno),
		cmocka_unit_test(test_decoders_names__signal),
		cmocka_unit_test(test_decoders_names__pci),
		cmocka_unit_test(test_decoders_names__pci_of_other_files),
		cmocka_unit_test(test_decoders_names__pci_of_several_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
