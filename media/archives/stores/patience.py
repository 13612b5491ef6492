"""Retries of a failing store, with increasing waits and within limits."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from media.archives.stores.store import Passing, Unreachable

_FIRST_SECONDS = 0.1
_LONGEST_SECONDS = 5.0
_MOST_FAILURES = 20
"""The most attempts at one read, even if each of them makes some progress."""

Value = TypeVar("Value")


class Patience:
    """The state that all reads of a store share: after one has failed for good, the next ones wait less.

    So a store that is down costs a scan of a million records an instant per record, and not half a minute.
    """

    def __init__(
        self,
        seconds: float = 30.0,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """:param seconds: for how long a read is retried; less than the time limit of a record."""
        self.seconds = seconds
        self.sleep = sleep
        self.clock = clock
        self.is_down = False

    def run(self, act: Callable[[], Value]) -> Value:
        """Return the result of ``act``, and retry it while it fails for temporary reasons.

        :raises Unreachable: it failed until the time was up.
        """
        trial = Trial(self)
        while True:
            try:
                value = act()
            except Passing as error:
                trial.failed(error)
            else:
                self.is_down = False
                return value


class Trial:
    """The attempts at one read."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._started = patience.clock()
        self._failures = 0

    def failed(self, error: Passing, *, progressed: bool = False) -> None:
        """Wait before the next attempt.

        :param progressed: whether this attempt made progress: then the time starts again.
        :raises Unreachable: there have been enough attempts.
        """
        patience = self._patience
        self._failures += 1
        if progressed:
            self._started = patience.clock()
        limit = patience.seconds / 30 if patience.is_down else patience.seconds
        longest = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2**self._failures)
        # Half of it at least, the rest random: workers that failed together should not retry together.
        wait = random.uniform(longest / 2, longest)  # noqa: S311
        waited = patience.clock() - self._started
        if self._failures == _MOST_FAILURES or waited + wait > limit:
            patience.is_down = True
            attempts = f"{self._failures} times" if self._failures > 1 else "once"
            raise Unreachable(f"{error.reason} (tried {attempts})", error.remedy) from error
        patience.sleep(wait)
