"""Runs a command beside the simulated host of live-peer, in the network namespace it is started in.

usage: beside.py PROGRAM FOLDER [--OPTION...] (-- COMMAND... | --shell)

Exit status: the command's; 2 if there is none to run, or live-peer does not start.
"""

import os
import signal
import subprocess
import sys

TAP = "sim0"
WRONG_USAGE = 2


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """live-peer's options and the command."""
    for place, word in enumerate(words):
        if word == "--shell":
            return words[:place], [os.environ.get("SHELL", "/bin/sh")]
        if word == "--":
            return words[:place], words[place + 1 :]
    return words, []


def main() -> int:
    program, folder, *words = sys.argv[1:]
    options, command = split(words)
    if options and options[-1] in ("--help", "-h"):
        return subprocess.run([program, "--help"], check=False).returncode or WRONG_USAGE
    if not command or not all(option.startswith("--") for option in options):
        print("live: needs options, then --shell, or -- and a command: live --loss=0.05 -- curl http://10.77.0.2/",
              file=sys.stderr)
        return WRONG_USAGE
    for setting in ("link set lo up", f"tuntap add {TAP} mode tap", f"address add 10.77.1.1/24 dev {TAP}",
                    f"link set {TAP} up", "route add 10.77.0.0/24 via 10.77.1.2"):
        done = subprocess.run(["ip", *setting.split()], capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"live: 'ip {setting}' failed: {done.stderr.strip()}", file=sys.stderr)
            return WRONG_USAGE
    # live-peer gets a session of its own: signals from the terminal are for the command alone.
    peer = subprocess.Popen([program, f"--tap={TAP}", f"--output={folder}", *options], start_new_session=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    if not peer.stdout.readline():
        peer.wait()
        return WRONG_USAGE
    try:
        return subprocess.run(command, check=False).returncode
    except OSError as error:
        print(f"live: '{command[0]}' cannot be run: {error.strerror}", file=sys.stderr)
        return 127
    finally:
        peer.send_signal(signal.SIGTERM)
        peer.wait()


if __name__ == "__main__":
    sys.exit(main())
