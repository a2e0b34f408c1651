/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STARTER_MEANING_H
#define STARTER_MEANING_H

/* What a field is probably about, beyond its type: from its name and its size. */
#include <stdbool.h>

#include "model/layout.h"

enum meaning_kind {
	MEANING_NONE,
	MEANING_IP, /* 4 or 16 bytes in network order */
	MEANING_MAC,
	MEANING_PORT,
	MEANING_IFINDEX,
	MEANING_IP_PROTO,
	MEANING_ETHERTYPE,
	MEANING_FAMILY, /* AF_… */
	MEANING_TCP_STATE,
	MEANING_CGROUP,
	MEANING_SYSCALL,
	MEANING_ERRNO,
	MEANING_SIGNAL,
	MEANING_USER,
	MEANING_DEVICE,
	MEANING_KSYM,  /* an address of the kernel's code */
	MEANING_STACK, /* an array of them */
	MEANING_UUID,
	MEANING_CPU,
	MEANING_ID, /* a number that names something, and is no measure */
};

struct meaning {
	enum meaning_kind kind;
	bool is_guess; /* its type would allow something else */
};

/*
 * meaning_of() - of a field that is shown as one thing: a scalar, or bytes,
 * arrays and unions that are an address.
 * @name: of the field, or of what it belongs to; NULL: none.
 */
struct meaning meaning_of(const struct field *f, const char *name);

#endif
