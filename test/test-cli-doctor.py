#!/usr/bin/env python3
"""`transom doctor` where all is well, and where it is not: each trouble is found and has advice. Prints TAP.
usage: test-cli-doctor.py TRANSOM"""
import json
import os
import resource
import subprocess

import cli
import tap
from tap import test


def ask(before=(), **more):
    """Runs it as JSON, behind a command: exit code and what was found, by check."""
    library = os.path.join(os.path.dirname(cli.program), "..", "src")  # $ORIGIN needs procfs
    environment = cli.environment(LD_LIBRARY_PATH=library, **more)
    done = subprocess.run([*before, cli.program, "doctor", "--json"], capture_output=True, text=True, cwd=tap.folder,
                          env=environment, timeout=100 * tap.SLOWNESS, check=False)
    assert not done.stderr, done
    found = json.loads(done.stdout)
    assert found["works"] == (done.returncode == 0) == (found["errors"] == 0), done
    for item in found["checks"]:
        assert item["level"] in ("ok", "warning", "error") and item["finding"], item
        assert item["advice"] or item["level"] == "ok", item
    return done.returncode, {item["check"]: item for item in found["checks"]}


def expect(check, level, words, before=(), **more):
    code, found = ask(before, **more)
    assert found[check]["level"] == level and words in found[check]["finding"], found[check]
    assert level != "error" or code == 1, code
    return found


def limit(what, number):
    """A command that lowers a limit and goes on; it has no shell, whose output a limit could cut."""
    return ["prlimit", f"--{what}={number}:{number}", "--"]


@test
def all_is_well():
    code, found = ask()
    if code:
        raise tap.Skip("this system lacks: " + ", ".join(c for c, i in found.items() if i["level"] == "error"))
    assert {"runtime directory", "port", "stream", "memfd", "seals", "future write", "noexec seal", "locks", "futex",
            "pidfd", "inotify", "udmabuf", "dma heaps", "descriptors", "in flight", "locked memory", "memory",
            "inotify limits", "procfs", "seccomp", "user namespace"} <= set(found), list(found)
    assert "mode 0700" in found["runtime directory"]["finding"]
    assert not os.path.exists(tap.path("runtime/ports")) or not os.listdir(tap.path("runtime/ports")), "it left a name"


@test
def it_is_told_in_words():
    code, out, err = cli.run("doctor")
    assert not err and out.splitlines()[-1].startswith("All that is needed works: 0 errors" if code == 0
                                                       else "Something that is needed fails"), out
    assert len(cli.run("doctor", "-q")[1].splitlines()) < len(out.splitlines())
    os.chmod(tap.path("runtime"), 0o755)
    code, out, err = cli.run("doctor", "--quiet")
    assert code == 1 and not err and out.startswith("error ") and " -> chmod 700 it" in out, out


@test
def directory_that_is_not_there_yet_is_well():
    expect("runtime directory", "ok", "is not there yet", TRANSOM_RUNTIME_DIR=tap.path("new"))


@test
def bad_directories_are_found():
    os.symlink(tap.path("runtime"), tap.path("link"))
    with open(tap.path("file"), "w", encoding="utf-8"):
        pass
    for path, words in ((tap.path("link"), "symbolic link"), (tap.path("file"), "is not a folder"),
                        ("relative", "no absolute path"), (tap.path("file/below"), "Not a directory")):
        found = expect("runtime directory", "error", words, TRANSOM_RUNTIME_DIR=path)
        assert found["stream"]["level"] == "error" and found["port"]["level"] == "error", found
    os.chmod(tap.path("runtime"), 0o770)
    expect("runtime directory", "error", "lets others in: mode 0770")


@test
def directory_of_another_user_is_found():
    if os.geteuid() != 0:
        raise tap.Skip("takes root")
    os.chown(tap.path("runtime"), 65534, 65534)
    expect("runtime directory", "error", "belongs to user 65534 and not to you, user 0")


@test
def few_descriptors_are_found():
    expect("descriptors", "warning", "200 in a process", limit("nofile", 200))
    expect("descriptors", "error", "40 in a process", limit("nofile", 40))
    found = expect("descriptors", "error", "6 in a process", limit("nofile", 6))
    assert found["stream"]["level"] == "error" and "descriptor" in found["stream"]["finding"], found["stream"]


@test
def other_limits_are_found():
    found = expect("file size", "warning", "SIGXFSZ", limit("fsize", 2048))
    assert found["memfd"]["level"] == "error" and "XFSZ" in found["memfd"]["finding"], found["memfd"]
    if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY and not cli.is_sanitized():
        expect("address space", "warning", "a process", limit("as", 4 << 30))


@test
def missing_procfs_is_found():
    hide = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$0" "$@"']
    if cli.is_sanitized() or subprocess.run([*hide, "true"], capture_output=True, check=False).returncode != 0:
        raise tap.Skip("procfs cannot be hidden here")
    found = expect("procfs", "error", "there is no /proc/self/fd", hide)
    assert found["stream"]["level"] == "error" and found["locks"]["level"] == "error", found


@test
def namespaces_are_told():
    apart = ["unshare", "-U", "-p", "--fork", "--mount-proc", "-r"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode != 0:
        raise tap.Skip("there are no user namespaces here")
    _, found = ask(apart)
    assert "a namespace of its own" in found["user namespace"]["finding"], found["user namespace"]


@test
def wrong_words_are_refused():
    for words in (["x"], ["--nonsense"]):
        code, out, err = cli.run("doctor", *words)
        assert code == 2 and not out and err, (words, code, out, err)


cli.main()
