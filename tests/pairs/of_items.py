"""Features of what is ordered: quantities, weights, kits, what goes together."""

from __future__ import annotations

from .shop import Shop


def decimals(shop: Shop) -> None:
    """Half of the items are sold by tenths or hundredths of a unit."""
    dice = shop.dice
    for sku in sorted(shop.lines):
        if dice.random() < 0.5 or sku == min(shop.lines):
            places = dice.choice([1, 2])
            shop.items[sku]["decimals"] = places
            for cell in [cell for cell in shop.stock if cell[0] == sku]:
                shop.stock[cell] *= 10**places
            shop.lines[sku] = dice.randint(1, 3 * 10**places)


def packs(shop: Shop) -> None:
    """One or two items are sold by the pack; nodes have loose units beside them."""
    dice = shop.dice
    plain = [sku for sku in shop.lines if not shop.decimals(sku)]
    for sku in plain[-2:] if dice.random() < 0.5 else plain[-1:]:
        size = dice.choice([2, 3, 6])
        shop.items[sku]["pack_size"] = size
        shop.lines[sku] *= size
        for cell in [cell for cell in shop.stock if cell[0] == sku]:
            shop.stock[cell] = shop.stock[cell] * size + dice.randint(0, size - 1)


def kits(shop: Shop) -> None:
    """A set is ordered beside one of what it is put together from."""
    dice = shop.dice
    whole = [
        sku
        for sku in shop.lines
        if not shop.decimals(sku) and "pack_size" not in shop.items[sku]
    ]
    part = whole[0] if whole else "P0"
    if not whole:
        shop.items[part] = {"weight_g": 300}
        shop.lines[part] = 1
    shop.items["P1"] = {"weight_g": dice.choice([120, 500])}
    shop.items["SET"] = {"components": {part: 1, "P1": dice.choice([1, 2])}}
    shop.lines["SET"] = dice.choice([1, 1, 2])
    for node in shop.nodes:
        if dice.random() < 0.7:
            shop.stock["P1", node] = dice.randint(1, 4)
        if dice.random() < 0.7:
            here = shop.stock.get((part, node), 0)
            shop.stock[part, node] = here + dice.randint(1, 2)


def nothing_to_weigh(shop: Shop) -> None:
    """One item weighs nothing."""
    shop.items[shop.dice.choice(sorted(shop.lines))].update(
        {} if "SET" in shop.items else {"weight_g": 0}
    )


def lines_to_spread(shop: Shop) -> None:
    """No node has the whole of one line."""
    dice = shop.dice
    plain = [sku for sku in shop.lines if sku != "SET"]
    sku = dice.choice(plain)
    lot = shop.parts(sku)[sku]
    shop.lines[sku] = max(shop.lines[sku], dice.choice([2, 3, 4]) * lot)
    most = shop.lines[sku] // lot - 1
    for node in shop.nodes:
        if dice.random() < 0.75:
            shop.stock[sku, node] = lot * dice.randint(1, most)
        else:
            shop.stock.pop((sku, node), None)


def scarce_lines(shop: Shop) -> None:
    """Of one line there is less than is asked for, or nothing."""
    sku = shop.dice.choice([sku for sku in shop.lines if sku != "SET"])
    cells = sorted(cell for cell in shop.stock if cell[0] == sku)
    for cell in cells[1:]:
        del shop.stock[cell]
    for cell in cells[:1]:
        lot = shop.parts(sku)[sku]
        shop.stock[cell] = lot * shop.dice.randint(
            0, max(0, shop.lines[sku] // lot - 1)
        )


def kept_together(shop: Shop) -> None:
    """Two lines of the order leave from one node."""
    if len(shop.lines) > 1:
        shop.order["keep_together"] = [shop.dice.sample(sorted(shop.lines), 2)]


FEATURES = (
    decimals,
    packs,
    kits,
    nothing_to_weigh,
    lines_to_spread,
    scarce_lines,
    kept_together,
)
