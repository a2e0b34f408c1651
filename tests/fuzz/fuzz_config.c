// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any text either gives a configuration or problems, never both or neither;
 * every problem is one line that names the file; a second run says the same.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "config/config.h"

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_labels(const struct config_metric *m)
{
	for (size_t i = 0; i < m->n_labels; i++) {
		CHECK(m->labels[i].name);
		CHECK(!m->labels[i].text != !m->labels[i].expr.field);
		CHECK(!i || strcmp(m->labels[i - 1].name, m->labels[i].name) < 0);
	}
}

static void check_config(const struct config *c)
{
	CHECK(c->max_series && c->read_timeout_ns);
	for (size_t i = 0; i < c->n_maps; i++) {
		const struct config_map *m = &c->maps[i];

		CHECK(m->name && m->pin && m->pin[0] == '/');
		CHECK(m->refresh_ns || m->at_scrape != CONFIG_AT_SCRAPE_NEVER);
		for (size_t k = 0; k < m->n_metrics; k++) {
			CHECK(m->metrics[k].name && m->metrics[k].type <= CONFIG_INFO);
			check_labels(&m->metrics[k]);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems runs[2] = {PROBLEMS_INIT, PROBLEMS_INIT};

	for (int i = 0; i < 2; i++) {
		struct config *c = NULL;
		int r = config_parse("f", (struct str){(const char *)data, size}, &c, &runs[i]);

		CHECK(r == 0 || r == -EINVAL || r == -ENOMEM);
		CHECK((r == 0) == !problems_any(&runs[i]));
		CHECK((r == 0) == !!c);
		if (c)
			check_config(c);
		config_free(c);
	}
	CHECK(runs[0].n == runs[1].n);
	for (size_t i = 0; i < runs[0].n; i++) {
		CHECK(!strcmp(runs[0].items[i], runs[1].items[i]));
		CHECK(!strncmp(runs[0].items[i], "f:", 2) && !strchr(runs[0].items[i], '\n'));
	}
	problems_done(&runs[0]);
	problems_done(&runs[1]);
	return 0;
}
