"use strict";
// Remembers where everything in a picture stands, so that it can be put anywhere between there and `factor` times as far.
class Stretched {
    constructor(svg) {
        const all = (selector) => svg.querySelectorAll(selector);
        this.svg = svg;
        [this.left, this.top, this.width, this.height] = svg.getAttribute("viewBox").split(" ").map(Number);
        const number = (element, name) => Number(element.getAttribute(name));
        this.moves = [];
        for (const e of all("rect")) {
            const x = number(e, "x"), width = number(e, "width");
            this.moves.push((at, z) => { e.setAttribute("x", at(x)); e.setAttribute("width", width * z); });
        }
        for (const e of all("line")) {
            if (e.closest("g[transform]") || e.classList.contains("cursor")) continue;
            const x1 = number(e, "x1"), x2 = number(e, "x2");
            this.moves.push((at) => { e.setAttribute("x1", at(x1)); e.setAttribute("x2", at(x2)); });
        }
        for (const e of all("text")) {
            const x = number(e, "x"), turn = /^rotate\((\S+) \S+ (\S+)\)$/.exec(e.getAttribute("transform") || "");
            this.moves.push((at) => {
                e.setAttribute("x", at(x));
                if (turn) e.setAttribute("transform", `rotate(${turn[1]} ${at(x)} ${turn[2]})`);
            });
        }
        for (const e of all("polyline")) {
            const points = e.getAttribute("points").split(" ").map((point) => point.split(",").map(Number));
            this.moves.push((at) => e.setAttribute("points", points.map(([x, y]) => `${at(x)},${y}`).join(" ")));
        }
        for (const e of all("g[transform^=translate]")) {
            const [x, y] = e.getAttribute("transform").slice(10, -1).split(" ").map(Number);
            this.moves.push((at) => e.setAttribute("transform", `translate(${at(x)} ${y})`));
        }
        for (const e of all("g.stretch")) {
            const [a, , , d, x, y] = e.getAttribute("transform").slice(7, -1).split(" ").map(Number);
            this.moves.push((at, z) => e.setAttribute("transform", `matrix(${a * z} 0 0 ${d} ${at(x)} ${y})`));
        }
        for (const e of all(".fits")) {
            const room = Number(e.dataset.room), wants = Number(e.dataset.wants);
            this.moves.push((at, z) => e.classList.toggle("not", room * z < wants));
        }
    }

    at(x) { return this.left + (x - this.left) * this.factor; }

    // `scale`: pixels to a unit.
    to(factor, scale) {
        if (factor !== this.factor) {
            this.factor = factor;
            for (const move of this.moves) move((x) => this.at(x), factor);
            this.svg.setAttribute("viewBox", `${this.left} ${this.top} ${this.width * factor} ${this.height}`);
        }
        this.svg.style.width = `${this.width * factor * scale}px`;
        this.svg.style.height = `${this.height * scale}px`;
    }
}
