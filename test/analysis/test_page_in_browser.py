"""`lab page` in a real browser: Debian's chromium without a screen, from a file URL, driven by its chromedriver."""

from __future__ import annotations

import shutil

import folders
import pytest

webdriver = pytest.importorskip("selenium.webdriver", reason="python3-selenium is not installed: ./lab test --full installs it")
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium or chromium-driver is not installed: ./lab test --full installs them")

RIGHT, LEFT, DOWN, UP, HOME, END, ENTER, TAB, ESCAPE = (
    "\ue014", "\ue012", "\ue015", "\ue013", "\ue011", "\ue010", "\ue007", "\ue004", "\ue00c")  # fmt: skip


class Browser:
    """A browser with a page of run folders in it."""

    def __init__(self, driver, analysis, tmp_path) -> None:
        self.driver, self.analysis, self.tmp_path = driver, analysis, tmp_path

    def open(self, *paths, options=()) -> "Browser":
        status, _, err = self.analysis("page", *paths, *options, "-o", self.tmp_path / "page.html")
        assert status == 0, err
        self.driver.get((self.tmp_path / "page.html").as_uri())
        return self

    def js(self, code: str, *arguments):
        return self.driver.execute_script(f"return {code}", *arguments)

    def press(self, *keys: str) -> None:
        """As the keyboard gives them to whatever has the focus."""
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def one(self, selector: str):
        return self.driver.find_element("css selector", selector)

    def text(self, selector: str) -> str:
        return self.js("document.querySelector(arguments[0]).textContent", selector).strip()

    def clock(self) -> str:
        return self.text("#clock")

    def states(self, run: int = 0) -> list[str]:
        return self.js("[...document.querySelectorAll(`#run${arguments[0]} .end .state`)].map((e) => e.textContent)", run)

    def lit(self, run: int = 0) -> list[str]:
        """The states that are lit in the graph, of the left and the right end."""
        return [self.js("document.querySelector(`#run${arguments[0]} [data-state].in${arguments[1]}`)?.dataset.state", run, side) for side in (0, 1)]

    def hover(self, selector: str) -> None:
        """On the middle of the line that can be pointed at."""
        webdriver.ActionChains(self.driver).move_to_element(self.one(selector)).perform()

    def picture(self, name: str) -> bytes:
        """Kept beside the page, to be looked at."""
        image = self.driver.get_screenshot_as_png()
        (self.tmp_path / f"{name}.png").write_bytes(image)
        return image

    def emulate(self, media: str = "", **features: str) -> None:
        told = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": told})


@pytest.fixture(scope="module")
def driver():
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1600,1000"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    it = webdriver.Chrome(service=Service(DRIVER), options=options)
    yield it
    it.quit()


@pytest.fixture
def browser(driver, analysis, tmp_path):
    it = Browser(driver, analysis, tmp_path)
    it.emulate()
    driver.get_log("browser")  # of a test before
    yield it
    assert [entry for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []


@pytest.fixture
def run(tmp_path):
    """Everything was recorded of it."""
    return folders.tables(tmp_path / "run")


@pytest.fixture
def other(tmp_path):
    """The same without the losses of SYN and last ACK."""
    w, ms = folders.Writer(), 1_000_000
    w.change(0, "client-1", "CLOSED", "SYN-SENT", "T02", "active OPEN")
    w.send(0, "client-1", "S", 0)
    w.change(20 * ms, "server", "LISTEN", "SYN-RECEIVED", "T03", "seg SYN")
    w.send(20 * ms, "server", "S.", 0, 1)
    w.change(40 * ms, "client-1", "SYN-SENT", "ESTABLISHED", "T08", "seg SYN+ACK")
    w.send(40 * ms, "client-1", ".", 1, 1, reason="ack")
    w.change(60 * ms, "server", "SYN-RECEIVED", "ESTABLISHED", "T12", "seg ACK")
    return w.write(tmp_path / "other", end_s=2.0)


def test_what_was_not_recorded_is_said(browser, run):
    browser.open(folders.without(run, "segments", "timers"))
    browser.press(END)
    assert browser.text("ul.timers") == "not recorded" and browser.states() == ["CLOSED", "LISTEN"]
    assert "segments were not recorded" in browser.text(".lacks")


def test_steps_forward_and_back_by_key_and_button(browser, run):
    browser.open(run)
    assert browser.clock() == "0.000 s" and browser.states() == ["SYN-SENT", "LISTEN"] and browser.lit() == ["SYN-SENT", "LISTEN"]
    assert browser.text(".happens").startswith("client-1: CLOSED → SYN-SENT (active OPEN)T02")
    browser.press(RIGHT, RIGHT)
    assert browser.clock() == "1.020 s" and browser.states() == ["SYN-SENT", "SYN-RECEIVED"] and browser.lit() == ["SYN-SENT", "SYN-RECEIVED"]
    assert "server receives [S], seq 0, length 0P25" in browser.text(".happens")
    browser.one("#forward").click()
    assert browser.clock() == "1.040 s" and browser.states()[0] == "ESTABLISHED"
    browser.one("#back").click()
    browser.press(LEFT)
    assert browser.clock() == "1.000 s"
    browser.press(END)
    assert browser.states() == ["CLOSED", "LISTEN"] and browser.lit() == ["END", "LISTEN"], "the server goes on listening"
    browser.press(RIGHT)
    assert browser.clock() == "63.170 s", "there is nothing behind the end"
    browser.press(HOME, LEFT)
    assert browser.clock() == "0.000 s"


def test_the_cursor_is_in_sight_in_every_picture(browser, run):
    browser.open(run)
    browser.press(END)
    for picture in (".ladder", ".timeline", ".occupancy"):
        inside = browser.js("""(() => { const cursor = document.querySelector(arguments[0] + " .cursor").getBoundingClientRect(),
            box = document.querySelector(arguments[0]).parentNode.getBoundingClientRect();
            return cursor.bottom >= box.top - 1 && cursor.top <= box.bottom + 1 && cursor.left <= box.right + 1 && cursor.right >= box.left - 1; })()""".replace(
            "arguments[0]", repr(picture)))
        assert inside, picture
    assert browser.text("[data-counts='client-1']") == "TIME-WAIT 1"


def test_what_has_passed_is_told_from_what_comes(browser, run):
    browser.open(run)
    browser.press(RIGHT)
    coming, past = (browser.js("document.querySelectorAll(arguments[0]).length", f".ladder .{name}") for name in ("coming", "past"))
    assert coming > 20 and past >= 2
    opacity = "getComputedStyle(document.querySelector('.ladder .coming')).opacity"
    assert float(browser.js(opacity)) == 0.3
    browser.press("h")
    assert float(browser.js(opacity)) == 0
    assert browser.one("#future").get_attribute("aria-pressed") == "true"


def test_it_plays_and_pauses(browser, run):
    browser.open(run)
    browser.js("void (document.querySelector('#speed').value = 'time 10')")
    browser.press(" ")
    assert browser.text("#play") == "Pause"
    wait_until(browser, lambda: float(browser.clock().split()[0]) > 4)
    browser.press(" ")
    stopped = browser.clock()
    assert browser.text("#play") == "Play"
    browser.js("new Promise((done) => setTimeout(done, 300))")
    assert browser.clock() == stopped
    browser.press("s")
    assert browser.js("document.querySelector('#speed').value") == "steps 0.5"


def wait_until(browser, holds, seconds: float = 10) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser.driver, seconds, poll_frequency=0.05).until(lambda _: holds())


def test_a_segment_is_on_its_way_while_it_plays(browser, run):
    browser.open(run)
    browser.press(RIGHT)  # 1.000 s, when the SYN leaves that arrives 20 ms later
    browser.js("void (document.querySelector('#speed').value = 'steps 0.5')")
    browser.press(" ")
    wait_until(browser, lambda: browser.js("getComputedStyle(document.querySelector('[data-k=\"0a1\"] .flying')).visibility") == "visible"
               and browser.clock() != "1.000 s")  # fmt: skip
    browser.press(" ")
    x = float(browser.one("[data-k='0a1'] .flying").get_attribute("cx"))
    ends = [float(browser.one("[data-k='0a1'] .shaft").get_attribute(name)) for name in ("x1", "x2")]
    assert ends[0] < x < ends[1]


def test_zoom_stretches_time_and_enlarges_the_ladder(browser, run):
    browser.open(run)
    width = "document.querySelector(arguments[0]).getBoundingClientRect().width"
    before = [browser.js(width, picture) for picture in (".ladder", ".timeline", ".occupancy")]
    names = browser.js("document.querySelectorAll('.timeline .fits:not(.not)').length")
    browser.press("+", "+", "+")
    after = [browser.js(width, picture) for picture in (".ladder", ".timeline", ".occupancy")]
    assert [round(b / a, 2) for a, b in zip(before, after)] == [1.95] * 3 and browser.text("#zoom") == "195 %"
    assert browser.js("document.querySelectorAll('.timeline .fits:not(.not)').length") >= names
    browser.picture("zoomed")
    browser.press("0")
    assert [browser.js(width, picture) for picture in (".ladder", ".timeline", ".occupancy")] == before
    browser.one("#smaller").click()
    assert browser.text("#zoom") == "80 %"


def test_hovering_tells_all_and_shows_the_same_in_the_timeline(browser, run):
    browser.open(run)
    browser.hover(".ladder [data-k='0a1'] .hit")
    tip = browser.text("#tip")
    assert browser.one("#tip").is_displayed()
    for words in ("[S], seq 0, length 0", "client-1 to server: SYN", "retransmission, by a timer", "window 65535, options mss 1460",
                  "arrived at 1.020 s", "P25 ", "P30 "):  # fmt: skip
        assert words in tip, words
    hot = browser.js("[...document.querySelectorAll('.hot')].map((e) => e.closest('svg').classList[0])")
    assert hot == ["ladder", "timeline"]
    browser.picture("hover")
    browser.hover(".timeline [data-k='0a0'] .hit")
    assert "lost: rule: drop" in browser.text("#tip")
    browser.hover("h2")
    assert not browser.one("#tip").is_displayed()


def test_the_keyboard_alone_suffices(browser, run):
    browser.open(run)
    for _ in range(20):  # the controls, then the ladder
        browser.press(TAB)
        if browser.js("document.activeElement.closest('.ladder') !== null"):
            break
    assert browser.js("document.activeElement.dataset.k") is not None
    seen = []
    for _ in range(6):
        browser.press(DOWN)
        seen.append(browser.js("document.activeElement.dataset.k"))
        assert browser.one("#tip").is_displayed()
    assert len(set(seen)) == 6
    browser.press(UP)
    assert browser.js("document.activeElement.dataset.k") == seen[-2]
    when = float(browser.js("document.activeElement.dataset.from"))
    assert browser.js("document.activeElement.getAttribute('aria-label')") == browser.text("#tip")
    browser.press(ENTER)
    assert browser.clock() == f"{when:.3f} s"
    browser.press(ESCAPE)
    assert not browser.one("#tip").is_displayed()
    browser.press("?")
    assert browser.js("document.querySelector('#help').open")
    browser.press(ESCAPE)
    assert not browser.js("document.querySelector('#help').open")


def test_runs_side_by_side_have_one_clock(browser, run, other):
    browser.open(run, other)
    boxes = [browser.js("(({top, left, width}) => [top, left, width])(document.querySelector(arguments[0]).getBoundingClientRect())", f"#run{i}") for i in (0, 1)]
    assert boxes[0][0] == boxes[1][0] and boxes[0][1] + boxes[0][2] <= boxes[1][1]
    browser.press(RIGHT)
    assert browser.clock() == "0.020 s" and browser.states(0) == ["SYN-SENT", "LISTEN"] and browser.states(1) == ["SYN-SENT", "SYN-RECEIVED"]
    browser.press(RIGHT, RIGHT, RIGHT)
    assert browser.clock() == "1.000 s" and browser.states(1) == ["ESTABLISHED", "ESTABLISHED"]
    browser.picture("side-by-side")
    assert browser.js("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"


def test_three_runs_side_by_side_have_text_that_can_be_read(browser, run, other):
    """Each ladder says less, so that its letters are larger; what is left out stands in the tip."""
    browser.open(run, other, run)
    size = "document.querySelector('#run0 .ladder text').getBoundingClientRect().height"
    assert browser.js(size) > 11
    shown = browser.js("[...document.querySelectorAll('#run0 .ladder .thing text')].map((e) => e.textContent).join(' ')")
    assert "[S], seq 0" in shown and "length" not in shown
    browser.hover("#run0 .ladder .hit")
    assert "[S], seq 0, length 0" in browser.text("#tip")


def test_a_clock_of_occupancy_alone(browser, busy, run):
    browser.open(busy)
    browser.press(END)
    assert browser.text("[data-counts='server']").startswith("TIME-WAIT ") and browser.clock() == "120.000 s"


def test_dark_and_light(browser, run):
    browser.emulate(prefers_color_scheme="dark")
    browser.open(run)
    background = "getComputedStyle(document.body).backgroundColor"
    assert browser.js(background) == "rgb(22, 24, 28)" and browser.text("#theme") == "Light"
    browser.picture("dark")
    browser.press("d")
    assert browser.js(background) == "rgb(255, 255, 255)" and browser.text("#theme") == "Dark"
    browser.emulate(prefers_color_scheme="light")
    browser.press("d")
    assert browser.js(background) == "rgb(22, 24, 28)", "the button wins"


def test_print_shows_the_whole_ladder(browser, run):
    browser.open(run)
    browser.press("h", "d", END)
    browser.emulate(media="print")
    hidden = browser.js("[...document.querySelectorAll('.thing')].filter((e) => getComputedStyle(e).display === 'none' || getComputedStyle(e).opacity < 1).length")
    assert hidden == 0
    browser.press(HOME)
    assert browser.js("getComputedStyle(document.querySelector('header')).display") == "none"
    assert float(browser.js("getComputedStyle(document.querySelector('.ladder .coming')).opacity")) == 1
    assert browser.js("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.js("getComputedStyle(document.documentElement).colorScheme") == "light", "the margins of the paper are white"
    cut = browser.js("(({scrollHeight, clientHeight}) => scrollHeight - clientHeight)(document.querySelector('.for-ladder .scroll'))")
    assert cut <= 1
    pdf = browser.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True})["data"]
    import base64

    (browser.tmp_path / "print.pdf").write_bytes(base64.b64decode(pdf))
    assert base64.b64decode(pdf).startswith(b"%PDF")


def test_a_huge_page_steps_within_a_moment(browser, tmp_path):
    w = folders.Writer()
    for i in range(3000):
        w.send(1_000_000 * i, "client-1", "P.", 1 + 100 * (i % 1000), 1, 100)
    browser.open(w.write(tmp_path / "huge"), options=["--all"])
    took_ms = browser.js("(() => { const from = performance.now(); document.querySelector('#forward').click(); return performance.now() - from; })()")
    assert took_ms < 1000 and browser.clock() == "0.001 s"
