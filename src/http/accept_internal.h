/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HTTP_ACCEPT_INTERNAL_H
#define HTTP_ACCEPT_INTERNAL_H

#include <stdbool.h>

/* accept_takes_gzip() - what an Accept-Encoding header says; NULL, none was sent, is no. */
bool accept_takes_gzip(const char *header);

#endif
