#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Completion in bash and zsh offers what --help has, and nothing else."""

import grp
import os
import re
import shlex
import subprocess

import bpf
import support
from ctl_maps import CTL
from support import EXPORTER

FOLDER = os.path.join(support.TOP, "deploy", "completion")
SCRIPTS = {
    # What `words` and CURRENT, COMP_WORDS and COMP_CWORD are when the user asks after the last word.
    "bash": """source "$1/bash/$2"; shift; program=$1
        complete -p "$program" | grep -q -- "-F _$program" || exit 1
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        "_$program"
        printf '%s\\n' "${COMPREPLY[@]}\"""",
    # What the completion system would narrow down to what was typed is printed whole.
    "zsh": """folder=$1 program=$2; shift; words=("$@") CURRENT=$#; set --
        compadd() { while [[ $1 != -- ]]; do [[ $1 == -S ]] && shift; shift; done; shift; print -rl -- $*; }
        compset() { :; }
        _files() { local typed=${words[CURRENT]#--*=}; if [[ $1 == -/ ]]; then print -rl -- $typed*(N/)
            else print -rl -- $typed*(N); fi; }
        _groups() { cut -d: -f1 /etc/group; }
        source "$folder/zsh/_$program\"""",
}


def help_of(*command):
    return subprocess.run([*command, "--help"], capture_output=True, text=True, check=True).stdout


def options_in(text):
    return set(re.findall(r"--[a-z][a-z.-]*", text))


def usages():
    """{command: usage} of bpfmapctl."""
    found = {}
    for line in help_of(CTL).splitlines():
        m = re.match(r"  bpfmapctl ((?:[a-z_]+ ?)+)(.*)$", line)
        if m:
            found[m[1].strip()] = m[2]
    return found


def in_each_shell(test):
    def run(self):
        for shell in SCRIPTS:
            with self.subTest(shell=shell):
                test(self, shell)

    return run


class Completion(support.Case):
    def offers(self, shell, *words):
        typed = words[-1]
        if shell == "bash":  # as COMP_WORDBREAKS cuts
            words = [x for word in words for x in (re.split("(=)", word) if word.startswith("--") else [word])]
            words = list(words)
            if len(words) > 1 and words[-1] == "" and words[-2] == "=":
                words.pop()
        result = subprocess.run([shell, "-c", SCRIPTS[shell], shell, FOLDER, *words], text=True,
                                capture_output=True, check=False, cwd=self.folder)
        self.assertEqual(result.stderr, "", words)
        typed = typed.split("=", 1)[1] if typed.startswith("--") and "=" in typed else typed
        found = [x for x in result.stdout.splitlines() if x]
        self.assertEqual(len(found), len(set(found)), found)
        return {x for x in found if x.startswith(typed)}

    @in_each_shell
    def test_commands(self, shell):
        known = usages()
        self.assertIn("import ebpf_exporter", known)
        self.assertEqual(self.offers(shell, "bpfmapctl", ""), {x.split()[0] for x in known})
        for first in {x.split()[0] for x in known}:
            second = {x.split()[1] for x in known if x.split()[0] == first and " " in x}
            if second:
                self.assertEqual(self.offers(shell, "bpfmapctl", first, ""), second)
        self.assertEqual(self.offers(shell, "bpfmapctl", "du"), {"dump"})
        self.assertEqual(self.offers(shell, "bpfmapctl", "-"), {"--help", "--version"})

    @in_each_shell
    def test_options_of_commands(self, shell):
        for command, usage in usages().items():
            expected = options_in(help_of(CTL, *command.split()).split("Options:")[1].split("Example:")[0])
            self.assertEqual(expected, options_in(usage) | {"--help"})
            self.assertEqual(self.offers(shell, "bpfmapctl", *command.split(), "-"), expected, command)

    @in_each_shell
    def test_values(self, shell):
        values = {"--format": {"table", "json", "csv"}, "--cpu": {"sum", "each"}, "--limit": set()}
        usage = usages()["dump"]
        for option, words in values.items():
            if words:
                self.assertIn(f"{option} {'|'.join(sorted(words, key=usage.index))}", usage)
            self.assertEqual(self.offers(shell, "bpfmapctl", "dump", option, ""), words)
            self.assertEqual(self.offers(shell, "bpfmapctl", "dump", option + "="), words)
        self.assertEqual(self.offers(shell, "bpfmapctl", "dump", "x", "--format=j"), {"json"})
        self.assertEqual(self.offers(shell, "bpfmapctl", "import", "ebpf_exporter", "--prefix", ""), set())
        self.assertEqual(self.offers(shell, "bpfmapctl", "probes", "load", "--group", "roo"),
                         {x.gr_name for x in grp.getgrall() if x.gr_name.startswith("roo")})

    @in_each_shell
    def test_probes(self, shell):
        listed = subprocess.run([CTL, "probes", "list"], capture_output=True, text=True, check=False)
        names = {x.split()[0] for x in listed.stdout.splitlines()[1:]}
        for command in "load", "unload":
            self.assertEqual(self.offers(shell, "bpfmapctl", "probes", command, ""), names)
        self.assertEqual(self.offers(shell, "bpfmapctl", "probes", "list", ""), set())

    @in_each_shell
    def test_pins(self, shell):
        for name in {"one", "other"} - set(os.listdir(self.pins)):
            fd = bpf.create("array", 4, 4, 1)
            bpf.pin(fd, self.pin(name))
            os.close(fd)
        top = {os.path.join("/sys/fs/bpf", x) for x in os.listdir("/sys/fs/bpf")}
        for command in ("show",), ("dump",), ("init",), ("btf", "save"), ("show", "--state-dir", "x"):
            for typed in "", "/", "/sys/fs":
                self.assertEqual(self.offers(shell, "bpfmapctl", *command, typed), top)
            self.assertEqual(self.offers(shell, "bpfmapctl", *command, self.pin("o")),
                             {self.pin("one"), self.pin("other")})
            self.assertEqual(self.offers(shell, "bpfmapctl", *command, "/etc/"), set())

    @in_each_shell
    def test_files_and_folders(self, shell):
        for name in "a b.yml", "c.yml":
            with open(os.path.join(self.folder, name), "wb"):
                pass
        os.makedirs(os.path.join(self.folder, "folder"), exist_ok=True)
        for command in ("check",), ("import", "ebpf_exporter"), ("import", "ebpf_exporter", "x"):
            self.assertEqual(self.offers(shell, "bpfmapctl", *command, ""), {"a b.yml", "c.yml", "folder"})
        for option in ["--state-dir", ""], ["--state-dir="]:
            self.assertEqual(self.offers(shell, "bpfmapctl", "show", "x", *option), {"folder"})
        for option in ["--config.file", ""], ["--config.file="]:
            self.assertEqual(self.offers(shell, "bpfmap_exporter", *option), {"a b.yml", "c.yml", "folder"})

    @in_each_shell
    def test_exporter(self, shell):
        known = options_in("\n".join(x for x in help_of(EXPORTER).splitlines() if x.startswith("  --")))
        for typed in "", "-":
            self.assertEqual({x.rstrip("=") for x in self.offers(shell, "bpfmap_exporter", typed)}, known)
        self.assertEqual(self.offers(shell, "bpfmap_exporter", "--log.level="),
                         {"debug", "info", "warn", "error"})
        self.assertEqual(self.offers(shell, "bpfmap_exporter", "--log.format", ""), {"logfmt", "json"})
        self.assertEqual(self.offers(shell, "bpfmap_exporter", "--web.listen-address="), set())
        # Those that take a value end with =, and only those.
        for option in self.offers(shell, "bpfmap_exporter", "-"):
            self.assertEqual(option.endswith("="), f"{option.rstrip('=')}=" in help_of(EXPORTER), option)

    def test_installed(self):
        root = os.path.join(self.folder, "root")
        subprocess.run(["cmake", "--install", support.BUILD, "--prefix", root], check=True, capture_output=True)
        for path in ("bash-completion/completions/bpfmapctl", "bash-completion/completions/bpfmap_exporter",
                     "zsh/site-functions/_bpfmapctl", "zsh/site-functions/_bpfmap_exporter"):
            self.assertTrue(os.path.isfile(os.path.join(root, "share", path)), path)

    def test_zsh_autoloads(self):
        """The real completion system takes them up."""
        script = f"fpath=({shlex.quote(FOLDER)}/zsh $fpath); autoload -Uz compinit; compinit -u -D; " \
                 "print -- $_comps[bpfmapctl] $_comps[bpfmap_exporter]"
        result = subprocess.run(["zsh", "-f", "-c", script], capture_output=True, text=True, check=True)
        self.assertEqual(result.stdout, "_bpfmapctl _bpfmap_exporter\n")


if __name__ == "__main__":
    support.run_tests()
