/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * Errors, on one page.
 *
 * A function returns 0 on success, -errno on failure, passed up unchanged,
 * and a positive value for a condition that its comment names and that the
 * caller must handle. One whose failure a user must read takes a struct err
 * last and says in a sentence what is wrong, where, and what to do. Layers
 * below `collect` never log: they fill a struct err.
 */

#define ERR_TEXT_SIZE 4096

struct err {
	char text[ERR_TEXT_SIZE]; /* "" or a sentence, always terminated */
};

/* err_set() - replace the message; returns @code. @e may be NULL. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* err_wrap() - put context and ": " before the message; returns @code. */
int err_wrap(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * err_name() - what -errno means in words, also for ENOTSUPP (524), which
 * the C library does not know. The text is static or thread-local.
 */
const char *err_name(int code);

#endif
