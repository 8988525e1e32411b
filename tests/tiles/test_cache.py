"""The memory of made tiles: bounded in bytes, newest use kept, usable from many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tiles.cache import OVERHEAD, TileCache


def test_the_longest_unused_goes_first():
    cache = TileCache(2 * (10 + OVERHEAD))
    cache.put("a", b"a" * 10)
    cache.put("b", b"b" * 10)
    assert cache.get("a") == b"a" * 10
    cache.put("c", b"c" * 10)
    assert [cache.get(k) is not None for k in "abc"] == [True, False, True]


def test_a_body_larger_than_the_cache_is_not_kept_and_drops_nothing():
    cache = TileCache(1000)
    cache.put("small", b"x")
    cache.put("large", b"x" * 2000)
    assert cache.get("large") is None and cache.get("small") == b"x"


def test_putting_one_name_twice_counts_once():
    cache = TileCache(10_000)
    for size in (100, 300):
        cache.put("a", b"x" * size)
    assert cache.size == 300 + OVERHEAD and cache.get("a") == b"x" * 300


def test_threads_never_push_it_over_its_limit():
    cache = TileCache(20_000)

    def work(seed: int) -> int:
        largest = 0
        for step in range(400):
            name = f"{(seed * 31 + step * 17) % 97}"
            found = cache.get(name)
            assert found is None or found == name.encode() * 50
            cache.put(name, name.encode() * 50)
            largest = max(largest, cache.size)
        return largest

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(work, range(8))) <= cache.limit + 100 + OVERHEAD
    assert cache.size == sum(len(b) + OVERHEAD for b in cache._bodies.values()) <= cache.limit
