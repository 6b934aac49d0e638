"""Run a command that dies with its parent: `guard.py [--plain-user DIR] [--signal N] -- command`.

supervisord killed by SIGKILL cannot stop its children; the kernel can (PR_SET_PDEATHSIG). The
command replaces this process, so its pid and its signals stay those that the parent knows. Only
the standard library is imported: every program of the stack starts through here.

`--leader` does not bind the command to its parent; it makes it the parent that others are bound to.
"""

import argparse
import ctypes
import os
import sys
from pathlib import Path

PARENT = "MEMBUS_PARENT"
"""The environment variable with the pid of the process that must outlive the command."""

ORPHANED = 75
"""Exit code when the parent was gone already (EX_TEMPFAIL of sysexits.h)."""

CLONE_NEWUSER = 0x10000000  # linux/sched.h
PR_SET_PDEATHSIG = 1  # linux/prctl.h
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 1 << 2  # linux/securebits.h
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1  # linux/capability.h
CAPABILITY_VERSION_3 = 0x20080522
NOBODY = 65534
SIGKILL = 9


def main(arguments: list[str]) -> None:
    """Prepare this process and replace it with the command."""
    parser = argparse.ArgumentParser(description="Run a command that dies with its parent.")
    parser.add_argument("--plain-user", metavar="DIR", type=Path)
    parser.add_argument("--signal", type=int, default=SIGKILL)
    parser.add_argument("--leader", action="store_true")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    parent = os.environ.pop(PARENT, "")
    if options.plain_user is not None and os.geteuid() == 0:
        leave_root(options.plain_user)
    if options.leader:
        os.environ[PARENT] = str(os.getpid())
    elif not bind_to_parent(parent, options.signal):
        sys.exit(ORPHANED)
    os.execv(options.command[0], options.command)  # noqa: S606 - replacing itself is the purpose


def bind_to_parent(parent: str, signal: int) -> bool:
    """Ask for `signal` when the parent dies; False when it is dead already.

    The parent announces its pid in the environment: asking the kernel alone would miss a parent
    that died before the request.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
    return not parent or os.getppid() == int(parent)


def leave_root(data: Path) -> None:
    """Stop being root, which PostgreSQL refuses, and still be the owner of `data`.

    A user namespace costs nothing and leaves the files root's. Where the kernel forbids it, the
    process becomes nobody. Data of another user is served as that user.
    """
    owner = data.stat().st_uid
    if owner == 0 and not unshare_user():
        owner = NOBODY
        for path in (data, *data.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    if owner != 0:
        become(owner, data.stat().st_gid)


def unshare_user() -> bool:
    """Enter a user namespace in which root is called nobody; False where that is forbidden."""
    if sys.platform != "linux":
        return False
    gid = os.getegid()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        return False
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} 0 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {gid} 1", encoding="ascii")
    return True


def become(uid: int, gid: int) -> None:
    """Become a plain user that may still read a checkout below root's home (CAP_DAC_OVERRIDE)."""
    libc = ctypes.CDLL(None, use_errno=True)
    linux = sys.platform == "linux"
    if linux:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        # Otherwise access(2), by which PostgreSQL looks at its own files, ignores the capability.
        libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if linux:
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        bit = 1 << CAP_DAC_OVERRIDE
        libc.capset(header, (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0))
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
