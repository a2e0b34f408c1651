/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SUPPORT_EXPOSITION_READ_H
#define SUPPORT_EXPOSITION_READ_H

/*
 * Small readers of the formats, which share nothing with what writes them.
 * Each appends what it reads as plain lines, so that it can be compared:
 *
 *	type "my.h" histogram		as also help, unit; and `eof` alone
 *	sample "my.h_bucket"{"le"="1"} 5
 *
 * and, since protobuf has neither,
 *
 *	family "my.h" 4 "help" "unit"
 *	metric{"a"="b"} 0x1.8p+0	the value of a counter or gauge
 *	start 1700000000.5		as also count, sum
 *	bucket 0x1p+0 5
 *	zero 0x0p+0 1			of a native histogram
 *	native -3 85			bucket -3; none: `native`
 *
 * Return: 0 or -EINVAL.
 */
#include "base/buf.h"

int exposition_read_text(struct str text, struct buf *out);
int exposition_read_protobuf(struct str messages, struct buf *out);

/* What the lines are made of: a text in quotes, and a double that is told from any other. */
int exposition_put_text(struct buf *out, struct str text);
int exposition_put_double(struct buf *out, const char *before, double v);

#endif
