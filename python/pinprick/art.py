"""For users of the Adversarial Robustness Toolbox (ART): an attack to put in the place of its PixelAttack.

    from pinprick.art import PinprickAttack
    attack = PinprickAttack(classifier, queries=1000)    # was: PixelAttack(classifier, ...)
    x_adv = attack.generate(x, y)

ART itself is not imported: any object will do that has predict, clip_values and, for images with the channels in front, channels_first.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ._attack import attack
from ._result import Result


class PinprickAttack:
    """Fewest changed pixels, by pinprick, of what an ART classifier is given."""

    def __init__(self, classifier: Any, method: str = "pursuit", queries: int = 1000, targeted: bool = False, **options: Any) -> None:
        """classifier: gives n x K scores or probabilities for n images. options: as :func:`pinprick.attack` has them."""
        self.estimator, self.method, self.queries, self.targeted, self.options = classifier, method, queries, targeted, options
        self.results: list[tuple[np.ndarray, Result]] = []
        """Of the last generate: which images (indices), and what was found. One pair, or one for each target class."""

    def generate(self, x: np.ndarray, y: np.ndarray | None = None, **kwargs: Any) -> np.ndarray:
        """x: N x H x W x C, or N x C x H x W where the classifier says channels_first; of the values that its clip_values say, (0, 1) if it
        says nothing. y: N class indices, or N x K one-hot: with targeted=True the classes to reach, else the true ones, of which images
        that are wrong already come back as they are. Returns x with few pixels changed where that flips the answer, else as it was.
        """
        x = np.asarray(x)
        classes = None if y is None else np.argmax(y, axis=1) if np.ndim(y) == 2 and np.shape(y)[1] > 1 else np.asarray(y).reshape(len(x))
        if self.targeted and classes is None:
            raise ValueError("y: a targeted attack needs the classes to reach")
        out, self.results = x.copy(), []
        for goal, chosen in self._groups(classes, len(x)):
            labels = None if self.targeted or classes is None else classes[chosen]
            found = attack(self.estimator.predict, x[chosen], labels, method=self.method, queries=self.queries, goal=goal,
                           layout=self._layout(), value_range=self._value_range(x), **{**self.options, **kwargs})
            out[chosen] = found.adversarial
            self.results.append((chosen, found))
        return out

    def _groups(self, classes: np.ndarray | None, n: int) -> list[tuple[str, np.ndarray]]:
        if not self.targeted:
            return [("untargeted", np.arange(n))]
        return [(f"targeted:{target}", np.flatnonzero(classes == target)) for target in np.unique(classes)]

    def _layout(self) -> str:
        return "NCHW" if getattr(self.estimator, "channels_first", False) else "NHWC"

    def _value_range(self, x: np.ndarray) -> tuple[Any, Any] | None:
        clip = getattr(self.estimator, "clip_values", None)
        return None if x.dtype == np.uint8 or clip is None else (clip[0], clip[1])
