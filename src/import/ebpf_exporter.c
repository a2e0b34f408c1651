// SPDX-License-Identifier: GPL-2.0-only
/*
 * All files are read before anything is written: what a metric becomes depends
 * on others of its name, or of a name that begins the same.
 *
 * What comes out is given to our own parser, so that nobody is ever told to
 * run what does not.
 */
#include "import/ebpf_exporter.h"

#include <errno.h>
#include <stdlib.h>

#include "config/config.h"
#include "import_internal.h"

#define KERNEL_NAME_MAX 15

struct document {
	struct tree tree;
	const char *path;
	bool is_usable;	   /* the root at least */
	size_t first, end; /* of the metrics */
};

struct session {
	struct import im;
	struct document *documents;
	size_t n;
	struct metric *metrics;
	size_t n_metrics, cap;
	size_t weight;
};

static void session_done(struct session *s)
{
	for (size_t i = 0; i < s->n; i++)
		tree_done(&s->documents[i].tree);
	free(s->documents);
	free(s->metrics);
	buf_done(&s->im.notes);
	buf_done(&s->im.entry);
	buf_done(&s->im.out);
	mistakes_done(&s->im.mistakes);
	mistakes_done(&s->im.warnings);
}

static void add_metrics(struct session *s, const struct node *list, bool is_histogram)
{
	for (size_t i = 0; list && i < list->n_items; i++) {
		if (s->n_metrics == s->cap) {
			size_t cap = s->cap ? 2 * s->cap : 16;
			struct metric *metrics = realloc(s->metrics, cap * sizeof(*metrics));

			if (!metrics) {
				s->im.mistakes.no_memory = true;
				return;
			}
			s->metrics = metrics;
			s->cap = cap;
		}
		s->metrics[s->n_metrics] = (struct metric){.is_histogram = is_histogram};
		metric_read(&s->im, list->items[i], &s->metrics[s->n_metrics++]);
	}
}

static bool check_root(struct session *s, const struct node *root)
{
	static const char *const keys[] = {"name", "metrics", "tracing", "kaddrs", "cgroup_id_map"};

	if (root->kind == NODE_MAPPING && member(root, "programs")) {
		mistake(&s->im, &member(root, "programs")->at,
			"'programs' is of ebpf_exporter 1: write the file as its version 2 takes it");
		return false;
	}
	if (!check_keys(&s->im, root, "the file", keys, ARRAY_SIZE(keys)))
		return false;
	if (member(root, "metrics") || member(root, "tracing"))
		return true;
	mistake(&s->im, &root->at, "%s needs the key 'metrics'",
		root->n_items ? "the file" : "the file is empty: it");
	return false;
}

static void read_metrics(struct session *s, const struct node *root)
{
	static const char *const keys[] = {"counters", "histograms"};
	const struct node *metrics = member(root, "metrics");

	if (!metrics || !check_keys(&s->im, metrics, "'metrics'", keys, ARRAY_SIZE(keys)))
		return;
	add_metrics(s, list_of(&s->im, metrics, "counters"), false);
	add_metrics(s, list_of(&s->im, metrics, "histograms"), true);
}

static void read_document(struct session *s, const struct import_file *f)
{
	struct document *d = &s->documents[s->n++];

	*d = (struct document){.path = f->path, .tree.weight = s->weight, .first = s->n_metrics};
	d->is_usable = tree_parse(&d->tree, f->path, f->text, &s->im.mistakes) == 0 &&
		       check_root(s, d->tree.root);
	if (d->is_usable)
		read_metrics(s, d->tree.root);
	s->weight = d->tree.weight;
	d->end = s->n_metrics;
}

static int metric_compare(const void *left, const void *right)
{
	const struct metric *a = *(const struct metric *const *)left;
	const struct metric *b = *(const struct metric *const *)right;
	int r = strcmp(a->name, b->name);

	return r ? r : a < b ? -1 : a > b;
}

static struct metric *find(struct metric **sorted, size_t n, const char *name)
{
	size_t first = 0;

	while (first < n) {
		size_t middle = first + (n - first) / 2;

		if (strcmp(sorted[middle]->name, name) < 0)
			first = middle + 1;
		else if (n == middle)
			break;
		else
			n = middle;
	}
	return sorted[first] && !strcmp(sorted[first]->name, name) ? sorted[first] : NULL;
}

/* Names that a histogram's own series have. */
static void check_suffixes(struct session *s, struct metric **sorted, const struct metric *m)
{
	static const char *const suffixes[] = {"_bucket", "_sum", "_count"};

	for (size_t i = 0; m->is_histogram && i < ARRAY_SIZE(suffixes); i++) {
		_cleanup_buf_ struct buf name = BUF_INIT;
		const struct metric *other;

		put(&s->im, &name, "%s%s", m->name, suffixes[i]);
		if (!buf_string(&name)) {
			s->im.mistakes.no_memory = true;
			return;
		}
		other = find(sorted, s->n_metrics, name.data);
		if (other)
			mistake(&s->im, &other->at,
				"the metric '%s' is what the histogram in line %u of %s shows as its %s: "
				"name one of them otherwise",
				other->name, m->at.line, m->at.file, suffixes[i] + 1);
	}
}

/* Who is the first of its name, and whose name the kernel cuts to that of another. */
static void compare_names(struct session *s)
{
	_cleanup_(freep) struct metric **sorted = calloc(s->n_metrics + 1, sizeof(struct metric *));

	if (!sorted) {
		s->im.mistakes.no_memory = true;
		return;
	}
	for (size_t i = 0; i < s->n_metrics; i++)
		sorted[i] = &s->metrics[i];
	if (s->n_metrics)
		qsort(sorted, s->n_metrics, sizeof(*sorted), metric_compare);
	for (size_t i = 0; i < s->n_metrics; i++) {
		struct metric *m = sorted[i], *before = i ? sorted[i - 1] : NULL;

		check_suffixes(s, sorted, m);
		m->first = m;
		if (!before || strncmp(before->name, m->name, KERNEL_NAME_MAX) != 0)
			continue;
		if (!strcmp(before->name, m->name)) {
			m->first = before->first;
			m->is_ambiguous = before->is_ambiguous;
		} else {
			m->is_ambiguous = before->is_ambiguous = true;
		}
	}
	/* The last of a name found out for all of them. */
	for (size_t i = s->n_metrics; i-- > 1;)
		if (!strcmp(sorted[i]->name, sorted[i - 1]->name))
			sorted[i - 1]->is_ambiguous |= sorted[i]->is_ambiguous;
}

/* One more of a name: the same, or else the files do not go together. */
static bool is_repeated(struct session *s, const struct metric *m)
{
	const struct metric *first = m->first;
	struct str a = {s->im.out.data + first->start, first->end - first->start};
	struct str b = {s->im.entry.data, s->im.entry.len};

	if (first == m)
		return false;
	if (!*m->name || s->im.mistakes.n || str_equal(a, b))
		return true;
	mistake(&s->im, &m->at,
		"the metric '%s' is another one in line %u of %s: import the files one by one, with "
		"different prefixes",
		m->name, first->at.line, first->at.file);
	return true;
}

static void append(struct import *im, struct buf *b)
{
	if (buf_append(&im->out, b->data, b->len) < 0)
		im->mistakes.no_memory = true;
	b->len = 0;
}

static void write_metric(struct session *s, struct metric *m)
{
	struct import *im = &s->im;

	put(im, &im->out, "\n");
	metric_write(im, m);
	if (is_repeated(s, m)) {
		im->entry.len = im->notes.len = 0;
		if (!im->mistakes.n)
			warn(im, &m->at, "the metric '%s' is already there, from line %u of %s",
			     m->name, m->first->at.line, m->first->at.file);
	}
	append(im, &im->notes);
	m->start = im->out.len;
	append(im, &im->entry);
	m->end = im->out.len;
}

static void warn_spans(struct import *im, const struct node *root)
{
	static const char *const keys[] = {"spans"};
	const struct node *tracing = member(root, "tracing"), *spans;

	if (!tracing || !check_keys(im, tracing, "'tracing'", keys, ARRAY_SIZE(keys)))
		return;
	spans = list_of(im, tracing, "spans");
	for (size_t i = 0; spans && i < spans->n_items; i++) {
		const struct node *n = spans->items[i];
		const char *name = n->kind == NODE_MAPPING ? text_at(im, n, "name") : "";
		const char *ringbuf = n->kind == NODE_MAPPING ? text_at(im, n, "ringbuf") : "";

		warn(im, &n->at,
		     "the span '%s' of the ring buffer '%s' has no equivalent: an exporter of metrics "
		     "does no tracing",
		     name ? name : "", ringbuf ? ringbuf : "");
	}
}

/* What is for the peer's loading of programs. */
static void warn_others(struct import *im, const struct node *root)
{
	const struct node *kaddrs = list_of(im, root, "kaddrs");
	const struct node *map = member(root, "cgroup_id_map");
	const char *name = map && map->kind == NODE_MAPPING ? text_at(im, map, "name") : "";

	for (size_t i = 0; kaddrs && i < kaddrs->n_items; i++)
		if (kaddrs->items[i]->kind == NODE_SCALAR)
			warn(im, &kaddrs->items[i]->at,
			     "the kaddr '%s' has no equivalent: whoever loads the program sets kaddr_%s",
			     kaddrs->items[i]->text, kaddrs->items[i]->text);
	if (map)
		warn(im, &map->at,
		     "the cgroup_id_map '%s' has no equivalent: whoever loads the program fills it",
		     name ? name : "");
}

static void write_document(struct session *s, const struct document *d)
{
	if (!d->is_usable)
		return;
	if (s->n > 1) {
		put(&s->im, &s->im.out, "\n");
		put_comment(&s->im, &s->im.out, "  ", d->path);
	}
	for (size_t i = d->first; i < d->end; i++)
		write_metric(s, &s->metrics[i]);
	warn_spans(&s->im, d->tree.root);
	warn_others(&s->im, d->tree.root);
	if (s->im.notes.len)
		put(&s->im, &s->im.out, "\n");
	append(&s->im, &s->im.notes);
}

static bool any_entry(const struct session *s)
{
	for (size_t i = 0; i < s->n_metrics; i++)
		if (s->metrics[i].end > s->metrics[i].start)
			return true;
	return false;
}

static void write_all(struct session *s)
{
	_cleanup_buf_ struct buf head = BUF_INIT;
	struct import *im = &s->im;

	put(im, &head, "From the ebpf_exporter configuration");
	for (size_t i = 0; i < s->n; i++)
		put(im, &head, "%s %s", i ? "," : "", s->documents[i].path);
	if (!buf_string(&head)) {
		im->mistakes.no_memory = true;
		return;
	}
	put_comment(im, &im->out, "", head.data);
	put_comment(
		im, &im->out, "",
		"Maps are looked for by name, which needs CAP_SYS_ADMIN. Of a pinned map write "
		"`pin: /sys/fs/bpf/NAME` in place of `map_name` and `instances`: that needs none.");
	put(im, &im->out, "maps:\n");
	for (size_t i = 0; i < s->n; i++)
		write_document(s, &s->documents[i]);
	if (!any_entry(s))
		put(im, &im->out, "  []\n");
}

/* The last word has our own parser. */
static int check_result(const struct session *s, struct problems *problems)
{
	const struct str text = {s->im.out.data, s->im.out.len};
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_problems_ struct problems found = PROBLEMS_INIT;
	const struct place whole = {.file = s->documents[0].path};
	int r = config_parse("result", text, &config, &found);

	for (size_t i = 0; r == -EINVAL && i < found.n; i++)
		if (problems_add(problems, &whole, "what comes out cannot be used: %s",
				 found.items[i]) == -ENOMEM)
			return -ENOMEM;
	return r;
}

static int tell(struct mistakes *m, const struct import_file *files, size_t n_files,
		struct problems *problems)
{
	_cleanup_(freep) const char **paths = calloc(n_files + 1, sizeof(*paths));

	if (!paths)
		return -ENOMEM;
	for (size_t i = 0; i < n_files; i++)
		paths[i] = files[i].path;
	return mistakes_tell(m, paths, n_files, problems);
}

static int run(struct session *s, const struct import_file *files, size_t n_files,
	       struct problems *warnings, struct problems *problems)
{
	int r;

	s->documents = calloc(n_files + 1, sizeof(*s->documents));
	if (!s->documents)
		return -ENOMEM;
	for (size_t i = 0; i < n_files; i++)
		read_document(s, &files[i]);
	compare_names(s);
	write_all(s);
	s->im.mistakes.no_memory |= s->im.warnings.no_memory;
	r = tell(&s->im.mistakes, files, n_files, problems);
	if (r == 0)
		r = check_result(s, problems);
	if (r != -ENOMEM && tell(&s->im.warnings, files, n_files, warnings) == -ENOMEM)
		r = -ENOMEM;
	return r;
}

int import_ebpf_exporter(const struct import_file *files, size_t n_files, const char *prefix,
			 struct buf *out, struct problems *warnings, struct problems *problems)
{
	struct session s = {.im.prefix = prefix};
	int r = run(&s, files, n_files, warnings, problems);

	if (r == 0)
		r = buf_append(out, s.im.out.data, s.im.out.len);
	session_done(&s);
	return r;
}
