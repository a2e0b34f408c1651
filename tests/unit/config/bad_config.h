/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_CONFIG_BAD_CONFIG_H
#define UNIT_CONFIG_BAD_CONFIG_H

/* Tables of wrong configurations, each with all that must be said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "config/config.h"

/* Beginnings; what follows starts in line 4, 7 (of LABEL 8, of FIELD 5). */
#define MAP	    "maps:\n- name: m\n  pin: /p\n"
#define METRIC	    MAP "  metrics:\n  - name: x_total\n    type: counter\n"
#define GAUGE	    MAP "  metrics:\n  - name: x\n    type: gauge\n"
#define LABEL	    METRIC "    labels:\n"
#define HISTOGRAM   MAP "  metrics:\n  - name: x\n    type: histogram\n"
#define SUMMARY	    MAP "  metrics:\n  - name: x\n    type: summary\n"
#define FIELD	    MAP "  key:\n"

/* What is known. */
#define GLOBAL_KEYS "refresh, at_scrape, max_series, max_label_bytes, read_timeout, state_dir"
#define MAP_KEYS                                                                                \
	"name, pin, map_name, map_id, read, refresh, at_scrape, cpu, where, evict_idle, "       \
	"max_series, max_label_bytes, on_limit, instances, key, value, packed, types, labels, " \
	"metrics"

struct bad_config {
	const char *name;
	const char *yaml;
	size_t n_bytes;
	const char *expected; /* line:column: message, a line each */
};

#define BAD(name, yaml, expected)                                       \
	{                                                               \
		"test_config__" #name, yaml, sizeof(yaml) - 1, expected \
	}

static void check_bad_config(void **state)
{
	const struct bad_config *c = *state;
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	_cleanup_buf_ struct buf found = BUF_INIT;
	struct config *config = NULL;
	int r = config_parse("f", (struct str){c->yaml, c->n_bytes}, &config, &problems);

	for (size_t i = 0; i < problems.n; i++) {
		assert_true(!strncmp(problems.items[i], "f:", 2));
		assert_int_equal(buf_printf(&found, "%s%s", i ? "\n" : "", problems.items[i] + 2),
				 0);
	}
	assert_string_equal(buf_string(&found), c->expected);
	assert_int_equal(r, -EINVAL);
	assert_null(config);
}

static int bad_config_run(const struct bad_config *cases, size_t n)
{
	_cleanup_(freep) struct CMUnitTest *tests = calloc(n, sizeof(*tests));

	for (size_t i = 0; tests && i < n; i++) {
		tests[i].name = cases[i].name;
		tests[i].test_func = check_bad_config;
		tests[i].initial_state = (void *)(uintptr_t)&cases[i];
	}
	return tests ? _cmocka_run_group_tests("cases", tests, n, NULL, NULL) : 1;
}

#endif
