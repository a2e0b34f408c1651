/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SUPPORT_PROTOBUF_READ_H
#define SUPPORT_PROTOBUF_READ_H

/* Protobuf messages taken apart, by nothing that writes them. */
#include <stdint.h>

#include "base/buf.h"

enum protobuf_wire { PROTOBUF_VARINT = 0, PROTOBUF_DOUBLE = 1, PROTOBUF_BYTES = 2 };

struct protobuf_field {
	uint64_t number;
	enum protobuf_wire wire;
	uint64_t varint;
	double real;
	struct str bytes;
};

/* Each cuts what it reads off @rest. Return: 1, 0 at the end, or -EINVAL where it is none. */
int protobuf_next(struct str *rest, struct protobuf_field *ret);
int protobuf_next_delimited(struct str *rest, struct str *ret_message);

/* What a sint32 or sint64 is. */
int64_t protobuf_signed(uint64_t varint);

/*
 * protobuf_print() - append each of these MetricFamily messages, a line each:
 * `name="x" type=1 metric={label={name="k" value="v"} gauge={value=1.5}}`.
 * Fields have the names of io.prometheus.client, and come as they are written.
 *
 * Return: 0, or -EINVAL where a field is unknown, of another type, or cut off.
 */
int protobuf_print(struct str messages, struct buf *out);

#endif
