// SPDX-License-Identifier: GPL-2.0-only
/* A PCI subclass: class << 8 | subclass. */
#include "pci_names_internal.h"

static int pci_subclass_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	(void)d;
	return pci_names_write(PCI_NAME_SUBCLASS, in, out);
}

const struct decoder_ops decoder_pci_subclass = {
	.name = "pci_subclass",
	.init = pci_names_init,
	.decode = pci_subclass_decode,
	.done = pci_names_done,
};
