// What only a script in the page can do: begin a view at its top, follow a conversation to its end, read a new
// message out to assistive technology, put the focus back where it was lost, name the tab, and take the browser's Back
// button seriously.

const MAIN = '[data-testid="stMain"]';
const MESSAGES = ".sp-theirs:not(details *), .sp-own:not(details *), .st-key-pause button";
const COMING = ".sp-coming";
const WAITS = ".st-key-pause";
const BOX = '[data-testid="stChatInputTextArea"]';
const FOLLOW_MS = 4000;

function begin() {
  const page = { view: null, said: "", messages: 0, follow: 0, left: false, coming: false, waits: false };
  page.live = document.createElement("div");
  page.live.className = "sp-sr";
  page.live.setAttribute("role", "status");
  page.live.setAttribute("aria-live", "polite");
  document.body.append(page.live);
  page.watch = () => {
    const main = document.querySelector(MAIN);
    if (!main || !page.view?.startsWith("chat ")) return;
    const messages = main.querySelectorAll(MESSAGES).length;
    const coming = main.querySelector(COMING) !== null;
    const fresh = messages > page.messages || (coming && !page.coming);
    if (fresh) page.left = false;
    if (fresh || (coming && !page.left)) page.follow = performance.now() + FOLLOW_MS;
    Object.assign(page, { messages, coming });
    const waits = main.querySelector(WAITS) !== null;
    if (page.waits && !waits && document.activeElement === document.body) document.querySelector(BOX)?.focus();
    page.waits = waits;
    if (performance.now() < page.follow) requestAnimationFrame(() => main.scrollTo(0, main.scrollHeight));
  };
  new MutationObserver(page.watch).observe(document.body, { childList: true, subtree: true });
  const leave = () => Object.assign(page, { follow: 0, left: true });
  for (const act of ["wheel", "touchmove", "pointerdown"]) window.addEventListener(act, leave, { passive: true });
  window.addEventListener("keydown", (event) => event.target.matches?.(BOX) || leave());
  window.addEventListener("popstate", () => window.location.reload());
  return page;
}

export default function ({ data }) {
  const page = (window.__sparring ??= begin());
  if (data.title) document.title = data.title;
  if (data.view !== page.view) {
    page.view = data.view;
    page.messages = 0;
    document.querySelector(MAIN)?.scrollTo(0, 0);
    page.watch();
  }
  if (data.say && data.say !== page.said) page.live.textContent = data.say;
  page.said = data.say;
}
