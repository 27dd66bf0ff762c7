"""The download of the pinned file, from a server of the test's own: what is kept, what is refused, and that nothing is lost."""

import errno
import hashlib
import os
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from squares import korea

from impact import where
from impact.__main__ import main
from impact.errors import InputError
from impact.regions import boundaries
from impact.regions.boundaries import Attribution, Pinned, _cache, _download

CLOSED = f"[Errno {errno.ECONNREFUSED}] {os.strerror(errno.ECONNREFUSED)}"
WORDS = Attribution("출처: 시험.", "Source: a test.")
BY_HAND = "Or download {} yourself, and: impact regions boundaries b.geojson --out boundaries.parquet"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Give the test a cache and a network of its own."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("made") / "b.geojson"
    korea().to_file(path)
    return path.read_bytes()


@pytest.fixture
def server():
    """A server of this machine: it answers what it is told to, and remembers what it was asked."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            code, body, length = self.server.answer
            self.send_response(code)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            with suppress(ConnectionError):  # whoever asked may leave before the end
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as serving:
        serving.asked, serving.answer = [], (200, b"", None)
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


@pytest.fixture
def source(server, content, monkeypatch):
    """Pin a file that the server has."""
    server.answer = (200, content, None)
    url = f"http://127.0.0.1:{server.server_port}/b.geojson"
    one = Pinned(url, hashlib.sha256(content).hexdigest(), len(content), WORDS)
    monkeypatch.setattr(_cache, "pinned", lambda: one)
    return one


def refused(*given):
    with pytest.raises(InputError) as error:
        boundaries.fetch(*given)
    return str(error.value)


def files(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# ---- what is kept --------------------------------------------------------------------------------------------------


def test_the_file_is_downloaded_checked_and_prepared(source, server, cache, content):
    assert boundaries.cached() is None
    path = boundaries.fetch()
    assert (
        path == boundaries.cached() == cache / "impact-evaluation" / f"boundaries-{source.sha256[:12]}" / "full.parquet"
    )
    assert files(cache) == ["b.geojson", "full.parquet", "light.parquet"]
    assert (path.parent / "b.geojson").read_bytes() == content
    for detail in ("full", "light"):
        one = boundaries.read(boundaries.cached(detail))
        assert len(one.frame) == 229
        assert one.attribution.ko == "출처: 시험."
    assert server.asked == ["/b.geojson"]


def test_what_is_there_is_not_downloaded_again(source, server, cache):
    boundaries.fetch()
    boundaries.cached("light").unlink()
    boundaries.fetch()
    assert len(server.asked) == 1
    assert boundaries.cached("light")


def test_a_file_in_the_cache_that_was_changed_is_downloaded_again(source, server, cache, content):
    raw = boundaries.fetch().parent / "b.geojson"
    raw.write_bytes(content.replace(b"11110", b"11111"))
    boundaries.fetch()
    assert len(server.asked) == 2
    assert raw.read_bytes() == content


def test_each_pinned_file_has_a_folder_of_its_own(source, monkeypatch):
    boundaries.fetch()
    other = Pinned(source.url, "0" * 64, 1, WORDS)
    monkeypatch.setattr(_cache, "pinned", lambda: other)
    assert boundaries.cached() is None


def test_every_step_is_told(source):
    told = []
    boundaries.fetch(source, told.append)
    assert set(told) == {"downloading boundaries", "preparing full boundaries", "preparing light boundaries"}
    assert len(told) <= boundaries.steps()


def test_a_file_on_a_disk_can_be_fetched_too(source, server, tmp_path, content):
    (tmp_path / "b.geojson").write_bytes(content)
    boundaries.fetch(Pinned((tmp_path / "b.geojson").as_uri(), source.sha256, source.size, WORDS))
    assert server.asked == []
    assert boundaries.cached()


def test_the_real_file_is_prepared_as_it_should_be(shared, monkeypatch):
    """From the folder beside the checkout, not from the network: the file that is pinned is the one that is there."""
    pinned = _cache.pinned()
    path = shared / "data" / "source" / "vuski_sgg_20220309_vote_simple.geojson"
    boundaries.fetch(Pinned(path.as_uri(), pinned.sha256, pinned.size, pinned.attribution))
    full, light = (boundaries.read(boundaries.cached(detail)) for detail in ("full", "light"))
    assert (len(full.frame), len(light.frame)) == (229, 229)
    assert full.notes == light.notes == ("Codes are those in code, of mois:2024-01-18.",)
    assert light.attribution == boundaries.Attribution(
        pinned.attribution.ko, pinned.attribution.en, ("repaired", "dissolved", "simplified", "recoded")
    )


def test_the_pinned_file_is_the_one_of_the_collection(shared):
    pinned = boundaries.pinned()
    said = (shared / "data" / "README.md").read_text(encoding="utf-8")
    assert f"`{pinned.url}`" in said
    assert f"`{pinned.sha256}`" in said
    assert _cache.is_it(shared / "data" / "source" / "vuski_sgg_20220309_vote_simple.geojson", pinned)
    sources = where.data("SOURCES.toml").read_text(encoding="utf-8")
    assert sources.count(pinned.attribution.ko) >= 3  # here, and for the points and neighbours that were made of it


def test_no_attribute_of_the_cache_is_unknown(source):
    with pytest.raises(InputError) as error:
        boundaries.cached("coarse")
    assert str(error.value) == "The cache holds boundaries that are full or light; seen: coarse. Choose one."


# ---- what is refused -----------------------------------------------------------------------------------------------


def not_the_file(source, body, more=""):
    return (
        f"The file at {source.url} must be the one that was checked: {source.size:,} bytes, sha256 {source.sha256}; seen: "
        f"{len(body):,} bytes{more}, sha256 {hashlib.sha256(body).hexdigest()}. Nothing was kept. A proxy may have sent a page "
        f"of its own: try again from another network. {BY_HAND.format(source.url)}"
    )


def test_another_file_is_refused_and_nothing_kept(source, server, cache, content):
    for body in (b"<html>Please log in</html>", content[:-1], content[:-1] + b"x", b""):
        server.answer = (200, body, None)
        assert refused() == not_the_file(source, body)
        assert files(cache) == []


def test_a_file_without_end_is_not_read_to_its_end(source, server, cache, content):
    server.answer = (200, content + bytes(50_000_000), None)
    read = -(-source.size // _download.CHUNK) * _download.CHUNK
    more = content + bytes(max(read - source.size, 0) or _download.CHUNK)
    assert refused() == not_the_file(source, more[:read], " or more")
    assert files(cache) == []


def test_what_was_there_stays_when_the_download_fails(source, server, cache, content):
    path = boundaries.fetch()
    before = path.read_bytes()
    (path.parent / "b.geojson").unlink()
    server.answer = (500, b"", None)
    assert refused().startswith("127.0.0.1:")
    assert path.read_bytes() == before
    assert files(cache) == ["full.parquet", "light.parquet"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (404, "404 Not Found. Try again later."),
        (503, "503 Service Unavailable. Try again later."),
        (407, "407 Proxy Authentication Required. The proxy wants a name and a password: set HTTPS_PROXY with them."),
    ],
)
def test_an_answer_that_is_not_the_file(source, server, cache, code, said):
    server.answer = (code, b"no", None)
    host = source.url.split("/")[2]
    assert refused() == f"{host} must give b.geojson; the answer is {said} {BY_HAND.format(source.url)}"
    assert files(cache) == []


def test_a_connection_that_breaks(source, server, cache, content):
    server.answer = (200, content[:1000], len(content))
    assert refused() == not_the_file(source, content[:1000])
    assert files(cache) == []


def test_no_network(source, server):
    server.shutdown()
    server.server_close()
    assert refused() == (
        f"127.0.0.1:{server.server_port} must be reached for b.geojson; it cannot be: {CLOSED}. Connect to a "
        f"network; behind a proxy, set HTTPS_PROXY. {BY_HAND.format(source.url)}"
    )


def test_a_name_that_is_not_found(source, monkeypatch):
    def lost(*_, **__):
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", lost)
    there = Pinned("https://raw.githubusercontent.com/b.geojson", source.sha256, source.size, WORDS)
    assert refused(there) == (
        "raw.githubusercontent.com must be reached for b.geojson; it cannot be: [Errno -2] Name or service not known. Connect to "
        f"a network; behind a proxy, set HTTPS_PROXY. {BY_HAND.format(there.url)}"
    )


def test_a_network_that_is_silent(source, server, monkeypatch):
    def silent(*_, **__):
        raise TimeoutError("timed out")

    monkeypatch.setattr(_download, "_answer", silent)
    assert refused() == (
        f"127.0.0.1:{server.server_port} must be reached for b.geojson; it cannot be: timed out. Connect to a network; behind a "
        f"proxy, set HTTPS_PROXY. {BY_HAND.format(source.url)}"
    )


def test_a_proxy_that_cannot_be_reached_is_named_without_its_password(source, server, monkeypatch):
    server.shutdown()
    server.server_close()
    monkeypatch.setenv("HTTP_PROXY", f"http://me:secret@127.0.0.1:{server.server_port}")
    there = Pinned("http://boundaries.invalid/b.geojson", source.sha256, source.size, WORDS)
    assert refused(there) == (
        f"boundaries.invalid must be reached for b.geojson; it cannot be through the proxy that is set: {CLOSED}. Check "
        f"HTTPS_PROXY. {BY_HAND.format(there.url)}"
    )


def test_a_proxy_that_refuses(source, server, monkeypatch):
    server.answer = (407, b"", None)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.server_port}")
    there = Pinned("http://boundaries.invalid/b.geojson", source.sha256, source.size, WORDS)
    assert refused(there) == (
        "boundaries.invalid must give b.geojson; the answer is 407 Proxy Authentication Required. The proxy wants a name and a "
        f"password: set HTTPS_PROXY with them. {BY_HAND.format(there.url)}"
    )
    assert server.asked == ["http://boundaries.invalid/b.geojson"]


def test_an_interruption_leaves_nothing(source, cache):
    def stops(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        boundaries.fetch(source, stops)
    assert files(cache) == []


# ---- where the cache lies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "variables", "root"),
    [
        ("Linux", {"XDG_CACHE_HOME": "{home}/x"}, "x"),
        ("Linux", {"XDG_CACHE_HOME": "relative"}, ".cache"),  # the specification: a relative one is not used
        ("Linux", {}, ".cache"),
        ("Darwin", {}, "Library/Caches"),
        ("Windows", {"LOCALAPPDATA": "{home}/local"}, "local"),
        ("Windows", {}, "AppData/Local"),
    ],
)
def test_the_cache_lies_where_each_system_has_it(tmp_path, monkeypatch, source, system, variables, root):
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(home=tmp_path))
    assert _cache.folder(source).relative_to(tmp_path).as_posix() == (
        f"{root}/impact-evaluation/boundaries-{source.sha256[:12]}"
    )


# ---- the command line ----------------------------------------------------------------------------------------------


def test_the_command_says_where_they_lie_and_what_must_stand_on_maps(source, capsys):
    assert main(["regions", "fetch"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"{boundaries.cached()}: 229 units of mois:2024-01-18.",
        "On every map of it:",
        "출처: 시험.",
        "Source: a test.",
    ]
    assert err == ""


def test_the_command_says_in_a_sentence_that_there_is_no_network(source, server, capsys):
    server.answer = (404, b"", None)
    assert main(["regions", "fetch"]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert os.listdir(Path(os.environ["XDG_CACHE_HOME"]) / "impact-evaluation") == []
