# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # One day of a retailer
#
# Load a network of 1,575 nodes, look at a SKU across the map, route one basket, see
# why it is routed so, and run a day of baskets through the live engine.
#
# Open this file as a notebook (`jupytext --to ipynb us_retail_day.py`) or run it as it
# is: it prints the same every time.

# %%
from datetime import timedelta

import omniroute as om
from omniroute.simulation import NearestNode

shop = om.datasets.load_us_retail()
print(shop)
for part in ("nodes", "baskets", "opening_stock"):
    print(f"{part}: {shop.notes[part]}")

# %% [markdown]
# ## The engine
#
# It takes the network, the items and a clock; here the clock stands at midnight before
# the first basket. Stock comes in as columns, 826,325 cells at once.

# %%
midnight = shop.orders[0].placed_at.replace(hour=0, minute=0, second=0)
engine = om.Engine(shop.network, shop.items, clock=midnight.timestamp)
print(f"{engine.apply(shop.opening_stock):,} cells counted on {midnight:%A %d %B %Y}")

# %% [markdown]
# ## A SKU across the map
#
# What can be promised of one SKU: in all, at a node, and everywhere at once.

# %%
sku = shop.orders[124].lines[0].sku
total = engine.available_to_promise(sku)
quanta = engine.available_by_node(sku)
print(f"{sku}: {total:,} units, at {(quanta > 0).sum()} of {len(quanta)} nodes")
print(f"at the warehouse RIC2: {engine.available_to_promise(sku, node='RIC2')}")


# %%
def text_map(nodes, quanta, width=72, height=22):
    """Stores with stock are 'o', without '.'; warehouses 'W' and 'w'."""
    picture = [[" "] * width for _ in range(height)]
    west, east, south, north = -125.0, -66.5, 24.5, 49.5
    for node, held in zip(nodes, quanta, strict=True):
        x = int((node.longitude - west) / (east - west) * width)
        y = int((north - node.latitude) / (north - south) * height)
        if 0 <= x < width and 0 <= y < height:
            mark = (".o" if node.kind == "store" else "wW")[int(held > 0)]
            # Where nodes share a place, the mark that says most is shown.
            picture[y][x] = max(mark, picture[y][x], key=" .owW".index)
    return "\n".join("".join(row).rstrip() for row in picture)


print(text_map(shop.network.nodes, quanta))

# %% [markdown]
# With matplotlib installed there is a better map. It is not needed for anything else.

# %%
try:
    import matplotlib.pyplot as plt
except ImportError:
    plt = None

if plt is not None:
    longitudes = [node.longitude for node in shop.network.nodes]
    latitudes = [node.latitude for node in shop.network.nodes]
    figure, axes = plt.subplots(figsize=(9, 5))
    axes.scatter(longitudes, latitudes, s=2, color="lightgrey")
    axes.scatter(longitudes, latitudes, s=6 * quanta)
    axes.set(xlim=(-126, -66), ylim=(24, 50), title=f"{sku}: units by node")

# %% [markdown]
# ## One basket
#
# `route` decides and changes nothing. The plan says what it costs and whether it is
# proven that nothing is cheaper.

# %%
basket = shop.orders[124]
plan = engine.route(basket)
print(f"basket {basket.id} to {basket.destination.postcode}:", plan)
print(plan.table())

# %%
for shipment in plan.shipments:
    skus = ", ".join(f"{line.quantity} x {line.sku}" for line in shipment.lines)
    terms = ", ".join(f"{name} {amount}" for name, amount in shipment.terms.items())
    print(f"{shipment.node}: {skus}\n    {terms}")

# %% [markdown]
# ## Why this plan
#
# Every node and service that was looked at: what a chosen one sends, what another could
# send alone, or the one reason why it was out. The rank is among what each could alone.

# %%
explanation = plan.explain()
print(explanation.headline)
print(explanation.table(rows=8))

# %%
store = plan.shipments[-1].node
for row in explanation.why(store):
    print(f"{store} by {row.service}: {row.reason.name}, {row.cost}")

# %% [markdown]
# What it would have cost without that store, or with another: the order is decided again,
# on the same stock.

# %%
print(plan.alternatives(3).table())
print(plan.why_not("ONT6").headline)

# %% [markdown]
# The same basket under other rules: as fast as possible, and in one parcel.

# %%
for policy in (
    om.RoutingPolicy(objective="fastest", name="fastest"),
    om.RoutingPolicy(max_shipments=1, name="one parcel"),
):
    other = engine.route(basket, policy=policy)
    print(f"{policy.name}: {other}, {other.transit_days} days")

# %% [markdown]
# ## A day
#
# `place` routes and reserves in one step, so each basket sees what the earlier ones
# took. Safe to repeat: the same id again changes nothing. Baskets of up to 12 lines, as
# most shops have them; the others are wholesale.

# %%
end = midnight + timedelta(days=1)
today = [order for order in shop.orders if order.placed_at < end]
day = [order for order in today if len(order.lines) <= 12]
placements = [
    engine.place(order, id=order.id, partial=True, now=order.placed_at) for order in day
]
plans = [placement.plan for placement in placements]
parcels = [shipment for plan in plans for shipment in plan.shipments]
stores = {node.id for node in shop.network.nodes if node.kind == "store"}

print(f"orders {len(day)}, of these whole {sum(plan.complete for plan in plans)}")
print(f"proven to be cheapest {sum(plan.proven for plan in plans)}")
print(f"parcels {len(parcels)}, from stores {sum(p.node in stores for p in parcels)}")
print(f"cost {sum(plan.cost for plan in plans)} {shop.network.currency}")
print(f"still free of {sku}: {engine.available_to_promise(sku):,}")

# %%
again = engine.place(day[0], id=day[0].id, partial=True)
print("the first order once more:", again.status.name)

# %% [markdown]
# And the same day by the rule most retailers use, on its own copy of the stock: each
# line by itself from the nearest node that has it.

# %%
copy = om.Engine(shop.network, shop.items, clock=midnight.timestamp)
copy.apply(shop.opening_stock)
rule = NearestNode(copy)
by_rule = [rule.place(order, partial=True).plan for order in day]
print(f"parcels {sum(len(plan.shipments) for plan in by_rule)}")
print(f"cost {sum(plan.cost for plan in by_rule)} {shop.network.currency}")

# %% [markdown]
# At any time the engine can prove that its books are in order.

# %%
engine.check()
copy.check()
print("checked")
