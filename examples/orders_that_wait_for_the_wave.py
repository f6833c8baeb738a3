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
# # Orders that wait for the wave
#
# Two thousand orders, one after the other, each from where it was best served when it
# came. At noon the wave is released to the nodes: before that, all of them are decided anew
# together. Real stores and tariffs; the orders are the first three lines of real baskets,
# one unit of each; the stock is synthetic and scarce (see `notes` of the sample).

# %%
import omniroute as om

shop = om.datasets.load_us_retail(cover_days=2)
engine = om.Engine(shop.network, shop.items, clock=lambda: 1_767_614_400)
engine.apply(shop.opening_stock)
orders = [
    om.Order({line.sku: 1 for line in full.lines[:3]}, full.destination, id=full.id)
    for full in shop.orders[:2000]
]
placed = engine.route_many(orders, reserve=True, partial=True)
print(placed)

# %% [markdown]
# Nothing changes yet. No order loses a unit, and none arrives later than its plan said.

# %%
wave = [placed.plan(k) for k, is_held in enumerate(placed.reserved) if is_held]
found = engine.reoptimise(wave)
print(found)
dearer = sum(each.saving < 0 for each in found.moved)
print(f"{found.saving} saved; {dearer} of those that move cost more, to make room")

# %% [markdown]
# What the five that gain most leave, and where they go:

# %%
gains = sorted(found.moved, key=lambda each: (-each.saving, each.id))
for each in gains[:5]:
    old, new = (len(plan.shipments) for plan in (each.old, each.new))
    print(f"{each.id}: {old} -> {new} parcels, {each.saving} less")

# %% [markdown]
# All of them move in one step; had a node sold what one of them needs meanwhile, none
# would.

# %%
print(engine.reassign(found).status)
print(engine.reoptimise([found.plan(id) for id in found.orders]))
