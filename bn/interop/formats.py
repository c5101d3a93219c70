"""The network as text in four formats, each in the order that its definition asks for.

In all four the state of the variable itself changes fastest, then its last parent, the first parent
slowest. For XDSL the SMILE manual (support.bayesfusion.com/docs/SMILE/using_arrays.html) is explicit:
"the most significant (leftmost) coordinate will represent the state of the first parent. The state of
the node itself corresponds to the least significant (rightmost) coordinate." pyAgrum 3.3 writes and
reads XDSL with the first parent fastest, against that manual, so it misreads ours without a word, and
it rounds XDSL and XMLBIF to six digits. Writing here keeps every digit and needs no other library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from xml.etree import ElementTree as Xml

import numpy as np

from bn.core.model import Network
from cpds.table import Array

NAME = "myorisk"


def bif(network: Network) -> str:
    """Interchange Format for Bayesian networks, version 0.15: each row names its parents' states."""
    parts = [f"network {NAME} {{\n}}\n"]
    for name, states in network.states.items():
        parts.append(f"variable {name} {{\n  type discrete [ {len(states)} ] {{ {', '.join(states)} }};\n}}\n")
    for name in network.states:
        parents = network.parents(name)
        given = f" | {', '.join(parents)}" if parents else ""
        parts.append(f"probability ( {name}{given} ) {{\n{''.join(_bif_rows(network, name))}}}\n")
    return "".join(parts)


def _bif_rows(network: Network, name: str) -> Iterator[str]:
    parents = network.parents(name)
    rows = _parents_first(network, name).reshape(-1, len(network.states[name]))
    for states, row in zip(product(*(network.states[parent] for parent in parents)), rows, strict=True):
        yield f"  {'(' + ', '.join(states) + ')' if states else 'table'} {_numbers(row, ', ')};\n"


def net(network: Network) -> str:
    """Hugin NET: tables as nested lists, the first parent outermost."""
    parts = [f'net\n{{\n  name = "{NAME}";\n}}\n']
    for name, states in network.states.items():
        quoted = " ".join(f'"{state}"' for state in states)
        parts.append(f"node {name}\n{{\n  states = ({quoted});\n}}\n")
    for name in network.states:
        parents = network.parents(name)
        scope = f"{name} | {' '.join(parents)}" if parents else name
        parts.append(f"potential ({scope})\n{{\n  data = {_nested(_parents_first(network, name))};\n}}\n")
    return "".join(parts)


def _nested(values: Array) -> str:
    if values.ndim == 1:
        return f"({_numbers(values)})"
    return f"({' '.join(_nested(part) for part in values)})"


def xmlbif(network: Network) -> str:
    """XMLBIF, version 0.3."""
    root = Xml.Element("BIF", VERSION="0.3")
    body = Xml.SubElement(root, "NETWORK")
    _leaf(body, "NAME", NAME)
    for name, states in network.states.items():
        variable = Xml.SubElement(body, "VARIABLE", TYPE="nature")
        _leaf(variable, "NAME", name)
        for state in states:
            _leaf(variable, "OUTCOME", state)
    for name in network.states:
        definition = Xml.SubElement(body, "DEFINITION")
        _leaf(definition, "FOR", name)
        for parent in network.parents(name):
            _leaf(definition, "GIVEN", parent)
        _leaf(definition, "TABLE", _numbers(_parents_first(network, name).ravel()))
    return _document(root)


def xdsl(network: Network) -> str:
    """XDSL of GeNIe and SMILE; the extensions say where GeNIe draws each node."""
    root = Xml.Element("smile", version="1.0", id=NAME, numsamples="1000", discsamples="10000")
    nodes = Xml.SubElement(root, "nodes")
    for name in _parents_before_children(network):
        node = Xml.SubElement(nodes, "cpt", id=name)
        for state in network.states[name]:
            Xml.SubElement(node, "state", id=state)
        if network.parents(name):
            _leaf(node, "parents", " ".join(network.parents(name)))
        _leaf(node, "probabilities", _numbers(_parents_first(network, name).ravel()))
    shown = Xml.SubElement(Xml.SubElement(root, "extensions"), "genie", version="1.0", app=NAME, name=NAME)
    for place, name in enumerate(network.states):
        node = Xml.SubElement(shown, "node", id=name)
        _leaf(node, "name", name)
        left, top = 40 + 220 * (place % 4), 40 + 110 * (place // 4)
        _leaf(node, "position", f"{left} {top} {left + 160} {top + 60}")
    return _document(root)


def _parents_before_children(network: Network) -> Iterator[str]:
    """Names such that every parent comes before its children, as GeNIe expects when it opens a file."""
    waiting, done = list(network.states), set[str]()
    while waiting:
        name = next(name for name in waiting if done.issuperset(network.parents(name)))
        waiting.remove(name)
        done.add(name)
        yield name


def _parents_first(network: Network, name: str) -> Array:
    """Numbers of a CPD, axes (*parents, variable)."""
    return np.moveaxis(network.point(name), 0, -1)


def _numbers(values: Iterable[float], separator: str = " ") -> str:
    """The shortest decimals that read back as the same numbers."""
    return separator.join(repr(float(value)) for value in values)


def _leaf(parent: Xml.Element, tag: str, text: str) -> None:
    Xml.SubElement(parent, tag).text = text


def _document(root: Xml.Element) -> str:
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'
