/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_PCI_NAMES_INTERNAL_H
#define DECODE_PCI_NAMES_INTERNAL_H

/* What the file pci.ids calls the numbers of PCI. */
#include "decoder_internal.h"

enum pci_name {
	PCI_NAME_VENDOR,
	PCI_NAME_DEVICE,   /* vendor << 16 | device */
	PCI_NAME_CLASS,	   /* the class alone */
	PCI_NAME_SUBCLASS, /* class << 8 | subclass */
};

/* The three functions of their decoders. Integers; unknown ones stay numbers. */
int pci_names_init(struct decoder *d, const struct decoder_input *in);
int pci_names_write(enum pci_name what, const struct datum *in, struct buf *out);
void pci_names_done(struct decoder *d);

/*
 * pci_names_set_path() - another file than the system's, NULL: the system's.
 * Before the first decoder is made, or after the last one is gone.
 */
void pci_names_set_path(const char *path);

#endif
