// SPDX-License-Identifier: GPL-2.0-only
#include "decoder_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "model/snapshot.h"

static const struct decoder_ops *const table[] = {
	[CONFIG_DECODE_DEC] = &decoder_dec,	  [CONFIG_DECODE_HEX] = &decoder_hex,
	[CONFIG_DECODE_STRING] = &decoder_string, [CONFIG_DECODE_IP] = &decoder_ip,
	[CONFIG_DECODE_MAC] = &decoder_mac,	  [CONFIG_DECODE_PORT] = &decoder_port,
	[CONFIG_DECODE_IFNAME] = &decoder_ifname, [CONFIG_DECODE_MAP] = &decoder_map,
};

const struct decoder_ops *decoder_default(const struct datum_shape *in)
{
	if (!in->field)
		return &decoder_string;
	switch (in->field->kind) {
	case FIELD_BOOL:
		return &decoder_bool;
	case FIELD_ENUM:
		return &decoder_enum;
	case FIELD_CHARS:
		return &decoder_string;
	case FIELD_IPV4:
	case FIELD_IPV6:
		return &decoder_ip;
	case FIELD_MAC:
		return &decoder_mac;
	case FIELD_BYTES:
		return &decoder_hex;
	default:
		return &decoder_dec;
	}
}

static int chain_add(struct decoder_chain *chain, const struct decoder_ops *ops,
		     const struct config_decoder *c, const struct datum_shape *in,
		     struct problems *problems)
{
	struct decoder *d = &chain->decoders[chain->n++];

	d->ops = ops;
	return ops->init ? ops->init(d, c, in, problems) : 0;
}

int decoder_chain_init(struct decoder_chain *chain, const struct config_label *label,
		       const struct datum_shape *in, struct problems *problems)
{
	const struct config_decoder implied = {.at = label->expr.at};
	struct datum_shape shape = *in;
	int r = 0;

	chain->n = 0;
	chain->decoders = calloc(label->n_decoders + 1, sizeof(*chain->decoders));
	if (!chain->decoders)
		return -ENOMEM;
	if (!label->n_decoders)
		return chain_add(chain, decoder_default(in), &implied, in, problems);
	for (size_t i = 0; r == 0 && i < label->n_decoders; i++) {
		const struct config_decoder *c = &label->decoders[i];

		r = chain_add(chain, table[c->kind], c, &shape, problems);
		shape = (struct datum_shape){.kind = DATUM_TEXT};
	}
	return r;
}

void decoder_chain_done(struct decoder_chain *chain)
{
	for (size_t i = 0; i < chain->n; i++)
		if (chain->decoders[i].ops->done)
			chain->decoders[i].ops->done(&chain->decoders[i]);
	free(chain->decoders);
	*chain = (struct decoder_chain){0};
}

bool decoder_chain_is_lossy(const struct decoder_chain *chain)
{
	for (size_t i = 0; i < chain->n; i++)
		if (chain->decoders[i].is_lossy)
			return true;
	return false;
}

bool decoder_chain_is_changing(const struct decoder_chain *chain)
{
	for (size_t i = 0; i < chain->n; i++)
		if (chain->decoders[i].ops->is_changing)
			return true;
	return false;
}

void decoder_scratch_done(struct decoder_scratch *s)
{
	buf_done(&s->texts[0]);
	buf_done(&s->texts[1]);
}

static int run_one(const struct decoder *d, const struct datum *in, struct buf *out)
{
	out->len = 0;
	return d->ops->decode(d, in, out);
}

int decoder_chain_run(const struct decoder_chain *chain, const struct datum *in,
		      struct decoder_scratch *scratch, struct buf *out)
{
	const struct decoder *first = &chain->decoders[0];
	struct buf *text = &scratch->texts[0];
	int r;

	if (chain->n == 1 && first->ops->is_plain && in->kind != DATUM_TEXT)
		return first->ops->decode(first, in, out);
	r = run_one(first, in, text);
	for (size_t i = 1; r == 0 && i < chain->n; i++) {
		struct datum between = {.kind = DATUM_TEXT, .n = text->len};

		between.bytes = (const uint8_t *)(text->data ? text->data : "");

		text = &scratch->texts[i % 2];
		r = run_one(&chain->decoders[i], &between, text);
	}
	return r < 0 ? r
		     : label_escape(out, (struct str){.p = text->data ? text->data : "",
						      .n = text->len});
}
