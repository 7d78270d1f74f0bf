// Tìm Báo: what is nicer with a script. Every page works without it.
(() => {
  "use strict";

  const filters = document.querySelector(".filters");
  const beside = matchMedia("(min-width: 54rem)");
  const unfold = () => { if (filters && beside.matches) filters.open = true; };
  beside.addEventListener("change", unfold);
  unfold();

  const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();

  // Lists of places and sources: type to narrow them.
  for (const facet of document.querySelectorAll("[data-facet]")) {
    const narrow = facet.querySelector(".narrow");
    if (!narrow) continue;
    narrow.hidden = false;
    narrow.addEventListener("input", () => {
      const wanted = fold(narrow.value.trim());
      const more = facet.querySelector(".more");
      if (more && wanted) more.open = true;
      for (const item of facet.querySelectorAll("li")) {
        item.hidden = !fold(item.querySelector(".name").textContent).includes(wanted);
      }
    });
  }

  // Histograms: several bars at once, by dragging over them (mouse, pen or finger) or with Shift and the arrow keys.
  for (const chart of document.querySelectorAll(".chart svg")) {
    const bars = [...chart.querySelectorAll("a.bar")];
    const told = document.createElement("p");
    told.className = "unseen";
    told.setAttribute("role", "status");
    chart.after(told);
    let first = -1, last = -1, dragging = false;
    const ends = () => [bars[Math.min(first, last)], bars[Math.max(first, last)]];
    const several = () => first >= 0 && first !== last;
    const paint = () => bars.forEach((bar, i) => bar.classList.toggle("brushed", several()
      && i >= Math.min(first, last) && i <= Math.max(first, last)));
    const forget = () => { first = last = -1; dragging = false; told.textContent = ""; paint(); };
    const choose = () => {
      const [from, to] = ends();
      const here = new URL(location.pathname === "/search" ? location.href : "/search", location.origin);
      here.searchParams.delete("cursor");
      here.searchParams.set("from", from.dataset.span.split("/")[0]);
      here.searchParams.set("to", to.dataset.span.split("/")[1]);
      location.assign(here);
    };
    const at = (event) => {
      const x = event.clientX;
      return bars.findIndex((bar) => { const box = bar.getBoundingClientRect(); return x >= box.left && x < box.right; });
    };
    chart.addEventListener("dragstart", (event) => event.preventDefault());
    chart.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && event.isPrimary) { first = last = at(event); dragging = first >= 0; }
    });
    addEventListener("pointermove", (event) => { if (dragging) { const i = at(event); if (i >= 0) last = i; paint(); } });
    addEventListener("pointercancel", () => { if (dragging) forget(); });  // the finger scrolls
    addEventListener("pointerup", () => {
      if (!dragging) return;
      if (several()) {
        const stay = (event) => event.preventDefault();  // the end of a drag is no click on the bar below it
        chart.addEventListener("click", stay, {capture: true});
        setTimeout(() => chart.removeEventListener("click", stay, {capture: true}), 100);
        choose();
      }
      forget();
    });
    chart.addEventListener("keydown", (event) => {
      const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
      const here = bars.indexOf(event.target.closest("a.bar"));
      if (here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      if (step) {
        event.preventDefault();
        const next = Math.min(Math.max(here + step, 0), bars.length - 1);
        if (event.shiftKey) {
          if (first < 0) first = here;
          last = next;
          const names = ends().map((bar) => bar.getAttribute("aria-label").split(":")[0]);
          told.textContent = several() ? chart.dataset.brushed.replace("{0}", names[0]).replace("{1}", names[1]) : "";
          paint();
        } else forget();
        bars[next].focus();
      } else if (event.key === "Enter" && several()) {
        event.preventDefault();
        choose();
      } else if (event.key === "Escape" && several()) forget();
    });
    chart.addEventListener("focusout", (event) => { if (!chart.contains(event.relatedTarget) && !dragging) forget(); });
  }

  // Completions. Telex and VNI compose a letter from several keys: nothing is asked, and no key taken, while they do.
  const input = document.querySelector("#q");
  if (input) completions(input);

  function completions(field) {
    const list = document.createElement("ul");
    list.className = "completions";
    list.id = "completions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", field.dataset.suggestions);
    list.hidden = true;
    field.closest(".find").append(list);
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    let composing = false, chosen = -1, typed = field.value, timer = 0, asked = null;

    const show = (open) => { list.hidden = !open; field.setAttribute("aria-expanded", String(open)); };
    show(false);
    const choose = (n) => {
      const items = [...list.children];
      chosen = (n + items.length + 1) % (items.length + 1);
      if (chosen === items.length) chosen = -1;
      items.forEach((item, i) => item.setAttribute("aria-selected", String(i === chosen)));
      if (chosen < 0) field.removeAttribute("aria-activedescendant");
      else { field.setAttribute("aria-activedescendant", items[chosen].id); items[chosen].scrollIntoView({block: "nearest"}); }
      field.value = chosen < 0 ? typed : items[chosen].dataset.text;
    };
    const fill = (found) => {
      chosen = -1;
      field.removeAttribute("aria-activedescendant");
      list.replaceChildren(...found.map((completion, i) => {
        const item = document.createElement("li");
        item.id = `completion-${i}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.dataset.text = completion.text;
        const text = document.createElement("span");
        text.textContent = completion.text;
        text.lang = "vi";
        const count = document.createElement("span");
        count.className = "count";
        count.textContent = completion.count.toLocaleString(document.documentElement.lang);
        item.append(text, count);
        item.addEventListener("mousedown", (event) => event.preventDefault());
        item.addEventListener("click", () => { field.value = completion.text; field.form.requestSubmit(); });
        return item;
      }));
      show(found.length > 0);
    };
    const ask = async () => {
      typed = field.value;
      if (asked) asked.abort();
      if (typed.trim().length < 2) return show(false);
      asked = new AbortController();
      try {
        const answer = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(typed)}`, {signal: asked.signal});
        if (!answer.ok) return show(false);
        const found = (await answer.json()).suggestions;
        if (!composing && field.value === typed && document.activeElement === field) fill(found);
      } catch (error) {
        if (error.name !== "AbortError") show(false);
      }
    };
    const later = () => { clearTimeout(timer); timer = setTimeout(ask, 120); };

    field.addEventListener("compositionstart", () => { composing = true; clearTimeout(timer); });
    field.addEventListener("compositionend", () => { composing = false; later(); });
    field.addEventListener("input", (event) => { if (!composing && !event.isComposing) later(); });
    field.addEventListener("blur", () => { clearTimeout(timer); show(false); });
    field.addEventListener("keydown", (event) => {
      if (composing || event.isComposing || event.keyCode === 229) return;
      if (event.key === "ArrowDown" && !list.hidden) { event.preventDefault(); choose(chosen + 1); }
      else if (event.key === "ArrowUp" && !list.hidden) { event.preventDefault(); choose(chosen < 0 ? list.children.length - 1 : chosen - 1); }
      else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); field.value = typed; show(false); }
    });
    field.form.addEventListener("submit", () => { clearTimeout(timer); if (asked) asked.abort(); });
  }

  // "/" goes to the search box.
  document.addEventListener("keydown", (event) => {
    const inField = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && input && !inField && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });

  // The way back keeps the filters and the place of the page that was left.
  const back = document.querySelector("[data-back]");
  if (back && document.referrer) {
    const from = new URL(document.referrer);
    if (from.origin === location.origin && from.pathname === "/search" && history.length > 1) {
      back.addEventListener("click", (event) => { event.preventDefault(); history.back(); });
    }
  }

  // A citation to the clipboard; where the browser gives none to pages without encryption, by way of the selection.
  const exports = document.querySelector("[data-copy]");
  if (exports) {
    const citation = exports.parentElement.querySelector(".citation");
    const made = document.createElement("button");
    const told = document.createElement("span");
    made.type = "button";
    made.className = "copy";
    made.textContent = exports.dataset.copy;
    told.className = "unseen";
    told.setAttribute("role", "status");
    const select = () => {
      getSelection().selectAllChildren(citation);
      return document.execCommand("copy");
    };
    made.addEventListener("click", async () => {
      const text = citation.textContent.trim();
      const done = navigator.clipboard ? await navigator.clipboard.writeText(text).then(() => true, select) : select();
      if (!done) return;
      made.textContent = told.textContent = exports.dataset.copied;
      setTimeout(() => { made.textContent = exports.dataset.copy; told.textContent = ""; }, 2500);
    });
    exports.append(made, told);
  }

  // From match to match: n and p, or two buttons.
  const found = document.querySelector("[data-marks]");
  if (found) {
    const total = Number(found.dataset.marks);
    const bar = document.createElement("div");
    bar.className = "leap";
    const place = document.createElement("span");
    let at = 0;
    const go = (step) => {
      at = at === 0 && step < 0 ? total : (at + step - 1 + total) % total + 1;
      location.replace(`#m${at}`);
      place.textContent = `${at}/${total}`;
    };
    const button = (label, sign, step) => {
      const made = document.createElement("button");
      made.type = "button";
      made.setAttribute("aria-label", label);
      made.textContent = sign;
      made.addEventListener("click", () => go(step));
      return made;
    };
    place.textContent = `0/${total}`;
    place.setAttribute("aria-live", "polite");
    bar.append(button(found.dataset.previous, "↑", -1), place, button(found.dataset.next, "↓", 1));
    document.body.append(bar);
    document.addEventListener("keydown", (event) => {
      if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "n") go(1);
      if (event.key === "p") go(-1);
    });
  }
})();
