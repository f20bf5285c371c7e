"""What an attack found, as arrays."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Result:
    """Of N images, in the order given. A pixel counts once, however many of its channels changed."""

    method: str
    seed: int
    class_names: tuple[str, ...]
    names: tuple[str, ...]
    """The files' paths, or "0", "1", ... of arrays."""
    status: np.ndarray
    """N, text: "success", "failed" (not flipped within the budget), "misclassified" (another class than its label's already: not attacked),
    "not-in-goal" (of a class that the goal does not speak of: not attacked)."""
    stop: np.ndarray
    """N, text: why the search ended: "queries", "time", "target", "generations", "stall", "minimum", "exhausted", "none"."""
    n_pixels: np.ndarray
    """N, int: pixels changed; 0 where nothing flipped."""
    queries: np.ndarray
    """N, int: images shown to the classifier, the original included."""
    seconds: np.ndarray
    """N, float."""
    class_original: np.ndarray
    """N, int: the classifier's answer before."""
    class_adversarial: np.ndarray
    """N, int: and after."""
    p_original: np.ndarray
    """N, float: probability of class_original before."""
    p_adversarial: np.ndarray
    """N, float: and after."""
    adversarial: np.ndarray = field(repr=False)
    """The images, of the shape and type given (files: uint8, N x H x W x C, of the model's size), changed where something flipped."""
    pixels: tuple[np.ndarray, ...] = field(repr=False)
    """N arrays of n_pixels x (2 + C), int: x, y and the new colour in 8 bit, sorted by y, then x."""
    traces: tuple[np.ndarray, ...] = field(repr=False)
    """N arrays of rows x 2, int: after so many queries so many pixels were enough. A row whenever there were fewer."""

    @property
    def success(self) -> np.ndarray:
        """N, bool."""
        return self.status == "success"

    def summary(self) -> dict[str, Any]:
        """Attacked and flipped images; mean, median, least and most pixels of those that flipped; queries and seconds of all."""
        pixels = self.n_pixels[self.success]
        found: dict[str, Any] = {"attacked": int(np.isin(self.status, ("success", "failed")).sum()), "succeeded": len(pixels)}
        for name in ("mean", "median", "min", "max"):
            found[name] = float(getattr(np, name)(pixels)) if len(pixels) else None
        return {**found, "queries": int(self.queries.sum()), "seconds": float(self.seconds.sum())}

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each image. Needs pandas, which pinprick does not install."""
        import pandas  # noqa: PLC0415

        names = np.asarray(self.class_names, dtype=object)
        return pandas.DataFrame({
            "image": self.names, "status": self.status, "was": names[self.class_original], "p_was": self.p_original,
            "is": names[self.class_adversarial], "p_was_now": self.p_adversarial, "pixels": self.n_pixels, "queries": self.queries,
            "seconds": self.seconds, "stop": self.stop,
        })
