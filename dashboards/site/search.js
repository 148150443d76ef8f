// The search box above the plain list, over an index on this host. Without script the list alone stands.
const MOST = 20;

function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

async function begin(place) {
  const { bundle, label, none, counted, first } = place.dataset;
  const index = await import(new URL(`${bundle}pagefind.js`, document.baseURI).href);
  await index.init();
  const box = element("input", "", { type: "search", id: "asked", autocomplete: "off" });
  const status = element("p", "", { class: "cdv-caption", role: "status" });
  const found = element("ol", "", { class: "cdv-found" });
  place.append(element("label", label, { for: "asked" }), box, status, found);
  box.addEventListener("input", async () => {
    const asked = box.value.trim();
    const answer = await index.debouncedSearch(asked, {}, 200);
    if (answer === null) return; // Another letter came meanwhile.
    const pages = await Promise.all(answer.results.slice(0, MOST).map((result) => result.data()));
    if (asked !== box.value.trim()) return;
    found.replaceChildren(
      ...pages.map((page) => {
        const entry = element("li");
        entry.append(element("a", page.meta.title, { href: page.url }));
        return entry;
      }),
    );
    const told = `${counted} ${answer.results.length}.`;
    const more = answer.results.length > MOST ? ` ${first}` : "";
    status.textContent = !asked ? "" : answer.results.length ? told + more : none;
  });
}

const place = document.getElementById("search");
if (place) begin(place).catch(() => place.remove());
