"""Ctrl-C, and other exceptions, while C code is on the stack.

An exception cannot pass through C. One that is raised in a function of the user's is caught there, the library is told to stop, and the
exception goes on when it has. Ctrl-C may come at any moment, also between our own lines, where nothing could catch it: there it is
only noted, the library is told to stop, and KeyboardInterrupt is raised when it has.
"""
from __future__ import annotations

import ctypes
import signal
import threading


class UserCode:
    """Around a call of the user's function, within a try that catches all: here Ctrl-C raises at once."""

    entered = False

    def __enter__(self) -> None:
        self.entered = True

    def __exit__(self, kind, value, traceback) -> None:
        self.entered = False


class Guard:
    """Around the calls of the library in one attack."""

    def __init__(self) -> None:
        self.cancel = ctypes.c_int(0)  # what the library looks at
        self._error: BaseException | None = None
        self.user_code = UserCode()
        self._pending = self._installed = False

    def __enter__(self) -> Guard:
        in_main = threading.current_thread() is threading.main_thread()
        if in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # another's handler is left alone
            signal.signal(signal.SIGINT, self._on_interrupt)
            self._installed = True
        return self

    def __exit__(self, kind, value, traceback) -> bool:
        """Swallows what the library says of being stopped; raise_caught, after the with statement, has the reason."""
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return self._error is not None or self._pending

    def raise_caught(self) -> None:
        """Raises what was caught or noted, if anything, as it was: its cause and context untouched."""
        error, self._error = self._error, None  # an exception holds frames that hold us
        if error is not None:
            raise error
        if self._pending:
            raise KeyboardInterrupt

    def _on_interrupt(self, number, frame) -> None:
        if self.user_code.entered:
            self.user_code.entered = False  # so that no second one comes while this one is on its way
            raise KeyboardInterrupt
        self._pending = True
        self.cancel.value = 1

    def caught(self, error: BaseException) -> None:
        """Keeps what the user's function raised, for when the library has returned."""
        self._error = error
        self.cancel.value = 1
