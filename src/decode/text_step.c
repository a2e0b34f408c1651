// SPDX-License-Identifier: GPL-2.0-only
/* A field as text: what its decoders are given, compiled and at each element. */
#include "plan_internal.h"

#include <errno.h>
#include <string.h>

/* What the decoders of a field are given. */
static struct datum_shape shape_of(const struct resolved *at, const struct config_label *l)
{
	static const struct field number_field = {.kind = FIELD_UINT, .size = 4};
	const struct field *f = at->where == AT_NUMBER ? &number_field : at->field;
	struct datum_shape shape = {.n = f->size, .field = f};
	bool whole_bytes = l->n_decoders && !l->expr.computed && at->where != AT_NUMBER &&
			   decoder_of(&l->decoders[0])->takes_bytes;

	if (!field_fits_reader(f) || (whole_bytes && !f->bit_size))
		shape.kind = DATUM_BYTES;
	else
		shape.kind = f->kind == FIELD_FLOAT ? DATUM_FLOAT : DATUM_NUMBER;
	return shape;
}

static int check_field(const struct resolver *r, const struct config_label *l,
		       const struct resolved *at)
{
	const struct field *f = at->field;

	if (at->where == AT_NUMBER)
		return 0;
	if (f->kind == FIELD_PAD)
		return problems_add(r->problems, &l->expr.at, "'%s' has no value that can be shown",
				    l->expr.field);
	if (!field_is_scalar(f) && !l->n_decoders)
		return problems_add(r->problems, &l->expr.at,
				    "'%s' is %s: name one of its %s, or decode its bytes",
				    l->expr.field, f->kind == FIELD_ARRAY ? "an array" : "a struct",
				    f->kind == FIELD_ARRAY ? "elements ('.0')" : "fields");
	if (l->expr.computed && (!field_fits_reader(f) || f->kind == FIELD_FLOAT))
		return problems_add(r->problems, &l->expr.at,
				    "'%s' is no whole number: shift, mask, div and mod need one",
				    l->expr.field);
	return 0;
}

/* Where a decoder takes a prefix length from. */
static int add_length(struct text_step *s, const struct resolver *r, const struct config_label *l,
		      struct domain *domain)
{
	const struct config_expr *expr = NULL;
	struct resolved at;
	int e;

	for (size_t i = 0; i < l->n_decoders; i++)
		if (l->decoders[i].length.field)
			expr = &l->decoders[i].length;
	if (!expr)
		return 0;
	e = resolve_selector(r, expr, &at);
	if (e == 0 && at.where != AT_NUMBER &&
	    (at.where == AT_TEXT || !field_fits_reader(at.field) || at.field->kind == FIELD_FLOAT))
		e = problems_add(r->problems, &expr->at, "'%s' is no whole number", expr->field);
	if (e == 0)
		e = domain_join(domain, r, expr, &at);
	if (e < 0)
		return e;
	s->has_length = true;
	operand_init(&s->length, &at, expr);
	return 0;
}

int text_step_init(struct text_step *s, const struct resolver *r, const struct config_label *l,
		   struct domain *domain)
{
	struct datum_shape shape;
	struct resolved at;
	int e;

	e = resolve_selector(r, &l->expr, &at);
	if (e == 0)
		e = check_field(r, l, &at);
	if (e == 0)
		e = domain_join(domain, r, &l->expr, &at);
	if (e == 0)
		e = add_length(s, r, l, domain);
	if (e < 0)
		return e;
	shape = shape_of(&at, l);
	operand_init(&s->operand, &at, &l->expr);
	s->is_computed = l->expr.computed || at.where == AT_NUMBER;
	s->is_number = shape.kind != DATUM_BYTES;
	s->n_bytes = (uint32_t)shape.n;
	return decoder_chain_init(&s->chain, l, &shape, r->in->stacks, r->problems);
}

int text_step_write(const struct text_step *s, const struct cursor *at,
		    struct decoder_scratch *scratch, struct buf *out)
{
	const struct reader *reader = &s->operand.reader;
	struct datum in = {.kind = DATUM_BYTES, .n = s->n_bytes};
	uint64_t number;

	if (s->operand.origin == ORIGIN_KEY || s->operand.origin == ORIGIN_VALUE)
		in.bytes = reader_place(reader,
					s->operand.origin == ORIGIN_KEY ? at->key : at->value, at);
	if (s->is_number) {
		in.kind = reader->is_float ? DATUM_FLOAT : DATUM_NUMBER;
		in.number =
			in.bytes ? reader_load_at(reader, in.bytes) : operand_load(&s->operand, at);
		in.is_signed = reader->is_signed;
	}
	if (s->is_computed) {
		number = reader->big_endian ? __builtin_bswap64(in.number) >> (64 - 8 * in.n)
					    : in.number;
		in.bytes = (const uint8_t *)&number;
	}
	if (s->has_length)
		in.length = operand_load(&s->length, at);
	return decoder_chain_run(&s->chain, &in, scratch, out);
}
