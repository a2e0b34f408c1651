// SPDX-License-Identifier: GPL-2.0-only
/*
 * While it matches, the C library adds states to a compiled pattern and never
 * gives them back; with some patterns each new text adds many. So a pattern is
 * compiled anew after a number of texts, which bounds what it may hold.
 */
#include "pattern_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"

#define MAX_MATCHED 256

int pattern_compile(struct pattern *p, const char *text, const struct place *at,
		    struct problems *problems)
{
	_cleanup_buf_ struct buf anchored = BUF_INIT;
	char message[128];
	int code;

	if (buf_printf(&anchored, "^(%s)$", text) < 0 || !buf_string(&anchored))
		return -ENOMEM;
	code = regcomp(&p->regex, anchored.data, REG_EXTENDED);
	if (code == REG_ESPACE)
		return -ENOMEM;
	if (code) {
		regerror(code, &p->regex, message, sizeof(message));
		return problems_add(problems, at, "'%s' is no regular expression: %s", text,
				    message);
	}
	p->n_matched = 0;
	p->text = buf_take(&anchored);
	if (p->text)
		return 0;
	regfree(&p->regex);
	return -ENOMEM;
}

void pattern_done(struct pattern *p)
{
	if (p->text)
		regfree(&p->regex);
	free(p->text);
	*p = (struct pattern){.text = NULL};
}

bool pattern_has_groups(const struct pattern *p)
{
	return p->regex.re_nsub > 1;
}

static int compile_anew(struct pattern *p)
{
	regex_t fresh;

	if (regcomp(&fresh, p->text, REG_EXTENDED))
		return -ENOMEM; /* it compiled before */
	regfree(&p->regex);
	p->regex = fresh;
	p->n_matched = 0;
	return 0;
}

int pattern_match(struct pattern *p, struct str text, regmatch_t *groups)
{
	int code;

	if (p->n_matched >= MAX_MATCHED && compile_anew(p) < 0)
		return -ENOMEM;
	p->n_matched++;
	groups[0] = (regmatch_t){.rm_so = 0, .rm_eo = (regoff_t)text.n};
	code = regexec(&p->regex, text.p, PATTERN_N_GROUPS, groups, REG_STARTEND);
	if (code && code != REG_NOMATCH)
		return -ENOMEM;
	return code == 0;
}
