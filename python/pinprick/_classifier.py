"""The classifier under test: a function of the user's, or an ONNX file."""
from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from ctypes import POINTER, byref, c_char_p, c_int, c_uint8, c_void_p, memmove
from typing import Any

import numpy as np
from numpy.ctypeslib import as_array

from . import _library as c
from ._images import ImageSet
from ._interrupt import Guard


class Classifier:
    """Common to both. model: a pp_model. index: the image at hand. images: what the library is given."""

    model: c_void_p
    images: ImageSet
    index: int = -1

    def _own(self, stack: ExitStack) -> None:
        stack.callback(c.library().pp_model_free, self.model)

    def take(self, index: int) -> c.Image:
        """The image to attack next, borrowed from images."""
        self.index = index
        return c.Image(*(self.images.shape[i] for i in (1, 0, 2)), self.images.eight_bit[index].ctypes.data_as(POINTER(c_uint8)))

    def names(self) -> tuple[str, ...]:
        return tuple(map(str, range(len(self.images))))

    def class_names(self) -> tuple[str, ...]:
        library = c.library()
        return tuple(library.pp_model_class_name(self.model, k).decode() for k in range(library.pp_model_classes(self.model)))

    def find_classes(self, labels: Sequence[int | str] | None) -> list[int]:
        """Class indices of all images; -1 where none is known."""
        n = len(self.images)
        if labels is None:
            return [-1] * n
        if np.shape(labels) != (n,):
            raise ValueError(f"labels: of shape {np.shape(labels)}; expected {n}, one for each image")
        found, index = [], c_int()
        for label in labels:
            c.call("pp_model_find_class", self.model, str(label).encode(), byref(index))
            found.append(index.value)
        return found

    def paint(self, pixels: Sequence[np.ndarray]) -> np.ndarray:
        """The originals with these pixels (of each n x 8 bytes), in the user's shape and type."""
        out = self.images.original.copy()
        for index, changes in enumerate(pixels):
            self.images.paint(index, changes, out[index].reshape(-1))
        return out


class FunctionClassifier(Classifier):
    def __init__(self, stack: ExitStack, predict: Callable, images: ImageSet, params: c_void_p, class_names: Sequence[str] | None,
                 guard: Guard) -> None:
        self.images, self.predict, self.guard = images, predict, guard
        first_image = images.original[:1].copy()
        first_image.flags.writeable = False
        with guard.user_code:
            first = _as_scores(predict(first_image), 1)
        self.n_outputs = first.shape[1]
        n_classes = max(self.n_outputs, 2)
        if class_names is not None and len(class_names) != n_classes:
            raise ValueError(f"class_names: {len(class_names)}; the function's answers have {n_classes} classes")
        texts = (c_char_p * n_classes)(*(str(name).encode() for name in class_names)) if class_names is not None else None
        height, width, channels = images.shape
        name = getattr(predict, "__name__", type(predict).__name__)
        self.spec = c.Callback(name.encode(), width, height, channels, self.n_outputs, texts, c.PREDICT(), None,
                               c.PREDICT_CHANGES(self._answer))
        self.batch = Batch(images)
        self.model = c_void_p()
        c.call("pp_model_from_callback", byref(self.model), byref(self.spec), params)
        self._own(stack)

    def take(self, index: int) -> c.Image:
        self.batch.rebase(index)
        return super().take(index)

    def _answer(self, _user: Any, base: int, candidates: int, n: int, scores: int) -> int:
        """What the library calls, with the addresses of H x W x C bytes, n candidates, and n x K floats."""
        try:
            batch = self.batch.paint(base, candidates, n)
            with self.guard.user_code:
                answer = self.predict(batch)
            answer = _as_scores(answer, n, self.n_outputs)
            memmove(scores, answer.tobytes(), answer.nbytes)
            return c.OK
        except BaseException as error:
            self.guard.caught(error)
            return c.MODEL


class Batch:
    """What the user's function is given. Each row holds the image at hand; what the last candidate changed there is put back first."""

    def __init__(self, images: ImageSet) -> None:
        self.images, self.index = images, -1
        self.rows = np.empty((0, images.size), images.original.dtype)
        self.dirty: list[np.ndarray] = []  # of each row: places where it is not the original

    def rebase(self, index: int) -> None:
        self.index = index
        self.rows[:] = self.images.flat_original[index]
        self.dirty = [np.empty(0, np.intp)] * len(self.rows)

    def paint(self, base: int, candidates: int, n: int) -> np.ndarray:
        """n x as given, not to be written to."""
        images = self.images
        if n > len(self.rows):
            self.rows = np.empty((n, images.size), self.rows.dtype)
            self.rebase(self.index)
        if self.index < 0:  # before the first image: noise, which nothing is changed of
            self.rows[:n] = images.convert(c.array_at(base, 1, np.uint8, images.size))
        else:
            original = images.flat_original[self.index]
            for row, (address, n_pixels) in enumerate(c.array_at(candidates, n, np.uintp, 2).tolist()):
                out, dirty = self.rows[row], self.dirty[row]
                out[dirty] = original[dirty]
                self.dirty[row] = images.paint(self.index, c.array_at(address, n_pixels, np.uint8, c.PIXEL_BYTES), out)
        batch = self.rows[:n].reshape(n, *images.original.shape[1:])
        batch.flags.writeable = False
        return batch


def _as_scores(answer: Any, n: int, n_outputs: int | None = None) -> np.ndarray:
    """n x K."""
    if hasattr(answer, "detach"):  # a PyTorch tensor, maybe with a gradient
        answer = answer.detach().cpu()
    scores = np.asarray(answer, dtype=np.float32, order="C")
    if scores.ndim == 1 and len(scores) == n:
        scores = scores[:, None]
    if scores.ndim != 2 or scores.shape[0] != n or scores.shape[1] < 1 or n_outputs not in (None, scores.shape[1]):
        raise ValueError(f"predict: returned shape {scores.shape} for a batch of {n} images; expected {n} x {n_outputs or 'K'} scores")
    return scores


class FileClassifier(Classifier):
    def __init__(self, stack: ExitStack, path: str, images: Any, layout: str, params: c_void_p) -> None:
        self.model = c_void_p()
        c.call("pp_model_open", byref(self.model), path.encode(), params)
        self._own(stack)
        library = c.library()
        self.paths = _as_paths(images)
        if self.paths is not None:
            images, layout = np.stack([self._load(file, params) for file in self.paths]), "NHWC"
        self.images = ImageSet(images, layout, None)
        if self.images.values is not None:
            raise ValueError(f"images: {self.images.original.dtype}; an ONNX file is given uint8 images, and prepares them itself")
        expected = tuple(getattr(library, f"pp_model_{side}")(self.model) for side in ("height", "width", "channels"))
        if self.images.shape != expected:
            raise ValueError("images: {} x {} with {} channels; {} takes {} x {} with {}".format(*self.images.shape, path, *expected))

    def _load(self, path: str, params: c_void_p) -> np.ndarray:
        image = POINTER(c.Image)()
        c.call("pp_image_load", byref(image), path.encode(), self.model, params)
        try:
            found = image.contents
            return as_array(found.data, (found.height, found.width, found.channels)).copy()
        finally:
            c.library().pp_image_free(image)

    def names(self) -> tuple[str, ...]:
        return super().names() if self.paths is None else tuple(self.paths)


def _as_paths(images: Any) -> list[str] | None:
    """The files named, or None where it is no list of paths."""
    if isinstance(images, (str, os.PathLike)):
        images = [images]
    is_list = isinstance(images, (list, tuple)) and len(images) > 0 and all(isinstance(file, (str, os.PathLike)) for file in images)
    return [os.fspath(file) for file in images] if is_list else None
