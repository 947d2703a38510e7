// The emoji of this product, drawn here so that they look the same on a machine without an emoji font.
// Each drawing is a list of [tag, attributes] in a 20 × 20 box; the rest fall back to the font.

import { h, svg } from "./dom.js";

const disc = (fill) => [["circle", { cx: 10, cy: 10, r: 8, fill }]];
const line = (d, stroke, width = 2) => ["path", { d, stroke, "stroke-width": width, fill: "none", "stroke-linecap": "round", "stroke-linejoin": "round" }];
const shape = (d, fill) => ["path", { d, fill }];
const tile = (fill) => ["rect", { x: 1.5, y: 1.5, width: 17, height: 17, rx: 4, fill }];
const bell = shape("M10 2a5 5 0 0 0-5 5v4l-1.8 3h13.6L15 11V7a5 5 0 0 0-5-5zM8 15.5a2 2 0 0 0 4 0z", "#eab308");
const shackle = (d) => line(d, "#94a3b8", 2.2);
const lockBody = ["rect", { x: 4, y: 9, width: 12, height: 9, rx: 2, fill: "#eab308" }];
const keyhole = ["circle", { cx: 10, cy: 13.4, r: 1.5, fill: "#713f12" }];

const DRAWN = {
  white_check_mark: ["✅", [tile("#16a34a"), line("M5.8 10.4 8.8 13.4 14.3 7", "#fff", 2.4)]],
  heavy_check_mark: ["✔", [line("M3.5 10.5 8 15 16.5 5.5", "#16a34a", 3)]],
  x: ["❌", [line("M4.5 4.5 15.5 15.5M15.5 4.5 4.5 15.5", "#dc2626", 3)]],
  warning: ["⚠", [shape("M10 2 19 17.5H1z", "#f59e0b"), line("M10 7.5v4.6M10 14.8v.1", "#422006", 2)]],
  rotating_light: ["🚨", [shape("M5 15V9.5a5 5 0 0 1 10 0V15z", "#dc2626"), ["rect", { x: 3, y: 15, width: 14, height: 3, rx: 1, fill: "#64748b" }], line("M10 1v1.5M3 3.5l1.2 1.2M17 3.5l-1.2 1.2", "#f87171", 1.6), shape("M8 9.5a2.5 2.5 0 0 1 2-2v6H8z", "#fecaca")]],
  camera: ["📷", [["rect", { x: 1.5, y: 5, width: 17, height: 12, rx: 2.5, fill: "#64748b" }], shape("M6.5 5 8 2.8h4L13.5 5z", "#64748b"), ["circle", { cx: 10, cy: 11, r: 4, fill: "#e2e8f0" }], ["circle", { cx: 10, cy: 11, r: 2.4, fill: "#0f172a" }]]],
  video_camera: ["📹", [["rect", { x: 1.5, y: 5, width: 11.5, height: 10, rx: 2.5, fill: "#64748b" }], shape("M13.5 9 18.5 6v8l-5-3z", "#94a3b8"), ["circle", { cx: 5, cy: 8.3, r: 1.3, fill: "#ef4444" }]]],
  bust_in_silhouette: ["👤", [["circle", { cx: 10, cy: 6.5, r: 4, fill: "#6366f1" }], shape("M2.5 18a7.5 6.5 0 0 1 15 0z", "#6366f1")]],
  walking: ["🚶", [["circle", { cx: 10.5, cy: 3, r: 2, fill: "#6366f1" }], line("M10.3 7v5l2.7 5.5M10.3 12 7 17.5M6.5 10.5l3.5-3.3 3.8 3", "#6366f1", 2)]],
  eyes: ["👀", [["ellipse", { cx: 5.8, cy: 10, rx: 4, ry: 6, fill: "#fff", stroke: "#94a3b8" }], ["ellipse", { cx: 14.2, cy: 10, rx: 4, ry: 6, fill: "#fff", stroke: "#94a3b8" }], ["circle", { cx: 4.6, cy: 11, r: 2.2, fill: "#1e293b" }], ["circle", { cx: 13, cy: 11, r: 2.2, fill: "#1e293b" }]]],
  bell: ["🔔", [bell]],
  no_bell: ["🔕", [bell, line("M3 3 17 17", "#dc2626", 2.2)]],
  lock: ["🔒", [shackle("M6.5 9V6.5a3.5 3.5 0 0 1 7 0V9"), lockBody, keyhole]],
  unlock: ["🔓", [shackle("M6.5 9V5.5a3.5 3.5 0 0 1 6.7-1.3"), lockBody, keyhole]],
  shield: ["🛡", [shape("M10 1.5 17 4v5.5c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V4z", "#0f766e"), line("M6.5 10l2.5 2.5 4.5-5", "#fff", 2)]],
  house: ["🏠", [shape("M2 10 10 3l8 7h-2v8H4v-8z", "#0ea5e9"), ["rect", { x: 8, y: 12, width: 4, height: 6, fill: "#e0f2fe" }]]],
  zzz: ["💤", [line("M3 10h6l-6 7h6M11 3h5l-5 6h5", "#6366f1", 2)]],
  hourglass_flowing_sand: ["⏳", [shape("M5 2h10v2.5L11.5 10 15 15.5V18H5v-2.5L8.5 10 5 4.5z", "#d6a75a"), line("M4 2h12M4 18h12", "#78716c", 2)]],
  thermometer: ["🌡", [line("M10 4v9", "#94a3b8", 5), line("M10 8v6", "#dc2626", 2), ["circle", { cx: 10, cy: 15, r: 3.2, fill: "#dc2626" }]]],
  floppy_disk: ["💾", [tile("#475569"), ["rect", { x: 6, y: 2, width: 8, height: 5, fill: "#e2e8f0" }], ["rect", { x: 5, y: 10, width: 10, height: 8, fill: "#cbd5e1" }]]],
  gear: ["⚙", [["circle", { cx: 10, cy: 10, r: 6, fill: "none", stroke: "#64748b", "stroke-width": 4, "stroke-dasharray": "3.2 1.5" }], ["circle", { cx: 10, cy: 10, r: 4.5, fill: "none", stroke: "#64748b", "stroke-width": 2.6 }]]],
  information_source: ["ℹ", [tile("#2563eb"), line("M10 9v5M10 5.8v.1", "#fff", 2.4)]],
  label: ["🏷", [shape("M2 10 10 2h7v7l-8 8z", "#d97706"), ["circle", { cx: 13.8, cy: 5.3, r: 1.5, fill: "#fff" }]]],
  red_circle: ["🔴", disc("#dc2626")],
  large_green_circle: ["🟢", disc("#16a34a")],
  large_yellow_circle: ["🟡", disc("#eab308")],
  large_orange_circle: ["🟠", disc("#ea580c")],
  large_blue_circle: ["🔵", disc("#2563eb")],
  white_circle: ["⚪", [["circle", { cx: 10, cy: 10, r: 7.4, fill: "#f1f5f9", stroke: "#94a3b8" }]]],
  black_circle: ["⚫", disc("#1f2937")],
};

const SAME = { movie_camera: "video_camera", camera_with_flash: "camera", sleeping: "zzz", stopwatch: "hourglass_flowing_sand", hourglass: "hourglass_flowing_sand", mute: "no_bell", green_circle: "large_green_circle", male_walking: "walking", person_walking: "walking", closed_lock_with_key: "lock", heavy_multiplication_x: "x", information: "information_source" };

const TYPED = { wave: "👋", tada: "🎉", "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", robot_face: "🤖", fire: "🔥", cat: "🐱", dog: "🐶", satellite_antenna: "📡", electric_plug: "🔌", arrow_right: "→", arrow_left: "←", arrow_up: "↑", arrow_down: "↓", clock1: "🕐", question: "❓", pause_button: "⏸", arrow_forward: "▶", wastebasket: "🗑", package: "📦", bar_chart: "📊", mag: "🔍", star: "★", heart: "❤", smile: "😄" };

const NAME_OF = new Map(Object.entries(DRAWN).map(([name, [character]]) => [character, name]));

export const CHARACTERS = [...NAME_OF.keys()].join("|");

// The node for a :shortcode:, or null when nobody knows it.
export function emoji(name) {
  const known = SAME[name] ?? name;
  const drawing = DRAWN[known];
  if (drawing) {
    const shapes = drawing[1].map(([tag, attributes]) => svg(tag, attributes));
    return svg("svg", { class: "emoji", viewBox: "0 0 20 20", role: "img", "aria-label": known.replaceAll("_", " ") }, shapes);
  }
  return TYPED[name] ? h("span", { class: "emoji-text" }, TYPED[name]) : null;
}

export const emojiOf = (character) => emoji(NAME_OF.get(character));
