/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_KALLSYMS_INTERNAL_H
#define DECODE_KALLSYMS_INTERNAL_H

/* The kernel's functions by address, of the process: any thread may ask. */
#include <stdint.h>

#include "base/buf.h"

/*
 * kallsyms_load() - read them now, if that was not tried yet. That there are
 * none, or that they may not be seen, is no error.
 * @now_ns: monotonic, here and below.
 *
 * Return: 0 or -ENOMEM.
 */
int kallsyms_load(uint64_t now_ns);

/* kallsyms_write() - append the function that @address lies in, or else 0x… Return: 0 or -ENOMEM.
 */
int kallsyms_write(uint64_t address, uint64_t now_ns, struct buf *out);

/* kallsyms_forget() - as if nothing had been asked yet; for tests. */
void kallsyms_forget(void);

#endif
