"""Writing the network to a file; the suffix says the format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from bn.core.atomic_write import appearing
from bn.core.errors import QuestionError
from bn.core.network import Network
from bn.interop.formats import bif, net, xdsl, xmlbif

WRITERS: Mapping[str, Callable[[Network], str]] = {
    ".bif": bif,
    ".xmlbif": xmlbif,
    ".bifxml": xmlbif,
    ".net": net,
    ".xdsl": xdsl,
}


def export(network: Network, path: Path | str, overwrite: bool = False) -> Path:
    """Write the network to `path` in the format of its suffix, whole or not at all; gives the path back.

    `.bif` Interchange Format, `.xmlbif` or `.bifxml` the same in XML, `.net` Hugin, `.xdsl` GeNIe.
    Numbers are written so that they read back exactly. Raises QuestionError for any other suffix, for a
    file that exists (unless `overwrite`), and for a folder that does not.
    """
    target = Path(path)
    writer = WRITERS.get(target.suffix.lower())
    if writer is None:
        raise QuestionError(f"{target}: unknown suffix '{target.suffix}', expected one of {', '.join(WRITERS)}")
    if not target.parent.is_dir():
        raise QuestionError(f"{target}: the folder {target.parent} does not exist; create it first")
    if target.is_file() and not overwrite:
        raise QuestionError(
            f"{target}: the file exists; choose another name, or overwrite it (overwrite=True, --force)"
        )
    with appearing(target, overwrite) as file:
        file.write(writer(network).encode("utf-8"))
    return target
