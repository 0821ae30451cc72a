"""Python imports this at the start of every process of a container that `sm-local --debug` runs, before the program. In the first one that runs
a program it has debugpy listen; that follows the processes below it by itself. The program finds everything as it would be without this.

For any Python 3, whatever the image has.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PORT = 5678
WAITS = "SM_LOCAL_DEBUG_WAIT"

# Programs that only prepare something; nobody wants to stop in them.
TOOL_MODULES = ("pip", "venv", "ensurepip", "compileall", "debugpy", "debugpy.adapter")


def main():
    if is_program():
        waits = os.environ.pop(WAITS, None) is not None
        leave_environment_as_it_was()
        if is_free(PORT):  # else another process is debugged already
            listen(waits)
    else:
        sys.path[:] = [path for path in sys.path if path != HERE]
    run_next_sitecustomize()


def listen(waits):
    # These say nothing that anybody here could act on.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    try:
        import debugpy
    except Exception as error:
        say("debugpy cannot be imported: %s" % error)
        return
    try:
        debugpy.listen(("0.0.0.0", PORT))
    except Exception as error:  # taken in this very moment, perhaps
        say("debugpy cannot listen: %s" % error)
        return
    # A program that starts debugpy by itself finds it started.
    debugpy.listen = lambda *_, **__: ("0.0.0.0", PORT)
    # gunicorn kills workers that are silent for its timeout, as they are at a breakpoint.
    os.environ["GUNICORN_CMD_ARGS"] = (os.environ.get("GUNICORN_CMD_ARGS", "") + " --timeout 0").strip()
    say("debugpy is listening on port %d (process %d)" % (PORT, os.getpid()))
    if waits:
        debugpy.wait_for_client()


def is_program():
    """Whether this process runs something that a person may want to debug."""
    kind, name = what_runs(command_line())
    if kind == "-c":  # the one-liners of a shell script; process 1 is the program, whatever it is
        return os.getpid() == 1
    return name not in TOOL_MODULES if kind == "-m" else os.path.basename(name) not in ("pip", "pip3")


def command_line():
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return [os.fsdecode(part) for part in file.read().split(b"\0")[:-1]]
    except OSError:
        return sys.argv


def what_runs(words):
    """["python3", "-u", "-m", "flask", "run"] -> ("-m", "flask"); of a script, its path; ("", "") for standard input."""
    rest = iter(words[1:])
    for word in rest:
        if not word.startswith("-") or word == "-":
            return "", word
        if word.startswith("--"):
            if word == "--check-hash-based-pycs":
                next(rest, None)
            continue
        for place, letter in enumerate(word[1:], 1):  # `-um flask` is `-u -m flask`
            if letter in "cm":
                return "-" + letter, word[place + 1 :] or next(rest, "")
            if letter in "WX":
                if word[place + 1 :] == "":
                    next(rest, None)
                break
    return "", ""


def leave_environment_as_it_was():
    sys.path[:] = [path for path in sys.path if path != HERE]
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path != HERE]
    if any(paths):
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    else:
        os.environ.pop("PYTHONPATH", None)


def is_free(port):
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True


def run_next_sitecustomize():
    """The image's own, which this one hides."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    spec = PathFinder.find_spec("sitecustomize")
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


def say(text):
    os.write(2, ("sm-local: " + text + "\n").encode())


main()
