/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_EXPOSITION_INTERNAL_H
#define MODEL_EXPOSITION_INTERNAL_H

#include "model/exposition.h"

/*
 * family_hide_duplicates() - mark series whose labels an earlier part of the
 * family has already. Return: 0 or -ENOMEM.
 */
int family_hide_duplicates(struct exposition_family *family);

#endif
