/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HTTP_LISTEN_INTERNAL_H
#define HTTP_LISTEN_INTERNAL_H

/* Listening sockets from what a user writes. */
#include <stdint.h>

#include "base/err.h"

/*
 * listen_open() - a listening TCP socket, non-blocking and close-on-exec.
 * @address: "HOST:PORT", numeric: "127.0.0.1:10435", "[::1]:10435". Without a
 *           host, every address of IPv6 and IPv4, or of IPv4 alone where there
 *           is no IPv6. Port 0 lets the kernel choose.
 *
 * Return: 0, -EINVAL (no such form), -EADDRINUSE, -EADDRNOTAVAIL, -EACCES,
 *         another -errno of the sockets.
 */
int listen_open(const char *address, int *ret_fd, uint16_t *ret_port, struct err *e);

#endif
