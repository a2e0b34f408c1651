// SPDX-License-Identifier: GPL-2.0-only
/* A PCI device: vendor << 16 | device. */
#include "pci_names_internal.h"

static int pci_device_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	(void)d;
	return pci_names_write(PCI_NAME_DEVICE, in, out);
}

const struct decoder_ops decoder_pci_device = {
	.name = "pci_device",
	.init = pci_names_init,
	.decode = pci_device_decode,
	.done = pci_names_done,
};
