"""The C library as ctypes sees it: its structures, its functions, and its errors as Python's exceptions.

What is here mirrors include/pinprick/pinprick.h, from which the meaning of everything is to be had; tests hold the two against each other.
"""
from __future__ import annotations

import ctypes
import os
from ctypes import CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_int, c_size_t, c_uint8, c_uint16, c_uint64, c_void_p
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

VERSION = "0.1.0"  # of the header that is mirrored here

OK, INTERRUPTED = 0, 2
ARGUMENT, MEMORY, IO, MODEL = -1, -2, -3, -5


class PinprickError(RuntimeError):
    """The classifier could not be run, or what it answers cannot be used. Wrong arguments are a ValueError, files an OSError."""


class Error(Structure):
    _fields_ = [("code", c_int), ("message", c_char * 1024)]


class Image(Structure):
    _fields_ = [("width", c_int), ("height", c_int), ("channels", c_int), ("data", POINTER(c_uint8))]


class Pixel(Structure):
    _fields_ = [("x", c_uint16), ("y", c_uint16), ("value", c_uint8 * 3)]


class Candidate(Structure):
    _fields_ = [("pixels", POINTER(Pixel)), ("n", c_size_t)]


PIXEL_BYTES = ctypes.sizeof(Pixel)


class TraceRow(Structure):
    _fields_ = [("generation", c_uint64), ("queries", c_uint64), ("n_pixels", c_size_t), ("p_original", c_double), ("margin", c_double),
                ("n_stored", c_size_t), ("pixels", POINTER(Pixel))]


class ParetoPoint(Structure):
    _fields_ = [("n_pixels", c_size_t), ("p_original", c_double)]


class Result(Structure):
    _fields_ = [("status", c_int), ("stop", c_int), ("class_original", c_int), ("class_adversarial", c_int), ("p_original", c_double),
                ("p_adversarial", c_double), ("l0", c_size_t), ("pixels", POINTER(Pixel)), ("queries", c_uint64),
                ("generations", c_uint64), ("seconds", c_double), ("engine_seconds", c_double), ("rung", c_char_p),
                ("rung_queries", c_uint64), ("locally_minimal", c_int), ("strict_flip", c_bool), ("n_pareto", c_size_t),
                ("pareto", POINTER(ParetoPoint)), ("n_trace", c_size_t), ("trace", POINTER(TraceRow))]


class Progress(Structure):
    _fields_ = [("what", c_int), ("index", c_size_t), ("n_images", c_size_t), ("n_finished", c_size_t), ("n_to_attack", c_size_t),
                ("path", c_char_p), ("status", c_int), ("n_pixels", c_size_t), ("p_original", c_double), ("queries", c_uint64),
                ("query_budget", c_uint64), ("seconds", c_double), ("seconds_left", c_double), ("note", c_char_p)]


# Arrays as addresses, since pointers of ctypes are slow: user, images, n, scores; and user, base, candidates, n, scores.
PREDICT = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t, c_void_p)
PREDICT_CHANGES = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p)
PROGRESS = CFUNCTYPE(None, c_void_p, POINTER(Progress))


class Callback(Structure):
    _fields_ = [("name", c_char_p), ("width", c_int), ("height", c_int), ("channels", c_int), ("n_outputs", c_int),
                ("class_names", POINTER(c_char_p)), ("predict", PREDICT), ("user", c_void_p),
                ("predict_changes", PREDICT_CHANGES)]


class Watch(Structure):
    _fields_ = [("progress", PROGRESS), ("user", c_void_p), ("cancel", POINTER(c_int))]


_Err = POINTER(Error)
_PROTOTYPES = {
    "pp_version": (c_char_p,),
    "pp_params_new": (c_int, POINTER(c_void_p), c_char_p, _Err),
    "pp_params_set": (c_int, c_void_p, c_char_p, c_char_p, _Err),
    "pp_params_free": (None, c_void_p),
    "pp_method_at": (c_bool, c_size_t, POINTER(c_char_p), POINTER(c_char_p), POINTER(c_char_p)),
    "pp_model_open": (c_int, POINTER(c_void_p), c_char_p, c_void_p, _Err),
    "pp_model_from_callback": (c_int, POINTER(c_void_p), POINTER(Callback), c_void_p, _Err),
    "pp_model_free": (None, c_void_p),
    "pp_model_width": (c_int, c_void_p),
    "pp_model_height": (c_int, c_void_p),
    "pp_model_channels": (c_int, c_void_p),
    "pp_model_classes": (c_int, c_void_p),
    "pp_model_class_name": (c_char_p, c_void_p, c_int),
    "pp_model_find_class": (c_int, c_void_p, c_char_p, POINTER(c_int), _Err),
    "pp_image_load": (c_int, POINTER(POINTER(Image)), c_char_p, c_void_p, c_void_p, _Err),
    "pp_image_free": (None, POINTER(Image)),
    "pp_classify": (c_int, c_void_p, POINTER(Image), POINTER(c_double), POINTER(c_int), _Err),
    "pp_attack_watched": (c_int, POINTER(POINTER(Result)), c_void_p, POINTER(Image), c_int, c_void_p, POINTER(Watch), _Err),
    "pp_result_free": (None, POINTER(Result)),
    "pp_status_name": (c_char_p, c_int),
    "pp_stop_name": (c_char_p, c_int),
}


def _find() -> str:
    """The library named by PINPRICK_LIBRARY, else the one in this package, else the system's."""
    named = os.environ.get("PINPRICK_LIBRARY")
    if named:
        return named
    carried = sorted(Path(__file__).with_name("lib").glob("libpinprick.so*"))
    return str(carried[0]) if carried else "libpinprick.so.0"


@lru_cache(maxsize=None)
def library() -> ctypes.CDLL:
    """The library, loaded once. While one of its functions runs, other Python threads go on: ctypes gives up the interpreter's lock."""
    path = _find()
    try:
        loaded = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"{error}; build pinprick, or say PINPRICK_LIBRARY=/path/to/libpinprick.so") from error
    for name, (returned, *taken) in _PROTOTYPES.items():
        function = getattr(loaded, name, None)
        if function is None:
            raise ImportError(f"{path}: has no {name}; this package needs libpinprick {VERSION}")
        function.restype, function.argtypes = returned, taken
    found = loaded.pp_version().decode()
    if found != VERSION:
        raise ImportError(f"{path}: is libpinprick {found}; this package needs {VERSION}")
    return loaded


def version() -> str:
    return library().pp_version().decode()


_EXCEPTIONS = {ARGUMENT: ValueError, MEMORY: MemoryError, IO: OSError}


def call(name: str, *arguments) -> int:
    """Calls a function that takes a pp_error last. Returns an outcome that is no failure; a failure is raised."""
    error = Error()
    code = getattr(library(), name)(*arguments, ctypes.byref(error))
    if code < 0:
        raise _EXCEPTIONS.get(code, PinprickError)(error.message.decode(errors="replace"))
    return code


def array_at(address: int, n: int, dtype: Any, columns: int) -> np.ndarray:
    """A copy of n x columns in the library's memory: for what is small, quicker than a view of it."""
    if n == 0:
        return np.empty((0, columns), dtype)
    return np.frombuffer(ctypes.string_at(address, n * columns * np.dtype(dtype).itemsize), dtype).reshape(n, columns)
