"""The console in a real browser: keys, scripts that must not run, accessibility, and how long it takes."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import pytest

from gatling_core.beside import Beside, Canary
from gatling_core.registry import Registry, read_manifest
from gatling_core.settings import ROOT
from tests.console.conftest import hostile, variants

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

AXE = "axe-core@4.14.1"
_SHADOW_S = 60
SERIOUS = ("serious", "critical")
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
_PAINT = """new Promise(done => new PerformanceObserver(list => {
    const paint = list.getEntriesByName('first-contentful-paint')[0];
    if (paint) done(paint.startTime);
}).observe({type: 'paint', buffered: true}))"""

Put = Callable[..., list[str]]


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that fails the test for every script error and every breach of the content policy."""
    context = browser.new_context(viewport=LAPTOP)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console", lambda message: problems.append(message.text) if message.type == "error" and not _is_icon(message) else None
    )
    yield page
    context.close()
    assert problems == []


def _is_icon(message: Any) -> bool:
    """The browser's own idea, on the raw case, which is no page and names none."""
    return message.location["url"].endswith("/favicon.ico")


@pytest.fixture(scope="module")
def examples(site: str, put: Put, registry: Registry) -> tuple[str, str]:
    """An attack, and a case in which every text is a script; a shadow, a copy of the current model, has scored both."""
    with httpx.Client(base_url=site, timeout=60) as http:
        http.put("/models/shadow", json={"version": registry.versions()[-1].version}).raise_for_status()
        attack, strange = put("examples", variants(2, 30)[1], hostile(1))
        deadline = time.monotonic() + _SHADOW_S
        while not all(case["shadow"] for case in http.get("/cases", params={"tenant": "examples"}).json()["cases"]):
            assert time.monotonic() < deadline, "the shadow did not score the cases"
            time.sleep(0.05)
        http.delete("/models/shadow").raise_for_status()
    return attack, strange


@pytest.fixture
def standing(registry: Registry) -> Iterator[None]:
    """The newest version is canary, and nobody shadow."""
    registry.stand_beside(Beside(canary=Canary(version=registry.versions()[-1].version, share=0.1)))
    yield
    registry.stand_beside(Beside(canary=None))


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, from the npm registry into a temporary folder."""
    folder, npm = tmp_path_factory.mktemp("axe"), shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on the PATH: axe-core cannot be had")
    packed = subprocess.run([npm, "pack", AXE, "--silent"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if packed.returncode:
        pytest.skip(f"axe-core cannot be had: {packed.stderr[-200:]}")
    with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
        source = archive.extractfile("package/axe.min.js")
        assert source
        return source.read().decode()


def verdicts(site: str, tenant: str) -> dict[str, Any]:
    cases = httpx.get(f"{site}/cases", params={"tenant": tenant}).json()["cases"]
    return {case["decision_id"]: case["verdict"] for case in cases}


def test_a_reviewer_judges_with_the_keyboard_alone(site: str, page: Any, put: Put) -> None:
    oldest, middle, newest = put("keys", *variants(3))
    page.goto(f"{site}/console?tenant=keys")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{newest}?*")

    page.keyboard.press("a")
    assert page.locator("input[value=adversarial]").is_checked()
    assert "Write your name" in page.locator("#status").inner_text()
    page.keyboard.type("ada")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{middle}?*")
    assert page.evaluate("document.activeElement.tagName") == "BODY", "the keys work at once"

    page.keyboard.press("g")
    page.keyboard.press("u")
    assert page.locator("input[name=label]:checked").count() == 0, "u takes the choice back"
    page.keyboard.press("r")
    page.keyboard.type("just over: gab")
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{oldest}?*")

    page.keyboard.press("?")
    assert page.locator("dialog[open]").is_visible()
    page.keyboard.press("g")
    page.keyboard.press("Escape")
    assert page.locator("input[name=label]:checked").count() == 0, "no key acts behind the help"
    page.keyboard.press("g")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console?*")
    assert "Nothing here waits" in page.inner_text("main")

    found = verdicts(site, "keys")
    (broken,) = found[middle]["violations"]
    assert (broken["node_id"], broken["argument"], broken["term"]) == ("n0", "invoice", "scope")
    said = {id_: (verdict["label"], verdict["reviewer"], verdict["reason"]) for id_, verdict in found.items()}
    assert said == {
        newest: ("adversarial", "ada", ""),
        middle: ("boundary", "ada", "just over: gab"),
        oldest: ("gold", "ada", ""),
    }


def test_keys_move_between_cases_and_can_be_switched_off(site: str, page: Any, put: Put) -> None:
    first, second = put("moving", *variants(2, 10))
    page.goto(f"{site}/console/cases/{second}?tenant=moving")
    page.keyboard.press("j")
    page.wait_for_url(f"**/cases/{first}?*")
    page.keyboard.press("k")
    page.wait_for_url(f"**/cases/{second}?*")
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("g")
    assert page.locator("input[name=label]:checked").count() == 0


def test_it_works_without_a_script(site: str, browser: Any, put: Put) -> None:
    (id_,) = put("plain", *variants(1, 20))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/console?tenant=plain")
    page.locator("a[data-row]").click()
    page.get_by_label("gold").check()
    page.get_by_label("Your name").fill("bob")
    page.get_by_role("button", name="Record").click()
    page.wait_for_url("**/console?*")
    context.close()
    assert verdicts(site, "plain")[id_]["reviewer"] == "bob"


def test_the_page_of_a_case_shows_what_a_shadow_made_of_it(
    site: str, page: Any, examples: tuple[str, str], registry: Registry
) -> None:
    page.goto(f"{site}/console/cases/{examples[0]}")
    shadow = page.get_by_role("region", name="What the shadow says", exact=True)
    answered, beside = shadow.get_by_role("listitem").all_inner_texts()
    older, newest = (registry.versions()[k].version for k in (0, -1))
    assert answered.endswith(f"answered by {older}")
    assert beside == answered.replace(f"answered by {older}", f"by {newest}, the shadow"), "a copy says the same"
    assert "They decide the same; their energies are 0.00 apart." in shadow.inner_text()


@pytest.mark.parametrize("path", ["/console?tenant=examples&label=any", "/console/cases/{id}", "/console/cases/{id}/raw"])
def test_no_script_of_a_case_runs(site: str, page: Any, examples: tuple[str, str], path: str) -> None:
    page.goto(site + path.format(id=examples[1]))
    page.wait_for_load_state("networkidle")
    assert page.title() != "taken"
    assert page.locator("img[src=x]").count() == 0


def test_the_content_policy_stops_what_escaping_would_miss(site: str, browser: Any) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/console")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', `<img src=x onerror=\"document.title='taken'\">`)")
    page.evaluate("const s = document.createElement('script'); s.text = `document.title='taken'`; document.body.append(s)")
    page.wait_for_timeout(50)  # there is no event for what does not happen
    assert page.title() != "taken"
    context.close()


@pytest.mark.usefixtures("standing")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_axe_finds_nothing_serious(
    site: str, browser: Any, examples: tuple[str, str], axe: str, scheme: str, viewport: dict[str, int]
) -> None:
    attack, strange = examples
    context = browser.new_context(color_scheme=scheme, viewport=viewport, bypass_csp=True)
    page = context.new_page()
    for path in (
        "/console",
        f"/console/cases/{attack}",
        f"/console/cases/{strange}",
        "/console/models",
        f"/console/models/{read_manifest(ROOT / 'shipped').version}",
        "/console/runs",
    ):
        answer = page.goto(site + path)
        assert answer.ok, path
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        serious = [(item["id"], item["nodes"][0]["html"][:200]) for item in found if item["impact"] in SERIOUS]
        assert serious == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than the screen"
    context.close()


def test_versions_come_and_go_beside_the_current_one(site: str, page: Any, registry: Registry) -> None:
    current, older, newest = (manifest.version for manifest in registry.versions())
    page.goto(f"{site}/console/models")
    shadow, canary = (page.get_by_role("region", name=name, exact=True) for name in ("Shadow", "Canary"))

    version = shadow.get_by_label("Version")
    assert version.locator("option").all_inner_texts() == [newest, older], "the current one stands beside nobody"
    version.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    shadow.get_by_text("runs here").wait_for()
    assert registry.beside() == Beside(shadow=older)

    canary.get_by_role("button", name="Start the canary").click()
    assert registry.beside().canary is None, "for whom it answers must be said"
    canary.get_by_label("Percent of the tenants").focus()
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    canary.get_by_text("runs here").wait_for()
    assert registry.beside() == Beside(shadow=older, canary=Canary(version=newest, share=0.1))

    canary.get_by_label("Percent of the tenants").fill("25")
    page.keyboard.press("Enter")
    page.get_by_text("for 25 % of the tenants").wait_for()
    assert registry.beside().canary == Canary(version=newest, share=0.25)

    shadow.get_by_role("button", name="End the shadow").press("Enter")
    shadow.get_by_role("button", name="Start the shadow").wait_for()
    canary.get_by_role("button", name="End the canary").press("Enter")
    canary.get_by_role("button", name="Start the canary").wait_for()
    assert (registry.beside(), registry.current()) == (Beside(shadow=None, canary=None), current)


def painted(page: Any) -> float:
    """Milliseconds from the start of the navigation to the first contentful paint."""
    return page.evaluate(_PAINT)


def test_ten_cases_are_judged_by_keyboard_one_after_the_other(
    site: str, page: Any, put: Put, record_property: Callable[[str, object], None]
) -> None:
    put("quick", *variants(12, 100))
    page.goto(f"{site}/console?tenant=quick")
    queue = painted(page)
    page.locator("a[data-row]").first.click()
    page.wait_for_url("**/console/cases/*")
    paints, verdicts_ms = [painted(page)], list[float]()
    page.get_by_label("Your name").fill("ada")
    page.keyboard.press("Escape")
    for _ in range(10):
        start, here = page.evaluate("performance.timeOrigin + performance.now()"), re.escape(page.url)
        page.keyboard.press("a")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(f"^(?!{here}$)"))
        paints.append(painted(page))
        verdicts_ms.append(page.evaluate("performance.timeOrigin") + paints[-1] - start)
    figures = {"queue_paint_ms": queue, "case_paint_ms": median(paints), "verdict_to_next_case_ms": median(verdicts_ms)}
    for name, value in figures.items():
        record_property(name, round(value))
    print({name: round(value) for name, value in figures.items()})  # no bound here: machines differ, and this one may be busy
    judged = page.request.get(f"{site}/cases?tenant=quick&label=adversarial&limit=200").json()["cases"]
    assert len(judged) == 10


@pytest.mark.usefixtures("standing")
def test_screenshots(site: str, browser: Any, put: Put, tmp_path: Path) -> None:
    """To be looked at: `pytest tests/console -k screenshots --basetemp shots`. Here only that each shows something."""
    attack, *_ = put("screens", variants(2, 40)[1], *variants(12, 50))
    for scheme, viewport, name in (
        ("light", LAPTOP, "light"),
        ("dark", LAPTOP, "dark"),
        ("light", PHONE, "phone"),
        ("dark", PHONE, "dark-phone"),
    ):
        context = browser.new_context(color_scheme=scheme, viewport=viewport)
        page = context.new_page()
        for title, path in (
            ("queue", "?tenant=screens"),
            ("case", f"/cases/{attack}"),
            ("models", "/models"),
            ("beside", "/models#beside"),
        ):
            page.goto(f"{site}/console{path}")
            assert len(page.screenshot(path=tmp_path / f"{title}-{name}.png")) > 10_000
        context.close()
