from __future__ import annotations

import argparse
import errno
import hashlib
import io
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.learning import models_cli
from app.learning.catalogue import Model, Version, read_catalogue
from app.learning.download import FetchError, Patience
from app.learning.models import fetch
from app.learning.models_cli import add_arguments, progress_on, run
from tests.learning.model_server import ModelServer, serving

SHARED_MODELS = Path(__file__).resolve().parents[3] / "shared" / "models"
CONTENT = np.random.default_rng(7).bytes(300_000)
NAME = "tiny.onnx"
CHUNK = 16 * 1024


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(ModelServer(CONTENT)) as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    """The seconds that a download would have waited between its tries."""
    return []


@pytest.fixture
def patience(waits: list[float]) -> Patience:
    return Patience(connect_seconds=5, read_seconds=5, sleep=waits.append)


def catalogue(url: str | None, *contents: bytes) -> dict[str, Model]:
    versions = tuple(
        Version(len(content), hashlib.sha256(content).hexdigest()) for content in contents or (CONTENT,)
    )
    return {NAME: Model(NAME, versions, url, "Apache-2.0")}


def from_server(server: ModelServer) -> dict[str, Model]:
    return catalogue(f"{server.url}/release/{NAME}")


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# ---- a server that behaves


def test_a_model_is_downloaded_verified_and_said_to_be_there(tmp_path: Path, server: ModelServer) -> None:
    said: list[str] = []
    seen: list[tuple[str, int, int]] = []
    folder = tmp_path / "data" / "models"
    usable = fetch(
        folder, catalogue=from_server(server), say=said.append, progress=lambda *at: seen.append(at)
    )
    assert usable == [folder / NAME]
    assert (folder / NAME).read_bytes() == CONTENT
    assert names_in(folder) == [NAME]
    assert said == [f"{folder / NAME} is there and verified (300,000 bytes, Apache-2.0)"]
    assert seen[-1] == (NAME, len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_what_is_there_and_verified_is_not_asked_for_again(tmp_path: Path, server: ModelServer) -> None:
    (tmp_path / NAME).write_bytes(CONTENT)
    said: list[str] = []
    fetch(tmp_path, catalogue=from_server(server), say=said.append)
    assert server.requests == []
    assert said == [f"{tmp_path / NAME} is already there and verified"]


def test_a_damaged_file_is_replaced(tmp_path: Path, server: ModelServer) -> None:
    (tmp_path / NAME).write_bytes(CONTENT[:-1] + b"!")
    fetch(tmp_path, catalogue=from_server(server))
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_server_that_does_not_say_the_length_is_believed_when_the_hash_fits(
    tmp_path: Path, server: ModelServer
) -> None:
    server.says_length = False
    fetch(tmp_path, catalogue=from_server(server))
    assert (tmp_path / NAME).read_bytes() == CONTENT


# ---- a line that drops


def test_a_download_cut_in_the_middle_continues_where_it_stopped(
    tmp_path: Path, server: ModelServer, patience: Patience, waits: list[float]
) -> None:
    server.cut_after = [100_000, 50_000]
    fetch(tmp_path, catalogue=from_server(server), patience=patience)
    assert (tmp_path / NAME).read_bytes() == CONTENT
    starts = [int((wanted or "bytes=0-")[6:-1]) for _, wanted in server.requests]
    assert starts[0] == 0
    assert 100_000 - CHUNK < starts[1] <= 100_000  # the chunk under way is lost
    assert starts[1] + 50_000 - CHUNK < starts[2] <= starts[1] + 50_000
    assert waits == [1.0, 1.0]  # each try brought something, so none was held against the server
    assert names_in(tmp_path) == [NAME]


def test_a_second_run_continues_what_the_first_one_left(
    tmp_path: Path, server: ModelServer, patience: Patience
) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(CONTENT[:200_000])
    fetch(tmp_path, catalogue=from_server(server), patience=patience)
    assert [wanted for _, wanted in server.requests] == ["bytes=200000-"]
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_whole_part_needs_only_its_name(tmp_path: Path, server: ModelServer) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(CONTENT)
    fetch(tmp_path, catalogue=from_server(server))
    assert server.requests == []
    assert names_in(tmp_path) == [NAME]


def test_a_server_that_ignores_range_is_read_from_the_beginning(
    tmp_path: Path, server: ModelServer, patience: Patience
) -> None:
    server.honours_range = False
    server.cut_after = [100_000]
    fetch(tmp_path, catalogue=from_server(server), patience=patience)
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_server_that_continues_at_the_wrong_place_is_not_trusted(
    tmp_path: Path, server: ModelServer, patience: Patience
) -> None:
    server.range_shift = -10
    server.cut_after = [100_000]
    fetch(tmp_path, catalogue=from_server(server), patience=patience)
    assert (tmp_path / NAME).read_bytes() == CONTENT
    assert [wanted is None for _, wanted in server.requests] == [True, False, True]


@pytest.mark.parametrize("leftover", [b"x" * 100, b"x" * 300_001, CONTENT[:-1] + b"!"])
def test_a_part_of_something_else_is_thrown_away_once_the_hash_shows_it(
    tmp_path: Path, server: ModelServer, patience: Patience, leftover: bytes
) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(leftover)
    fetch(tmp_path, catalogue=from_server(server), patience=patience)
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_server_in_trouble_is_asked_again_with_growing_waits(
    tmp_path: Path, server: ModelServer, patience: Patience, waits: list[float]
) -> None:
    server.statuses = [503, 429, 500]
    fetch(tmp_path, catalogue=from_server(server), patience=patience)
    assert (tmp_path / NAME).read_bytes() == CONTENT
    assert waits == [1.0, 2.0, 4.0]


def test_a_line_that_always_drops_at_the_same_place_is_given_up_and_can_be_continued(
    tmp_path: Path, server: ModelServer, patience: Patience, waits: list[float]
) -> None:
    server.cut_after = [CHUNK, 0, 0, 0, 0, 0]
    with pytest.raises(FetchError, match=r"could not be downloaded.*dropped.*continues where it stopped"):
        fetch(tmp_path, catalogue=from_server(server), patience=patience)
    assert waits == [1.0, 2.0, 4.0, 8.0]
    assert names_in(tmp_path) == [f"{NAME}.part"]
    assert (tmp_path / f"{NAME}.part").read_bytes() == CONTENT[:CHUNK]


def test_a_server_that_hangs_is_given_up(tmp_path: Path, server: ModelServer, waits: list[float]) -> None:
    server.hang = True
    impatient = Patience(connect_seconds=0.2, read_seconds=0.2, tries=2, sleep=waits.append)
    with pytest.raises(FetchError, match="does not answer"):
        fetch(tmp_path, catalogue=from_server(server), patience=impatient)
    assert (len(server.requests), waits) == (2, [1.0])


def test_a_server_that_is_not_there_is_given_up(
    tmp_path: Path, patience: Patience, waits: list[float]
) -> None:
    with socket.socket() as taken:  # bound but not listening: refused at once
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/{NAME}"
        with pytest.raises(FetchError, match="cannot be reached"):
            fetch(tmp_path, catalogue=catalogue(url), patience=patience)
    assert waits == [1.0, 2.0, 4.0, 8.0]


# ---- a server that is wrong


def test_a_server_without_the_file_is_not_asked_again(
    tmp_path: Path, server: ModelServer, patience: Patience, waits: list[float]
) -> None:
    server.statuses = [404]
    with pytest.raises(FetchError, match=f"{server.url}/release/{NAME} answers 404"):
        fetch(tmp_path, catalogue=from_server(server), patience=patience)
    assert (waits, names_in(tmp_path)) == ([], [])


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (CONTENT[:-1] + b"!", "its SHA-256 differs"),
        (b"<html>Please log in to the hotel's network</html>", "49 bytes instead of 300,000"),
        (CONTENT * 3, "bytes instead of 300,000"),
        (b"", "0 bytes instead of 300,000"),
    ],
)
def test_a_server_that_lies_leaves_nothing_behind(
    tmp_path: Path, server: ModelServer, patience: Patience, lie: bytes, said: str
) -> None:
    server.content = lie
    with pytest.raises(FetchError, match=f"is not the {NAME} of the catalogue .*{said}"):
        fetch(tmp_path, catalogue=from_server(server), patience=patience)
    assert names_in(tmp_path) == []
    assert len(server.requests) == 1


def test_a_good_file_stays_when_its_replacement_is_a_lie(tmp_path: Path, server: ModelServer) -> None:
    """The catalogue has moved on to a new version, the server has not got it."""
    (tmp_path / NAME).write_bytes(b"the previous version")
    server.content = b"not what the catalogue says"
    with pytest.raises(FetchError):
        fetch(tmp_path, catalogue=from_server(server))
    assert (tmp_path / NAME).read_bytes() == b"the previous version"


def test_a_password_in_the_mirror_url_is_not_repeated(tmp_path: Path, server: ModelServer) -> None:
    server.statuses = [403]
    mirror = server.url.replace("http://", "http://me:hunter2@") + "/"
    with pytest.raises(FetchError, match="answers 403") as refusal:
        fetch(tmp_path, catalogue=catalogue("https://example.org/x"), mirror=mirror)
    assert "hunter2" not in str(refusal.value)


# ---- mirrors


def test_a_mirror_url_is_asked_instead_of_the_public_source(tmp_path: Path, server: ModelServer) -> None:
    models = catalogue("http://127.0.0.1:9/never")
    fetch(tmp_path, catalogue=models, mirror=f"{server.url}/mirror/")
    assert server.requests == [(f"/mirror/{NAME}", None)]


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_a_mirror_folder_is_copied_from_and_verified(tmp_path: Path, prefix: str) -> None:
    mirror, target = tmp_path / "mirror", tmp_path / "target"
    mirror.mkdir()
    (mirror / NAME).write_bytes(b"an equivalent")
    usable = fetch(
        target, catalogue=catalogue("http://x", CONTENT, b"an equivalent"), mirror=f"{prefix}{mirror}"
    )
    assert [path.read_bytes() for path in usable] == [b"an equivalent"]


def test_a_mirror_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    mirror, target = tmp_path / "mirror", tmp_path / "target"
    mirror.mkdir()
    (mirror / NAME).write_bytes(b"something else")
    with pytest.raises(FetchError, match=r"mirror/tiny\.onnx is not the tiny\.onnx of the catalogue"):
        fetch(target, catalogue=catalogue(None), names=[NAME], mirror=str(mirror))
    assert names_in(target) == []


def test_a_mirror_folder_without_the_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"The mirror has no readable tiny\.onnx"):
        fetch(tmp_path, catalogue=catalogue("http://x"), mirror=str(tmp_path / "nowhere"))


def test_a_name_that_is_not_in_the_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"no \.\./\.\./etc/passwd: it has tiny\.onnx"):
        fetch(tmp_path, catalogue=catalogue("http://x"), names=["../../etc/passwd"])


def test_a_file_that_only_mirrors_have_is_left_out_unless_asked_for(tmp_path: Path) -> None:
    assert fetch(tmp_path, catalogue=catalogue(None)) == []
    with pytest.raises(FetchError, match="no public source"):
        fetch(tmp_path, catalogue=catalogue(None), names=[NAME])


# ---- the disk


def test_a_full_disk_is_one_sentence_and_gets_its_space_back(
    tmp_path: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FetchError, match=r"The disk is full: tiny\.onnx does not fit"):
        fetch(tmp_path, catalogue=from_server(server))
    assert names_in(tmp_path) == []


def test_a_folder_that_may_not_be_written_is_one_sentence(
    tmp_path: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root, as which tests may run, is refused nothing
    with pytest.raises(FetchError, match="may not be written to: choose another folder"):
        fetch(tmp_path, catalogue=from_server(server))


def test_a_file_in_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(FetchError, match="cannot be made"):
        fetch(tmp_path / "models", catalogue=catalogue("http://x"))


# ---- yolox_nano.onnx itself


@pytest.fixture
def shared_mirror() -> str:
    if not (SHARED_MODELS / "yolox_nano.onnx").is_file():
        pytest.skip("the development model yolox_nano.onnx is absent")
    return str(SHARED_MODELS)


def test_yolox_nano_is_cut_for_the_camera_and_the_cut_is_kept(tmp_path: Path, shared_mirror: str) -> None:
    pytest.importorskip("onnx")
    said: list[str] = []
    usable = fetch(tmp_path, mirror=shared_mirror, aspect=(16, 9), say=said.append)
    assert [path.name for path in usable] == ["yolox_nano.onnx", "yolox_nano_person_480x288.onnx"]
    assert names_in(tmp_path) == ["yolox_nano.onnx", "yolox_nano_person_480x288.onnx"]
    assert said[-1].endswith("is cut from it for a camera of 16:9")
    assert fetch(tmp_path, mirror=shared_mirror, aspect=(16, 9), say=said.append) == usable
    assert said[-1].endswith("is already there and loads")


def test_a_broken_cut_is_made_again(tmp_path: Path, shared_mirror: str) -> None:
    pytest.importorskip("onnx")
    (tmp_path / "yolox_nano_person_416x320.onnx").write_bytes(b"")
    said: list[str] = []
    fetch(tmp_path, mirror=shared_mirror, say=said.append)
    assert said[-1].endswith("is cut from it for a camera of 4:3")


def test_without_the_onnx_package_the_full_model_is_kept(
    tmp_path: Path, shared_mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    said: list[str] = []
    assert fetch(tmp_path, mirror=shared_mirror, say=said.append) == [tmp_path / "yolox_nano.onnx"]
    assert "onnx is not installed" in said[-1]
    assert "full model is kept" in said[-1]


def test_a_yolox_nano_that_cannot_be_cut_is_kept_whole(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "yolox_nano.onnx").write_bytes(CONTENT)
    version = Version(len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    models = {"yolox_nano.onnx": Model("yolox_nano.onnx", (version,), "http://x", "Apache-2.0")}
    said: list[str] = []
    usable = fetch(tmp_path / "to", catalogue=models, mirror=str(mirror), say=said.append)
    assert usable == [tmp_path / "to" / "yolox_nano.onnx"]
    assert "cannot be cut" in said[-1]
    assert names_in(tmp_path / "to") == ["yolox_nano.onnx"]


def test_the_shared_model_is_an_accepted_version_of_the_real_catalogue(shared_mirror: str) -> None:
    data = (Path(shared_mirror) / "yolox_nano.onnx").read_bytes()
    assert (
        Version(len(data), hashlib.sha256(data).hexdigest()) in read_catalogue()["yolox_nano.onnx"].versions
    )


# ---- the command line


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_arguments(parser)
    return parser.parse_args(["fetch", *words])


def test_the_command_takes_mirror_and_data_folder_from_the_environment(
    tmp_path: Path, shared_mirror: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYCAM_MODEL_MIRROR", shared_mirror)
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path))
    assert run(arguments("yolox_nano.onnx", "--aspect", "1280x720")) == 0
    assert (tmp_path / "models" / "yolox_nano.onnx").is_file()
    printed = capsys.readouterr()
    assert "is there and verified" in printed.out
    assert "100 %" in printed.err


def test_a_failure_is_one_line_on_stderr_and_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments("--to", str(tmp_path), "--mirror", str(tmp_path / "nowhere"))) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert printed.err.startswith("pycam model fetch: The mirror has no readable yolox_nano.onnx")


def test_ctrl_c_is_said_to_be_no_loss(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(models_cli, "fetch", interrupt)
    assert run(arguments()) == 130
    assert "continues where it stopped" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["wide", "0:9", "16:0", "1:9", "16/9", "-4:3"])
def test_an_aspect_that_no_camera_has_is_refused(text: str) -> None:
    with pytest.raises((argparse.ArgumentError, SystemExit)):
        arguments(f"--aspect={text}")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_and_a_log_gets_lines() -> None:
    terminal, log = Terminal(), io.StringIO()
    for stream in (terminal, log):
        progress = progress_on(stream)
        for done in (0, 10, 26, 27, 99, 100):
            progress("m.onnx", done * 1000, 100_000)
    assert log.getvalue().splitlines() == [f"m.onnx: {percent} % of 0.1 MB" for percent in (25, 75, 100)]
    assert terminal.getvalue().count("\r") == 6
    assert terminal.getvalue().endswith("[##############################] 100% of 0.1 MB\n")
