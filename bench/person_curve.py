"""The curve of one look against two as a picture: wrong starts by threshold, a line a rule. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 380, 300  # of one panel, pixels
LEFT, RIGHT, TOP, BOTTOM = 48, 16, 40, 48

COLOURS = ("#c8452f", "#2a7f62", "#6b7280")
"""In the order of the rules."""

Line = Sequence[tuple[float, int]]
"""(least score, wrong starts), by score."""


def curves(panels: Mapping[str, Mapping[str, Line]]) -> str:
    """An SVG: one panel for each light, in it one line for each rule; all to the same scale."""
    points = [point for lines in panels.values() for line in lines.values() for point in line]
    most_score, most_wrong = max(score for score, _ in points), max(wrong for _, wrong in points)
    most_wrong = max(5, -(-most_wrong // 5) * 5)
    drawn = [
        f'<g transform="translate({index * WIDTH} 0)">{_panel(title, lines, most_score, most_wrong)}</g>'
        for index, (title, lines) in enumerate(panels.items())
    ]
    width, height = WIDTH * len(panels), HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12" fill="#374151"><rect width="{width}" height="{height}" fill="#fff"/>'
        + "".join(drawn)
        + "</svg>\n"
    )


def _panel(title: str, lines: Mapping[str, Line], most_score: float, most_wrong: int) -> str:
    def x(score: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * score / most_score

    def y(wrong: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * wrong / most_wrong

    parts = [f'<text x="{LEFT}" y="22" font-size="14" font-weight="bold">{escape(title)}</text>']
    for wrong in range(0, most_wrong + 1, 5):
        parts.append(
            f'<path d="M{LEFT} {y(wrong):.1f}H{WIDTH - RIGHT}" stroke="#e5e7eb"/>'
            f'<text x="{LEFT - 6}" y="{y(wrong) + 4:.1f}" text-anchor="end">{wrong}</text>'
        )
    for tenth in range(0, round(most_score * 10) + 1, 1):
        middle = f'x="{x(tenth / 10):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle"'
        parts.append(f"<text {middle}>{tenth / 10:.1f}</text>")
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">min_score</text>'
    )
    for place, (colour, (rule, line)) in enumerate(zip(COLOURS, lines.items(), strict=False)):
        path = " ".join(f"{x(score):.1f},{y(wrong):.1f}" for score, wrong in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(s):.1f}" cy="{y(w):.1f}" r="3" fill="{colour}"/>' for s, w in line]
        at = WIDTH - RIGHT - 4, TOP + 14 + 16 * place
        parts.append(f'<text x="{at[0]}" y="{at[1]}" text-anchor="end" fill="{colour}">{escape(rule)}</text>')
    return "".join(parts)
