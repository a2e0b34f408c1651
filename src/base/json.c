// SPDX-License-Identifier: GPL-2.0-only
#include "base/json.h"

size_t json_escape(char dst[static JSON_ESCAPE_MAX], unsigned char c)
{
	static const char digits[] = "0123456789abcdef";

	if (c >= 0x20 && c != 0x7f && c != '"' && c != '\\')
		return 0;
	if (c == '"' || c == '\\' || c == '\n') {
		dst[0] = '\\';
		dst[1] = (char)(c == '\n' ? 'n' : c);
		return 2;
	}
	dst[0] = '\\';
	dst[1] = 'u';
	dst[2] = dst[3] = '0';
	dst[4] = digits[c >> 4];
	dst[5] = digits[c & 15];
	return 6;
}
