#!/usr/bin/env python3
"""Makes a test of the tables in docs/protocol.md: a C program that compares them with the source.
usage: protocol.py PROTOCOL.MD >PROTOCOL.C"""
import re
import sys

STRUCT = re.compile(r"^`struct (\w+)`, (\d+) bytes")
CODE = re.compile(r"^`(.*)`$")


def tables(lines):
    """Each table as the struct that was named last before it, its first cells, and its rows."""
    struct, head, rows = None, None, []
    for line in lines + [""]:
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if not head:
                head = cells
            elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                rows.append(cells)
        elif head:
            yield struct, head, rows
            head, rows = None, []
        struct = STRUCT.match(line) or struct


def inside(cell):
    return CODE.match(cell)[1]


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def struct_checks(name, size, rows):
    """A row for each member, and no byte without a row."""
    at = 0
    for offset, length, field, *_ in rows:
        if int(offset) != at:
            sys.exit(f"protocol.md: struct {name}: {field} is said to be at {offset}, after {at} bytes")
        at += int(length)
        member = f"struct {name}, {inside(field)}"
        yield (f'_Static_assert(offsetof({member}) == {offset}, "{member}");\n'
               f'_Static_assert(sizeof(((struct {name} *)0)->{inside(field)}) == {length}, "{member}");')
    if at != size:
        sys.exit(f"protocol.md: struct {name}: its rows have {at} of {size} bytes")
    yield f'_Static_assert(sizeof(struct {name}) == {size}, "struct {name}");'


with open(sys.argv[1], encoding="utf-8") as file:
    content = file.read().split("\n")
asserts, written, read, refused = [], [], [], []
structs = set()
constants = 0
for struct, head, rows in tables(content):
    if head[:3] == ["Offset", "Size", "Field"]:
        structs.add(struct[1])
        asserts += struct_checks(struct[1], int(struct[2]), rows)
    elif head[:2] == ["Constant", "Value"]:
        constants += len(rows)
        asserts += [f'_Static_assert({inside(row[0])} == {row[1]}, "{inside(row[0])}");' for row in rows]
    elif head[:2] == ["Value", "Bytes"]:
        written += [f"\t{{ {quote(inside(row[0]))}, {quote(inside(row[1]))} }}," for row in rows]
    elif head[:2] == ["Also read", "As the value"]:
        read += [f"\t{{ {quote(inside(row[1]))}, {quote(inside(row[0]))} }}," for row in rows]
    elif head[:2] == ["Refused", "With"]:
        refused += [f"\t{{ {row[1]}, {quote(inside(row[0]))} }}," for row in rows]
wanted = {"surface_header", "surface_parts", "surface_part", "capsule_message", "transom_surface_geometry", "transom_plane_layout", "surface_state", "message_header",
          "stream_header", "stream_hello", "stream_welcome", "stream_refused", "stream_introduce", "stream_fences",
          "stream_grant", "stream_inquire", "stream_status", "stream_status_peer", "stream_board", "stream_record", "stream_card"}
if structs != wanted or not constants or not (written and read and refused):
    sys.exit(f"protocol.md: a table is missing or has another head: {structs ^ wanted}")

rows = {"WRITTEN": written, "READ": read, "REFUSED": refused}
print("/* Made by protocol.py of docs/protocol.md. */\n#include <transom/name.h>\n#include \"message-private.h\"\n"
      "#include \"stream-private.h\"\n#include \"surface-private.h\"\n\n" + "\n".join(asserts) + "\n")
for name, lines in rows.items():
    print(f"#define {name} \\\n" + " \\\n".join(lines) + "\n")
print('#include "protocol-values.h"')
