// SPDX-License-Identifier: GPL-2.0-only
/* A PCI class: the upper byte of the device's class. */
#include "pci_names_internal.h"

static int pci_class_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	(void)d;
	return pci_names_write(PCI_NAME_CLASS, in, out);
}

const struct decoder_ops decoder_pci_class = {
	.name = "pci_class",
	.init = pci_names_init,
	.decode = pci_class_decode,
	.done = pci_names_done,
};
