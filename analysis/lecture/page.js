"use strict";
// Steps through the runs of this page. The pictures stand in the page already; this lights what the clock has reached.
(() => {
    const { runs, glossary } = JSON.parse(document.getElementById("data").textContent);
    const byId = (id) => document.getElementById(id);
    const all = (selector, root = document) => [...root.querySelectorAll(selector)];
    const instants = [...new Set(runs.flatMap((run) => run.instants))].sort((a, b) => a - b);
    const places = Math.max(3, ...runs.map((run) => run.places || 0));
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    let now = instants[0] || 0; // simulated time, seconds
    let zoom = 1;
    let onPaper = false;
    let playing = 0; // the frame that is asked for

    // The last place of a sorted list whose value, as `of` tells it, is at most `limit`; -1 if there is none.
    function lastUntil(list, limit, of = (value) => value) {
        let low = 0, high = list.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (of(list[middle]) <= limit) low = middle + 1; else high = middle;
        }
        return low - 1;
    }

    const LARGEST = 1.6; // pixels to a unit of a picture beside its names; what is wider is stretched
    const LOWEST_BAND = 60; // units
    const between = (a, b, share) => a + (b - a) * Math.min(1, Math.max(0, share));

    // ---- pictures beside their names

    // A column of names, and beside it a picture that scrolls; they share one scale.
    class Beside {
        constructor(root) {
            this.root = root;
            this.names = root.querySelector(".names");
            this.scroll = root.querySelector(".scroll");
            this.picture = new Stretched(this.scroll.querySelector("svg"));
            this.cursor = this.scroll.querySelector(".cursor");
            this.wide = Number(this.names.getAttribute("width"));
            this.names.style.setProperty("--share", this.wide);
            this.scroll.style.setProperty("--share", this.picture.width);
        }

        fit() {
            const room = this.root.clientWidth - 2, scale = Math.min(room / (this.wide + this.picture.width), LARGEST);
            this.names.style.width = `${this.wide * scale}px`;
            this.names.style.height = `${this.picture.height * scale}px`;
            const fill = (room - this.wide * scale) / (this.picture.width * scale);
            this.picture.to(onPaper ? 1 : zoom * fill, scale); // a printed page has a width of its own
            this.scale = scale;
        }

        show(x) {
            const at = this.picture.at(x);
            this.cursor.setAttribute("x1", at);
            this.cursor.setAttribute("x2", at);
            follow(this.scroll, "scrollLeft", (at - this.picture.left) * this.scale, this.scroll.clientWidth);
        }
    }

    // Scrolls so that a place is not near an edge.
    function follow(scroll, what, place, room) {
        if (place < scroll[what] + 0.15 * room || place > scroll[what] + 0.85 * room) scroll[what] = place - room / 2;
    }

    // ---- a run

    class Run {
        constructor(data, root, number) {
            Object.assign(this, { data, root, number });
            this.things = all(".thing", root).map((element) => ({
                element, from: Number(element.dataset.from), to: Number(element.dataset.to), is: "",
                shaft: element.querySelector(".shaft"), flying: element.querySelector(".flying"),
            }));
            this.ladder = root.querySelector(".ladder");
            if (this.ladder) {
                this.box = this.ladder.getAttribute("viewBox").split(" ").map(Number);
                const first = this.ladder.querySelector(".thing");
                if (first) first.setAttribute("tabindex", "0");
            }
            const timeline = root.querySelector(".for-timeline .beside"), occupancy = root.querySelector(".for-occupancy .beside");
            this.timeline = timeline && new Beside(timeline);
            this.occupancy = occupancy && new Beside(occupancy);
            this.curves = all(".stretch", root).map((g) => ({ host: g.dataset.host, what: g.dataset.what, ...readCurve(g.firstElementChild) }));
        }

        fit() {
            if (this.ladder) {
                const scroll = this.ladder.parentNode;
                this.scale = Math.min(scroll.clientWidth / this.box[2], 2.2) * zoom;
                this.ladder.style.width = `${this.box[2] * this.scale}px`;
                this.ladder.style.height = `${this.box[3] * this.scale}px`;
            }
            for (const panel of [this.timeline, this.occupancy]) if (panel) panel.fit();
        }

        show(time) {
            const y = this.ladder ? this.showLadder(time) : 0;
            for (const thing of this.things) this.showThing(thing, time, y);
            if (this.timeline) this.timeline.show(onBrokenAxis(this.data.axis, time));
            if (this.occupancy) this.showOccupancy(time);
            if (this.data.names.length) {
                this.showStates(time);
                this.showHappening(time);
                this.showTimers(time);
            }
        }

        // `y`: how far down the ladder the clock has come, to which what is on its way has come as well.
        showThing(thing, time, y) {
            const { element, from, to, flying, shaft } = thing;
            let is = time < from ? "coming" : time < to ? "flight" : "past";
            if (time === from || time === to) is += " now";
            if (is !== thing.is) {
                for (const name of ["coming", "flight", "past", "now"]) element.classList.toggle(name, is.split(" ").includes(name));
                thing.is = is;
            }
            if (flying && is.startsWith("flight")) {
                const at = (name) => Number(shaft.getAttribute(name)), falls = at("y2") - at("y1");
                const share = time === from ? 0 : falls ? (y - at("y1")) / falls : (time - from) / (to - from);
                flying.setAttribute("cx", between(at("x1"), at("x2"), share));
                flying.setAttribute("cy", between(at("y1"), at("y2"), share));
            }
        }

        showLadder(time) {
            const knots = this.data.knots, i = lastUntil(knots, time, (knot) => knot[0]);
            let y = knots.length ? knots[0][1] - 8 : 0;
            if (i >= 0) {
                const [before, , end] = knots[i], next = knots[i + 1];
                y = next ? between(end, next[1], (time - before) / (next[0] - before)) : end;
            }
            const cursor = this.ladder.querySelector(".cursor");
            cursor.setAttribute("y1", y);
            cursor.setAttribute("y2", y);
            follow(this.ladder.parentNode, "scrollTop", y * this.scale, this.ladder.parentNode.clientHeight);
            return y;
        }

        // On paper a ladder stands in bands, so that a page may end between two of them.
        band() {
            if (!this.ladder) return;
            const [, , width, height] = this.box, knots = this.data.knots;
            this.ladder.id = `ladder${this.number}`;
            for (let top = 0, i = 0; top < height; i++) {
                const end = i + 1 < knots.length ? (knots[i][2] + knots[i + 1][1]) / 2 : height;
                if (end - top < LOWEST_BAND && end < height) continue;
                const band = this.ladder.cloneNode(false), use = document.createElementNS(band.namespaceURI, "use");
                band.removeAttribute("id");
                band.classList.add("band");
                band.setAttribute("viewBox", `0 ${top} ${width} ${end - top}`);
                band.setAttribute("height", end - top);
                for (const [name, value] of Object.entries({ href: `#${this.ladder.id}`, width, height })) use.setAttribute(name, value);
                band.append(use);
                this.ladder.parentNode.append(band);
                top = end;
            }
        }

        // The state of each end at an instant, and the box of the graph in which that is.
        states(time) {
            const found = this.data.initial.map((state) => [state, state]);
            for (const [at, side, , after, box] of this.data.states) if (at <= time) found[side] = [after, box];
            return found;
        }

        showStates(time) {
            const states = this.states(time);
            states.forEach(([state], side) => {
                const label = this.root.querySelector(`.end${side} .state`);
                label.textContent = state || "not recorded";
                label.className = state ? `state s-${state} t-${state}` : "state";
            });
            for (const box of all("[data-state]", this.root)) {
                states.forEach(([, at], side) => box.classList.toggle(`in${side}`, box.dataset.state === at));
            }
            const taken = new Set(this.data.states.filter(([at]) => at === time).map(([, , before, after]) => `${before}>${after}`));
            for (const edge of all("[data-edge]", this.root)) edge.classList.toggle("taking", taken.has(edge.dataset.edge));
        }

        showHappening(time) {
            const happens = this.data.happens, last = lastUntil(happens, time, (each) => each[0]);
            const at = last < 0 ? null : happens[last][0];
            if (at === this.told) return; // the list is of that instant already
            this.told = at;
            this.root.querySelector(".telling h3").textContent = at === null ? "Before the first" : `At ${at.toFixed(places)} s`;
            const list = this.root.querySelector(".happens");
            list.replaceChildren();
            for (let i = last; i >= 0 && happens[i][0] === at; i--) {
                const [, words, , ids] = happens[i], item = document.createElement("li");
                item.append(words, ...ids.map(ruleOf));
                list.prepend(item);
            }
        }

        showTimers(time) {
            const list = this.root.querySelector("ul.timers"), rows = this.data.timers;
            list.replaceChildren();
            if (!rows) return addItem(list, "not recorded");
            const running = new Map(), states = this.states(time);
            for (const [at, side, timer, event, expires] of rows) {
                if (at > time) break;
                if (expires === null) running.delete(`${side}${timer}`);
                else running.set(`${side}${timer}`, [side, timer, expires]);
            }
            for (const [side, timer, expires] of running.values()) {
                if (states[side][0] === "CLOSED" || states[side][0] === "LISTEN" || expires < time) continue;
                addItem(list, `${this.data.names[side]}: ${timer}, ${(expires - time).toFixed(places)} s to go, until ${expires.toFixed(places)} s`);
            }
            if (!list.children.length) addItem(list, "none");
        }

        showOccupancy(time) {
            const [from, to] = this.data.occupancy.interval, width = this.occupancy.picture.width;
            this.occupancy.show(between(0, width, (time - from) / (to - from)));
            for (const label of all("[data-counts]", this.root)) {
                const own = this.curves.filter((curve) => curve.host === label.dataset.counts);
                label.textContent = own.map(({ what, times, counts }) => {
                    const i = lastUntil(times, time);
                    return `${what} ${i < 0 ? 0 : counts[i]}`;
                }).join(", ");
            }
        }
    }

    function addItem(list, words) {
        const item = document.createElement("li");
        item.textContent = words;
        list.append(item);
    }

    // What an id means, as far as the page knows.
    function ruleOf(id) {
        const line = document.createElement("span"), name = document.createElement("b");
        line.className = "rule";
        name.textContent = id;
        const [words, source] = glossary[id] || ["", ""];
        line.append(name, words && ` ${words}`, source && ` (${source})`);
        return line;
    }

    // A curve holds times and counts themselves.
    function readCurve(path) {
        const times = [], counts = [];
        for (const [, letter, first, second] of path.getAttribute("d").matchAll(/([MHV])(\S+?)(?: (\S+?))?(?=[MHV]|$)/g)) {
            if (letter === "V") counts[counts.length - 1] = Number(first);
            else {
                times.push(Number(first));
                counts.push(letter === "M" ? Number(second) : counts[counts.length - 1]);
            }
        }
        return { times, counts };
    }

    function onBrokenAxis([times, where], time) {
        const i = lastUntil(times, time);
        if (i < 0) return where[0];
        if (i === times.length - 1) return where[i];
        return between(where[i], where[i + 1], (time - times[i]) / (times[i + 1] - times[i]));
    }

    const shown = runs.map((data, i) => new Run(data, byId(`run${i}`), i));

    // ---- the clock

    function show() {
        for (const run of shown) run.show(now);
        const step = Math.max(0, lastUntil(instants, now));
        byId("clock").textContent = instants.length ? `${now.toFixed(places)} s` : "";
        byId("scrub").value = step;
        byId("scrub").setAttribute("aria-valuetext", `step ${step + 1} of ${instants.length}, at ${now.toFixed(places)} s`);
    }

    function go(time) {
        now = time;
        show();
    }

    function step(by) {
        pause();
        const i = lastUntil(instants, now), exact = instants[i] === now;
        const to = by > 0 ? i + 1 : exact ? i - 1 : i;
        if (to >= 0 && to < instants.length) go(instants[to]);
    }

    function pause() {
        cancelAnimationFrame(playing);
        playing = 0;
        byId("play").textContent = "Play";
        byId("play").setAttribute("aria-pressed", "false");
    }

    function play() {
        if (playing) return pause();
        if (instants.length < 2) return;
        if (now >= instants[instants.length - 1]) now = instants[0];
        byId("play").textContent = "Pause";
        byId("play").setAttribute("aria-pressed", "true");
        let before = performance.now();
        const frame = (at) => {
            const [kind, rate] = byId("speed").value.split(" ");
            const passed = Math.max(0, at - before) / 1000 * Number(rate);
            before = at;
            const exact = kind === "steps" ? stepped(passed) : now + passed;
            const end = instants[instants.length - 1];
            if (exact >= end) {
                go(end);
                return pause();
            }
            go(exact);
            playing = requestAnimationFrame(frame);
        };
        playing = requestAnimationFrame(frame);
    }

    let position = 0; // between two instants, as long as it plays by steps

    function stepped(passed) {
        const i = Math.max(0, lastUntil(instants, now)), width = instants[i + 1] - instants[i];
        const share = calm.matches ? position : (now - instants[i]) / width;
        const reached = i + share + passed, whole = Math.floor(reached);
        position = reached - whole;
        if (whole >= instants.length - 1) return instants[instants.length - 1];
        return calm.matches ? instants[whole] : between(instants[whole], instants[whole + 1], reached - whole);
    }

    // ---- the view

    function setZoom(to) {
        zoom = Math.min(16, Math.max(0.5, to));
        byId("zoom").textContent = `${Math.round(zoom * 100)} %`;
        fit();
    }

    function fit() {
        for (const run of shown) run.fit();
        show();
    }

    function toggleFuture() {
        const hidden = document.body.classList.toggle("hide");
        byId("future").setAttribute("aria-pressed", String(hidden));
    }

    const isDark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

    function nameTheme() {
        byId("theme").textContent = isDark() ? "Light" : "Dark";
    }

    function toggleTheme() {
        document.documentElement.dataset.theme = isDark() ? "light" : "dark";
        nameTheme();
    }

    function nextSpeed() {
        const speed = byId("speed");
        speed.selectedIndex = (speed.selectedIndex + 1) % speed.options.length;
    }

    // ---- what is known of a thing

    let hot = [];

    function point(thing, x, y) {
        unpoint();
        const [, number, key] = /^(\d+)(.*)$/.exec(thing.dataset.k);
        const [head, lines, ids] = runs[number].tips[key] || [];
        hot = key ? all(`[data-k="${thing.dataset.k}"]`) : [thing];
        for (const each of hot) each.classList.add("hot");
        if (!head) return;
        const tip = byId("tip"), name = document.createElement("b");
        name.textContent = head;
        tip.replaceChildren(name, ...lines.map((words) => {
            const line = document.createElement("div");
            line.textContent = words;
            return line;
        }), ...ids.map(ruleOf));
        tip.hidden = false;
        const wide = tip.offsetWidth, high = tip.offsetHeight;
        tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - wide - 4))}px`;
        tip.style.top = `${y + 18 + high > innerHeight ? Math.max(4, y - high - 12) : y + 18}px`;
    }

    function unpoint() {
        for (const each of hot) each.classList.remove("hot");
        hot = [];
        byId("tip").hidden = true;
    }

    const thingOf = (event) => (event.target instanceof Element ? event.target.closest(".thing") : null);

    document.addEventListener("pointerover", (event) => {
        const thing = thingOf(event);
        if (thing) point(thing, event.clientX, event.clientY);
        else unpoint();
    });
    document.addEventListener("focusin", (event) => {
        const thing = thingOf(event);
        if (!thing) return unpoint();
        const box = thing.getBoundingClientRect();
        point(thing, box.left + box.width / 3, Math.min(box.bottom - 10, innerHeight - 20));
        thing.setAttribute("role", "img"); // and read aloud
        thing.setAttribute("aria-label", byId("tip").textContent);
    });

    function chosen(thing) {
        pause();
        const { from, to } = thing.dataset;
        go(Number(now === Number(from) && instants.includes(Number(to)) ? to : from));
    }

    document.addEventListener("click", (event) => {
        const thing = thingOf(event);
        if (thing) chosen(thing);
    });

    // From a thing in a ladder to the next one; only one of them is reached by Tab.
    function walk(thing, by) {
        const things = all(".thing", thing.closest("svg")), to = things[things.indexOf(thing) + by];
        if (!to) return;
        thing.setAttribute("tabindex", "-1");
        to.setAttribute("tabindex", "0");
        to.focus();
        to.scrollIntoView({ block: "nearest" });
    }

    // ---- keys and buttons

    const actions = {
        ArrowRight: () => step(1), ArrowLeft: () => step(-1),
        Home: () => { pause(); go(instants[0]); }, End: () => { pause(); go(instants[instants.length - 1]); },
        " ": play, s: nextSpeed,
        "+": () => setZoom(zoom * 1.25), "=": () => setZoom(zoom * 1.25), "-": () => setZoom(zoom / 1.25), 0: () => setZoom(1),
        h: toggleFuture, d: toggleTheme, "?": () => byId("help").showModal(), Escape: unpoint,
    };

    document.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
        const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
        const thing = thingOf(event), at = event.target;
        if (thing && (key === "ArrowDown" || key === "ArrowUp")) walk(thing, key === "ArrowDown" ? 1 : -1);
        else if (thing && key === "Enter") chosen(thing);
        else if (at.matches("select, input") && /^(Arrow|Home|End| )/.test(key)) return; // they have keys of their own
        else if (at.matches("button") && (key === " " || key === "Enter")) return;
        else if (key in actions) actions[key]();
        else return;
        event.preventDefault();
    });

    const buttons = { first: "Home", back: "ArrowLeft", play: " ", forward: "ArrowRight", last: "End", smaller: "-", larger: "+", future: "h", theme: "d", keys: "?" };
    for (const [id, key] of Object.entries(buttons)) byId(id).addEventListener("click", actions[key]);
    byId("scrub").max = Math.max(0, instants.length - 1);
    byId("scrub").addEventListener("input", (event) => { pause(); go(instants[event.target.value]); });
    for (const id of ["first", "back", "play", "forward", "last", "scrub"]) byId(id).disabled = instants.length < 2;

    addEventListener("beforeprint", () => {
        onPaper = true;
        fit();
        for (const run of shown) run.band();
    });
    addEventListener("afterprint", () => {
        onPaper = false;
        for (const band of all(".band")) band.remove();
        fit();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
    nameTheme();
    fit();
    new ResizeObserver(fit).observe(document.querySelector("main")); // also when a scroll bar comes
})();
