"""Downloads that can be resumed and are checked before they get their name."""

import hashlib
import sys
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Final, cast
from urllib.error import HTTPError, URLError
from urllib.request import OpenerDirector, Request, build_opener

from wordloom.datasets.dataset import Download
from wordloom.errors import FormatError, InputError
from wordloom.progress import Advance, progress_bar

__all__ = ["fetch"]

BLOCK: Final = 1 << 18
TIMEOUT: Final = 30.0
"""Seconds without a byte after which the server counts as gone."""


class BrokenOffError(Exception):
    """The download stopped before its end; what came so far is kept."""


def fetch(download: Download, folder: Path, *, progress: bool = False, name: str = "") -> Path:
    """Download a file, or go on with a download that was interrupted.

    The bytes go to ``FILE_NAME.part``, which gets its final name only when size and SHA-256 are
    right. What an interruption (or Ctrl-C) leaves there is where the next call goes on.

    Args:
        download: What to download.
        folder: Where the file goes; made where it is missing.
        progress: Show a progress bar on stderr.
        name: What the data set is called.

    Returns:
        The file.

    Raises:
        InputError: There is no network, the server refuses, or the disk does; the message says
            where to put the file by hand.
        FormatError: What came is not what was published.
    """
    target = folder / download.file_name
    part = folder / f"{download.file_name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with progress_bar(
            f"Downloading {name or download.file_name}", download.size, "bytes", show=progress
        ) as advance:
            receive(download, part, advance)
        check(download, part)
        part.replace(target)
    except (BrokenOffError, URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise InputError(by_hand(download, target, name, error)) from None
    except OSError as error:
        raise InputError(
            f"A download needs a folder that can be written to, with room. Received: {folder} "
            f"({error.strerror}). Set WORDLOOM_CACHE to another folder."
        ) from None
    return target


def by_hand(download: Download, target: Path, name: str, error: Exception) -> str:
    """Return the message that says what to do without a network."""
    reason = getattr(error, "reason", None) or error
    own = f" or to $WORDLOOM_DATA/{name}/{download.file_name}" if name else ""
    return (
        f"{download.url} could not be downloaded ({reason}). Try again to go on where it stopped; "
        f"or, without a network, bring the file here by other means and copy it to {target}{own}."
    )


def receive(download: Download, part: Path, advance: Advance) -> None:
    """Append what is missing to the part file."""
    start = part.stat().st_size if part.exists() else 0
    if start and start == download.size:
        return
    if download.size is not None and start > download.size:
        start = 0
    try:
        response = request(download.url, start)
    except HTTPError as error:
        error.close()
        if error.code != 416 or not start:
            raise
        # The server has nothing behind `start`: what lies here is of another file.
        part.unlink()
        start, response = 0, request(download.url, 0)
    with response:
        resumed = response.status == 206 and (
            response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
        )
        if not resumed:
            start = 0
        length = response.headers.get("Content-Length")
        end = download.size
        if end is None and length is not None and length.isdigit():
            end = start + int(length)
        with part.open("ab" if resumed else "wb") as file:
            done = start
            while block := response.read(BLOCK):
                done += len(block)
                if end is not None and done > end:
                    raise FormatError(
                        f"{download.url} should be {end:,} bytes, and is larger. It has changed: "
                        "look for a newer wordloom."
                    )
                file.write(block)
                advance(done)
    if end is not None and done < end:
        raise BrokenOffError(f"the connection ended after {done:,} of {end:,} bytes")


def request(url: str, start: int) -> HTTPResponse:
    """Ask for a file from byte ``start`` on."""
    if not url.startswith(("https://", "http://")):
        raise InputError(f"An address must start with https:// or http://. Received: {url}.")
    headers = {"User-Agent": "wordloom", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    opener: OpenerDirector = build_opener()
    ask = Request(url, headers=headers)  # noqa: S310 - the scheme was checked above
    return cast("HTTPResponse", opener.open(ask, timeout=TIMEOUT))


def check(download: Download, part: Path) -> None:
    """Compare what came with what was published; remove it where it differs."""
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if download.sha256 is None:
        sys.stderr.write(
            f"No checksum was published for {download.url}. Its SHA-256 is {found}; compare it.\n"
        )
    elif found != download.sha256:
        size = part.stat().st_size
        part.unlink()
        raise FormatError(
            f"{download.url} must have the SHA-256 {download.sha256}. Received: {size:,} bytes "
            f"with {found}; they were removed. Try again; if it comes the same, the file changed."
        )
