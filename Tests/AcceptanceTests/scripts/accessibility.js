// What a script can see of the rules of accessibility (WCAG 2.2): names, labels, contrast, sizes to hit, headings.
(() => {
  const problems = [];
  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && element.getClientRects().length > 0;
  const describe = (element) => `${element.tagName.toLowerCase()}${element.id ? "#" + element.id : ""}.${[...element.classList].join(".")} "${(element.textContent ?? "").trim().slice(0, 40)}"`;
  const name = (element) => {
    const by = element.getAttribute("aria-labelledby");
    if (by) return by.split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
    return (element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent ?? "").trim();
  };
  for (const element of document.querySelectorAll("a[href], button, input, select, [role=region], [role=img], dialog, svg a")) {
    if (!shown(element)) continue;
    if (!name(element)) problems.push(`no name: ${describe(element)}`);
  }
  for (const element of document.querySelectorAll("input, select")) {
    if (shown(element) && !element.labels?.length
      && !element.getAttribute("aria-label")) problems.push(`no label: ${describe(element)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  ids.filter((id, index) => ids.indexOf(id) !== index).forEach((id) => problems.push(`two elements have the id ${id}`));
  if (document.querySelectorAll("h1").length !== 1) problems.push("there is not one h1");
  if (!document.documentElement.lang) problems.push("no language");
  for (const element of document.querySelectorAll("svg:not([role]):not([aria-hidden])")) problems.push(`svg without role: ${describe(element)}`);

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(at instanceof SVGElement ? "transparent" : getComputedStyle(at).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const luminance = ([r, g, b]) => [r, g, b].map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const contrast = (one, other) => {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !shown(element)
      || element.closest("title, noscript, :disabled, .skip, option")) continue;
    const style = getComputedStyle(element);
    let below = ground(element);
    if (element instanceof SVGElement) {
      const box = element.closest("a")?.querySelector("rect");
      if (box) below = over(parse(getComputedStyle(box).fill), below);
    }
    const colour = over(parse(element instanceof SVGElement ? style.fill : style.color), below);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const found = contrast(colour, below);
    if (found < needed) problems.push(`contrast ${found.toFixed(2)}: ${describe(element)}`);
  }
  for (const use of document.querySelectorAll(".icon")) {
    if (!shown(use)) continue;
    const found = contrast(parse(getComputedStyle(use).color), ground(use));
    if (found < 3) problems.push(`contrast of an icon ${found.toFixed(2)}: ${describe(use.parentElement)}`);
  }
  if (innerWidth < 600) {
    for (const element of document.querySelectorAll("button, nav a, select, input")) {
      const box = element.getBoundingClientRect();
      if (shown(element) && (box.width < 24
        || box.height < 24)) problems.push(`hard to hit: ${describe(element)} ${box.width}x${box.height}`);
    }
  }
  return problems;
})()
