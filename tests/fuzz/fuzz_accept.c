// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any header gets one of the formats there are, and one that says so. What
 * means nothing changes nothing: the case of letters, blanks, empty and
 * malformed items of the list. What is asked for alone is what is got.
 */
#include <ctype.h>

/* The formats there are. */
#include "../../src/render/renderer_internal.h"
#include "choices.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct verdict {
	struct format format;
	bool gzip;
};

static struct verdict judge(const char *header)
{
	return (struct verdict){format_negotiate(header), format_takes_gzip(header)};
}

static struct verdict judge_joined(const char *first, const char *second)
{
	_cleanup_buf_ struct buf joined = BUF_INIT;

	CHECK(buf_puts(&joined, first) == 0 && buf_puts(&joined, second) == 0);
	return judge(buf_string(&joined));
}

static void check_same(const struct verdict *a, const struct verdict *b)
{
	CHECK(a->format.renderer == b->format.renderer);
	CHECK(a->format.escaping == b->format.escaping);
	CHECK(a->format.names_escaping == b->format.names_escaping);
	CHECK(a->gzip == b->gzip);
}

static void check_format(const struct format *f)
{
	size_t i = 0;

	while (renderers[i] && renderers[i] != f->renderer)
		i++;
	CHECK(renderers[i]);
	CHECK((unsigned int)f->escaping < N_ESCAPINGS && !f->has_created);
	CHECK(f->names_escaping || f->escaping == ESCAPING_UNDERSCORES);
}

/* Asking for what an answer says of itself gets that. */
static void check_content_type(const struct format *f)
{
	_cleanup_buf_ struct buf type = BUF_INIT, again = BUF_INIT;
	struct format same;

	CHECK(format_content_type(f, &type) == 0 && buf_string(&type));
	for (size_t i = 0; i < type.len; i++)
		CHECK(isprint((unsigned char)type.data[i]) && type.data[i] != ',' &&
		      type.data[i] != '"');
	CHECK(strchr(type.data, '/') == strrchr(type.data, '/') && strstr(type.data, "; "));
	CHECK((strstr(type.data, "; escaping=") != NULL) == f->names_escaping);
	same = format_negotiate(type.data);
	CHECK(format_content_type(&same, &again) == 0 && buf_string(&again));
	CHECK(!strcmp(type.data, again.data));
}

/* Whether a quote stays open, so that what is appended belongs to it. */
static bool is_open(const char *p)
{
	bool in_quotes = false;

	for (; *p; p++) {
		if (*p == '"')
			in_quotes = !in_quotes;
		else if (in_quotes && *p == '\\' && p[1])
			p++;
	}
	return in_quotes;
}

static void check_nothing_changes(const char *header, const struct verdict *is)
{
	static const char *const appended[] = {
		" ",
		"\t",
		",",
		" , ,,",
		",text/plain;q",
		",application/vnd.google.protobuf;q=x",
		",*/x;q=1",
		",*/*;a=\"b\"c",
		",application/openmetrics-text;a b=c,gzip;q=.5",
		", \"*/*\"",
	};
	static const char *const prepended[] = {
		" ", "\t,", ",", "text/plain;q=1e-1,", "*/*;=,", "*/*;a=\"\\\",\"c,", ";,",
	};

	for (size_t i = 0; i < ARRAY_SIZE(appended); i++) {
		struct verdict v = judge_joined(header, appended[i]);

		check_same(is, &v);
	}
	for (size_t i = 0; i < ARRAY_SIZE(prepended); i++) {
		struct verdict v = judge_joined(prepended[i], header);

		check_same(is, &v);
	}
}

static void check_case(const char *header, const struct verdict *is)
{
	_cleanup_(freep) char *copy = strdup(header);
	struct verdict upper, lower;

	CHECK(copy);
	for (char *p = copy; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	upper = judge(copy);
	check_same(is, &upper);
	for (char *p = copy; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	lower = judge(copy);
	check_same(is, &lower);
}

/* A range that nothing is more wanted than and more specific than decides. */
static void check_best_wins(const char *header, const struct verdict *is)
{
	static const char best[] = "application/vnd.google.protobuf;encoding=delimited;"
				   "proto=io.prometheus.client.MetricFamily;escaping=values,"
				   "gzip,";
	struct verdict v = judge_joined(best, header);

	CHECK(v.format.renderer == &renderer_protobuf);
	CHECK(v.format.names_escaping && v.format.escaping == ESCAPING_VALUES && v.gzip);
	v = judge_joined("gzip;q=0,", header);
	CHECK(!v.gzip && v.format.renderer == is->format.renderer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *header = strndup((const char *)data, size);
	struct verdict is;

	CHECK(header);
	is = judge(header);
	check_format(&is.format);
	check_content_type(&is.format);
	check_case(header, &is);
	check_best_wins(header, &is);
	if (!is_open(header))
		check_nothing_changes(header, &is);
	return 0;
}
