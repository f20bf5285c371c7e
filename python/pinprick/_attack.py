"""The one function that matters: fewest changed pixels, image by image."""
from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_void_p
from typing import Any, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _library as c
from ._classifier import Classifier, FileClassifier, FunctionClassifier
from ._images import ImageSet
from ._interrupt import Guard
from ._result import Result

Predict = Callable[[np.ndarray], ArrayLike]


def attack(
    model: Union[str, os.PathLike, Predict],
    images: Union[ArrayLike, Sequence[Union[str, os.PathLike]]],
    labels: Sequence[Union[int, str]] | None = None,
    *,
    method: str = "pursuit",
    queries: int = 1000,
    seed: int = 1,
    layout: str = "NHWC",
    value_range: tuple[ArrayLike, ArrayLike] | None = None,
    class_names: Sequence[str] | None = None,
    progress: Callable[[int, int, int], None] | None = None,
    **options: Any,
) -> Result:
    """Searches, for each image, the fewest changed pixels that change the classifier's answer.

    model: a function of yours, or the path of an ONNX file.

        A function gets a batch of images of the type, layout and size of ``images``, n x H x W x C (or n x C x H x W, or n x H x W), at
        most ``batch`` of them, and returns n x K scores: logits, or probabilities that sum to 1; K = 1 (or n values) is the logit of
        the second of two classes. Anything that numpy can read will do, PyTorch tensors too. The batch is read-only and used again for
        the next call: copy what you change or keep. The same image must always get the same scores. Before the search the function is
        asked about the first image and three times about noise, to see what it answers. An exception that it raises ends the attack
        and comes out of this function as it is.

        An ONNX file is run by the library's own engines, several times as fast, and the images are prepared as the files beside the
        model or the options (``preset``, ``mean``, ``std``, ...) say. Each flip is confirmed by ONNX Runtime.

    images: N x H x W x C with C 1 or 3 (``layout="NCHW"``: N x C x H x W), or N x H x W gray. uint8; with a function also floating
        point: the values 0 to 255 of a channel then stand for ``value_range[0]`` to ``value_range[1]``, numbers or one for each
        channel, (0, 1) if not given, and what the attack does not touch keeps its exact value. With an ONNX file also a list of image
        files, if the library was built to read them.
    labels: N class indices or names, or None. An image that the classifier gets wrong already is not attacked.
    method, queries, seed: as the tool's options; queries: images shown to the classifier for each original, at most; 0: no limit.
    class_names: K names (two for K = 1), for a function.
    progress: called after each step with the image's index, pixels now (0: none flips yet) and queries spent.
    options: any other option of the tool that fits, with _ for -: ``goal="targeted:2"``, ``max_change=32``, ``threads=1``, ``time=60``
        (docs/parameters.md lists them). A flag is given as True.

    Raises ValueError for what cannot be, OSError for files, PinprickError where the classifier cannot be used.
    """
    with Guard() as guard, ExitStack() as stack:
        params = _make_params(stack, method, {"queries": queries, "seed": seed, **options})
        classifier: Classifier
        if callable(model):
            image_set = ImageSet(images, layout, value_range)
            classifier = FunctionClassifier(stack, model, image_set, params, class_names, guard)
        else:
            if value_range is not None or class_names is not None:
                raise ValueError("value_range and class_names are for a function; of an ONNX file say mean, std, scale and labels")
            classifier = FileClassifier(stack, os.fspath(model), images, layout, params)
        watch = _make_watch(guard, progress, classifier)
        wanted = classifier.find_classes(labels)
        rows = [_attack_one(classifier, index, wanted[index], params, watch) for index in range(len(wanted))]
        result = _make_result(method, seed, classifier, rows)
    guard.raise_caught()
    return result


def methods() -> dict[str, str]:
    """Names of the methods, and what each does in one line."""
    found, name, summary, source = {}, c_char_p(), c_char_p(), c_char_p()
    while c.library().pp_method_at(c_size_t(len(found)), byref(name), byref(summary), byref(source)):
        found[name.value.decode()] = summary.value.decode()
    return found


def _make_params(stack: ExitStack, method: str, options: dict[str, Any]) -> c_void_p:
    params = c_void_p()
    c.call("pp_params_new", byref(params), str(method).encode())
    stack.callback(c.library().pp_params_free, params)
    for name, value in options.items():
        text = str(int(value)) if isinstance(value, (bool, np.bool_)) else str(value)
        c.call("pp_params_set", params, name.replace("_", "-").encode(), text.encode())
    return params


def _make_watch(guard: Guard, progress: Callable[[int, int, int], None] | None, classifier: Classifier) -> c.Watch:
    """Also without progress: each step is a moment in which Python sees that Ctrl-C was pressed."""

    def tell(_user, step) -> None:
        if progress is None:
            return
        try:
            with guard.user_code:
                progress(classifier.index, step.contents.n_pixels, step.contents.queries)
        except BaseException as error:
            guard.caught(error)

    return c.Watch(c.PROGRESS(tell), None, ctypes.pointer(guard.cancel))


class _Stopped(Exception):
    """The library stopped because the guard told it to; the guard raises what there is to raise."""


def _attack_one(classifier: Classifier, index: int, label: int, params: c_void_p, watch: c.Watch) -> dict[str, Any]:
    """One image's row of the result."""
    image = classifier.take(index)
    result = POINTER(c.Result)()
    code = c.call("pp_attack_watched", byref(result), classifier.model, byref(image), label, params, byref(watch))
    if code == c.INTERRUPTED:
        raise _Stopped
    try:
        return _row_of(result.contents)
    finally:
        c.library().pp_result_free(result)


def _row_of(result: c.Result) -> dict[str, Any]:
    pixels = c.array_at(ctypes.cast(result.pixels, c_void_p).value or 0, result.l0, np.uint8, c.PIXEL_BYTES)
    trace = np.array([(row.queries, row.n_pixels) for row in result.trace[:result.n_trace]], dtype=np.int64).reshape(-1, 2)
    is_fewer = np.diff(trace[:, 1], prepend=np.iinfo(np.int64).max) < 0  # others are stages that figures need
    return {
        "status": c.library().pp_status_name(result.status).decode(), "stop": c.library().pp_stop_name(result.stop).decode(),
        "n_pixels": result.l0, "queries": result.queries, "seconds": result.seconds, "class_original": result.class_original,
        "class_adversarial": result.class_adversarial, "p_original": result.p_original, "p_adversarial": result.p_adversarial,
        "pixels": pixels, "traces": trace[is_fewer],
    }


def _make_result(method: str, seed: int, classifier: Classifier, rows: list[dict[str, Any]]) -> Result:
    columns: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in rows[0] if name not in ("pixels", "traces")}
    raw = [row["pixels"] for row in rows]
    n_channels = classifier.images.shape[-1]
    pixels = tuple(np.hstack([p.view(np.uint16)[:, :2], p[:, 4:4 + n_channels]]).astype(np.int64) for p in raw)
    return Result(method=method, seed=int(seed), class_names=classifier.class_names(), names=classifier.names(),
                  adversarial=classifier.paint(raw), pixels=pixels, traces=tuple(row["traces"] for row in rows), **columns)
