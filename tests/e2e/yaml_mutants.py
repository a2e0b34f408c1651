# SPDX-License-Identifier: GPL-2.0-only
"""YAML documents as their writer spelled them, and what becomes of them by one small change."""

import copy
import json
import re

import yaml

_SAFE = re.compile(r"[A-Za-z0-9_.$/^~+][A-Za-z0-9_.$/^~+*-]*|-[0-9A-Za-z.^]+|")
_NULL = re.compile(r"~|null|Null|NULL|")
_TRUTH = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0(o[0-7]+|x[0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.nan|\.NaN|\.NAN")


class Word(str):
    """A scalar without quotes."""


def core_value(word):
    """What the core schema of YAML 1.2, that of editors, makes of a scalar without quotes."""
    if _NULL.fullmatch(word):
        return None
    if _TRUTH.fullmatch(word):
        return word.lower() == "true"
    if _INTEGER.fullmatch(word):
        return int(word)
    if _BASED.fullmatch(word):
        return int(word, 0)
    if _FLOAT.fullmatch(word):
        return float(word)
    if _ENDLESS.fullmatch(word):
        return float(word.replace(".", ""))
    return str(word)


def read(text):
    """The document of Words and strs, lists and dicts; aliases and merged mappings written out."""
    return _of_node(yaml.compose(text, yaml.SafeLoader))


def _of_node(node):
    if isinstance(node, yaml.ScalarNode):
        return Word(node.value) if node.style is None else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_of_node(x) for x in node.value]
    mapping, merged = {}, {}
    for key, value in ((_of_node(k), _of_node(v)) for k, v in node.value):
        if isinstance(key, Word) and key == "<<":
            for one in value if isinstance(value, list) else [value]:
                merged = one | merged
        else:
            mapping[key] = value
    return merged | mapping


def data(document):
    """What an editor's validator sees."""
    if isinstance(document, dict):
        return {str(k): data(v) for k, v in document.items()}
    if isinstance(document, list):
        return [data(x) for x in document]
    return core_value(document) if isinstance(document, Word) else document


def _scalar(text):
    return text if isinstance(text, Word) and _SAFE.fullmatch(text) else json.dumps(text)


def written(document, indent=""):
    """The document as text."""
    if isinstance(document, dict) and document:
        return "".join(f"\n{indent}{_scalar(k)}:{written(v, indent + ' ')}" for k, v in document.items())
    if isinstance(document, list) and document:
        return "".join(f"\n{indent}-{written(x, indent + ' ')}" for x in document)
    if isinstance(document, (dict, list)):
        return " {}" if isinstance(document, dict) else " []"
    return " " + _scalar(document)


def nodes(document, path=()):
    """Each (path, node), the document first."""
    yield path, document
    if isinstance(document, dict):
        for key, value in document.items():
            yield from nodes(value, path + (key,))
    elif isinstance(document, list):
        for i, value in enumerate(document):
            yield from nodes(value, path + (i,))


def replaced(document, path, value):
    """A copy with another node there; the rest is shared."""
    if not path:
        return value
    document = copy.copy(document)
    document[path[0]] = replaced(document[path[0]], path[1:], value)
    return document
