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
# # Who has it, and where to with it
#
# Two questions of a store network on one day. A customer wants a coat that some records
# say is there: who is asked first, who next? And coats come back to a store that has too
# many: which stay, which are worth a parcel? Four stores and a warehouse, all made up.

# %%
import omniroute as om

TOWNS = {
    "AUSTIN": (30.27, -97.74),
    "BOSTON": (42.36, -71.06),
    "CHICAGO": (41.88, -87.63),
    "DENVER": (39.74, -104.99),
}
ground = om.Service(
    "ground",
    "ship",
    om.RateCard.by_zone({1: 5, 2: 7.5, 3: 11}),
    om.DistanceBands([800, 1800, 5000]),
    transit_days={1: 1, 2: 2, 3: 4},
)
nodes = [
    om.Node(name, latitude=at[0], longitude=at[1], unit_cost=1.5)
    for name, at in TOWNS.items()
]
nodes.append(
    om.Node("DEPOT", "warehouse", latitude=38.25, longitude=-85.76, unit_cost=0.6)
)
clock = [1_767_614_400]  # 2026-01-05, noon UTC
engine = om.Engine(
    om.Network(nodes, [ground]), [om.Item("COAT", 900)], clock=lambda: clock[0]
)
engine.apply(
    [
        om.Receive("COAT", "AUSTIN", 14),
        om.Receive("COAT", "BOSTON", 1),
        om.Receive("COAT", "CHICAGO", 3),
        om.Receive("COAT", "DENVER", 2),
    ]
)
engine.set_find(
    {
        ("COAT", "AUSTIN"): 0.95,
        ("COAT", "BOSTON"): 0.4,  # the last one of a size is often nowhere
        ("COAT", "CHICAGO"): 0.7,
        ("COAT", "DENVER"): 0.6,
    }
)

# %% [markdown]
# ## Whom to ask
#
# A customer near New York. `route` takes the cheapest store that has the coat on record.
# If it is not there, a parcel is not sent, but a picker has looked for it in vain, and a
# day is gone. Nobody finding it costs 30.

# %%
new_york = om.Destination(latitude=40.7, longitude=-74.0)
order = om.Order({"COAT": 1}, new_york, id="W-1")
print(engine.route(order).shipments[0].node, "is cheapest on record")
rules = om.AttemptRules(give_up=30, failed=4, max_attempts=3)
found = engine.attempts(order, rules)
print(found)
print(found.table())

# %% [markdown]
# The first one does not find it. The rest is scored anew, on the stock as it is by now:
# and somebody has just bought three in Chicago.

# %%
tried = [found.next.node]
engine.apply(om.Sell("COAT", "CHICAGO", 3))
again = engine.attempts(order, rules, tried=tried)
print(again)
print(again.table())

# %% [markdown]
# ## Where to with it
#
# Five coats come back to Austin, which has more than it will sell at the full price.

# %%
policy = om.ReturnPolicy(
    need=[(1, 1), (5, 0.9)],
    otherwise=0.6,
    sellable={"quality_hold": 0.8},
    scrap=0.05,
    takes={"quality_hold": ["DEPOT"], "damaged": ["DEPOT", "AUSTIN"]},
    handling={"store": 2, "warehouse": 0.75},
)
first = engine.route_return(om.HandIn("COAT", 1, "AUSTIN", value=60, id="R-1"), policy)
print(first)
print(first.table())

# %%
batch = engine.route_returns(
    {
        "sku": "COAT",
        "quantity": [1, 1, 1, 1, 2],
        "value": 60,
        "at": "AUSTIN",
        "state": ["on_hand", "on_hand", "quality_hold", "damaged", "on_hand"],
        "id": [f"R-{i}" for i in range(1, 6)],
    },
    policy,
    book=True,
)
print(batch)
print(batch.nodes)
print("on their way:", engine.inbound()["id"], engine.inbound()["node"])

# %% [markdown]
# Four days later all parcels are there. What was damaged or for inspection becomes
# unavailable stock where it arrives; the rest is for sale.

# %%
clock[0] += 4 * 86_400
engine.apply([fact for fact in batch.on_arrival if fact is not None])
for node in engine.network.node_ids:
    cell = engine.stock("COAT", node)
    print(f"{node}: {cell.on_hand} on hand, unavailable {dict(cell.unavailable)}")
engine.check()
