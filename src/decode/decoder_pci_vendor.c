// SPDX-License-Identifier: GPL-2.0-only
/* A PCI vendor's number, as 0x8086. */
#include "pci_names_internal.h"

static int pci_vendor_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	(void)d;
	return pci_names_write(PCI_NAME_VENDOR, in, out);
}

const struct decoder_ops decoder_pci_vendor = {
	.name = "pci_vendor",
	.init = pci_names_init,
	.decode = pci_vendor_decode,
	.done = pci_names_done,
};
