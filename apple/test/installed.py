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


OBJC = """
#import <Foundation/Foundation.h>
#include <CoreFoundation/CoreFoundation.h>

static CFStringRef const greeting = CFSTR("hello");

int
main(void)
{
	NSAutoreleasePool *pool = [NSAutoreleasePool new];
	NSDictionary *dictionary = [NSDictionary dictionaryWithObject:@"world" forKey:(id)greeting];
	CFStringRef text = CFStringCreateWithFormat(NULL, NULL, CFSTR("%@ %@"), greeting,
						    CFDictionaryGetValue((CFDictionaryRef)dictionary, CFSTR("hello")));

	printf("%s\\n", [(NSString *)text UTF8String]);
	CFRelease(text);
	[pool release];
	return 0;
}
"""


def flags(package, *questions):
    environment = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": root,
                   "PKG_CONFIG_LIBDIR": os.path.dirname(find("transom-apple.pc"))}
    return shlex.split(run("pkg-config", *questions, package, env=environment))


def check(compiler, language, standard):
    program = os.path.join(root, "program")
    library = os.path.dirname(find("libtransom-apple.so.0"))
    run(compiler, "-x", language, "-std=" + standard, *arguments, "-Wall", "-Wextra", "-pedantic", "-Werror",
        os.path.join(root, "program.source"), "-x", "none", "-o", program, *flags("transom-apple", "--cflags", "--libs"),
        "-Wl,-rpath-link," + library)
    said = run(program, env={**os.environ, "LD_LIBRARY_PATH": library})
    assert said == "caf\u00e9 5 7\n", said


def in_c_and_cplusplus(compiler, language, standard):
    if not shutil.which(compiler):
        return f"no {compiler}"
    check(compiler, language, standard)
    return None


def in_objective_c():
    if not glob.glob(os.path.join(root, "**", "transom-apple-objc.pc"), recursive=True):
        return "built without the bridge to Objective-C"
    program = os.path.join(root, "program.m")
    library = os.path.dirname(find("libtransom-apple.so.0"))
    with open(program, "w", encoding="utf-8") as source:
        source.write(OBJC)
    run("gcc", *shlex.split(run("gnustep-config", "--objc-flags").replace("-MMD -MP", "")), program, "-o", program + ".out",
        *flags("transom-apple-objc", "--cflags", "--libs"), "-Wl,-rpath-link," + library,
        *shlex.split(run("gnustep-config", "--base-libs")))
    said = run(program + ".out", env={**os.environ, "LD_LIBRARY_PATH": library})
    assert said == "hello world\n", said
    return None


with tempfile.TemporaryDirectory(prefix="transom-apple-installed-") as root:
    run(meson, "install", "-C", build, "--no-rebuild", "--destdir", root)
    with open(os.path.join(root, "program.source"), "w", encoding="utf-8") as file:
        file.write(PROGRAM)
    tests = [(f"a program builds and runs with {c[0]} and {c[2]}", in_c_and_cplusplus, c) for c in COMPILERS]
    tests.append(("a program builds and runs in Objective-C", in_objective_c, ()))
    bad = False
    print(f"1..{len(tests)}")
    for number, (name, test, how) in enumerate(tests, 1):
        try:
            missing = test(*how)
            print(f"ok {number} {name}" + (f" # SKIP {missing}" if missing else ""))
        except AssertionError as problem:
            bad = True
            print("# " + str(problem).replace("\n", "\n# "))
            print(f"not ok {number} {name}")
sys.exit(bad)
