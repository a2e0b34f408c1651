/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * Log lines on standard error, as logfmt or JSON. Only `collect` and the
 * programs above it log. A line is one write(2), so that lines of several
 * threads do not mix, and it allocates nothing.
 */
#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };
enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

/* log_setup() - process-wide; before threads start. Default: info, logfmt. */
void log_setup(enum log_level level, enum log_format format);

/* log_*_parse() - by name. Return: 0 or -EINVAL. */
int log_level_parse(const char *name, enum log_level *ret_level);
int log_format_parse(const char *name, enum log_format *ret_format);

/*
 * log_write() - one line. After @msg come pairs of names and texts, ended by
 * NULL: log_write(LOG_LEVEL_WARN, "the pin is gone", "pin", path, NULL).
 * A pair whose text is NULL is left out. Lines over 8 KiB are cut.
 */
void log_write(enum log_level level, const char *msg, ...) __attribute__((sentinel));

#endif
