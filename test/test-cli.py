#!/usr/bin/env python3
"""The frame of `transom`: help, unknown words, exit codes, completion by the shells themselves, manual pages. Prints TAP.
usage: test-cli.py TRANSOM SOURCE-FOLDER"""
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys

import cli
import tap
from tap import test

source = os.path.abspath(sys.argv[2])


def command_names():
    return re.findall(r"^  (\w+) ", cli.run("help")[1], re.M)


@test
def help_lists_the_commands():
    code, out, err = cli.run("help")
    assert code == 0 and not err and "usage: transom COMMAND" in out
    assert "complete" in command_names()


@test
def help_is_true_for_each_command():
    for name in command_names():
        code, out, err = cli.run(name, "--help")
        assert code == 0 and not err and out.startswith(f"Usage: transom {name} "), (name, out)
        assert cli.run("help", name) == (0, out, ""), name


@test
def wrong_words_are_refused():
    for words in ([], ["nonsense"], ["help", "nonsense"], ["complete"], ["complete", "csh"],
                  ["complete", "bash", "--nonsense"]):
        code, out, err = cli.run(*words)
        assert code == 2 and not out and err, (words, code, out, err)


@test
def output_that_is_lost_is_told():
    with open("/dev/full", "w") as full:
        code, _, err = cli.run("help", stdout=full)
    assert code == 1
    cli.check_sentence(err, "the output could not be written")


def offers(*words):
    return [line.split("\t")[0] for line in cli.run("complete", "--", *words)[1].splitlines()]


@test
def nothing_large_is_loaded_by_all_commands():
    """FFmpeg's and SDL's libraries take longer to load than most commands take."""
    loaded = subprocess.run([cli.program], text=True, capture_output=True, check=True,
                            env=cli.environment(LD_TRACE_LOADED_OBJECTS="1")).stdout
    assert "libtransom" in loaded and not re.search(r"libav|libsw|libSDL|libsixel|libX11", loaded), loaded


@test
def a_part_that_is_missing_is_told():
    """As where the program alone was copied."""
    names = command_names()
    if "publish" not in names:
        raise tap.Skip("built without FFmpeg")
    alone = tap.path("transom")
    shutil.copy(cli.program, alone)
    loaded = subprocess.run([cli.program], text=True, capture_output=True, check=True,
                            env=cli.environment(LD_TRACE_LOADED_OBJECTS="1")).stdout
    library = os.path.dirname(re.search(r"libtransom\S* => (\S+)", loaded)[1])
    for words in (["publish", "a", "test:"], ["help", "publish"]):
        done = subprocess.run([alone, *words], text=True, capture_output=True, env=cli.environment(LD_LIBRARY_PATH=library))
        assert done.returncode == 1 and not done.stdout, done
        cli.check_sentence(done.stderr, "transom-video, which cannot be run: No such file")


@test
def words_are_offered():
    assert "complete" in offers("") and offers("compl") == ["complete"]
    assert offers("complete", "") == ["bash", "zsh", "fish"] and offers("complete", "b") == ["bash"]
    if "publish" in command_names():
        assert offers("publish", "--rat") == ["--rate"] and offers("publish", "--scale", "fi") == ["fit", "fill"]
    assert offers("complete", "--u") == ["--usage"] and offers("complete", "--x") == offers("nonsense", "") == []


def options_of(name):
    """Long ones, as its help has them."""
    return set(re.findall(r"^ +(?:-.,)? +--([a-z][a-z-]+)", cli.run(name, "--help")[1], re.M))


@test
def each_option_is_offered():
    for name in command_names():
        offered = offers(name, "-")
        assert len(offered) == len(set(offered)) and {word[2:] for word in offered} == options_of(name), (name, offered)


@test
def each_shell_takes_its_script():
    for shell in ("bash", "zsh", "fish"):
        code, script, err = cli.run("complete", shell)
        assert code == 0 and not err and "transom" in script
        if shutil.which(shell):
            subprocess.run([shell, "-n"], input=script, text=True, check=True)


@test
def bash_completes():
    _, script, _ = cli.run("complete", "bash")
    ask = script + f'COMP_WORDS=({cli.program} complete z); COMP_CWORD=2; _transom; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", ask], text=True, capture_output=True, check=True, env=cli.environment())
    assert done.stdout == "zsh\n", done


@test
def fish_completes():
    if not shutil.which("fish"):
        raise tap.Skip("no fish")
    _, script, _ = cli.run("complete", "fish")
    home = tap.path("home")
    os.mkdir(home)
    ask = script + "complete -C 'transom complete z'"
    path = os.path.dirname(cli.program) + ":" + os.environ["PATH"]
    done = subprocess.run(["fish", "-N", "-c", ask], text=True, capture_output=True, check=True,
                          env=cli.environment(HOME=home, PATH=path))
    assert done.stdout.split() == ["zsh"], done


@test
def zsh_completes():
    if not shutil.which("zsh"):
        raise tap.Skip("no zsh")
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tap.folder)
        path = os.path.dirname(cli.program) + ":" + os.environ["PATH"]
        os.execvpe("zsh", ["zsh", "-f", "-i"], cli.environment(PATH=path, ZDOTDIR=tap.folder, TERM="dumb"))
    try:
        os.write(terminal, b'autoload -U compinit; compinit -u -D; eval "$(transom complete zsh)"; echo rea""dy\n')
        read_until(terminal, b"ready")
        os.write(terminal, b"transom complete z\t")
        read_until(terminal, b"complete zsh")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.close(terminal)
        os.waitpid(pid, 0)


def read_until(terminal, words):
    seen = b""
    while words not in seen:
        ready, _, _ = select.select([terminal], [], [], 60 * tap.SLOWNESS)
        assert ready, seen
        seen += os.read(terminal, 4096)


@test
def each_option_is_in_the_manual():
    for name in command_names():
        page = os.path.join(source, "man", f"transom-{name}.1.scd")
        assert os.path.exists(page), f"no manual page for {name}"
        with open(page, encoding="utf-8") as file:
            text = file.read().replace("\\", "")
        headings = re.findall(r"^\*-.*", text.split("\n# OPTIONS\n")[1].split("\n# ")[0], re.M)
        explained = {option for line in headings for option in re.findall(r"--([a-z][a-z-]+)", line)}
        assert explained == options_of(name), f"transom-{name}(1): {explained ^ options_of(name)}"


@test
def exit_codes_are_in_the_manual():
    with open(os.path.join(source, "cli", "exit-code.h"), encoding="utf-8") as file:
        codes = set(re.findall(r"EXIT_\w+ =\s+(\d+)", file.read()))
    with open(os.path.join(source, "man", "transom.1.scd"), encoding="utf-8") as file:
        explained = set(re.findall(r"^\*(\d+)\*", file.read(), re.M))
    assert codes == explained and len(codes) == 9, (codes, explained)


@test
def each_command_is_in_the_overview():
    with open(os.path.join(source, "man", "transom.1.scd"), encoding="utf-8") as file:
        text = file.read()
    for name in command_names():
        assert f"transom-{name}*(1)" in text.replace("\\", ""), f"transom(1) does not have {name}"


cli.main()
