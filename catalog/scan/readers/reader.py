"""A reader: a process of its own in which records are read, so that a fault in a decoder ends only that.

Tasks come over a connection, one at a time, and are read in the main thread, where Python can interrupt a record
that takes too long. A reader ends with the process that started it.
"""

import os
import pickle
import queue
import resource
import signal
import sys
import threading
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler

from catalog.scan.readers.task import ReadTask, read_task
from media.reading import PASS_BYTES_PER_SECOND

READY, NOTE, RESULT = b"h", b"n", b"r"
"""The first byte of a message: the reader is ready, the locator of the record being read, or the result of a
task."""

_IDLE_SECONDS = 60
"""The seconds without a task after which a reader ends itself: on a cluster, it gets no message that a scan is over."""


def serve(connection: Connection) -> None:
    """Read tasks until no more come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The scanning process handles Ctrl-C.
    asked: queue.SimpleQueue[tuple[ReadTask, bool]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, asked), daemon=True).start()
    connection.send_bytes(READY)
    while True:
        try:
            task, traced = asked.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            return

        def note(locator: str) -> None:
            connection.send_bytes(NOTE + locator.encode(errors="surrogatepass"))

        done = read_task(task, allow=_limit_processor_time, **({"on_record": note} if traced else {}))
        connection.send_bytes(RESULT + pickle.dumps(done, protocol=5))


def _listen(connection: Connection, asked: "queue.SimpleQueue[tuple[ReadTask, bool]]") -> None:
    """Pass tasks on; end this process at once when the process that sends them ends."""
    while True:
        try:
            asked.put(ForkingPickler.loads(connection.recv_bytes()))
        except (EOFError, OSError):
            os._exit(1)


def _limit_processor_time(seconds: float, byte_size: int) -> None:
    """Make the system end this process if a decoder runs long past its record's time.

    The time limit inside :func:`media.reading.read_record` interrupts Python only; a hang within C
    code is ended here (SIGXCPU), and costs its record.
    """
    if seconds <= 0:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = int(used + 3 * seconds + 10 + byte_size / PASS_BYTES_PER_SECOND)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
