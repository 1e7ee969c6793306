"""Generated libraries: the same for the same seed, of the size they promise, and fit for what they are made for."""

from collections import defaultdict
from datetime import timedelta

import msgspec
import pytest

from libs.simulator.builders import world_with
from libs.simulator.generator import generate
from libs.simulator.plant import CannotPlantError
from libs.simulator.radarr.server import RadarrServer
from libs.simulator.simulation import Simulation
from libs.simulator.sizes import AUDIENCES, SIZES, audience_for, profile_of, size_for
from libs.simulator.specs import GB, MovieSpec, SeasonSpec, ShowSpec
from libs.simulator.titles import MOVIE_TITLES, SHOW_TITLES, movie_title, show_title
from libs.simulator.true_audience import oldest_file_at, true_enrichment
from libs.simulator.truth import TrueItem, true_items
from libs.simulator.world import World
from tests.unit.simulator.arr_caller import Caller
from tests.unit.simulator.conftest import NOW


def _parts(world: World) -> list[TrueItem]:
    """Movies and seasons that have files."""
    return [item for item in true_items(world) if item.files and item.type != "show"]


@pytest.mark.parametrize("profile", ["demo", "small", "fixture"])
def test_a_seed_gives_the_same_library_again(profile: str) -> None:
    first, second = (msgspec.json.encode([*true_items(generate(profile, 42, NOW))]) for _ in range(2))

    assert first == second


def test_another_seed_gives_another_library_and_other_keys() -> None:
    first, second = generate("small", 1, NOW), generate("small", 2, NOW)

    assert [*true_items(first)] != [*true_items(second)]
    assert first.instances["radarr"].api_key != second.instances["radarr"].api_key


@pytest.mark.parametrize(("profile", "items"), [("small", 200), ("typical", 5_000)])
def test_a_profile_has_exactly_its_number_of_items(profile: str, items: int) -> None:
    assert generate(profile, 7, NOW).item_count() == items


@pytest.mark.parametrize("items", [100, 1_000, 1_234])
def test_a_library_of_any_size_has_exactly_that_size(items: int) -> None:
    world = generate(profile_of(items), 7, NOW)

    assert world.item_count() == items
    assert sum(len(server.plays) for server in world.media_servers.values()) == items * 10


def test_a_library_of_any_size_is_mixed_like_the_large_one() -> None:
    assert size_for(100_000) == SIZES["large"]
    assert audience_for(100_000) == AUDIENCES["large"]


def test_a_library_that_is_too_small_for_every_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 100"):
        profile_of(99)


def test_a_large_library_has_a_hundred_thousand_items_and_is_encoded_once() -> None:
    simulation = Simulation(generate("large", 7, NOW))
    assert simulation.world.item_count() == 100_000
    radarr = Caller(simulation, "radarr")

    server = simulation.systems["radarr"].server
    assert isinstance(server, RadarrServer)
    cache = server.lean
    movies = list(simulation.world.instances["radarr"].movies.values())
    before = [cache.row(movie) for movie in movies]
    radarr.send("DELETE", "/movie/1", deleteFiles="true")
    radarr.send("PUT", "/movie/2", {"monitored": not movies[1].monitored})
    after = [cache.row(movie) for movie in movies[1:]]
    assert len(before) == SIZES["large"].movies * 1.02
    assert sum(old is not new for old, new in zip(before[1:], after, strict=True)) == 1


def test_titles_do_not_repeat() -> None:
    assert len({movie_title(number) for number in range(MOVIE_TITLES)}) == MOVIE_TITLES
    assert len({show_title(number) for number in range(SHOW_TITLES)}) == SHOW_TITLES


@pytest.mark.parametrize("seed", range(5))
def test_thirty_deletions_bring_the_demonstration_to_its_target(seed: int) -> None:
    world = generate("demo", seed, NOW)
    media = world.disks.volumes["media"]
    sizes = sorted(item.size_bytes for item in _parts(world))

    assert 1 - media.free_bytes / media.total_bytes == pytest.approx(0.9)
    assert sum(sizes[:30]) >= media.total_bytes * 0.15
    assert sum(sizes) < media.total_bytes - media.free_bytes


def test_the_demonstration_has_something_of_everything() -> None:
    world = generate("demo", 42, NOW)
    items = _parts(world)
    week_ago = NOW - timedelta(days=7)
    young = [item for item in items if item.added_at and item.added_at > week_ago]

    assert (sum(i.type == "movie" for i in items), len(world.instances["sonarr"].shows)) == (60, 12)
    assert 3 <= len(young) <= len(items) * 0.1
    assert sum("keep" in item.tags for item in items) >= 4
    assert len({item.collection for item in items if item.collection}) == 2
    assert {show.status for show in world.instances["sonarr"].shows.values()} >= {"continuing", "ended"}
    assert {item.volume for item in items} == {"media"}


@pytest.mark.parametrize("seed", range(5))
def test_the_audience_of_the_demonstration_was_there_before_its_oldest_file(seed: int) -> None:
    world = generate("demo", seed, NOW)
    oldest = min(oldest_file_at(world, item) for item in _parts(world))

    assert {server.kind.value for server in world.media_servers.values()} == {"plex", "jellyfin"}
    for server in world.media_servers.values():
        counters = defaultdict(list)
        for view in server.plays:
            counters[view.person, view.title, view.season, view.episode].append(view.at)
        assert min(map(max, counters.values())) < oldest, "a server that only counts tells the last play of each"
        assert max(view.at for view in server.plays) <= NOW.timestamp()
        assert len({title.path for title in server.titles.values()}) >= 0.8 * 72


@pytest.mark.parametrize("seed", range(5))
def test_most_of_the_demonstration_is_never_or_long_ago_watched_and_some_of_it_is_loved(seed: int) -> None:
    facts = [item for item in true_enrichment(generate("demo", seed, NOW)) if item.play_count is not None]
    a_year_ago = NOW - timedelta(days=365)
    forgotten = [item for item in facts if item.last_played is None or item.last_played < a_year_ago]

    assert len(forgotten) > len(facts) / 2
    assert sum((item.play_count or 0) >= 3 for item in facts) >= 8
    assert any(item.on_watchlist for item in facts)
    assert any(item.watched_by_requestor for item in facts)
    assert len({label for item in facts for label in item.labels}) == 3


def test_no_file_is_from_the_future() -> None:
    assert all(item.added_at and item.added_at < NOW for item in _parts(generate("typical", 3, NOW)))


def test_a_test_can_say_exactly_what_exists() -> None:
    world = world_with(
        movies=[MovieSpec(title="Film", size_bytes=3 * GB, tags=["keep"], age_days=2)],
        shows=[ShowSpec(title="Show", seasons=[SeasonSpec(number=2, episodes=4, files=3, size_bytes=9 * GB + 1)])],
        now=NOW,
    )

    movie, show, season = true_items(world)
    assert (movie.title, movie.size_bytes, movie.tags, movie.path) == (
        "Film",
        3 * GB,
        ["keep"],
        "/data/media/movies/Film (2015)",
    )
    assert (show.type, show.size_bytes, season.external_id, season.files) == ("show", 9 * GB + 1, "1-s2", 3)
    assert world.disks.volumes["media"].free_bytes == 200 * GB


def test_an_id_cannot_be_taken_twice() -> None:
    with pytest.raises(CannotPlantError, match="already has an item 5"):
        world_with(movies=[MovieSpec(title="A", id=5), MovieSpec(title="B", id=5)], now=NOW)


def test_ids_are_not_given_again_after_a_deletion() -> None:
    simulation = Simulation(world_with(movies=[MovieSpec(title="A"), MovieSpec(title="B")], now=NOW))
    Caller(simulation, "radarr").send("DELETE", "/movie/2", deleteFiles="true")

    assert simulation.world.instances["radarr"].take_id() == 3
