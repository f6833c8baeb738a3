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
# # A drop that sells out
#
# Three hundred pairs of one shoe in two stores and a warehouse; a thousand shoppers in
# sixteen threads, some of whom want two pairs. Every pair is sold once, and only once:
# routing and reserving are one step, so nobody is promised what another has just taken.
# All figures are made up.

# %%
from concurrent.futures import ThreadPoolExecutor

import omniroute as om

ground = om.Service("ground", "ship", om.RateCard([1000], {1: [5]}))
nodes = [om.Node("SOHO"), om.Node("BROOKLYN"), om.Node("NEWARK", kind="warehouse")]
engine = om.Engine(om.Network(nodes, [ground]), [om.Item("SHOE", weight_g=900)])
engine.apply([om.Receive("SHOE", node, 100) for node in engine.network.node_ids])
print("on sale:", engine.available_to_promise("SHOE"))


# %% [markdown]
# A shopper puts pairs into a cart: a hold of ten minutes. Most pay, every seventh thinks
# better of it, and what they held is at once there for the others.


# %%
def shop(number: int) -> str:
    pairs = 2 if number % 5 == 0 else 1
    order = om.Order({"SHOE": pairs}, om.Destination(postcode="10001"))
    cart = f"cart-{number}"
    if not engine.place(order, id=cart, ttl="10min").reserved:
        return "sold out"
    if number % 7 == 0:
        engine.release(cart)
        return "thought better of it"
    engine.commit(cart)
    return "bought"


with ThreadPoolExecutor(16) as threads:
    first = list(threads.map(shop, range(1000)))
# Who came too early, before the last carts were given back, tries once more.
again = [shop(1000 + k) for k in range(first.count("sold out"))]

# %% [markdown]
# Who gets a pair depends on who comes first. How many are sold does not.

# %%
held = engine.reservations(open=True)
print(
    "sold:",
    int(held["held_quanta"].sum()),
    "left:",
    engine.available_to_promise("SHOE"),
)
for node in engine.network.node_ids:
    cell = engine.stock("SHOE", node)
    print(f"{node}: {cell.on_hand} on hand, {cell.firm} of them sold, {cell.soft} held")
print("told apart:", sorted(set(first)))
engine.check()  # books, cells and totals rebuilt and compared: nothing to say
