/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_LOOKUP_PATHS_INTERNAL_H
#define DECODE_LOOKUP_PATHS_INTERNAL_H

/* Where decoders look names up. Changed by tests only, and before threads start. */
struct lookup_paths {
	const char *passwd;
	const char *block_devices; /* links MAJOR:MINOR */
	const char *mountinfo;	   /* says where cgroup2 is mounted */
	const char *kallsyms;
};

extern struct lookup_paths lookup_paths;

#endif
