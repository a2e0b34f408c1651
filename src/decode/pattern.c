// SPDX-License-Identifier: GPL-2.0-only
#include "pattern_internal.h"

#include <errno.h>

#include "base/buf.h"

int pattern_compile(regex_t *regex, const char *pattern, const struct place *at,
		    struct problems *problems)
{
	_cleanup_buf_ struct buf anchored = BUF_INIT;
	char message[128];
	int code;

	if (buf_printf(&anchored, "^(%s)$", pattern) < 0 || !buf_string(&anchored))
		return -ENOMEM;
	code = regcomp(regex, buf_string(&anchored), REG_EXTENDED);
	if (code == REG_ESPACE)
		return -ENOMEM;
	if (!code)
		return 0;
	regerror(code, regex, message, sizeof(message));
	return problems_add(problems, at, "'%s' is no regular expression: %s", pattern, message);
}

int pattern_match(const regex_t *regex, struct str text, regmatch_t *groups)
{
	int code;

	groups[0] = (regmatch_t){.rm_so = 0, .rm_eo = (regoff_t)text.n};
	code = regexec(regex, text.p, PATTERN_N_GROUPS, groups, REG_STARTEND);
	if (code && code != REG_NOMATCH)
		return -ENOMEM;
	return code == 0;
}
