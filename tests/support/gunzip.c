// SPDX-License-Identifier: GPL-2.0-only
#include "support/gunzip.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void gunzip(const struct buf *in, struct buf *out)
{
	char path[] = "/tmp/gunzip.XXXXXX";
	char command[64];
	int fd = mkstemp(path);
	FILE *pipe;
	size_t n;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, in->data, in->len), in->len);
	close(fd);
	snprintf(command, sizeof(command), "gzip -dc < %s", path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	do {
		assert_int_equal(buf_reserve(out, 65536), 0);
		n = fread(out->data + out->len, 1, 65536, pipe);
		out->len += n;
	} while (n);
	assert_int_equal(pclose(pipe), 0);
	unlink(path);
}
