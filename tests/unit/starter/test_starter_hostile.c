// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that YAML, the configuration or Prometheus takes for something else,
 * and layouts as large as they get: started_run() finds every mistake.
 */
#include "started.h"

static void run(const struct started_map *maps, size_t n)
{
	struct started s;

	started_run(&s, maps, n);
	started_done(&s);
}

static void test_starter__names_of_pins(void **state)
{
	static const char *const names[] = {
		"a b",	     " a",	"a ",	  "a: b",     "a:",	     "a #b",
		"#a",	     "\"",	"'",	  "a'b\"c",   "a\\b",	     "a\\",
		"new\nline", "\n",	"tab\tb", "\x01\x7f", "caf\xc3\xa9", "\xe2\x82\xac",
		"-",	     "- a",	"--- ",	  "...",      "null",	     "Null",
		"~",	     "yes",	"no",	  "true",     "False",	     "1",
		"0x10",	     "1e9",	".inf",	  "{a",	      "}",	     "[a",
		"]",	     "a, b",	"&a",	  "!a",	      "%d%s%n",	     "@a",
		"`a",	     "|",	">",	  "<<",	      "=",	     "$1",
		"le",	     "_",	"___",	  ".",	      "bpfmap_up",   "process_x",
		"x_bucket",  "x_total",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char pin[64], folder[64];
		struct started_map maps[] = {
			{.locator = pin,
			 .key = "u32",
			 .value = "{u64:packets u64[4]:drops u32[16]:slots}"},
			{.locator = folder, .key = "u32", .value = "{u64:packets}"},
			{.locator = pin, .key = "u32", .value = "u64"},
		};
		struct started s;

		snprintf(pin, sizeof(pin), "/sys/fs/bpf/%s", names[i]);
		snprintf(folder, sizeof(folder), "/sys/fs/bpf/%s/stats", names[i]);
		started_run(&s, maps, ARRAY_SIZE(maps));
		assert_string_equal(s.config->maps[0].pin, pin);
		assert_string_equal(s.config->maps[1].pin, folder);
		started_done(&s);
	}
}

/* YAML has no bytes that are no text: it is another pin, but a valid configuration. */
static void test_starter__pins_that_are_no_text(void **state)
{
	static const char *const pins[] = {"/sys/fs/bpf/\xff\xfe", "/sys/fs/bpf/a\xc3",
					   "/sys/fs/bpf/\xed\xa0\x80/stats"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pins); i++) {
		struct started_map map = {.locator = pins[i], .key = "u32", .value = "u64"};

		run(&map, 1);
	}
}

static void test_starter__longest_pin(void **state)
{
	char pin[1024] = "/sys/fs/bpf/";
	struct started_map map = {.locator = pin, .key = "u32", .value = "{u64:packets}"};
	size_t n = strlen(pin);

	(void)state;
	memset(pin + n, 'x', 255);
	pin[n + 255] = '/';
	memset(pin + n + 256, 'y', 255);
	run(&map, 1);
}

static void test_starter__names_of_fields(void **state)
{
	static const char *const names[] = {
		"null",	 "Null", "NULL",    "true",	 "True",  "false", "yes",     "no",
		"on",	 "off",	 "y",	    "n",	 "key",	  "value", "le",      "quantile",
		"map",	 "pin",	 "name",    "index",	 "_",	  "__",	   "___1",    "__name__",
		"count", "sum",	 "bucket",  "total",	 "info",  "_1",	   "x_total", "x_info",
		"inf",	 "nan",	 "e1",	    "f.x",	 "f.x.y", "key.x", "value.x", "Key",
		"bytes", "ns",	 "seconds", "timestamp", "n",	  "nr",	   "max",     "v6",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char key[64], value[128];
		struct started_map map = {.key = key, .value = value};

		snprintf(key, sizeof(key), "{u32:%s u32:other}", names[i]);
		snprintf(value, sizeof(value), "{u64:%s u64:packets_ u32[8]:slots}", names[i]);
		run(&map, 1);
		snprintf(key, sizeof(key), "{{u8:a u8:b}:%s}", names[i]);
		snprintf(value, sizeof(value), "{{u64:a}[4]:%s char8:%s_ enum4:e bool:f}", names[i],
			 names[i]);
		run(&map, 1);
		snprintf(value, sizeof(value), "{u32[16]:%s_ u32:pid}", names[i]);
		run(&map, 1);
		snprintf(key, sizeof(key), "{u32:%s u32:other}", names[i]);
		snprintf(value, sizeof(value), "{u64:packets_}");
		run(&map, 1);
		snprintf(key, sizeof(key), "{u32:only}");
		snprintf(value, sizeof(value), "{u32[16]:%s u32:pid}", names[i]);
		run(&map, 1);
	}
}

/* Different ones, which are the same for whoever splits them into words. */
static void test_starter__names_that_collide(void **state)
{
	static const struct started_map maps[] = {
		{.key = "{u32:a_b u32:aB u32:a__b u32:A_B u32:_a_b}",
		 .value = "{u64:rx_packets u64:rxPackets u64:rx_pkts u64:RX_PACKETS}"},
		{.key = "{u32:index u32:index_2 u32:address u32:address_2}",
		 .value = "{u64[2]:index u64[2]:index_2}"},
		{.key = "u32", .value = "u64[4]", .type = BPF_MAP_TYPE_ARRAY},
		{.key = "{{u32:id u32:x}:a {u32:id u32:x}:b u32:a_id u32:id}",
		 .value = "{{u64:packets u64:bytes}:a {u64:packets u64:bytes}:b u64:a_packets}"},
		{.key = "{be32:saddr be32:source be32:sip be32:src}", .value = "u64"},
		{.key = "u32",
		 .value = "{u32[16]:x_slots u64:x_bucket u64:x_sum u64:x_count u64:x}"},
		/* What a histogram shows beside its buckets. */
		{.key = "u32", .value = "{u32[16]:x_slots bool:x_bucket bool:x_sum bool:x_count}"},
		{.key = "u32", .value = "{bool:x_bucket bool:x_sum bool:x_count u32[16]:x_slots}"},
		{.key = "u32", .value = "{u64:x_total u64:x u64:x_info u32:x_id u64:total_x}"},
		{.key = "u32", .value = "{u64:_ u64:__ u64:___}"},
		{.key = "{u32:_ u32:__}", .value = "u64"},
		{.key = "{u32:name u32:name_1 u32:pin}", .value = "u64", .locator = "/sys/fs/*/a*"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		run(&maps[i], 1);
	for (size_t i = 0; i + STARTED_MAX <= ARRAY_SIZE(maps); i++)
		run(&maps[i], STARTED_MAX);
}

static void test_starter__longest_names(void **state)
{
	_cleanup_(freep) char *name = calloc(1, 512), *key = NULL, *value = NULL;
	struct started_map map = {0};

	(void)state;
	assert_non_null(name);
	memset(name, 'x', 500);
	assert_true(asprintf(&key, "{u32:%s {u32:%s}:%sa}", name, name, name) > 0);
	assert_true(asprintf(&value, "{u64:%s {u64:%s u32[16]:%s_slots}:%sa u32:%s_id}", name, name,
			     name, name, name) > 0);
	map.key = key;
	map.value = value;
	run(&map, 1);
}

/* Each part of a name as long as it can be: together they are more than a name may have. */
static void test_starter__longest_names_together(void **state)
{
	char folder[256] = "", name[256] = "", outer[501] = "", inner[501] = "";
	_cleanup_(freep) char *locator = NULL, *value = NULL;
	struct started_map map = {.key = "u32"};

	(void)state;
	memset(folder, 'f', 255);
	memset(name, 'm', 255);
	memset(outer, 'o', 500);
	memset(inner, 'i', 500);
	assert_true(asprintf(&locator, "/sys/fs/bpf/%s/%s", folder, name) > 0);
	assert_true(asprintf(&value, "{{u64:timestamp_%s u32[16]:%s_slots}:%sa}", inner, inner,
			     outer) > 0);
	map.locator = locator;
	map.value = value;
	run(&map, 1);
}

static char *repeat(const char *before, const char *field, size_t n, const char *after)
{
	struct buf text = BUF_INIT;

	buf_puts(&text, before);
	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%s_%zu ", field, i);
	assert_int_equal(buf_puts(&text, after), 0);
	return buf_take(&text);
}

static void test_starter__many_fields(void **state)
{
	static const char *const fields[] = {"u64:packets", "u32:if_id", "char16:comm",
					     "enum4:e",	    "bool:on",	 "u32[16]:slots",
					     "bytes8:blob", "u8/1:b"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		_cleanup_(freep) char *value = repeat("{", fields[i], 300, "}");
		_cleanup_(freep) char *key = repeat("{", "u8:k", 100, "}");
		struct started_map map = {.key = "u32", .value = value};

		run(&map, 1);
		map.key = key;
		map.may_merge = true; /* labels are too many */
		run(&map, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starter__names_of_pins),
		cmocka_unit_test(test_starter__pins_that_are_no_text),
		cmocka_unit_test(test_starter__longest_pin),
		cmocka_unit_test(test_starter__names_of_fields),
		cmocka_unit_test(test_starter__names_that_collide),
		cmocka_unit_test(test_starter__longest_names),
		cmocka_unit_test(test_starter__longest_names_together),
		cmocka_unit_test(test_starter__many_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
