"use strict";

/* Refresh of running cards, watching of a run, and the chips of the mapping page. */
(() => {
  const PAUSE = 2000;

  async function fetchJson(url) {
    const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } });
    return answer.ok && !answer.redirected ? answer.json() : null;
  }

  function inner(html, part) {
    const holder = document.createElement("div");
    holder.innerHTML = html;
    if (part !== "facts") return holder;
    const card = holder.querySelector(".hq-card");
    card.querySelectorAll(":scope > header, :scope > footer").forEach((edge) => edge.remove());
    return card;
  }

  async function refresh(board) {
    const running = [...board.querySelectorAll("[data-card]")].filter((card) => card.querySelector("[data-running]"));
    if (!running.length) return;
    const query = running.map((card) => `id=${card.dataset.card}`).join("&");
    const answer = await fetchJson(`${board.dataset.refresh}?${query}`).catch(() => null);
    for (const card of running) {
      const html = answer && answer.cards[card.dataset.card];
      if (html) card.replaceChildren(...inner(html, card.dataset.part).childNodes);
    }
    const ended = running.some((card) => !card.querySelector("[data-running]"));
    if (ended && board.classList.contains("hq-panel")) window.location.reload();
    else setTimeout(() => refresh(board), PAUSE);
  }

  async function watch(page) {
    const answer = await fetchJson(page.dataset.watch).catch(() => null);
    if (answer && answer.finished) window.location.reload();
    if (answer && answer.html) page.querySelector("[data-progress]").innerHTML = answer.html;
    setTimeout(() => watch(page), PAUSE);
  }

  const quoted = (name) => (/[,]|^\s*"/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

  const names = (text) =>
    (text.match(/\s*"(?:[^"]|"")*"|[^,]+/g) || []).map((part) =>
      part.trim().replace(/^"|"$/g, "").replaceAll('""', '"').toLowerCase());

  function mapping(form) {
    const fields = [...form.querySelectorAll("[data-names]")];
    let active = fields[0];
    const choose = (field) => {
      active = field;
      fields.forEach((other) => other.closest(".hq-map").classList.toggle("hq-map--active", other === field));
    };
    const hold = (field, name) => names(field.value).includes(name.toLowerCase());
    const update = () =>
      form.querySelectorAll("[data-type]").forEach((chip) => {
        (chip.closest("li") || chip).hidden = fields.some((field) => hold(field, chip.dataset.type));
      });
    fields.forEach((field) => {
      field.addEventListener("focus", () => choose(field));
      field.addEventListener("input", update);
    });
    form.addEventListener("click", (event) => {
      const chip = event.target.closest("[data-type]");
      if (!chip) return;
      const field = fields.find((one) => one.name === chip.dataset.field) || active;
      field.value = [field.value.trim().replace(/,$/, ""), quoted(chip.dataset.type)].filter(Boolean).join(", ");
      choose(field);
      field.focus();
      update();
    });
    update();
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-refresh]").forEach((board) => setTimeout(() => refresh(board), PAUSE));
    document.querySelectorAll("[data-watch]").forEach((page) => setTimeout(() => watch(page), PAUSE));
    document.querySelectorAll("[data-mapping]").forEach(mapping);
  });
})();
