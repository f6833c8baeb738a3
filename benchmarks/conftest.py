"""Networks shared by the benchmark tests."""

from __future__ import annotations

import pytest

from benchmarks import networks
from benchmarks.networks import World


@pytest.fixture(scope="session", params=["sample", 100, 2_000], ids=str)
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "sample":
        return networks.sample()
    return networks.synthetic(request.param)


@pytest.fixture(scope="session")
def large() -> World:
    return networks.synthetic(2_000)
