"""A real Chromium without a window, driven over the DevTools protocol by a pair of pipes.

https://chromedevtools.github.io/devtools-protocol/
"""
import base64
import fcntl
import itertools
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time

CHROMIUM = shutil.which("chromium")
PHONE, DESKTOP = (390, 844), (1440, 900)


class Failure(AssertionError):
    """What the browser or a page in it could not do."""


class Browser:
    """One browser with a profile of its own; `close` ends it and all its processes."""

    def __init__(self, *arguments):
        self.folder = tempfile.mkdtemp(prefix="hale-chromium-")
        self.answers, self.pages = {}, {}
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()
        commands, self.output = _pipe()
        self.input, events = _pipe()

        def place():
            # The browser reads commands from descriptor 3 and writes to descriptor 4.
            os.dup2(commands, 3)
            os.dup2(events, 4)

        self.process = subprocess.Popen(
            [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--disable-sync",
             "--remote-debugging-pipe", f"--user-data-dir={self.folder}", *arguments, "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=(3, 4),
            preexec_fn=place, start_new_session=True)
        os.close(commands)
        os.close(events)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        text = b""
        while True:
            piece = os.read(self.input, 1 << 20)
            if not piece:
                return
            *messages, text = (text + piece).split(b"\0")
            for message in messages:
                self._take(json.loads(message))

    def _take(self, message):
        if "id" in message:
            self.answers.pop(message["id"]).put(message)
        elif message.get("sessionId") in self.pages:
            self.pages[message["sessionId"]].take(message["method"], message["params"])

    def tell(self, method, session=None, **parameters):
        """Where the answer will be."""
        number = next(self.numbers)
        answer = self.answers[number] = queue.Queue()
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        with self.lock:
            os.write(self.output, json.dumps(message).encode() + b"\0")
        return answer

    def ask(self, method, session=None, timeout=30, **parameters):
        try:
            result = self.tell(method, session, **parameters).get(timeout=timeout)
        except queue.Empty:
            raise Failure(f"{method} was not answered within {timeout} s") from None
        if "error" in result:
            raise Failure(f"{method}: {result['error']}")
        return result["result"]

    def page(self, size=DESKTOP, theme="light"):
        """A new page in a context of its own: without anybody's cookies."""
        context = self.ask("Target.createBrowserContext")["browserContextId"]
        target = self.ask("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session, context)
        page.begin(size, theme)
        return page

    def close(self):
        try:
            self.ask("Browser.close", timeout=10)
            self.process.wait(10)
        except (Failure, OSError, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, 9)
            self.process.wait()
        os.close(self.output)
        shutil.rmtree(self.folder, ignore_errors=True)


def _pipe():
    """Both ends of a pipe, out of the way of the descriptors that the browser gets."""
    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return moved


class Page:
    """One page: what it shows, what a person does to it, and what went wrong in it."""

    def __init__(self, browser, session, context):
        self.browser, self.session, self.context = browser, session, context
        self.problems, self.requests = [], []

    def ask(self, method, **parameters):
        return self.browser.ask(method, self.session, **parameters)

    def close(self):
        """One that stays open asks and draws every second."""
        if self.browser.pages.pop(self.session, None):
            self.browser.ask("Target.disposeBrowserContext", browserContextId=self.context)

    def begin(self, size, theme):
        for domain in "Page", "Runtime", "Log", "Network", "Accessibility":
            self.ask(f"{domain}.enable")
        self.resize(size)
        self.prefer(theme)
        # A page that nobody looks at is not drawn.
        self.ask("Page.bringToFront")

    def take(self, method, parameters):
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            words = [str(value.get("value", value.get("description"))) for value in parameters["args"]]
            self.problems.append(" ".join(words))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            entry = parameters["entry"]
            # Chromium gives up all requests when an interface of the machine comes or goes, as with containers.
            if "net::ERR_NETWORK_CHANGED" not in entry["text"]:
                self.problems.append(f"{entry['text']} {entry.get('url', '')}")
        elif method == "Fetch.requestPaused":
            self.browser.tell("Fetch.failRequest", self.session, requestId=parameters["requestId"],
                              errorReason="ConnectionAborted")
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def resize(self, size):
        width, height = size
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                 mobile=width < 600)

    def prefer(self, theme):
        self.ask("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": theme}, {"name": "prefers-reduced-motion", "value": "reduce"}])

    def before_each_page(self, script):
        """Has a script run before those of any page."""
        self.ask("Page.addScriptToEvaluateOnNewDocument", source=script)

    def lose(self, pattern):
        """Has requests for what fits the pattern come to nothing, until `lose_nothing`."""
        self.ask("Fetch.enable", patterns=[{"urlPattern": pattern}])

    def lose_nothing(self):
        self.ask("Fetch.disable")

    def go(self, address):
        result = self.ask("Page.navigate", url=address)
        if "errorText" in result:
            raise Failure(f"{address}: {result['errorText']}")

    def run(self, expression):
        """The value of a JavaScript expression, awaited."""
        result = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True,
                          userGesture=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise Failure(details.get("exception", {}).get("description") or details["text"])
        return result["result"].get("value")

    def wait(self, expression, timeout=15):
        """Asks until the expression is true, and returns its value."""
        deadline = time.monotonic() + timeout
        while True:
            value = self.run(expression)
            # An element comes as an empty object.
            if value or value == {}:
                return value
            if time.monotonic() > deadline:
                raise Failure(f"never came true within {timeout} s: {expression}\n{self.text()}")
            time.sleep(0.02)

    def text(self, selector="body"):
        return self.run(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def click(self, selector):
        """Clicks with a mouse where the element is, as a person would; what lies above it would get the click."""
        place = self.wait(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            if (!element || element.disabled) return null;
            element.scrollIntoView({{ block: "center" }});
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")
        for kind in "mousePressed", "mouseReleased":
            self.ask("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}

    def press(self, key, shift=False):
        text = {"Enter": "\r", " ": " "}.get(key)
        for kind in "keyDown", "keyUp":
            extra = {"text": text} if text and kind == "keyDown" else {}
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code={" ": "Space"}.get(key, key),
                     windowsVirtualKeyCode=self.KEYS[key], modifiers=8 if shift else 0, **extra)

    def write(self, text):
        self.ask("Input.insertText", text=text)

    def picture(self, path):
        """Keeps a picture of the whole page."""
        data = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
