// SPDX-License-Identifier: GPL-2.0-only
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define LINE_SIZE 8192

/*
 * A line being written. What does not fit is cut; the room beyond LINE_ROOM is
 * for what must end a line all the same: two quotes, a brace, the newline.
 */
#define LINE_ROOM (LINE_SIZE - 8)

struct line {
	char text[LINE_SIZE];
	size_t len;
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

static void line_put(struct line *l, const char *s, size_t n)
{
	size_t room = l->len < LINE_ROOM ? LINE_ROOM - l->len : 0;

	if (n > room)
		n = room;
	memcpy(l->text + l->len, s, n);
	l->len += n;
}

static void line_puts(struct line *l, const char *s)
{
	line_put(l, s, strlen(s));
}

/* Control characters, quotes and backslashes are escaped as JSON does, which logfmt readers take
 * too. */
static void line_quote(struct line *l, const char *s)
{
	line_puts(l, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		char escape[8];

		if (c == '"' || c == '\\')
			snprintf(escape, sizeof(escape), "\\%c", c);
		else if (c == '\n')
			snprintf(escape, sizeof(escape), "\\n");
		else if (c < 0x20 || c == 0x7f)
			snprintf(escape, sizeof(escape), "\\u%04x", c);
		else
			snprintf(escape, sizeof(escape), "%c", c);
		line_puts(l, escape);
	}
	l->text[l->len++] = '"';
}

static void line_pair(struct line *l, const char *name, const char *text)
{
	if (l->len >= LINE_ROOM)
		return;
	if (log_style == LOG_FORMAT_JSON) {
		line_puts(l, l->len ? "," : "{");
		line_quote(l, name);
		line_puts(l, ":");
		line_quote(l, text);
		return;
	}
	if (l->len)
		line_puts(l, " ");
	line_puts(l, name);
	line_puts(l, "=");
	if (*text && !strpbrk(text, " =\"\\\n\t\r"))
		line_puts(l, text);
	else
		line_quote(l, text);
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
