// Not a module, and the first of all. Without one of its parts the page stays empty, and a browser gives up what is on its
// way whenever a network interface of its machine comes or goes, as with every container. So the page is asked for once
// more as soon as Hale answers.
(() => {
  const PACE = 500;
  let isTrying = false;

  async function tryAgain() {
    if (isTrying) return;
    isTrying = true;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, PACE));
      try {
        if ((await fetch("/livez")).ok) return location.reload();
      } catch {
        // There is no way to Hale yet.
      }
    }
  }

  addEventListener("error", (event) => {
    if (event.target instanceof HTMLScriptElement || event.target instanceof HTMLLinkElement) tryAgain();
  }, true);
})();
