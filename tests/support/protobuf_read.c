// SPDX-License-Identifier: GPL-2.0-only
#include "support/protobuf_read.h"

#include <endian.h>
#include <errno.h>

#include "base/num.h"

static int next_varint(struct str *rest, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < rest->n && i < 10; i++) {
		uint64_t digit = (unsigned char)rest->p[i] & 0x7f;

		if (i == 9 && digit > 1)
			return -EINVAL;
		v |= digit << 7 * i;
		if ((unsigned char)rest->p[i] & 0x80)
			continue;
		if (i && !digit)
			return -EINVAL; /* longer than it needs to be */
		*rest = (struct str){rest->p + i + 1, rest->n - i - 1};
		*ret = v;
		return 1;
	}
	return -EINVAL;
}

int protobuf_next_delimited(struct str *rest, struct str *ret_message)
{
	uint64_t n;

	if (!rest->n)
		return 0;
	if (next_varint(rest, &n) < 0 || n > rest->n)
		return -EINVAL;
	*ret_message = (struct str){rest->p, n};
	*rest = (struct str){rest->p + n, rest->n - n};
	return 1;
}

static int next_double(struct str *rest, double *ret)
{
	uint64_t bits;

	if (rest->n < sizeof(bits))
		return -EINVAL;
	memcpy(&bits, rest->p, sizeof(bits));
	bits = le64toh(bits);
	memcpy(ret, &bits, sizeof(bits));
	*rest = (struct str){rest->p + sizeof(bits), rest->n - sizeof(bits)};
	return 1;
}

int protobuf_next(struct str *rest, struct protobuf_field *ret)
{
	uint64_t tag;

	if (!rest->n)
		return 0;
	if (next_varint(rest, &tag) < 0 || tag >> 3 == 0)
		return -EINVAL;
	ret->number = tag >> 3;
	ret->wire = (enum protobuf_wire)(tag & 7);
	switch (tag & 7) {
	case PROTOBUF_VARINT:
		return next_varint(rest, &ret->varint);
	case PROTOBUF_DOUBLE:
		return next_double(rest, &ret->real);
	case PROTOBUF_BYTES:
		return protobuf_next_delimited(rest, &ret->bytes) == 1 ? 1 : -EINVAL;
	default:
		return -EINVAL;
	}
}

int64_t protobuf_signed(uint64_t varint)
{
	return (int64_t)(varint >> 1 ^ -(varint & 1));
}

enum kind { UNSIGNED = 1, SIGNED, REAL, TEXT, MESSAGE };

#define N_NUMBERS 16

/* The fields of a message, by number. */
struct member {
	const char *name;
	enum kind kind;
	const struct member *members;
};

static const struct member label[N_NUMBERS] = {
	[1] = {"name", TEXT, NULL},
	[2] = {"value", TEXT, NULL},
};

static const struct member timestamp[N_NUMBERS] = {
	[1] = {"seconds", UNSIGNED, NULL},
	[2] = {"nanos", UNSIGNED, NULL},
};

static const struct member gauge[N_NUMBERS] = {
	[1] = {"value", REAL, NULL},
};

static const struct member counter[N_NUMBERS] = {
	[1] = {"value", REAL, NULL},
	[3] = {"start", MESSAGE, timestamp},
};

static const struct member summary[N_NUMBERS] = {
	[1] = {"count", UNSIGNED, NULL},
	[2] = {"sum", REAL, NULL},
	[4] = {"start", MESSAGE, timestamp},
};

static const struct member bucket[N_NUMBERS] = {
	[1] = {"count", UNSIGNED, NULL},
	[2] = {"upper", REAL, NULL},
};

static const struct member span[N_NUMBERS] = {
	[1] = {"offset", SIGNED, NULL},
	[2] = {"length", UNSIGNED, NULL},
};

static const struct member histogram[N_NUMBERS] = {
	[1] = {"count", UNSIGNED, NULL},      [2] = {"sum", REAL, NULL},
	[3] = {"bucket", MESSAGE, bucket},    [5] = {"schema", SIGNED, NULL},
	[6] = {"zero_threshold", REAL, NULL}, [7] = {"zero_count", UNSIGNED, NULL},
	[12] = {"span", MESSAGE, span},	      [13] = {"delta", SIGNED, NULL},
	[15] = {"start", MESSAGE, timestamp},
};

static const struct member metric[N_NUMBERS] = {
	[1] = {"label", MESSAGE, label},	 [2] = {"gauge", MESSAGE, gauge},
	[3] = {"counter", MESSAGE, counter},	 [4] = {"summary", MESSAGE, summary},
	[7] = {"histogram", MESSAGE, histogram},
};

static const struct member family[N_NUMBERS] = {
	[1] = {"name", TEXT, NULL},	[2] = {"help", TEXT, NULL},
	[3] = {"type", UNSIGNED, NULL}, [4] = {"metric", MESSAGE, metric},
	[5] = {"unit", TEXT, NULL},
};

static enum protobuf_wire wire_of(enum kind kind)
{
	if (kind == REAL)
		return PROTOBUF_DOUBLE;
	return kind == TEXT || kind == MESSAGE ? PROTOBUF_BYTES : PROTOBUF_VARINT;
}

static int print_text(struct str text, struct buf *out)
{
	int r = buf_puts(out, "\"");

	for (size_t i = 0; r == 0 && i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			r = buf_puts(out, "\\");
		if (r == 0)
			r = text.p[i] == '\n' ? buf_puts(out, "\\n")
					      : buf_append(out, text.p + i, 1);
	}
	return r ? r : buf_puts(out, "\"");
}

static int print_real(double v, struct buf *out)
{
	char text[NUM_TEXT_MAX];

	return buf_append(out, text, num_write_double(text, v));
}

static int print_message(struct str message, const struct member *members, struct buf *out);

static int print_field(const struct protobuf_field *f, const struct member *members,
		       struct buf *out)
{
	const struct member *m = f->number < N_NUMBERS ? &members[f->number] : NULL;
	int r;

	if (!m || !m->name || f->wire != wire_of(m->kind))
		return -EINVAL;
	r = buf_printf(out, "%s=", m->name);
	if (r < 0)
		return r;
	switch (m->kind) {
	case UNSIGNED:
		return buf_printf(out, "%llu", (unsigned long long)f->varint);
	case SIGNED:
		return buf_printf(out, "%lld", (long long)protobuf_signed(f->varint));
	case REAL:
		return print_real(f->real, out);
	case TEXT:
		return print_text(f->bytes, out);
	default:
		r = buf_puts(out, "{");
		if (r == 0)
			r = print_message(f->bytes, m->members, out);
		return r ? r : buf_puts(out, "}");
	}
}

static int print_message(struct str message, const struct member *members, struct buf *out)
{
	struct protobuf_field f;
	int r = 0;

	for (bool first = true; r == 0 && (r = protobuf_next(&message, &f)) == 1; first = false) {
		r = first ? 0 : buf_puts(out, " ");
		if (r == 0)
			r = print_field(&f, members, out);
	}
	return r;
}

int protobuf_print(struct str messages, struct buf *out)
{
	struct str message;
	int r;

	while ((r = protobuf_next_delimited(&messages, &message)) == 1) {
		r = print_message(message, family, out);
		if (r == 0)
			r = buf_puts(out, "\n");
		if (r < 0)
			return r;
	}
	return r;
}
