from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.learning.catalogue import CatalogueError, Model, Version, parse_catalogue, read_catalogue

HASH = "ab" * 32
HEAD = "| file | size | sha256 | licence | source URL | what |\n|---|---:|---|---|---|---|\n"


def row(
    file: str = "a.onnx", size: str = "1,234", sha256: str = HASH, url: str = "https://example.org/a.onnx"
) -> str:
    return f"| {file} | {size} | {sha256} | MIT | {url} | something |\n"


def test_the_catalogue_of_the_product_offers_megviis_release() -> None:
    model = read_catalogue()["yolox_nano.onnx"]
    assert model.versions[0] == Version(
        3_659_407, "c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d"
    )
    assert (
        model.url
        == "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_nano.onnx"
    )
    assert model.licence == "Apache-2.0"


def test_a_table_between_other_tables_is_read() -> None:
    other = "| kind | output |\n|---|---|\n| x | y |\n"
    assert parse_catalogue(f"# Title\n\n{other}\n{HEAD}{row()}\ntext\n\n{other}") == {
        "a.onnx": Model("a.onnx", (Version(1234, HASH),), "https://example.org/a.onnx", "MIT")
    }


def test_rows_of_one_name_are_versions_of_one_file() -> None:
    models = parse_catalogue(HEAD + row(url="–") + row(size="99", url="`<https://example.org/b>`"))
    assert models["a.onnx"].versions == (Version(1234, HASH), Version(99, HASH))
    assert models["a.onnx"].url == "https://example.org/b"


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (row(file="../a.onnx"), "not a plain file name"),
        (row(file="sub/a.onnx"), "not a plain file name"),
        (row(file=".hidden"), "not a plain file name"),
        (row(size="3.6 MB"), "not a size in bytes"),
        (row(size="0"), "not a size in bytes"),
        (row(sha256="ab" * 31), "not a SHA-256"),
        (row(sha256=HASH.upper()), "not a SHA-256"),
        (row(url="ftp://example.org"), "not a URL"),
        ("| a.onnx | 1 |\n", "2 cells instead of 6"),
    ],
)
def test_a_row_that_is_not_exact_is_refused_with_its_line(bad: str, complaint: str) -> None:
    with pytest.raises(CatalogueError, match=rf"models\.md:4: .*{complaint}"):
        parse_catalogue(HEAD + row() + bad, "models.md")


def test_a_page_without_the_table_is_refused() -> None:
    with pytest.raises(CatalogueError, match="no table with the columns"):
        parse_catalogue("# Person models\n")


def test_a_catalogue_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        read_catalogue(tmp_path / "README.md")


@given(st.text(alphabet="| -:ab1.\n`", max_size=200))
def test_no_text_whatsoever_raises_anything_but_a_catalogue_error(text: str) -> None:
    try:
        models = parse_catalogue(HEAD + row() + text)
    except CatalogueError:
        return
    assert "a.onnx" in models
