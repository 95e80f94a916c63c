"""A proxy in front of PostgreSQL that cuts a connection at the worst moment: while COMMIT is on its way.

The client can't tell whether the server got it, which is the point: of two cuts one lets COMMIT through and keeps the
answer back, the other swallows it.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from collections import Counter, deque
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit, urlunsplit

if TYPE_CHECKING:
    from typing import Self

SOCKET: Final = ".s.PGSQL.5432"
BEGIN, READ_ONLY = b"BEGIN", b"READ ONLY"
COMMIT: Final = b"COMMIT\x00"
"""How a message of the driver ends that says COMMIT; nothing follows it, since the driver waits for the answer."""


class Cut(StrEnum):
    """On which side of the server's commit a connection is cut."""

    BEFORE = "before COMMIT reached the server"
    AFTER = "after COMMIT was sent"


class CommitCutter:
    """Forwards connections to the server whose socket is in *server_directory*, and cuts those that it was told to."""

    def __init__(self, server_directory: Path) -> None:
        self.done: Counter[Cut] = Counter()
        self._directory = Path(tempfile.mkdtemp(prefix="stronghold-cut-"))
        self._server_socket = str(server_directory / SOCKET)
        self._orders: deque[Cut] = deque()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._clients: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        self._listener = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        shutil.rmtree(self._directory)

    def url(self, server_url: str) -> str:
        """Return *server_url* as a client writes it who comes through here."""
        return urlunsplit(urlsplit(server_url)._replace(query=f"host={quote(str(self._directory), safe='')}"))

    def cut(self, *cuts: Cut) -> None:
        """Cut the next connections that commit something they wrote, one for each of *cuts*."""
        self._orders.extend(cuts)

    # ------------------------------------------------------------------ inside the loop

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_unix_server(self._accept, self._directory / SOCKET)

    async def _stop(self) -> None:
        self._listener.close()
        served = list(self._clients.values())
        for client_out in self._clients:
            client_out.close()
        await asyncio.gather(*served)
        await asyncio.sleep(0)  # the loop closes the sockets themselves in its next round

    async def _accept(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients[client_out] = task
        try:
            with suppress(OSError):
                server_in, server_out = await asyncio.open_unix_connection(self._server_socket)
                answers = asyncio.create_task(pump(server_in, client_out))
                try:
                    await self._forward(client_in, client_out, server_out, answers)
                finally:
                    answers.cancel()
                    await asyncio.wait([answers])
                    server_out.close()
        finally:
            client_out.close()
            del self._clients[client_out]

    async def _forward(
        self,
        client_in: asyncio.StreamReader,
        client_out: asyncio.StreamWriter,
        server_out: asyncio.StreamWriter,
        answers: asyncio.Task[None],
    ) -> None:
        has_written = True
        while question := await client_in.read(65_536):
            if BEGIN in question:
                has_written = READ_ONLY not in question
            if not (has_written and question.endswith(COMMIT) and self._orders):
                await send(server_out, question)
                continue
            cut = self._orders.popleft()
            # No answer can be on its way: the client asks one thing at a time.
            answers.cancel()
            await asyncio.wait([answers])
            if cut is Cut.AFTER:
                await send(server_out, question)
            client_out.close()
            self.done[cut] += 1
            return


async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Forward until either side hangs up, then hang up on the other."""
    with suppress(OSError):
        while chunk := await source.read(65_536):
            await send(target, chunk)
    target.close()


async def send(target: asyncio.StreamWriter, chunk: bytes) -> None:
    """Send all of *chunk*."""
    target.write(chunk)
    await target.drain()
