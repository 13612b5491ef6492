"""A reader: a process of its own in which records are read, so that a fault in a decoder ends only that.

Tasks come over a connection, one at a time, and are read in the main thread, where Python can interrupt what
takes too long. A reader ends with whoever started it.
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
"""What the first byte of a message says it is: that the reader is there, the locator of the record in hand, or
what a task gave."""

_IDLE_SECONDS = 60
"""After which a reader that nobody asks ends itself: on a cluster, nobody says when a scan is over."""


def serve(connection: Connection) -> None:
    """Read what is asked for, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the scanner's
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
    """Hand on what is asked; end this process with whoever asks, whatever it is doing."""
    while True:
        try:
            asked.put(ForkingPickler.loads(connection.recv_bytes()))
        except (EOFError, OSError):
            os._exit(1)


def _limit_processor_time(seconds: float, byte_size: int) -> None:
    """Have the system end this process where a decoder holds on long past its record's time.

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
