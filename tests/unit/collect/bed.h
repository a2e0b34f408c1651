/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_COLLECT_BED_H
#define TEST_COLLECT_BED_H

/* A configuration over a world of twins, and what is shown of it. Included by the tests of this
 * folder. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "collect/families_internal.h"
#include "collect/map_pass_internal.h"
#include "render/render.h"
#include "support/alloc_fault.h"
#include "support/twins.h"

static inline struct config *config_of(const char *text)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	struct config *c = NULL;

	if (config_parse("test.yml", str_of(text), &c, &problems) < 0)
		fail_msg("%s", problems.n ? problems.items[0] : "no memory");
	return c;
}

/* The exposition as text, for the caller to free. */
static inline char *exposition_text(struct exposition *x)
{
	_cleanup_(render_freep) struct render *r = render_new(x, &format_text);
	struct buf text = BUF_INIT;
	char piece[4096];
	ssize_t n;

	assert_non_null(r);
	while ((n = render_read(r, piece, sizeof(piece))) > 0)
		assert_int_equal(buf_append(&text, piece, (size_t)n), 0);
	assert_int_equal(n, 0);
	return buf_take(&text);
}

static inline bool has_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *p = text; (p = strstr(p, line)); p++)
		if ((p == text || p[-1] == '\n') && p[n] == '\n')
			return true;
	return false;
}

#define assert_line(text, line)                                              \
	do {                                                                 \
		if (!has_line(text, line))                                   \
			fail_msg("there is no line %s in:\n%s", line, text); \
	} while (0)

#define assert_no_text(text, part)                                   \
	do {                                                         \
		if (strstr(text, part))                              \
			fail_msg("there is %s in:\n%s", part, text); \
	} while (0)

/* One configured map and its reader, without a collector. */
struct bed {
	struct config *config;
	struct collector_options options;
	struct map_reader reader;
	struct published *published;
};

static inline void bed_init(struct bed *b, const char *text)
{
	struct family ***families;

	twins_done(); /* a failed test leaves them */
	*b = (struct bed){.config = config_of(text)};
	b->options = (struct collector_options){
		.config = b->config, .open = twins_open, .glob = twins_glob};
	assert_int_equal(families_new(b->config, &families), 0);
	assert_int_equal(map_reader_init(&b->reader, &b->options, &b->config->maps[0], families[0]),
			 0);
	families_free(b->config, families);
}

static inline void bed_done(struct bed *b)
{
	published_free(b->published);
	map_reader_done(&b->reader);
	config_free(b->config);
	twins_done();
}

#define _cleanup_bed_ _cleanup_(bed_done)

static inline void bed_pass(struct bed *b)
{
	published_free(b->published);
	b->published = map_reader_pass(&b->reader);
	assert_non_null(b->published);
}

static inline const struct map_status *bed_status(const struct bed *b)
{
	assert_true(b->published->n >= 1);
	return &b->published->instances[0].status;
}

/* A pass, and the map's series as text. */
static inline char *bed_pass_text(struct bed *b)
{
	struct snapshot *snapshots[16];
	struct exposition *x;
	size_t n = 0;
	char *text;

	bed_pass(b);
	for (size_t i = 0; i < b->published->n; i++)
		if (b->published->instances[i].snapshot)
			snapshots[n++] = b->published->instances[i].snapshot;
	x = exposition_new(snapshots, n);
	assert_non_null(x);
	text = exposition_text(x);
	exposition_unref(x);
	return text;
}

/* A pass that logs; what it says. */
static inline char *bed_pass_log(struct bed *b)
{
	log_capture_begin();
	bed_pass(b);
	return log_capture_end();
}

/* A pass whose complaints do not matter: its series without HELP and TYPE, for the caller to free.
 */
static inline char *bed_samples(struct bed *b)
{
	char *text, *to;

	log_capture_begin();
	text = to = bed_pass_text(b);
	free(log_capture_end());
	for (char *line = text, *next; *line; line = next) {
		next = strchr(line, '\n') + 1;
		if (*line != '#') {
			memmove(to, line, (size_t)(next - line));
			to += next - line;
		}
	}
	*to = '\0';
	return text;
}

static inline void bed_expect(struct bed *b, const char *expected)
{
	_cleanup_(freep) char *text = bed_samples(b);

	if (strcmp(text, expected) != 0)
		fail_msg("there is\n%sinstead of\n%s", text, expected);
}

/* A layout that is one number. */
static inline struct layout *scalar(uint32_t size)
{
	struct layout *l = layout_new();

	assert_non_null(l);
	l->root = (struct field){.kind = FIELD_UINT, .size = size};
	return l;
}

#endif
