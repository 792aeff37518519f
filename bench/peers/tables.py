"""Tables of Markdown, and numbers in them; it knows nothing of what they mean."""
from ways import find_way


def label(name):
    way = find_way(name)
    return f"**{way.label}**" if way.ours else way.label


def row(cells):
    return "| " + " | ".join(cells) + " |"


def table(head, rows):
    return [row(head), row(["---"] + ["--:"] * (len(head) - 1))] + [row(r) for r in rows]


def text_table(head, rows):
    return [row(head), row(["---"] * len(head))] + [row(r) for r in rows]


def digits(value):
    """Three of them count."""
    if value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}"


def in_us(ns):
    return "–" if ns is None else digits(ns / 1000)


def in_mib(count):
    return "–" if count is None else digits(count / (1 << 20))


def number(value):
    return "–" if value is None else digits(value)
