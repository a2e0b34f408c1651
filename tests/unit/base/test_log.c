// SPDX-License-Identifier: GPL-2.0-only
/* Standard error is turned into a pipe, so that whole lines can be compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "support/alloc_fault.h"

#define LINE_SIZE 8192

static struct {
	int pipe[2], saved;
	char text[2 * LINE_SIZE];
} captured;

static void capture_start(void)
{
	fflush(stderr);
	assert_int_equal(pipe(captured.pipe), 0);
	captured.saved = dup(STDERR_FILENO);
	dup2(captured.pipe[1], STDERR_FILENO);
	close(captured.pipe[1]);
}

/* What was written since, terminated. */
static const char *capture_end(void)
{
	size_t used = 0;
	ssize_t n;

	dup2(captured.saved, STDERR_FILENO);
	close(captured.saved);
	while ((n = read(captured.pipe[0], captured.text + used,
			 sizeof(captured.text) - 1 - used)) > 0)
		used += (size_t)n;
	captured.text[used] = '\0';
	close(captured.pipe[0]);
	return captured.text;
}

#define CAPTURE(...)                    \
	({                              \
		capture_start();        \
		log_write(__VA_ARGS__); \
		capture_end();          \
	})

/* The line without its time, whose form is checked. */
static const char *after_time(const char *line, const char *lead)
{
	static const char form[] = "0000-00-00T00:00:00.000Z";
	size_t lead_n = strlen(lead);

	assert_memory_equal(line, lead, lead_n);
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		char c = line[lead_n + i];

		if (form[i] == '0')
			assert_in_range(c, '0', '9');
		else
			assert_int_equal(c, form[i]);
	}
	return line + lead_n + sizeof(form) - 1;
}

static void test_log__names(void **state)
{
	static const char *const levels[] = {"debug", "info", "warn", "error"};
	static const char *const bad[] = {"", "Info", "inf", "warning", "debug "};
	enum log_format format = LOG_FORMAT_JSON;
	enum log_level level = LOG_LEVEL_WARN;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(log_level_parse(bad[i], &level), -EINVAL);
		assert_int_equal(level, LOG_LEVEL_WARN);
		assert_int_equal(log_format_parse(bad[i], &format), -EINVAL);
		assert_int_equal(format, LOG_FORMAT_JSON);
	}
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		assert_int_equal(log_level_parse(levels[i], &level), 0);
		assert_int_equal(level, i);
	}
	assert_int_equal(log_format_parse("logfmt", &format), 0);
	assert_int_equal(format, LOG_FORMAT_LOGFMT);
	assert_int_equal(log_format_parse("json", &format), 0);
	assert_int_equal(format, LOG_FORMAT_JSON);
}

static void test_log__levels(void **state)
{
	(void)state;
	for (int min = LOG_LEVEL_DEBUG; min <= LOG_LEVEL_ERROR; min++) {
		log_setup((enum log_level)min, LOG_FORMAT_LOGFMT);
		for (int level = LOG_LEVEL_DEBUG; level <= LOG_LEVEL_ERROR; level++) {
			const char *line = CAPTURE((enum log_level)level, "x", NULL);

			assert_int_equal(*line != '\0', level >= min);
		}
	}
}

static void test_log__logfmt(void **state)
{
	static const struct {
		const char *value, *expected;
	} cases[] = {
		{"plain", "plain"},
		{"/sys/fs/bpf/x", "/sys/fs/bpf/x"},
		{"", "\"\""},
		{"two words", "\"two words\""},
		{"a=b", "\"a=b\""},
		{"say \"hi\"", "\"say \\\"hi\\\"\""},
		{"back\\slash", "\"back\\\\slash\""},
		{"two\nlines", "\"two\\nlines\""},
		{"a\tb", "\"a\\u0009b\""},
		{"a\rb", "\"a\\u000db\""},
		{"\x1b[31m", "\"\\u001b[31m\""},
		{"\x7f", "\"\\u007f\""},
		{"\x01", "\"\\u0001\""},
		{"grün", "grün"},
	};

	(void)state;
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *line = CAPTURE(LOG_LEVEL_WARN, "the pin is gone", "left_out", NULL,
					   "pin", cases[i].value, NULL);
		char expected[256];

		snprintf(expected, sizeof(expected), " level=warn msg=\"the pin is gone\" pin=%s\n",
			 cases[i].expected);
		assert_string_equal(after_time(line, "ts="), expected);
	}
}

static void test_log__json(void **state)
{
	static const struct {
		const char *value, *expected;
	} cases[] = {
		{"plain", "plain"},
		{"", ""},
		{"two words", "two words"},
		{"say \"hi\"", "say \\\"hi\\\""},
		{"back\\slash", "back\\\\slash"},
		{"two\nlines", "two\\nlines"},
		{"\t\r\x01\x1f\x7f", "\\u0009\\u000d\\u0001\\u001f\\u007f"},
		{"grün", "grün"},
	};

	(void)state;
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *line = CAPTURE(LOG_LEVEL_ERROR, "x", "left_out", NULL, "a",
					   cases[i].value, "b", "1", NULL);
		char expected[256];

		snprintf(expected, sizeof(expected),
			 "\",\"level\":\"error\",\"msg\":\"x\",\"a\":\"%s\",\"b\":\"1\"}\n",
			 cases[i].expected);
		assert_string_equal(after_time(line, "{\"ts\":\""), expected);
	}
}

/* Checks one JSON object of texts; returns how many pairs it has. */
static size_t json_pairs(const char *p)
{
	size_t n_texts = 0;

	assert_int_equal(*p++, '{');
	for (;;) {
		assert_int_equal(*p++, '"');
		while (*p != '"') {
			assert_true((unsigned char)*p >= 0x20);
			if (*p == '\\' && p[1] == 'u') {
				assert_int_equal(strspn(p + 2, "0123456789abcdef") >= 4, 1);
				p += 6;
			} else if (*p == '\\') {
				assert_non_null(strchr("\"\\n", p[1]));
				p += 2;
			} else {
				p++;
			}
		}
		p++;
		n_texts++;
		if (n_texts % 2)
			assert_int_equal(*p++, ':');
		else if (*p == ',')
			p++;
		else
			break;
	}
	assert_string_equal(p, "}\n");
	return n_texts / 2;
}

/* Whatever is cut where, a line is one whole line, and as JSON an object. */
static void test_log__long_lines_are_cut(void **state)
{
	static const char *const fillings[] = {"x", "\"", "\n", "\x01", "ü", "\xe2\x82\xac"};
	static char a[3 * LINE_SIZE];

	(void)state;
	for (int format = LOG_FORMAT_LOGFMT; format <= LOG_FORMAT_JSON; format++) {
		log_setup(LOG_LEVEL_INFO, (enum log_format)format);
		for (size_t n = 8000; n < 8300; n++) {
			const char *filling = fillings[n % ARRAY_SIZE(fillings)];
			size_t step = strlen(filling), width = *filling == '\x01' ? 6
							       : *filling == 'x'  ? 1
										  : 2;
			const char *line;
			size_t used = 0;

			if (step > 1)
				width = step;
			for (size_t i = 0; i < n / width; i++, used += step)
				memcpy(a + used, filling, step);
			a[used] = '\0';
			line = CAPTURE(LOG_LEVEL_WARN, "cut", "a", a, "bb", "\"q\"", "ccc", "c",
				       NULL);
			assert_in_range(strlen(line), 1000, LINE_SIZE);
			assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
			if (format == LOG_FORMAT_JSON)
				assert_in_range(json_pairs(line), 3, 6);
		}
	}
}

static void test_log__cut_with_many_pairs(void **state)
{
	static char a[3 * LINE_SIZE];
	const char *line;

	(void)state;
	memset(a, 'y', sizeof(a) - 1);
	for (int format = LOG_FORMAT_LOGFMT; format <= LOG_FORMAT_JSON; format++) {
		log_setup(LOG_LEVEL_INFO, (enum log_format)format);
		line = CAPTURE(LOG_LEVEL_WARN, a, "a", a, "b", a, "c", a, "d", "e", "f", "g", NULL);
		assert_in_range(strlen(line), LINE_SIZE - 16, LINE_SIZE);
		assert_null(strstr(line, "a="));
		assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
		if (format == LOG_FORMAT_JSON)
			assert_int_equal(json_pairs(line), 3);
	}
}

static void test_log__allocates_nothing(void **state)
{
	(void)state;
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT);
	capture_start();
	alloc_fault_arm(0);
	log_write(LOG_LEVEL_WARN, "x y", "a", "b\n", NULL);
	assert_false(alloc_fault_disarm());
	assert_string_not_equal(capture_end(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log__names),
		cmocka_unit_test(test_log__levels),
		cmocka_unit_test(test_log__logfmt),
		cmocka_unit_test(test_log__json),
		cmocka_unit_test(test_log__long_lines_are_cut),
		cmocka_unit_test(test_log__cut_with_many_pairs),
		cmocka_unit_test(test_log__allocates_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
