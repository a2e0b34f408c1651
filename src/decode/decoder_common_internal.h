/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_DECODER_COMMON_INTERNAL_H
#define DECODE_DECODER_COMMON_INTERNAL_H

/* What several decoders do alike. */
#include "decoder_internal.h"

static inline char decoder_hex_digit(uint64_t v)
{
	return "0123456789abcdef"[v & 15];
}

/* Appends a byte as two digits, for which there is room. */
static inline void decoder_put_hex(struct buf *out, uint8_t byte)
{
	out->data[out->len++] = decoder_hex_digit(byte >> 4);
	out->data[out->len++] = decoder_hex_digit(byte);
}

/* decoder_needs() - say what input it takes: "a field of 16 bytes". Return: -EINVAL or -ENOMEM. */
int decoder_needs(const struct decoder *d, const struct decoder_input *in, const char *what);

/* decoder_init_number() - the init of decoders of integers, which lose nothing. */
int decoder_init_number(struct decoder *d, const struct decoder_input *in);

/*
 * decoder_init_magnitude() - of those to whom -2 and 2 are the same.
 * Both are decoder_ops.init.
 */
int decoder_init_magnitude(struct decoder *d, const struct decoder_input *in);
uint64_t decoder_magnitude(const struct datum *in);

/*
 * decoder_write_name() - append names[the number]; where there is none, the
 * number. Return: 0 or -ENOMEM.
 */
int decoder_write_name(const char *const *names, size_t n, const struct datum *in, struct buf *out);

/* decoder_plain_init() - what the input is without a decoder. Return: as decoder_ops.init. */
int decoder_plain_init(struct decoder *plain, const struct decoder_input *in);

/*
 * decoder_plain_text() - the input's text, its own or what @plain makes of it,
 * followed by a NUL.
 * @scratch: an empty buffer for that.
 *
 * Return: 0 or -ENOMEM.
 */
int decoder_plain_text(const struct decoder *plain, const struct datum *in, struct buf *scratch,
		       struct str *ret_text);

/* The entries of map and bits. */
struct decoder_entries {
	struct config_map_entry *items; /* n, texts owned */
	size_t n;
	bool has_twins; /* two have the same text */
};

/* decoder_entries_copy() - @ret is freed by the caller, whatever is returned: 0 or -ENOMEM. */
int decoder_entries_copy(const struct config_decoder *c, struct decoder_entries *ret);
void decoder_entries_done(struct decoder_entries *e);

/* Room for what the next one writes. */
#define IP_TEXT_MAX 46

/* decoder_write_ip() - 4 or 16 bytes in network order; returns how many it wrote at @dst. */
size_t decoder_write_ip(char *dst, const uint8_t *bytes, size_t n);

#endif
