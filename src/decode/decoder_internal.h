/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_DECODER_INTERNAL_H
#define DECODE_DECODER_INTERNAL_H

/*
 * Decoders turn a field into a label's text. Each is one file with one
 * constant struct at its end, entered in the table of decoders.c.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/problems.h"
#include "config/config.h"
#include "decode/plan.h"
#include "model/layout.h"

enum datum_kind { DATUM_NUMBER, DATUM_FLOAT, DATUM_BYTES, DATUM_TEXT };

/* What a decoder is given: a field, or the text that the decoder before it made. */
struct datum {
	enum datum_kind kind;
	bool is_signed;
	uint64_t number;      /* DATUM_NUMBER; DATUM_FLOAT: a double's bits */
	const uint8_t *bytes; /* as they lie in memory; DATUM_TEXT: the text */
	size_t n;
	uint64_t length; /* what config_decoder.length found, if it was given */
};

/* What is known of it when the plan is compiled. */
struct datum_shape {
	enum datum_kind kind;
	size_t n;		   /* bytes; 0: only known when it is there */
	const struct field *field; /* NULL: a text */
};

/* What a decoder is made from. Only problems outlives init. */
struct decoder_input {
	/* Where only the field's type decided, nothing but the label's place. */
	const struct config_decoder *config;
	const struct datum_shape *shape;
	const struct config_label *label;
	const struct stack_provider *stacks; /* NULL: no other map can be read */
	struct problems *problems;
};

struct decoder {
	const struct decoder_ops *ops;
	void *state; /* of ops */
	/*
	 * Whether different input may give the same text, even if nobody means
	 * it to; and whether it is there to do so (ranges, patterns), so that
	 * what has the same text belongs together. init may set them.
	 */
	bool is_lossy, is_merging;
};

/* What decode() may return: the entry is to be left out of the metric. */
#define DECODER_LEAVE_OUT 1

struct decoder_ops {
	const char *name;
	bool is_plain;	  /* its text needs no escaping */
	bool takes_bytes; /* a number's, too, as they lie in memory */
	bool is_changing; /* the same input may give another text later */
	/* May be NULL. Return: 0, -EINVAL with a message in the problems, -ENOMEM. */
	int (*init)(struct decoder *d, const struct decoder_input *in);
	/* Append the text. Return: 0, DECODER_LEAVE_OUT or -ENOMEM. */
	int (*decode)(const struct decoder *d, const struct datum *in, struct buf *out);
	void (*done)(struct decoder *d); /* may be NULL */
};

extern const struct decoder_ops decoder_dec, decoder_hex, decoder_string, decoder_bool,
	decoder_enum, decoder_uuid, decoder_ip, decoder_ip_host, decoder_cidr, decoder_mac,
	decoder_port, decoder_ifname, decoder_ip_proto, decoder_ethertype, decoder_tcp_state,
	decoder_syscall, decoder_errno, decoder_signal, decoder_user, decoder_device,
	decoder_user_device, decoder_cgroup, decoder_container, decoder_pod, decoder_ksym,
	decoder_stack, decoder_dns, decoder_pci_vendor, decoder_pci_device, decoder_pci_class,
	decoder_pci_subclass, decoder_map, decoder_regex, decoder_bits;

/* The last of a chain, for `keep` and `drop`. */
extern const struct decoder_ops decoder_filter;

/* decoder_of() - the one that a configuration names. */
const struct decoder_ops *decoder_of(const struct config_decoder *c);

/* decoder_default() - the one that the type of a field, or text, decides. */
const struct decoder_ops *decoder_default(const struct datum_shape *in);

/* A field's decoders, one after the other. */
struct decoder_chain {
	struct decoder *decoders; /* n, at least one */
	size_t n;
};

/*
 * decoder_chain_init() - the decoders that the label names, or else the one
 * that its field's type decides. Return: as decoder_ops.init.
 */
int decoder_chain_init(struct decoder_chain *chain, const struct config_label *label,
		       const struct datum_shape *shape, const struct stack_provider *stacks,
		       struct problems *problems);
void decoder_chain_done(struct decoder_chain *chain);

bool decoder_chain_is_lossy(const struct decoder_chain *chain);
bool decoder_chain_is_merging(const struct decoder_chain *chain);
bool decoder_chain_is_changing(const struct decoder_chain *chain);

/* Scratch space that a chain works in, kept between calls. */
struct decoder_scratch {
	struct buf texts[2];
};

void decoder_scratch_done(struct decoder_scratch *s);

/* decoder_chain_run() - append the escaped text of a label. Return: 0, DECODER_LEAVE_OUT or
 * -ENOMEM.
 */
int decoder_chain_run(const struct decoder_chain *chain, const struct datum *in,
		      struct decoder_scratch *scratch, struct buf *out);

/* datum_write_default() - a number, text or bytes as they are shown without a decoder. Return: 0 or
 * -ENOMEM. */
int datum_write_default(const struct datum *in, struct buf *out);

#endif
