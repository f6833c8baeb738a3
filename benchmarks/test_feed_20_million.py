"""The case of twenty million counts, on twenty thousand: it measures what it says."""

from __future__ import annotations

from benchmarks import feed_20_million


def test_one_in_twenty_is_news_and_then_nothing() -> None:
    found = feed_20_million.ours(2_500, 100, 8, 3_000)
    assert found["rows"] == 20_000
    for way in ("whole", "pieces"):
        assert found[f"{way}_news_unchanged"] == 19_000
        assert found[f"{way}_again_unchanged"] == 20_000


def test_the_rival_compares_as_many() -> None:
    assert feed_20_million.compared(2_500, 100, 8, 3_000)["rows"] == 20_000
