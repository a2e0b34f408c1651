#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""config/schema.json accepts what the parser does and nothing else: both judge two corpora, and every
small change of the good one. Where they must differ is listed here, with the reason."""

import collections
import glob
import json
import os
import re
import subprocess
import time
import unittest

import jsonschema
import yaml_mutants
from support import BUILD, TOP, read_text
from yaml_mutants import Word

DATA = os.path.join(TOP, "tests/data/schema")

# What the parser says of small changes that no schema can see. Of what else it cannot say, there are examples
# among the wrong documents, each with its reason.
PARSER_ONLY = [
    # names that must be unique or must exist
    r"the (map|field) '.*' is already in line",
    r"there is no map '.*' among the maps",
    r"the label '.*' is null, but there is none to remove",
    # groups of a regular expression
    r"there is no group \\\d: the match has",
    # numbers that are compared with each other, or added up
    r"the bound .* is not above the one before it",
    r"the key .* is there twice",
    r"\d+ keys for \d+ bounds: each bound needs one",
    r"the offset .* and the scale are too far apart to be added exactly",
    # $1 and $i, for which a text elsewhere must have enough *
    r"\$\d needs a pin with",
    r"\$[ij] needs a ('\*' in a field|field) of the metric",
    # ranges of numbers that may be texts, and that are counted in digits
    r"\d+ is out of range: -2\^63 to 2\^64-1$",
    r".* is out of range: 18 digits, exponents",
    r"the scale .* is out of range",
    # which numbers are powers of two
    r"the scale of a native histogram is a power of two",
    # how a number is spelled, once YAML has read it
    r"'0x[0-9a-f]+' is not a (number|scale)",
]
# The same, where a metric's own label may or may not be that of the map: a schema cannot follow names.
LABELS_ONLY = [
    r"\$cpu needs 'cpu: each'",
    r"with 'cpu: each' a metric needs a label from \$cpu",
    r"(the pin may match several maps|several maps may have this name): a metric needs a label",
]

# Values of every kind.
VALUES = [Word(x) for x in ("", "null", "true", "5", "-5", "0", "1.5", "word", "99999999999999999999", "0x10", "10s",
                            "off", "$cpu", "value.x.*")] + ["", "5", "1.5", "/a text", [], {}, [Word("word")]]
KNOWN = re.compile(r"^unknown (key 'unknown'|.* 'word').*; known: ([\w, ]+)")
# Mappings whose keys are the user's own.
NAMED_BY_USERS = ("labels", "where", "types")
ENTRIES = (("decode", "map"), ("decode", "bits"))
N_SEEN_MAX = 6  # values of one key that are tried elsewhere


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


SCHEMA = load(os.path.join(TOP, "config/schema.json"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def verdicts(texts):
    """What the parser says of each: a list of messages."""
    result = subprocess.run([os.path.join(BUILD, "tests/config_verdicts")], capture_output=True, check=True,
                            input="".join(t + "\0" for t in texts).encode())
    paragraphs = [[]]
    for line in result.stdout.decode().splitlines():
        if line:
            paragraphs[-1].append(line.split(": ", 1)[1])
        else:
            paragraphs.append([])
    assert len(paragraphs) == len(texts) + 1, "a verdict is missing"
    return paragraphs[:-1]


def complaints(document):
    """What the schema says of it."""
    return list(VALIDATOR.iter_errors(yaml_mutants.data(document)))


def parser_only(document, message):
    """The reason why no schema can say so of this document: which of those above it is."""
    merges = any(one.get("labels") and any(m.get("labels") for m in one.get("metrics", []))
                 for one in document.get("maps", []))
    return next((x for x in PARSER_ONLY + (LABELS_ONLY if merges else []) if re.match(x, message)), None)


def is_schema_only(document, error):
    """Whether the schema must refuse what the parser accepts: `null` where a text is expected, which the parser
    takes as written and an editor cannot tell from nothing; and a label of the map that is wrong, but which each
    metric has its own instead of."""
    if error.instance is None:
        return True
    path = list(error.absolute_path)
    return (path[:1] + path[2:3] == ["maps", "labels"] and len(path) > 3 and
            all(path[3] in m.get("labels", {}) for m in document["maps"][path[1]]["metrics"]))


def good_files(*folders):
    return sorted(p for x in folders for p in glob.glob(os.path.join(TOP, x), recursive=True)
                  if os.path.basename(p) not in ("mistakes.yml", "aliases_of_aliases.yml"))


def wrong_documents():
    """Of each file, (name, why only the parser refuses it or None, text) of each document."""
    for path in good_files("tests/data/schema/bad/*.yml"):
        parts = re.split(r"^--- # (\w+)(?:, parser only: (.*))?\n", read_text(path), flags=re.M)
        yield from zip(parts[1::3], parts[2::3], parts[3::3])


def pieces(document):
    """Small documents, each with one metric of a map, or a map without any; and whether this map was there before."""
    rest = {k: v for k, v in document.items() if k != "maps"}
    for one in document.get("maps", []):
        for i, metric in enumerate(one.get("metrics") or [None]):
            small = one if metric is None else one | {"metrics": [metric]}
            stacks = {node["map"] for path, node in yaml_mutants.nodes(small)
                      if kind(path) == ("decode", "stack")} - {one["name"]}
            yield rest | {"maps": [small] + [{"name": x, "map_id": Word("1")} for x in sorted(stacks)]}, i > 0


def kind(path):
    """What sort of thing is there, whatever its name and number are: the last two keys."""
    keys = []
    for key in path:
        if keys and (keys[-1] in NAMED_BY_USERS or tuple(keys[-2:]) in ENTRIES):
            keys.append("*")
        elif isinstance(key, str):
            keys.append(key)
    return tuple(keys[-2:])


def seen_values(documents):
    """What stands in good documents: {kind of mapping: {key: {text: value}}}."""
    seen = collections.defaultdict(lambda: collections.defaultdict(dict))
    for document in documents:
        for path, node in yaml_mutants.nodes(document):
            sort = kind(path)
            if isinstance(node, dict) and sort[-1:] not in [(x,) for x in NAMED_BY_USERS] and sort not in ENTRIES:
                for key, value in node.items():
                    values = seen[sort][key]
                    if len(values) < N_SEEN_MAX:
                        values.setdefault(yaml_mutants.written(value), value)
    return seen


def mutants(document, seen, keep_map):
    """The document with one change, again and again; keep_map: not of the map's own values."""
    for path, node in yaml_mutants.nodes(document):
        if path and (not keep_map or "metrics" in path):
            for value in VALUES:
                yield yaml_mutants.replaced(document, path, value)
        if not isinstance(node, dict):
            continue
        for key in node:
            others = {k: v for k, v in node.items() if k != key}
            yield yaml_mutants.replaced(document, path, others)
            yield yaml_mutants.replaced(document, path, others | {Word(key + "x"): node[key]})
        yield yaml_mutants.replaced(document, path, node | {Word("unknown"): Word("word")})
        for key, values in seen.get(kind(path), {}).items():
            for value in values.values():
                yield yaml_mutants.replaced(document, path, node | {key: value})


def recorder(keyword, found):
    """The validator's function for a keyword, which also notes what of it was met."""
    judge = jsonschema.Draft7Validator.VALIDATORS[keyword]

    def judge_and_note(validator, value, instance, schema):
        if keyword == "properties" and isinstance(instance, dict):
            found.update((id(schema), k) for k in value if k in instance)
        elif keyword == "enum" and not isinstance(instance, (dict, list)):
            found.add((id(schema), instance))
        return judge(validator, value, instance, schema)

    return judge_and_note


def subschemas(schema, place="#"):
    """Each schema in a schema, with its place."""
    if isinstance(schema, dict):
        yield place, schema
    for key, value in schema.items() if isinstance(schema, dict) else ():
        if key in ("properties", "definitions"):
            for name, one in value.items():
                yield from subschemas(one, f"{place}/{key}/{name}")
        elif key in ("allOf", "anyOf", "oneOf"):
            for i, one in enumerate(value):
                yield from subschemas(one, f"{place}/{key}/{i}")
        elif key in ("if", "then", "else", "not", "items", "propertyNames", "additionalProperties"):
            yield from subschemas(value, f"{place}/{key}")


class Schema(unittest.TestCase):
    """The schema beside the parser."""

    maxDiff = None

    def test_it_is_a_schema(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)
        n = 0
        for place, schema in subschemas(SCHEMA):
            if "$ref" in schema and isinstance(schema["$ref"], str):
                self.assertEqual(list(schema), ["$ref"], f"{place}: what is beside $ref does not count")
            for value in schema.get("examples", []) + ([schema["default"]] if "default" in schema else []):
                n += 1
                judge = VALIDATOR.evolve(schema=schema)
                self.assertEqual([e.message for e in judge.iter_errors(value)], [], place)
        self.assertGreater(n, 20)

    def test_every_key_is_described(self):
        for place, schema in subschemas(SCHEMA):
            if schema.get("additionalProperties") is False:
                for key, value in schema["properties"].items():
                    described = [value, SCHEMA["definitions"].get(value.get("$ref", "").split("/")[-1], {})]
                    self.assertTrue(any("description" in x for x in described), f"{place}/{key}")

    def test_good_files(self):
        """Both accept them, and those made for this test have each key and each choice of the schema."""
        found = set()
        recording = jsonschema.validators.extend(
            jsonschema.Draft7Validator, {k: recorder(k, found) for k in ("properties", "enum")})(SCHEMA)
        files = good_files("tests/data/schema/good/*.yml", "tests/data/config/**/*.yml", "config/*.yml",
                           "config/examples/*.yml", "tests/data/init/*.yml", "tests/data/import/*.yml")
        self.assertGreater(len(files), 10)
        for path, said in zip(files, verdicts([read_text(p) for p in files])):
            with self.subTest(path):
                document = yaml_mutants.read(read_text(path))
                self.assertEqual([x for x in said if not x.endswith("can only be included by a file")], [])
                validator = recording if DATA in path else VALIDATOR
                self.assertEqual([e.message for e in validator.iter_errors(yaml_mutants.data(document))], [])
        for place, schema in subschemas(SCHEMA):
            if schema.get("additionalProperties") is False:
                self.assertEqual([k for k in schema["properties"] if (id(schema), k) not in found], [], place)
            if "enum" in schema and not re.search("/(if|then|else)/", place):
                self.assertEqual([x for x in schema["enum"] if (id(schema), x) not in found], [], place)

    def test_wrong_documents(self):
        """Each is refused by both, or by the parser alone where a reason is given."""
        documents = list(wrong_documents())
        self.assertGreater(len(documents), 50)
        for (name, reason, text), said in zip(documents, verdicts([text for _, _, text in documents])):
            with self.subTest(name):
                self.assertNotEqual(said, [])
                self.assertEqual(not complaints(yaml_mutants.read(text)), bool(reason), said)

    def test_known_words(self):
        """Both know the same keys in each mapping, and the same choices of each value."""
        keys, choices = {}, {}
        for document in (yaml_mutants.read(read_text(p)) for p in good_files("tests/data/schema/good/*.yml")):
            for path, node in yaml_mutants.nodes(document):
                if isinstance(node, dict):
                    wrong = yaml_mutants.replaced(document, path, node | {Word("unknown"): Word("word")})
                    keys.setdefault(kind(path), (wrong, path, None))
                elif path:
                    wrong = yaml_mutants.replaced(document, path, Word("word"))
                    choices.setdefault(kind(path), (wrong, path, document))
        checked = [*keys.values(), *choices.values()]
        n_keys = n_choices = 0
        for (wrong, path, document), said in zip(checked, verdicts([yaml_mutants.written(x[0]) for x in checked])):
            matches = [m for x in said if (m := KNOWN.search(x)) and m[1].startswith("key") == (document is None)]
            known = matches[0][2].strip().split(", ") if matches else []
            if known and document is None:
                n_keys += 1
                listed = [set(e.schema["properties"]) for e in complaints(wrong) if "('unknown' was" in e.message]
                self.assertEqual(listed, [set(known)], path)
            for word in known if document else ():
                n_choices += 1
                chosen = yaml_mutants.replaced(document, path, Word(word))
                (said,) = verdicts([yaml_mutants.written(chosen)])
                self.assertEqual(not complaints(chosen), not said, f"{path}: {word}: {said}")
        self.assertGreater(n_keys, 15)
        self.assertGreater(n_choices, 50)

    def test_small_changes(self):
        """Whatever is changed in a good document, both say the same of it."""
        start = time.monotonic()
        small = [x for p in good_files("tests/data/schema/good/*.yml") for x in pieces(yaml_mutants.read(read_text(p)))]
        seen = seen_values(document for document, _ in small)
        changed = {yaml_mutants.written(m): m for document, keep_map in small
                   for m in mutants(document, seen, keep_map)}
        counts, differences, reasons = collections.Counter(), [], set()
        for (text, document), said in zip(changed.items(), verdicts(changed)):
            accepted = VALIDATOR.is_valid(yaml_mutants.data(document))
            counts["accepted" if accepted and not said else "refused" if said and not accepted else "differ"] += 1
            if accepted and said:
                differences += [f"parser: {x}: {text}" for x in said if not parser_only(document, x)]
                reasons |= {parser_only(document, x) for x in said}
            elif not accepted and not said:
                errors = complaints(document)
                self.assertTrue(errors)
                differences += [f"schema: {e.message}: {text}" for e in errors if not is_schema_only(document, e)]
        print(f"{len(small)} documents, {len(changed)} changes, {dict(counts)}, {time.monotonic() - start:.0f} s")
        self.assertEqual(differences[:5], [], len(differences))
        self.assertEqual([x for x in PARSER_ONLY + LABELS_ONLY if x not in reasons], [], "never needed")
        self.assertGreater(min(counts["accepted"], counts["refused"]), 1000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
