#!/usr/bin/env python3
"""Installs the library into an empty folder and builds on it as a stranger does: with what pkg-config says
and nothing else, in C and in C++. Prints TAP.
usage: installed.py SOURCE BUILD VERSION MESON C-COMPILER [C++-COMPILER]
A compiler may have arguments, one a line."""
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

source, build, version, meson, *compilers = sys.argv[1:]
PARTNERS = ("05-renderer.c", "06-receiver.c", "09-publisher.c", "10-subscriber.c",
            "11-inquiry.c")  # these do not run alone
SYSTEM = {"libc", "ld-linux-x86-64", "ld-linux-aarch64", "libasan", "libubsan"}

CPLUSPLUS = """
#include <cstdio>
#include <transom/transom.h>
int main()
{
	struct transom_surface_options options = {};
	struct transom_surface *surface = nullptr;
	options.size = sizeof(options);
	options.format = TRANSOM_FORMAT_BGRA8;
	options.width = options.height = 16;
	int r = transom_surface_create(&options, &surface);
	std::printf("%s %u\\n", transom_version(), surface ? transom_surface_get_seed(surface) : 9);
	transom_surface_unref(surface);
	return r < 0;
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
    """pkg-config sees what was installed and nothing else: a program that uses Transom can be built without
    libcbor's headers, which is why transom.pc requires nothing."""
    environment = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": root,
                   "PKG_CONFIG_LIBDIR": os.path.dirname(find("transom.pc"))}
    return shlex.split(run("pkg-config", *questions, "transom", env=environment))


def compile_on_it(compiler, file):
    program = os.path.join(root, "program")
    run(*compiler.split("\n"), "-Wall", "-Werror", file, "-o", program, *flags("--cflags", "--libs"))
    return program


def build_and_run(compiler, file):
    program = compile_on_it(compiler, file)
    environment = {**os.environ, "LD_LIBRARY_PATH": os.path.dirname(library),
                   "TRANSOM_RUNTIME_DIR": tempfile.mkdtemp(dir=root)}
    return run(program, env=environment)


def every_header_is_installed():
    ours = {os.path.basename(h) for h in glob.glob(os.path.join(source, "include", "transom", "*.h"))}
    there = set(os.listdir(os.path.dirname(find("transom.h"))))
    assert ours == there, f"differ: {sorted(ours ^ there)}"


def pkg_config_knows_it():
    assert flags("--modversion") == [version]
    assert flags("--libs", "--static")[-1:] == ["-ltransom"]


def programs_ask_for_its_soname():
    dynamic = run("readelf", "--wide", "--dynamic", library)
    assert re.findall(r"SONAME.*\[(.*)\]", dynamic) == ["libtransom.so.0"], dynamic
    assert set(re.findall(r"NEEDED.*\[(.*?)\.so", dynamic)) - SYSTEM == {"libcbor"}, dynamic
    assert "RPATH" not in dynamic and "RUNPATH" not in dynamic, dynamic


def it_exports_its_own_names():
    names = {line.split()[-1] for line in run("nm", "--dynamic", "--defined-only", library).splitlines()}
    names = {name.split("@")[0] for name in names}
    strange = {n for n in names if not n.startswith("transom_") and not re.fullmatch(r"TRANSOM_[\d.]+", n)}
    assert "transom_version" in names and not strange, sorted(strange)


def examples_build_and_run_on_it():
    for example in sorted(glob.glob(os.path.join(source, "examples", "*.c"))):
        if os.path.basename(example) in PARTNERS:
            compile_on_it(compilers[0], example)
        else:
            build_and_run(compilers[0], example)


def so_does_a_program_in_cplusplus():
    if len(compilers) < 2:
        return "no C++ compiler"
    program = os.path.join(root, "program.cc")
    with open(program, "w", encoding="utf-8") as file:
        file.write(CPLUSPLUS)
    assert build_and_run(compilers[1], program) == f"{version} 0\n"
    return None


def the_program_finds_its_parts():
    program = os.path.join(os.path.dirname(find("libexec/transom/*")), "..", "..", "bin", "transom") \
        if glob.glob(os.path.join(root, "**", "libexec", "transom", "*"), recursive=True) else None
    if not program:
        return "built without FFmpeg and SDL"
    environment = {**os.environ, "LD_LIBRARY_PATH": os.path.dirname(library)}
    for command in re.findall(r"^  (\w+) ", run(program, "help", env=environment), re.M):
        assert f"transom {command} " in run(program, command, "--help", env=environment), command
    return None


def no_page_points_nowhere():
    pages = glob.glob(os.path.join(root, "**", "man*", "*.[37]"), recursive=True)
    dangling = [p for p in pages if not os.path.exists(p)]
    assert not dangling, f"these point nowhere: {dangling}"
    return None if pages else "built without manual pages"


with tempfile.TemporaryDirectory(prefix="transom-installed-") as root:
    run(meson, "install", "-C", build, "--no-rebuild", "--destdir", root)
    library = find("libtransom.so")
    tests = [every_header_is_installed, pkg_config_knows_it, programs_ask_for_its_soname, it_exports_its_own_names,
             examples_build_and_run_on_it, so_does_a_program_in_cplusplus, the_program_finds_its_parts,
             no_page_points_nowhere]
    bad = False
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        try:
            missing = test()
            print(f"ok {number} {test.__name__}" + (f" # SKIP {missing}" if missing else ""))
        except AssertionError as problem:
            bad = True
            print("# " + str(problem).replace("\n", "\n# "))
            print(f"not ok {number} {test.__name__}")
sys.exit(bad)
