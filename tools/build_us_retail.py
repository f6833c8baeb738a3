"""Build the sample that `omniroute.datasets.load_us_retail` reads.

    python tools/build_us_retail.py [FOLDER] [--out FILE]

FOLDER holds the public files named in `us_retail_data/README.md` beside the sample;
the default is `../shared/data`, seen from the repository. Only facts are written here:
what is synthetic is generated when the sample is loaded, from a seed. The same input
gives the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import math
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

REPOSITORY = Path(__file__).resolve().parents[1]
SOURCE = REPOSITORY.parent / "shared" / "data"
TARGET = REPOSITORY / "src/omniroute/datasets/us_retail_data/us_retail.npz"

#: Eleven whole weeks, Monday to Sunday, so that each weekday counts alike in the mean
#: daily demand; spring to summer, away from the Christmas peak and the Easter closure.
FIRST_DAY = datetime(2011, 5, 2, tzinfo=UTC)
DAYS = 77

#: Tariff files, in the order the loader expects.
TARIFFS = (
    "usps_ground_advantage_retail.csv",
    "usps_priority_mail_retail.csv",
    "usps_priority_mail_express.csv",
)
ZONE_LABELS = "123456789"
#: Offshore (Alaska, Hawaii, Puerto Rico): kept apart from 0, "no zone".
OFFSHORE = 10
STORE_COLUMNS = ("id", "type", "name", "city", "state", "zip", "hours")

Row = dict[str, str]
Arrays = dict[str, npt.NDArray[Any]]


def build(folder: Path) -> Arrays:
    """All the arrays of the sample, from the folder of public files."""
    zip5 = list(read_rows(folder / "zip5.csv.gz"))
    return {
        **stores(read_rows(folder / "stores_us.csv"), zip5),
        **warehouses(folder / "ma2023/fulfillment_centers.csv", zip5),
        **zip3(read_rows(folder / "zip3.csv"), zip5),
        **zones(read_rows(folder / "usps_zones.csv.gz")),
        **tariffs(folder),
        **baskets(read_rows(folder / "online_retail.csv.gz")),
    }


# -- the parts -------------------------------------------------------------------------


def stores(rows: Iterable[Row], zip5: list[Row]) -> Arrays:
    table = sorted(rows, key=lambda row: row["id"])
    arrays = {f"store_{c}": text(row[c] for row in table) for c in STORE_COLUMNS}
    # Some ZIP codes have no residents, and so no row: the nearest one's then.
    known = {row["zip"]: row for row in zip5}
    homes = [known.get(row["zip"]) or nearest_zip(row, zip5) for row in table]
    arrays["store_timezone"] = text(home["tz"] for home in homes)
    return arrays | places("store", table)


def warehouses(path: Path, zip5: list[Row]) -> Arrays:
    with path.open(encoding="utf-8-sig", newline="") as file:  # starts with a BOM
        table = [
            dict(zip(("id", "state", "lat", "lon"), row, strict=True))
            for row in csv.reader(file)
        ]
    table.sort(key=lambda row: row["id"])
    nearest = [nearest_zip(row, zip5) for row in table]
    return {
        "warehouse_id": text(row["id"] for row in table),
        "warehouse_city": text(z["city"] for z in nearest),
        "warehouse_state": text(row["state"] for row in table),
        "warehouse_zip": text(z["zip"] for z in nearest),
        "warehouse_timezone": text(z["tz"] for z in nearest),
        **places("warehouse", table),
    }


def zip3(rows: Iterable[Row], zip5: list[Row]) -> Arrays:
    table = sorted(rows, key=lambda row: row["zip3"])
    largest: dict[str, Row] = {}
    for row in sorted(zip5, key=lambda row: (-int(row["population"]), row["zip"])):
        largest.setdefault(row["zip"][:3], row)
    return {
        "zip3": text(row["zip3"] for row in table),
        "zip3_state": text(row["state"] for row in table),
        "zip3_zip5": text(largest[row["zip3"]]["zip"] for row in table),
        "zip3_population": np.array([int(row["population"]) for row in table], "<i4"),
        **places("zip3", table),
    }


def zones(rows: Iterable[Row]) -> Arrays:
    table = sorted(rows, key=lambda row: row["origin_zip3"])
    code = {"0": 0, "A": OFFSHORE} | {z: int(z) for z in ZONE_LABELS}
    matrix = [[code[z] for z in row["zones_to_001_999"]] for row in table]
    return {
        "zone_origin": text(row["origin_zip3"] for row in table),
        "zone": np.array(matrix, np.uint8),
    }


def tariffs(folder: Path) -> Arrays:
    tables = [list(read_rows(folder / name)) for name in TARIFFS]
    # The row "1" (one pound) repeats "15_999_oz": weights here are whole grams, and
    # none lies between 15.999 and 16 ounces.
    kept = [[row for row in table if row["bracket"] != "1"] for table in tables]
    limits = [[ounces(row["bracket"]) for row in table] for table in kept]
    if limits[1:] != limits[:-1]:
        raise ValueError("the tariffs differ in their weight brackets")
    cents = [
        [[hundredths(row[z]) for z in ZONE_LABELS] for row in table] for table in kept
    ]
    return {
        "tariff_ounces": np.array(limits[0], "<i2"),
        "tariff_cents": np.array(cents, "<i4"),
    }


def baskets(rows: Iterable[Row]) -> Arrays:
    """Invoices of the period in time order, and the SKUs they name."""
    invoices = sorted(
        (min(seconds(row) for row in lines), int(invoice), lines)
        for invoice, lines in group(row for row in rows if is_sale(row)).items()
    )
    start = int(FIRST_DAY.timestamp())
    end = int((FIRST_DAY + timedelta(days=DAYS)).timestamp())
    chosen = [basket for basket in invoices if start <= basket[0] < end]
    lines = [row for _, _, basket in chosen for row in basket]
    skus = sorted({row["sku"] for row in lines})
    code = {sku: i for i, sku in enumerate(skus)}
    return {
        "sku": text(skus),
        "period_start": np.array([start], "<i8"),
        "period_days": np.array([DAYS], "<i4"),
        "basket_invoice": np.array([invoice for _, invoice, _ in chosen], "<i4"),
        "basket_at": np.array([at for at, _, _ in chosen], "<i8"),
        "basket_lines": np.array([len(basket) for _, _, basket in chosen], "<i4"),
        "line_sku": np.array([code[row["sku"]] for row in lines], "<u2"),
        "line_quantity": np.array([int(row["quantity"]) for row in lines], "<i4"),
        "line_pence": np.array([hundredths(row["unit_price"]) for row in lines], "<i4"),
    }


def is_sale(row: Row) -> bool:
    """Whether a line of an invoice is goods sold, rather than bookkeeping.

    Out go cancellations (``C...``) and debt adjustments (``A...``), lines of zero or
    fewer units, codes that are not merchandise (postage, fees, manual entries,
    samples, gift vouchers), and lines with neither a price nor a customer, by which
    the shop corrected its stock record.
    """
    return (
        row["invoice"].isdigit()
        and int(row["quantity"]) > 0
        and is_merchandise(row["sku"])
        and (row["customer"] != "" or Decimal(row["unit_price"]) > 0)
    )


def is_merchandise(sku: str) -> bool:
    """Goods are numbered with five digits, or are the shop's own line ``DCGS...``."""
    return (len(sku) >= 5 and sku[:5].isdigit()) or sku.startswith("DCGS")


# -- reading and shaping ---------------------------------------------------------------


def read_rows(path: Path) -> Iterator[Row]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def group(rows: Iterable[Row]) -> dict[str, list[Row]]:
    invoices: dict[str, list[Row]] = {}
    for row in rows:
        invoices.setdefault(row["invoice"], []).append(row)
    return invoices


def seconds(row: Row) -> int:
    return int(datetime.fromisoformat(row["at"]).replace(tzinfo=UTC).timestamp())


def ounces(bracket: str) -> int:
    name, _, unit = bracket.rpartition("_")
    if unit == bracket:  # a bare number: pounds
        return 16 * int(bracket)
    return 16 if name == "15_999" else int(name)


def hundredths(amount: str) -> int:
    value = Decimal(amount) * 100
    if value != int(value):
        raise ValueError(f"finer than the sample keeps: {amount}")
    return int(value)


def places(prefix: str, table: list[Row]) -> Arrays:
    """Coordinates in millionths of a degree, some 10 cm: floats of no doubtful tail."""
    return {
        f"{prefix}_{axis}": np.array(
            [round(Decimal(row[axis]).scaleb(6)) for row in table], "<i4"
        )
        for axis in ("lat", "lon")
    }


def text(values: Iterable[str]) -> npt.NDArray[np.uint8]:
    """Strings as lines of UTF-8: compresses well and needs no pickle."""
    strings = list(values)
    if any("\n" in string for string in strings):
        raise ValueError("a line break inside a value")
    return np.frombuffer("\n".join(strings).encode(), np.uint8)


def nearest_zip(place: Row, zip5: list[Row]) -> Row:
    return min(zip5, key=lambda z: (distance(place, z), z["zip"]))


def distance(a: Row, b: Row) -> float:
    """Chord over the unit sphere: orders places as the great circle does."""
    return math.dist(unit_vector(a), unit_vector(b))


def unit_vector(place: Row) -> tuple[float, float, float]:
    lat, lon = math.radians(float(place["lat"])), math.radians(float(place["lon"]))
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


# -- writing ---------------------------------------------------------------------------


def write(arrays: Arrays, target: IO[bytes]) -> None:
    """Write an npz whose bytes depend on the arrays alone: fixed dates and order."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, array in sorted(arrays.items()):
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, (1, 0), allow_pickle=False)
            archive.writestr(entry, buffer.getvalue(), compresslevel=9)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SOURCE)
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()
    arrays = build(options.folder)
    buffer = io.BytesIO()
    write(arrays, buffer)
    options.out.write_bytes(buffer.getvalue())
    counts = (len(arrays["basket_at"]), len(arrays["line_sku"]))
    print(f"{options.out}: {len(buffer.getvalue()):,} bytes, baskets, lines: {counts}")


if __name__ == "__main__":
    main()
