"""Images as the user has them, and as the library needs them: 8 bit, height x width x channels.

An image of floating-point values is searched on a grid of 256 values for each channel, from one end of value_range to the other. A pixel
that the attack does not touch keeps the exact value it had: the user's function never sees an original that was rounded.
"""
from __future__ import annotations

import numpy as np

LAYOUTS = ("NHWC", "NCHW")


class ImageSet:
    """N images of one size.

    original: as given, contiguous. eight_bit: uint8, N x H x W x C. Both also flat, N x (H W C). shape: H, W, C.
    """

    def __init__(self, images, layout: str, value_range) -> None:
        if layout not in LAYOUTS:
            raise ValueError(f"layout: {layout!r}; expected one of {', '.join(LAYOUTS)}")
        original = np.asarray(images)
        gray = original.ndim == 3
        self.channels_first = layout == "NCHW" and not gray
        if original.ndim not in (3, 4) or original.shape[0] == 0:
            raise ValueError(f"images: an array of shape {original.shape}; expected N x H x W (gray) or {' x '.join(layout)}, N at least 1")
        by_pixel = np.moveaxis(original, 1, -1) if self.channels_first else original[..., None] if gray else original
        if by_pixel.shape[-1] not in (1, 3):
            raise ValueError(f"images: {by_pixel.shape[-1]} channels in {original.shape}, read as {layout}; expected 1 or 3")
        self.shape = by_pixel.shape[1:]  # H, W, C
        self.size = int(np.prod(self.shape))
        height, width, channels = self.shape
        self.channels = np.arange(channels)
        in_order = np.arange(self.size).reshape(channels, height * width).T if self.channels_first else np.arange(self.size)
        self.places = np.ascontiguousarray(in_order).reshape(self.size)  # where element i of H x W x C lies in an image as given
        self.original = np.ascontiguousarray(original)
        if original.dtype == np.uint8:
            if value_range is not None:
                raise ValueError("value_range: images of uint8 have 0 to 255; leave it out")
            self.values = None
            self.eight_bit = np.ascontiguousarray(by_pixel)
        elif np.issubdtype(original.dtype, np.floating):
            self.values = _grid(value_range, self.shape[-1], original.dtype)
            self.eight_bit = _to_eight_bit(by_pixel, self.values)
        else:
            raise ValueError(f"images: {original.dtype}; expected uint8 or floating point")
        self.flat_original = self.original.reshape(len(self), self.size)
        self.flat_eight_bit = self.eight_bit.reshape(len(self), self.size)

    def __len__(self) -> int:
        return len(self.original)

    def convert(self, eight_bit: np.ndarray) -> np.ndarray:
        """An image of H x W x C bytes, as given, but flat."""
        out = np.empty(self.size, self.original.dtype)
        out[self.places] = self._values_of(eight_bit.reshape(-1, self.shape[-1])).reshape(self.size)
        return out

    def paint(self, index: int, changes: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Original number index with changed pixels, where out (flat, as given) holds that original: done for every query.

        changes: n x 8 bytes, pp_pixel. A channel that keeps its 8-bit value keeps its exact one. Returns the places in out that were set.
        """
        x, y = changes.view(np.uint16)[:, :2].T.astype(np.intp)
        at = ((y * self.shape[1] + x) * self.shape[2])[:, None] + self.channels
        new, places = changes[:, 4:4 + self.shape[2]], self.places[at]
        unchanged = new == self.flat_eight_bit[index][at]
        out[places] = np.where(unchanged, self.flat_original[index][places], self._values_of(new))
        return places

    def _values_of(self, eight_bit: np.ndarray) -> np.ndarray:
        """n x C bytes in the user's type and range."""
        return eight_bit if self.values is None else self.values[self.channels, eight_bit]


def _grid(value_range, channels: int, dtype) -> np.ndarray:
    """The 256 values of each channel: C x 256."""
    low, high = (0.0, 1.0) if value_range is None else value_range
    low, high = (np.broadcast_to(np.asarray(end, dtype=np.float64), (channels,)) for end in (low, high))
    if not (np.isfinite(low).all() and np.isfinite(high).all() and (low < high).all()):
        raise ValueError(f"value_range: {value_range}; expected (lowest, highest), numbers or one for each of {channels} channels")
    return (low[:, None] + (high - low)[:, None] * np.arange(256) / 255).astype(dtype)


def _to_eight_bit(by_pixel: np.ndarray, values: np.ndarray) -> np.ndarray:
    low, high = values[:, 0].astype(np.float64), values[:, -1].astype(np.float64)
    share = (by_pixel.astype(np.float64) - low) / (high - low)
    if not np.isfinite(share).all() or share.min() < -1e-6 or share.max() > 1 + 1e-6:
        raise ValueError(f"images: values from {np.min(by_pixel)} to {np.max(by_pixel)}, outside value_range ({low.min()} to "
                         f"{high.max()}); say value_range=(lowest, highest)")
    return np.ascontiguousarray(np.rint(share.clip(0, 1) * 255).astype(np.uint8))
