"use strict";
// Texts of strangers go into the page as text nodes alone; nothing here makes HTML from a string.

const MARK = /(\[masked: [a-z ]{1,30}\])/;
const LISTED = 300;
const OF_AN_ID = 6; // characters from which a word may be meant as the part of an id
const state = { couples: [], shown: [], at: -1, texts: null, answers: {}, settings: {} };

const byId = (id) => document.getElementById(id);
const data = (id) => JSON.parse(byId(id).textContent);

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

async function unpacked(id) {
  const bytes = Uint8Array.from(atob(byId(id).textContent), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

async function couple(number) {
  const content = await unpacked(`c${number}`);
  if (content.right) content.right = content.right.map((turn) => (typeof turn === "number" ? content.left[turn] : turn));
  return content;
}

// ---- texts ----

function marked(text) {
  return text.split(MARK).map((part, place) => (place % 2 ? make("mark", {}, part) : part));
}

const patchText = (lines) => lines.map(([, pieces]) => pieces.map(([, text]) => text).join("")).join("\n");
const answerText = (answer) => (typeof answer === "string" ? answer : patchText(answer));

function answerShown(answer) {
  if (typeof answer === "string") return make("p", { class: "answer" }, answer);
  const lines = answer.map(([kind, pieces]) =>
    make("div", { class: kind || false }, ...pieces.map(([name, text]) => (name ? make("span", { class: `t-${name[0]}` }, text) : text))));
  return make("pre", { class: "patch" }, ...lines);
}

// ---- traces side by side ----

const textOf = (lines, from, to) => make("pre", {}, ...marked(lines.slice(from, to).join("\n")));

function counted(count, what) {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

function pieceShown([equal, folded, l0, l1, r0, r1], left, right) {
  if (equal) {
    const text = textOf(left, l0, l1);
    if (!folded) return make("div", { class: "same" }, text);
    return make("details", { class: "fold" }, make("summary", {}, counted(l1 - l0, "equal line")), text);
  }
  const sides = [[left, l0, l1], [right, r0, r1]].map(([lines, from, to]) =>
    to > from ? make("div", {}, textOf(lines, from, to)) : make("div", { class: "nothing" }));
  const columns = make("div", { class: "columns differ" }, ...sides);
  if (!folded) return columns;
  return make("details", { class: "fold" }, make("summary", {}, `${l1 - l0} and ${counted(r1 - r0, "line")} that differ`), columns);
}

function rowShown([kind, l0, l1, r0, r1, open, first, pieces], content) {
  if (kind === "equal") {
    const turns = content.left.slice(l0, l1).map(([role, text]) => make("div", {}, make("h4", {}, role), make("pre", {}, ...marked(text))));
    return make("details", { class: "trace-row fold" }, make("summary", {}, `${counted(l1 - l0, "step")} equal in both`), ...turns);
  }
  const left = l1 > l0 ? content.left[l0][1].split("\n") : [];
  const right = r1 > r0 ? content.right[r0][1].split("\n") : [];
  const role = (l1 > l0 ? content.left[l0] : content.right[r0])[0];
  const name = { issue: "issue", shared: `step ${l0} · ${r0}, equal in both`, said: `step ${l1 > l0 ? l0 : "–"} · ${r1 > r0 ? r0 : "–"}`, result: `result (${role})` }[kind];
  const inner = pieces.map((piece) => pieceShown(piece, left, right));
  const attributes = { class: `trace-row${first ? " first" : ""}`, id: first ? "first" : false };
  if (kind !== "result") return make("section", attributes, make("h3", {}, name), ...inner);
  const size = `${name}, ${left.length} and ${counted(right.length, "line")}`;
  return make("details", { ...attributes, open: Boolean(open) }, make("summary", {}, size), ...inner);
}

function tracesShown(content) {
  const heads = ["left trace", "right trace"].map((name) => make("div", { class: "side" }, name));
  return [make("div", { class: "columns" }, ...heads), ...content.rows.map((row) => rowShown(row, content))];
}

// ---- pictures ----

function pictureShown(picture, name, widest, overlay) {
  if (!picture) return make("p", { class: "note" }, "This picture cannot be shown.");
  const image = make("img", { src: `data:image/webp;base64,${picture.webp}`, alt: name, class: widest < 448 ? "small" : false });
  const frame = make("span", { class: "picture" }, image);
  if (overlay) frame.append(make("img", { class: "overlay", src: `data:image/webp;base64,${overlay}`, alt: "pixels that changed", hidden: true }));
  frame.style.width = `${(100 * picture.width) / widest}%`;
  return frame;
}

function picturesShown(content, names, captions) {
  const widest = Math.max(...content.pictures.map((picture) => (picture ? picture.width : 1)));
  const figures = content.pictures.map((picture, place) =>
    make("figure", {}, pictureShown(picture, names[place], widest, captions && content.changed), make("figcaption", {}, ...(captions ? captions[place] : [names[place]]))));
  return make("div", { class: "pictures" }, ...figures);
}

const pictureCaption = (content, place) => [
  answerShown(content.answers[place]),
  make("p", { class: "soft" }, content.facts[place]),
  content.edits[place] ? make("p", {}, `made by the editor: ${content.edits[place]}`) : "",
];

// ---- reading ----

function fact(name, value) {
  return value === undefined || value === null || value === "" ? [] : [make("dt", {}, name), make("dd", {}, String(value))];
}

function measures(entry) {
  return Object.entries(entry.scores).map(([name, value]) => `${(state.settings.words[name] || name)} ${value}`).join(" · ");
}

function headShown(entry) {
  const missed = entry.missed === undefined ? "" : entry.missed ? `${entry.missed} of ${entry.asked} questions` : "none";
  return make("div", { class: "card" }, make("h2", {}, entry.title), make("dl", {},
    ...fact("pair and mirror", `${entry.id} · ${entry.mirror}`), ...fact("split, strategy", `${entry.split}, ${entry.strategy}`),
    ...fact(state.settings.subject, entry.subject), ...fact("group", entry.group), ...fact("measures", measures(entry)), ...fact("models", state.settings.models),
    ...fact("missed by the model", missed), ...fact("since the other version", entry.change), ...fact("sources", entry.sources)));
}

function codingShown(content) {
  return [
    make("div", { class: "card" }, make("h3", {}, "Question"), make("p", {}, content.query),
      make("h3", {}, "Answer of the left trace"), answerShown(content.answers[0]),
      make("details", { id: "other" }, make("summary", {}, "Answer of the right trace"), answerShown(content.answers[1]))),
    ...tracesShown(content),
  ];
}

function imagesShown(content) {
  const captions = [0, 1].map((place) => pictureCaption(content, place));
  const button = content.changed ? make("button", { type: "button", id: "changed", "aria-pressed": "false" }, "show the pixels that changed") : null;
  button?.addEventListener("click", toggleChanged);
  return [make("div", { class: "card" }, make("h3", {}, "Question"), make("p", {}, content.query),
    picturesShown(content, ["left picture", "right picture"], captions), button)];
}

function toggleChanged() {
  const overlays = [...document.querySelectorAll("#couple img.overlay")];
  for (const image of overlays) image.hidden = !image.hidden;
  if (overlays.length) byId("changed").setAttribute("aria-pressed", String(!overlays[0].hidden));
}

async function read(number) {
  const entry = state.couples[number];
  state.at = number;
  listCouples();
  const content = await couple(number);
  if (state.at !== number) return;
  const note = content.whole ? [] : [make("p", { class: "note" }, "Long texts of this couple are shortened in this page; the version holds them whole.")];
  byId("couple").replaceChildren(headShown(entry), ...note, ...(content.rows ? codingShown(content) : imagesShown(content)));
  byId("couple").dataset.pair = entry.id;
}

// ---- the list and its filters ----

function options(select, name, values) {
  select.replaceChildren(make("option", { value: "" }, name), ...values.map(([value, text]) => make("option", { value }, text)));
}

function distinct(field) {
  return [...new Set(state.couples.map((entry) => entry[field]))].sort().map((value) => [value, value || "none"]);
}

function matches(entry, words, number) {
  for (const field of ["split", "strategy", "subject"]) {
    const wanted = byId(field).value;
    if (wanted && entry[field] !== wanted) return false;
  }
  const flag = byId("flag").value;
  if (flag === "missed" && !entry.missed) return false;
  if (flag === "new" && entry.change !== "new") return false;
  const [least, most] = ["least", "most"].map((id) => byId(id).value);
  if ((least && !(entry.similarity >= Number(least))) || (most && !(entry.similarity <= Number(most)))) return false;
  if (!words.length) return true;
  const ids = `${entry.id} ${entry.mirror}`;
  const text = `${entry.title.toLowerCase()} ${state.texts[number]}`;
  return words.every((word) => text.includes(word) || (word.length >= OF_AN_ID && ids.includes(word)));
}

async function filter() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length && !state.texts) state.texts = await unpacked("texts");
  state.shown = state.couples.map((_, number) => number).filter((number) => matches(state.couples[number], words, number));
  byId("found").textContent = `${state.shown.length.toLocaleString("en")} of ${counted(state.couples.length, "couple")}`;
  listCouples();
}

function listCouples() {
  const start = Math.max(0, Math.min(state.shown.indexOf(state.at) - 20, state.shown.length - LISTED));
  const items = state.shown.slice(start, start + LISTED).map((number) => {
    const entry = state.couples[number];
    const measure = entry.similarity === null ? "" : ` · ${entry.similarity}`;
    const link = make("a", { href: `#read/${entry.id}`, "aria-current": number === state.at ? "true" : false },
      entry.title, make("small", {}, `${entry.split} · ${entry.strategy}${measure}${entry.missed ? " · missed" : ""}${entry.change === "new" ? " · new" : ""}`));
    return make("li", {}, link);
  });
  byId("list").replaceChildren(...items);
  const box = byId("list").parentElement, current = byId("list").querySelector("[aria-current]");
  if (current) box.scrollTop = current.offsetTop - box.offsetTop - box.clientHeight / 3;
}

// ---- the probe ----

function rightLetter(entry) {
  return entry.coin[0] === entry.coin[1] ? "A" : "B";
}

function prompt(entry, content) {
  const [asked, swapped] = entry.coin;
  const contexts = content.rows
    ? [content.left, content.right].map((turns) => turns.map(([role, text]) => `[${role}]\n${text}`).join("\n\n"))
    : ["<image>", "<image>"];
  const pictures = content.pictures ? [...content.pictures] : null;
  if (swapped) { contexts.reverse(); pictures?.reverse(); }
  return { query: content.query, answer: answerText(content.answers[asked]), contexts, pictures };
}

function nothingToAsk() {
  const said = state.couples.length ? "Every couple of this page is shortened, and would not be asked as a model is." : "This page holds no couple.";
  byId("question").replaceChildren(make("p", { class: "note" }, said));
  byId("question").dataset.pair = "";
}

async function ask(number) {
  const entry = state.couples[number];
  state.at = number;
  const content = await couple(number);
  if (state.at !== number) return;
  const { query, answer, contexts, pictures } = prompt(entry, content);
  const shownContexts = pictures
    ? picturesShown({ pictures }, ["Option A:", "Option B:"], null)
    : make("div", { class: "columns" }, ...contexts.map((text, place) => make("pre", {}, `Option ${"AB"[place]}:\n${text}`)));
  const buttons = ["A", "B"].map((letter) => {
    const button = make("button", { type: "button" }, letter);
    button.addEventListener("click", () => choose(number, letter));
    return button;
  });
  const verdict = make("p", { id: "verdict", role: "status" });
  const next = make("a", { href: `#probe/${state.couples[nextAsked(number)].id}` }, "next");
  const actions = make("div", { class: "options" }, ...buttons, verdict, next);
  byId("question").replaceChildren(
    make("div", { class: "card" }, make("pre", {}, `${query}\n\nAnswer:\n${answer}`)), shownContexts,
    make("pre", {}, state.settings.suffix), actions);
  byId("question").dataset.pair = entry.id;
  showVerdict(entry);
  showScore();
}

function nextAsked(number) {
  const places = state.askable;
  return places[(places.indexOf(number) + 1) % places.length];
}

function choose(number, letter) {
  const entry = state.couples[number];
  if (!state.answers[entry.id]) state.answers[entry.id] = letter;
  keep();
  showVerdict(entry);
  showScore();
}

function showVerdict(entry) {
  const chosen = state.answers[entry.id];
  if (!chosen) return;
  const right = chosen === rightLetter(entry);
  byId("verdict").replaceChildren(
    make("strong", { class: right ? "right" : "wrong" }, right ? `${chosen} is right. ` : `${chosen} is wrong. `),
    make("a", { href: `#read/${entry.id}` }, "read the couple"));
}

// As `contextpairs probe` counts: Wilson's interval at the effective number of independent answers.
function share(values, groups) {
  const totals = new Map();
  const p = values.reduce((sum, value) => sum + value, 0) / values.length;
  values.forEach((value, place) => totals.set(groups[place], (totals.get(groups[place]) || 0) + value - p));
  const count = totals.size, n = values.length;
  const squares = [...totals.values()].reduce((sum, total) => sum + total * total, 0);
  const variance = count < 2 ? Infinity : ((count / (count - 1)) * squares) / (n * n);
  const spread = p * (1 - p);
  const alike = p === 0 || p === 1;
  const effective = (alike ? count : variance > 1e-18 ? Math.min(n, spread / variance) : n) * state.settings.few_groups[count - 1];
  return { value: p, ...wilson(p * effective, effective), n, groups: count };
}

function wilson(successes, trials) {
  if (!trials) return { low: 0, high: 1 };
  const z = state.settings.z, part = successes / trials, weight = (z * z) / trials;
  const centre = (part + weight / 2) / (1 + weight);
  const reach = (z * Math.sqrt((part * (1 - part)) / trials + weight / trials / 4)) / (1 + weight);
  return { low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
}

function score() {
  const answered = state.couples.filter((entry) => state.answers[entry.id]);
  if (!answered.length) return null;
  return share(answered.map((entry) => Number(state.answers[entry.id] === rightLetter(entry))), answered.map((entry) => entry.group));
}

function showScore() {
  const found = score();
  const percent = (value) => (100 * value).toFixed(1);
  byId("score").textContent = found
    ? `Right: ${percent(found.value)} % (95 % interval ${percent(found.low)} to ${percent(found.high)}; ${counted(found.n, "answer")} in ${counted(found.groups, "group")}); chance is 50.`
    : `${counted(state.askable.length, "couple")} to decide; chance is 50 %.`;
}

// ---- what is kept in this browser ----

function keep() {
  try { localStorage.setItem(state.settings.store, JSON.stringify(state.answers)); } catch { /* a browser may forbid it */ }
}

function remembered() {
  try { return JSON.parse(localStorage.getItem(state.settings.store)) || {}; } catch { return {}; }
}

// ---- places and keys ----

function go() {
  const [part, id] = location.hash.slice(1).split("/");
  const place = ["read", "probe", "rejected"].includes(part) && byId(part) ? part : "overview";
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== place;
  for (const link of document.querySelectorAll("header nav a")) {
    if (link.getAttribute("href") === `#${place}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const wanted = state.couples.findIndex((entry) => entry.id === id || entry.mirror === id);
  if (id && wanted < 0) window.scrollTo(0, 0);
  const start = wanted >= 0 ? wanted : place === "probe" ? firstUnanswered() : state.at >= 0 ? state.at : state.shown[0];
  if (place === "read" && start !== undefined) read(start);
  if (place === "probe" && !state.askable.length) nothingToAsk();
  else if (place === "probe") ask(state.askable.includes(start) ? start : firstUnanswered());
  window.scrollTo(0, 0);
}

function firstUnanswered() {
  return state.askable.find((number) => !state.answers[state.couples[number].id]) ?? state.askable[0];
}

function step(by) {
  const probing = !byId("probe").hidden;
  const places = probing ? state.askable : state.shown;
  const at = places.indexOf(state.at);
  const next = places[Math.max(0, Math.min(places.length - 1, at + by))];
  if (next !== undefined && next !== state.at) location.hash = `#${probing ? "probe" : "read"}/${state.couples[next].id}`;
}

function unfold() {
  const folds = [...document.querySelectorAll("#couple details")];
  const open = folds.some((fold) => !fold.open);
  for (const fold of folds) fold.open = open;
}

const KEYS = {
  j: () => step(1), k: () => step(-1), r: () => { location.hash = "#read"; }, p: () => { location.hash = "#probe"; },
  "/": () => { if (byId("read").hidden) location.hash = "#read"; byId("search").focus(); },
  f: () => byId("first")?.scrollIntoView({ block: "center" }), e: unfold, d: toggleChanged,
  o: () => { const other = byId("other"); if (other) other.open = !other.open; },
  a: () => chooseByKey("A"), b: () => chooseByKey("B"),
};

function chooseByKey(letter) {
  if (!byId("probe").hidden && state.at >= 0) choose(state.at, letter);
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function prepare() {
  options(byId("split"), "all", distinct("split"));
  options(byId("strategy"), "all", distinct("strategy"));
  options(byId("subject"), "all", distinct("subject"));
  options(byId("flag"), "all", [["missed", "missed by the model"], ["new", "new since the other version"]].filter(([name]) => state.settings.flags.includes(name)));
  byId("flag").parentElement.hidden = !state.settings.flags.length;
  for (const id of ["search", "split", "strategy", "subject", "least", "most", "flag"]) byId(id).addEventListener("input", filter);
  byId("reset").addEventListener("click", () => {
    for (const id of ["search", "split", "strategy", "subject", "least", "most", "flag"]) byId(id).value = "";
    filter();
  });
  byId("forget").addEventListener("click", () => { state.answers = {}; keep(); go(); byId("verdict")?.replaceChildren(); showScore(); });
  window.addEventListener("hashchange", go);
  document.addEventListener("keydown", pressed);
}

document.addEventListener("DOMContentLoaded", async () => {
  state.settings = data("settings");
  state.couples = data("index");
  state.askable = state.couples.map((_, number) => number).filter((number) => state.couples[number].whole);
  state.answers = remembered();
  prepare();
  await filter();
  go();
  document.documentElement.dataset.ready = "true";
});
