"""Pictures of gnuplot without what does not show."""

import re


def thinned(points, slack):
    """The fewest of the points whose lines pass within the slack of all (Douglas and Peucker)."""
    keep, work = {0, len(points) - 1}, [(0, len(points) - 1)]
    while work:
        first, last = work.pop()
        (x0, y0), (x1, y1) = points[first], points[last]
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        farthest, far = 0, slack
        for k in range(first + 1, last):
            x, y = points[k][0] - x0, points[k][1] - y0
            away = abs((x1 - x0) * y - (y1 - y0) * x) / length if length else (x * x + y * y) ** 0.5
            if away > far:
                farthest, far = k, away
        if farthest:
            keep.add(farthest)
            work += [(first, farthest), (farthest, last)]
    return [points[k] for k in sorted(keep)]


def slim_path(match):
    strokes = []
    for stroke in match.group(2).split("M")[1:]:
        points = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+",
                                                                            stroke)]
        strokes.append("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in thinned(points, 0.1)))
    return match.group(1) + "".join(strokes) + "'"


def slim(svg, title):
    """What gnuplot draws, without empty groups, marks that are not used and points that do not
    show."""
    svg = re.sub(r"(\sd=')((?:M[-\d.]+,[-\d.]+ (?:L[-\d.]+,[-\d.]+\s*)+)+)'", slim_path, svg)
    svg = re.sub(r"<title>.*?</title>", f"<title>{title}</title>", svg, count=1)
    svg = re.sub(r"<desc>.*?</desc>\n?", "", svg)
    svg = re.sub(r"<title>gnuplot_plot_\w+</title>\n?", "", svg)
    svg = re.sub(r"<filter.*?</filter>\n?", lambda m: m.group(0) if re.search(
        r"url\(#" + re.search("id='(.*?)'", m.group(0)).group(1), svg) else "", svg, flags=re.S)
    for mark in range(14, -1, -1):
        if svg.count(f"gpPt{mark}'") == 1:
            svg = re.sub(rf"\t*<(\w+)[^\n]*id='gpPt{mark}'[^\n]*/>\n", "", svg)
    common = ' fill="none" color="black" stroke="currentColor"'
    svg = svg.replace(common, "").replace(' stroke-linecap="butt" stroke-linejoin="miter"', "")
    svg = svg.replace(' stroke-width="1.00"', "").replace(' font-family="DejaVu Sans"', "")
    svg = svg.replace('<g id="gnuplot_canvas">', '<g id="gnuplot_canvas" font-family="DejaVu Sans, '
                      f'sans-serif"{common}>', 1)
    svg = svg.replace('fill="#ffffff"/>', 'fill="#ffffff" stroke="none"/>', 1)
    svg = re.sub(r"rgb\( *(\d+), *(\d+), *(\d+)\)", lambda m: "#%02x%02x%02x" % tuple(
        map(int, m.groups())), svg)
    svg = re.sub(r"(translate\(-?\d+\.\d)\d(,-?\d+\.\d)\d", r"\1\2", svg)
    svg = re.sub(r"<text>\s*([^<]*)</text>", r"<text>\1</text>", svg).replace(".00\"", "\"")
    before = None
    while svg != before:
        before = svg
        svg = re.sub(r"<g(?: [^>]*)?>\s*</g>\n?", "", svg)
    svg = re.sub(r"points = '([^']*)'", lambda m: "points='" + re.sub(
        r"(\.\d)\d", r"\1", m.group(1)).strip() + "'", svg)
    svg = re.sub(r"(?<=\d)\.0(?=[ ,L'M)])", "", svg)
    return re.sub(r"\s*\n\s*", "\n", svg.replace(" = '", "='"))
