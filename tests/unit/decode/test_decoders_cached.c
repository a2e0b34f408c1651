// SPDX-License-Identifier: GPL-2.0-only
/* Users, interfaces and block devices: names that the system may change. */
#include "one_decoder.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/clock.h"

static char folder[] = "/tmp/test_decoders_cached.XXXXXX";
static char passwd[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(passwd, sizeof(passwd), "%s/passwd", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	(void)unlink(passwd);
	return rmdir(folder);
}

static void forget_nothing(void)
{
}

static void test_user__names(void **state)
{
	static const struct {
		uint64_t uid;
		bool is_signed;
		const char *expected;
	} cases[] = {
		{0, false, "root"},
		{1000, false, "ann"}, /* the first of two */
		{1001, false, "b c"},
		{4294967294, false, "nobody"},
		{2, false, "2"},
		{7, false, "7"},
		{8, false, "8"},
		{9, false, "9"},
		{UINT64_MAX, false, "18446744073709551615"},
		{UINT64_MAX, true, "-1"},
		{UINT64_C(1) << 32, false, "4294967296"}, /* not root */
	};
	struct one o = one_of(&decoder_user, DATUM_NUMBER, 8);

	(void)state;
	write_file(passwd, "ann:x:1000:1000:Ann:/home/ann:/bin/sh\n"
			   "anna:x:1000:1000::/:\n"
			   "root:x:0:0::/root:/bin/sh\n"
			   "\n"
			   "# no:x:7:7\n"
			   ":x:7:7::/:\n"
			   "eight:x\n"
			   "nine:x:9\n"
			   "two:x:two:2::/:\n"
			   "big:x:4294967296:1::/:\n"
			   "b c:x:1001:1001::/:\n"
			   "nobody:x:4294967294:1::/:");
	lookup_paths.passwd = passwd;
	assert_int_equal(one_init(&o), 0);
	assert_true(o.d.is_lossy);
	assert_false(o.d.is_merging);
	assert_true(o.d.ops->is_changing);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		one_expect_number(&o, cases[i].uid, cases[i].is_signed, cases[i].expected);
	one_done(&o);
}

static void sleep_ms(unsigned int ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	(void)nanosleep(&t, NULL);
}

/* It is looked at again after a second, and a file that is gone changes nothing. */
static void test_user__changes(void **state)
{
	struct one o = one_of(&decoder_user, DATUM_NUMBER, 4);

	(void)state;
	write_file(passwd, "old:x:5:5::/:\n");
	lookup_paths.passwd = passwd;
	assert_int_equal(one_init(&o), 0);
	one_expect_number(&o, 5, false, "old");
	write_file(passwd, "newer:x:5:5::/:\n");
	one_expect_number(&o, 5, false, "old");
	sleep_ms(1050);
	one_expect_number(&o, 5, false, "newer");
	assert_int_equal(unlink(passwd), 0);
	sleep_ms(1050);
	one_expect_number(&o, 5, false, "newer");
	one_done(&o);
}

static void set_time(const char *path, time_t s, long ns)
{
	const struct timespec times[] = {{.tv_sec = s, .tv_nsec = ns},
					 {.tv_sec = s, .tv_nsec = ns}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* It is read again where anything says that it is another one, and only there. */
static void test_user__another_file(void **state)
{
	static const struct {
		const char *text;
		time_t s;
		long ns;
		bool is_renamed;
		const char *expected;
	} cases[] = {
		{"new:x:5:5::/:\n", 1000, 7, false, "old"},
		{"newer:x:5:5::/:\n", 1000, 7, false, "newer"},
		{"new:x:5:5::/:\n", 1001, 7, false, "new"},
		{"new:x:5:5::/:\n", 1000, 8, false, "new"},
		{"new:x:5:5::/:\n", 1000, 7, true, "new"},
	};
	char paths[ARRAY_SIZE(cases)][64], other[64];
	struct one o[ARRAY_SIZE(cases)];

	(void)state;
	(void)snprintf(other, sizeof(other), "%s/other", folder);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		(void)snprintf(paths[i], sizeof(paths[i]), "%s/passwd%zu", folder, i);
		write_file(paths[i], "old:x:5:5::/:\n");
		set_time(paths[i], 1000, 7);
		o[i] = one_of(&decoder_user, DATUM_NUMBER, 4);
		lookup_paths.passwd = paths[i];
		assert_int_equal(one_init(&o[i]), 0);
		one_expect_number(&o[i], 5, false, "old");
		write_file(cases[i].is_renamed ? other : paths[i], cases[i].text);
		set_time(cases[i].is_renamed ? other : paths[i], cases[i].s, cases[i].ns);
		if (cases[i].is_renamed)
			assert_int_equal(rename(other, paths[i]), 0);
	}
	sleep_ms(1050);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		lookup_paths.passwd = paths[i];
		one_expect_number(&o[i], 5, false, cases[i].expected);
		one_done(&o[i]);
		assert_int_equal(unlink(paths[i]), 0);
	}
}

static void test_user__no_file(void **state)
{
	struct one o = one_of(&decoder_user, DATUM_NUMBER, 4);

	(void)state;
	lookup_paths.passwd = "/nonexistent/passwd";
	assert_int_equal(one_init(&o), 0);
	one_expect_number(&o, 0, false, "0");
	one_done(&o);
	lookup_paths.passwd = folder; /* opens, but cannot be read */
	assert_int_equal(one_init(&o), 0);
	one_expect_number(&o, 0, false, "0");
	one_done(&o);
}

static void test_user__here(void **state)
{
	struct one o = one_of(&decoder_user, DATUM_NUMBER, 4);

	(void)state;
	lookup_paths.passwd = "/etc/passwd";
	assert_int_equal(one_init(&o), 0);
	one_expect_number(&o, 0, false, "root");
	one_done(&o);
}

static void test_ifname__names(void **state)
{
	struct one o = one_of(&decoder_ifname, DATUM_NUMBER, 4);

	(void)state;
	assert_int_equal(one_init(&o), 0);
	assert_true(o.d.is_lossy);
	assert_false(o.d.is_merging);
	assert_true(o.d.ops->is_changing);
	for (int i = 0; i < 2; i++) {
		one_expect_number(&o, 1, false, "lo");
		one_expect_number(&o, 0, false, "0");
		one_expect_number(&o, 4000000000, false, "4000000000");
		one_expect_number(&o, UINT64_MAX, true, "-1");
		one_expect_number(&o, (UINT64_C(1) << 32) + 1, false, "4294967297");
	}
	one_done(&o);
}

static void test_device__names(void **state)
{
	static const struct {
		const char *link, *target;
	} links[] = {
		{"8:1", "../../devices/x/block/sda/sda1"},
		{"104:0", "../../devices/x/block/cciss!c0d0"},
		{"4095:1048575", "last"},
	};
	static const struct {
		uint64_t dev;
		const char *expected;
	} cases[] = {
		{8 << 20 | 1, "sda1"},
		{104 << 20, "cciss/c0d0"},
		{UINT32_MAX, "last"},
		{8 << 20 | 2, "8388610"},
		{0x801, "2049"}, /* as user space would write 8:1 */
		{UINT64_C(1) << 32 | 8 << 20 | 1, "4303355905"},
	};
	const char *real = lookup_paths.block_devices;
	struct one o = one_of(&decoder_device, DATUM_NUMBER, 4);
	char path[128];

	(void)state;
	lookup_paths.block_devices = folder;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, links[i].link);
		assert_int_equal(symlink(links[i].target, path), 0);
	}
	assert_int_equal(one_init(&o), 0);
	assert_true(o.d.is_lossy);
	assert_false(o.d.is_merging);
	assert_true(o.d.ops->is_changing);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		one_expect_number(&o, cases[i].dev, false, cases[i].expected);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, links[i].link);
		assert_int_equal(unlink(path), 0);
	}
	one_expect_number(&o, 8 << 20 | 1, false, "sda1"); /* for a while yet */
	one_done(&o);
	lookup_paths.block_devices = real;
}

/* What stat() and the kernel's new_encode_dev() make of the same devices. */
static void test_device__of_user_space(void **state)
{
	static const struct {
		uint32_t major, minor;
		const char *expected;
	} cases[] = {
		{8, 1, "a"},
		{259, 300, "b"},
		{4095, 1048575, "c"},
		{8, 2, "2050"},
	};
	const char *real = lookup_paths.block_devices;
	struct one o = one_of(&decoder_user_device, DATUM_NUMBER, 4);
	char path[128];

	(void)state;
	lookup_paths.block_devices = folder;
	assert_int_equal(one_init(&o), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t dev = (uint64_t)makedev(cases[i].major, cases[i].minor) & UINT32_MAX;

		(void)snprintf(path, sizeof(path), "%s/%u:%u", folder, cases[i].major,
			       cases[i].minor);
		if (cases[i].expected[0] > '9')
			assert_int_equal(symlink(cases[i].expected, path), 0);
		one_expect_number(&o, dev, false, cases[i].expected);
		(void)unlink(path);
	}
	one_done(&o);
	lookup_paths.block_devices = real;
}

static void test_device__here(void **state)
{
	struct one o = one_of(&decoder_device, DATUM_NUMBER, 4);

	(void)state;
	if (access("/sys/dev/block/7:3", F_OK) < 0) {
		print_message("no loop3 here\n");
		skip();
	}
	assert_int_equal(one_init(&o), 0);
	one_expect_number(&o, 7 << 20 | 3, false, "loop3");
	one_done(&o);
}

static void test_decoders_cached__what_they_need(void **state)
{
	(void)state;
	one_expect_refusal(one_of(&decoder_user, DATUM_TEXT, 0),
			   "f:2:3: user needs an integer field");
	one_expect_refusal(one_of(&decoder_ifname, DATUM_BYTES, 4),
			   "f:2:3: ifname needs an integer field");
	one_expect_refusal(one_of(&decoder_device, DATUM_FLOAT, 8),
			   "f:2:3: device needs an integer field");
}

static void test_decoders_cached__no_memory(void **state)
{
	(void)state;
	write_file(passwd, "five:x:5:5::/:\n");
	lookup_paths.passwd = passwd;
	one_try_without_memory(one_of(&decoder_user, DATUM_NUMBER, 4), 5, forget_nothing);
	one_try_without_memory(one_of(&decoder_user, DATUM_NUMBER, 4), 6, forget_nothing);
	one_try_without_memory(one_of(&decoder_ifname, DATUM_NUMBER, 4), 1, forget_nothing);
	one_try_without_memory(one_of(&decoder_ifname, DATUM_NUMBER, 4), 0, forget_nothing);
	one_try_without_memory(one_of(&decoder_device, DATUM_NUMBER, 4), 7 << 20, forget_nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_user__names),
		cmocka_unit_test(test_user__changes),
		cmocka_unit_test(test_user__another_file),
		cmocka_unit_test(test_user__no_file),
		cmocka_unit_test(test_user__here),
		cmocka_unit_test(test_ifname__names),
		cmocka_unit_test(test_device__names),
		cmocka_unit_test(test_device__of_user_space),
		cmocka_unit_test(test_device__here),
		cmocka_unit_test(test_decoders_cached__what_they_need),
		cmocka_unit_test(test_decoders_cached__no_memory),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
