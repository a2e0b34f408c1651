/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_CARRY_INTERNAL_H
#define DECODE_CARRY_INTERNAL_H

#include "decode/builder.h"
#include "ledger_internal.h"

struct carry {
	struct plan *plan;	 /* one reference */
	struct ledger **ledgers; /* of its groups, books too; NULL: needs none */
};

/* carry_begin() - a pass; drops what an abandoned one left. Return: 0 or -ENOMEM. */
int carry_begin(struct carry *c);

#endif
