/** What the theme leaves out for readers who use the keyboard. */
"use strict";

/** Let the keyboard scroll what is too wide for the page, and stop at nothing else. */
function setTabStops() {
  const wide = "pre, .cell_output > .output, .pst-scrollable-table-container, div.math mjx-container";
  for (const element of document.querySelectorAll(wide)) {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  }
}

/** Close the search box when the focus leaves it, and give the focus back on Escape. */
function watchSearch() {
  const search = document.querySelector(".search-button__wrapper");
  let opener;
  search.addEventListener("focusin", (event) => (opener = event.relatedTarget));
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") opener?.focus();
  });
  search.addEventListener("focusout", (event) => {
    if (event.relatedTarget) search.classList.remove("show");
  });
}

/** Close a drawer when the focus leaves it for what it covers. */
function watchDrawer(side) {
  const drawer = document.querySelector(`.bd-sidebar-${side}`);
  const state = document.getElementById(`pst-${side}-sidebar-checkbox`);
  drawer?.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !drawer.contains(relatedTarget)) state.checked = false;
  });
}

document.addEventListener("DOMContentLoaded", () => {
  // The page grows and shrinks when the window does, formulas are set, or something folds open.
  new ResizeObserver(setTabStops).observe(document.body);
  watchSearch();
  ["primary", "secondary"].forEach(watchDrawer);
});
