// Slack's mrkdwn → DOM nodes. Only text nodes and a fixed set of elements come out.

import { fillDate } from "./dates.js";
import { h } from "./dom.js";
import { CHARACTERS, emoji, emojiOf } from "./emoji.js";

const unescape = (text) => text.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);

// A mark opens at the start or after white space or punctuation, hugs its text, and closes before the same.
const edge = (mark) => String.raw`(?<![\w${mark}])${mark}(?=\S)([^${mark}\n]*[^\s${mark}])${mark}(?![\w${mark}])`;

const INLINE = new RegExp(
  [
    "`([^`\\n]+)`", // 1 code
    "<([^<>\\n]+)>", // 2 link, mention, date
    ":([a-z0-9_+'-]+):(?::skin-tone-\\d:)?", // 3 emoji
    edge("\\*"), // 4 bold
    edge("_"), // 5 italic
    edge("~"), // 6 strike
    `(${CHARACTERS})\\uFE0F?`, // 7 emoji typed as itself
  ].join("|"),
  "gu",
);

// `names` answers user(id) and channel(id) with a name or undefined.
export function mrkdwn(text, names) {
  const parts = text.split(/```\n?([\s\S]+?)\n?```/);
  return parts.flatMap((part, index) => (index % 2 ? [h("pre", {}, unescape(part))] : lines(part, names)));
}

// plain_text knows emoji and nothing else.
export function plain(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(new RegExp(`:([a-z0-9_+-]+):|(${CHARACTERS})\\uFE0F?`, "gu"))) {
    const node = match[1] ? emoji(match[1]) : emojiOf(match[2]);
    if (!node) continue;
    nodes.push(text.slice(from, match.index), node);
    from = match.index + match[0].length;
  }
  return [...nodes, text.slice(from)];
}

function lines(text, names) {
  const nodes = [];
  let quote = null;
  const all = text.replace(/^\n|\n$/g, "").split("\n");
  if (text.trim() === "") return [];
  all.forEach((line, index) => {
    const quoted = line.match(/^(?:&gt;|>)\s?(.*)$/);
    if (quoted) {
      if (!quote) nodes.push((quote = h("blockquote")));
      else quote.append(h("br"));
      quote.append(...inline(quoted[1], names));
      return;
    }
    if (index > 0 && !quote) nodes.push(h("br"));
    quote = null;
    nodes.push(...inline(line, names));
  });
  return nodes;
}

function inline(text, names) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    const node = made(match, names);
    if (node === null) continue;
    nodes.push(unescape(text.slice(from, match.index)), node);
    from = match.index + match[0].length;
  }
  nodes.push(unescape(text.slice(from)));
  return nodes;
}

function made([, code, special, shortcode, bold, italic, strike, character], names) {
  if (code !== undefined) return h("code", {}, unescape(code));
  if (special !== undefined) return angled(special, names);
  if (shortcode !== undefined) return emoji(shortcode);
  if (bold !== undefined) return h("strong", {}, inline(bold, names));
  if (italic !== undefined) return h("em", {}, inline(italic, names));
  if (strike !== undefined) return h("s", {}, inline(strike, names));
  return emojiOf(character);
}

function angled(inside, names) {
  const [target, label] = inside.split(/\|(.*)/s);
  if (target.startsWith("@")) return mention(`@${names.user(target.slice(1)) ?? label ?? target.slice(1)}`);
  if (target.startsWith("#")) return mention(`#${names.channel(target.slice(1)) ?? label ?? target.slice(1)}`);
  if (target.startsWith("!date^")) {
    const [, seconds, template] = target.split("^");
    const words = template && fillDate(seconds, unescape(template));
    return h("time", {}, words ?? unescape(label ?? seconds ?? ""));
  }
  if (target.startsWith("!")) return mention(unescape(label ?? `@${target.slice(1)}`));
  const address = unescape(target);
  if (!/^(https?:\/\/|mailto:|tel:)/i.test(address)) return unescape(`<${inside}>`);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, unescape(label ?? address.replace(/^mailto:/, "")));
}

const mention = (text) => h("span", { class: "mention" }, text);
