// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "http/accept_internal.h"

static void test_accept__takes_gzip(void **state)
{
	static const struct {
		const char *header;
		bool takes;
	} cases[] = {
		{NULL, false},
		{"", false},
		{"gzip", true},
		{"GZip", true},
		{"x-gzip", true},
		{"gzip, deflate, br", true},
		{"deflate , gzip ; q=0.5", true},
		{"br;q=1.0, gzip;q=0.8, *;q=0.1", true},
		{"*", true},
		{"*;q=0.001", true},
		{"gzip;q=1.000", true},
		{"gzip;foo=bar;Q=1", true},
		{"gzip;q=0", false},
		{"gzip;q=0.000", false},
		{"gzip;q=0, *", false},
		{"*, gzip;q=0", false},
		{"*;q=0", false},
		{"*;q=0, gzip", true},
		{"identity", false},
		{"identity;q=1, *;q=0", false},
		{"deflate", false},
		{"gzipped", false},
		{"gz ip", false},
		{"gzip;q=", false},
		{"gzip;q=x", false},
		{"gzip;q=-1", false},
		{"gzip;q=0,5", false},
		{"gzip;q=1.0000", false},
		{"gzip;q=0x1", false},
		{"gzip;q", false},
		{";;;,,,=", false},
		{"\"gzip\"", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (accept_takes_gzip(cases[i].header) != cases[i].takes)
			fail_msg("'%s' is not %d", cases[i].header, cases[i].takes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accept__takes_gzip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
