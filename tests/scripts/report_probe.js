/* report_probe.js: put into a copy of a report, it replaces the page by what is wrong with it, one
 * line for each fault, and a line that counts what it has looked at. */
(function () {
    "use strict";
    var faults = [], figures = document.querySelectorAll("figure"), texts = 0;
    var phone = window.innerWidth < 600;
    function fault(text) { faults.push("FAULT " + text); }
    function apart(a, b) {
        /* Line boxes are taller than their letters: neighbours may share two pixels. */
        var slack = 2;
        return a.right <= b.left + slack || b.right <= a.left + slack ||
            a.bottom <= b.top + 2 * slack || b.bottom <= a.top + 2 * slack;
    }
    /* Neighbours on one line, with less than a third of a letter's height between them. */
    function touch(a, b) {
        var gap = Math.max(a.box.left - b.box.right, b.box.left - a.box.right);
        return Math.abs(a.box.top - b.box.top) < 2 && a.box.height < 2 * a.size && gap < a.size / 3;
    }
    function look(figure) {
        var svg = figure.querySelector("svg"), caption = figure.querySelector("figcaption");
        var name = caption ? caption.textContent : "a figure without a caption";
        if (!svg) { fault(name + ": no picture"); return; }
        var box = svg.getBoundingClientRect();
        if (!(box.width > 100 && box.height > 80)) fault(name + ": size " + box.width + " x " + box.height);
        if (!svg.getAttribute("viewBox")) fault(name + ": no viewBox");
        if (svg.getAttribute("role") !== "img") fault(name + ": no image to a screen reader");
        if (!(svg.getAttribute("aria-label") || "").trim()) fault(name + ": no alternative text");
        if (svg.querySelector("title, desc, image[href^=http]")) fault(name + ": a foreign title or image");
        /* Letters that stand for points may lie over each other; names and numbers may not. */
        var labels = Array.prototype.filter.call(svg.querySelectorAll("text"), function (t) {
            return t.textContent.trim() && !t.closest("[data-points]") && !isPoint(t);
        }).map(function (t) { return { text: t.textContent.trim(), box: t.getBoundingClientRect(),
                                       size: parseFloat(getComputedStyle(t).fontSize) * box.width / svg.viewBox.baseVal.width }; });
        labels.forEach(function (a, i) {
            texts++;
            var b = a.box;
            if (b.left < box.left - 1 || b.right > box.right + 1 || b.top < box.top - 1 || b.bottom > box.bottom + 1)
                fault(name + ": \"" + a.text + "\" sticks out of the picture");
            if (a.size < (phone ? 8 : 11)) fault(name + ": \"" + a.text + "\" is " + a.size.toFixed(1) + " pixels high");
            for (var k = 0; k < i; k++)
                if (!apart(b, labels[k].box)) fault(name + ": \"" + a.text + "\" lies over \"" + labels[k].text + "\"");
                else if (touch(a, labels[k])) fault(name + ": \"" + a.text + "\" touches \"" + labels[k].text + "\"");
        });
    }
    function isPoint(t) {
        var size = parseFloat(t.getAttribute("font-size") || (t.parentNode.getAttribute && t.parentNode.getAttribute("font-size")) || "14");
        return t.textContent.trim().length === 1 && size < 12;
    }
    Array.prototype.forEach.call(figures, look);
    /* Wide tables scroll on a phone, but what is checked and what its captions say is seen whole. */
    if (phone) Array.prototype.forEach.call(document.querySelectorAll(".checks, caption"), function (e) {
        var box = e.getBoundingClientRect();
        if (box.right > window.innerWidth) fault("\"" + e.textContent.trim().slice(0, 60) + "\" is cut off on the right");
    });
    var ids = {};
    Array.prototype.forEach.call(document.querySelectorAll("[id]"), function (e) {
        if (ids[e.id]) fault("two elements are called " + e.id);
        ids[e.id] = true;
    });
    Array.prototype.forEach.call(document.querySelectorAll("a"), function (a) {
        var to = a.getAttribute("href");
        if (to.charAt(0) !== "#" || !ids[to.slice(1)]) fault("a link leads to " + to);
    });
    var loaded = performance.getEntriesByType("resource").map(function (r) { return r.name; });
    if (loaded.length) fault("the page loads " + loaded.join(", "));
    if (document.documentElement.scrollWidth > window.innerWidth)
        fault("the page is " + document.documentElement.scrollWidth + " pixels wide on a screen of " + window.innerWidth);
    faults.push("LOOKED " + figures.length + " figures, " + texts + " labels, " +
        document.querySelectorAll("math").length + " formulas, width " + window.innerWidth);
    document.documentElement.innerHTML = "<body><pre></pre></body>";
    document.querySelector("pre").textContent = "\n" + faults.join("\n") + "\n";
})();
