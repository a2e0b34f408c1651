// SPDX-License-Identifier: GPL-2.0-only
/* The type of an Ethernet frame, a number in host order: a __be16 of BTF, or type be16. */
#include "decoder_common_internal.h"

#include <linux/if_ether.h>

static const struct {
	uint16_t number;
	const char *name;
} types[] = {
	{ETH_P_IP, "ipv4"},
	{ETH_P_IPV6, "ipv6"},
	{ETH_P_ARP, "arp"},
	{ETH_P_8021Q, "vlan"},
	{ETH_P_8021AD, "qinq"},
	{ETH_P_MPLS_UC, "mpls"},
	{ETH_P_MPLS_MC, "mpls_multicast"},
	{ETH_P_PPP_DISC, "pppoe_discovery"},
	{ETH_P_PPP_SES, "pppoe"},
	{ETH_P_LLDP, "lldp"},
	{ETH_P_PAE, "eapol"},
	{ETH_P_SLOW, "slow"}, /* LACP among others */
	{ETH_P_PAUSE, "pause"},
	{ETH_P_1588, "ptp"},
	{ETH_P_MACSEC, "macsec"},
	{ETH_P_FCOE, "fcoe"},
	{ETH_P_FIP, "fip"},
	{ETH_P_IBOE, "roce"},
	{ETH_P_TIPC, "tipc"},
	{ETH_P_PROFINET, "profinet"},
	{ETH_P_ETHERCAT, "ethercat"},
	{ETH_P_MVRP, "mvrp"},
	{ETH_P_CFM, "cfm"},
	{ETH_P_BATMAN, "batman"},
	{ETH_P_ERSPAN, "erspan2"},
	{ETH_P_ERSPAN2, "erspan3"},
	{ETH_P_TEB, "ethernet"},
	{ETH_P_NSH, "nsh"},
	{ETH_P_HSR, "hsr"},
	{ETH_P_PRP, "prp"},
	{ETH_P_AOE, "aoe"},
	{ETH_P_LOOPBACK, "loopback"},
	{ETH_P_RARP, "rarp"},
	{ETH_P_ATALK, "appletalk"},
	{ETH_P_AARP, "aarp"},
	{ETH_P_IPX, "ipx"},
	{ETH_P_X25, "x25"},
	{ETH_P_LINK_CTL, "link_control"},
};

static int ethertype_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	(void)d;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].number == in->number)
			return buf_puts(out, types[i].name);
	return datum_write_default(in, out);
}

const struct decoder_ops decoder_ethertype = {
	.name = "ethertype",
	.is_plain = true,
	.init = decoder_init_number,
	.decode = ethertype_decode,
};
