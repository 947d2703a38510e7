// The page: who I am, where I am, and the stream that keeps it true.

import { Composer } from "./composer.js";
import { byId, h } from "./dom.js";
import { FormDialog } from "./form.js";
import { HomeTab } from "./home.js";
import { HousePanel } from "./house.js";
import { MessageList } from "./messages.js";

const RELOAD_SECONDS = 2; // how soon to look for a workspace that has gone for good (a restart of the demo)
const SLACKBOT = { id: "USLACKBOT", real_name: "Slackbot", colour: "#64748b" };

class Page {
  #stream = null;
  #unseen = 0;

  constructor(snapshot) {
    this.commands = snapshot.commands;
    this.channel = snapshot.channels[0];
    this.names = {
      user: (id) => this.people.get(id)?.real_name,
      channel: (id) => this.channels.find((channel) => channel.id === id)?.name,
    };
    this.#know(snapshot);
    this.list = new MessageList(this);
    this.composer = new Composer(this);
    this.house = new HousePanel((lever) => post("/ui/pull", { lever }));
    this.home = new HomeTab(this.names, this.#view);
    this.form = new FormDialog(this.names, this.#view);
    document.addEventListener("visibilitychange", () => this.#seen());
    this.#show(snapshot);
  }

  // --- what the drawing parts ask of the page

  person = (id) => this.people.get(id) ?? { id, real_name: id, colour: "#64748b" };
  compose = (text) => this.composer.put(text);
  send = (text) => post("/ui/send", { user: this.me, channel: this.channel.id, text });
  act = (message, element, value) =>
    post("/ui/click", { user: this.me, channel: message.channel, ts: message.ts, action_id: element.action_id, value });

  #view = (what, body) => post(`/ui/view/${what}`, { user: this.me, ...body });

  // --- becoming someone, somewhere

  #know(snapshot) {
    this.me = snapshot.me;
    this.channels = snapshot.channels;
    this.users = snapshot.users;
    this.bot = snapshot.bot;
    this.people = new Map([...snapshot.users, SLACKBOT, { ...snapshot.bot, is_bot: true }].map((person) => [person.id, person]));
  }

  #show(snapshot) {
    this.#know(snapshot);
    this.#sidebar();
    this.#enter(this.channels.find((channel) => channel.id === this.channel.id) ?? this.channels[0]);
    this.list.reset(snapshot.messages);
    this.#notice(snapshot.notice);
    this.house.show(snapshot.house);
    this.home.show(snapshot.home);
    this.form.show(snapshot.dialog);
    this.#listen(snapshot.position);
  }

  #sidebar() {
    byId("channels").replaceChildren(
      ...this.channels.map((channel) =>
        h("li", {}, h("button", { type: "button", "data-channel": channel.id, onclick: () => { this.#enter(channel); this.list.arrange(); } }, h("span", { class: "hash" }, "#"), channel.name))),
    );
    byId("apps").replaceChildren(h("li", {}, h("button", { type: "button", class: "app", title: "The app's Home tab", onclick: () => this.#enterHome() }, h("span", { class: "dot", "aria-hidden": "true" }), this.bot.real_name)));
    const legend = byId("people").querySelector("legend");
    byId("people").replaceChildren(legend, ...this.users.map((user) => this.#identity(user)));
  }

  #identity(user) {
    const avatar = h("span", { class: "avatar", "aria-hidden": "true" }, user.real_name[0]);
    avatar.style.background = user.colour;
    return h(
      "label",
      { title: `Be ${user.real_name}` },
      h("input", { type: "radio", name: "me", value: user.id, checked: user.id === this.me, onchange: () => this.#become(user.id) }),
      avatar,
      h("span", { class: "who" }, h("strong", {}, user.real_name), h("span", {}, user.role ?? "")),
    );
  }

  // A second press leads back: on a phone there is no list of channels.
  #enterHome() {
    if (this.home.isOpen) {
      this.#enter(this.channel);
      this.list.arrange();
      return;
    }
    for (const button of document.querySelectorAll("[data-channel]")) button.removeAttribute("aria-current");
    document.querySelector(".app").setAttribute("aria-current", "page");
    byId("channel-name").textContent = this.bot.real_name;
    byId("channel-topic").textContent = "Home";
    this.home.enter();
  }

  #enter(channel) {
    this.channel = channel;
    this.home.leave();
    document.querySelector(".app")?.removeAttribute("aria-current");
    byId("channel-name").textContent = `# ${channel.name}`;
    byId("channel-topic").textContent = channel.topic;
    this.composer?.name(channel);
    for (const button of document.querySelectorAll("[data-channel]")) {
      if (button.dataset.channel === channel.id) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
  }

  async #become(user) {
    this.#stream?.close();
    history.replaceState(null, "", `?user=${encodeURIComponent(user)}`);
    await this.#reload(user);
    document.querySelector(`input[value="${CSS.escape(user)}"]`)?.focus();
  }

  async #reload(user) {
    const answer = await fetch(`/ui/snapshot?user=${encodeURIComponent(user)}`);
    if (!answer.ok) location.reload();
    else this.#show(await answer.json());
  }

  // --- the stream

  #listen(position) {
    this.#stream?.close();
    const query = new URLSearchParams({ user: this.me, after: position });
    const stream = new EventSource(`/ui/stream?${query}`);
    this.#stream = stream;
    const on = (kind, does) => stream.addEventListener(kind, (event) => does(JSON.parse(event.data)));
    on("message", (message) => this.list.put(message) && this.#count(message));
    on("delete", ({ ts }) => this.list.remove(ts));
    on("file_deleted", () => this.list.redraw());
    on("notice", ({ text }) => this.#notice(text));
    on("home", ({ view }) => this.home.show(view));
    on("dialog", ({ view }) => this.form.show(view));
    on("house", (house) => this.house.show(house));
    on("reset", () => this.#reload(this.me));
    stream.addEventListener("open", () => this.#linked(true));
    stream.addEventListener("error", () => {
      this.#linked(false);
      // The browser re-joins by itself unless the answer was a refusal, which is what a new workspace gives.
      if (stream.readyState === EventSource.CLOSED) this.#findAgain();
    });
  }

  #findAgain() {
    setTimeout(async () => {
      try {
        if ((await fetch("/", { method: "HEAD" })).ok) location.reload();
        else this.#findAgain();
      } catch {
        this.#findAgain();
      }
    }, RELOAD_SECONDS * 1000);
  }

  #linked(live) {
    byId("link").textContent = live ? "Live" : "Reconnecting…";
    byId("link").classList.toggle("lost", !live);
  }

  #notice(text) {
    byId("notice").hidden = text === "";
    byId("notice").textContent = text;
  }

  #count(message) {
    if (!document.hidden || message.user === this.me) return;
    this.#unseen += 1;
    this.#title();
  }

  #seen() {
    if (document.hidden) return;
    this.#unseen = 0;
    this.#title();
  }

  #title() {
    document.title = `${this.#unseen ? `(${this.#unseen}) ` : ""}#${this.channel.name} · Home`;
  }
}

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

new Page(JSON.parse(byId("snapshot").textContent));
