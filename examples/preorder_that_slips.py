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
# # A pre-order that slips
#
# A console comes out on Friday. The warehouse has twenty from an earlier delivery, and a
# purchase order of a hundred is due on Thursday. Shoppers order before it is out; then the
# ship is late. All figures are made up.

# %%
from datetime import UTC, datetime, timedelta

import omniroute as om

monday = datetime(2027, 3, 1, 9, tzinfo=UTC)
clock = [monday]
engine = om.Engine(
    om.Network(
        [om.Node("RENO", kind="warehouse"), om.Node("MALL")],
        [om.Service("ground", "ship", om.RateCard([5000], {1: [9]}))],
    ),
    [om.Item("CONSOLE", weight_g=4_200)],
    clock=lambda: int(clock[0].timestamp()),
)
thursday, friday = monday + timedelta(days=3), monday + timedelta(days=4)
engine.apply(
    [
        om.Receive("CONSOLE", "RENO", 20),
        om.Receive("CONSOLE", "MALL", 3),
        om.Expect("PO-88", "CONSOLE", "RENO", 100, due=thursday),
    ]
)


def show(title: str) -> None:
    cell = engine.stock("CONSOLE", "RENO")
    print(
        f"{title}: {cell.on_hand} there, {cell.inbound} to come, {cell.later} promised "
        f"for later, {cell.kept} kept for them, {max(0, cell.free)} to sell today"
    )


show("Monday")

# %% [markdown]
# Pre-orders for Friday count on what is due by then. The first hundred need nothing of what
# is on the shelf; from the next ten on, the shelf has to keep some back.

# %%
for k in range(10):
    line = om.HoldLine("CONSOLE", "RENO", 10, due=friday)
    engine.reserve([line], id=f"friday-{k}")
show("a hundred pre-orders")
print(engine.reserve({("CONSOLE", "RENO"): 10}, id="friday-10", due=friday).status.name)
show("ten more")

# %% [markdown]
# A till that sells today cannot take what a pre-order needs, and one more large pre-order
# cannot take what is promised already, whether that is due before or after it.

# %%
for id, quantity, due in (
    ("today", 11, None),
    ("before", 11, monday + timedelta(days=1)),
    ("after", 11, friday + timedelta(days=9)),
    ("today", 10, None),
):
    asked = engine.reserve({("CONSOLE", "RENO"): quantity}, id=id, due=due)
    print(id, quantity, asked.status.name)
print(engine.fulfil("today").name)
show("ten sold on Monday")

# %% [markdown]
# On Tuesday the carrier calls: the ship comes on Wednesday of next week, with twenty boxes
# less. That is a fact, whatever was promised. The engine says who is no longer covered.

# %%
clock[0] = monday + timedelta(days=1)
late = friday + timedelta(days=5)
engine.apply([om.Reschedule("PO-88", due=late), om.CancelInbound("PO-88", 20)])
show("Tuesday")

found = engine.at_risk()
columns = (found[name] for name in ("id", "held", "missing", "covered"))
for id, held, missing, covered in zip(*columns, strict=True):
    print(f"{id}: {missing} of {held} missing, covered {covered}")

# %% [markdown]
# The first pre-order keeps its Friday: the shelf has ten for it. For the last two no
# delivery is in sight. As long as they are promised, a new promise to anybody else would
# take what is theirs, and is refused: so they come first. One is moved to a delivery in
# May that the buyers arrange, the other gives up.

# %%
print(engine.redate("friday-1", late).name)
may = monday + timedelta(days=60)
engine.apply(om.Expect("PO-91", "CONSOLE", "RENO", 40, due=may))
print(engine.redate("friday-9", may).name, engine.cancel("friday-10").name)

# %% [markdown]
# The others are promised anew for the day on which the engine sees them covered. `redate`
# takes the units from one day to the other in one step, if they can be had then.

# %%
found = engine.at_risk()
for id, covered in zip(found["id"], found["covered"].tolist(), strict=True):
    print(id, engine.redate(id, covered.replace(tzinfo=UTC)).name)
print("at risk:", engine.at_risk()["id"])
show("all promised anew")

# %% [markdown]
# Friday: what was due turns into an ordinary order by itself, and leaves.

# %%
clock[0] = friday
show("Friday")
print(engine.fulfil("friday-0").name, engine.reservation("friday-0").state.name)
clock[0] = late
engine.apply(om.Arrive("PO-88"))
print([engine.fulfil(f"friday-{k}").name for k in range(1, 9)])
show("the ship is in")
engine.check()
