"""What keeps the embedded servers from running, said in one sentence to the person at the keyboard."""

import errno
import subprocess
from pathlib import Path


class EmbeddedError(Exception):
    """The embedded servers cannot be used; the text says why and what to do about it."""


class AlreadyRunning(EmbeddedError):
    """Another process runs the servers of this home."""


_SENTENCES = {
    errno.ENOSPC: "The disk that holds {path} is full: free some room and start again.",
    errno.EDQUOT: "The disk quota for {path} is used up: free some room and start again.",
    errno.EROFS: "{path} is on a read-only disk: set AMARKTAI_HOME to a folder that can be written.",
    errno.EACCES: "{path} may not be written by this user: set AMARKTAI_HOME to a folder of your own.",
    errno.EPERM: "{path} may not be written by this user: set AMARKTAI_HOME to a folder of your own.",
    errno.ENOTDIR: "{path} is not a folder: set AMARKTAI_HOME to a folder.",
    errno.EEXIST: "{path} is not a folder: set AMARKTAI_HOME to a folder.",
}


def in_words(error: OSError, path: Path) -> EmbeddedError:
    """The system's refusal to let us work in `path`, as a sentence with its remedy."""
    sentence = _SENTENCES.get(
        error.errno or 0, "{path} cannot be used ({reason}): set AMARKTAI_HOME to another folder."
    )
    return EmbeddedError(sentence.format(path=path, reason=error.strerror or error))


def from_program(error: subprocess.CalledProcessError, path: Path) -> EmbeddedError:
    """A small program that worked in `path` for us failed; its own words are in `stderr`."""
    words = str(error.stderr).strip()
    if _is_full(words):
        return in_words(OSError(errno.ENOSPC, ""), path)
    return EmbeddedError(f"{path} could not be made ready: {words or error}.")


def _is_full(words: str) -> bool:
    return "No space left on device" in words or "Check free disk space" in words


def from_log(program: str, log: Path, tail: str) -> EmbeddedError:
    """Why a server would not start, from the last lines of its log."""
    if _is_full(tail):
        return in_words(OSError(errno.ENOSPC, ""), log.parent)
    last = next((line for line in reversed(tail.splitlines()) if "FATAL" in line or "#" in line), "no reason was given")
    return EmbeddedError(f"{program} did not start: {last.strip()} (see {log}).")
