/** The display check: paints the pattern on whole device pixels, walks through the questions, sends the answers. */

import { isLargeEnough, measure, zoomOf } from "./measures.js";
import { paint, testPattern, unitFor } from "./pattern.js";
import { WORDS } from "./words.js";

const PATTERN_SHARE = 0.7; // of the height; the card is held below it

const form = document.querySelector("form");
const canvas = document.querySelector("[data-part=pattern]");
const config = JSON.parse(document.getElementById("check-config").textContent);
const part = (name) => document.querySelector(`[data-part=${name}]`);
const questions = [...form.querySelectorAll("fieldset[data-question]")];
const card = form.elements.card;

/** The canvas begins and ends on whole device pixels also where the pixel ratio is no whole number. */
function showPattern() {
  const ratio = window.devicePixelRatio;
  const room = canvas.parentElement;
  const [width, height] = [room.clientWidth, PATTERN_SHARE * room.clientHeight].map((edge) => edge * ratio - 1);
  const unit = unitFor(width, height);
  const pattern = testPattern(unit);
  Object.assign(canvas, { width: pattern.width, height: pattern.height });
  canvas.style.width = `${pattern.width / ratio}px`;
  canvas.style.height = `${pattern.height / ratio}px`;
  canvas.style.margin = "0";
  const place = canvas.getBoundingClientRect();
  const rest = (edge) => Math.ceil(edge * ratio) / ratio - edge;
  canvas.style.margin = `${rest(place.top)}px 0 0 ${rest(place.left)}px`;
  paint(canvas.getContext("2d"), pattern, unit);
  canvas.dataset.unit = String(unit);
}

function cardWidth() {
  return form.elements.calibrated.value === "yes" ? Number(card.value) : null;
}

function showMeasures() {
  const screen = measure(window, cardWidth());
  const [enough, zoom] = [isLargeEnough(screen, config.minimum), zoomOf(window)];
  part("screen").textContent = WORDS.screen(screen.screen_width_px, screen.screen_height_px);
  part("too-small").textContent = enough ? "" : WORDS.needed(config.minimum);
  part("zoomed").textContent = zoom > 1 ? WORDS.zoomed(zoom) : "";
}

function showCard() {
  part("card").style.width = `${card.value}px`;
  card.setAttribute("aria-valuetext", WORDS.card(card.value));
}

/** @param {HTMLFieldSetElement} question @returns {string} "yes", "no" or "" */
const answerTo = (question) => form.elements[question.dataset.question].value;

function showAdvice() {
  for (const question of questions) {
    question.querySelector(".advice").hidden = answerTo(question) !== "no";
  }
}

/** Y and N answer the question that has the focus, else the first open one, and go on to the next. */
function answer(value) {
  const focused = document.activeElement.closest("fieldset[data-question]");
  const question = focused ?? questions.find((each) => !answerTo(each));
  if (!question) return;
  form.elements[question.dataset.question].value = value;
  showAdvice();
  const next = questions[questions.indexOf(question) + 1];
  (next?.querySelector("input") ?? card).focus();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (WORDS.keys[key]) answer(WORDS.keys[key]);
  else if (key === "enter" && !event.target.closest("button, a")) form.requestSubmit();
  else return;
  event.preventDefault();
}

async function send() {
  const answers = Object.fromEntries(questions.map((each) => [each.dataset.question, answerTo(each) === "yes"]));
  const response = await fetch(location.href, {
    method: "POST",
    credentials: "same-origin",
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content,
    },
    body: JSON.stringify({ screen: measure(window, cardWidth()), answers }),
  });
  if (response.status === 401 || response.status === 403) return { message: WORDS.signIn };
  return response.json();
}

function tell(text) {
  part("too-small").textContent = ""; // the answer says the same, and what to do
  part("outcome").textContent = text;
  form.querySelector(".buttons").scrollIntoView({ block: "end" });
}

async function submit(event) {
  event.preventDefault();
  const open = questions.filter((each) => !answerTo(each));
  if (open.length) {
    tell(WORDS.open(open.length));
    return open[0].querySelector("input").focus();
  }
  tell(WORDS.sending);
  try {
    const { next, message } = await send();
    if (next) location.assign(next);
    else tell(message);
  } catch {
    tell(WORDS.offline);
  }
}

form.addEventListener("change", () => {
  showAdvice();
  showMeasures();
});
card.addEventListener("input", () => {
  form.elements.calibrated.value = "yes";
  showCard();
});
form.addEventListener("submit", submit);
document.addEventListener("keydown", onKey);
new ResizeObserver(showPattern).observe(canvas.parentElement);
addEventListener("resize", showMeasures);
showCard();
showMeasures();
questions[0].querySelector("input").focus();
