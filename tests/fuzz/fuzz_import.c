// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any text is either imported or refused, with a line for each problem. What
 * is imported our parser takes, without its being asked first; what is refused
 * leaves nothing behind; a second run says the same.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"
#include "import/ebpf_exporter.h"

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static void check_lines(const struct problems *p)
{
	for (size_t i = 0; i < p->n; i++) {
		CHECK(begins(p->items[i], "peer.yaml:"));
		CHECK(!strchr(p->items[i], '\n'));
		/* The last word of our own parser: what it would refuse must be found before. */
		CHECK(!begins(p->items[i], "peer.yaml: what comes out cannot be used"));
	}
}

static void check_usable(const struct buf *out)
{
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	struct config *c = NULL;

	CHECK(config_parse("out.yml", (struct str){out->data, out->len}, &c, &p) == 0);
	config_free(c);
}

static int import(const struct import_file *file, struct buf *out)
{
	_cleanup_problems_ struct problems warnings = PROBLEMS_INIT, p = PROBLEMS_INIT;
	int r = import_ebpf_exporter(file, 1, "x", out, &warnings, &p);

	CHECK(r == 0 || r == -EINVAL);
	CHECK((r == 0) == !p.n && (r == 0) == (out->len > 0));
	check_lines(&p);
	check_lines(&warnings);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct import_file file = {"peer.yaml", {(const char *)data, size}};
	_cleanup_buf_ struct buf out = BUF_INIT, again = BUF_INIT;
	int r = import(&file, &out);

	if (r == 0)
		check_usable(&out);
	CHECK(import(&file, &again) == r);
	CHECK(out.len == again.len && (!out.len || !memcmp(out.data, again.data, out.len)));
	return 0;
}
