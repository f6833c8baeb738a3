"""Events one by one, each an object."""

from __future__ import annotations

from typing import Any

import numpy as np

from omniroute.errors import UnknownIdError, ValidationError
from omniroute.stock.draft import Draft
from omniroute.stock.effects import EffectBatch, concat
from omniroute.stock.event_rows import write
from omniroute.stock.repeats import Repeats
from omniroute.stock.settling import settled
from omniroute.stock.shelf import with_lots
from omniroute.stock.state import State
from omniroute.stock.taken_in import Errors, Intake


def from_objects(
    state: State,
    events: dict[int, Any],
    now: int,
    skip: bool,
    errors: Errors,
    *,
    single: bool = False,
) -> Intake:
    """Take events one by one; the paths of a single one are its own."""
    draft, repeats = Draft(state, now), Repeats(state, now)
    total = len(events.keys() | errors.keys())
    duplicates = 0
    for i, event in events.items():
        if i in errors:
            continue
        try:
            if repeats.knows(event):
                duplicates += 1
                continue
            duplicates += not write(draft, i, event)
        except (ValidationError, UnknownIdError) as error:
            errors[i] = error if single else error.under(f"events[{i}]")
            if not skip:
                raise errors[i] from None
        else:
            repeats.add(event)
    batch = EffectBatch(draft.rows, draft.texts)
    owners = np.array(draft.owners, np.int64)
    told = repeats.told(events, owners)
    batch, owners, late, more = settled(state, batch, owners, now, told=told)
    whole = with_lots(state, concat([batch, repeats.effects(), more]))
    owners = np.concatenate([owners, np.full(len(whole) - len(batch), -1)])
    return Intake(whole, owners, total, duplicates, late, errors)
