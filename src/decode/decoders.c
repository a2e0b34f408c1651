// SPDX-License-Identifier: GPL-2.0-only
#include "decoder_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "model/snapshot.h"

static const struct decoder_ops *const table[N_CONFIG_DECODERS] = {
	[CONFIG_DECODE_DEC] = &decoder_dec,
	[CONFIG_DECODE_HEX] = &decoder_hex,
	[CONFIG_DECODE_STRING] = &decoder_string,
	[CONFIG_DECODE_BOOL] = &decoder_bool,
	[CONFIG_DECODE_ENUM] = &decoder_enum,
	[CONFIG_DECODE_UUID] = &decoder_uuid,
	[CONFIG_DECODE_IP] = &decoder_ip,
	[CONFIG_DECODE_IP_HOST] = &decoder_ip_host,
	[CONFIG_DECODE_CIDR] = &decoder_cidr,
	[CONFIG_DECODE_MAC] = &decoder_mac,
	[CONFIG_DECODE_PORT] = &decoder_port,
	[CONFIG_DECODE_IFNAME] = &decoder_ifname,
	[CONFIG_DECODE_IP_PROTO] = &decoder_ip_proto,
	[CONFIG_DECODE_ETHERTYPE] = &decoder_ethertype,
	[CONFIG_DECODE_TCP_STATE] = &decoder_tcp_state,
	[CONFIG_DECODE_SYSCALL] = &decoder_syscall,
	[CONFIG_DECODE_ERRNO] = &decoder_errno,
	[CONFIG_DECODE_SIGNAL] = &decoder_signal,
	[CONFIG_DECODE_USER] = &decoder_user,
	[CONFIG_DECODE_DEVICE] = &decoder_device,
	[CONFIG_DECODE_CGROUP] = &decoder_cgroup,
	[CONFIG_DECODE_CONTAINER] = &decoder_container,
	[CONFIG_DECODE_POD] = &decoder_pod,
	[CONFIG_DECODE_KSYM] = &decoder_ksym,
	[CONFIG_DECODE_STACK] = &decoder_stack,
	[CONFIG_DECODE_DNS] = &decoder_dns,
	[CONFIG_DECODE_PCI_VENDOR] = &decoder_pci_vendor,
	[CONFIG_DECODE_PCI_DEVICE] = &decoder_pci_device,
	[CONFIG_DECODE_PCI_CLASS] = &decoder_pci_class,
	[CONFIG_DECODE_PCI_SUBCLASS] = &decoder_pci_subclass,
	[CONFIG_DECODE_MAP] = &decoder_map,
	[CONFIG_DECODE_REGEX] = &decoder_regex,
	[CONFIG_DECODE_BITS] = &decoder_bits,
};

const struct decoder_ops *decoder_of(const struct config_decoder *c)
{
	if (c->kind == CONFIG_DECODE_DEVICE && c->is_user_dev)
		return &decoder_user_device;
	return table[c->kind];
}

const struct decoder_ops *decoder_default(const struct datum_shape *in)
{
	if (!in->field)
		return &decoder_string;
	switch (in->field->kind) {
	case FIELD_BOOL:
		return &decoder_bool;
	case FIELD_ENUM:
		return in->field->n_enumerators ? &decoder_enum : &decoder_dec;
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
		     const struct decoder_input *in)
{
	struct decoder *d = &chain->decoders[chain->n++];

	d->ops = ops;
	return ops->init ? ops->init(d, in) : 0;
}

int decoder_chain_init(struct decoder_chain *chain, const struct config_label *label,
		       const struct datum_shape *shape, const struct stack_provider *stacks,
		       struct problems *problems)
{
	static const struct datum_shape text = {.kind = DATUM_TEXT};
	const struct config_decoder implied = {.at = label->expr.at};
	struct decoder_input in = {
		.config = &implied,
		.shape = shape,
		.label = label,
		.stacks = stacks,
		.problems = problems,
	};
	int r = 0;

	chain->n = 0;
	chain->decoders = calloc(label->n_decoders + 2, sizeof(*chain->decoders));
	if (!chain->decoders)
		return -ENOMEM;
	if (!label->n_decoders)
		r = chain_add(chain, decoder_default(shape), &in);
	for (size_t i = 0; r == 0 && i < label->n_decoders; i++) {
		in.config = &label->decoders[i];
		r = chain_add(chain, decoder_of(in.config), &in);
		in.shape = &text;
	}
	in.config = &implied;
	if (r == 0 && (label->keep || label->drop))
		r = chain_add(chain, &decoder_filter, &in);
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

bool decoder_chain_is_merging(const struct decoder_chain *chain)
{
	for (size_t i = 0; i < chain->n; i++)
		if (chain->decoders[i].is_merging)
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

/* What it makes is followed by a NUL, as every text that a decoder is given. */
static int run_one(const struct decoder *d, const struct datum *in, struct buf *out)
{
	int r;

	out->len = 0;
	r = d->ops->decode(d, in, out);
	return r || buf_string(out) ? r : -ENOMEM;
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
		const struct datum between = {
			.kind = DATUM_TEXT, .bytes = (const uint8_t *)text->data, .n = text->len};

		text = &scratch->texts[i % 2];
		r = run_one(&chain->decoders[i], &between, text);
	}
	return r ? r : label_escape(out, (struct str){.p = text->data, .n = text->len});
}
