// Whether anything sticks out of the page or lies on something else.
(() => {
  const problems = [];
  const describe = (element) => `${element.tagName.toLowerCase()}${element.id ? "#" + element.id : ""}.${[...(element.classList ?? [])].join(".")} "${(element.textContent ?? "").trim().slice(0, 30)}"`;
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) problems.push(`the page is ${root.scrollWidth} wide in a window of ${root.clientWidth}`);
  const scrolls = (element) => element.closest(".table-box, .graph-box, .feed-box, pre, .skip, .head, .plot, .sprite");
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility() || scrolls(element) || element.closest("svg, dialog:not([open])")) continue;
    const box = element.getBoundingClientRect();
    if (box.width > 0 && (box.right > innerWidth + 1
      || box.left < -1)) problems.push(`sticks out: ${describe(element)} ${box.left}..${box.right}`);
    const style = getComputedStyle(element);
    if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && style.overflowX === "visible"
      && style.display !== "inline"
        && [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) {
      problems.push(`text sticks out: ${describe(element)} ${element.scrollWidth} > ${element.clientWidth}`);
    }
  }
  for (const group of document.querySelectorAll(".bar, nav, .tools, #view, .overview, .side-by-side, .panel-head, .controls, .rows, .service, .buttons, .charts, .service-page, .incident-body, .events, .timeline, .legend, .totals, .chart figcaption, .course, .with-icon, body")) {
    if (group.closest(".head")) continue;
    const children = [...group.children].filter((child) => child.checkVisibility()
      && !child.matches(".skip, .sprite, .toasts, script, dialog, .head") && child.getClientRects().length > 0);
    for (let one = 0; one < children.length; one += 1) {
      for (let other = one + 1; other < Math.min(children.length, one + 12); other += 1) {
        const [a, b] = [children[one].getBoundingClientRect(), children[other].getBoundingClientRect()];
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 1) problems.push(`overlap of ${Math.round(across)}x${Math.round(down)}: ${describe(children[one])} and ${describe(children[other])}`);
      }
    }
  }
  const nodes = [...document.querySelectorAll(".node .box")].map((node) => node.getBBox());
  nodes.forEach((a, one) => nodes.slice(one + 1).forEach((b) => {
    if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y
      + a.height) problems.push("nodes of the graph overlap");
  }));
  for (const text of document.querySelectorAll(".node text")) {
    const box = text.parentElement.querySelector(".box").getBBox();
    const own = text.getBBox();
    if (own.x + own.width > box.x + box.width) problems.push(`a label sticks out of its node: ${text.textContent}`);
  }
  return problems;
})()
