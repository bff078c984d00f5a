"""Completes the list of what is inside that cargo-cyclonedx has made: bom.py ROOT MADE OUT

Removes the path of the checkout, and adds the data that the program contains, with licence and checksum.
"""

import hashlib
import json
import sys
from pathlib import Path

GEO = ("CC-BY-4.0", "GeoNames")
ATLAS = ("ISC AND CC-BY-4.0", "Natural Earth, by way of world-atlas; GeoNames")
DATA = {
    "data/geo/city.mmdb.lzma": ("CC-BY-4.0", "DB-IP"),
    "data/geo/asn.mmdb.lzma": ("CC-BY-4.0", "RouteViews, NRO, DB-IP"),
    "data/places/areas.bin": ATLAS,
    "data/places/cities.tsv": GEO,
    "data/places/countries.tsv": ATLAS,
    "data/places/country-names.tsv": ("Unicode-3.0", "Unicode CLDR"),
    "data/places/zone.tab": (None, "IANA time zone database (public domain)"),
    "data/places/zone_links.tsv": (None, "IANA time zone database (public domain)"),
    "data/places/zone_reach.tsv": GEO,
    "data/credits/libraries.txt.zst": (None, "licence texts of the libraries, each under its own terms"),
    "assets/earth/day.jpg": (None, "NASA Visible Earth; NOAA ETOPO1 (works of the government of the United States)"),
    "assets/earth/lights.png": GEO,
    "assets/earth/shapes.png": ATLAS,
    "assets/earth/water.png": ATLAS,
}


def component(root: Path, name: str) -> dict:
    licence, origin = DATA[name]
    made = {
        "type": "data",
        "bom-ref": f"file:{name}",
        "name": name,
        "description": f"Made from: {origin}",
        "scope": "required",
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256((root / name).read_bytes()).hexdigest()}],
    }
    if licence:
        made["licenses"] = [{"expression": licence}]
    return made


def main() -> None:
    root, source, out = map(Path, sys.argv[1:])
    # Cargo leaves out the name where the folder has it, too.
    text = source.read_text(encoding="utf-8")
    for own_path in (f"path+file://{root}#netglobe@", f"path+file://{root}#"):
        text = text.replace(own_path, "netglobe@")
    bom = json.loads(text.replace("?download_url=file://.", ""))
    if str(root) in json.dumps(bom):
        sys.exit(f"the path {root} is left in {source}")
    bom["components"] += [component(root, name) for name in DATA]
    own = next(it for it in bom["dependencies"] if it["ref"] == bom["metadata"]["component"]["bom-ref"])
    own["dependsOn"] += [f"file:{name}" for name in DATA]
    out.write_text(json.dumps(bom, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


main()
