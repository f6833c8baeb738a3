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
# # Bought online, returned in another store
#
# A coat is bought online, leaves from one store and comes back in another: stained.
# The books say at every step what can be promised and what only looks like it. Then a
# second one comes back as good as new, and is on sale where it lies. All made up.

# %%
import omniroute as om

ground = om.Service("ground", "ship", om.RateCard([2000], {1: [6]}))
network = om.Network([om.Node("AUSTIN"), om.Node("BOSTON")], [ground])
clock = 1_767_614_400  # 2026-01-05, noon UTC
engine = om.Engine(network, [om.Item("COAT", weight_g=1500)], clock=lambda: clock)
engine.apply(om.Receive("COAT", "AUSTIN", 2))


def show(when: str) -> None:
    print(f"{when}: {engine.available_to_promise('COAT')} to promise")
    for node in network.node_ids:
        cell = engine.stock("COAT", node)
        told = f"{cell.on_hand} on hand, {cell.firm} sold, unavailable"
        print(f"  {node}: {told} {dict(cell.unavailable)}")


show("opening")

# %% [markdown]
# The order takes both coats. Each leaves when the store hands it over: one today, one
# tomorrow. What has left is gone from on hand and from what is reserved, once.

# %%
order = om.Order({"COAT": 2}, om.Destination(postcode="60601"), id="W-100")
engine.place(order)
print(engine.fulfil("W-100", {("COAT", "AUSTIN"): 1}))
show("one shipped")
print(engine.fulfil("W-100"), engine.reservation("W-100").state.name)
show("both shipped")

# %% [markdown]
# Boston has never had that coat. It takes the return all the same: the cell is made as
# the return comes in, and a stained coat is unavailable for the reason `damaged`.

# %%
engine.apply(om.Return("COAT", "BOSTON", 1, state="damaged", event_id="R-1"))
engine.apply(om.Return("COAT", "BOSTON", 1, event_id="R-2"))
show("both back")

# %% [markdown]
# The till sends the second return again, as tills do when the line was down: it is known
# by its id and changes nothing. The stain comes out, and the coat moves back on sale.

# %%
again = engine.apply(om.Return("COAT", "BOSTON", 1, event_id="R-2"))
print(again, "- came before:", again.duplicates)
engine.apply(om.Move("COAT", "BOSTON", 1, "damaged", "on_hand"))
show("cleaned")
print(engine.route(om.Order({"COAT": 2}, om.Destination(postcode="60601"))))
engine.check()
