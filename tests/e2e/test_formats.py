#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Every format that a scraper can ask for says the same, to every reader."""

import itertools
import os
import subprocess

import prometheus_client.openmetrics.parser
import prometheus_client.parser

import all_types
import exposition
import protobuf
import support

TEXT = "text/plain; version=0.0.4; charset=utf-8"
TEXT_1 = "text/plain; version=1.0.0; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROTOBUF = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
FORMATS = [
    # what is asked for, what it is called, what it is
    ("text/plain;version=0.0.4", TEXT, "text"),
    ("text/plain;version=1.0.0", TEXT_1, "text"),
    ("application/openmetrics-text;version=1.0.0", OPENMETRICS, "openmetrics"),
    (PROTOBUF.replace(" ", ""), PROTOBUF, "protobuf"),
]
SCHEMES = ("underscores", "allow-utf-8", "dots", "values")
UTF8 = "; escaping=allow-utf-8"

# What scrapers send, and what they get.
ACCEPTS = [
    (None, TEXT),
    ("*/*", TEXT),  # curl
    ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", TEXT),  # a browser
    ("text/html", TEXT),
    # Prometheus 2.42
    ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OPENMETRICS),
    # … with native histograms
    ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
     "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,"
     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", PROTOBUF),
    # Prometheus 2.49.0
    ("*/*;q=2", TEXT),
    # Prometheus 3.4
    ("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
     "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
     "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", OPENMETRICS + UTF8),
    # … with native histograms
    ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
     "escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
     "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
     "text/plain;version=0.0.4;q=0.2,*/*;q=0.1", PROTOBUF + UTF8),
    # VictoriaMetrics
    ("text/plain;version=0.0.4;q=1,*/*;q=0.1", TEXT),
]


def by_numbers(series, bound):
    """Ours with the values as numbers. bound: of the text of one."""
    found = {}
    for (name, labels), value in series.items():
        labels = frozenset((k, bound(v) if k == "le" else v) for k, v in labels)
        if all_types.is_ours(name):
            found[name, labels] = exposition.number(value)
    return found


def rounded(series):
    """To doubles, as readers have them who know no other numbers."""
    return {key: number if isinstance(number, str) else float(number) for key, number in series.items()}


def with_double_bounds(series):
    """Buckets whose bounds are then the same are one: the last."""
    return {(name, frozenset((k, float(v) if k == "le" else v) for k, v in labels)): number
            for (name, labels), number in series.items()}


def read_by_client(text, openmetrics):
    """What the Python client's parser finds: ({name: Family}, {(name, frozenset of labels): double})."""
    parser = prometheus_client.openmetrics.parser if openmetrics else prometheus_client.parser
    families, series, bound = {}, {}, float if openmetrics else exposition.number
    for family in parser.text_string_to_metric_families(text):
        if not all_types.is_ours(family.name):
            continue
        families[family.name] = exposition.Family(family.type, family.documentation, family.unit)
        for s in family.samples:
            labels = {k: bound(v) if k == "le" else v for k, v in s.labels.items()}
            assert (s.name, frozenset(labels.items())) not in series, s
            series[s.name, frozenset(labels.items())] = exposition.comparable(float(s.value))
    return families, series


def ours(families):
    return {name: family for name, family in families.items() if all_types.is_ours(name)}


class Formats(support.Case):
    maxDiff = None

    def start_all(self, *options):
        all_types.make(self.pins)
        self.start_ns = {m.name: os.stat(self.pin("keyed" if m.name == "size_ratio" else "all")).st_mtime_ns
                         for m in all_types.METRICS if m.kind in all_types.BEGINNING}
        return self.start(all_types.configuration(self.pins), *options)

    def scrape(self, exporter, accept, gzip=False):
        headers = {"Accept": accept} if accept else {}
        response = exporter.get("/metrics", headers | ({"Accept-Encoding": "gzip"} if gzip else {}))
        self.assertEqual(response.status, 200)
        self.assertEqual(response.getheader("Content-Encoding"), "gzip" if gzip else None)
        self.assertEqual(response.getheader("Vary"), "Accept, Accept-Encoding")
        return response

    def check_text(self, response, expected):
        openmetrics, quoted = expected.is_openmetrics, expected.scheme == "allow-utf-8"
        read = exposition.parse_openmetrics if openmetrics else exposition.parse
        series = read(response.body, quoted=quoted)
        self.assertEqual(by_numbers(series, float if openmetrics else exposition.number), expected.series)
        self.assertEqual(ours(series.families), expected.families)
        if quoted:
            return  # the others know no names in quotes
        families, doubles = read_by_client(response.text, openmetrics)
        self.assertEqual(doubles, rounded(expected.series))
        if openmetrics:
            self.assertEqual(families, expected.families)

    def check_protobuf(self, response, expected):
        """A sample began when its pin was made."""
        families = [x for x in protobuf.parse(response.body) if all_types.is_ours(x.name)]
        series = {k: exposition.comparable(v) for k, v in protobuf.series(families).items()}
        self.assertEqual(series, expected.series)
        self.assertEqual({x.name: exposition.Family(protobuf.kind_of(x), x.help, x.unit) for x in families},
                         expected.families)
        native = {x.name for x in families for m in x.metric if protobuf.is_native(m.histogram)}
        self.assertEqual(native, {all_types.escaped(x, expected.scheme) for x in all_types.NATIVE})
        starts = {all_types.escaped(k, expected.scheme): {v} for k, v in self.start_ns.items()}
        self.assertEqual({x.name: {protobuf.start_ns(x, m) for m in x.metric} for x in families
                          if protobuf.kind_of(x) in all_types.BEGINNING}, starts)

    def check(self, response, form, scheme, start_ns=None):
        expected = all_types.Expected(form, scheme, start_ns)
        if form == "protobuf":
            self.check_protobuf(response, expected)
        else:
            self.check_text(response, expected)

    def test_every_format(self):
        """With every escaping and coding."""
        exporter = self.start_all()
        for (accept, kind, form), scheme, gzip in itertools.product(FORMATS, (None, *SCHEMES), (False, True)):
            with self.subTest(accept=accept, scheme=scheme, gzip=gzip):
                named = f"; escaping={scheme}" if scheme else ""
                response = self.scrape(exporter, accept + named, gzip)
                self.assertEqual(response.getheader("Content-Type"), kind + named)
                self.check(response, form, scheme or "underscores")

    def test_created_samples(self):
        """Where they are wanted only OpenMetrics has them."""
        exporter = self.start_all("--web.enable-created-samples")
        for (accept, _, form), scheme in itertools.product(FORMATS, SCHEMES):
            with self.subTest(accept=accept, scheme=scheme):
                self.check(self.scrape(exporter, f"{accept};escaping={scheme}"), form, scheme, self.start_ns)

    def test_accept(self):
        """What each scraper sends, with a body of that format."""
        exporter = self.start_all()
        for accept, content_type in ACCEPTS:
            with self.subTest(accept=accept):
                response = self.scrape(exporter, accept)
                self.assertEqual(response.getheader("Content-Type"), content_type)
                form = next(form for _, kind, form in FORMATS if content_type.startswith(kind))
                self.check(response, form, "allow-utf-8" if content_type.endswith(UTF8) else "underscores")

    def test_promtool(self):
        exporter = self.start_all()
        for scheme in ("underscores", "dots", "values"):
            with self.subTest(scheme=scheme):
                text = self.scrape(exporter, f"text/plain;version=0.0.4;escaping={scheme}").text
                result = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                                        text=True, check=False)
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))


class Goldens(support.Case):
    """What the unit tests have the renderers write, byte for byte, says the same, to every reader."""

    maxDiff = None

    def read(self, name):
        with open(os.path.join(support.TOP, "tests", "data", "formats", name), "rb") as f:
            return f.read()

    def check_openmetrics(self, name, scheme, text):
        """There are no sums and counts without each other, and maybe times at which they began."""
        raw = self.read(name)
        series = by_numbers(exposition.parse_openmetrics(raw, quoted=scheme == "allow-utf-8"), float)
        n_created = sum(key[0].endswith("_created") for key in series)
        self.assertEqual(n_created > 0, ".created." in name)
        common = {k: v for k, v in series.items() if not k[0].endswith("_created")}
        self.assertEqual(common, {k: v for k, v in text.items() if k in common})
        self.assertEqual({k[0][-4:] for k in text if k not in common}, {"_sum", "ount"})
        if scheme != "allow-utf-8":
            self.assertEqual(read_by_client(raw.decode(), True)[1], rounded(series))

    def check_protobuf(self, name, text):
        """Numbers are the nearest doubles; what is not known is there as such."""
        series = protobuf.series(protobuf.parse(self.read(name)))
        series = {k: exposition.comparable(v) for k, v in series.items()}
        self.assertEqual(rounded({k: v for k, v in series.items() if k in text}), rounded(
            {k: min(v, 2**64 - 1) if k[0].endswith(("_bucket", "_count")) else v for k, v in text.items()}))
        self.assertEqual({(k[0][-4:], v) for k, v in series.items() if k not in text}, {("_sum", "NaN")})

    def test_goldens(self):
        for scheme in SCHEMES:
            with self.subTest(scheme=scheme):
                raw = self.read(f"{scheme}.txt")
                text = by_numbers(exposition.parse(raw, quoted=scheme == "allow-utf-8"), exposition.number)
                self.assertGreater(len(text), 100)
                if scheme != "allow-utf-8":
                    self.assertEqual(read_by_client(raw.decode(), False)[1], rounded(text))
                text = with_double_bounds(text)
                self.check_openmetrics(f"{scheme}.om", scheme, text)
                self.check_openmetrics(f"{scheme}.created.om", scheme, text)
                self.check_protobuf(f"{scheme}.pb", text)


if __name__ == "__main__":
    support.run_tests()
