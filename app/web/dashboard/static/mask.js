// Masks drawn on the picture: tap corners, close the shape, tap a shape to remove it.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const round = (value) => Math.round(Math.min(1, Math.max(0, value)) * 1e4) / 1e4;

for (const section of document.querySelectorAll(".mask")) {
  const canvas = section.querySelector("svg");
  const text = section.querySelector("textarea");
  const [close, back, clear] = ["close", "back", "clear"].map((name) => section.querySelector(`button.${name}`));
  const fixed = JSON.parse(section.dataset.fixed);
  let shapes = JSON.parse(section.dataset.own);
  let corners = [];

  const polygon = (shape, kind, name) => {
    const element = document.createElementNS(SVG, "polygon");
    element.setAttribute("points", shape.map((corner) => corner.join(",")).join(" "));
    element.setAttribute("class", kind);
    const title = document.createElementNS(SVG, "title");
    title.textContent = name;
    element.append(title);
    return element;
  };

  const draw = () => {
    canvas.replaceChildren();
    for (const shape of fixed) canvas.append(polygon(shape, "fixed", "Set in your file, or by tuning"));
    shapes.forEach((shape, index) => {
      const element = polygon(shape, "own", "Tap to remove");
      element.addEventListener("click", (event) => {
        if (corners.length) return; // a corner of the next shape may lie in this one
        event.stopPropagation();
        shapes.splice(index, 1);
        draw();
      });
      canvas.append(element);
    });
    if (corners.length) {
      const line = document.createElementNS(SVG, "polyline");
      line.setAttribute("points", corners.map((corner) => corner.join(",")).join(" "));
      canvas.append(line);
      for (const [x, y] of corners) {
        const dot = document.createElementNS(SVG, "ellipse");
        const box = canvas.getBoundingClientRect();
        for (const [name, value] of Object.entries({ cx: x, cy: y, rx: 6 / box.width, ry: 6 / box.height })) {
          dot.setAttribute(name, value);
        }
        canvas.append(dot);
      }
    }
    close.disabled = corners.length < 3;
    back.disabled = !corners.length;
    text.value = JSON.stringify(shapes);
  };

  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    corners.push([round((event.clientX - box.left) / box.width), round((event.clientY - box.top) / box.height)]);
    draw();
  });
  close.addEventListener("click", () => {
    shapes.push(corners);
    corners = [];
    draw();
  });
  back.addEventListener("click", () => {
    corners.pop();
    draw();
  });
  clear.addEventListener("click", () => {
    shapes = [];
    corners = [];
    draw();
  });
  text.addEventListener("change", () => {
    try {
      shapes = JSON.parse(text.value);
      draw();
    } catch {
      // half-typed: the server says what is wrong with it
    }
  });
  section.querySelector("form").addEventListener("submit", () => {
    if (corners.length > 2) close.click(); // who saves means the shape that is open, too
  });
  draw();
}
