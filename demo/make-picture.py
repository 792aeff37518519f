#!/usr/bin/env python3
"""Draws demo/picture.png: hills under an evening sky, at a lake. Nothing but arithmetic, so it is ours.
usage: make-picture.py FILE"""
import math
import struct
import sys
import zlib

WIDTH, HEIGHT = 960, 540
HORIZON = 330
SUN_X, SUN_Y, SUN_RADIUS = 640, 250, 42


def mix(a, b, t):
    t = min(1.0, max(0.0, t))
    return tuple(x + (y - x) * t for x, y in zip(a, b))


def ridge(x, seed, roughness, height):
    """The height of a range of hills at a place: a few waves that do not repeat within the picture."""
    waves = ((1.0, 1.0), (2.3, 0.45), (4.9, 0.2), (11.0, 0.07 * roughness), (23.0, 0.04 * roughness))
    return height * sum(a * math.sin(x * f * 0.0042 + seed * (1 + f)) for f, a in waves)


# Farthest first: where its foot is, how high it rises, its seed, its roughness, its colour.
RANGES = (
    (286, 26, 1.7, 1.5, (150, 108, 160)),
    (304, 24, 4.1, 1.2, (112, 84, 148)),
    (320, 17, 0.6, 0.8, (74, 66, 122)),
)
SKY = ((0, (36, 44, 112)), (110, (94, 76, 158)), (200, (226, 118, 136)), (272, (255, 178, 104)),
       (HORIZON, (255, 226, 150)))
BANK = (28, 44, 58)


def sky(x, y):
    for (top, upper), (bottom, lower) in zip(SKY, SKY[1:]):
        if y <= bottom:
            colour = mix(upper, lower, (y - top) / (bottom - top))
            break
    distance = math.hypot(x - SUN_X, y - SUN_Y)
    colour = mix(colour, (255, 236, 178), 0.75 * math.exp(-max(0.0, distance - SUN_RADIUS) / 60))
    cloud = math.sin(x * 0.011 + 2 * math.sin(y * 0.045)) + math.sin(x * 0.004 - y * 0.09 + 1.3)
    colour = mix(colour, (255, 168, 150), 0.35 * max(0.0, cloud - 0.6) * math.exp(-((y - 150) / 70) ** 2))
    return mix(colour, (255, 250, 226), SUN_RADIUS - distance + 0.5)


def scene(x, y):
    """What is above the water."""
    colour = sky(x, y)
    for foot, height, seed, roughness, paint in RANGES:
        top = foot - height - ridge(x, seed, roughness, height * 0.55)
        haze = mix(paint, (255, 186, 140), 0.45 * math.exp(-abs(x - SUN_X) / 160))
        colour = mix(colour, mix(haze, paint, (y - top) / 60), y - top + 0.5)
    return colour


def water(x, y):
    depth = (y - HORIZON) / (HEIGHT - HORIZON)
    ripple = math.sin(y * 0.9 / (0.25 + depth) + 3 * math.sin(x * 0.013)) * (1 + 7 * depth)
    mirrored = min(HORIZON, HORIZON - (y - HORIZON) * 1.35 + ripple * 1.5)
    colour = mix(scene(x + ripple, mirrored), (26, 52, 104), 0.25 + 0.4 * depth)
    width = 16 + 60 * depth
    glitter = math.exp(-((x - SUN_X + ripple * 3) / width) ** 2) * max(0.0, math.sin(y * 1.7 + ripple))
    return mix(colour, (255, 232, 170), 0.7 * glitter * (1 - 0.5 * depth))


def bank(x):
    return HEIGHT - 46 - ridge(x, 2.9, 1.6, 15) - 46 * math.exp(-((x - 120) / 150) ** 2)


# Place of the trunk, height, half width.
TREES = ((62, 150, 34), (118, 196, 42), (178, 128, 30), (236, 92, 22), (868, 84, 20), (918, 112, 26))


def tree(x, y):
    """How much of a pixel is covered by a fir."""
    cover = 0.0
    for place, height, half in TREES:
        base = bank(place) + 8
        up = (base - y) / height
        if 0 <= up <= 1:
            tier = (up * 6) % 1
            width = half * (1 - up) * (1.08 - 0.5 * tier) + (3 if up < 0.1 else 0)
            cover = max(cover, min(1.0, width - abs(x - place) + 0.5))
    return max(0.0, cover)


def pixel(x, y):
    result = scene(x, y) if y < HORIZON else water(x, y)
    paint = mix((58, 82, 70), BANK, (y - bank(x)) / 26)
    result = mix(result, paint, y - bank(x) + 0.5)
    return mix(result, (18, 34, 44), tree(x, y))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def main():
    rows = []
    above = bytes(WIDTH * 3)
    for y in range(HEIGHT):
        row = bytearray()
        for x in range(WIDTH):
            row += bytes(int(c / 2 + 0.5) * 2 if c < 254 else 255 for c in pixel(x, y))
        # Filter "up": what differs from the row above, which compresses best here.
        rows.append(b"\2" + bytes((a - b) & 255 for a, b in zip(row, above)))
        above = bytes(row)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    with open(sys.argv[1], "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
                   + chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + chunk(b"IEND", b""))


main()
