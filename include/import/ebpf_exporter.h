/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IMPORT_EBPF_EXPORTER_H
#define IMPORT_EBPF_EXPORTER_H

/*
 * From the configuration files of cloudflare/ebpf_exporter to one of ours
 * that shows the same metrics of the same maps.
 */
#include <stddef.h>

#include "base/buf.h"
#include "base/problems.h"
#include "base/str.h"

#define IMPORT_DEFAULT_PREFIX "ebpf_exporter"

struct import_file {
	const char *path; /* what messages call it */
	struct str text;
};

/*
 * import_ebpf_exporter() - append the equivalent configuration, as YAML.
 * @prefix:   what the names of the metrics begin with, before a `_`; "" for
 *            nothing.
 * @warnings: "file:line:column: …", a sentence for each thing that has no
 *            equivalent or is not quite the same, whether or not there are
 *            @problems; each is a comment in @out, too.
 * @problems: what is wrong with the files.
 *
 * Return: 0, -EINVAL with messages in @problems, -ENOMEM. @out is untouched
 *         unless it is 0.
 */
int import_ebpf_exporter(const struct import_file *files, size_t n_files, const char *prefix,
			 struct buf *out, struct problems *warnings, struct problems *problems);

#endif
