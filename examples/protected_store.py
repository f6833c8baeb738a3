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
# # A store protected for its walk-in customers
#
# A store in town sells a kettle over the counter and through the web shop. Two are never
# promised to anybody; six are set aside for who walks in. The web sees the rest, and a
# feed tells its page when that runs low, runs out and comes back. All made up.

# %%
import omniroute as om

ground = om.Service("ground", "ship", om.RateCard([5000], {1: [6]}))
nodes = [om.Node("TOWN"), om.Node("DEPOT", "warehouse", order_cost=2)]
channels = [
    om.Channel("counter", fall_back=("pool",)),
    om.Channel("web", fall_back=("pool",)),
]
clock = [1_767_614_400]  # 2026-01-05, noon UTC
engine = om.Engine(
    om.Network(nodes, [ground]),
    [om.Item("KETTLE", weight_g=1400)],
    clock=lambda: clock[0],
    channels=channels,
    journal=True,
)
engine.apply([om.Receive("KETTLE", "TOWN", 20), om.Receive("KETTLE", "DEPOT", 3)])
engine.set_safety([om.SafetyRule(2, node_kind="store")])
engine.allocate(
    [om.RingFence("counter", "KETTLE", 6, nodes="TOWN", protected_percent=100)]
)


def can_have(channel: str) -> int:
    return engine.available_to_promise("KETTLE", "TOWN", channel=channel)


print("counter:", can_have("counter"), "web:", can_have("web"))

# %% [markdown]
# The page subscribes to what the web can have of each node. It is low up to four, and
# has to be two clear of a line before it is better again, so that the page does not
# flicker. The first answer is how things stand.

# %%
page = engine.subscribe(
    ["KETTLE"],
    nodes=["TOWN", "DEPOT"],
    channel="web",
    low=4,
    hysteresis=2,
)


def refresh(when: str) -> None:
    print(f"{when}:")
    for sku, node, old, new, available in page.take():
        print(f"  {sku} at {node}: {old} -> {new} ({available})")


refresh("opening")

# %% [markdown]
# The web takes nine from the store: three are left for it, so the page says low. Then six
# are bought over the counter. They come out of the fence, and the web has as many as
# before; only now would the counter draw on what is common to both.

# %%
town = {("KETTLE", "TOWN"): 9}
print(engine.reserve(town, id="W-1", channel="web", ttl="15min").status)
refresh("nine in a cart")
print(engine.reserve({("KETTLE", "TOWN"): 6}, id="C-1", channel="counter").status)
print("counter:", can_have("counter"), "web:", can_have("web"))
engine.fulfil("C-1")
refresh("six gone over the counter")

# %% [markdown]
# That was what the fence is for: the page has nothing to say. The last three go to
# another cart, and the first cart runs out: nothing happens but that time passes.

# %%
town = {("KETTLE", "TOWN"): 3}
print(engine.reserve(town, id="W-2", channel="web").status)
refresh("three more")
print(engine.reserve({("KETTLE", "TOWN"): 1}, id="W-3", channel="web").status)
clock[0] += 15 * 60
refresh("a quarter of an hour later")

# %% [markdown]
# Another shop keeps a table of its own: the whole of it once, then what changed. And the
# rules are in the journal: an engine that replays it protects the store as this one does.

# %%
table = engine.export_availability(channel="web")
print(table, dict(zip(table.columns()["node"], table.quanta.tolist(), strict=True)))
engine.apply(om.Sell("KETTLE", "DEPOT", 3))
more = engine.export_availability(channel="web", since=table.token)
print(more, dict(zip(more.columns()["node"], more.quanta.tolist(), strict=True)))

twin = om.Engine(engine.network, engine.items, clock=lambda: 0, channels=channels)
twin.replay(engine.log)
for each in (engine, twin):
    each.apply(om.Count("KETTLE", "TOWN", 9))
    print(each.available_to_promise("KETTLE", "TOWN", channel="web"), end=" ")
print(twin.digest() == engine.digest())
engine.check()
