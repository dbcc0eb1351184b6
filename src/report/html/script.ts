/** The page works without it: it filters, opens what a link names, and changes between light and dark. */
export const SCRIPT = `"use strict";
(() => {
  const find = (selector) => document.querySelector(selector);
  const vms = [...document.querySelectorAll("details.vm")];
  const rows = new Map([...document.querySelectorAll("[data-of]")].map((row) => [row.dataset.of, row]));
  const form = find("#filter");
  const words = find("#q");
  const shown = find("#shown");
  const theme = find("#theme");
  const unfold = find("#unfold");

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const label = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  dark.addEventListener("change", label);
  label();
  theme.hidden = false;

  let index;
  const texts = () => index ??= vms.map((vm) => ({
    vm,
    head: vm.querySelector("summary").textContent.toLowerCase(),
    all: vm.textContent.toLowerCase(),
    tasks: [...vm.querySelectorAll("details.task")].map((task) => ({ task, text: task.textContent.toLowerCase() })),
  }));
  const filter = () => {
    const wanted = words.value.trim().toLowerCase();
    const kind = form.elements.show.value;
    let count = 0;
    for (const { vm, head, all, tasks } of texts()) {
      const fits = (kind === "all" || vm.dataset.verdict === kind) && all.includes(wanted);
      vm.hidden = !fits;
      const row = rows.get(vm.id);
      if (row) row.hidden = !fits;
      if (!fits) continue;
      count++;
      const inTasks = wanted !== "" && !head.includes(wanted) && tasks.some(({ text }) => text.includes(wanted));
      for (const { task, text } of tasks) task.hidden = inTasks && !text.includes(wanted);
    }
    shown.textContent = count === vms.length ? "" : count + " of " + vms.length + " shown";
  };
  let timer;
  words.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 120); });
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
  form.hidden = false;

  unfold.addEventListener("click", () => {
    const open = unfold.textContent === "Open all";
    for (const vm of vms) if (!vm.hidden) vm.open = open;
    unfold.textContent = open ? "Close all" : "Open all";
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && document.activeElement !== words) {
      event.preventDefault();
      words.focus();
    }
    if (event.key === "Escape" && document.activeElement === words) {
      words.value = "";
      filter();
    }
  });

  const reveal = () => {
    const vm = vms.find(({ id }) => id === location.hash.slice(1));
    if (!vm) return;
    vm.hidden = false;
    vm.open = true;
    vm.scrollIntoView();
    vm.querySelector("summary").focus({ preventScroll: true });
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#vm-"]');
    if (link && link.hash === location.hash) reveal();
  });
  reveal();
})();
`;
