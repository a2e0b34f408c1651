// SPDX-License-Identifier: GPL-2.0-only
/* Decoders of a field's bytes: addresses, prefixes, names on the wire. */
#include "decoder_bed.h"

static void test_decoders_bytes__ip(void **state)
{
#define IP	  DECODER(IP)
#define ZERO_TAIL DECODER(IP, .zero_tail = true), .is_lossy = true, .field
	static const struct decoder_case cases[] = {
		{IP, .bytes = "0a000001", .expected = "10.0.0.1"},
		{IP, FIELD_IPV4, .bytes = "ffffffff", .expected = "255.255.255.255"},
		{IP, FIELD_BYTES, .bytes = "0a000001 00000000 00000000 00000000",
		 .expected = "a00:1::"},
		{IP, FIELD_IPV6, .bytes = "00000000 00000000 0000ffff 01020304",
		 .expected = "1.2.3.4"},
		{IP, FIELD_IPV6, .bytes = "20010db8 00000000 00000000 00000001",
		 .expected = "2001:db8::1"},
		{ZERO_TAIL = FIELD_BYTES, .bytes = "0a000001 00000000 00000000 00000000",
		 .expected = "10.0.0.1"},
		{ZERO_TAIL = FIELD_BYTES, .bytes = "0a000001 00000000 00000000 00000001",
		 .expected = "a00:1::1"},
		{ZERO_TAIL = FIELD_BYTES, .bytes = "0a000001 01000000 00000000 00000000",
		 .expected = "a00:1:100::"},
		{ZERO_TAIL = FIELD_BYTES, .bytes = "00000000 00000000 0000ffff 01020304",
		 .expected = "1.2.3.4"},
		{ZERO_TAIL = FIELD_BYTES, .bytes = "00000000 00000000 00000000 00000000",
		 .expected = "0.0.0.0"},
		{IP, FIELD_BYTES, .bytes = "0a0000",
		 .message = AT("ip needs a field of 4 or 16 bytes, not 3 bytes")},
		{IP, .text = "10.0.0.1",
		 .message = AT("ip needs a field of 4 or 16 bytes, not text")},
		{ZERO_TAIL = FIELD_BYTES, .bytes = "0a000001",
		 .message = AT("ip needs 16 bytes for zero_tail, not 4 bytes")},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
}

static void test_decoders_bytes__ip_host(void **state)
{
#define IP_HOST DECODER(IP_HOST)
	static const struct decoder_case cases[] = {
		{IP_HOST, .bytes = "0100000a", .expected = "10.0.0.1"},
		{IP_HOST, .bytes = "00000000", .expected = "0.0.0.0"},
		{IP_HOST, .bytes = "ffffffff", .expected = "255.255.255.255"},
		{IP_HOST, FIELD_SINT, .bytes = "ffffffff", .expected = "255.255.255.255"},
		{IP_HOST, .bytes = "0102", .expected = "0.0.2.1"},
		{IP_HOST, .bytes = "0100000a00000000", .expected = "10.0.0.1"},
		{IP_HOST, .bytes = "0100000a01000000", .expected = "4462739457"},
		{IP_HOST, FIELD_SINT, .bytes = "ffffffffffffffff", .expected = "-1"},
		{IP_HOST, FIELD_IPV4, .bytes = "0a000001",
		 .message = AT("ip_host needs an integer field")},
		{IP_HOST, .text = "1", .message = AT("ip_host needs an integer field")},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
}

static void test_decoders_bytes__cidr(void **state)
{
#define CIDR		  DECODER(CIDR), FIELD_STRUCT
#define CIDR_LESS(number) DECODER(CIDR, .length = {.field = (char *)"bits"}, .less = number)
	static const struct decoder_case cases[] = {
		{CIDR, .bytes = "08000000 0a000000", .expected = "10.0.0.0/8"},
		{CIDR, .bytes = "00000000 00000000", .expected = "0.0.0.0/0"},
		{CIDR, .bytes = "20000000 c0a80101", .expected = "192.168.1.1/32"},
		{CIDR, .bytes = "20000000 20010db8 00000000 00000000 00000000",
		 .expected = "2001:db8::/32"},
		{CIDR, .bytes = "80000000 00000000 00000000 0000ffff 01020304",
		 .expected = "::ffff:1.2.3.4/128"},
		/* What lies behind the prefix tells entries apart, and so does a wrong length. */
		{CIDR, .bytes = "08000000 0a000001", .expected = "10.0.0.1/8"},
		{CIDR, .bytes = "21000000 0a000000", .expected = "10.0.0.0/33"},
		{CIDR, .bytes = "ffffffff 0a000000", .expected = "10.0.0.0/4294967295"},
		{CIDR_LESS(0), FIELD_IPV4, .bytes = "0a000000", .length = 8,
		 .expected = "10.0.0.0/8"},
		{CIDR_LESS(64), .bytes = "0a000000", .length = 88, .expected = "10.0.0.0/24"},
		{CIDR_LESS(64), FIELD_BYTES, .bytes = "20010db8 00000000 00000000 00000000",
		 .length = 96, .expected = "2001:db8::/32"},
		{CIDR_LESS(64), FIELD_IPV4, .bytes = "0a000000", .length = 63,
		 .expected = "10.0.0.0/-1"},
		{CIDR_LESS(0), FIELD_IPV4, .bytes = "0a000000", .length = UINT64_MAX,
		 .expected = "10.0.0.0/18446744073709551615"},
		{CIDR_LESS(UINT32_MAX), FIELD_IPV4, .bytes = "0a000000", .length = 0,
		 .expected = "10.0.0.0/-4294967295"},
		{CIDR, .bytes = "08000000 0a",
		 .message = AT(
			 "cidr needs a length of 4 bytes and an address of 4 or 16, not 5 bytes")},
		{CIDR, .bytes = "0a0000",
		 .message = AT(
			 "cidr needs a length of 4 bytes and an address of 4 or 16, not 3 bytes")},
		{CIDR, .text = "10.0.0.0",
		 .message =
			 AT("cidr needs a length of 4 bytes and an address of 4 or 16, not text")},
		{CIDR_LESS(0), FIELD_STRUCT, .bytes = "08000000 0a000000",
		 .message = AT("cidr needs an address of 4 or 16 bytes, not 8 bytes")},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
}

static void test_decoders_bytes__uuid(void **state)
{
#define UUID DECODER(UUID)
	static const struct decoder_case cases[] = {
		{UUID, FIELD_BYTES, .bytes = "00112233445566778899AABBCCDDEEFF",
		 .expected = "00112233-4455-6677-8899-aabbccddeeff"},
		{UUID, FIELD_ARRAY, .bytes = "00000000000000000000000000000000",
		 .expected = "00000000-0000-0000-0000-000000000000"},
		{UUID, FIELD_BYTES, .bytes = "00",
		 .message = AT("uuid needs a field of 16 bytes, not 1 bytes")},
		{UUID, .text = "00112233-4455-6677-8899-aabbccddeeff",
		 .message = AT("uuid needs a field of 16 bytes, not text")},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
}

#define A10 "61616161616161616161"
#define T10 "aaaaaaaaaa"

static void test_decoders_bytes__dns(void **state)
{
#define DNS DECODER(DNS), .is_lossy = true, .field
	static const struct decoder_case cases[] = {
		{DNS = FIELD_CHARS, .bytes = "0377777707 6578616d706c65 03 636f6d 00 ffff",
		 .expected = "www.example.com"},
		{DNS = FIELD_BYTES, .bytes = "0161 00", .expected = "a"},
		{DNS = FIELD_BYTES, .bytes = "00", .expected = ""},
		{DNS = FIELD_BYTES, .bytes = "0000", .expected = ""},
		{DNS = FIELD_UINT, .bytes = "0161 0162 00 0000", .expected = "a.b"},
		/* up to the field's end, without a root */
		{DNS = FIELD_BYTES, .bytes = "0161 0262 63", .expected = "a.bc"},
		/* a label that the field cuts off, one that is only announced */
		{DNS = FIELD_BYTES, .bytes = "0161 0362 63", .expected = "0161036263"},
		{DNS = FIELD_BYTES, .bytes = "0161 01", .expected = "016101"},
		{DNS = FIELD_UINT, .bytes = "ff", .expected = "ff"},
		/* the longest label, and one more; a pointer */
		{DNS = FIELD_BYTES, .bytes = "3f" A10 A10 A10 A10 A10 A10 "616161 00",
		 .expected = T10 T10 T10 T10 T10 T10 "aaa"},
		{DNS = FIELD_BYTES, .bytes = "40" A10 A10 A10 A10 A10 A10 "61616161 00",
		 .expected = "40" A10 A10 A10 A10 A10 A10 "6161616100"},
		{DNS = FIELD_BYTES, .bytes = "0161 c00c", .expected = "0161c00c"},
		{DNS = FIELD_UINT, .bytes = "c00c000000000000", .expected = "c00c000000000000"},
		/* ("a.b") and ("a", "b") differ; the label's own escapes come on top */
		{DNS = FIELD_BYTES, .bytes = "03612e62 00", .expected = "a\\\\.b"},
		{DNS = FIELD_BYTES, .bytes = "035c2e22 00", .expected = "\\\\\\\\\\\\.\\\""},
		{DNS = FIELD_BYTES, .bytes = "0400 0a80 c3 00",
		 .expected = "\xef\xbf\xbd\\n\xef\xbf\xbd\xef\xbf\xbd"},
		{DNS = FIELD_CHARS, .text = "example.com",
		 .message = AT("dns needs the bytes of a field, not text")},
	};

	(void)state;
	bed_run_table(cases, ARRAY_SIZE(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decoders_bytes__ip),
		cmocka_unit_test(test_decoders_bytes__ip_host),
		cmocka_unit_test(test_decoders_bytes__cidr),
		cmocka_unit_test(test_decoders_bytes__uuid),
		cmocka_unit_test(test_decoders_bytes__dns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
