// SPDX-License-Identifier: GPL-2.0-only
/* Addresses as functions, out of files that stand for kallsyms, and out of the real one. */
#include "one_decoder.h"

#include <pthread.h>

#include "base/clock.h"
#include "decode/kallsyms_internal.h"

#define S    NS_PER_S
#define K(x) (UINT64_C(0xffffffff81000000) + (x))

static const char *real_kallsyms;
static char folder[] = "/tmp/test_ksym.XXXXXX";
static char kallsyms[64];

static const char symbols[] = "0000000000000000 A hidden\n"
			      "ffffffff81000000 T _text\n"
			      "ffffffff81000000 T _stext\n"
			      "ffffffff81000100 t do_a\n"
			      "ffffffff81000180 W do_b.cold\n"
			      "ffffffff81000200 D jiffies\n"
			      "ffffffff81000300 b data\n"
			      "ffffffff81000400 R ro\n"
			      "ffffffff81000400 w weak\n"
			      "ffffffffc0000010 t late_function\t[module]\n"
			      "ffffffffc0000000 t function\t[module]\n"
			      "rubbish\n"
			      "\n"
			      "ffffffffc0000020\n"
			      "ffffffffc0000020 t\n"
			      "ffffffffffff0000 t bpf_prog_0123\t[bpf]\n";

static int make_folder(void **state)
{
	(void)state;
	real_kallsyms = lookup_paths.kallsyms;
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(kallsyms, sizeof(kallsyms), "%s/kallsyms", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	kallsyms_forget();
	(void)unlink(kallsyms);
	return rmdir(folder);
}

static int set_up(void **state)
{
	(void)state;
	write_file(kallsyms, symbols);
	lookup_paths.kallsyms = kallsyms;
	kallsyms_forget();
	return 0;
}

static void expect_name(uint64_t address, uint64_t now_ns, const char *expected)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	assert_int_equal(kallsyms_write(address, now_ns, &out), 0);
	assert_string_equal(buf_string(&out), expected);
}

static void test_kallsyms__names(void **state)
{
	static const struct {
		uint64_t address;
		const char *expected;
	} cases[] = {
		{K(0), "_text"},
		{K(0xff), "_text"},
		{K(0x100), "do_a"},
		{K(0x17f), "do_a"},
		{K(0x180), "do_b.cold"},
		{K(0x1ff), "do_b.cold"},
		{K(0x200), "0xffffffff81000200"},
		{K(0x3ff), "0xffffffff810003ff"},
		{K(0x400), "weak"},
		{K(0x400 + (1 << 20)), "weak"},
		{K(0x401 + (1 << 20)), "0xffffffff81100401"},
		{K(0) - 1, "0xffffffff80ffffff"},
		{UINT64_C(0xffffffffc0000000), "function"},
		{UINT64_C(0xffffffffc000000f), "function"},
		{UINT64_C(0xffffffffc0000021), "late_function"},
		{UINT64_MAX, "bpf_prog_0123"},
		{0, "0x0"},
		{1, "0x1"},
		{UINT64_C(0x7fffffffffff), "0x7fffffffffff"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_name(cases[i].address, S, cases[i].expected);
}

static void test_kallsyms__when_it_reads(void **state)
{
	(void)state;
	assert_int_equal(kallsyms_load(10 * S), 0);
	write_file(kallsyms, "ffffffff82000000 t newer\n");
	expect_name(K(0), 69 * S, "_text");
	expect_name(K(0x1000000), 70 * S - 1, "0xffffffff82000000");
	assert_int_equal(kallsyms_load(80 * S), 0);
	expect_name(K(0), 90 * S,
		    "_text");	       /* loading again reads nothing, nor does what is known */
	expect_name(1, 90 * S, "0x1"); /* nor does an address of user space */
	expect_name(K(0), 90 * S, "_text");
	expect_name(K(0x1000000), 90 * S, "newer");
	expect_name(K(0), 90 * S, "0xffffffff81000000");
}

/* As after privileges were dropped: all addresses are 0. */
static void test_kallsyms__hidden_later(void **state)
{
	(void)state;
	assert_int_equal(kallsyms_load(S), 0);
	write_file(kallsyms, "0000000000000000 T _text\n0000000000000000 t do_a\n");
	expect_name(K(0x200), 100 * S, "0xffffffff81000200");
	expect_name(K(0x100), 200 * S, "do_a");
	assert_int_equal(unlink(kallsyms), 0);
	expect_name(K(0x200), 300 * S, "0xffffffff81000200");
	expect_name(K(0x100), 300 * S, "do_a");
}

static void test_kallsyms__none(void **state)
{
	static const char *const contents[] = {"", "0000000000000000 T _text\n",
					       "ffffffff81000000 D data\n", NULL};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
		kallsyms_forget();
		if (contents[i])
			write_file(kallsyms, contents[i]);
		else
			lookup_paths.kallsyms = folder; /* opens, but cannot be read */
		assert_int_equal(kallsyms_load(S), 0);
		expect_name(K(0), S, "0xffffffff81000000");
	}
	lookup_paths.kallsyms = "/nonexistent/kallsyms";
	kallsyms_forget();
	assert_int_equal(kallsyms_load(S), 0);
	expect_name(K(0), S, "0xffffffff81000000");
}

/* Asks while others make it read; returns NULL where all was well. */
static void *ask_often(void *start)
{
	for (uint64_t now_ns = S; now_ns < 6000 * S; now_ns += 30 * S) {
		_cleanup_buf_ struct buf out = BUF_INIT;

		if (kallsyms_load(now_ns) < 0 || kallsyms_write(K(0x200), now_ns, &out) < 0 ||
		    kallsyms_write(K(0x100), now_ns, &out) < 0 ||
		    strcmp(buf_string(&out), "0xffffffff81000200do_a") != 0)
			return start;
	}
	return NULL;
}

static void test_kallsyms__threads(void **state)
{
	pthread_t threads[4];
	void *bad;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, threads), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &bad), 0);
		assert_null(bad);
	}
}

static void test_ksym__decoder(void **state)
{
	struct one o = one_of(&decoder_ksym, DATUM_NUMBER, 8);

	(void)state;
	assert_int_equal(one_init(&o), 0);
	assert_true(o.d.is_lossy && o.d.is_merging && o.d.ops->is_changing);
	assert_int_equal(unlink(kallsyms), 0); /* init has read it */
	one_expect_number(&o, K(0x101), false, "do_a");
	one_expect_number(&o, K(0x101), true, "do_a");
	one_expect_number(&o, 5, false, "0x5");
	one_done(&o);
}

/* A function of this kernel, by its own word. */
static void test_ksym__here(void **state)
{
	_cleanup_(fclosep) FILE *f = fopen(real_kallsyms, "re");
	struct one o = one_of(&decoder_ksym, DATUM_NUMBER, 8);
	char line[1024], name[256], type;
	unsigned long long address = 0;
	uint64_t start_ns;

	(void)state;
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx %c %255s", &address, &type, name) == 3 &&
		    !strcmp(name, "vfs_read"))
			break;
	if (!f || strcmp(name, "vfs_read") != 0 || !address) {
		print_message("the kernel's addresses cannot be seen here\n");
		skip();
	}
	lookup_paths.kallsyms = real_kallsyms;
	start_ns = clock_mono_ns();
	assert_int_equal(one_init(&o), 0);
	print_message("kallsyms read in %llu us\n",
		      (unsigned long long)(clock_mono_ns() - start_ns) / 1000);
	one_expect_number(&o, address, false, "vfs_read");
	one_expect_number(&o, address + 4, false, "vfs_read");
	one_done(&o);
}

static void test_stack__arrays(void **state)
{
	static const uint64_t full[] = {K(0x101), K(0x181), 0x1000, K(0)};
	static const uint64_t part[] = {K(0x401), 0, K(0), K(0)};
	static const uint64_t none[4] = {0};
	static const uint64_t deep[200] = {[0 ... 199] = 0xa};
	struct one o = one_of(&decoder_stack, DATUM_BYTES, sizeof(full));
	char unaligned[1 + sizeof(full)], expected[127 * 4];

	(void)state;
	assert_int_equal(one_init(&o), 0);
	assert_true(o.d.is_lossy && o.d.is_merging && o.d.ops->is_changing);
	one_expect_bytes(&o, DATUM_BYTES, full, sizeof(full), "_text;0x1000;do_b.cold;do_a");
	one_expect_bytes(&o, DATUM_BYTES, part, sizeof(part), "weak");
	one_expect_bytes(&o, DATUM_BYTES, none, sizeof(none), "");
	memcpy(unaligned + 1, full, sizeof(full));
	one_expect_bytes(&o, DATUM_BYTES, unaligned + 1, sizeof(full),
			 "_text;0x1000;do_b.cold;do_a");
	for (int i = 0; i < 127; i++)
		memcpy(expected + 4 * i, "0xa;", 4);
	expected[sizeof(expected) - 1] = '\0';
	one_expect_bytes(&o, DATUM_BYTES, deep, sizeof(deep), expected);
	one_done(&o);
}

/* Traces of another map. */
struct traces {
	struct stack_map map;
	unsigned int n_asked;
	bool is_open;
	int failure; /* of open and of find */
	uint64_t innermost;
};

static int find_trace(struct stack_map *m, uint32_t id, uint64_t *addresses, size_t max,
		      size_t *ret_n)
{
	struct traces *t = (struct traces *)m;

	t->n_asked++;
	assert_int_equal(max, 127);
	if (t->failure)
		return t->failure;
	if (id != 7)
		return -ENOENT;
	addresses[0] = t->innermost;
	addresses[1] = K(0x401);
	*ret_n = 2;
	return 0;
}

static void close_traces(struct stack_map *m)
{
	((struct traces *)m)->is_open = false;
}

static int open_traces(void *ctx, const char *map, struct stack_map **ret_map, struct err *e)
{
	struct traces *t = ctx;

	if (t->failure == -ENOMEM)
		return -ENOMEM;
	if (t->failure)
		return err_set(e, t->failure, "no map '%s'", map);
	t->map = (struct stack_map){.find = find_trace, .close = close_traces};
	t->is_open = true;
	*ret_map = &t->map;
	return 0;
}

static struct one stack_by_id(struct stack_provider *p)
{
	struct one o = one_of(&decoder_stack, DATUM_NUMBER, 4);

	o.config.stack_map = (char *)"traces";
	o.stacks = p;
	return o;
}

static void test_stack__ids(void **state)
{
	struct traces t = {.innermost = K(0x101)};
	struct stack_provider p = {.ctx = &t, .open = open_traces};
	struct one o = stack_by_id(&p);

	(void)state;
	assert_int_equal(one_init(&o), 0);
	assert_true(t.is_open);
	for (int i = 0; i < 3; i++) {
		one_expect_number(&o, 7, false, "weak;do_a");
		one_expect_number(&o, 7, true, "weak;do_a");
		one_expect_number(&o, 8, false, "8");
		one_expect_number(&o, (uint64_t)-EFAULT, true, "-14");
		one_expect_number(&o, (uint32_t)-EFAULT, false, "4294967282");
		one_expect_number(&o, UINT64_C(1) << 32 | 7, false, "4294967303");
	}
	assert_int_equal(t.n_asked, 2);
	one_done(&o);
	assert_false(t.is_open);
}

/* An id may be used again, and a trace may come. */
static void test_stack__ids_are_forgotten(void **state)
{
	struct traces t = {.innermost = K(0x101)};
	struct stack_provider p = {.ctx = &t, .open = open_traces};
	struct one o = stack_by_id(&p);
	struct timespec pause = {.tv_sec = 2, .tv_nsec = 50000000};

	(void)state;
	assert_int_equal(one_init(&o), 0);
	t.failure = -EACCES;
	one_expect_number(&o, 7, false, "7");
	t.failure = 0;
	one_expect_number(&o, 7, false, "7");
	(void)nanosleep(&pause, NULL);
	one_expect_number(&o, 7, false, "weak;do_a");
	t.innermost = K(0x181);
	one_expect_number(&o, 7, false, "weak;do_a");
	(void)nanosleep(&pause, NULL);
	one_expect_number(&o, 7, false, "weak;do_b.cold");
	assert_int_equal(t.n_asked, 3);
	one_done(&o);
}

static void test_stack__only_checked(void **state)
{
	struct one o = stack_by_id(NULL);

	(void)state;
	assert_int_equal(one_init(&o), 0);
	one_expect_number(&o, 7, false, "7");
	one_done(&o);
}

static void test_stack__open_fails(void **state)
{
	struct traces t = {.failure = -EPERM};
	struct stack_provider p = {.ctx = &t, .open = open_traces};
	struct one o = stack_by_id(&p);

	(void)state;
	one_expect_refusal(o, "f:2:3: no map 'traces'");
	t.failure = -ENOMEM;
	assert_int_equal(one_init(&o), -ENOMEM);
	one_done(&o);
	assert_int_equal(o.problems.n, 0);
}

static void test_ksym__what_they_need(void **state)
{
	static const char array[] = "f:2:3: stack needs an array of 8-byte addresses, or an id and "
				    "{stack: {map: NAME}}";
	struct field element = {.kind = FIELD_UINT, .size = 4};
	struct field field = {.kind = FIELD_ARRAY, .size = 16, .members = &element};
	struct one o = one_of(&decoder_stack, DATUM_BYTES, 16);

	(void)state;
	one_expect_refusal(one_of(&decoder_ksym, DATUM_TEXT, 0),
			   "f:2:3: ksym needs an integer field");
	one_expect_refusal(one_of(&decoder_stack, DATUM_NUMBER, 4), array);
	one_expect_refusal(one_of(&decoder_stack, DATUM_TEXT, 0), array);
	one_expect_refusal(one_of(&decoder_stack, DATUM_BYTES, 12), array);
	o.shape.field = &field;
	one_expect_refusal(o, array);
	element.size = 8;
	assert_int_equal(one_init(&o), 0);
	one_done(&o);
	o = one_of(&decoder_stack, DATUM_BYTES, 16);
	o.config.stack_map = (char *)"traces";
	one_expect_refusal(o, "f:2:3: stack with a map needs an integer field, the trace's id");
}

static void test_ksym__no_memory(void **state)
{
	struct traces t = {.innermost = K(0x101)};
	struct stack_provider p = {.ctx = &t, .open = open_traces};

	(void)state;
	one_try_without_memory(one_of(&decoder_ksym, DATUM_NUMBER, 8), K(0), kallsyms_forget);
	one_try_without_memory(one_of(&decoder_ksym, DATUM_NUMBER, 8), 1, kallsyms_forget);
	one_try_without_memory(stack_by_id(&p), 7, kallsyms_forget);
	one_try_without_memory(stack_by_id(&p), 8, kallsyms_forget);
	t.failure = 0;
	assert_false(t.is_open);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kallsyms__names),
		TEST(test_kallsyms__when_it_reads),
		TEST(test_kallsyms__hidden_later),
		TEST(test_kallsyms__none),
		TEST(test_kallsyms__threads),
		TEST(test_ksym__decoder),
		TEST(test_ksym__here),
		TEST(test_stack__arrays),
		TEST(test_stack__ids),
		TEST(test_stack__ids_are_forgotten),
		TEST(test_stack__only_checked),
		TEST(test_stack__open_fails),
		TEST(test_ksym__what_they_need),
		TEST(test_ksym__no_memory),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
