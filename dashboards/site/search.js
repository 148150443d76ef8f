// The search box above the plain list: Pagefind's own, over an index on this host.
window.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("search");
  if (!place || typeof PagefindUI === "undefined") return;
  new PagefindUI({
    element: "#search",
    bundlePath: new URL(place.dataset.bundle, document.baseURI).pathname,
    showImages: false,
    showSubResults: false,
    translations: { placeholder: place.dataset.label },
  });
  // Its own name is a title alone, which not every reader is told.
  place.querySelector("input")?.setAttribute("aria-label", place.dataset.label);
});
