// SPDX-License-Identifier: GPL-2.0-only
/*
 * What libbpf has to say while a probe is loaded, kept instead of printed. It
 * has one callback a process, so the text is static: probes are loaded by one
 * thread. Of long texts (the verifier's) the end is kept, which says why.
 */
#include "probes_internal.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static char text[2048];

static void keep_end(const char *line, size_t n)
{
	size_t room = sizeof(text) - 1, len = strlen(text);

	if (n >= room) {
		line += n - room;
		n = room;
	}
	if (len + n > room) {
		size_t cut = len + n - room;

		memmove(text, text + cut, len - cut + 1);
		len -= cut;
	}
	memcpy(text + len, line, n);
	text[len + n] = '\0';
}

__attribute__((format(printf, 2, 0))) static int keep_line(enum libbpf_print_level level,
							   const char *fmt, va_list args)
{
	_cleanup_(freep) char *line = NULL;
	int n;

	if (level == LIBBPF_DEBUG)
		return 0;
	n = vasprintf(&line, fmt, args);
	if (n < 0) {
		line = NULL;
		return 0;
	}
	keep_end(line, (size_t)n);
	return 0;
}

void libbpf_log_start(void)
{
	text[0] = '\0';
	libbpf_set_print(keep_line);
}

const char *libbpf_log_text(void)
{
	size_t n = strlen(text);

	while (n && text[n - 1] == '\n')
		text[--n] = '\0';
	return text;
}
