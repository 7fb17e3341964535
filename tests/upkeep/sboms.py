"""What the program is made of, as CycloneDX: ``make sbom``.

The same lock gives the same bytes: there is no instant in it but ``SOURCE_DATE_EPOCH``, where that
is set, and nothing of the machine.
"""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.upkeep.licences import RESOURCES, complaints, licence_of
from tests.upkeep.locks import LOCK, ROOT, Locked, locked, needed_by, project, shipped

SCHEMA = SchemaVersion.V1_6
FILE = ROOT / "build" / "sbom.cdx.json"
_EPOCH = "SOURCE_DATE_EPOCH"


def sbom(pins: list[Locked], environment: Mapping[str, str] = os.environ) -> str:
    """Return the document.

    Args:
        pins: What is locked.
        environment: Of the process.

    Raises:
        ValueError: A licence is unknown or not compatible.
    """
    if found := complaints(pins):
        raise ValueError("; ".join(found))
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, hashlib.sha256(LOCK.read_bytes()).hexdigest()))
    root = _program()
    bom.metadata.component = root
    needed = shipped()
    libraries = {one.name: _library(one, is_shipped=one.name in needed) for one in pins}
    resources = _resources()
    bom.components = [*libraries.values(), *resources]
    direct = [canonicalize_name(Requirement(one).name) for one in _asked_for()]
    bom.register_dependency(root, [*(libraries[one] for one in direct), *resources])
    for name, library in libraries.items():
        below = {canonicalize_name(one.name) for one in needed_by(name)} - {name}
        bom.register_dependency(library, [libraries[one] for one in sorted(below)])
    written = json.loads(make_outputter(bom, OutputFormat.JSON, SCHEMA).output_as_string())
    del written["metadata"]["timestamp"]
    if said := environment.get(_EPOCH):
        made_at = datetime.fromtimestamp(int(said), UTC)
        written["metadata"]["timestamp"] = made_at.isoformat(timespec="seconds")
    return json.dumps(written, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _asked_for() -> list[str]:
    said = project()
    more = said["optional-dependencies"]
    return [*said["dependencies"], *(one for group in sorted(more) for one in more[group])]


def _program() -> Component:
    said = project()
    return Component(
        name=said["name"],
        version=said["version"],
        type=ComponentType.APPLICATION,
        bom_ref=BomRef(said["name"]),
        licenses=[LicenseExpression(said["license"])],
        description=said["description"],
    )


def _library(one: Locked, *, is_shipped: bool) -> Component:
    url = PackageURL("pypi", name=one.name, version=one.version)
    about = [Property(name="kiosk-pas:hashes", value="of every file of this version; one is used")]
    if one.marker is not None:
        about.append(Property(name="kiosk-pas:installed-where", value=one.marker))
    return Component(
        name=one.name,
        version=one.version,
        type=ComponentType.LIBRARY,
        bom_ref=BomRef(url.to_string()),
        purl=url,
        # What is for development alone is not there when the program runs.
        scope=ComponentScope.REQUIRED if is_shipped else ComponentScope.EXCLUDED,
        licenses=[LicenseExpression(licence_of(one) or "")],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in one.sha256],
        properties=about,
    )


def _resources() -> list[Component]:
    licences: dict[str, list[str]] = {}
    for one in RESOURCES:
        licences.setdefault(one.path, []).append(one.licence)
    found = []
    for path, names in licences.items():
        file = ROOT / path
        digest = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None
        found.append(
            Component(
                name=path,
                type=ComponentType.FILE,
                bom_ref=BomRef(path),
                scope=ComponentScope.REQUIRED,
                licenses=[LicenseExpression(" AND ".join(names))],
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)] if digest else [],
            )
        )
    return found


def main(path: Path = FILE) -> int:
    """Write the document."""
    pins = locked()
    try:
        text = sbom(pins)
    except ValueError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    sys.stdout.write(f"{len(pins)} distribuições: build/{path.name}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
