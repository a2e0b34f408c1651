/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CONFIG_FILES_INTERNAL_H
#define CONFIG_FILES_INTERNAL_H

/*
 * The files of a configuration: the main one, and what it includes. A file
 * is the same one whatever it is called, and counts once.
 */
#include <sys/stat.h>

#include "base/buf.h"
#include "schema_internal.h"

#define FILES_MAX      1001
#define FILE_MAX_BYTES ((size_t)16 << 20)

struct file_id {
	dev_t device;
	ino_t inode;
};

struct files {
	struct file_id *ids; /* of config->paths, as many; NULL: a text, which includes nothing */
	struct tree *tree;   /* of the file being parsed; its weight counts all */
};

/* file_read() - the whole of it. Return: 0, -EFBIG, -ENOMEM, another -errno. */
int file_read(int fd, struct buf *b);

/* parse_include() - what the file of parser @p includes. */
void parse_include(struct parser *p, const struct node *n, struct files *files);

#endif
