// SPDX-License-Identifier: GPL-2.0-only
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"

#define LINE_SIZE 8192

/*
 * A line being written. From the first character that does not fit, nothing
 * more is put in, and a pair whose text has not begun is taken back, so that a
 * line that was cut is still one that programs can read. The room beyond
 * LINE_ROOM is for what must end it all the same: a quote, a brace, the newline.
 */
#define LINE_ROOM (LINE_SIZE - 8)

struct line {
	char text[LINE_SIZE];
	size_t len;
	bool is_full;
};

static enum log_level log_min = LOG_LEVEL_INFO;
static enum log_format log_style = LOG_FORMAT_LOGFMT;
static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const char *const format_names[] = {"logfmt", "json"};

void log_setup(enum log_level level, enum log_format format)
{
	log_min = level;
	log_style = format;
}

static int find_name(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, names[i]))
			return (int)i;
	return -EINVAL;
}

int log_level_parse(const char *name, enum log_level *ret_level)
{
	int i = find_name(name, level_names, ARRAY_SIZE(level_names));

	if (i < 0)
		return i;
	*ret_level = (enum log_level)i;
	return 0;
}

int log_format_parse(const char *name, enum log_format *ret_format)
{
	int i = find_name(name, format_names, ARRAY_SIZE(format_names));

	if (i < 0)
		return i;
	*ret_format = (enum log_format)i;
	return 0;
}

/* All of it or nothing. */
static void line_put(struct line *l, const char *s, size_t n)
{
	if (l->is_full || l->len + n > LINE_ROOM) {
		l->is_full = true;
		return;
	}
	memcpy(l->text + l->len, s, n);
	l->len += n;
}

static void line_puts(struct line *l, const char *s)
{
	line_put(l, s, strlen(s));
}

static bool is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

/* Bytes of the character that @s starts with, so that none is cut in two. */
static size_t char_length(const char *s)
{
	size_t n = 1;

	while ((unsigned char)s[0] >= 0x80 && n < 4 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* As JSON does, which logfmt readers take too. */
static void line_text(struct line *l, const char *s)
{
	while (*s && !l->is_full) {
		char escape[JSON_ESCAPE_MAX];
		size_t n_escape = json_escape(escape, (unsigned char)*s), n = char_length(s);

		if (n_escape)
			line_put(l, escape, n_escape);
		else
			line_put(l, s, n);
		s += n;
	}
}

static void line_quote(struct line *l, const char *s)
{
	line_puts(l, "\"");
	if (l->is_full)
		return;
	line_text(l, s);
	l->text[l->len++] = '"';
}

static bool needs_quotes(const char *s)
{
	if (!*s || strpbrk(s, " =\"\\"))
		return true;
	while (*s && !is_control((unsigned char)*s))
		s++;
	return *s;
}

static void line_pair(struct line *l, const char *name, const char *text)
{
	bool is_json = log_style == LOG_FORMAT_JSON, quotes = is_json || needs_quotes(text);
	size_t start = l->len;

	line_puts(l, !is_json ? l->len ? " " : "" : l->len ? "," : "{");
	if (is_json)
		line_quote(l, name);
	else
		line_puts(l, name);
	line_puts(l, is_json ? ":" : "=");
	if (l->is_full || l->len == LINE_ROOM) {
		l->is_full = true;
		l->len = start;
	} else if (quotes) {
		line_quote(l, text);
	} else {
		line_text(l, text);
	}
}

static void line_time(struct line *l)
{
	struct timespec now;
	struct tm tm;
	char day[40], text[64];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%03ldZ", day, now.tv_nsec / 1000000);
	line_pair(l, "ts", text);
}

void log_write(enum log_level level, const char *msg, ...)
{
	struct line l = {.len = 0};
	va_list args;

	if (level < log_min)
		return;
	line_time(&l);
	line_pair(&l, "level", level_names[level]);
	line_pair(&l, "msg", msg);
	va_start(args, msg);
	for (const char *name; (name = va_arg(args, const char *));) {
		const char *text = va_arg(args, const char *);

		if (text)
			line_pair(&l, name, text);
	}
	va_end(args);
	if (log_style == LOG_FORMAT_JSON)
		l.text[l.len++] = '}';
	l.text[l.len++] = '\n';
	/* Nobody is there to hear that the log cannot be written. */
	if (write(STDERR_FILENO, l.text, l.len) < 0)
		return;
}
