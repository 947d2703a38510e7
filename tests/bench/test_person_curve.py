"""The curve of the vote as a picture that any browser can show."""

from __future__ import annotations

from xml.etree import ElementTree

from bench.person_curve import HEIGHT, WIDTH, curves

SVG = "{http://www.w3.org/2000/svg}"
PANELS = {
    "by day": {"one look": [(0.1, 19), (0.7, 3)], "vote": [(0.1, 15), (0.7, 3)]},
    "by <night>": {"one look": [(0.1, 9), (0.7, 4)], "vote": [(0.1, 8), (0.7, 4)]},
}


def test_each_light_has_a_panel_and_each_rule_a_line_with_its_points() -> None:
    root = ElementTree.fromstring(curves(PANELS))  # noqa: S314 — drawn here
    assert root.attrib["viewBox"] == f"0 0 {2 * WIDTH} {HEIGHT}"
    panels = root.findall(f"{SVG}g")
    assert len(panels) == 2
    assert [len(panel.findall(f"{SVG}polyline")) for panel in panels] == [2, 2]
    assert [len(panel.findall(f"{SVG}circle")) for panel in panels] == [4, 4]
    assert "by <night>" in {text.text for text in panels[1].iter(f"{SVG}text")}


def test_more_wrong_starts_are_higher_up_and_all_of_it_is_in_the_picture() -> None:
    root = ElementTree.fromstring(curves(PANELS))  # noqa: S314 — drawn here
    many, few, *_ = [float(one.attrib["cy"]) for one in root.iter(f"{SVG}circle")]
    assert 0 < many < few < HEIGHT
    assert all(0 < float(one.attrib["cx"]) < WIDTH for one in root.iter(f"{SVG}circle"))
