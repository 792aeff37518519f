#!/usr/bin/env python3
"""Installs the library into an empty folder and builds a program on it with what pkg-config says and nothing else,
with each compiler that there is. Prints TAP.
usage: installed.py BUILD MESON [COMPILER-ARGUMENT]..."""
import glob
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

build, meson, *arguments = sys.argv[1:]
COMPILERS = [("gcc", "c", "c99"), ("g++", "c++", "c++17"), ("clang", "c", "c11"), ("clang++", "c++", "c++17")]
PROGRAM = """
#include <CoreFoundation/CoreFoundation.h>

static const CFStringRef greeting = CFSTR("caf\\u00e9");

int
main(void)
{
	int five = 5;
	CFNumberRef number = CFNumberCreate(kCFAllocatorDefault, kCFNumberIntType, &five);
	CFStringRef text = CFStringCreateWithFormat(kCFAllocatorDefault, NULL, CFSTR("%@ %@ %d"), greeting, number, 7);
	char bytes[64];

	if (!CFStringGetCString(text, bytes, sizeof(bytes), kCFStringEncodingUTF8))
		return 1;
	puts(bytes);
	CFRelease(text);
	CFRelease(number);
	return 0;
}
"""


def run(*command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


def find(pattern):
    found = glob.glob(os.path.join(root, "**", pattern), recursive=True)
    assert found, f"{pattern} is not installed"
    return found[0]


def flags(*questions):
    environment = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": root,
                   "PKG_CONFIG_LIBDIR": os.path.dirname(find("transom-apple.pc"))}
    return shlex.split(run("pkg-config", *questions, "transom-apple", env=environment))


def check(compiler, language, standard):
    program = os.path.join(root, "program")
    library = os.path.dirname(find("libtransom-apple.so.0"))
    run(compiler, "-x", language, "-std=" + standard, *arguments, "-Wall", "-Wextra", "-pedantic", "-Werror",
        os.path.join(root, "program.source"), "-x", "none", "-o", program, *flags("--cflags", "--libs"),
        "-Wl,-rpath-link," + library)
    said = run(program, env={**os.environ, "LD_LIBRARY_PATH": library})
    assert said == "caf\u00e9 5 7\n", said


with tempfile.TemporaryDirectory(prefix="transom-apple-installed-") as root:
    run(meson, "install", "-C", build, "--no-rebuild", "--destdir", root)
    with open(os.path.join(root, "program.source"), "w", encoding="utf-8") as file:
        file.write(PROGRAM)
    bad = False
    print(f"1..{len(COMPILERS)}")
    for number, (compiler, language, standard) in enumerate(COMPILERS, 1):
        name = f"a program builds and runs with {compiler} and {standard}"
        if not shutil.which(compiler):
            print(f"ok {number} # SKIP no {compiler}")
            continue
        try:
            check(compiler, language, standard)
            print(f"ok {number} {name}")
        except AssertionError as problem:
            bad = True
            print("# " + str(problem).replace("\n", "\n# "))
            print(f"not ok {number} {name}")
sys.exit(bad)
