"""Millions of random operations: the engine beside its naive twins, by one command.

    python -m tests.long_lane                                # ten million, on all cores
    python -m tests.long_lane --operations 200_000 --first 5_000
    python -m tests.long_lane --first 1234 --histories 1     # one history again, alone

Histories are numbered, and a number says all of its history: a run is resumed with
``--first``, and what goes wrong is told by number. What an operation answers is compared
at once; digest, every promise, what each reservation holds, and all that is kept
incrementally every `CHECK_EVERY` operations and at the end, when the log is replayed too.
Each row of a frame, each request of a batch and each step counts as an operation; in
histories with all there is, each call and each fact.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from random import Random

import omniroute as om
from omniroute.engine.terms import Terms, print_of_terms
from omniroute.reservations import print_lines
from tests.lane_of_all import everything, fresh
from tests.pair import NODES, SKUS, Pair
from tests.stock.knobs import tiny_knobs

LENGTH = 600
CHECK_EVERY = 100
KINDS = ("receive", "receive", "adjust", "count", "sell", "sell", "safety")
STATES = ("on_hand", "damaged", "repair")
TO = om.Destination(postcode="55425", country="US")


class History:
    """One random history of stock facts and reservations."""

    def __init__(self, number):
        self.dice = Random(number)
        self.pair = Pair()
        self.done = self.opened = self.checks = 0
        self.ids = ["never"]
        self.steps = [
            *[self.event] * 4,
            *[self.frame] * 3,
            *[self.supply] * 2,
            *[self.reserve] * 5,
            *[self.reserve_many] * 2,
            *[self.order] * 3,
            *[self.step] * 8,
            *[self.parts] * 2,
            self.many,
            self.decline,
            *[self.pass_time] * 2,
        ]

    def run(self):
        """Go through it; how many operations that were."""
        while self.done < LENGTH:
            self.done += self.dice.choice(self.steps)() or 1
            if self.done >= self.checks * CHECK_EVERY:
                self.pair.check()
                self.checks += 1
        self.pair.check()
        self.pair.check_replay()
        return self.done

    # -- what is drawn -----------------------------------------------------------------

    def cell(self):
        return self.dice.choice(SKUS), self.dice.choice(NODES)

    def lines(self, least=1):
        count = self.dice.randint(1, 3)
        return [(*self.cell(), self.dice.randint(least, 6)) for _ in range(count)]

    def new_id(self):
        self.opened += 1
        self.ids.append(f"R{self.opened * 7 % 10}{self.opened}")
        return self.ids[-1]

    def old_id(self):
        """Mostly of late: what is long over answers all alike."""
        return self.dice.choice(self.ids[-8:] if self.dice.random() < 0.9 else self.ids)

    def ttl(self):
        return self.dice.choice([None, None, 2, 9])

    def flag(self):
        return self.dice.random() < 0.3

    # -- stock facts -------------------------------------------------------------------

    def event(self):
        self.pair.event(self.dice.choice(KINDS), *self.cell(), self.dice.randint(1, 9))

    def frame(self):
        """Facts in columns; some frames are long enough to be laid out anew."""
        dice = self.dice
        count = dice.choice([1, 5, 20, 60])
        rows = [
            (dice.choice(KINDS), *self.cell(), dice.randint(1, 5)) for _ in range(count)
        ]
        names = ("event", "sku", "node", "quantity")
        columns = {name: [row[k] for row in rows] for k, name in enumerate(names)}
        self.pair.engine.apply(columns)
        for row in rows:
            self.pair.twin.fact(*row)
        return count

    def supply(self):
        """Units change their state, are expected, come, and are called off."""
        dice, twin = self.dice, self.pair.twin
        (sku, node), q = self.cell(), dice.randint(1, 9)
        what, entries = dice.randrange(5), twin.supply.entries
        if what == 0:
            state = dice.choice(STATES)
            self.pair.engine.apply(om.Return(sku, node, q, state=state))
            self.put(sku, node, state, q, "return")
        elif what == 1:
            out, to = dice.sample(STATES, 2)
            has = twin.supply.unavailable.get((sku, node, out), 0)
            good = out == "on_hand" or has >= q
            self.try_(om.Move(sku, node, q, out, to), good)
            for state, change in ((out, -q), (to, q)) if good else ():
                self.put(sku, node, state, change, "move")
        elif what == 2:
            id, due = f"P{len(entries) if self.flag() else dice.randrange(9)}", q + 9
            good = twin.supply.expect(id, sku, node, q, due, "purchase_order")
            self.try_(om.Expect(id, sku, node, q, due=due), good)
        elif entries:
            id, part = dice.choice(sorted(entries)), dice.choice([None, q])
            if what == 3:
                self.pair.engine.apply(om.Arrive(id, part))
                came = twin.supply.arrive(id, part)
                if came:
                    self.put(*entries[id]["asked"][:2], "on_hand", came, "arrive")
            else:
                self.try_(om.CancelInbound(id, part), twin.supply.cancel(id, part))

    def try_(self, event, good):
        """It is taken in, or refused and nothing changes."""
        try:
            self.pair.engine.apply(event)
        except om.ValidationError:
            assert not good, event
        else:
            assert good, event

    def put(self, sku, node, state, change, what):
        if state == "on_hand":
            self.pair.twin.fact(what, sku, node, change)
        else:
            self.pair.twin.supply.shift(sku, node, state, change)

    # -- reservations ------------------------------------------------------------------

    def reserve(self):
        old = self.old_id() if self.flag() else None
        if self.dice.random() < 0.1:
            self.pair.reserve(self.old_id(), self.lines(), self.ttl())
        else:
            lines, ttl = self.lines(), self.ttl()
            self.pair.reserve(
                self.new_id(), lines, ttl, self.flag(), old, sticky=self.flag()
            )

    def reserve_many(self):
        asked = [(self.new_id(), self.lines()) for _ in range(self.dice.randint(1, 12))]
        if self.flag():
            asked.append((self.old_id(), self.lines()))
        self.pair.reserve_many(asked, self.ttl(), self.flag(), self.flag())
        return len(asked)

    def order(self):
        """Routed and reserved, alone or in a batch; the twin takes what the plan says."""
        dice, engine = self.dice, self.pair.engine
        ttl, partial = self.ttl(), self.flag()
        orders = [
            om.Order({sku: dice.randint(1, 9) for sku in some}, TO, id=self.new_id())
            for some in (
                dice.sample(SKUS, dice.randint(1, 3)) for _ in range(dice.randint(1, 5))
            )
        ]
        if len(orders) == 1:
            plans = [engine.place(orders[0], ttl=ttl, partial=partial).plan]
        else:
            found = engine.route_many(orders, reserve=True, ttl=ttl, partial=partial)
            plans = [found.plan(i) for i in range(len(orders))]
        for order, plan in zip(orders, plans, strict=True):
            self.take(order, plan, ttl, partial)
        return len(orders)

    def take(self, order, plan, ttl, partial):
        """As much as there is, and nothing where that will not do."""
        engine, twin = self.pair.engine, self.pair.twin
        short = {
            line.sku: line.quantity - twin.atp(line.sku)
            for line in order.lines
            if line.quantity > twin.atp(line.sku)
        }
        assert {line.sku: line.quantity for line in plan.shortages} == short
        if not plan.shipments or (short and not partial):
            return
        nodes = [shipment.node for shipment in plan.shipments]
        picks = [(order.lines[i].sku, nodes[x], q) for x, i, q in plan.picks]
        now = engine.state.now
        lines = print_lines(engine.state, plan.ask.lines)
        terms = print_of_terms(order, Terms(ttl or 0, partial, None, sticky=False))
        twin.hold(order.id, picks, now, now + ttl if ttl else 0, lines, terms)

    def step(self):
        dice, id = self.dice, self.old_id()
        part = dice.choice([None, self.held_of(id), self.lines()])
        self.pair.step(
            *dice.choice(
                [
                    ("commit", id),
                    ("commit", id),
                    ("release", id),
                    ("fulfil", id, part),
                    ("cancel", id, part),
                    ("amend", id, self.lines(least=0)),
                    ("move", id, *dice.sample(NODES, 2), None),
                    ("extend", id, dice.randint(1, 9)),
                ]
            )
        )

    def held_of(self, id):
        """A part of what it holds, or what it may not hold."""
        held = self.pair.twin.held(id) if id in self.pair.twin.reservations else {}
        some = [(*cell, self.dice.randint(1, n)) for cell, n in held.items()]
        return some[: self.dice.randint(1, 3)] or self.lines()

    def parts(self):
        ids = set(self.dice.choices(self.ids[-12:], k=self.dice.randint(1, 6)))
        asked = [(id, self.held_of(id)) for id in sorted(ids)]
        self.pair.parts(self.dice.choice(["fulfil", "cancel"]), asked)
        return len(asked)

    def many(self):
        ids = self.dice.choices(self.ids[-12:], k=self.dice.randint(1, 6))
        names = ("commit", "commit", "fulfil", "cancel", "release")
        self.pair.many(self.dice.choice(names), ids)
        return len(ids)

    def decline(self):
        self.pair.decline(self.old_id(), self.dice.choice(NODES), None, self.flag())

    def pass_time(self):
        self.pair.pass_time(self.dice.randint(0, 3))


def protected(number):
    """One random history of safety, oversell and fences: how many operations."""
    from tests.test_protection_machine import ProtectionMachine, one_step

    dice, machine = Random(number), ProtectionMachine()
    machine.open()
    try:
        for k in range(LENGTH // 3):
            one_step(machine, dice)
            if k % (CHECK_EVERY // 5) == 0:
                machine.agrees_with_the_twin()
        machine.agrees_with_the_twin()
        machine.teardown()
    finally:
        if hasattr(machine, "engine"):
            machine.knobs.__exit__(None, None, None)
    return LENGTH // 3


def plain(number):
    """One random history of stock facts and reservations: how many operations."""
    with tiny_knobs(merge_least=8):
        return History(number).run()


#: Which histories there are, by what is left of their number.
TURNS = (plain, everything, plain, protected, plain, everything, fresh, everything)


def play(number):
    """A history by its number: operations, and what went wrong or None."""
    try:
        return TURNS[number % len(TURNS)](number), None
    except Exception:
        return 0, f"history {number}:\n{traceback.format_exc()}"


def play_some(numbers):
    """Some of them: operations, what went wrong, and processor time taken."""
    done, wrong, start = 0, [], time.process_time()
    for number in numbers:
        operations, told = play(number)
        done += operations
        wrong += [told] if told else []
    return done, wrong, time.process_time() - start


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.long_lane")
    parser.add_argument("--operations", type=int, default=10_000_000)
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first history"
    )
    parser.add_argument("--histories", type=int, help="so many, whatever they come to")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    om.warm_up()
    start, told, spent = time.perf_counter(), 0.0, 0.0
    done, number, wrong = 0, options.first, []
    last = None if options.histories is None else number + options.histories
    batch = 25
    with ProcessPoolExecutor(options.workers) as pool:
        while done < options.operations and number != last:
            tasks = []
            for _ in range(4 * options.workers):
                end = number + batch if last is None else min(last, number + batch)
                if end > number:
                    tasks.append(pool.submit(play_some, range(number, end)))
                number = end
            for task in tasks:
                operations, failed, taken = task.result()
                done, wrong, spent = done + operations, wrong + failed, spent + taken
                for text in failed:
                    print(text, flush=True)
            passed = time.perf_counter() - start
            if passed - told > 10 or done >= options.operations or number == last:
                told = passed
                print(
                    f"{done:,} operations, histories {options.first:,} to {number - 1:,}, "
                    f"{done / passed:,.0f}/s ({done / spent:,.0f} a core), "
                    f"{len(wrong)} wrong; "
                    f"go on with --first {number}",
                    flush=True,
                )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
