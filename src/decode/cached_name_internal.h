/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_CACHED_NAME_INTERNAL_H
#define DECODE_CACHED_NAME_INTERNAL_H

/* What decoders of 32-bit numbers have in common where a name costs system calls. */
#include "decoder_internal.h"
#include "text_cache_internal.h"

/* cached_name_init() - for an integer field; the state is a cache. Return: as decoder_ops.init. */
int cached_name_init(struct decoder *d, const struct decoder_input *in);
void cached_name_done(struct decoder *d);

/*
 * cached_name_decode() - append the number's name, or the number where it has
 * none.
 * @find: gets the number as a key: the 4 bytes of an uint32_t.
 *
 * Return: 0 or -ENOMEM.
 */
int cached_name_decode(const struct decoder *d, const struct datum *in, text_cache_fn find,
		       struct buf *out);

/* number_init() - without a state. Return: as decoder_ops.init. */
int number_init(struct decoder *d, const struct decoder_input *in);

#endif
